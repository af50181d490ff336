// Order 0: every symbol has the frequency it had in a training text.
#include <algorithm>

#include "text_model.hpp"

namespace {
using namespace tandem;

// What all streams of all sessions share: they predict the same everywhere.
struct Table {
  std::vector<double> probabilities;
  std::vector<std::uint32_t> frequencies, cumulative;
};
constexpr int table_bits = 30;

class StaticSession final : public Session, public Distribution, public Probabilities, public Cloneable {
 public:
  StaticSession(std::shared_ptr<const Table> table, std::size_t streams)
      : table_(std::move(table)), streams_(streams) {}
  std::size_t streams() const override { return streams_; }
  void step(std::span<const Token>, std::span<const std::uint8_t>) override {}
  std::span<const double> probabilities(std::size_t) const override { return table_->probabilities; }
  int bits() const override { return table_bits; }
  Interval interval(std::size_t, Token symbol) const override {
    return {table_->cumulative[symbol], table_->frequencies[symbol]};
  }
  std::pair<Token, Interval> find(std::size_t stream, std::uint32_t target) const override {
    const auto above = std::ranges::upper_bound(table_->cumulative, target);
    const auto symbol = static_cast<Token>(above - table_->cumulative.begin() - 1);
    return {symbol, interval(stream, symbol)};
  }
  std::unique_ptr<Session> clone() const override { return std::make_unique<StaticSession>(table_, streams_); }

 private:
  std::shared_ptr<const Table> table_;
  std::size_t streams_;
};

class Static final : public models::TextModel {
 public:
  void fields(Fields& f) override {
    declare_text(f).doc("the training text whose symbols are counted; without one all symbols are equally likely");
    f.source("Krichevsky and Trofimov 1981: a symbol seen c times has probability (c + 1/2) / (n + V/2)");
    f.example(R"({"text": "corpus:prime"})");
  }
  std::unique_ptr<Session> open(std::size_t streams, std::span<const Token>) const override {
    require_tokenizer();
    return std::make_unique<StaticSession>(table_, streams);
  }

 private:
  void learn(const std::vector<Token>& tokens) override {
    const std::size_t size = vocabulary_.size;
    Table table;
    std::vector<std::size_t> counts(size);
    for (const Token token : tokens) ++counts[token];
    const double total = static_cast<double>(tokens.size()) + 0.5 * static_cast<double>(size);
    for (const auto count : counts) table.probabilities.push_back((static_cast<double>(count) + 0.5) / total);
    table.frequencies.resize(size);
    round_distribution(table.probabilities, table_bits, table.frequencies);
    std::uint32_t cumulative = 0;
    for (const auto frequency : table.frequencies) {
      table.cumulative.push_back(cumulative);
      cumulative += frequency;
    }
    table_ = std::make_shared<const Table>(std::move(table));
  }

  std::shared_ptr<const Table> table_;
};

}  // namespace
TANDEM_PLUGIN(Static, tandem::Model, "static", "1.0.0", "order-0 frequencies of a training text")
