// Sixteen bits a token, `end` behind each row.
#include <algorithm>
#include <tandem/coder.hpp>

#include "fault.hpp"

namespace {
using namespace tandem;

constexpr std::size_t width = 16;

class BrokenCoder final : public Coder {
 public:
  void fields(Fields& f) override {
    fault_.declare(f, {"none", "loses-the-last", "never-clean", "drops-empty-rows", "reads-to-the-end", "no-bits", "more-side-than-bits", "side-bits-of-one-row", "throws-on-damage", "spins-on-damage",
                       "stops-at-damage", "any-token", "gives-end"});
    f.example("{}");
  }
  void bind(Component& other) override {
    if (const auto* model = dynamic_cast<Model*>(&other)) vocabulary_ = model->vocabulary();
    if (const auto* tokenizer = dynamic_cast<Tokenizer*>(&other)) vocabulary_ = tokenizer->vocabulary();
  }
  Exactness exactness() const override { return Exactness::portable; }

  Coded encode(const Tokens& tokens) const override {
    Coded out;
    for (std::size_t row = 0; row < tokens.rows(); ++row) {
      const auto from = tokens[row];
      const auto to = out.bits.append((from.size() + 1) * width);
      for (std::size_t i = 0; i <= from.size(); ++i) {
        const Token token = i < from.size() ? from[i] : vocabulary_.end;
        for (std::size_t bit = 0; bit < width; ++bit) to[i * width + bit] = token >> (width - 1 - bit) & 1;
      }
      if (fault_.is("no-bits")) to[0] = 2;
      if (fault_.is("more-side-than-bits")) out.side_bits.push_back(static_cast<std::uint32_t>(to.size() + 1));
      if (fault_.is("side-bits-of-one-row")) out.side_bits = {1};
    }
    return out;
  }

  Recovered decode(const Bits& bits) const override {
    Recovered out;
    std::vector<Token> tokens;
    for (std::size_t row = 0; row < bits.rows(); ++row) {
      const bool clean = decode(bits[row], tokens);
      if (fault_.is("loses-the-last") && tokens.size() > 1) tokens.pop_back();
      if (fault_.is("drops-empty-rows") && tokens.empty()) continue;
      out.tokens.append(tokens);
      out.clean.push_back(clean && !fault_.is("never-clean"));
      if (clean || !fault_.is("stops-at-damage")) continue;
      for (++row; row < bits.rows(); ++row) out.tokens.append(0), out.clean.push_back(0);
    }
    return out;
  }

 private:
  // Whether it came to `end`.
  bool decode(std::span<const std::uint8_t> bits, std::vector<Token>& tokens) const {
    tokens.clear();
    if (fault_.is("reads-to-the-end") && bits.size() >= width) {  // as if nothing stood behind the row
      for (std::size_t at = 0; at + 2 * width <= bits.size(); at += width) tokens.push_back(read(bits.subspan(at, width)));
      return true;
    }
    for (; bits.size() >= width; bits = bits.subspan(width)) {
      const Token token = read(bits.first(width));
      if (token == vocabulary_.end) return true;
      if (token >= vocabulary_.size && !fault_.is("any-token")) {
        if (fault_.is("gives-end")) tokens.push_back(vocabulary_.end);
        return damage(token);
      }
      tokens.push_back(token);
    }
    return damage(0);
  }
  static Token read(std::span<const std::uint8_t> bits) {
    Token token = 0;
    for (const auto bit : bits) token = 2 * token + bit % 2;
    return token;
  }
  bool damage(Token token) const {
    if (fault_.is("throws-on-damage")) throw Error("token " + std::to_string(token) + " is none");
    for (volatile bool spin = fault_.is("spins-on-damage"); spin;) {}
    return false;
  }

  broken::Fault fault_;
  Vocabulary vocabulary_;
};

}  // namespace
TANDEM_PLUGIN(BrokenCoder, tandem::Coder, "broken-coder", "1.0.0", "a coder that breaks a promise")
