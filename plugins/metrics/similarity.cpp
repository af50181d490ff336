// How alike two sentences are by the words they share.
#include <cmath>
#include <fstream>
#include <iterator>
#include <map>
#include <tandem/math.hpp>
#include <unordered_map>
#include <unordered_set>

#include "bleu_score.hpp"
#include "texts.hpp"

namespace {
class Similarity final : public tandem::Metric, public tandem::ComparesTexts {
  void fields(tandem::Fields& f) override {
    f("text", text_).doc("the lines in which a word's documents are counted; without it all words weigh the same");
    f.source(
        "Salton, Buckley: Term-weighting approaches in automatic text retrieval, 1988; weight of a word in d of D "
        "lines: "
        "ln((1 + D) / (1 + d)) + 1, as scikit-learn smooths it");
    f.example(R"({"text": "corpus:prime"})");
  }

  void ready(const tandem::Environment&) override {
    if (text_.path.empty()) return;
    std::ifstream in(text_.path, std::ios::binary);
    if (!in) throw tandem::FieldError("text", "cannot be read");
    for (std::string line; std::getline(in, line); ++lines_) {
      const std::string words = tandem::metrics::normalized(line);
      std::unordered_set<std::string_view> seen;
      for (const auto word : tandem::metrics::split(words))
        if (seen.insert(word).second) ++lines_with_[std::string(word)];
    }
  }

  unsigned needs() const override { return items; }
  std::vector<std::string> quantities() const override { return {"cosine"}; }
  std::vector<tandem::Row> rows() const override {
    return {{"tf-idf", tandem::Row::Kind::mean, 0, -1, "",
             "mean over frames of the cosine of the TF-IDF vectors of both texts' words, normalized; 1 for two without "
             "any"}};
  }

  void measure(const tandem::Exchange& exchange, std::span<double> out) const override {
    const tandem::metrics::Texts texts(exchange);
    for (std::size_t frame = 0; frame < exchange.frames; ++frame)
      out[frame] =
          cosine(tandem::metrics::normalized(texts.sent(frame)), tandem::metrics::normalized(texts.received(frame)));
  }

  double cosine(const std::string& sent, const std::string& received) const {
    if (sent == received) return 1;
    // Ordered, so that sums come out the same everywhere.
    std::map<std::string_view, std::pair<double, double>> counts;
    for (const auto word : tandem::metrics::split(sent)) ++counts[word].first;
    for (const auto word : tandem::metrics::split(received)) ++counts[word].second;
    double product = 0, of_sent = 0, of_received = 0;
    for (const auto& [word, count] : counts) {
      const double idf = weight(word), a = count.first * idf, b = count.second * idf;
      product += a * b;
      of_sent += a * a;
      of_received += b * b;
    }
    return product > 0 ? std::min(1.0, product / std::sqrt(of_sent * of_received)) : 0;
  }

  double weight(std::string_view word) const {
    const auto known = lines_with_.find(std::string(word));
    const double with = known == lines_with_.end() ? 0 : static_cast<double>(known->second);
    return tandem::math::log((1 + static_cast<double>(lines_)) / (1 + with)) + 1;
  }

  tandem::Exactness exactness() const override { return tandem::Exactness::portable; }

  tandem::File text_;
  std::uint64_t lines_ = 0;
  std::unordered_map<std::string, std::uint64_t> lines_with_;
};
}  // namespace
TANDEM_PLUGIN(Similarity, tandem::Metric, "similarity", "1.0.0",
              "similarity of sentences: the cosine of their TF-IDF vectors")
