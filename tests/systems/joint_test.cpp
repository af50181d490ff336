// Joint codecs with the weights that are shipped: energies as published, and what they carry.
#include <algorithm>
#include <fstream>
#include <tandem/neural/sentence_words.hpp>
#include <tandem/safetensors.hpp>
#include <tandem/text.hpp>

#include "../../plugins/coders/canonical_code.hpp"
#include "experiment.hpp"

namespace {

using namespace tandem::test;

std::string codec(const std::string& name, const std::string& more = {}) { return R"({")" + name + R"(": {"weights": "model:)" + name + "\"" + more + "}}"; }
std::string analog(const std::string& codec, const std::string& channel = "\"awgn\"") {
  return R"("link": {"codec": )" + codec + R"(, "modem": "analog", "channel": )" + channel + "}";
}
const std::string ldpc = R"("code": {"array-ldpc": {"p": 7, "rows": 4}})";

std::map<std::string, Measured> by_arm(const std::string& text) {
  std::map<std::string, Measured> out;
  for (auto& row : experiment_text(text)) out[row.arm] = row;
  return out;
}

std::vector<std::string> lines_of(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// The published counts: 5,341 uses of the separate system with GPT-2, 16 values for each of 303 positions by DeepSC and of 291
// by UT, 30 signs for each of 291 by its quantized kin.
TEST(Joint, TheDemoTakesThePublishedEnergies) {
  TANDEM_REQUIRE_DATA(demo, "llm-sscc/demo.txt");
  const std::string whole = R"(, "longest": 1024)";
  const auto rows = by_arm(R"({"source": {"text-lines": {"path": "data:llm-sscc-demo"}}, "link": {)" + ldpc + R"(, "modem": "bpsk", "channel": "awgn"},
    "arms": {"lm": {"source": {"bit-lines": {"path": "data:llm-sscc-demo-bits"}}},
             "deepsc": {)" + analog(codec("deepsc", whole)) + R"(},
             "deepsc B": {)" + analog(codec("deepsc", whole)) + R"(, "ledger.uses_a_value": 32},
             "ut": {)" + analog(codec("ut", whole)) + R"(},
             "ut B": {)" + analog(codec("ut", whole)) + R"(, "ledger.uses_a_value": 32},
             "ut quantized": {"link": {"codec": )" + codec("ut-quantized", whole) + R"(, "quantizer": {"uniform-quantizer": {"bits": 1, "range": 2}},
               "modem": "bpsk", "channel": "awgn"}}},
    "snr": {"unified_snr_db": 12, "reference": "lm"}, "metrics": ["frame"], "stop": {"frames": 12}})");
  const std::map<std::string, std::tuple<double, double, double>> published = {  // uses, ratio, dB
      {"lm", {5341, 1, 0}},         {"deepsc", {4848, 0.9077, -0.421}}, {"deepsc B", {32 * 4848, 29.046, 14.631}},
      {"ut", {4656, 0.8717, -0.596}}, {"ut B", {32 * 4656, 27.896, 14.455}}, {"ut quantized", {8730, 1.6345, 2.134}}};
  for (const auto& [arm, expected] : published) {
    const auto& [uses, ratio, decibels] = expected;
    const auto& row = rows.at(arm);
    EXPECT_EQ(row.ledger.at("uses"), uses) << arm;
    EXPECT_NEAR(row.ledger.at("energy"), uses, 1e-4 * uses) << arm;
    EXPECT_NEAR(row.ledger.at("uses") / rows.at("lm").ledger.at("uses"), ratio, 1e-3 * ratio) << arm;
    EXPECT_NEAR(row.es_n0_db, 12 - decibels, 1e-3) << arm;
  }
}

