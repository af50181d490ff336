// Every kind of file that must not be read, and the sentence that says why.
#include <sys/stat.h>

#include "unit/sdk/safetensors_test.hpp"

namespace tandem {
namespace {
using test::with_length;
using testing::HasSubstr;
using SafetensorsRefusal = test::SafetensorsTest;

TEST_F(SafetensorsRefusal, OfFilesThatAreNone) {
  const auto message = [](const std::string& path) -> std::string {
    try {
      const Safetensors file(path);
    } catch (const Error& e) {
      return e.what();
    }
    return "accepted";
  };
  EXPECT_EQ(message(path_), path_ + ": cannot be opened: No such file or directory");
  const std::string folder = folder_.path().string();
  EXPECT_EQ(message(folder), folder + ": is not a regular file");
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  EXPECT_EQ(message(path_), path_ + ": is not a regular file");
  std::filesystem::remove(path_);
  EXPECT_EQ(message("/dev/zero"), "/dev/zero: is not a regular file");
  EXPECT_EQ(refusal(""), path_ + ": the file is empty");
  EXPECT_EQ(refusal("1234567"), path_ + ": the file is truncated: it has 7 bytes, but the header's length takes 8");
}

TEST_F(SafetensorsRefusal, OfLengthsOfTheHeader) {
  EXPECT_EQ(refusal(with_length(0, "{}")), path_ + ": the header has no bytes");
  EXPECT_EQ(refusal(with_length(3, "{}")), path_ + ": the file is truncated: its header has 3 bytes, the file 10");
  EXPECT_EQ(refusal(with_length(100'000'000, "{}")),
            path_ + ": the file is truncated: its header has 100000000 bytes, the file 10");
  for (const std::uint64_t length :
       {std::uint64_t{100'000'001}, std::uint64_t{1} << 63, ~std::uint64_t{0} - 7, ~std::uint64_t{0}})
    EXPECT_EQ(refusal(with_length(length, "{}")),
              path_ + ": the header would have " + std::to_string(length) + " bytes, more than the 100000000 allowed");
}

TEST_F(SafetensorsRefusal, OfWhatIsNoTable) {
  for (const char* header : {"[]", " {}", "\"x\"", "1", "null", "\xef\xbb\xbf{}"})
    EXPECT_THAT(refusal_of_header(header), HasSubstr("the header does not begin with {")) << header;
  for (const char* header : {"{", "{\"w\"", "{\"w\":", "{\"__metadata__\":{\"a\":\"b\"}"})
    EXPECT_THAT(refusal_of_header(header), HasSubstr("the header ends inside its object")) << header;
  EXPECT_THAT(refusal_of_header("{\"w"), HasSubstr("the header ends inside a string"));
  EXPECT_THAT(refusal_of_header("{}x"), HasSubstr("byte 2 of the header: only spaces may follow"));
  EXPECT_THAT(refusal_of_header("{}\n"), HasSubstr("only spaces may follow"));
  EXPECT_THAT(refusal_of_header(std::string("{}\0", 3)), HasSubstr("only spaces may follow"));
  EXPECT_THAT(refusal_of_header("{w:1}"),
              HasSubstr("byte 1 of the header: a key must be a string, not something else"));
  EXPECT_THAT(refusal_of_header(R"({"w" 1})"), HasSubstr(R"(a colon is missing after the key "w")"));
  EXPECT_THAT(refusal_of_header(R"({"__metadata__":{} "w"})"), HasSubstr("a comma or } is missing"));
  EXPECT_THAT(refusal_of_header(R"({"__metadata__":{},})"), HasSubstr("a key must be a string"));
  EXPECT_EQ(refusal_of_header("{}   "), "accepted");
  EXPECT_EQ(refusal_of_header(" { } ").find("accepted"), std::string::npos);
}

TEST_F(SafetensorsRefusal, OfEntriesThatAreNone) {
  for (const auto& [value, found] : std::map<std::string, std::string>{{"1", "a number"},
                                                                       {"\"x\"", "a string"},
                                                                       {"[1]", "a list"},
                                                                       {"null", "something else"},
                                                                       {"-1", "a negative number"}})
    EXPECT_EQ(refusal_of_entry(value), in_tensor("w", "must be an object, not " + found));
  EXPECT_EQ(refusal_of_entry("{}"), in_tensor("w", "dtype is missing"));
  EXPECT_EQ(refusal_of_entry(R"({"dtype":"U8","data_offsets":[0,0]})"), in_tensor("w", "shape is missing"));
  EXPECT_EQ(refusal_of_entry(R"({"dtype":"U8","shape":[0]})"), in_tensor("w", "data_offsets is missing"));
  EXPECT_EQ(refusal_of_entry(R"({"shape":[0],"data_offsets":[0,0]})"), in_tensor("w", "dtype is missing"));
  EXPECT_EQ(refusal_of_entry(R"({"dtype":"U8","shape":[0],"data_offsets":[0,0],"code":"x"})"),
            in_tensor("w", R"(the key "code" is unknown)"));
  for (const char* type : {"F31", "f32", "", "F32 ", "C64"})
    EXPECT_EQ(refusal_of_entry(std::string(R"({"dtype":")") + type + R"(","shape":[0],"data_offsets":[0,0]})"),
              in_tensor("w", std::string("the dtype \"") + type + "\" is unknown"));
  EXPECT_EQ(refusal_of_entry(R"({"dtype":5})"), in_tensor("w", "dtype must be a string, not a number"));
  EXPECT_EQ(refusal_of_entry(R"({"shape":3})"), in_tensor("w", "shape must be a list, not a number"));
  EXPECT_EQ(refusal_of_entry(R"({"shape":[1 2]})"), in_tensor("w", "shape: a comma or ] is missing"));
  EXPECT_EQ(refusal_of_entry(R"({"shape":[1,]})"), in_tensor("w", "shape must hold whole numbers, not something else"));
  EXPECT_EQ(refusal_of_entry(R"({"data_offsets":[0]})"), in_tensor("w", "data_offsets must hold two numbers"));
  EXPECT_EQ(refusal_of_entry(R"({"data_offsets":[0,0,0]})"), in_tensor("w", "data_offsets holds more than 2 numbers"));
}

TEST_F(SafetensorsRefusal, OfKeysGivenTwice) {
  const std::string entry = R"({"dtype":"U8","shape":[0],"data_offsets":[0,0]})";
  EXPECT_EQ(refusal_of_header(R"({"w":)" + entry + R"(,"v":)" + entry + R"(,"w":)" + entry + "}"),
            in_tensor("w", "is listed twice"));
  EXPECT_EQ(refusal_of_header(R"({"w":)" + entry + R"(,"\u0077":)" + entry + "}"), in_tensor("w", "is listed twice"));
  EXPECT_EQ(refusal_of_entry(R"({"dtype":"U8","dtype":"U8"})"), in_tensor("w", R"(the key "dtype" is given twice)"));
  EXPECT_EQ(refusal_of_entry(R"({"shape":[],"shape":[]})"), in_tensor("w", R"(the key "shape" is given twice)"));
  EXPECT_EQ(refusal_of_entry(R"({"data_offsets":[0,0],"data_offsets":[0,0]})"),
            in_tensor("w", R"(the key "data_offsets" is given twice)"));
  EXPECT_THAT(refusal_of_header(R"({"__metadata__":{},"__metadata__":{}})"), HasSubstr("__metadata__ is given twice"));
  EXPECT_THAT(refusal_of_header(R"({"__metadata__":{"a":"b","a":"b"}})"),
              HasSubstr(R"(the key "a" stands in __metadata__ twice)"));
}

TEST_F(SafetensorsRefusal, OfNesting) {
  const std::size_t deep = 1'000'000;
  EXPECT_THAT(refusal_of_header("{\"w\":" + std::string(deep, '[')), HasSubstr("must be an object, not a list"));
  EXPECT_EQ(refusal_of_entry("{\"shape\":" + std::string(deep, '[') + std::string(deep, ']') + "}"),
            in_tensor("w", "shape must hold whole numbers, not a list"));
  EXPECT_EQ(refusal_of_entry(R"({"dtype":{"dtype":{}}})"), in_tensor("w", "dtype must be a string, not an object"));
  std::string objects;
  for (std::size_t i = 0; i < deep; ++i) objects += "{\"a\":";
  EXPECT_THAT(refusal_of_header(objects), HasSubstr("tensor \"a\": the key \"a\" is unknown"));
  EXPECT_THAT(refusal_of_header("{\"__metadata__\":" + objects),
              HasSubstr("__metadata__ maps strings to strings, but \"a\" to an object"));
  EXPECT_THAT(refusal_of_header(R"({"__metadata__":["a"]})"), HasSubstr("must be an object, not a list"));
}

TEST_F(SafetensorsRefusal, OfNumbersThatAreNotWhole) {
  const auto shape = [&](const std::string& number) { return refusal_of_entry(R"({"shape":[)" + number + "]}"); };
  for (const char* number : {"1.0", "1e0", "0.5", "1E2"})
    EXPECT_EQ(shape(number), in_tensor("w", "shape holds a number with a point or an exponent")) << number;
  EXPECT_EQ(shape("-1"), in_tensor("w", "shape must hold whole numbers, not a negative number"));
  EXPECT_EQ(shape("-0"), in_tensor("w", "shape must hold whole numbers, not a negative number"));
  EXPECT_EQ(shape("\"1\""), in_tensor("w", "shape must hold whole numbers, not a string"));
  EXPECT_EQ(shape("NaN"), in_tensor("w", "shape must hold whole numbers, not something else"));
  EXPECT_EQ(shape("true"), in_tensor("w", "shape must hold whole numbers, not something else"));
  for (const char* number : {"01", "00"})
    EXPECT_EQ(shape(number), in_tensor("w", "shape holds a number with leading zeros")) << number;
  for (const std::string number :
       {"9007199254740993", "18446744073709551615", "18446744073709551616", "99999999999999999999999999999999"})
    EXPECT_EQ(shape(number), in_tensor("w", "shape holds a number above 2^53")) << number;
  EXPECT_EQ(refusal_of_entry(R"({"data_offsets":[0,9007199254740993]})"),
            in_tensor("w", "data_offsets holds a number above 2^53"));
  EXPECT_EQ(refusal_of_entry(R"({"data_offsets":[-1,0]})"),
            in_tensor("w", "data_offsets must hold whole numbers, not a negative number"));
  EXPECT_EQ(refusal_of_entry(R"({"data_offsets":[0,4.0]})"),
            in_tensor("w", "data_offsets holds a number with a point or an exponent"));
}

TEST_F(SafetensorsRefusal, OfShapesThatOverflow) {
  const std::string large = "9007199254740992";  // 2^53
  const auto refusal_of_shape = [&](const std::string& shape) {
    return refusal_of_entry(R"({"dtype":"F64","shape":[)" + shape + R"(],"data_offsets":[0,0]})");
  };
  for (const std::string& shape :
       {large + ", 2048", large + ", 256", large + ", 0, 2048", std::string("4294967296, 4294967296")})
    EXPECT_EQ(refusal_of_shape(shape), in_tensor("w", "the shape [" + shape + "] has too many elements"));
  std::string many = "1";
  for (int i = 1; i < 64; ++i) many += ",1";
  EXPECT_EQ(refusal_of_entry(R"({"dtype":"U8","shape":[)" + many + R"(],"data_offsets":[0,1]})", 1), "accepted");
  EXPECT_EQ(refusal_of_entry(R"({"shape":[)" + many + ",1]}"), in_tensor("w", "shape holds more than 64 numbers"));
}

TEST_F(SafetensorsRefusal, OfRangesThatDoNotFit) {
  EXPECT_EQ(refusal_of_entry(R"({"dtype":"U8","shape":[4],"data_offsets":[4,0]})", 4),
            in_tensor("w", "data_offsets [4, 0] end before they begin"));
  EXPECT_EQ(refusal_of_entry(R"({"dtype":"F32","shape":[2,2],"data_offsets":[0,4]})", 16),
            in_tensor("w", "data_offsets [0, 4] span 4 bytes, but F32 of shape [2, 2] takes 16"));
  EXPECT_EQ(refusal_of_entry(R"({"dtype":"F32","shape":[2,0],"data_offsets":[0,4]})", 4),
            in_tensor("w", "data_offsets [0, 4] span 4 bytes, but F32 of shape [2, 0] takes 0"));
  EXPECT_EQ(
      refusal_of_entry(R"({"dtype":"U8","shape":[5],"data_offsets":[0,5]})", 4),
      in_tensor(
          "w",
          "data_offsets [0, 5] reach past the end of the data, which has 4 bytes; the file is truncated or damaged"));
  EXPECT_EQ(refusal_of_entry(R"({"dtype":"U8","shape":[9007199254740992],"data_offsets":[0,9007199254740992]})", 4),
            in_tensor("w",
                      "data_offsets [0, 9007199254740992] reach past the end of the data, which has 4 bytes; the file "
                      "is truncated or damaged"));
  EXPECT_EQ(refusal_of_entry(R"({"dtype":"U8","shape":[3],"data_offsets":[1,4]})", 4),
            in_tensor("w", "data_offsets [1, 4] leave a hole of 1 bytes before them"));
  EXPECT_EQ(refusal_of_entry(R"({"dtype":"U8","shape":[3],"data_offsets":[0,3]})", 4),
            path_ + ": after the last tensor 1 bytes belong to none");
  EXPECT_EQ(refusal_of_header("{}", "x"), path_ + ": after the last tensor 1 bytes belong to none");
  const auto two = [&](const char* v, const char* w) {
    const auto entry = [](const std::string& name, const std::string& begin, const std::string& size) {
      return "\"" + name + R"(":{"dtype":"U8","shape":[)" + size + R"(],"data_offsets":[)" + begin + "," +
             std::to_string(std::stoi(begin) + std::stoi(size)) + "]}";
    };
    return refusal_of_header("{" + entry("v", v, std::string(v) == "8" ? "0" : "4") + "," + entry("w", w, "4") + "}",
                             std::string(8, '\0'));
  };
  EXPECT_EQ(two("0", "4"), "accepted");
  EXPECT_EQ(two("4", "0"), "accepted");
  EXPECT_THAT(two("0", "0"), HasSubstr("data_offsets [0, 4] overlap another tensor's"));
  EXPECT_EQ(two("0", "3"), in_tensor("w", "data_offsets [3, 7] overlap another tensor's"));
  EXPECT_EQ(
      two("0", "5"),
      in_tensor(
          "w",
          "data_offsets [5, 9] reach past the end of the data, which has 8 bytes; the file is truncated or damaged"));
  // An empty tensor inside another one.
  EXPECT_EQ(
      refusal_of_header(
          R"({"e":{"dtype":"U8","shape":[0],"data_offsets":[2,2]},"w":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}})",
          "abcd"),
      in_tensor("e", "data_offsets [2, 2] overlap another tensor's"));
}

TEST_F(SafetensorsRefusal, OfNamesThatHarm) {
  const auto named = [&](const std::string& name) {
    return refusal_of_header("{\"" + name + R"(":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}})");
  };
  EXPECT_EQ(named("../../etc/passwd"), in_tensor("../../etc/passwd", "the name holds \"..\""));
  EXPECT_EQ(named("a\\u002e."), in_tensor("a..", "the name holds \"..\""));
  EXPECT_EQ(named("a\\u0000b"), in_tensor("a\\x00b", "the name holds a NUL character"));
  EXPECT_THAT(named(std::string("a\0b", 3)), HasSubstr("a control character stands in a string unescaped"));
  // Continuations alone, overlong forms, surrogates, beyond U+10FFFF, cut off (Unicode, table 3-7).
  for (const char* bytes : {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
                            "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xe2\x82", "\xc3"})
    EXPECT_THAT(named(bytes), HasSubstr("is not UTF-8"));
  for (const char* escape : {"\\ud800", "\\udc00", "\\ud800\\ud800", "\\ud800x"})
    EXPECT_THAT(named(escape), HasSubstr("half a surrogate pair, so it is not UTF-8")) << escape;
  EXPECT_THAT(named("\\x41"), HasSubstr("an escape in a string is unknown"));
  EXPECT_THAT(named("\\u12g4"), HasSubstr("\\u needs four hexadecimal digits"));
  for (const char* good : {"a.b", "\xc2\x80", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xf4\x8f\xbf\xbf", "\\ud83d\\ude00",
                           "\\\"\\\\\\/\\b\\f\\n\\r\\t"})
    EXPECT_EQ(named(good), "accepted") << good;
  EXPECT_THAT(refusal_of_header("{\"__metadata__\":{\"a\":\"\xff\"}}"), HasSubstr("is not UTF-8"));
  EXPECT_THAT(refusal_of_header("{\"__metadata__\":{\"a\":1}}"),
              HasSubstr("__metadata__ maps strings to strings, but \"a\" to a number"));
  // A message never carries control characters, and stays short.
  EXPECT_THAT(named("\\u001b[2J.."), HasSubstr("tensor \"\\x1b[2J..\""));
  EXPECT_LT(named(std::string(100'000, 'a') + "..").size(), 300u + path_.size());
}

}  // namespace
}  // namespace tandem
