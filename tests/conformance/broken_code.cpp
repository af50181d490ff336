// Four bits, each sent three times: as they are, again, and once more.
#include <algorithm>
#include <array>
#include <tandem/code.hpp>

#include "fault.hpp"

namespace {
using namespace tandem;

constexpr std::size_t information = 4, length = 12;

SparseMatrix repetition_checks() {
  std::vector<std::vector<std::uint32_t>> rows;
  for (std::uint32_t copy = information; copy < length; ++copy) rows.push_back({copy % 4, copy});
  return {length, rows};
}

class BrokenCode final : public Code, public Decoding {
 public:
  void fields(Fields& f) override {
    fault_.declare(f, {"none", "more-information-than-bits", "word-too-short", "no-bit", "outside-the-code", "checks-of-another-code", "affine", "ands-bits", "places-turned", "places-beyond", "forgets-a-bit",
                       "decodes-otherwise", "decoded-word-turned"});
    f.example("{}");
  }
  Exactness exactness() const override { return Exactness::portable; }

  std::size_t k() const override { return fault_.is("more-information-than-bits") ? length + 1 : information; }
  std::size_t n() const override { return length; }
  const SparseMatrix* checks() const override {
    static const SparseMatrix good = repetition_checks(), other(length, {{0, 1}, {2, 3}});
    return fault_.is("checks-of-another-code") ? &other : &good;
  }
  std::span<const std::uint32_t> information_positions() const override {
    static constexpr std::array<std::uint32_t, information> good{0, 1, 2, 3}, turned{3, 2, 1, 0}, beyond{0, 1, 2, 12};
    return fault_.is("places-turned") ? turned : fault_.is("places-beyond") ? beyond : good;
  }

  Bits encode(const Bits& in) const override {
    Bits out(in.rows(), length - (fault_.is("word-too-short") ? 1 : 0));
    for (std::size_t row = 0; row < in.rows(); ++row) {
      const auto word = out[row];
      for (std::size_t i = 0; i < word.size(); ++i) word[i] = in[row][i % information];
      if (fault_.is("no-bit")) word[5] = 2;
      if (fault_.is("outside-the-code")) word[length - 1] ^= word[0];
      if (fault_.is("affine"))
        for (auto& bit : word) bit ^= 1;
      if (fault_.is("ands-bits")) word[7] &= word[6];
      if (fault_.is("forgets-a-bit")) word[3] = word[7] = word[11] = 0;
    }
    return out;
  }

  Decoded decode(const Reception& reception) const override {
    const std::size_t rows = reception.llr.rows();
    Decoded out{Bits(rows, length), Bits(rows, information), std::vector<std::uint8_t>(rows, 1), std::vector<std::uint32_t>(rows, 0)};
    for (std::size_t row = 0; row < rows; ++row)
      for (std::size_t i = 0; i < information; ++i) {
        const auto llr = reception.llr[row];
        const bool one = llr[i] + llr[i + 4] + llr[i + 8] < 0;
        out.info[row][fault_.is("decodes-otherwise") ? 3 - i : i] = one;
        for (std::size_t copy = i; copy < length; copy += information) out.codeword[row][copy] = fault_.is("decoded-word-turned") ? llr[copy] > 0 : one;
      }
    return out;
  }

 private:
  broken::Fault fault_;
};

}  // namespace
TANDEM_PLUGIN(BrokenCode, tandem::Code, "broken-code", "1.0.0", "a code that breaks a promise")
