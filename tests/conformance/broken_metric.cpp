// Wrong bits of all, and frames with any.
#include <atomic>
#include <cmath>
#include <tandem/metric.hpp>

#include "fault.hpp"

namespace {
using namespace tandem;

std::atomic<int> evaluations = 0;

class BrokenMetric final : public Metric {
 public:
  void fields(Fields& f) override {
    fault_.declare(f, {"none", "two-of-a-name", "no-doc", "quantity-that-is-none", "unknown-need", "divides-by-nothing", "leaves-unwritten", "proportion-of-two", "more-than-all", "function-without-a-value",
                       "moody-function", "sees-the-ledger", "counts-all-frames", "grows"});
    f.example("{}");
  }
  Exactness exactness() const override { return Exactness::portable; }

  unsigned needs() const override { return Metric::bits | (fault_.is("unknown-need") ? 64u : 0u); }
  std::vector<std::string> quantities() const override {
    std::vector<std::string> out = {"wrong", "bits", "frames"};
    if (fault_.is("grows") && measured_) out.push_back("more");
    return out;
  }
  std::vector<tandem::Row> rows() const override {
    using enum tandem::Row::Kind;
    const std::string doc = "of a test";
    return {{"bit", share, 0, fault_.is("quantity-that-is-none") ? 3 : 1, "", doc},
            {"frame", proportion, 2, -1, "", fault_.is("no-doc") ? "" : doc},
            {fault_.is("two-of-a-name") ? "bit" : "bits", mean, 1, -1, "", doc},
            {"root", function, 0, -1, "", doc}};
  }
  void measure(const Exchange& exchange, std::span<double> out) const override {
    measured_ = true;
    const Bits &sent = *exchange.bits_sent, &received = *exchange.bits_received;
    for (std::size_t frame = 0; frame < exchange.frames; ++frame) {
      if (fault_.is("leaves-unwritten") && frame == 10) continue;
      double wrong = 0;
      for (std::size_t i = 0; i < sent.row_length(frame); ++i) wrong += sent[frame][i] != received[frame][i];
      double* to = out.data() + 3 * frame;
      to[0] = wrong;
      to[1] = static_cast<double>(sent.row_length(frame));
      to[2] = wrong > 0;
      if (fault_.is("divides-by-nothing")) to[2] = wrong / wrong;
      if (fault_.is("proportion-of-two")) to[2] *= 2;
      if (fault_.is("more-than-all")) to[0] += to[1];
      if (fault_.is("sees-the-ledger") && !exchange.ledger.empty()) to[1] += exchange.ledger[frame].energy;
      if (fault_.is("counts-all-frames")) to[2] = static_cast<double>(exchange.frames % 2);
    }
  }
  double evaluate(std::size_t, std::span<const double> sums, std::uint64_t frames) const override {
    if (fault_.is("moody-function")) return ++evaluations;
    return std::sqrt(fault_.is("function-without-a-value") ? -1 : sums[0] / static_cast<double>(frames));
  }

 private:
  broken::Fault fault_;
  mutable std::atomic<bool> measured_ = false;
};

}  // namespace
TANDEM_PLUGIN(BrokenMetric, tandem::Metric, "broken-metric", "1.0.0", "a metric that breaks a promise")
