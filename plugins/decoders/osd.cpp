// Ordered statistics decoding.
#include <algorithm>
#include <memory>
#include <tandem/error.hpp>

#include "ordered_statistics.hpp"

namespace {

constexpr double most_patterns = 1 << 26;

class Osd final : public tandem::Decoder {
  void fields(tandem::Fields& f) override {
    f("order", order_, 2)
        .range(0, most_order)
        .doc(
            "how many of the most reliable independent bits may be wrong at once; at most 2^26 patterns a frame. Of "
            "equally good codewords the first one counts; patterns go by weight, those of one weight by their most "
            "reliable bit, then the next one, the least reliable first; of equally reliable bits the last one is the "
            "least reliable");
    f("first", first_)
        .role("decoder")
        .doc(
            "a decoder that runs first; only the frames it does not bring to a codeword are decoded here, from the "
            "channel's LLRs");
    f.source(
        "M. P. C. Fossorier and S. Lin, \"Soft-decision decoding of linear block codes based on ordered statistics\", "
        "IEEE Trans. Inf. Theory 41(5), 1995; stopping rule: D. J. Taipale and M. B. Pursley, ibid. 37(1), 1991");
    f.example(R"({"order": 2})");
  }

  void ready(const tandem::Environment&) override {
    first_decoder_ = dynamic_cast<tandem::Decoder*>(first_.component.get());
    if (first_.component && !first_decoder_) throw tandem::FieldError("first", "must be a decoder");
  }

  void bind(tandem::Component& other) override {
    if (first_decoder_) first_decoder_->bind(other);
    const auto* code = dynamic_cast<tandem::Code*>(&other);
    if (!code) return;
    code_ = std::make_unique<const ReducedCode>(*code);
    double patterns = 1, choose = 1;
    for (std::size_t weight = 1; weight <= std::min(order_, code_->k); ++weight) {
      choose *= static_cast<double>(code_->k - weight + 1) / static_cast<double>(weight);
      patterns += choose;
    }
    if (patterns > most_patterns)
      throw tandem::FieldError("order", "there are more than 2^26 patterns of weight " + std::to_string(order_) +
                                            " or less in " + std::to_string(code_->k) + " bits");
  }

  tandem::Exactness exactness() const override {
    return first_decoder_ ? first_decoder_->exactness() : tandem::Exactness::portable;
  }
  tandem::Needs needs() const override {
    return first_decoder_ && first_decoder_->needs() != tandem::Needs::llr ? tandem::Needs::both : tandem::Needs::llr;
  }

  tandem::Decoded decode(const tandem::Reception& reception) const override {
    if (!code_) throw tandem::Error("the decoder was not bound to a code");
    const std::size_t rows = reception.llr.rows();
    if (rows != 0 && reception.llr.row_length() != code_->n)
      throw tandem::Error("decoding takes rows of " + std::to_string(code_->n) + " LLRs");
    tandem::Decoded out;
    if (first_decoder_) {
      out = first_decoder_->decode(reception);
    } else {
      out = {.codeword = {rows, code_->n},
             .info = {rows, code_->k},
             .converged = std::vector<std::uint8_t>(rows),
             .iterations = std::vector<std::uint32_t>(rows)};
    }
    const auto decoder = ordered_statistics(*code_, order_);
    for (std::size_t row = 0; row < rows; ++row) {
      if (out.converged[row]) continue;
      out.iterations[row] += decoder->decode(reception.llr[row].data(), out.codeword[row].data(), out.info[row].data());
      out.converged[row] = 1;
    }
    return out;
  }

  std::size_t order_ = 0;
  tandem::Part first_;
  tandem::Decoder* first_decoder_ = nullptr;
  std::unique_ptr<const ReducedCode> code_;
};

}  // namespace
TANDEM_PLUGIN(Osd, tandem::Decoder, "osd", "1.0.0", "ordered statistics decoding, alone or after another decoder")
