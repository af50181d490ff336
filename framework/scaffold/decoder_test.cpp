// One unreliable error of a (7,4) Hamming word is found.
#include "@file@.cpp"

#include "expect.hpp"

class Hamming final : public Code {
 public:
  std::size_t k() const override { return 4; }
  std::size_t n() const override { return 7; }
  Bits encode(const Bits&) const override { throw Error("the test encodes nothing"); }
  const SparseMatrix* checks() const override { return &checks_; }
  std::span<const std::uint32_t> information_positions() const override { return positions_; }

 private:
  SparseMatrix checks_{7, {{0, 2, 4, 6}, {1, 2, 5, 6}, {3, 4, 5, 6}}};
  std::vector<std::uint32_t> positions_ = {2, 4, 5, 6};
};

int main() {
  @Class@ plugin;
  Component& component = plugin;
  set_fields(component, "{}");
  Hamming code;
  component.bind(code);
  const Decoder& decoder = plugin;
  Reception reception;
  for (std::size_t wrong = 0; wrong < 7; ++wrong) {
    const auto llr = reception.llr.append(7);
    std::ranges::fill(llr, 4.0f);
    llr[wrong] = -0.5f;
  }
  const Decoded decoded = decoder.decode(reception);
  for (const auto bit : decoded.codeword.values()) expect("every error is turned back", bit == 0);
  for (const auto count : decoded.iterations) expect("in one step", count == 1);
}
