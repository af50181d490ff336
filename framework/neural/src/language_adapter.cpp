#include <tandem/error.hpp>
#include <tandem/neural/language_adapter.hpp>

namespace tandem::neural {
namespace {

// Embeddings, positions and heads are large for what they can learn from one text.
bool is_adapted_matrix(const LanguageTensor& tensor) { return tensor.shape.size() == 2 && tensor.name.starts_with("layers."); }

}  // namespace

std::vector<LanguageTensor> adapter_tensors_of(const LanguageShape& shape, std::size_t rank) {
  std::vector<LanguageTensor> out;
  std::size_t offset = 0;
  const auto add = [&](const std::string& name, std::vector<std::size_t> sizes) {
    out.push_back({name, std::move(sizes), offset});
    offset += out.back().size();
  };
  for (const auto& tensor : tensors_of(shape)) {
    if (tensor.shape.size() == 1) add(tensor.name, tensor.shape);
    if (rank == 0 || !is_adapted_matrix(tensor)) continue;
    add(tensor.name + ".in", {tensor.shape[0], rank});
    add(tensor.name + ".out", {rank, tensor.shape[1]});
  }
  return out;
}

std::vector<float> adapted(const LanguageShape& shape, std::span<const float> parameters, std::size_t rank, std::span<const float> adapter) {
  const auto tensors = adapter_tensors_of(shape, rank);
  if (parameters.size() != parameters_of(shape) || adapter.size() != tensors.back().offset + tensors.back().size())
    throw Error("an adapter of another shape than the model's");
  std::vector<float> out(parameters.begin(), parameters.end());
  auto part = tensors.begin();
  for (const auto& tensor : tensors_of(shape)) {
    float* values = out.data() + tensor.offset;
    if (tensor.shape.size() == 1) {
      const float* delta = adapter.data() + (part++)->offset;
      for (std::size_t i = 0; i < tensor.size(); ++i) values[i] += delta[i];
    } else if (rank > 0 && is_adapted_matrix(tensor)) {
      const float *p = adapter.data() + (part++)->offset, *q = adapter.data() + (part++)->offset;
      const std::size_t outputs = tensor.shape[1];
      for (std::size_t i = 0; i < tensor.shape[0]; ++i)
        for (std::size_t o = 0; o < outputs; ++o) {
          // Products of floats are exact in double: only the sums round, in this order.
          double sum = static_cast<double>(values[i * outputs + o]);
          for (std::size_t r = 0; r < rank; ++r) sum += static_cast<double>(p[i * rank + r]) * static_cast<double>(q[r * outputs + o]);
          values[i * outputs + o] = static_cast<float>(sum);
        }
    }
  }
  return out;
}

}  // namespace tandem::neural
