// first-code: Hamming codes of length 2^m - 1, which correct one error.
#include <tandem/code.hpp>

namespace {
using namespace tandem;

// A code turns k bits into n and gives its parity checks; any decoder that works on checks can be bound to it.
class FirstCode final : public Code {
  // Every parameter once: parsing, defaults, range checks and `tandem describe` come from here.
  void fields(Fields& f) override {
    f("checks", count_, std::size_t{3}).range(2, 8).doc("m, parity bits a word: (7,4) at 3, (15,11) at 4");
    f.source("Hamming: Error detecting and error correcting codes, Bell Syst. Tech. J. 29(2), 1950");
    f.example(R"({"checks": 3})");
  }

  // Fields are set now. Throw FieldError for values that only the component can judge.
  void ready(const Environment&) override {
    const std::uint32_t n = (1u << count_) - 1;
    std::vector<std::vector<std::uint32_t>> rows(count_);
    // Place i (from 1) stands in check j where bit j of i is set; powers of two hold the parity bits.
    for (std::uint32_t place = 1; place <= n; ++place) {
      for (std::size_t j = 0; j < count_; ++j)
        if (place >> j & 1) rows[j].push_back(place - 1);
      if ((place & (place - 1)) != 0) positions_.push_back(place - 1);
    }
    checks_ = SparseMatrix(n, rows);
  }

  std::size_t k() const override { return positions_.size(); }
  std::size_t n() const override { return checks_.columns(); }
  const SparseMatrix* checks() const override { return &checks_; }
  std::span<const std::uint32_t> information_positions() const override { return positions_; }
  // What a link takes that names no decoder.
  const char* default_decoder() const override { return "hard"; }

  Bits encode(const Bits& information) const override {
    Bits out(information.rows(), n());
    for (std::size_t row = 0; row < information.rows(); ++row) {
      const auto word = out[row];
      std::ranges::fill(word, std::uint8_t{0});
      for (std::size_t i = 0; i < k(); ++i) word[positions_[i]] = information[row][i];
      for (std::size_t j = 0; j < count_; ++j) {
        std::uint8_t parity = 0;
        for (const auto place : checks_.row(j)) parity ^= word[place];
        word[(std::size_t{1} << j) - 1] = parity;
      }
    }
    return out;
  }

  Exactness exactness() const override { return Exactness::portable; }

  std::size_t count_ = 3;
  SparseMatrix checks_;
  std::vector<std::uint32_t> positions_;
};

}  // namespace
TANDEM_PLUGIN(FirstCode, Code, "first-code", "0.1.0", "Hamming codes of length 2^m - 1")
