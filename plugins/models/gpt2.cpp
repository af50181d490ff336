// GPT-2 from the file that Hugging Face publishes.
#include <algorithm>
#include <map>
#include <set>

#include "language_session.hpp"

namespace {
using namespace tandem;

/// The tensors of such a file, under the names of ours.
class Gpt2File final {
 public:
  explicit Gpt2File(const std::string& path)
      : file_(path), prefix_(file_.contains("transformer.wte.weight") ? "transformer." : "") {}

  neural::LanguageModel read(std::size_t heads) {
    const neural::LanguageShape shape = shape_of(heads);
    neural::require_room(shape, file_);
    neural::LanguageModel model(
        shape, [this](const neural::LanguageTensor& tensor) { return values(tensor); }, file_.path());
    if (file_.contains("lm_head.weight")) {
      known_.insert("lm_head.weight");
      const auto sizes = {shape.vocabulary, shape.width};
      if (file_.floats("lm_head.weight", sizes) != file_.floats(prefix_ + "wte.weight", sizes))
        throw Error("tensor \"lm_head.weight\": is not the embedding, which is GPT-2's head", file_.path());
    }
    for (const auto& tensor : file_.tensors())
      if (!known_.contains(tensor.name) && !is_mask(tensor.name))
        throw Error("tensor \"" + tensor.name + "\": does not belong to GPT-2", file_.path());
    return model;
  }

 private:
  std::size_t size(const std::string& name, std::size_t axis) const {
    const auto& shape = file_[prefix_ + name].shape;
    if (shape.size() != 2) throw Error("tensor \"" + prefix_ + name + "\": is no matrix", file_.path());
    return shape[axis];
  }
  neural::LanguageShape shape_of(std::size_t heads) const {
    neural::LanguageShape shape{.family = neural::LanguageFamily::gpt2};
    shape.vocabulary = size("wte.weight", 0);
    shape.width = size("wte.weight", 1);
    shape.context = size("wpe.weight", 0);
    shape.hidden = size("h.0.mlp.c_fc.weight", 1);
    while (file_.contains(prefix_ + "h." + std::to_string(shape.layers) + ".ln_1.weight")) ++shape.layers;
    shape.heads = heads != 0 ? heads : shape.width / 64;
    return shape;
  }
  /// Where earlier versions kept which positions see which: no weights.
  bool is_mask(std::string_view name) const {
    return name.starts_with(prefix_ + "h.") && (name.ends_with(".attn.bias") || name.ends_with(".attn.masked_bias"));
  }

  std::vector<float> floats(const std::string& name, std::span<const std::size_t> shape) {
    known_.insert(prefix_ + name);
    return file_.floats(prefix_ + name, shape);
  }
  std::vector<float> values(const neural::LanguageTensor& tensor) {
    const auto& name = tensor.name;
    if (name == "embedding") return floats("wte.weight", tensor.shape);
    if (name == "position") return floats("wpe.weight", tensor.shape);
    if (name.starts_with("final_norm.")) return floats("ln_f." + name.substr(11), tensor.shape);
    // layers.N.branch.part
    const auto layer = name.find('.'), branch = name.find('.', layer + 1) + 1, part = name.rfind('.') + 1;
    const std::string block = "h" + name.substr(layer, branch - layer), middle = name.substr(branch, part - branch),
                      last = name.substr(part);
    static const std::map<std::string_view, const char*> names = {{"attention_norm.", "ln_1."},
                                                                  {"attention.output.", "attn.c_proj."},
                                                                  {"feed_forward_norm.", "ln_2."},
                                                                  {"feed_forward.0.", "mlp.c_fc."},
                                                                  {"feed_forward.1.", "mlp.c_proj."}};
    if (const auto found = names.find(middle); found != names.end())
      return floats(block + found->second + last, tensor.shape);
    // Queries, keys and values stand side by side in the columns of one matrix.
    const std::size_t third = middle == "attention.query." ? 0
                              : middle == "attention.key." ? 1
                                                           : 2,
                      width = tensor.shape.back();
    std::vector<std::size_t> shape = tensor.shape;
    shape.back() = 3 * width;
    const std::vector<float> all = floats(block + "attn.c_attn." + last, shape);
    std::vector<float> out;
    out.reserve(tensor.size());
    for (std::size_t row = 0; row < tensor.size() / width; ++row) {
      const auto begin = all.begin() + static_cast<std::ptrdiff_t>((row * 3 + third) * width);
      out.insert(out.end(), begin, begin + static_cast<std::ptrdiff_t>(width));
    }
    return out;
  }

  Safetensors file_;
  std::string prefix_;
  std::set<std::string, std::less<>> known_;
};

class Gpt2 final : public models::WeightsModel {
 public:
  void fields(Fields& f) override {
    declare_weights(f).doc(
        "model.safetensors of GPT-2 as Hugging Face publishes it, of any size, or one of that layout");
    f("heads", heads_, std::size_t{0})
        .range(0, 4096)
        .doc("heads of attention; 0: as many as are 64 wide, as all GPT-2 have");
    declare_window(f);
    f.source("Radford et al. 2019, \"Language models are unsupervised multitask learners\"");
    f.example(R"({"weights": "gpt2/model.safetensors"})");
    f.beside(R"({"tokenizer": {"gpt2-bpe": {"encoder": "data:gpt2-encoder", "merges": "data:gpt2-merges"}}})");
  }

 protected:
  neural::LanguageModel read(const std::string& path) override { return Gpt2File(path).read(heads_); }

 private:
  std::size_t heads_ = 0;
};

}  // namespace
TANDEM_PLUGIN(Gpt2, tandem::Model, "gpt2", "1.1.0", "GPT-2 with published weights")
