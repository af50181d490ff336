#include "model_support.hpp"

namespace {
using namespace tandem;
using namespace tandem::test;

TEST(Static, CountsWithAHalfAdded) {
  const TextFile text("aab\nb\n");
  const auto [tokenizer, model] = bound_model("static", text_fields(text.path()));
  const auto session = open(*model);
  const auto p = probabilities(*session);
  ASSERT_EQ(p.size(), 257u);
  const double total = 6 + 257 * 0.5;  // a a b end b end
  EXPECT_DOUBLE_EQ(p['a'], 2.5 / total);
  EXPECT_DOUBLE_EQ(p['b'], 2.5 / total);
  EXPECT_DOUBLE_EQ(p[256], 2.5 / total);
  EXPECT_DOUBLE_EQ(p['c'], 0.5 / total);
  step(*session, 'a');
  EXPECT_EQ(probabilities(*session), p);
}
TEST(Static, OneCutCountsLineEnds) {
  const TextFile text("aab\nb\n");
  const auto p = probabilities(*open(*bound_model("static", text_fields(text.path(), R"("cut": "whole")")).model));
  EXPECT_DOUBLE_EQ(p['\n'], 2.5 / (7 + 257 * 0.5));
  EXPECT_DOUBLE_EQ(p[256], 1.5 / (7 + 257 * 0.5));
}
TEST(Static, IntervalsTileTheRange) {
  const auto model = bound_model("static", text_fields(prime())).model;
  const auto session = open(*model, 3);
  const auto& distribution = dynamic_cast<const Distribution&>(*session);
  std::uint64_t next = 0;
  for (Token token = 0; token < 257; ++token) {
    const Interval interval = distribution.interval(2, token);
    EXPECT_EQ(interval.cumulative, next);
    EXPECT_GT(interval.frequency, 0u);
    for (const std::uint32_t target : {interval.cumulative, interval.cumulative + interval.frequency - 1}) {
      const auto [found, same] = distribution.find(1, target);
      EXPECT_EQ(found, token);
      EXPECT_EQ(same.cumulative, interval.cumulative);
      EXPECT_EQ(same.frequency, interval.frequency);
    }
    next += interval.frequency;
  }
  EXPECT_EQ(next, std::uint64_t{1} << distribution.bits());
}
TEST(Static, WithoutATextAllSymbolsAreEqual) {
  for (const double p : probabilities(*open(*bound_model("static", "{}").model))) EXPECT_DOUBLE_EQ(p, 1.0 / 257);
}

// Deletang et al. 2023, arXiv 2309.10668, figure 1 and appendix A.
const std::string aixi =
    R"("distributions": {"":    {"A": 0.45, "I": 0.3, "X": 0.25}, "A":   {"A": 0.2, "I": 0.6, "X": 0.2},
                                            "AI":  {"A": 0.2, "I": 0.45, "X": 0.35},
                  "AIX": {"A": 0.6, "I": 0.2, "X": 0.2}})";

