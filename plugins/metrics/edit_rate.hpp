#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tandem/metric.hpp>
#include <vector>

#include "edits.hpp"
#include "texts.hpp"

namespace tandem::metrics {

/// Edits a symbol sent; what a symbol is the metric says.
class EditRate : public Metric, public ComparesTexts {
 public:
  unsigned needs() const final { return items; }
  Exactness exactness() const final { return Exactness::portable; }

  void measure(const Exchange& exchange, std::span<double> out) const final {
    const Texts texts(exchange);
    for (std::size_t frame = 0; frame < exchange.frames; ++frame) {
      const bool raw = form_ == "raw";
      const std::string sent = raw ? std::string() : words_of(texts.sent(frame)), received = raw ? std::string() : words_of(texts.received(frame));
      const auto symbols = numbered(raw ? texts.sent(frame) : sent, raw ? texts.received(frame) : received);
      out[2 * frame] = static_cast<double>(edits(symbols.sent, symbols.received, symbols.different));
      out[2 * frame + 1] = static_cast<double>(symbols.sent.size());
    }
  }

 protected:
  /// The symbols of both texts, numbered in the order in which they first stand.
  struct Symbols {
    std::vector<std::uint32_t> sent, received;
    std::uint32_t different = 0;
  };
  virtual Symbols numbered(std::string_view sent, std::string_view received) const = 0;

  std::string form_ = "raw";
};

}  // namespace tandem::metrics
