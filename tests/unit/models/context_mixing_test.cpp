// Context mixing: its parts, its sessions, and what it makes of text.
#include <gtest/gtest.h>

#include <algorithm>

#include "../../../plugins/models/context_mixer.hpp"
#include "model_support.hpp"

namespace {
using namespace tandem;
using namespace tandem::test;
using models::ContextMixer;

TEST(ContextMixer, StretchesAndSquashes) {
  using namespace models::mixing;
  for (int x = -stretch_limit; x <= stretch_limit; ++x) {
    const double exact = 65536 / (1 + std::exp(-x / 256.0));
    EXPECT_NEAR(squash(x), std::min(exact, 65535.0), 0.51) << x;
  }
  for (int p = 1; p < 65536; ++p) {
    // The largest that is not above p, and the same mirrored.
    if (p < 32768) continue;
    EXPECT_TRUE(squash(stretch(p)) <= p && (stretch(p) == stretch_limit || squash(stretch(p) + 1) > p)) << p;
    EXPECT_EQ(stretch(p), p == 32768 ? 0 : -stretch(65536 - p));
  }
  EXPECT_EQ(squash(1'000'000), 65535);
}

TEST(ContextMixer, HistoriesNeverLeaveTheirStates) {
  using models::mixing::histories;
  std::vector<std::uint8_t> reached = {0};
  for (std::size_t i = 0; i < reached.size(); ++i)
    for (const auto next : histories.state[reached[i]].next) {
      EXPECT_GT(histories.state[next].total(), 0);
      if (!std::ranges::count(reached, next)) reached.push_back(next);
    }
  EXPECT_EQ(reached.size(), 183u);
  // What contradicts many is a change of habits: their count is cut short.
  std::uint8_t at = 0;
  for (int i = 0; i < 30; ++i) at = histories.state[at].next[0];
  EXPECT_GT(histories.state[at].n0, 20);
  at = histories.state[at].next[1];
  EXPECT_LT(histories.state[at].n0, 10);
  EXPECT_EQ(histories.state[at].n1, 1);
}

double bits_of(ContextMixer& mixer, const std::string& text) {
  double bits = 0;
  for (const char c : text)
    for (int i = 8; i-- > 0;) {
      const bool bit = c >> i & 1;
      const double p1 = mixer.p1() / 65536.0;
      bits -= std::log2(bit ? p1 : 1 - p1);
      mixer.push(bit);
    }
  return bits;
}

// A change of any prediction anywhere changes what files decode to: then the plugin needs another version.
TEST(ContextMixer, PredictsTheSameForEver) {
  const std::string text = read_file(prime());
  for (const auto& [memory, priming, expected] : {std::tuple(std::size_t{8} << 20, std::size_t{0}, 2122453248u), std::tuple(std::size_t{64} << 20, std::size_t{2} << 20, 2697683067u),
                                                  std::tuple(std::size_t{32} << 20, std::size_t{3} << 20, 3643263017u)}) {
    ContextMixer mixer(ContextMixer::Options::of(memory, priming));
    std::uint32_t sum = 0;
    for (const char c : text)
      for (int i = 8; i-- > 0;) {
        ASSERT_GE(mixer.p1(), 1u);
        ASSERT_LE(mixer.p1(), 65535u);
        sum = sum * 31 + mixer.p1();
        mixer.push(c >> i & 1);
      }
    EXPECT_EQ(sum, expected);
  }
}

TEST(ContextMixer, CopiesGoOnAlikeAndApart) {
  const std::string text = read_file(prime());
  ContextMixer one(ContextMixer::Options::of(std::size_t{8} << 20, 0));
  bits_of(one, text.substr(0, 5000));
  one.freeze();
  ContextMixer two = one;
  const double other = bits_of(two, "Something else altogether, which the first one must not learn.");
  ContextMixer three = one;
  EXPECT_EQ(bits_of(three, "Something else altogether, which the first one must not learn."), other);
  EXPECT_EQ(bits_of(one, text.substr(5000, 2000)), bits_of(*std::make_unique<ContextMixer>([&] {
              ContextMixer again(ContextMixer::Options::of(std::size_t{8} << 20, 0));
              bits_of(again, text.substr(0, 5000));
              return again;
            }()), text.substr(5000, 2000)));
}

TEST(ContextMixer, SurvivesAnything) {
  for (const char* kind : {"zeros", "random", "period"}) {
    ContextMixer mixer(ContextMixer::Options::of(std::size_t{8} << 20, 0));
    std::uint64_t state = 1;
    std::string bytes;
    for (int i = 0; i < 60'000; ++i) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      bytes += kind[0] == 'z' ? '\0' : kind[0] == 'r' ? static_cast<char>(state >> 56) : static_cast<char>(i % 257);
    }
    const double bits = bits_of(mixer, bytes) / static_cast<double>(bytes.size());
    EXPECT_LT(bits, kind[0] == 'r' ? 8.1 : kind[0] == 'z' ? 0.01 : 0.1) << kind;
  }
}

TEST(ContextMixing, EndsLinesAndTextsAsTheTokenizerSays) {
  const auto lines = bound_model("context-mixing", text_fields(prime(), R"("memory": 8)"), "bytes", R"({"end": 10})");
  const auto texts = bound_model("context-mixing", R"({"memory": 8})");
  for (const auto* bound : {&lines, &texts}) {
    const auto session = open(*bound->model);
    auto& path = dynamic_cast<Decisions&>(*session);
    const std::uint8_t active[] = {1};
    for (const Token token : tokens_of(*bound->tokenizer, "A line.")) {
      int decisions = 0;
      std::optional<Token> symbol;
      for (; !symbol; ++decisions) symbol = path.push(0, path.bit_of(0, token));
      EXPECT_EQ(*symbol, token);
      EXPECT_EQ(decisions, bound == &lines ? 8 : token == 256 ? 1 : 9);
      session->step({&token, 1}, active);
    }
  }
  EXPECT_THROW(bound_model("context-mixing", "{}", "words", text_fields(prime())), Error);
}

double bits_by(const Bound& bound, const std::string& text) {
  const auto session = open(*bound.model);
  auto& path = dynamic_cast<Decisions&>(*session);
  const std::uint8_t active[] = {1};
  double bits = 0;
  for (const Token token : tokens_of(*bound.tokenizer, text)) {
    for (std::optional<Token> symbol; !symbol;) {
      const bool bit = path.bit_of(0, token);
      const double p1 = path.p1(0) / 65536.0;
      bits -= std::log2(bit ? p1 : 1 - p1);
      symbol = path.push(0, bit);
    }
    session->step({&token, 1}, active);
  }
  return bits;
}

// A model that has read what the mixer has not is heard, and so is one that has practised with it.
TEST(ContextMixing, HearsAnotherModel) {
  const std::string other = R"("other": {"ppm": {"text": ")" + prime() + R"(", "cut": "whole", "order": 5}})", read = R"("text": ")" + prime() + R"(", "cut": "whole")";
  const std::string text = read_file(sample()).substr(0, 4000);
  const double alone = bits_by(bound_model("context-mixing", R"({"memory": 8})"), text), with = bits_by(bound_model("context-mixing", R"({"memory": 8, )" + other + "}"), text),
               practised = bits_by(bound_model("context-mixing", R"({"memory": 8, "rehearsal": 8, )" + read + ", " + other + "}"), text);
  EXPECT_LT(with, 0.9 * alone);
  EXPECT_LT(practised, 0.9 * alone);
  // A copy hears the same.
  const auto bound = bound_model("context-mixing", R"({"memory": 8, )" + other + "}");
  const auto session = open(*bound.model, 2);
  const auto copy = dynamic_cast<const Cloneable&>(*session).clone();
  const Token tokens[] = {'a', 'b'};
  const std::uint8_t both[] = {1, 1};
  for (Session* of : {session.get(), copy.get()}) of->step(tokens, both);
  for (std::size_t s = 0; s < 2; ++s) EXPECT_EQ(dynamic_cast<Decisions&>(*session).p1(s), dynamic_cast<Decisions&>(*copy).p1(s));
}

// Bytes of text that was read first cost less; that memory decides how much less is for benchmarks.
TEST(ContextMixing, LearnsFromWhatItReads) {
  const std::string text = read_file(prime());
  ContextMixer cold(ContextMixer::Options::of(std::size_t{8} << 20, 0)), warm = cold;
  bits_of(warm, text);
  const std::string more = read_file(sample()).substr(0, 3000);
  EXPECT_LT(bits_of(warm, more), 0.8 * bits_of(cold, more));
}

}  // namespace
