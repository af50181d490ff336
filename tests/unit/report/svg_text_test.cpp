#include "report/svg_text.hpp"

#include <gtest/gtest.h>

namespace tandem::report {
namespace {

TEST(SvgText, EscapesWhatXmlDoesNotHold) {
  EXPECT_EQ(escaped("a < b & \"c\" > d"), "a &lt; b &amp; &quot;c&quot; &gt; d");
  EXPECT_EQ(escaped(std::string("\0\x01\x1f\n\t", 5)), "???\n\t");
  EXPECT_EQ(escaped("caf\u00e9 \u2212 \U0001d11e"), "caf\u00e9 \u2212 \U0001d11e");
}

TEST(SvgText, BytesThatAreNoUtf8BecomeQuestionMarks) {
  for (const char* bytes : {"\x80", "\xc0", "\xff"}) EXPECT_EQ(escaped(bytes), "?") << bytes;
  for (const char* bytes : {"\xc0\xaf", "\xc3", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x88", "\xef\xbf\xbe"})
    EXPECT_EQ(escaped(bytes).find_first_not_of('?'), std::string::npos) << escaped(bytes);
  EXPECT_EQ(escaped("\xe2"
                    "a"),
            "?a");
}

TEST(SvgText, ShortensAtWholeLetters) {
  EXPECT_EQ(shortened("caf\u00e9s", 5), "caf\u00e9s");
  EXPECT_EQ(shortened("caf\u00e9s", 4), "caf\u2026");
  EXPECT_EQ(shortened("\u00e9\u00e9\u00e9", 2), "\u00e9\u2026");
  EXPECT_EQ(letters_of("caf\u00e9"), 4u);
}

}  // namespace
}  // namespace tandem::report
