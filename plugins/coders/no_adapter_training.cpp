// In place of adapter_training.cpp where there is no libtorch: what others packed can still be unpacked.
#include <tandem/error.hpp>

#include "adapter_training.hpp"

namespace tandem::coders {

std::vector<float> train_adapter(const neural::LanguageModel&, std::span<const Token>, const AdapterTraining&) {
  throw Error("this build has no libtorch and cannot learn a text", "memorising", "decoding needs none; install libtorch and build again to encode");
}

}  // namespace tandem::coders
