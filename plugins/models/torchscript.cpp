// Language models of others, as TorchScript modules.
#include <ATen/Parallel.h>
#include <torch/script.h>

#include <algorithm>
#include <cstdio>
#include <tandem/error.hpp>
#include <tandem/model.hpp>

namespace {
using namespace tandem;

/// Reads whole windows anew at every step: a module's own caches are its own business, and every session has a copy. One stream a call, so that what one
/// stream predicts cannot depend on those beside it.
class ModuleSession final : public Session, public Logits {
 public:
  ModuleSession(const torch::jit::Module& module, std::size_t vocabulary, std::size_t window, std::size_t streams, std::span<const Token> seed)
      : module_(module.clone()), vocabulary_(vocabulary), window_(window), streams_(streams) {
    for (Stream& stream : streams_) {
      stream.logits.resize(vocabulary);
      stream.read.assign(seed.begin(), seed.end());
      if (!seed.empty()) predict(stream);
    }
  }
  std::size_t streams() const override { return streams_.size(); }
  void step(std::span<const Token> last, std::span<const std::uint8_t> active) override {
    for (std::size_t s = 0; s < streams_.size(); ++s) {
      if (!active[s]) continue;
      if (last[s] >= vocabulary_) throw Error("token " + std::to_string(last[s]) + " is not in the model's vocabulary");
      streams_[s].read.push_back(last[s]);
      predict(streams_[s]);
    }
  }
  std::span<const float> logits(std::size_t stream) const override { return streams_[stream].logits; }
  std::span<const float> hidden(std::size_t) const override { return {}; }

 private:
  struct Stream final {
    std::vector<std::int64_t> read;
    std::vector<float> logits;
  };

  void predict(Stream& stream) {
    const torch::InferenceMode inference;
    if (stream.read.size() > window_) stream.read.erase(stream.read.begin(), stream.read.end() - static_cast<std::ptrdiff_t>(window_));
    const auto length = static_cast<std::int64_t>(stream.read.size());
    const auto tokens = torch::from_blob(stream.read.data(), {1, length}, torch::kLong);
    const auto answer = module_.forward({tokens});
    if (!answer.isTensor()) throw Error("the module gives something that is not a tensor");
    const auto logits = answer.toTensor();
    if (logits.dim() != 3 || logits.size(0) != 1 || logits.size(1) != length || logits.size(2) != static_cast<std::int64_t>(vocabulary_))
      throw Error("the module takes tokens {1, " + std::to_string(length) + "} and must give logits {1, " + std::to_string(length) + ", " +
                  std::to_string(vocabulary_) + "}");
    const auto last = logits.select(1, length - 1).select(0, 0).to(torch::kCPU, torch::kFloat).contiguous();
    std::copy_n(last.data_ptr<float>(), vocabulary_, stream.logits.begin());
  }

  torch::jit::Module module_;
  std::size_t vocabulary_, window_;
  std::vector<Stream> streams_;
};

class TorchScript final : public Model {
 public:
  void fields(Fields& f) override {
    f("module", file_).required().doc("a TorchScript file whose forward maps tokens {1, time} to logits {1, time, vocabulary}. Such a file is a program: it runs with your rights. Take none from strangers");
    f("window", window_, std::size_t{1024}).range(1, 1 << 20).unit("tokens").doc("that the module is shown at most, the last ones");
    f.source("torch.jit.save");
    f.example(R"({"module": "model.pt"})");
  }
  void ready(const Environment&) override {
    std::fprintf(stderr, "warning: %s is a program and runs with your rights\n", file_.path.c_str());
    at::set_num_threads(1);  // results must not depend on the number of threads
    try {
      module_ = torch::jit::load(file_.path, torch::kCPU);
      module_.eval();
    } catch (const c10::Error& error) {
      throw FieldError("module", "is no TorchScript module that this libtorch can load: " + std::string(error.what_without_backtrace()).substr(0, 200));
    }
  }
  void bind(Component& other) override {
    const auto* tokenizer = dynamic_cast<const Tokenizer*>(&other);
    if (!tokenizer) throw Error("a model is bound to a tokenizer", {}, "name the tokenizer in \"with\"");
    vocabulary_ = tokenizer->vocabulary();
  }
  Vocabulary vocabulary() const override {
    if (vocabulary_.size == 0) throw Error("the model has no tokenizer yet", {}, "name the tokenizer in \"with\"");
    return vocabulary_;
  }
  Exactness exactness() const override { return Exactness::build; }
  std::unique_ptr<Session> open(std::size_t streams, std::span<const Token> seed) const override {
    return std::make_unique<ModuleSession>(module_, vocabulary().size, window_, streams, seed);
  }

 private:
  File file_;
  std::size_t window_ = 0;
  torch::jit::Module module_;
  Vocabulary vocabulary_;
};

}  // namespace
TANDEM_PLUGIN(TorchScript, tandem::Model, "torchscript", "1.0.0", "TorchScript modules as language models")
