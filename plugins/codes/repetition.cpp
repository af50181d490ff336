// The repetition code: one bit, n times.
#include <algorithm>
#include <tandem/code.hpp>

namespace {

class Repetition final : public tandem::Code, public tandem::Decoding {
  void fields(tandem::Fields& f) override {
    f("n", n_, 3).range(1, 100'000).doc("how often each bit is sent");
    f.source("the maximum-likelihood decision: the sign of the sum of the LLRs");
    f.example(R"({"n": 3})");
  }
  void ready(const tandem::Environment&) override {
    std::vector<std::vector<std::uint32_t>> pairs;
    for (std::uint32_t i = 1; i < n_; ++i) pairs.push_back({i - 1, i});
    checks_ = tandem::SparseMatrix(n_, pairs);
  }
  tandem::Exactness exactness() const override { return tandem::Exactness::portable; }

  std::size_t k() const override { return 1; }
  std::size_t n() const override { return n_; }
  const tandem::SparseMatrix* checks() const override { return n_ > 1 ? &checks_ : nullptr; }
  std::span<const std::uint32_t> information_positions() const override { return {&position_, 1}; }

  tandem::Bits encode(const tandem::Bits& information) const override {
    tandem::Bits out(information.rows(), n_);
    for (std::size_t row = 0; row < information.rows(); ++row) std::ranges::fill(out[row], information[row][0]);
    return out;
  }

  tandem::Decoded decode(const tandem::Reception& reception) const override {
    const std::size_t rows = reception.llr.rows();
    tandem::Decoded out{.codeword = {rows, n_},
                        .info = {rows, 1},
                        .converged = std::vector<std::uint8_t>(rows, 1),
                        .iterations = std::vector<std::uint32_t>(rows, 0)};
    for (std::size_t row = 0; row < rows; ++row) {
      double sum = 0;  // when infinities clash, the others decide
      for (const float llr : reception.llr[row]) sum += std::clamp(static_cast<double>(llr), -1e9, 1e9);
      const auto bit = static_cast<std::uint8_t>(sum < 0);
      std::ranges::fill(out.codeword[row], bit);
      out.info[row][0] = bit;
    }
    return out;
  }

  std::size_t n_ = 0;
  tandem::SparseMatrix checks_;
  const std::uint32_t position_ = 0;
};

}  // namespace
TANDEM_PLUGIN(Repetition, tandem::Code, "repetition", "1.0.0", "each bit n times; decodes itself by adding LLRs")