// The Huffman code of the comparison is one of the demo's own 46 characters without an end, whatever ties it broke: 6,895 bits,
// 293 blocks (two less or one more for other ties), 14,357 uses.
TEST(Joint, HuffmanTakesThePublishedEnergy) {
  TANDEM_REQUIRE_DATA(demo, "llm-sscc/demo.txt");
  std::map<char, std::uint64_t> counts;
  const auto lines = lines_of(demo);
  for (const auto& line : lines)
    for (const char c : line) ++counts[c];
  ASSERT_EQ(counts.size(), 46u);
  std::vector<std::uint64_t> weights;
  std::map<char, std::size_t> place;
  for (const auto& [c, count] : counts) place[c] = weights.size(), weights.push_back(count);
  const auto lengths = tandem::coders::huffman_lengths(weights);
  std::size_t bits = 0, blocks = 0;
  for (const auto& line : lines) {
    std::size_t sentence = 0;
    for (const char c : line) sentence += lengths[place[c]];
    bits += sentence, blocks += (sentence + 23) / 24;
  }
  EXPECT_EQ(bits, 6'895u);
  EXPECT_GE(blocks, 292u);
  EXPECT_LE(blocks, 295u);
  EXPECT_NEAR(static_cast<double>(49 * blocks) / 5341, 2.688, 0.019);
}

/// Held-out speech of at most 20 words, all of which the codecs know, in a file of its own.
class KnownSpeech final {
 public:
  explicit KnownSpeech(const std::filesystem::path& held_out) : path_(folder_.path() / "known.txt") {
    const tandem::Safetensors file((source_dir() / "registry/models/deepsc.safetensors").string());
    const auto words = tandem::neural::SentenceWords::of_lines(file.metadata("words"));
    std::ofstream out(path_);
    for (const auto& line : lines_of(held_out)) {
      const auto ids = words.ids(line);
      if (ids.size() >= 4 && ids.size() <= 20 && std::ranges::find(ids, tandem::Token{tandem::neural::sentence_unknown}) == ids.end()) out << line << '\n', ++size_;
    }
  }
  std::string source() const { return R"({"text-lines": {"path": ")" + path_.string() + R"("}})"; }
  std::size_t size() const { return size_; }

 private:
  TemporaryFolder folder_;
  std::filesystem::path path_;
  std::size_t size_ = 0;
};

// Held to what was measured over 1,000 of these sentences, less four standard deviations of a mean over as many.
TEST(Joint, CodecsCarryHeldOutSentences) {
  TANDEM_REQUIRE_DATA(held_out, "text/europarl-dev.en.txt");
  const KnownSpeech speech(held_out);
  ASSERT_GE(speech.size(), 1'000u);
  const std::string rayleigh = R"({"rayleigh": {"mean_square": 2, "csi": "none"}})";
  const auto at = [&](const std::string& snr) {
    return by_arm(R"({"source": )" + speech.source() + R"(, "link": {"codec": )" + codec("deepsc") + R"(, "modem": "analog", "channel": "awgn"},
      "arms": {"deepsc": {}, "deepsc rayleigh": {"link.channel": )" + rayleigh + R"(},
               "ut": {"link.codec": )" + codec("ut") + R"(}, "ut quantized": {"link.codec": )" + codec("ut-quantized") + R"(}},
      "snr": {"es_n0_db": )" + snr + R"(}, "metrics": ["bleu-words"], "stop": {"frames": 1000}})");
  };
  const auto score = [](const std::map<std::string, Measured>& rows, const std::string& arm) { return rows.at(arm).metrics.at("bleu-words.1").value; };
  const auto silent = at("60"), top = at("10"), top_of_ut = at("4");
  EXPECT_GE(score(silent, "deepsc"), 0.992);  // measured 0.9952
  EXPECT_GE(score(top, "deepsc"), 0.988);     // 0.9921
  EXPECT_GE(score(top, "deepsc rayleigh"), 0.934);  // 0.9447
  EXPECT_GE(score(silent, "ut"), 0.968);      // 0.9764
  EXPECT_GE(score(top_of_ut, "ut"), 0.917);   // 0.9310
  EXPECT_GE(score(silent, "ut quantized"), 0.916);     // 0.9296
  EXPECT_GE(score(top_of_ut, "ut quantized"), 0.891);  // 0.9069
}

// A codec behind a channel code by two lines: at an SNR where the code corrects everything only the quantizer is left.
TEST(Joint, ACodecIsSentInBitsBehindACode) {
  const auto rows = by_arm(R"({"source": {"text-lines": {"path": "corpus:debate"}}, "link": {"codec": )" + codec("deepsc") + R"(, "modem": "analog", "channel": "awgn"},
    "arms": {"analog": {}, "coded": {"link": {"codec": )" + codec("deepsc") + R"(, "quantizer": {"float-bits": {"format": "fixed", "bits": 8, "clip": 4}}, )" + ldpc +
                           R"(, "modem": "bpsk", "channel": "awgn"}}},
    "snr": {"es_n0_db": 8}, "metrics": ["bleu-words", "bler"], "stop": {"frames": 80}})");
  EXPECT_EQ(rows.at("coded").metrics.at("bler.info").count, 0);
  EXPECT_GE(rows.at("coded").metrics.at("bleu-words.1").value, rows.at("analog").metrics.at("bleu-words.1").value - 0.005);
  EXPECT_GE(rows.at("coded").metrics.at("bleu-words.1").value, 0.97);
}

}  // namespace
