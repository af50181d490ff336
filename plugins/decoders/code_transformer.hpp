#pragma once

#include <algorithm>
#include <charconv>
#include <cmath>
#include <memory>
#include <string>
#include <tandem/code.hpp>
#include <tandem/error.hpp>
#include <tandem/neural/code_transformer.hpp>
#include <tandem/neural/operations.hpp>
#include <vector>

/// A decoder that asks a transformer which received bits are wrong. Its weights belong to one parity-check matrix and
/// refuse another: nothing but the matrix tells a bit's place, so that a look-alike decodes worse than no decoder.
class CodeTransformerDecoder : public tandem::Decoder, public tandem::Complexity {
 public:
  using Shape = tandem::neural::CodeTransformerShape;

  CodeTransformerDecoder(Shape::Attention attention, const char* architecture)
      : attention_(attention), architecture_(architecture) {}

  void fields(tandem::Fields& f) override {
    f("weights", weights_).required().doc("what was learned, a safetensors file");
    f("matrix", matrix_, "")
        .doc(
            "SHA-256 of the parity-check matrix that the weights were trained for, where their file does not say: over \"rows "
            "columns\\n\" and, a line a row, the columns of its ones, each with a blank behind it");
    f("stop", stop_, false)
        .doc("take a hard decision that satisfies every check as it is, and run the network on the other blocks alone");
  }

  void bind(tandem::Component& other) override {
    auto* code = dynamic_cast<tandem::Code*>(&other);
    if (!code) throw tandem::Error("a decoder is bound to a code");
    if (!code->checks() || code->checks()->columns() != code->n())
      throw tandem::Error("this decoder needs a code with a parity check for every transmitted bit and no punctured ones");
    code_ = code;
    const tandem::Safetensors file(weights_.path);
    require(file);
    Shape shape{.attention = attention_, .n = code->n(), .m = code->checks()->rows()};
    const auto& embedding = file["embedding"].shape;
    if (embedding.size() != 2 || embedding[0] != shape.tokens())
      throw tandem::FieldError("weights", "are not for a code of " + std::to_string(shape.n) + " bits and " +
                                              std::to_string(shape.m) + " checks");
    shape.width = embedding[1];
    shape.heads = number(file, "heads", 8);
    for (shape.layers = 0; shape.layers < 1000; ++shape.layers)
      if (!file.contains("layers." + std::to_string(shape.layers) + ".attention.query.weight")) break;
    // The file's size bounds what is allocated for it; a tensor that is missing is found, and named, by `load`.
    if (const std::size_t wanted = tandem::neural::CodeTransformer::parameters_of(shape); wanted > 4 * file.elements() + (1 << 20))
      throw tandem::FieldError("weights", "hold " + std::to_string(file.elements()) + " values, but a network of " +
                                              std::to_string(shape.layers) + " layers of width " + std::to_string(shape.width) + " has " +
                                              std::to_string(wanted));
    model_ = std::make_unique<tandem::neural::CodeTransformer>(shape, *code->checks());
    model_->load(file);
  }

  tandem::Needs needs() const override { return tandem::Needs::y; }
  tandem::Exactness exactness() const override { return tandem::Exactness::portable; }

  std::uint64_t parameters() const override { return model_->parameters().size(); }
  double operations(const tandem::Workload& frame, tandem::Counting counting) const override {
    return static_cast<double>(frame.blocks) * tandem::neural::operations_of(model_->shape(), model_->attended_pairs(), counting);
  }

  tandem::Decoded decode(const tandem::Reception& reception) const override {
    const std::size_t n = code_->n(), rows = reception.y.rows(), tokens = model_->shape().tokens();
    if (rows != 0 && reception.y.row_length() != n)
      throw tandem::Error("decoding takes rows of " + std::to_string(n) + " received values");
    tandem::Decoded out{.codeword = {rows, n},
                        .info = {rows, code_->k()},
                        .converged = std::vector<std::uint8_t>(rows),
                        .iterations = std::vector<std::uint32_t>(rows, 1)};
    std::vector<float> input;
    std::vector<std::size_t> asked;
    input.reserve(rows * tokens);
    for (std::size_t row = 0; row < rows; ++row) {
      tandem::neural::append_input(reception.y[row], *code_->checks(), input, out.codeword[row]);
      if (stop_ && code_->checks()->satisfied(out.codeword[row])) {
        input.resize(input.size() - tokens);
        out.iterations[row] = 0;
      } else {
        asked.push_back(row);
      }
    }
    std::vector<float> logits(asked.size() * n);
    model_->infer(input, logits);
    for (std::size_t i = 0; i < asked.size(); ++i)
      for (std::size_t j = 0; j < n; ++j) out.codeword[asked[i]][j] ^= logits[i * n + j] < 0;
    const auto positions = code_->information_positions();
    for (std::size_t row = 0; row < rows; ++row) {
      out.converged[row] = code_->checks()->satisfied(out.codeword[row]);
      for (std::size_t i = 0; i < positions.size(); ++i) out.info[row][i] = out.codeword[row][positions[i]];
    }
    return out;
  }

 private:
  void require(const tandem::Safetensors& file) const {
    const auto& notes = file.metadata();
    if (const auto found = notes.find("architecture"); found != notes.end() && found->second != architecture_)
      throw tandem::FieldError("weights", "hold a network of the kind \"" + found->second + "\", not \"" + architecture_ + "\"");
    if (code_->information_positions().size() != code_->k()) throw tandem::Error("this decoder needs a systematic code");
    const auto found = notes.find("matrix");
    if (found == notes.end() && matrix_.empty())
      throw tandem::FieldError("matrix", "is needed, as " + weights_.path + " does not say which parity-check matrix it is for",
                               "the code given here has " + tandem::neural::fingerprint(*code_->checks()));
    const std::string& trained = found == notes.end() ? matrix_ : found->second;
    const std::string given = tandem::neural::fingerprint(*code_->checks());
    if (trained != given)
      throw tandem::FieldError("weights", "were trained for another parity-check matrix (" + trained.substr(0, 12) +
                                              "..., the code has " + given.substr(0, 12) + "...)");
  }

  static std::size_t number(const tandem::Safetensors& file, std::string_view key, std::size_t otherwise) {
    const auto found = file.metadata().find(key);
    if (found == file.metadata().end()) return otherwise;
    std::size_t value = 0;
    const auto& text = found->second;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || stop != text.data() + text.size() || value == 0 || value > 4096)
      throw tandem::Error("the note '" + std::string(key) + "' is not a number", file.path());
    return value;
  }

  Shape::Attention attention_;
  const char* architecture_;
  tandem::File weights_;
  std::string matrix_;
  bool stop_ = false;
  const tandem::Code* code_ = nullptr;
  std::unique_ptr<tandem::neural::CodeTransformer> model_;
};
