#include "unit.hpp"

#include <fmt/format.h>

#include <cmath>

namespace tandem::host {

std::optional<UnitValues> run_unit(const Link& link, const std::vector<const Metric*>& metrics, std::uint64_t first, std::uint64_t count,
                                   float n0, std::size_t batch, const std::atomic<bool>* stop) {
  UnitValues out;
  out.frames = count;
  out.ledger.assign(ledger_size, 0.0);
  out.metrics.resize(metrics.size());
  std::vector<std::size_t> widths(metrics.size(), 0);
  for (std::size_t m = 0; m < metrics.size(); ++m) {
    if (!metrics[m]) continue;
    widths[m] = metrics[m]->quantities().size();
    out.metrics[m].columns.resize(widths[m]);
    for (auto& column : out.metrics[m].columns) column.resize(count);
  }
  out.wrong.reserve(count);
  std::vector<double> values;
  for (std::uint64_t done = 0; done < count;) {
    if (stop && stop->load(std::memory_order_relaxed)) return std::nullopt;
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(batch, count - done));
    const auto sent = link.transmitter->send(first + done, size);
    const Received received = link.receiver->receive(*sent, first + done, n0);
    const Exchange exchange = received.exchange(*sent, *link.transmitter);
    for (const auto& ledger : received.ledger) add(out.ledger, ledger);
    for (const auto wrong : received.wrong) out.wrong.push_back(wrong);
    for (std::size_t m = 0; m < metrics.size(); ++m) {
      if (!metrics[m]) continue;
      auto& target = out.metrics[m];
      values.assign(size * widths[m], 0.0);
      metrics[m]->measure(exchange, values);
      for (std::size_t frame = 0; frame < size; ++frame) {
        const std::span row(values.data() + frame * widths[m], widths[m]);
        for (std::size_t q = 0; q < widths[m]; ++q) {
          if (!std::isfinite(row[q])) throw Error(fmt::format("gives {} for frame {}", row[q], first + done + frame), "a metric");
          target.columns[q][done + frame] = row[q];
        }
        target.moments.add_frame(row);
      }
    }
    done += size;
  }
  return out;
}

}  // namespace tandem::host
