// No redundancy, only blocks.
#include <algorithm>
#include <tandem/code.hpp>

namespace {

class Uncoded final : public tandem::Code, public tandem::Decoding {
  void fields(tandem::Fields& f) override {
    f("k", k_, 24).range(1, 1'000'000).doc("bits a block; n = k");
    f.source("hard decision: bit = [LLR < 0]");
    f.example(R"({"k": 24})");
  }
  void ready(const tandem::Environment&) override {
    positions_.resize(k_);
    for (std::size_t i = 0; i < k_; ++i) positions_[i] = static_cast<std::uint32_t>(i);
  }
  tandem::Exactness exactness() const override { return tandem::Exactness::portable; }

  std::size_t k() const override { return k_; }
  std::size_t n() const override { return k_; }
  std::span<const std::uint32_t> information_positions() const override { return positions_; }

  tandem::Bits encode(const tandem::Bits& information) const override { return information; }

  tandem::Decoded decode(const tandem::Reception& reception) const override {
    const std::size_t rows = reception.llr.rows();
    tandem::Bits bits(rows, k_);
    std::ranges::transform(reception.llr.values(), bits.values().begin(),
                           [](float llr) { return static_cast<std::uint8_t>(llr < 0); });
    return {.codeword = bits,
            .info = bits,
            .converged = std::vector<std::uint8_t>(rows, 1),
            .iterations = std::vector<std::uint32_t>(rows, 0)};
  }

  std::size_t k_ = 0;
  std::vector<std::uint32_t> positions_;
};

}  // namespace
TANDEM_PLUGIN(Uncoded, tandem::Code, "uncoded", "1.0.0", "blocks of k bits without redundancy, decided one by one")
