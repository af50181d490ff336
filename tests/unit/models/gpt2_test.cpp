#include <gmock/gmock.h>

#include "language_support.hpp"

namespace {
using namespace tandem;
using namespace tandem::test;
using neural::LanguageShape;
using testing::HasSubstr;

// Heads of 64, so that their number follows; neither square nor as wide as long anywhere.
const LanguageShape small{.family = neural::LanguageFamily::gpt2,
                          .vocabulary = 257,
                          .context = 20,
                          .layers = 2,
                          .width = 128,
                          .heads = 2,
                          .hidden = 72};

struct Entry {
  std::vector<std::size_t> shape;
  std::vector<float> values;
};
using Entries = std::map<std::string, Entry>;

/// The tensors as Hugging Face names and shapes them: Conv1D {inputs, outputs}, queries, keys and values in one.
Entries published(const LanguageShape& shape, const std::vector<float>& parameters, const std::string& prefix = "") {
  std::map<std::string, Entry> ours;
  for (const auto& tensor : neural::tensors_of(shape)) {
    const auto values = std::span(parameters).subspan(tensor.offset, tensor.size());
    ours[tensor.name] = {tensor.shape, {values.begin(), values.end()}};
  }
  Entries out;
  const auto take = [&](const std::string& theirs, const std::string& name) { out[prefix + theirs] = ours.at(name); };
  take("wte.weight", "embedding");
  take("wpe.weight", "position");
  for (const std::string last : {"weight", "bias"}) {
    take("ln_f." + last, "final_norm." + last);
    for (std::size_t l = 0; l < shape.layers; ++l) {
      const std::string block = "h." + std::to_string(l) + ".", layer = "layers." + std::to_string(l) + ".";
      take(block + "ln_1." + last, layer + "attention_norm." + last);
      take(block + "ln_2." + last, layer + "feed_forward_norm." + last);
      take(block + "attn.c_proj." + last, layer + "attention.output." + last);
      take(block + "mlp.c_fc." + last, layer + "feed_forward.0." + last);
      take(block + "mlp.c_proj." + last, layer + "feed_forward.1." + last);
      Entry& all = out[prefix + block + "attn.c_attn." + last];
      all.shape = last == "bias" ? std::vector{3 * shape.width} : std::vector{shape.width, 3 * shape.width};
      for (std::size_t row = 0; row < (last == "bias" ? 1 : shape.width); ++row)
        for (const char* part : {"query", "key", "value"}) {
          const auto& values = ours.at(layer + "attention." + part + "." + last).values;
          const auto begin = values.begin() + static_cast<std::ptrdiff_t>(row * shape.width);
          all.values.insert(all.values.end(), begin, begin + static_cast<std::ptrdiff_t>(shape.width));
        }
    }
  }
  return out;
}
struct Weights {
  explicit Weights(const Entries& entries) {
    SafetensorsWriter writer;
    for (const auto& [name, entry] : entries) writer.add(name, entry.shape, entry.values);
    writer.write(file.path());
  }
  TextFile file{""};
  std::string fields(const std::string& more = "") const { return weights_fields(file.path(), more); }
};
std::string refused(const Entries& entries, const std::string& more = "") {
  const Weights weights(entries);
  const std::string message = refusal("gpt2", weights.fields(more));
  if (message != "accepted") {
    EXPECT_THAT(message, HasSubstr(weights.file.path()));
  }
  return message;
}

TEST(Gpt2, ReadsThePublishedLayout) {
  const auto parameters = random_parameters(small, 1);
  const auto tokens = random_tokens(small.vocabulary, 30, 2);
  const auto expected = trace(neural::LanguageModel(small, parameters), tokens);
  for (const std::string prefix : {"", "transformer."}) {
    Entries entries = published(small, parameters, prefix);
    EXPECT_EQ(trace(*make<Model>("gpt2", Weights(entries).fields()), tokens), expected);
    // The mask that is no bias, and the head that is the embedding.
    entries[prefix + "h.0.attn.bias"] = {{1, 1, 2, 2}, {1, 0, 1, 1}};
    entries[prefix + "h.1.attn.masked_bias"] = {{}, {-1e4f}};
    entries["lm_head.weight"] = entries.at(prefix + "wte.weight");
    EXPECT_EQ(trace(*make<Model>("gpt2", Weights(entries).fields()), tokens), expected);
  }
}
TEST(Gpt2, HeadsCanBeGiven) {
  LanguageShape shape = small;
  shape.width = 36, shape.heads = 3;
  const auto parameters = random_parameters(shape, 1);
  const auto tokens = random_tokens(shape.vocabulary, 10, 2);
  const auto entries = published(shape, parameters);
  EXPECT_EQ(trace(*make<Model>("gpt2", Weights(entries).fields(R"("heads": 3)")), tokens),
            trace(neural::LanguageModel(shape, parameters), tokens));
  EXPECT_NE(refused(entries), "accepted");  // 36 is no multiple of 64
  EXPECT_NE(refused(entries, R"("heads": 5)"), "accepted");
}

TEST(Gpt2, NamesWhatIsWrong) {
  LanguageShape shape = small;
  shape.layers = 1;
  const Entries intact = published(shape, random_parameters(shape, 1));
  for (const auto& [name, entry] : intact) {
    SCOPED_TRACE(name);
    Entries entries = intact;
    entries.erase(name);
    EXPECT_NE(refused(entries), "accepted");
    if (name != "h.0.ln_1.weight") {  // by which layers are counted
      EXPECT_THAT(refused(entries), HasSubstr(name));
    }
    entries = intact;
    std::ranges::reverse(entries.at(name).shape);
    entries.at(name).shape.push_back(1);
    EXPECT_THAT(refused(entries), HasSubstr(name));
    const Weights weights(intact);
    put_nan(weights.file.path(), name);
    EXPECT_THAT(refusal("gpt2", weights.fields()), testing::AllOf(HasSubstr(weights.file.path()), HasSubstr("finite")));
  }
  for (const std::string name : {"h.1.attn.c_attn.weight", "h.0.attn.q.bias", "score.weight", "attn.bias"}) {
    Entries entries = intact;
    entries[name] = {{1}, {0}};
    EXPECT_THAT(refused(entries), HasSubstr(name));
  }
  Entries entries = intact;
  entries["lm_head.weight"] = intact.at("wte.weight");
  entries["lm_head.weight"].values[5] += 1;
  EXPECT_THAT(refused(entries), HasSubstr("lm_head.weight"));
}
TEST(Gpt2, MatricesAreNotTransposed) {
  LanguageShape shape = small;
  shape.layers = 1;
  Entries entries = published(shape, random_parameters(shape, 1));
  std::ranges::reverse(entries.at("h.0.mlp.c_proj.weight").shape);
  EXPECT_THAT(refused(entries), HasSubstr("h.0.mlp.c_proj.weight"));
}

TEST(Gpt2, NeedsAFittingTokenizer) {
  LanguageShape shape = small;
  shape.layers = 1, shape.vocabulary = 50;
  const auto model = make<Model>("gpt2", Weights(published(shape, random_parameters(shape, 1))).fields());
  try {
    model->bind(*make<Tokenizer>("bytes"));
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::AllOf(HasSubstr("50"), HasSubstr("257")));
  }
}

}  // namespace
