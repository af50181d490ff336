#include <cmath>
#include <set>
#include <tandem/metric.hpp>

#include "exercise.hpp"

namespace tandem::conformance {
namespace {

constexpr std::size_t frames = 64;

struct Measured {
  std::size_t width = 0;
  std::vector<double> values;

  double at(std::size_t frame, int quantity) const { return quantity < 0 ? 1 : values[frame * width + static_cast<std::size_t>(quantity)]; }
  std::vector<double> sums() const {
    std::vector<double> sums(width);
    for (std::size_t i = 0; i < values.size(); ++i) sums[i % width] += values[i];
    return sums;
  }
};

// Without what the metric does not say it needs.
Measured measure(Bench& bench, double es_n0_db) {
  const auto& metric = bench.plugin<Metric>();
  const host::Link link = bench.link();
  const auto sent = link.transmitter->send(0, frames);
  const host::Received received = link.receiver->receive(*sent, 0, host::noise_density(es_n0_db));
  Exchange exchange = received.exchange(*sent, *link.transmitter);
  const unsigned needs = metric.needs();
  if (!(needs & Metric::items)) exchange.items_sent = exchange.items_received = nullptr;
  if (!(needs & Metric::tokens)) exchange.tokens_sent = exchange.tokens_received = nullptr;
  if (!(needs & (Metric::bits | Metric::code_bits))) {
    exchange.bits_sent = exchange.bits_received = nullptr;
    exchange.blocks = exchange.block_bits = exchange.information_errors = exchange.code_errors = exchange.iterations = {};
    exchange.converged = {};
  }
  if (!(needs & Metric::ledger)) exchange.ledger = {};
  Measured out{metric.quantities().size(), std::vector<double>(frames * metric.quantities().size(), std::nan(""))};
  metric.measure(exchange, out.values);
  return out;
}

void declared(Bench& bench) {
  const auto& metric = bench.plugin<Metric>();
  const auto width = static_cast<int>(metric.quantities().size());
  require(width > 0, "there are no quantities");
  require(!metric.rows().empty(), "there are no rows");
  require((metric.needs() & ~31u) == 0, "needs() has flags that there are not");
  std::set<std::string> names;
  for (const Row& row : metric.rows()) {
    require(!row.name.empty() && row.name.find_first_of(" ,\"\n") == std::string::npos, "\"{}\" is no name of a row", row.name);
    require(names.insert(row.name).second, "two rows are called \"{}\"", row.name);
    require(!row.doc.empty(), "the row \"{}\" has no doc", row.name);
    if (row.kind == Row::Kind::function) continue;
    require(row.numerator >= 0 && row.numerator < width, "the numerator of \"{}\" is quantity {} of {}", row.name, row.numerator, width);
    require(row.denominator >= -1 && row.denominator < width, "the denominator of \"{}\" is quantity {} of {}", row.name, row.denominator, width);
  }
}

void finite(Bench& bench) {
  for (const double snr : {-20.0, 0.0, 4.0, 30.0}) {
    const Measured measured = measure(bench, snr);
    for (const double value : measured.values) require(std::isfinite(value), "a quantity is {} at {} dB: left unwritten, or divided by nothing", value, snr);
  }
}

void kinds(Bench& bench) {
  const auto& metric = bench.plugin<Metric>();
  for (const double snr : {-20.0, 0.0, 30.0}) {
    const Measured measured = measure(bench, snr);
    for (const Row& row : metric.rows())
      for (std::size_t frame = 0; frame < frames; ++frame) {
        if (row.kind == Row::Kind::function) continue;
        const double top = measured.at(frame, row.numerator), bottom = measured.at(frame, row.denominator);
        if (row.kind == Row::Kind::proportion) require(top == 0 || top == 1, "\"{}\" is a proportion, and a frame counts {}", row.name, top);
        if (row.kind == Row::Kind::share) require(top >= 0 && top <= bottom, "\"{}\" is a share, and a frame counts {} of {}", row.name, top, bottom);
      }
  }
}

void functions(Bench& bench) {
  const auto& metric = bench.plugin<Metric>();
  const Measured measured = measure(bench, 4);
  const auto sums = measured.sums();
  bool any = false;
  for (std::size_t row = 0; row < metric.rows().size(); ++row) {
    if (metric.rows()[row].kind != Row::Kind::function) continue;
    any = true;
    const double value = metric.evaluate(row, sums, frames);
    require(std::isfinite(value), "the row \"{}\" is {}", metric.rows()[row].name, value);
    require(value == metric.evaluate(row, sums, frames), "the row \"{}\" is another when it is evaluated again", metric.rows()[row].name);
  }
  if (!any) throw Inapplicable("no row is a function");
}

void modest(Bench& bench) {
  const auto& metric = bench.plugin<Metric>();
  const Measured some = measure(bench, 4);
  const host::Link link = bench.link();
  const auto sent = link.transmitter->send(0, frames);
  const host::Received received = link.receiver->receive(*sent, 0, host::noise_density(4));
  std::vector<double> all(some.values.size());
  metric.measure(received.exchange(*sent, *link.transmitter), all);
  require(all == some.values, "its quantities depend on more than it says it needs");
}

void steady(Bench& bench) {
  const auto& metric = bench.plugin<Metric>();
  const auto names = metric.quantities();
  const auto count = metric.rows().size();
  measure(bench, 0);
  require(metric.quantities() == names && metric.rows().size() == count, "quantities and rows change from call to call");
}

}  // namespace

const std::vector<Law> metric_laws = {
    {"metric.declared", "rows have names and docs, and are made of quantities there are", declared},
    {"metric.finite", "every quantity of every frame is written and finite, at any SNR", finite},
    {"metric.kinds", "a proportion counts 0 or 1 a frame, a share no more than there is", kinds},
    {"metric.functions", "rows that are functions have finite values", functions},
    {"metric.modest", "quantities depend on nothing but what the metric says it needs", modest},
    {"metric.steady", "quantities and rows stay what they are", steady},
};

}  // namespace tandem::conformance
