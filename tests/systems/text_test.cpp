// The quickstart, and what a noise-free link must do: give back every byte.
#include "experiment.hpp"

namespace {

using namespace tandem::test;

TEST(Quickstart, TheLanguageModelNeedsTheLeastEnergy) {
  const auto rows = experiment("quickstart.json", {"snr.unified_snr_db=[1, 4, 8]"});
  ASSERT_EQ(rows.size(), 9u);
  const auto bleu = [&](std::size_t i) { return rows[i].metrics.at("bleu.1"); };
  for (std::size_t point = 0; point < 2; ++point) {
    EXPECT_GT(bleu(point).low, bleu(3 + point).high);
    EXPECT_GT(bleu(3 + point).low, bleu(6 + point).high);
  }
  EXPECT_EQ(rows[2].metrics.at("frame.errors").count, 0);
  EXPECT_EQ(bleu(2).value, 1);
}

TEST(Text, ANoiselessLinkGivesBackEveryByte) {
  for (const char* coder : {"arithmetic", "arithmetic-31", "huffman", "fixed"})
    for (const char* tokenizer : {R"("bytes")", R"({"bytes": {"end": 10}})", R"({"characters": {"text": "corpus:prime"}})", R"({"words": {"text": "corpus:prime"}})"}) {
      const auto rows = experiment_text(std::string(R"({
        "source": {"text-lines": {"path": "corpus:sample"}},
        "link": {"tokenizer": )") + tokenizer + R"(, "model": {"ppm": {"text": "corpus:prime"}}, "coder": ")" + coder + R"(",
                 "crc": {"crc": {"bits": 16}}, "code": {"array-ldpc": {}}, "interleaver": {"interleaver": {"seed": 3}},
                 "modem": "qpsk", "channel": "ideal"},
        "metrics": ["frame", "bleu", "token-accuracy"], "stop": {"frames": 44}})");
      EXPECT_EQ(rows.at(0).metrics.at("frame.errors").count, 0) << coder << tokenizer;
      EXPECT_EQ(rows.at(0).metrics.at("token-accuracy.equal").value, 1) << coder << tokenizer;
    }
}

}  // namespace
