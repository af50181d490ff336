#pragma once

#include <string>
#include <tandem/model.hpp>
#include <vector>

namespace tandem::models {

/// A model over a tokenizer's vocabulary that learns from a training text when the tokenizer is bound.
class TextModel : public Model {
 public:
  void bind(Component& other) final {
    const auto* tokenizer = dynamic_cast<const Tokenizer*>(&other);
    if (!tokenizer) throw Error("a model is bound to a tokenizer", {}, "name the tokenizer in \"with\"");
    vocabulary_ = tokenizer->vocabulary();
    const auto tokens = text_.path.empty() ? std::vector<Token>{} : training_tokens(text_, cut_, *tokenizer);
    for (const Token token : tokens) require_known(token);
    learn(tokens);
  }
  Vocabulary vocabulary() const final {
    require_tokenizer();
    return vocabulary_;
  }
  Exactness exactness() const final { return Exactness::portable; }

 protected:
  Fields::Field declare_text(Fields& f) {
    f("cut", cut_, "lines")
        .choices({"lines", "whole"})
        .doc("how the training text is cut into items, each followed by `end`: its lines, or all of it");
    return f("text", text_);
  }
  /// Called once, with the tokens of all items, each followed by `end`; none without a text.
  virtual void learn(const std::vector<Token>& tokens) = 0;
  void require_tokenizer() const {
    if (vocabulary_.size == 0) throw Error("the model has no tokenizer yet", {}, "name the tokenizer in \"with\"");
  }
  void require_known(Token token) const {
    if (token >= vocabulary_.size) throw Error("token " + std::to_string(token) + " is not in the model's vocabulary");
  }

  Vocabulary vocabulary_;

 private:
  File text_;
  std::string cut_;
};

}  // namespace tandem::models
