// Files through containers: whole, damaged, and too large.
#include "archive/archive.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/problem.hpp"
#include "methods.hpp"

namespace tandem::archive::test {
namespace {

using ::testing::HasSubstr;

const Methods& methods() {
  static const Methods all;
  return all;
}

TEST(Archive, GivesEveryContentBack) {
  const Method method = methods().method();
  for (const std::size_t size : {0, 1, 2, 1023, 1024, 1025, 2048, 10'000}) {
    const std::string content = mixed_content(size);
    const std::string container = packed(content, method, Info{0640, 1'700'000'000, 5});
    EXPECT_LE(container.size(), size + 64 + 20 * (size / 1024)) << "blocks of 1 KiB have heads of up to 20 bytes";
    const Unpacked back = unpacked(container, method);
    EXPECT_EQ(back.error, "");
    EXPECT_TRUE(back.content == content) << size;
    ASSERT_TRUE(back.contents.info);
    EXPECT_EQ(back.contents.info->mode, 0640u);
    EXPECT_EQ(back.contents.info->seconds, 1'700'000'000);
    EXPECT_FALSE(unpacked(packed(content, method), method).contents.info);
  }
}

TEST(Archive, IsTheSameWhateverTheThreads) {
  const Method method = methods().method();
  const std::string content = mixed_content(20'000);
  const std::string one = packed(content, method);
  for (const int threads : {2, 3, 7}) {
    EXPECT_TRUE(packed(content, method, {}, threads) == one);
    EXPECT_TRUE(unpacked(one, method, false, threads).content == content);
  }
}

TEST(Archive, StoresWhatCannotBeCoded) {
  Summary sum;
  const Method method = methods().method();
  std::mt19937_64 random(5);
  std::string content;
  for (int i = 0; i < 5000; ++i) content += static_cast<char>(random());
  const std::string container = packed(content, method, {}, 1, &sum);
  EXPECT_EQ(sum.stored, sum.blocks);
  EXPECT_EQ(container.find("ppm"), std::string::npos) << "nothing is coded, so no method is described";
  EXPECT_EQ(container.size(), sum.file);
  // A tokenizer that has no word for the byte 10; only the block that holds it is stored.
  const Method lines = methods().method("lines", R"({"ppm": {"order": 3, "adapt": "stream"}})", R"({"bytes": {"end": 10}})");
  content = std::string(1500, 'a') + "\n" + std::string(1500, 'b');
  const std::string mixed = packed(content, lines, {}, 1, &sum);
  EXPECT_EQ(sum.stored, 1u);
  EXPECT_EQ(sum.blocks, 3u);
  EXPECT_TRUE(unpacked(mixed, lines).content == content);
}

TEST(Archive, NoDamageGivesAWrongByte) {
  const Method method = methods().method();
  const std::string content = mixed_content(2500), container = packed(content, method, Info{0644, 1, 2});
  int harmless = 0;
  for (std::size_t at = 0; at < container.size(); ++at) {
    std::string damaged = container;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << at % 8));
    const Unpacked back = unpacked(damaged, method);
    // The last bits of a coded block need not mean anything.
    EXPECT_TRUE(back.error.empty() ? back.content == content : content.starts_with(back.content)) << at << " " << back.error;
    harmless += back.error.empty();
  }
  EXPECT_LE(harmless, 8);
  for (std::size_t size = 0; size < container.size(); ++size) {
    const Unpacked back = unpacked(container.substr(0, size), method);
    EXPECT_NE(back.error, "") << size;
    EXPECT_THAT(back.error, HasSubstr("x.tdm"));
    EXPECT_TRUE(content.starts_with(back.content)) << size;
  }
  EXPECT_THAT(unpacked(container + "x", method).error, HasSubstr("bytes follow the end"));
  EXPECT_THAT(unpacked("Once upon a time", method).error, HasSubstr("was not written by tandem compress"));
}

std::vector<std::size_t> marks_of(const std::string& container) {
  std::vector<std::size_t> out;
  for (std::size_t at = 0; (at = container.find("\xf1\xb7\x9e", at)) != std::string::npos; ++at) out.push_back(at);
  return out;
}

TEST(Archive, NamesTheBlockThatIsLostAndGetsTheRest) {
  const Method method = methods().method();
  const std::string content = mixed_content(3000);  // a coded block, two that are half and wholly stored
  std::string container = packed(content, method);
  const auto marks = marks_of(container);
  ASSERT_EQ(marks.size(), 5u);  // the method, three blocks and the end
  const auto second = marks[2], third = marks[3];
  std::string damaged = container;
  damaged[second + 100] = static_cast<char>(damaged[second + 100] ^ 1);
  EXPECT_THAT(unpacked(damaged, method).error, HasSubstr("block 1 (bytes 1024 to 2047)"));
  EXPECT_THAT(unpacked(damaged, method).error, HasSubstr("--recover"));
  Unpacked back = unpacked(damaged, method, true, 2);
  EXPECT_EQ(back.error, "");
  ASSERT_EQ(back.contents.losses.size(), 1u);
  EXPECT_EQ(back.contents.losses[0].what, "block 1 (bytes 1024 to 2047), at byte " + std::to_string(second) + " of the container");
  EXPECT_TRUE(back.content == content.substr(0, 1024) + content.substr(2048));
  // Its head is damaged, and the one behind it is found by its mark.
  damaged = container;
  damaged[second + 6] = static_cast<char>(damaged[second + 6] ^ 1);
  back = unpacked(damaged, method, true);
  ASSERT_EQ(back.contents.losses.size(), 2u);
  EXPECT_EQ(back.contents.losses[1].what, "block 1");
  EXPECT_TRUE(back.content == content.substr(0, 1024) + content.substr(2048));
  // Bytes are missing in its middle, and others at the very end.
  damaged = container.substr(0, second + 50) + container.substr(second + 60, third - second);
  back = unpacked(damaged, method, true);
  EXPECT_EQ(back.error, "");
  EXPECT_GE(back.contents.losses.size(), 2u);
  EXPECT_TRUE(back.content == content.substr(0, 1024));
  // Blocks in another order.
  damaged = container.substr(0, second) + container.substr(third);
  EXPECT_THAT(unpacked(damaged, method).error, HasSubstr("has block 2 where 1 should be"));
}

// Nothing in front of the blocks is needed to get them, but for the method, which can be told.
TEST(Archive, RecoversWithoutStartInfoOrMethod) {
  const Method method = methods().method();
  const std::string content = mixed_content(3000), container = packed(content, method, Info{0644, 1, 2});
  const auto marks = marks_of(container);
  for (const std::size_t at : {std::size_t{0}, std::size_t{3}, std::size_t{8}, std::size_t{10}, marks[0], marks[0] + 5, marks[1] + 1, marks[1] + 30, std::size_t{13}}) {
    std::string damaged = container;
    damaged[at] = static_cast<char>(damaged[at] ^ 4);
    const Unpacked back = unpacked(damaged, method, true);
    EXPECT_EQ(back.error, "") << at;
    EXPECT_GE(back.contents.losses.size(), 1u) << at;
    EXPECT_TRUE(back.content == content) << at << " " << back.content.size();
  }
}

// Marks wherever they fall in what the scan sees at once.
TEST(Archive, FindsTheNextBlockBehindAnyDamage) {
  const auto large = methods().path("large");
  std::ofstream(large) << R"({"tokenizer": "bytes", "coder": "fixed", "block": 262144})";
  const Method method(large, methods().catalogue(), methods().registry());
  std::mt19937_64 random(8);
  std::string content;
  for (int i = 0; i < 300'000; ++i) content += static_cast<char>(random());
  const std::string container = packed(content, method);
  const auto marks = marks_of(container);
  ASSERT_EQ(marks.size(), 3u);
  for (std::size_t kept = 65'520; kept < 65'550; ++kept) {
    // The first block is damaged in its head, or cut short, and so much of it is left.
    std::string damaged = container.substr(0, marks[0] + 6) + "\x7f" + container.substr(marks[1] - kept);
    EXPECT_TRUE(unpacked(damaged, method, true).content == content.substr(262'144)) << kept;
    damaged = container.substr(0, marks[0] + 40) + container.substr(marks[1] - kept);
    EXPECT_TRUE(unpacked(damaged, method, true).content == content.substr(262'144)) << kept;
  }
}

TEST(Archive, AContainerWithinAContainerIsNotTakenForIt) {
  const Method method = methods().method();
  const std::string content = mixed_content(2000), inner = packed(content, method), outer = packed(inner + inner, method);
  EXPECT_TRUE(unpacked(outer, method).content == inner + inner);
  for (const std::size_t mark : marks_of(outer)) {
    std::string damaged = outer;
    damaged[mark + 6] = static_cast<char>(damaged[mark + 6] ^ 1);
    EXPECT_TRUE(is_made_of_blocks(unpacked(damaged, method, true).content, inner + inner)) << mark;
  }
}

TEST(Archive, RefusesMoreThanMayComeOut) {
  const Method method = methods().method();
  const std::string container = packed(std::string(1 << 20, '\0'), method);
  EXPECT_EQ(unpacked(container, method).error, "");
  const Unpacked back = unpacked(container, method, true, 1, 100'000);
  EXPECT_THAT(back.error, HasSubstr("holds more than 100000 bytes"));
  EXPECT_LE(back.content.size(), 100'000u);
}

TEST(Archive, InspectsWithoutDecoding) {
  const Method method = methods().method();
  const std::string content = mixed_content(5000), container = packed(content, method, Info{0600, 9, 0});
  std::istringstream in(container);
  std::vector<std::uint64_t> sizes;
  const Contents contents = inspect(in, "x.tdm", [&](const BlockHead& head) { sizes.push_back(head.size); });
  EXPECT_THAT(sizes, ::testing::ElementsAre(1024, 1024, 1024, 1024, 904));
  EXPECT_EQ(contents.summary.content, content.size());
  EXPECT_EQ(contents.summary.file, container.size());
  EXPECT_THAT(contents.description->text, HasSubstr(R"("ppm@1.0.0":{"order":3,"adapt":"stream"})"));
}

TEST(Method, IsFoundAgainByItsNameAndWhatItIs) {
  const Methods& all = methods();
  const Method method = all.method(), other = all.method("other", R"({"ppm": {"order": 4, "adapt": "stream"}})");
  EXPECT_NE(method.description().fingerprint, other.description().fingerprint);
  // The name is not part of what blocks decode to, and neither are defaults that are written out.
  EXPECT_EQ(method.description().fingerprint, all.method("same", R"({"ppm": {"adapt": "stream", "order": 3, "memory": 2048}})").description().fingerprint);
  const auto found = [&](const Description& description, const std::string& given) -> std::string {
    try {
      return method_for(description, given, "x.tdm", all.catalogue(), all.registry()).name();
    } catch (const host::Refusal& e) {
      return e.what();
    }
  };
  EXPECT_EQ(found(method.description(), all.path("small")), "small");
  EXPECT_THAT(found(method.description(), ""), HasSubstr("was made by the method \"small\", which is not shipped"));
  EXPECT_THAT(found(method.description(), all.path("other")), HasSubstr("model is"));
  Description shipped = Method("ppm", all.catalogue(), all.registry()).description();
  EXPECT_EQ(found(shipped, ""), "ppm");
  shipped.fingerprint[3] ^= 1;
  EXPECT_THAT(found(shipped, ""), HasSubstr("was made by another \"ppm\""));
  // What a container says is not run, whatever it names.
  EXPECT_THAT(found({R"({"name": "../../ppm"})", {}}, ""), HasSubstr("not shipped"));
  EXPECT_THAT(found({"[[[", {}}, ""), HasSubstr("not shipped"));
  EXPECT_THAT(found({std::string(500'000, '['), {}}, ""), HasSubstr("not shipped"));
  EXPECT_THAT(found({R"({"name": "\u001b[31m"})", {}}, ""), HasSubstr("\\u001b"));
}

TEST(Method, SaysWhatIsWrongWithADescription) {
  const Methods& all = methods();
  const auto problem = [&](const std::string& text) -> std::string {
    const auto path = all.path("wrong");
    std::ofstream(path) << text;
    try {
      Method(path, all.catalogue(), all.registry());
    } catch (const Error& e) {
      return e.what();
    }
    return "";
  };
  EXPECT_THAT(problem("[]"), HasSubstr("describes no method"));
  EXPECT_THAT(problem(R"({"tokenizer": "bytes"})"), HasSubstr("there is no \"coder\""));
  EXPECT_THAT(problem(R"({"tokenizer": "bytes", "coder": null})"), HasSubstr("there is no \"coder\""));
  EXPECT_THAT(problem(R"({"tokenizer": "bytes", "coder": "fixed", "blocks": 5})"), HasSubstr("wrong.json:1:42: blocks: unknown key"));
  EXPECT_THAT(problem(R"({"tokenizer": "bytes", "coder": "arithmetic"})"), HasSubstr("cannot be used with this component"));
  EXPECT_THAT(problem(R"({"tokenizer": "bytes", "coder": "fixed", "block": 10})"), HasSubstr("must be a whole number from 1024"));
  EXPECT_EQ(problem(R"({"tokenizer": "bytes", "coder": "fixed"})"), "");
  EXPECT_THROW(Method("nosuch", all.catalogue(), all.registry()), host::Refusal);
}

}  // namespace
}  // namespace tandem::archive::test
