// Gradient descent bit flipping: one bit at a time, the one that agrees least with its own LLR and with its checks.
#include <algorithm>
#include <cmath>
#include <tandem/code.hpp>
#include <vector>

using namespace tandem;

class GradientFlip final : public Decoder {
  void fields(Fields& f) override {
    f("iterations", iterations_, 100).range(1, 10'000).doc("bits flipped at most");
    f("check_weight", check_weight_, 1.0).range(0, 100).doc("what a check counts, in mean magnitudes of the LLRs");
    f.source("T. Wadayama et al., IEEE Trans. Commun. 58(6), 2010, equation (6)").example(R"({"iterations": 50})");
  }
  Exactness exactness() const override { return Exactness::portable; }

  void bind(Component& other) override {
    const auto* code = dynamic_cast<Code*>(&other);
    if (!code) return;
    if (!code->checks()) throw Error("gradient-flip needs a code with parity checks");
    if (code->information_positions().size() != code->k()) throw Error("gradient-flip needs a systematic code");
    n_ = code->n();
    checks_ = *code->checks();
    positions_.assign(code->information_positions().begin(), code->information_positions().end());
  }

  Decoded decode(const Reception& reception) const override {
    const std::size_t rows = reception.llr.rows();
    if (n_ == 0) throw Error("the decoder was not bound to a code");
    if (rows != 0 && reception.llr.row_length() != n_) throw Error("a row has another length than the code");
    Decoded out{
        {rows, n_}, {rows, positions_.size()}, std::vector<std::uint8_t>(rows), std::vector<std::uint32_t>(rows)};
    std::vector<std::uint8_t> word(checks_.columns());  // more than n of them where bits are not sent
    std::vector<float> own(word.size()), agreement(word.size());
    for (std::size_t row = 0; row < rows; ++row) {
      weigh(reception.llr[row], own);
      std::ranges::transform(own, word.begin(), [](float value) { return static_cast<std::uint8_t>(value < 0); });
      while (!checks_.satisfied(word) && out.iterations[row] < static_cast<std::uint32_t>(iterations_)) {
        agree(word, own, agreement);
        word[static_cast<std::size_t>(std::ranges::min_element(agreement) - agreement.begin())] ^= 1;
        ++out.iterations[row];
      }
      out.converged[row] = checks_.satisfied(word);
      std::copy_n(word.begin(), n_, out.codeword[row].begin());
      std::ranges::transform(positions_, out.info[row].begin(), [&](std::uint32_t position) { return word[position]; });
    }
    return out;
  }

  // LLRs in units of their mean magnitude; 0 for bits that were not sent.
  static void weigh(std::span<const float> llr, std::vector<float>& own) {
    constexpr float most = 1e6f;  // infinity has no mean
    float sum = 0;
    for (std::size_t i = 0; i < llr.size(); ++i) sum += std::abs(own[i] = std::clamp(llr[i], -most, most));
    if (sum == 0) return;
    for (std::size_t i = 0; i < llr.size(); ++i) own[i] *= static_cast<float>(llr.size()) / sum;
  }

  // The inversion function of each bit: bit times LLR, and what its checks say, for 1 and against -1.
  void agree(const std::vector<std::uint8_t>& word, const std::vector<float>& own,
             std::vector<float>& agreement) const {
    for (std::size_t i = 0; i < word.size(); ++i) agreement[i] = word[i] == 0 ? own[i] : -own[i];
    for (std::size_t r = 0; r < checks_.rows(); ++r) {
      unsigned parity = 0;
      for (const auto i : checks_.row(r)) parity ^= word[i];
      for (const auto i : checks_.row(r))
        agreement[i] += static_cast<float>(parity == 0 ? check_weight_ : -check_weight_);
    }
  }

  int iterations_ = 100;
  double check_weight_ = 1;
  std::size_t n_ = 0;
  SparseMatrix checks_;
  std::vector<std::uint32_t> positions_;
};
TANDEM_PLUGIN(GradientFlip, Decoder, "gradient-flip", "1.0.0", "gradient descent bit flipping, a bit an iteration")
