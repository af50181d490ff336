// Fair bits, every frame new.
#include <atomic>
#include <tandem/source.hpp>

#include "fault.hpp"

namespace {
using namespace tandem;

constexpr std::size_t length = 48;
std::atomic<std::uint64_t> reads = 0;

class BrokenSource final : public Source {
 public:
  void fields(Fields& f) override {
    fault_.declare(f, {"none", "yields-late", "yields-tokens", "no-bit", "counts-from-the-first", "other-alone", "no-last", "too-few-rows", "ignores-the-noise", "own-randomness", "grows"});
    f.example("{}");
  }
  Exactness exactness() const override { return Exactness::portable; }
  Port yields() const override { return fault_.is("yields-late") ? Port::items : fault_.is("yields-tokens") ? Port::tokens : Port::bits; }
  std::uint64_t size() const override {
    return fault_.is("grows") ? read_ * 1000 : fault_.is("own-randomness") ? 100 : 0;
  }

  Bytes read(std::uint64_t first, std::size_t count, const Noise& noise) const override {
    read_ = 1;
    if (fault_.is("no-last") && first > 1'000'000) throw Error("there are no more frames");
    Bytes out(count - (fault_.is("too-few-rows") && first > 1'000'000 ? 1 : 0), length);
    if (fault_.is("ignores-the-noise"))
      Noise(1, "own", first).bits(out);
    else if (fault_.is("own-randomness"))
      Noise(++reads, "own", first).bits(out);
    else
      noise.bits(out);
    if (fault_.is("no-bit") && count) out.values()[length / 2] = 2;
    if (fault_.is("counts-from-the-first"))
      for (std::size_t row = 0; row < count; ++row) out[row][0] = row % 2;
    if (fault_.is("other-alone") && count == 1) out[0][0] ^= 1;
    return out;
  }

 private:
  broken::Fault fault_;
  mutable std::atomic<std::uint64_t> read_ = 0;
};

}  // namespace
TANDEM_PLUGIN(BrokenSource, tandem::Source, "broken-source", "1.0.0", "a source that breaks a promise")
