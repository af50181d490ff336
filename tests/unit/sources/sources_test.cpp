#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>
#include <support/support.hpp>
#include <tandem/source.hpp>

namespace {
using tandem::Error, tandem::FieldError, tandem::Noise, tandem::Source, tandem::test::make;

const Noise noise(1, "source", 0);

// A file of its own for each test case.
std::string written(const std::string& content) {
  const auto* test = testing::UnitTest::GetInstance()->current_test_info();
  const auto path = std::filesystem::temp_directory_path() /
                    (std::string("tandem-") + test->test_suite_name() + "-" + test->name() + "-" + std::to_string(::getpid()) + ".txt");
  std::ofstream(path, std::ios::binary) << content;
  return path.string();
}
std::string with_path(const std::string& path, const std::string& more = "") {
  return R"({"path": ")" + path + "\"" + more + "}";
}
std::string text(const tandem::Bytes& rows, std::size_t row) { return {rows[row].begin(), rows[row].end()}; }

template <class Action>
Error thrown(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error;
  }
  return Error("nothing was thrown");
}

TEST(TextLines, CutsAtLfAloneAndKeepsEverythingElse) {
  const auto source = make<Source>("text-lines", with_path(written("one\r\n\n t\xC3\xBCr\t\x0B\nlast")));
  EXPECT_EQ(source->yields(), tandem::Port::items);
  ASSERT_EQ(source->size(), 3u);
  const auto rows = source->read(0, 3, noise);
  EXPECT_EQ(text(rows, 0), "one\r");
  EXPECT_EQ(text(rows, 1), " t\xC3\xBCr\t\x0B");
  EXPECT_EQ(text(rows, 2), "last");
  EXPECT_EQ(text(source->read(2, 1, noise), 0), "last");
}

TEST(TextLines, ALastLfStartsNoLineAndEmptyLinesAreFramesWhenAskedFor) {
  const auto source = make<Source>("text-lines", with_path(written("a\n\nb\n"), R"(, "min_length": 0)"));
  ASSERT_EQ(source->size(), 3u);
  EXPECT_EQ(text(source->read(1, 1, noise), 0), "");
}

TEST(TextLines, LengthsAreBytesAndBothEndsAreIncluded) {
  const auto path = written("a\nbb\n\xC3\xBC\nccc\ndddd\n");
  const auto source = make<Source>("text-lines", with_path(path, R"(, "min_length": 2, "max_length": 3)"));
  ASSERT_EQ(source->size(), 3u);
  const auto rows = source->read(0, 3, noise);
  EXPECT_EQ(text(rows, 0), "bb");
  EXPECT_EQ(text(rows, 1), "\xC3\xBC");
  EXPECT_EQ(text(rows, 2), "ccc");
}

TEST(TextLines, NamesTheLineThatIsNotUtf8EvenWhenItsLengthWouldLeaveItOut) {
  const auto path = written(
      "good\nalso good\nab\xFF"
      "cd\n");
  for (const char* more : {"", R"(, "max_length": 4)"}) {
    const auto error = thrown([&] { make<Source>("text-lines", with_path(path, more)); });
    EXPECT_EQ(error.where(), path + ":3:3");
  }
}

TEST(TextLines, RefusesFilesThatGiveNoFrame) {
  const auto path = written("short\n");
  EXPECT_THROW(make<Source>("text-lines", with_path(path, R"(, "min_length": 6)")), FieldError);
  EXPECT_THROW(make<Source>("text-lines", with_path(path, R"(, "min_length": 4, "max_length": 3)")), FieldError);
  EXPECT_THROW(make<Source>("text-lines", with_path(written(""))), FieldError);
  EXPECT_THROW(make<Source>("text-lines", with_path("/nowhere/at/all")), FieldError);
  EXPECT_THROW(make<Source>("text-lines", with_path("/dev/zero")), FieldError);
  EXPECT_THROW(make<Source>("text-lines", with_path(std::filesystem::temp_directory_path().string())), FieldError);
}

TEST(TextLines, ReadsEveryLineOfACorpus) {
  TANDEM_REQUIRE_DATA(path, "text/europarl-dev.en.txt");
  EXPECT_EQ(make<Source>("text-lines", with_path(path.string()))->size(), 8095u);
}

