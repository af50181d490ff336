#pragma once

#include <span>
#include <string>
#include <tandem/coder.hpp>

/// What every coder does with the component that it is bound to and with the rows that it is given.
namespace tandem::coders {

/// The model or the tokenizer named in "with"; outlives the coder.
class Bound final {
 public:
  /// `coder` is the coder's name for messages; a coder that needs predictions accepts only a model.
  void set(Component& other, const char* coder, bool needs_model) {
    auto* model = dynamic_cast<Model*>(&other);
    auto* tokenizer = needs_model ? nullptr : dynamic_cast<Tokenizer*>(&other);
    if (!model && !tokenizer)
      throw Error(std::string("the coder ") + coder + " cannot be used with this component", "with",
                  needs_model ? "name a model" : "name a model or a tokenizer");
    const Vocabulary vocabulary = model ? model->vocabulary() : tokenizer->vocabulary();
    if (vocabulary.size == 0 || vocabulary.end >= vocabulary.size)
      throw Error(std::string("the coder ") + coder + " is bound to a vocabulary of " +
                      std::to_string(vocabulary.size) + " symbols in which `end` is " + std::to_string(vocabulary.end),
                  "with");
    if (vocabulary_.size != 0 && (vocabulary.size != vocabulary_.size || vocabulary.end != vocabulary_.end))
      throw Error(std::string("the coder ") + coder + " is bound to two components whose vocabularies differ", "with");
    vocabulary_ = vocabulary;
    if (model) model_ = model;
  }

  const Vocabulary& vocabulary(const char* coder) const {
    if (vocabulary_.size == 0) throw Error(std::string("the coder ") + coder + " is bound to nothing", "with");
    return vocabulary_;
  }
  /// Null when only a tokenizer was named.
  const Model* model() const { return model_; }

 private:
  const Model* model_ = nullptr;
  Vocabulary vocabulary_;
};

/// Throws Error unless the row holds at most `max_tokens` ids of the vocabulary and no `end`.
inline void check_row(std::span<const Token> row, std::size_t index, const Vocabulary& vocabulary,
                      std::size_t max_tokens = static_cast<std::size_t>(-1)) {
  const std::string where = "row " + std::to_string(index);
  if (row.size() > max_tokens)
    throw Error(
        "a row of " + std::to_string(row.size()) + " tokens is longer than max_tokens, " + std::to_string(max_tokens),
        where, "send shorter frames or raise max_tokens at both ends");
  for (const Token token : row) {
    if (token >= vocabulary.size)
      throw Error("token " + std::to_string(token) + " is outside a vocabulary of " + std::to_string(vocabulary.size),
                  where);
    if (token == vocabulary.end) throw Error("a row must not contain `end`, token " + std::to_string(token), where);
  }
}

}  // namespace tandem::coders
