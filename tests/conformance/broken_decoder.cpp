// Flips the bits that stand in most of the checks that fail, until none does.
#include <algorithm>
#include <cmath>
#include <tandem/code.hpp>

#include "fault.hpp"

namespace {
using namespace tandem;

class BrokenDecoder final : public Decoder {
 public:
  void fields(Fields& f) override {
    fault_.declare(f, {"none", "fears-infinity", "doubts-good-words", "word-too-short", "always-converged", "never-converged", "prefers-zeros", "ties-are-ones", "information-of-the-channel", "gives-up",
                       "makes-it-worse", "peeks"});
    f.example("{}");
  }
  void bind(Component& other) override { code_ = dynamic_cast<Code*>(&other); }
  Exactness exactness() const override { return Exactness::portable; }

  Decoded decode(const Reception& reception) const override {
    const std::size_t rows = reception.llr.rows(), n = code_->n(), k = code_->k();
    Decoded out{Bits(rows, n - (fault_.is("word-too-short") ? 1 : 0)), Bits(rows, k), std::vector<std::uint8_t>(rows), std::vector<std::uint32_t>(rows)};
    for (std::size_t row = 0; row < rows; ++row) {
      std::vector<std::uint8_t> word(n);
      for (std::size_t i = 0; i < n; ++i) word[i] = hard(reception, row, i);
      const auto received = word;
      if (!fault_.is("gives-up")) out.iterations[row] = flip(word);
      out.converged[row] = code_->checks()->satisfied(word);
      if (fault_.is("always-converged")) out.converged[row] = 1;
      if (fault_.is("never-converged") || (fault_.is("doubts-good-words") && out.iterations[row] == 0)) out.converged[row] = 0;
      if (fault_.is("makes-it-worse"))
        for (auto& bit : word) bit ^= 1;
      std::copy_n(word.begin(), out.codeword.row_length(), out.codeword[row].begin());
      for (std::size_t i = 0; i < k; ++i) out.info[row][i] = (fault_.is("information-of-the-channel") ? received : word)[code_->information_positions()[i]];
    }
    return out;
  }

 private:
  std::uint8_t hard(const Reception& reception, std::size_t row, std::size_t i) const {
    const float llr = reception.llr[row][i];
    if (fault_.is("fears-infinity") && std::isinf(llr)) return 0;
    if (fault_.is("prefers-zeros")) return llr < -0.5f;
    if (fault_.is("ties-are-ones")) return llr <= 0;
    if (fault_.is("peeks") && !reception.y.empty()) return i % 2 ? reception.y[row][i] < 0.2f : llr < 0;
    return llr < 0;
  }
  std::uint32_t flip(std::vector<std::uint8_t>& word) const {
    const SparseMatrix& checks = *code_->checks();
    for (std::uint32_t iteration = 0; iteration < 20; ++iteration) {
      std::vector<int> failing(word.size());
      for (std::size_t r = 0; r < checks.rows(); ++r) {
        int parity = 0;
        for (const auto c : checks.row(r)) parity ^= word[c];
        if (parity)
          for (const auto c : checks.row(r)) ++failing[c];
      }
      const int most = *std::ranges::max_element(failing);
      if (most == 0) return iteration;
      for (std::size_t i = 0; i < word.size(); ++i) word[i] ^= failing[i] == most;
    }
    return 20;
  }

  broken::Fault fault_;
  const Code* code_ = nullptr;
};

}  // namespace
TANDEM_PLUGIN(BrokenDecoder, tandem::Decoder, "broken-decoder", "1.0.0", "a decoder that breaks a promise")
