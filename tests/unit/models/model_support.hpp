#pragma once

#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>
#include <tandem/model.hpp>
#include <vector>

#include "support/support.hpp"

namespace tandem::test {

/// A file of the test's own, removed with it.
class TextFile {
 public:
  explicit TextFile(const std::string& content) {
    static int number = 0;
    path_ = testing::TempDir() + "tandem-models-" + std::to_string(::getpid()) + "-" + std::to_string(number++);
    std::ofstream(path_, std::ios::binary) << content;
  }
  ~TextFile() { std::filesystem::remove(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};
/// The fields {"text": path, more}.
inline std::string text_fields(const std::string& path, const std::string& more = "") {
  return R"({"text": ")" + path + "\"" + (more.empty() ? "" : ", " + more) + "}";
}
inline std::string prime() { return (source_dir() / "registry/corpora/prime.txt").string(); }
inline std::string sample() { return (source_dir() / "registry/corpora/sample.txt").string(); }

/// A model bound to a tokenizer.
struct Bound {
  std::shared_ptr<Tokenizer> tokenizer;
  std::shared_ptr<Model> model;
};
inline Bound bound_model(const std::string& name, const std::string& fields, const std::string& tokenizer = "bytes",
                         const std::string& tokenizer_fields = "{}") {
  Bound bound{make<Tokenizer>(tokenizer, tokenizer_fields), make<Model>(name, fields)};
  bound.model->bind(*bound.tokenizer);
  return bound;
}
/// The tokens of one item, `end` behind them.
inline std::vector<Token> tokens_of(const Tokenizer& tokenizer, const std::string& text) {
  Bytes items;
  items.append(std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
  const Tokens rows = tokenizer.encode(items);
  std::vector<Token> tokens(rows[0].begin(), rows[0].end());
  tokens.push_back(tokenizer.vocabulary().end);
  return tokens;
}
inline std::unique_ptr<Session> open(const Model& model, std::size_t streams = 1) {
  const Token seed[] = {model.vocabulary().end};
  return model.open(streams, seed);
}
inline std::vector<double> probabilities(const Session& session, std::size_t stream = 0) {
  const auto values = dynamic_cast<const Probabilities&>(session).probabilities(stream);
  return {values.begin(), values.end()};
}
inline void step(Session& session, Token token) {
  const std::uint8_t active = 1;
  session.step({&token, 1}, {&active, 1});
}
/// The code length of one frame in bits, from the integer distributions a coder would use.
inline double bits(const Model& model, const std::vector<Token>& frame) {
  const auto session = open_distribution(model, 1);
  const std::uint8_t active = 1;
  double sum = 0;
  for (const Token token : frame) {
    const auto& distribution = session->distribution();
    sum += distribution.bits() - std::log2(distribution.interval(0, token).frequency);
    session->step({&token, 1}, {&active, 1});
  }
  return sum;
}

}  // namespace tandem::test