TEST(WholeFile, OneFrameOrChunksOfOneLength) {
  std::string content;
  for (int i = 0; i < 1000; ++i) content += static_cast<char>(i * 7);
  const auto path = written(content);
  const auto whole = make<Source>("file", with_path(path));
  ASSERT_EQ(whole->size(), 1u);
  EXPECT_EQ(text(whole->read(0, 1, noise), 0), content);

  const auto chunks = make<Source>("file", with_path(path, R"(, "chunk": 300)"));
  ASSERT_EQ(chunks->size(), 4u);
  const auto rows = chunks->read(0, 4, noise);
  std::string joined;
  for (std::size_t row = 0; row < 4; ++row) joined += text(rows, row);
  EXPECT_EQ(joined, content);
  EXPECT_EQ(rows.row_length(0), 300u);
  EXPECT_EQ(rows.row_length(3), 100u);
  EXPECT_EQ(text(chunks->read(3, 1, noise), 0), content.substr(900));
  EXPECT_EQ(make<Source>("file", with_path(path, R"(, "chunk": 500)"))->size(), 2u);
}

TEST(WholeFile, RefusesWhatHoldsNothing) {
  EXPECT_THROW(make<Source>("file", with_path(written(""))), FieldError);
  EXPECT_THROW(make<Source>("file", with_path("/nowhere/at/all")), FieldError);
  EXPECT_THROW(make<Source>("file", "{}"), FieldError);
}

TEST(BitLines, OneFrameALine) {
  const auto source = make<Source>("bit-lines", with_path(written("0110\n1\n00000\n")));
  EXPECT_EQ(source->yields(), tandem::Port::bits);
  ASSERT_EQ(source->size(), 3u);
  const auto rows = source->read(0, 3, noise);
  EXPECT_EQ(text(rows, 0), std::string({0, 1, 1, 0}));
  EXPECT_EQ(text(rows, 1), std::string({1}));
  EXPECT_EQ(text(rows, 2), std::string(5, '\0'));
}

TEST(BitLines, NamesLineAndColumnOfWhatIsNoBit) {
  const auto path = written("0110\n0121\n");
  EXPECT_EQ(thrown([&] { make<Source>("bit-lines", with_path(path)); }).where(), path + ":2:3");
  written("01\n\n10\n");
  EXPECT_EQ(thrown([&] { make<Source>("bit-lines", with_path(path)); }).where(), path + ":2:1");
  written("01\r\n");
  EXPECT_EQ(thrown([&] { make<Source>("bit-lines", with_path(path)); }).where(), path + ":1:3");
  written("");
  EXPECT_THROW(make<Source>("bit-lines", with_path(path)), FieldError);
}

TEST(RandomBits, AreFairAndOfTheLengthAskedFor) {
  const auto source = make<Source>("random-bits", R"({"length": 24})");
  EXPECT_EQ(source->yields(), tandem::Port::bits);
  EXPECT_EQ(source->size(), 0u);
  const auto rows = source->read(0, 50'000, noise);
  EXPECT_EQ(rows.row_length(), 24u);
  double ones = 0;
  for (const auto bit : rows.values()) {
    ASSERT_LE(bit, 1);
    ones += bit;
  }
  const double count = static_cast<double>(rows.size());
  EXPECT_NEAR(ones, count / 2, 5 * std::sqrt(count) / 2);
}

TEST(RandomBits, AreTheSameHoweverTheBatchIsCut) {
  const auto source = make<Source>("random-bits", R"({"length": 37})");
  const auto all = source->read(0, 12, Noise(9, "source", 0));
  for (std::size_t frame = 0; frame < 12; ++frame) {
    const auto one = source->read(frame, 1, Noise(9, "source", frame));
    EXPECT_TRUE(std::ranges::equal(one[0], all[frame])) << frame;
  }
}

TEST(RandomBits, DeclaresWhichLengthsItTakes) {
  tandem::Fields fields;
  make<Source>("random-bits")->fields(fields);
  ASSERT_EQ(fields.specs().size(), 1u);
  EXPECT_EQ(fields.specs()[0]->low, 1);
  EXPECT_EQ(fields.specs()[0]->high, 1 << 20);
}
}  // namespace
