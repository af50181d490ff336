// Fair random bits, new ones in every frame.
#include <tandem/source.hpp>

namespace {
class RandomBits final : public tandem::Source {
  void fields(tandem::Fields& f) override {
    f("length", length_, 24).range(1, 1 << 20).unit("bits").doc("bits a frame");
    f.example(R"({"length": 24})");
  }
  tandem::Port yields() const override { return tandem::Port::bits; }
  std::uint64_t size() const override { return 0; }

  tandem::Bytes read(std::uint64_t, std::size_t count, const tandem::Noise& noise) const override {
    tandem::Bytes out(count, length_);
    noise.bits(out);
    return out;
  }

  tandem::Exactness exactness() const override { return tandem::Exactness::portable; }

  std::size_t length_ = 24;
};
}  // namespace
TANDEM_PLUGIN(RandomBits, tandem::Source, "random-bits", "1.0.0", "fair random bits, new ones in every frame")
