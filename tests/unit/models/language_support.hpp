#pragma once

#include "../neural/language_models.hpp"
#include "model_support.hpp"

// What the tests of neural models share.
namespace tandem::test {

inline std::string weights_fields(const std::string& path, const std::string& more = "") {
  return R"({"weights": ")" + path + "\"" + (more.empty() ? "" : ", " + more) + "}";
}
inline std::vector<float> logits(const Session& session, std::size_t stream = 0) {
  const auto values = dynamic_cast<const Logits&>(session).logits(stream);
  return {values.begin(), values.end()};
}
/// The logits behind each token, from a plugin bound to a tokenizer of that many tokens.
inline std::vector<std::vector<float>> trace(const Model& model, const std::vector<Token>& tokens) {
  const auto session = model.open(1, {});
  std::vector<std::vector<float>> out;
  for (const Token token : tokens) {
    step(*session, token);
    out.push_back(logits(*session));
  }
  return out;
}
inline std::vector<std::vector<float>> trace(const neural::LanguageModel& model, const std::vector<Token>& tokens) {
  auto state = model.open(1);
  const std::uint8_t active = 1;
  std::vector<std::vector<float>> out;
  for (const Token& token : tokens) {
    state.step({&token, 1}, {&active, 1});
    out.emplace_back(state.logits(0).begin(), state.logits(0).end());
  }
  return out;
}
/// What the component says against the fields, or "accepted".
inline std::string refusal(const std::string& plugin, const std::string& fields) {
  try {
    make<Model>(plugin, fields);
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

}  // namespace tandem::test
