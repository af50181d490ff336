// Gallager's bit flipping.
#include <algorithm>
#include <tandem/code.hpp>
#include <tandem/error.hpp>
#include <vector>

namespace {

class BitFlip final : public tandem::Decoder {
  void fields(tandem::Fields& f) override {
    f("iterations", iterations_, 50)
        .range(1, 10'000)
        .doc(
            "iterations at most; each flips every bit that stands in the "
            "largest number of unsatisfied checks");
    f.source("R. G. Gallager, Low-Density Parity-Check Codes, 1963, section 4.1");
    f.example(R"({"iterations": 50})");
  }
  tandem::Exactness exactness() const override { return tandem::Exactness::portable; }

  void bind(tandem::Component& other) override {
    const auto* code = dynamic_cast<tandem::Code*>(&other);
    if (!code) return;
    if (!code->checks()) throw tandem::Error("bit flipping needs a code with parity checks");
    if (code->information_positions().size() != code->k()) throw tandem::Error("bit flipping needs a systematic code");
    n_ = code->n();
    positions_.assign(code->information_positions().begin(), code->information_positions().end());
    checks_ = *code->checks();
  }

  tandem::Decoded decode(const tandem::Reception& reception) const override {
    if (n_ == 0) throw tandem::Error("the decoder was not bound to a code");
    const std::size_t rows = reception.llr.rows();
    if (rows != 0 && reception.llr.row_length() != n_)
      throw tandem::Error("decoding takes rows of " + std::to_string(n_) + " LLRs");
    tandem::Decoded out{.codeword = {rows, n_},
                        .info = {rows, positions_.size()},
                        .converged = std::vector<std::uint8_t>(rows),
                        .iterations = std::vector<std::uint32_t>(rows)};
    std::vector<std::uint8_t> word(checks_.columns());
    std::vector<std::uint32_t> unsatisfied(checks_.columns());
    for (std::size_t row = 0; row < rows; ++row) {
      std::ranges::fill(word, 0);
      std::ranges::transform(reception.llr[row], word.begin(),
                             [](float llr) { return static_cast<std::uint8_t>(llr < 0); });
      std::uint32_t iteration = 0;
      bool good = count_unsatisfied(word, unsatisfied);
      for (; !good && iteration < static_cast<std::uint32_t>(iterations_); ++iteration) {
        const std::uint32_t most = *std::ranges::max_element(unsatisfied);
        for (std::size_t i = 0; i < word.size(); ++i) word[i] ^= static_cast<std::uint8_t>(unsatisfied[i] == most);
        good = count_unsatisfied(word, unsatisfied);
      }
      std::copy_n(word.begin(), n_, out.codeword[row].begin());
      for (std::size_t i = 0; i < positions_.size(); ++i) out.info[row][i] = word[positions_[i]];
      out.converged[row] = good;
      out.iterations[row] = iteration;
    }
    return out;
  }

  /// The number of unsatisfied checks each bit stands in; true when there are none at all.
  bool count_unsatisfied(const std::vector<std::uint8_t>& word, std::vector<std::uint32_t>& unsatisfied) const {
    std::ranges::fill(unsatisfied, 0);
    bool good = true;
    for (std::size_t r = 0; r < checks_.rows(); ++r) {
      unsigned parity = 0;
      for (const auto c : checks_.row(r)) parity ^= word[c];
      if (parity == 0) continue;
      good = false;
      for (const auto c : checks_.row(r)) ++unsatisfied[c];
    }
    return good;
  }

  int iterations_ = 0;
  std::size_t n_ = 0;
  std::vector<std::uint32_t> positions_;
  tandem::SparseMatrix checks_;
};

}  // namespace
TANDEM_PLUGIN(BitFlip, tandem::Decoder, "bit-flip", "1.0.0", "Gallager's bit flipping on hard decisions")
