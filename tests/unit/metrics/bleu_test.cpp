#include <map>
#include <nlohmann/json.hpp>
#include <support/support.hpp>
#include <tandem/metric.hpp>

#include "bleu_score.hpp"

namespace {
using namespace tandem;
using metrics::bleu, metrics::NgramCounter, metrics::NgramCounts, metrics::Smoothing, nlohmann::json;

NgramCounts counted(const json& vector) {
  std::vector<std::string> owners;
  for (const auto& text : vector["references"]) owners.push_back(text);
  const std::vector<std::string_view> references(owners.begin(), owners.end());
  const std::string hypothesis = vector["hypothesis"];
  return NgramCounter().count(references, hypothesis);
}
void expect_scores(const NgramCounts& counts, const json& expected, const json& weights, const std::string& id) {
  for (const auto& [name, smoothing] : {std::pair("none", Smoothing::none), {"method1", Smoothing::method1}})
    for (const auto& [key, values] : weights.items()) {
      const double score = expected[name][key], got = bleu(counts, values.get<std::vector<double>>(), smoothing);
      EXPECT_NEAR(got, score, 1e-9) << id << ' ' << name << ' ' << key;
      // Relative to the score too: a precision of zero inside makes it tiny, not zero.
      if (score > 0) {
        EXPECT_NEAR(got / score, 1, score > 1e-12 ? 1e-12 : 1e-9) << id << ' ' << name << ' ' << key;
      }
    }
}

TEST(Bleu, EqualsEverySentenceVector) {
  TANDEM_REQUIRE_DATA(path, "metrics/bleu.json");
  const json file = json::parse(test::read_file(path));
  ASSERT_EQ(file["vectors"].size(), 55u);
  for (const auto& vector : file["vectors"]) {
    const auto counts = counted(vector);
    const std::string id = vector["id"];
    for (std::size_t i = 0; i < 4; ++i) {
      EXPECT_EQ(counts.matches[i], vector["precisions"][i][0].get<std::uint64_t>()) << id << ' ' << i + 1;
      EXPECT_EQ(counts.total[i], vector["precisions"][i][1].get<std::uint64_t>()) << id << ' ' << i + 1;
    }
    EXPECT_EQ(counts.reference_length, vector["closest_ref_len"].get<std::uint64_t>()) << id;
    EXPECT_EQ(counts.hypothesis_length, vector["hyp_len"].get<std::uint64_t>()) << id;
    expect_scores(counts, vector, file["weights"], id);
  }
}

TEST(Bleu, EqualsEveryCorpusVector) {
  TANDEM_REQUIRE_DATA(path, "metrics/bleu.json");
  const json file = json::parse(test::read_file(path));
  for (const auto& corpus : file["corpus"]) {
    NgramCounts sums;
    bool inside = false;
    std::size_t count = 0;
    for (const auto& vector : file["vectors"]) {
      inside = inside || vector["id"] == corpus["first"];
      if (!inside) continue;
      const auto counts = counted(vector);
      for (std::size_t i = 0; i < 4; ++i) {
        sums.matches[i] += counts.matches[i];
        sums.total[i] += counts.total[i];
      }
      sums.hypothesis_length += counts.hypothesis_length;
      sums.reference_length += counts.reference_length;
      ++count;
      if (vector["id"] == corpus["last"]) break;
    }
    ASSERT_EQ(count, corpus["count"].get<std::size_t>());
    expect_scores(sums, corpus, file["weights"], corpus["first"]);
  }
}

// The rows of the plugin on the vectors of one reference, against the file's sentence values and a slow corpus count.
TEST(Bleu, PluginRowsAreMeansOfSentencesAndCorpusValues) {
  TANDEM_REQUIRE_DATA(path, "metrics/bleu.json");
  const json file = json::parse(test::read_file(path));
  for (const std::string smoothing : {"none", "method1"}) {
    const auto metric = test::make<Metric>("bleu", R"({"smoothing": ")" + smoothing + R"("})");
    Bytes sent, received;
    std::map<std::string, double> means;
    NgramCounts corpus;
    const auto add = [](Bytes& rows, const std::string& text) {
      std::ranges::copy(text, rows.append(text.size()).begin());
    };
    for (const auto& vector : file["vectors"]) {
      if (vector["references"].size() != 1) continue;
      add(sent, vector["references"][0]);
      add(received, vector["hypothesis"]);
      for (int order = 1; order <= 4; ++order)
        means[std::to_string(order)] += vector[smoothing]["bleu" + std::to_string(order)].get<double>();
      for (std::size_t i = 0; i < 4; ++i) {
        corpus.matches[i] += vector["precisions"][i][0].get<std::uint64_t>();
        corpus.total[i] += vector["precisions"][i][1].get<std::uint64_t>();
      }
      corpus.hypothesis_length += vector["hyp_len"].get<std::uint64_t>();
      corpus.reference_length += vector["closest_ref_len"].get<std::uint64_t>();
    }
    Exchange exchange;
    exchange.frames = sent.rows();
    ASSERT_GT(exchange.frames, 10u);
    exchange.items_sent = &sent;
    exchange.items_received = &received;
    const std::size_t width = metric->quantities().size();
    std::vector<double> out(exchange.frames * width), sums(width);
    metric->measure(exchange, out);
    for (std::size_t i = 0; i < out.size(); ++i) sums[i % width] += out[i];
    const auto rows = metric->rows();
    ASSERT_EQ(rows.size(), 8u);
    const auto frames = static_cast<double>(exchange.frames);
    for (std::size_t row = 0; row < 4; ++row) {
      EXPECT_EQ(rows[row].kind, Row::Kind::mean);
      EXPECT_NEAR(sums[static_cast<std::size_t>(rows[row].numerator)] / frames, means.at(rows[row].name) / frames,
                  1e-9);
    }
    for (std::size_t row = 4; row < 8; ++row) {
      EXPECT_EQ(rows[row].kind, Row::Kind::function);
      EXPECT_EQ(rows[row].name, "corpus-" + std::to_string(row - 3));
      const std::vector<double> weights(row - 3, 1 / static_cast<double>(row - 3));
      EXPECT_NEAR(metric->evaluate(row, sums, exchange.frames),
                  bleu(corpus, weights, smoothing == "none" ? Smoothing::none : Smoothing::method1), 1e-12);
    }
    EXPECT_NE(dynamic_cast<const ComparesTexts*>(metric.get()), nullptr);
  }
}

TEST(Bleu, WhiteSpaceOfAnyKindSeparatesTokens) {
  EXPECT_EQ(metrics::split("  a\t\tbc\n\r\v\fd "), (std::vector<std::string_view>{"a", "bc", "d"}));
  EXPECT_TRUE(metrics::split(" \t ").empty());
  EXPECT_TRUE(metrics::split("").empty());
}

TEST(Bleu, EmptyTextsScoreNothing) {
  const std::string_view empty, text = "a b";
  NgramCounter counter;
  const std::vector<double> weights{1};
  EXPECT_EQ(bleu(counter.count({&text, 1}, empty), weights, Smoothing::method1), 0);
  EXPECT_EQ(bleu(counter.count({&empty, 1}, text), weights, Smoothing::method1), 0);
  EXPECT_EQ(bleu(counter.count({&empty, 1}, empty), weights, Smoothing::none), 0);
  EXPECT_EQ(bleu(counter.count({&text, 1}, text), weights, Smoothing::none), 1);
}
}  // namespace