TEST(Table, AixiNarrowsToThePrintedIntervals) {
  const auto model = make<Model>("table", R"({"symbols": ["A", "I", "X"], )" + aixi + "}");
  EXPECT_EQ(model->vocabulary().size, 3u);
  EXPECT_EQ(model->vocabulary().end, 3u);  // none
  const auto session = open(*model);
  // In exact hundredths: after n symbols the bounds are integers over 100^n.
  std::int64_t low = 0, width = 1, scale = 1;
  const std::int64_t printed[][2] = {{45, 0}, {2700, 900}, {94'500, 265'500}, {1'890'000, 32'220'000}};  // width, low
  int symbols = 0;
  for (const Token token : {0u, 1u, 2u, 1u}) {
    const auto p = probabilities(*session);
    ASSERT_EQ(p.size(), 3u);
    low *= 100;
    for (Token below = 0; below < token; ++below) low += width * std::llround(p[below] * 100);
    width *= std::llround(p[token] * 100);
    scale *= 100;
    EXPECT_EQ(width, printed[symbols][0]);
    EXPECT_EQ(low, printed[symbols][1]);
    step(*session, token);
    ++symbols;
  }
  // The shortest binary prefix whose interval lies inside.
  std::string prefix;
  for (int n = 1; prefix.empty(); ++n)
    for (std::int64_t m = 0; m < std::int64_t{1} << n; ++m)
      if (m * scale >= low << n && (m + 1) * scale <= (low + width) << n)
        for (int bit = n - 1; bit >= 0; --bit) prefix += static_cast<char>('0' + (m >> bit & 1));
  EXPECT_EQ(prefix, "0101010");
}
TEST(Table, AixiRoundsToThePublishedFrequencies) {
  const auto model = make<Model>("table", R"({"symbols": ["A", "I", "X"], )" + aixi + "}");
  const auto session = open_distribution(*model, 1);
  const std::uint32_t expected[] = {483'183'821, 322'122'547, 268'435'456};
  for (Token token = 0; token < 3; ++token)
    EXPECT_EQ(session->distribution().interval(0, token).frequency, expected[token]);
}
TEST(Table, TheLongestContextHoldsAndTheEndForgets) {
  const auto model = make<Model>("table", R"({"symbols": ["A", "I", "X", "."], "end": ".", )" + aixi + "}");
  EXPECT_EQ(model->vocabulary().end, 3u);
  const auto session = open(*model);
  EXPECT_EQ(probabilities(*session), (std::vector<double>{0.45, 0.3, 0.25, 0}));
  for (const Token token : {2u, 2u, 0u}) step(*session, token);
  EXPECT_EQ(probabilities(*session)[1], 0.6);  // behind XXA as behind A
  const auto copy = dynamic_cast<const Cloneable&>(*session).clone();
  step(*session, 3);
  EXPECT_EQ(probabilities(*session)[0], 0.45);
  EXPECT_EQ(probabilities(*copy)[1], 0.6);
}
TEST(Table, ATokenizerGivesTheSymbols) {
  const TextFile text("AIX"), file(R"({"": {"A": 0.5, "end": 0.5}, "A": {"I": 1}})");
  const auto model = bound_model("table", R"({"end": "end", "file": ")" + file.path() + R"("})", "characters",
                                 text_fields(text.path()))
                         .model;
  EXPECT_EQ(model->vocabulary().size, 18u);
  const auto session = open(*model);
  EXPECT_EQ(probabilities(*session)[0], 0.5);
  EXPECT_EQ(probabilities(*session)[16], 0.5);
  step(*session, 0);
  EXPECT_EQ(probabilities(*session)[1], 1);
}
TEST(Table, BadTablesAreRefused) {
  const auto make_table = [](const std::string& distributions, const std::string& symbols = R"(["A", "B"])") {
    make<Model>("table", R"({"symbols": )" + symbols + R"(, "distributions": )" + distributions + "}");
  };
  EXPECT_NO_THROW(make_table(R"({"": {"A": 1}})"));
  for (const char* bad : {"null", "3", "[]", R"({"": 1})", R"({"": {"A": 0.5}})", R"({"": {"A": 1.5, "B": -0.5}})",
                          R"({"": {"C": 1}})", R"({"": {"A": "1"}})", R"({"": {}})"})
    EXPECT_THROW(make_table(bad), FieldError) << bad;
  EXPECT_THROW(make_table(R"({"": {"A": 1}})", R"(["A", "A"])"), FieldError);
  EXPECT_THROW(make<Model>("table", R"({"symbols": ["A"], "end": "B", "distributions": {}})"), FieldError);
  EXPECT_THROW(open(*make<Model>("table", R"({"distributions": {}})")), Error);
  EXPECT_THROW(make<Model>("table", R"({"file": "/nowhere/at/all"})"), FieldError);
  const TextFile broken("{\"\": ");
  EXPECT_THROW(make<Model>("table", R"({"file": ")" + broken.path() + R"("})"), FieldError);
}

TEST(Markov, InterpolatesByWittenAndBell) {
  const TextFile text("abab\n");
  const auto model = bound_model("markov", text_fields(text.path(), R"("order": 1)")).model;
  const auto session = open(*model);
  // Seen: a b a b end; of order 0 two a, two b, one end.
  const auto order_0 = [](double count) { return (count + 3 / 257.0) / 8; };
  step(*session, 'a');  // behind a: b twice
  auto p = probabilities(*session);
  EXPECT_DOUBLE_EQ(p['b'], (2 + order_0(2)) / 3);
  EXPECT_DOUBLE_EQ(p['a'], order_0(2) / 3);
  EXPECT_DOUBLE_EQ(p['z'], order_0(0) / 3);
  step(*session, 'b');  // behind b: a and end, once each
  p = probabilities(*session);
  EXPECT_DOUBLE_EQ(p['a'], (1 + 2 * order_0(2)) / 4);
  EXPECT_DOUBLE_EQ(p[256], (1 + 2 * order_0(1)) / 4);
  step(*session, 'z');  // unknown: order 0 alone
  EXPECT_DOUBLE_EQ(probabilities(*session)['a'], order_0(2));
}
TEST(Markov, LearnsWithinAFrame) {
  const auto model = bound_model("markov", R"({"order": 0, "adapt": "stream"})").model;
  const auto session = open(*model);
  EXPECT_DOUBLE_EQ(probabilities(*session)['a'], 1 / 257.0);
  step(*session, 'a');
  EXPECT_DOUBLE_EQ(probabilities(*session)['a'], (1 + 1 / 257.0) / 2);
  EXPECT_DOUBLE_EQ(probabilities(*open(*model))['a'], 1 / 257.0);
}

TEST(Models, NeedATokenizer) {
  for (const char* name : {"static", "markov", "ppm"}) {
    const auto model = make<Model>(name);
    EXPECT_THROW(model->vocabulary(), Error) << name;
    EXPECT_THROW(open(*bound_model(name, text_fields("/nowhere/at/all")).model), Error) << name;
    EXPECT_THROW(model->bind(*model), Error) << name;
  }
}

}  // namespace
