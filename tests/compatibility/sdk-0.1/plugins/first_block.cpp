// first-block: bits plus a fixed pseudo-random sequence, so that long runs do not reach the channel.
#include <tandem/block.hpp>

namespace {
using namespace tandem;

std::uint8_t next(unsigned& state) {
  const unsigned bit = ((state >> 6) ^ (state >> 3)) & 1;
  state = ((state << 1) | bit) & 127;
  return static_cast<std::uint8_t>(bit);
}

// A block stands between two floors. `Soft` lets it stand behind a code too, where it undoes LLRs instead of bits.
class FirstBlock final : public Block, public Soft {
  void fields(Fields& f) override {
    f("state", state_, 93).range(1, 127).doc("of the shift register at the beginning of each row");
    f.source("the scrambler of IEEE 802.11, clause 17.3.5.5: 1 + x^4 + x^7");
    f.example(R"({"state": 93})");
  }

  // What is below (towards the source) and above (towards the channel); known before the fields are.
  Port takes() const override { return Port::bits; }
  Port gives() const override { return Port::bits; }

  Batch forward(Batch in) const override {
    for (std::size_t row = 0; row < in.bytes.rows(); ++row) {
      unsigned state = static_cast<unsigned>(state_);
      for (auto& bit : in.bytes[row]) bit ^= next(state);
    }
    return in;
  }
  // The same again. Flags of `trusted` may be cleared here, never set.
  Batch backward(Batch in) const override { return forward(std::move(in)); }

  // A bit that was turned has an LLR of the other sign.
  Reception backward(Reception in) const override {
    for (auto* values : {&in.llr, &in.y})
      for (std::size_t row = 0; row < values->rows(); ++row) {
        unsigned state = static_cast<unsigned>(state_);
        for (float& value : (*values)[row])
          if (next(state)) value = -value;
      }
    return in;
  }

  Exactness exactness() const override { return Exactness::portable; }

  int state_ = 93;
};

}  // namespace
TANDEM_PLUGIN(FirstBlock, Block, "first-block", "0.1.0", "adds a pseudo-random sequence to the bits")
