// first-source: bits that tend to repeat, a Markov chain of two states.
#include <tandem/source.hpp>

namespace {
using namespace tandem;

// A source yields frames by index, so that any worker can ask for frame i. One instance serves all threads.
class FirstSource final : public Source {
  // Every parameter once: parsing, defaults, range checks and `tandem describe` come from here.
  void fields(Fields& f) override {
    f("length", length_, std::size_t{48}).range(1, 1e6).unit("bits").doc("of a frame");
    f("stay", stay_, 0.9).range(0, 1).doc("probability that a bit is the one before it again");
    f.source("Cover, Thomas: Elements of Information Theory, 2nd edition, section 4.2");
    f.example(R"({"length": 48, "stay": 0.9})");
  }

  // Known before the fields are: bits, or items (bytes of text, pixels, samples).
  Port yields() const override { return Port::bits; }
  // 0: every frame is new. A source of items says how many there are; they come round again.
  std::uint64_t size() const override { return 0; }

  // Row r of the noise is frame first + r: the frame is the same in every arm and any batch.
  Bytes read(std::uint64_t, std::size_t count, const Noise& noise) const override {
    Bytes out(count, length_);
    std::vector<float> uniform(length_);
    for (std::size_t row = 0; row < count; ++row) {
      noise.uniforms(row, uniform);
      const auto bits = out[row];
      bits[0] = uniform[0] < 0.5f;
      for (std::size_t i = 1; i < length_; ++i)
        bits[i] = static_cast<std::uint8_t>(bits[i - 1] ^ (static_cast<double>(uniform[i]) < stay_ ? 0 : 1));
    }
    return out;
  }

  // Comparisons alone decide what comes out: the same bits on every machine.
  Exactness exactness() const override { return Exactness::portable; }

  std::size_t length_ = 1;
  double stay_ = 0.5;
};

}  // namespace
TANDEM_PLUGIN(FirstSource, Source, "first-source", "0.1.0", "bits that tend to repeat")
