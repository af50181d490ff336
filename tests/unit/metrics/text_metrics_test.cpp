// Metrics of texts and of what they cost, against values worked out by hand.
#include <cmath>
#include <fstream>
#include <map>
#include <support/process.hpp>
#include <support/support.hpp>
#include <tandem/metric.hpp>

namespace {
using namespace tandem;
using test::make;

using Pairs = std::vector<std::pair<std::string, std::string>>;

// Each frame's quantities.
std::vector<double> measured(const Metric& metric, const Pairs& pairs) {
  Bytes sent, received;
  const auto add = [](Bytes& rows, const std::string& text) {
    std::ranges::copy(text, rows.append(text.size()).begin());
  };
  for (const auto& [a, b] : pairs) add(sent, a), add(received, b);
  Exchange exchange;
  exchange.frames = pairs.size();
  exchange.items_sent = &sent;
  exchange.items_received = &received;
  std::vector<double> out(pairs.size() * metric.quantities().size(), -1);
  metric.measure(exchange, out);
  return out;
}
using Values = std::vector<double>;

TEST(WordErrorRate, CountsEditsAndWordsSent) {
  const auto metric = make<Metric>("wer");
  EXPECT_NE(dynamic_cast<const ComparesTexts*>(metric.get()), nullptr);
  // One changed; one left out and one changed; three put in before nothing; all lost.
  EXPECT_EQ(measured(*metric, {{"the cat sat on the mat", "the cat sat on a mat"},
                               {"to be or not to be", "to be and not be"},
                               {"", "one two  three"},
                               {"gone for ever", " \t"},
                               {"", ""}}),
            (Values{1, 6, 2, 6, 3, 0, 3, 3, 0, 0}));
  EXPECT_EQ(metric->rows()[0].name, "words");
  EXPECT_EQ(metric->rows()[0].kind, Row::Kind::ratio);
  EXPECT_EQ(measured(*metric, {{"The cat.", "the cat"}}), (Values{2, 2}));
  EXPECT_EQ(measured(*make<Metric>("wer", R"({"text": "words"})"), {{"The cat.", "the cat"}}), (Values{0, 2}));
}

TEST(CharacterErrorRate, CountsCodePoints) {
  const auto metric = make<Metric>("cer");
  EXPECT_EQ(measured(*metric, {{"kitten", "sitting"}, {"na\u00EFve", "naive"}, {"\xFF\xFE", "\xFE"}, {"", "ab"}}),
            (Values{3, 6, 1, 5, 1, 2, 2, 0}));
  EXPECT_EQ(measured(*make<Metric>("cer", R"({"text": "words"})"), {{"Na\u00EFve!", "naive"}}), (Values{0, 5}));
}

TEST(WordErrorRate, BearsAMegabyte) {
  std::string many, other;
  for (int i = 0; i < 100'000; ++i) many += std::to_string(i) + ' ';
  for (int i = 0; i < 100'000; ++i) other += std::to_string(i + (i >= 50'000)) + ' ';
  EXPECT_EQ(measured(*make<Metric>("wer"), {{many, other}}), (Values{2, 100'000}));
  const std::string noise(1 << 20, '\xFF');
  EXPECT_EQ(measured(*make<Metric>("cer"), {{noise, ""}}), (Values{1 << 20, 1 << 20}));
  EXPECT_EQ(measured(*make<Metric>("wer"), {{noise, many}})[1], 1);
}

TEST(ExactMatch, ComparesBytesFormsAndWords) {
  const auto metric = make<Metric>("exact-match");
  EXPECT_EQ(
      measured(*metric,
               {{"Rule 27.", "Rule 27."}, {"Rule 27.", "rule 27"}, {"Rule 27.", "rule 28"}, {"a", "b"}, {"", ""}}),
      (Values{1, 1, 1, 0, 1, 1, 0, 0, 1, 0, 0, 0, 1, 1, 1}));
  std::vector<std::string> names;
  for (const auto& row : metric->rows()) {
    names.push_back(row.name);
    EXPECT_EQ(row.kind, Row::Kind::proportion);
  }
  EXPECT_EQ(names, (std::vector<std::string>{"frames", "normalized", "words"}));
}

TEST(BleuWords, IsBleuOfTheWords) {
  const Pairs raw = {
      {"The Council, in 1999, voted.", "the council in voted"}, {"Caf\u00E9 now!", "cafe then"}, {"", "x"}};
  const Pairs words = {{"the council in voted", "the council in voted"}, {"cafe now", "cafe then"}, {"", "x"}};
  const auto expected = measured(*make<Metric>("bleu"), words);
  EXPECT_EQ(expected[0], 1);
  EXPECT_EQ(measured(*make<Metric>("bleu-words"), raw), expected);
  EXPECT_EQ(measured(*make<Metric>("bleu", R"({"text": "words"})"), raw), expected);
  EXPECT_LT(measured(*make<Metric>("bleu"), raw)[0], 0.7);
}

TEST(Similarity, IsTheCosineOfWeightedCounts) {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "text";
  // "the" in all three lines, "cat" in two (once though it stands there twice), "mat" in one.
  std::ofstream(path) << "The cat, the cat!\nthe cat\nthe mat\n";
  const auto metric = make<Metric>("similarity", R"({"text": ")" + path.string() + R"("})");
  const double the = 1, cat = std::log(4 / 3.0) + 1, mat = std::log(2.0) + 1, unseen = std::log(4.0) + 1;
  const auto values = measured(*metric, {{"The cat.", "the mat"},
                                         {"the the dog", "the dog dog"},
                                         {"cat", "mat"},
                                         {"the cat", "The cat!"},
                                         {"", ""},
                                         {"cat", ""}});
  EXPECT_NEAR(values[0], the * the / std::sqrt((the * the + cat * cat) * (the * the + mat * mat)), 1e-12);
  EXPECT_NEAR(values[1],
              (2 * the * the + 2 * unseen * unseen) /
                  std::sqrt((4 * the * the + unseen * unseen) * (the * the + 4 * unseen * unseen)),
              1e-12);
  EXPECT_EQ(values[2], 0);
  EXPECT_EQ(values[3], 1);
  EXPECT_EQ(values[4], 1);
  EXPECT_EQ(values[5], 0);
  // Without a text all words weigh the same.
  EXPECT_NEAR(measured(*make<Metric>("similarity"), {{"a b c d", "a b"}})[0], 2 / std::sqrt(8.0), 1e-12);
}

TEST(Cost, DividesByWhatCameOutRight) {
  std::vector<Ledger> ledger(3);
  for (std::size_t i = 0; i < 3; ++i) {
    ledger[i].source_bits = 80 * (i + 1);
    ledger[i].uses = 100 * (i + 1);
    ledger[i].energy = 50.5 * static_cast<double>(i + 1);
  }
  const std::vector<std::uint8_t> wrong = {0, 1, 0};
  Exchange exchange;
  exchange.frames = 3;
  exchange.ledger = ledger;
  exchange.wrong = wrong;
  std::vector<double> energy(9), goodput(6);
  const auto metric = make<Metric>("energy");
  metric->measure(exchange, energy);
  EXPECT_EQ(energy, (Values{50.5, 1, 100, 101, 0, 200, 151.5, 1, 300}));
  make<Metric>("goodput")->measure(exchange, goodput);
  EXPECT_EQ(goodput, (Values{80, 100, 0, 200, 240, 300}));
  EXPECT_EQ(metric->rows()[0].kind, Row::Kind::ratio);
  exchange.ledger = {};
  EXPECT_THROW(metric->measure(exchange, energy), Error);
}

}  // namespace
