// first-decoder: weighted bit flipping: each step turns the bit that most, and most reliable, checks speak against.
#include <cmath>
#include <tandem/code.hpp>

namespace {
using namespace tandem;

// A decoder turns received values into words of the code it is bound to. One instance serves all threads.
class FirstDecoder final : public Decoder {
  void fields(Fields& f) override {
    f("iterations", iterations_, std::size_t{50}).range(0, 10'000).doc("bits turned at most");
    f.source("Kou, Lin, Fossorier, IEEE Trans. Inf. Theory 47(7), 2001, section IV (weighted bit flipping)");
    f.example(R"({"iterations": 50})");
  }
  // Once, before the first call, with the code.
  void bind(Component& other) override {
    code_ = dynamic_cast<const Code*>(&other);
    if (!code_ || !code_->checks() || code_->checks()->columns() != code_->n() || code_->information_positions().empty())
      throw Error("this decoder needs a systematic code with parity checks");
  }

  // Rows of n LLRs, ln P(0)/P(1); needs() could ask for the received values instead.
  Decoded decode(const Reception& reception) const override {
    const std::size_t rows = reception.llr.rows(), n = code_->n(), k = code_->k();
    Decoded out{Bits(rows, n), Bits(rows, k), std::vector<std::uint8_t>(rows), std::vector<std::uint32_t>(rows)};
    for (std::size_t row = 0; row < rows; ++row) {
      const auto llr = reception.llr[row];
      const auto word = out.codeword[row];
      for (std::size_t i = 0; i < n; ++i) word[i] = llr[i] < 0;  // a tie is bit 0
      while (!(out.converged[row] = code_->checks()->satisfied(word)) && out.iterations[row] < iterations_) {
        word[worst(word, llr)] ^= 1;
        ++out.iterations[row];
      }
      for (std::size_t i = 0; i < k; ++i) out.info[row][i] = word[code_->information_positions()[i]];
    }
    return out;
  }

  // A check weighs as much as its least reliable bit; it speaks against its bits when it is violated, else for them.
  std::size_t worst(std::span<const std::uint8_t> word, std::span<const float> llr) const {
    const SparseMatrix& checks = *code_->checks();
    std::vector<double> against(word.size());
    for (std::size_t r = 0; r < checks.rows(); ++r) {
      unsigned parity = 0;
      float weight = 1e6f;  // LLRs may be infinite
      for (const auto i : checks.row(r)) parity ^= word[i], weight = std::min(weight, std::abs(llr[i]));
      for (const auto i : checks.row(r)) against[i] += static_cast<double>(parity ? weight : -weight);
    }
    return static_cast<std::size_t>(std::ranges::max_element(against) - against.begin());
  }

  // Comparisons and sums in a fixed order: the same bits on every machine.
  Exactness exactness() const override { return Exactness::portable; }

  std::size_t iterations_ = 50;
  const Code* code_ = nullptr;  // the host keeps it alive
};

}  // namespace
TANDEM_PLUGIN(FirstDecoder, Decoder, "first-decoder", "0.1.0", "weighted bit flipping")
