#include "../../../plugins/tokenizers/byte_pieces.hpp"

#include <regex>

#include "byte_pair_reference.hpp"
#include "texts.hpp"

namespace {
using namespace tandem;
using test::pieces_of;
using tokenizers::Kind;
using tokenizers::Kinds;

TEST(Kinds, AreThoseOfUnicode14) {
  // Totals over all code points of \p{L}, \p{N} and \p{White_Space} as Perl 5.36 (Unicode 14) counts them.
  std::size_t letters = 0, numbers = 0, blanks = 0;
  for (std::uint32_t code = 0; code <= 0x10FFFF; ++code) {
    letters += Kinds::get()[code] == Kind::letter;
    numbers += Kinds::get()[code] == Kind::number;
    blanks += Kinds::get()[code] == Kind::blank;
  }
  EXPECT_EQ(letters, 131756u);
  EXPECT_EQ(numbers, 1791u);
  EXPECT_EQ(blanks, 25u);
  // From UnicodeData.txt: the first and last of ranges, and what is often taken for something else.
  for (const std::uint32_t code :
       {0x41u,   0x7Au,   0xAAu,   0xB5u,   0xBAu,    0xC0u,    0xD6u,    0xD8u,    0x2C6u,   0x5D0u,
        0x4E00u, 0x9FFFu, 0xAC00u, 0xD7A3u, 0x10000u, 0x1D400u, 0x20000u, 0x2A6DFu, 0x30000u, 0x3134Au})
    EXPECT_EQ(Kinds::get()[code], Kind::letter) << std::hex << code;
  for (const std::uint32_t code :
       {0x30u, 0x39u, 0xB2u, 0xB3u, 0xB9u, 0xBCu, 0x660u, 0x2160u, 0x2460u, 0x3007u, 0x1D7FFu, 0x1FBF9u})
    EXPECT_EQ(Kinds::get()[code], Kind::number) << std::hex << code;
  for (const std::uint32_t code : {0x09u, 0x0Du, 0x20u, 0x85u, 0xA0u, 0x1680u, 0x2000u, 0x200Au, 0x2028u, 0x3000u})
    EXPECT_EQ(Kinds::get()[code], Kind::blank) << std::hex << code;
  for (const std::uint32_t code : {0x00u, 0x1Cu, 0x1Fu, 0x40u, 0x5Bu, 0xD7u, 0xF7u, 0x300u, 0x180Eu, 0x200Bu, 0xFEFFu,
                                   0xE000u, 0x1F600u, 0x3134Bu, 0x10FFFFu})
    EXPECT_EQ(Kinds::get()[code], Kind::other) << std::hex << code;
}

// The length of the well-formed sequence at `at` (Unicode 14, table 3-7, written as the table is), or 0.
std::size_t well_formed(const std::string& text, std::size_t at) {
  struct Row {
    unsigned first_low, first_high, second_low, second_high;
    std::size_t length;
  };
  static const Row rows[] = {{0x00, 0x7F, 0, 0, 1},       {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3},
                             {0xE1, 0xEC, 0x80, 0xBF, 3}, {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3},
                             {0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4}};
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<std::uint8_t>(text[i]) : 0x100u; };
  for (const auto& row : rows) {
    if (byte(at) < row.first_low || byte(at) > row.first_high) continue;
    bool fits = row.length == 1 || (byte(at + 1) >= row.second_low && byte(at + 1) <= row.second_high);
    for (std::size_t i = 2; i < row.length; ++i) fits = fits && byte(at + i) >= 0x80 && byte(at + i) <= 0xBF;
    return fits ? row.length : 0;
  }
  return 0;
}
// GPT-2's pattern in a regular-expression engine: each character becomes a letter of the pattern's small alphabet, L,
// N, S for its class, or itself where the pattern names it.
std::vector<std::string> pieces_by_pattern(const std::string& text) {
  static const std::regex pattern("'s|'t|'re|'ve|'m|'ll|'d| ?[Lstrevmld]+| ?N+| ?['O]+|[ S]+(?![^ S])|[ S]+");
  std::vector<std::string> pieces;
  std::string classes;
  std::vector<std::size_t> starts;
  const auto flush = [&](std::size_t end) {
    starts.push_back(end);
    for (std::sregex_iterator match(classes.begin(), classes.end(), pattern), last; match != last; ++match) {
      const auto from = static_cast<std::size_t>(match->position()),
                 to = from + static_cast<std::size_t>(match->length());
      pieces.push_back(text.substr(starts[from], starts[to] - starts[from]));
    }
    classes.clear();
    starts.clear();
  };
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = well_formed(text, at);
    if (length == 0) {
      flush(at);
      pieces.push_back(text.substr(at++, 1));
      continue;
    }
    std::uint32_t code = static_cast<std::uint8_t>(text[at]);
    if (length > 1) code &= 0xFFu >> (length + 1);
    for (std::size_t i = 1; i < length; ++i) code = code << 6 | (static_cast<std::uint8_t>(text[at + i]) & 0x3Fu);
    const bool named = code < 0x80 && std::string(" 'strevmld").find(static_cast<char>(code)) != std::string::npos;
    const Kind kind = Kinds::get()[code];
    classes += named                  ? static_cast<char>(code)
               : kind == Kind::letter ? 'L'
               : kind == Kind::number ? 'N'
               : kind == Kind::blank  ? 'S'
                                      : 'O';
    starts.push_back(at);
    at += length;
  }
  flush(text.size());
  return pieces;
}

TEST(Pieces, AreThoseOfThePatternInARegularExpressionEngine) {
  for (const auto& text : test::random_texts(4000, 3)) ASSERT_EQ(pieces_of(text), pieces_by_pattern(text)) << text;
  // Every character beside a letter, a digit, a blank and a stray byte.
  for (std::uint32_t code = 0; code <= 0x3FFFF; code += code < 0x3000 ? 1 : 37) {
    if (code >= 0xD800 && code <= 0xDFFF) continue;
    const std::string c = test::utf8(code), text = c + "a" + c + "1" + c + " " + c + c + "  " + c + "\xFF" + c;
    ASSERT_EQ(pieces_of(text), pieces_by_pattern(text)) << std::hex << code;
  }
}
TEST(Pieces, OfExamples) {
  using Pieces = std::vector<std::string>;
  EXPECT_EQ(pieces_of(""), Pieces{});
  EXPECT_EQ(pieces_of("I'll  don't'S"), (Pieces{"I", "'ll", " ", " don", "'t", "'", "S"}));
  EXPECT_EQ(pieces_of("a   b"), (Pieces{"a", "  ", " b"}));
  EXPECT_EQ(pieces_of("a\t\tb "), (Pieces{"a", "\t", "\t", "b", " "}));
  EXPECT_EQ(pieces_of("a  \xFF b"), (Pieces{"a", "  ", "\xFF", " b"}));  // a stray byte is what the end is
  EXPECT_EQ(pieces_of("\xE2\x82"), (Pieces{"\xE2", "\x82"}));
}

}  // namespace
