// Decoders in any language: an executable that answers over pipes.
#include <algorithm>
#include <tandem/code.hpp>
#include <tandem/process/bridged.hpp>

namespace {
using namespace tandem;
using process::Answer;
using process::Description;
using process::Kind;
using process::Request;

std::size_t as_needs(const Description& description) {
  return description.choice("needs", "llr", {"llr", "y", "both"});
}

nlohmann::json told_of(const Code& code) {
  nlohmann::json out = {{"n", code.n()}, {"k", code.k()}, {"checks", nullptr}, {"columns", code.n()}};
  if (const SparseMatrix* checks = code.checks()) {
    out["columns"] = checks->columns();
    out["checks"] = nlohmann::json::array();
    for (std::size_t row = 0; row < checks->rows(); ++row) out["checks"].push_back(checks->row(row));
  }
  out["information_positions"] = code.information_positions();
  return out;
}

void require_bits(const Bits& rows, const char* what) {
  if (std::ranges::any_of(rows.values(), [](std::uint8_t bit) { return bit > 1; }))
    throw Error(std::string("its answer holds values of ") + what + " that are neither 0 nor 1");
}

class ProcessDecoder final : public process::Bridged<Decoder> {
 public:
  ProcessDecoder()
      : Bridged([](const Description& description) {
          description.only({"needs"});
          as_needs(description);
        }) {}

  void fields(Fields& f) override {
    bridge_.declare(f);
    f.example(R"({"command": ["python3"], "script": "decoder.py"})");
  }
  void ready(const Environment& environment) override { bridge_.ready(environment); }
  void bind(Component& other) override {
    code_ = dynamic_cast<const Code*>(&other);
    if (!code_) throw Error("a decoder is bound to a code", {}, "name the code in \"with\"");
    bridge_.tell("code", told_of(*code_));
    needs_ = static_cast<Needs>(1 + as_needs(bridge_.description()));
  }
  Needs needs() const override { return needs_; }

  Decoded decode(const Reception& reception) const override {
    if (!code_) throw Error("the decoder was not bound to a code");
    Request request(Kind::decode);
    std::size_t rows = 0;
    for (const auto& [need, values] : {std::pair{Needs::llr, &reception.llr}, {Needs::y, &reception.y}}) {
      const bool wanted = needs_ == need || needs_ == Needs::both;
      if (!wanted) {
        request.no_rows();
        continue;
      }
      if (!values->empty() && values->row_length() != code_->n())
        throw Error("decoding takes rows of " + std::to_string(code_->n()) + " values");
      rows = values->rows();
      request.rows(*values);
    }
    if (rows == 0)
      return {.codeword = Bits(0, code_->n()), .info = Bits(0, code_->k()), .converged = {}, .iterations = {}};
    return call(request, [&](Answer& answer) { return decoded(answer, rows); });
  }

 private:
  Decoded decoded(Answer& answer, std::size_t rows) const {
    Decoded out{.codeword = answer.rows<std::uint8_t>(rows, code_->n(), "codewords"),
                .info = {},
                .converged = {},
                .iterations = {}};
    require_bits(out.codeword, "codewords");
    if (answer.skip_empty("information")) {
      out.info = information(out.codeword);
    } else {
      out.info = answer.rows<std::uint8_t>(rows, code_->k(), "information");
      require_bits(out.info, "information");
    }
    if (answer.skip_empty("converged")) {
      out.converged = satisfied(out.codeword);
    } else {
      const Bits flags = answer.rows<std::uint8_t>(rows, 1, "converged");
      require_bits(flags, "converged");
      out.converged.assign(flags.values().begin(), flags.values().end());
    }
    out.iterations.assign(rows, 0);
    if (!answer.skip_empty("iterations"))
      std::ranges::copy(answer.rows<std::uint32_t>(rows, 1, "iterations").values(), out.iterations.begin());
    answer.finish();
    return out;
  }

  Bits information(const Bits& codewords) const {
    const auto positions = code_->information_positions();
    if (positions.size() != code_->k())
      throw Error(
          "its answer has no information bits, and the code is not systematic, so that they cannot be read off");
    Bits out(codewords.rows(), positions.size());
    for (std::size_t row = 0; row < codewords.rows(); ++row)
      for (std::size_t i = 0; i < positions.size(); ++i) out[row][i] = codewords[row][positions[i]];
    return out;
  }

  std::vector<std::uint8_t> satisfied(const Bits& codewords) const {
    const SparseMatrix* checks = code_->checks();
    std::vector<std::uint8_t> out(codewords.rows(), 1);
    if (!checks || checks->rows() == 0) return out;
    // Bits that are not sent are known to the decoder alone.
    if (checks->columns() != code_->n())
      throw Error("its answer does not say what converged, and a code with bits that are not sent cannot be checked");
    for (std::size_t row = 0; row < codewords.rows(); ++row) out[row] = checks->satisfied(codewords[row]);
    return out;
  }

  const Code* code_ = nullptr;
  Needs needs_ = Needs::llr;
};

}  // namespace
TANDEM_PLUGIN(ProcessDecoder, tandem::Decoder, "process-decoder", "1.0.0",
              "a decoder in any language, as an executable")
