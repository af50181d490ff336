#include <fstream>
#include <iterator>
#include <tandem/error.hpp>
#include <tandem/model.hpp>

namespace tandem {

std::vector<Token> training_tokens(const File& text, const std::string& cut, const Tokenizer& tokenizer) {
  std::ifstream in(text.path, std::ios::binary);
  if (!in) throw Error("cannot be read", text.reference.empty() ? text.path : text.reference);
  const std::string content((std::istreambuf_iterator<char>(in)), {});
  const auto bytes = [](std::string_view part) {
    return std::span(reinterpret_cast<const std::uint8_t*>(part.data()), part.size());
  };
  Bytes items;
  if (cut == "whole") {
    items.append(bytes(content));
  } else {
    std::string_view rest = content;
    while (!rest.empty()) {
      const std::size_t end = rest.find('\n');
      const std::string_view line = rest.substr(0, end);
      if (!line.empty()) items.append(bytes(line));
      rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    }
  }
  const Token end = tokenizer.vocabulary().end;
  const Tokens rows = tokenizer.encode(items);
  std::vector<Token> tokens;
  tokens.reserve(rows.size() + rows.rows());
  for (std::size_t row = 0; row < rows.rows(); ++row) {
    tokens.insert(tokens.end(), rows[row].begin(), rows[row].end());
    tokens.push_back(end);
  }
  return tokens;
}

}  // namespace tandem
