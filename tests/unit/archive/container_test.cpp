// The records of a container, and that no damaged one is taken for good.
#include "archive/container.hpp"

#include <gtest/gtest.h>

#include <random>
#include <tandem/error.hpp>

#include "archive/crc32c.hpp"

namespace tandem::archive {
namespace {

TEST(Crc32c, GivesThePublishedValues) {
  // RFC 3720, appendix B.4.
  EXPECT_EQ(crc32c(Bytes(32, 0)), 0x8a9136aau);
  EXPECT_EQ(crc32c(Bytes(32, 0xff)), 0x62a8ab43u);
  Bytes rising(32);
  for (std::size_t i = 0; i < rising.size(); ++i) rising[i] = static_cast<std::uint8_t>(i);
  EXPECT_EQ(crc32c(rising), 0x46dd794eu);
  EXPECT_EQ(crc32c(std::span(rising).subspan(13), crc32c(std::span(rising).first(13))), 0x46dd794eu);
}

constexpr std::uint32_t salt = 0x12345678;

std::vector<Bytes> records() {
  return {to_bytes(Info{0644, -5, 999'999'999}, salt), to_bytes(Info{0, std::int64_t{1} << 40, 0}, salt), to_bytes(Description{R"({"name": "x"})", {1, 2, 3}}, salt),
          to_bytes(Description{"", {}}, salt), to_bytes(BlockHead{false, 0, 1 << 20, 300'000, 0xdeadbeef}, salt),
          to_bytes(BlockHead{true, 123'456'789, largest_block, largest_block, 0}, salt), to_bytes(End{7, 42}, salt), to_bytes(End{}, salt)};
}

TEST(Container, GivesBackWhatItWrote) {
  for (const Bytes& bytes : records()) {
    Bytes more = bytes;
    more.insert(more.end(), 100, 0x55);
    const auto record = read_record(more, salt);
    ASSERT_TRUE(record);
    EXPECT_EQ(record->bytes, bytes.size());
    EXPECT_LE(record->kind == Record::Kind::block || record->kind == Record::Kind::end ? bytes.size() : 0, longest_head);
    switch (record->kind) {
      case Record::Kind::info: EXPECT_EQ(to_bytes(record->info, salt), bytes); break;
      case Record::Kind::method: EXPECT_EQ(to_bytes(record->description, salt), bytes); break;
      case Record::Kind::block: EXPECT_EQ(to_bytes(record->block, salt), bytes); break;
      case Record::Kind::end: EXPECT_EQ(to_bytes(record->end, salt), bytes); break;
    }
  }
}

// Hashes take the bytes that they are, frequent phrases one; what looks like them comes back, and every byte that JSON may have.
TEST(Container, ShortensDescriptions) {
  const std::string hash = "fc96dfb97dc9cd81826a51b0a4204835d8a67bb852e76593aca2dff26f0d9ce0";
  const std::string json = R"({"name":"own","tokenizer":{"bytes@1.0.0":{}},"model":{"ppm@1.0.0":{"text":"data:a"}},"files":{"data:a":")" + hash + R"("},"exactness":"portable"})";
  const auto shortened = to_bytes(Description{json, {}}, salt);
  EXPECT_LT(shortened.size(), 30 + json.size() / 2);
  for (const std::string& text : {json, hash + hash, hash.substr(1), "F" + hash.substr(1), hash + "0", std::string("}}}},,\":\":{\"\xff\x80\x7f"), std::string("@1.0.0\":")}) {
    const auto record = read_record(to_bytes(Description{text, {}}, salt), salt);
    ASSERT_TRUE(record);
    EXPECT_EQ(record->description.text, text);
  }
}

TEST(Container, AsksForMoreOfARecordThatIsCutOff) {
  for (const Bytes& bytes : records())
    for (std::size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(read_record(std::span(bytes).first(size), salt)) << size;
}

// Every bit, and a million random changes of up to 8 bytes: a check of 32 bits lets one of 2^32 pass.
TEST(Container, RefusesEveryDamage) {
  std::mt19937_64 random(3);
  const auto all = records();
  std::uint64_t passed = 0;
  const auto try_it = [&](const Bytes& damaged, const Bytes& whole) {
    if (damaged == whole) return;
    try {
      const auto record = read_record(damaged, salt);
      passed += record.has_value();
    } catch (const Error&) {
    }
  };
  for (const Bytes& bytes : all)
    for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
      Bytes damaged = bytes;
      damaged[bit / 8] = static_cast<std::uint8_t>(damaged[bit / 8] ^ 1 << bit % 8);
      try_it(damaged, bytes);
    }
  for (int i = 0; i < 1'000'000; ++i) {
    const Bytes& bytes = all[random() % all.size()];
    Bytes damaged = bytes;
    for (std::uint64_t changes = 1 + random() % 8; changes > 0; --changes) damaged[random() % damaged.size()] = static_cast<std::uint8_t>(random());
    if (random() % 8 == 0) damaged.resize(random() % damaged.size());
    try_it(damaged, bytes);
  }
  EXPECT_LE(passed, 1u);
}

// What a head claims is checked even where its own check holds.
TEST(Container, RefusesSizesThatNoWriterGives) {
  for (const BlockHead& head : {BlockHead{false, 0, 0, 0, 0}, BlockHead{false, 0, 10, 10, 0}, BlockHead{false, 0, 10, 11, 0},
                                BlockHead{true, 0, largest_block + 1, largest_block + 1, 0}, BlockHead{false, 0, std::uint64_t{1} << 60, 1, 0}})
    EXPECT_THROW(read_record(to_bytes(head, salt), salt), Error) << head.size << " " << head.length;
  EXPECT_THROW(read_record(to_bytes(Info{01000, 0, 0}, salt), salt), Error);
  EXPECT_THROW(read_record(to_bytes(Info{0, 0, 1'000'000'000}, salt), salt), Error);
}

TEST(Container, TakesNoRecordOfAnother) {
  for (const Bytes& bytes : records()) EXPECT_THROW(read_record(bytes, salt + 1), Error);
  // Without a salt the first block tells it, and nothing else is taken.
  const BlockHead first{true, 0, 100, 100, salt};
  const auto record = read_record(to_bytes(first, salt), std::nullopt);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->block.check, salt);
  EXPECT_THROW(read_record(to_bytes(BlockHead{true, 1, 100, 100, salt}, salt), std::nullopt), Error);
  EXPECT_THROW(read_record(to_bytes(End{}, salt), std::nullopt), Error);
}

// Bytes that never end a number, and lengths that no file has, are damage and not a reason to read on.
TEST(Container, AsksForNoMoreThanARecordCanBe) {
  for (const char kind : {'C', 'S', 'E', 'I', 'M'}) {
    Bytes bytes(mark.begin(), mark.end());
    bytes.push_back(static_cast<std::uint8_t>(kind));
    bytes.insert(bytes.end(), 2 << 20, 0xff);
    EXPECT_THROW(read_record(bytes, salt), Error) << kind;
  }
}

}  // namespace
}  // namespace tandem::archive
