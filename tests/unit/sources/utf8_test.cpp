#include <gtest/gtest.h>

#include <string>

#include "text_file.hpp"

namespace {
using tandem::sources::well_formed_prefix;

// Slow and independent: decodes a code point by its bit pattern, then judges the value and encodes it again.
bool valid(const std::string& text) {
  std::size_t i = 0;
  while (i < text.size()) {
    const auto lead = static_cast<unsigned char>(text[i]);
    int more = -1;
    std::uint32_t value = 0;
    if (lead < 0x80)
      more = 0, value = lead;
    else if ((lead & 0xE0) == 0xC0)
      more = 1, value = lead & 0x1F;
    else if ((lead & 0xF0) == 0xE0)
      more = 2, value = lead & 0x0F;
    else if ((lead & 0xF8) == 0xF0)
      more = 3, value = lead & 0x07;
    if (more < 0 || i + static_cast<std::size_t>(more) >= text.size()) return false;
    for (int k = 1; k <= more; ++k) {
      const auto next = static_cast<unsigned char>(text[i + static_cast<std::size_t>(k)]);
      if ((next & 0xC0) != 0x80) return false;
      value = value << 6 | (next & 0x3F);
    }
    constexpr std::uint32_t smallest[] = {0, 0x80, 0x800, 0x10000};
    if (value < smallest[more] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return false;
    i += static_cast<std::size_t>(more) + 1;
  }
  return true;
}

TEST(Utf8, AgreesWithADecoderOnEveryLeadAndSecondByte) {
  for (int lead = 0; lead < 256; ++lead)
    for (int second = 0; second < 256; ++second)
      for (const char* rest : {"", "\x80", "\x80\x80", "\xBF\xBF", "a"}) {
        const std::string text = std::string{static_cast<char>(lead), static_cast<char>(second)} + rest;
        EXPECT_EQ(well_formed_prefix(text) == text.size(), valid(text)) << lead << ' ' << second << ' ' << rest;
      }
}

TEST(Utf8, NamesTheFirstByteOfTheFirstBadCharacter) {
  EXPECT_EQ(well_formed_prefix("Z\xC3\xBCrich \xC3"), 8u);
  EXPECT_EQ(well_formed_prefix("ok \xED\xA0\x80 surrogate"), 3u);
  EXPECT_EQ(well_formed_prefix("\xF4\x90\x80\x80"), 0u);
  EXPECT_EQ(well_formed_prefix(""), 0u);
}
}  // namespace
