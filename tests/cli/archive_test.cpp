// `tandem compress`, `decompress` and `inspect`: a file one can trust them with.
#include <sys/stat.h>

#include <csignal>
#include <random>

#include "command_test.hpp"

namespace tandem::test {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

class ArchiveTest : public CommandTest {
 protected:
  std::string text() const {
    std::string out;
    for (int i = 0; i < 40; ++i) out += read_file(source_dir() / "registry/corpora/prime.txt").substr(static_cast<std::size_t>(100 * i), 3000);
    return out;
  }
};

TEST_F(ArchiveTest, GivesAFileBackWithModeAndTime) {
  write("a.txt", text());
  fs::permissions(folder() / "a.txt", fs::perms(0640));
  const auto time = fs::file_time_type::clock::now() - std::chrono::hours(1000);
  fs::last_write_time(folder() / "a.txt", time);
  EXPECT_THAT(expect(0, {"compress", "a.txt", "--method", "ppm"}).err, HasSubstr("bits a byte"));
  EXPECT_LT(fs::file_size(folder() / "a.txt.tdm"), text().size() / 3);
  fs::rename(folder() / "a.txt", folder() / "before.txt");
  expect(0, {"decompress", "a.txt.tdm"});
  EXPECT_TRUE(read_file(folder() / "a.txt") == text());
  struct stat before {}, after {};
  ASSERT_EQ(stat((folder() / "before.txt").c_str(), &before), 0);
  ASSERT_EQ(stat((folder() / "a.txt").c_str(), &after), 0);
  EXPECT_EQ(after.st_mode & 0777, 0640u);
  EXPECT_EQ(after.st_mtim.tv_sec, before.st_mtim.tv_sec);
  EXPECT_EQ(after.st_mtim.tv_nsec, before.st_mtim.tv_nsec);
}

TEST_F(ArchiveTest, NoFileGrowsByMoreThanItsHeads) {
  std::mt19937_64 random(2);
  for (const std::size_t size : {0, 1, 127, 128, 999, 16'383, 16'384, 300'000}) {
    std::string content(size, '\0');
    for (char& byte : content) byte = static_cast<char>(random());
    write("f", content);
    expect(0, {"compress", "-f", "f", "--method", "ppm"});
    EXPECT_LE(fs::file_size(folder() / "f.tdm"), size + size / 1000 + 64) << size;
    expect(0, {"decompress", "-f", "f.tdm"});
    EXPECT_TRUE(read_file(folder() / "f") == content);
  }
}

TEST_F(ArchiveTest, NeverOverwritesUnasked) {
  write("a.txt", text());
  write("a.txt.tdm", "something else");
  EXPECT_EQ(expect(2, {"compress", "a.txt", "--method", "ppm"}).err, "a.txt.tdm: exists (-f replaces it)\n");
  EXPECT_EQ(read_file(folder() / "a.txt.tdm"), "something else");
  expect(0, {"compress", "-f", "a.txt", "--method", "ppm"});
  EXPECT_EQ(expect(2, {"decompress", "a.txt.tdm"}).err, "a.txt: exists (-f replaces it)\n");
  // A damaged file leaves what stands there as it is.
  std::string container = read_file(folder() / "a.txt.tdm");
  container[container.size() / 2] = static_cast<char>(container[container.size() / 2] ^ 1);
  write("a.txt.tdm", container);
  write("a.txt", "old");
  EXPECT_THAT(expect(1, {"decompress", "-f", "a.txt.tdm"}).err, HasSubstr("a.txt.tdm: block 0"));
  EXPECT_EQ(read_file(folder() / "a.txt"), "old");
  for (const auto& entry : fs::directory_iterator(folder())) EXPECT_FALSE(entry.path().filename().string().starts_with(".tandem-")) << entry.path();
  EXPECT_THAT(expect(1, {"decompress", "-f", "--recover", "a.txt.tdm"}).err, HasSubstr("lost block 0"));
}

TEST_F(ArchiveTest, AKillLeavesTheOldFile) {
  std::string large;
  while (large.size() < 20'000'000) large += text();
  write("a.txt", large);
  write("a.txt.tdm", "old");
  for (const int signal : {SIGKILL, SIGTERM}) {
    Process running(command({"compress", "-f", "a.txt", "--method", "ppm"}));
    const auto at_work = [&] {
      return std::ranges::any_of(fs::directory_iterator(folder()), [](const auto& entry) { return entry.path().filename().string().starts_with(".tandem-"); });
    };
    for (int i = 0; i < 1000 && !at_work(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    EXPECT_TRUE(at_work());
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    running.send_signal(signal);
    const Ended ended = running.wait();
    if (signal == SIGKILL)
      for (const auto& entry : fs::directory_iterator(folder()))
        if (entry.path().filename().string().starts_with(".tandem-")) fs::remove(entry.path());
    EXPECT_FALSE(at_work());
    EXPECT_EQ(signal == SIGKILL ? ended.signal : ended.code, signal == SIGKILL ? SIGKILL : 130) << ended.err;
    EXPECT_EQ(read_file(folder() / "a.txt.tdm"), "old");
  }
}

// Whole files against zpaq 7.15 with -m5, which compresses best of the common tools: at most 0.985 of its bytes, for each. Here they
// are 0.940 to 0.980 of them.
TEST_F(ArchiveTest, ContextMixingCompressesBest) {
  struct Text {
    const char* name;
    std::size_t bytes, zpaq;
  };
  for (const auto& [name, bytes, zpaq] : {Text{"alice29", 152'089, 37'594}, {"asyoulik", 125'179, 35'372}, {"europarl-dev.en", 200'000, 45'877},
                                          {"europarl-dev.en", 1'171'624, 227'478}, {"tinyshakespeare", 1'115'394, 274'553}, {"wikitext2-valid", 1'121'681, 235'555}}) {
    TANDEM_REQUIRE_DATA(text, std::string("text/") + name + ".txt");
    write("text", read_file(text).substr(0, bytes));
    expect(0, {"compress", "-f", "text"});
    EXPECT_LE(static_cast<double>(fs::file_size(folder() / "text.tdm")), 0.985 * static_cast<double>(zpaq)) << name;
    expect(0, {"decompress", "-f", "text.tdm", "-o", "back"});
    EXPECT_TRUE(read_file(folder() / "back") == read_file(folder() / "text"));
  }
}

// Written on one machine and read on another: here, with AVX-512 where there is some and without it, with another mathematical library, with one thread and with two.
TEST_F(ArchiveTest, TheFileIsTheSameOnEveryMachine) {
  std::string content = text().substr(0, 12'000);
  std::mt19937_64 random(4);
  for (int i = 0; i < 1'000; ++i) content += static_cast<char>(random());
  content += text().substr(60'000, 4'000);
  write("f", content);
  const auto here = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--threads", "1"});
    expect(0, arguments);
  };
  const auto there = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--threads", "2"});
    Command other = command(arguments);
    other.environment["TANDEM_SIMD"] = "avx2";
    other.environment["GLIBC_TUNABLES"] = "glibc.cpu.hwcaps=-AVX512F,-AVX512VL,-AVX512BW,-AVX512DQ,-AVX512CD,-AVX2,-FMA,-FMA4";
    expect(0, other);
  };
  for (const char* method : {"context-mixing", "ppm", "parliament"}) {
    here({"compress", "-f", "f", "--method", method, "-o", "here.tdm"});
    there({"compress", "-f", "f", "--method", method, "-o", "there.tdm"});
    EXPECT_TRUE(read_file(folder() / "here.tdm") == read_file(folder() / "there.tdm")) << method;
    there({"decompress", "-f", "here.tdm", "-o", "from-here"});
    here({"decompress", "-f", "there.tdm", "-o", "from-there"});
    EXPECT_TRUE(read_file(folder() / "from-here") == content) << method;
    EXPECT_TRUE(read_file(folder() / "from-there") == content) << method;
  }
}

TEST_F(ArchiveTest, WorksInPipes) {
  auto in = command({"compress", "-", "--method", "ppm"});
  in.input = text();
  auto out = command({"decompress", "-"});
  out.input = expect(0, in).out;
  EXPECT_LT(out.input.size(), text().size() / 3);
  EXPECT_TRUE(expect(0, out).out == text());
  out.input.resize(out.input.size() - 1);
  EXPECT_THAT(expect(1, out).err, HasSubstr("standard input: "));
}

TEST_F(ArchiveTest, TellsWhatAFileHolds) {
  write("a.txt", text());
  expect(0, {"compress", "a.txt", "--method", "ppm", "-o", "x"});
  const auto told = Json::parse(expect(0, {"inspect", "x", "--json"}).out);
  EXPECT_EQ(told["content"], text().size());
  EXPECT_EQ(told["file"], fs::file_size(folder() / "x"));
  EXPECT_EQ(told["method"]["name"], "ppm");
  EXPECT_THAT(expect(0, {"inspect", "x"}).out, HasSubstr("\"exactness\": \"portable\""));
  EXPECT_THAT(expect(0, {"compress", "--list"}).out, HasSubstr("\nppm "));
}

TEST_F(ArchiveTest, SaysWhatIsWrong) {
  write("a.txt", "abc");
  EXPECT_EQ(expect(2, {"compress", "nowhere"}).err, "nowhere: does not exist\n");
  EXPECT_THAT(expect(2, {"compress", "a.txt", "--method", "pmp"}).err, HasSubstr("did you mean \"ppm\"?"));
  EXPECT_THAT(expect(2, {"decompress", "a.txt"}).err, HasSubstr("does not end in .tdm"));
  EXPECT_THAT(expect(1, {"decompress", "a.txt", "-o", "b"}).err, HasSubstr("a.txt: was not written by tandem compress"));
  EXPECT_THAT(expect(2, {"compress", "a.txt", "--method", "ppm", "-o", "no/such/x"}).err, HasSubstr("cannot be written"));
  expect(0, {"compress", "a.txt", "--method", "ppm"});
  EXPECT_THAT(expect(2, {"decompress", "a.txt.tdm", "-o", "b", "--limit", "lots"}).err, HasSubstr("is no size"));
  EXPECT_FALSE(fs::exists(folder() / "b"));
  EXPECT_THAT(expect(2, {"compress", "-f", "a.txt", "--method", "ppm", "-o", "/dev/null"}).err, HasSubstr("is no regular file"));
  // What a link leads to is replaced, not the link.
  write("real", "old");
  fs::create_symlink("real", folder() / "link");
  expect(0, {"compress", "-f", "a.txt", "--method", "ppm", "-o", "link"});
  EXPECT_TRUE(fs::is_symlink(folder() / "link"));
  EXPECT_NE(read_file(folder() / "real"), "old");
  // A method of one's own whose rows are too short says so.
  write("short.json", R"({"tokenizer": "bytes", "model": {"ppm": {"adapt": "stream"}}, "coder": {"arithmetic": {"max_tokens": 10}}})");
  write("long.txt", text());
  EXPECT_THAT(expect(0, {"compress", "long.txt", "--method", "short.json"}).err, HasSubstr("1 of 1 blocks are stored as they are; of the first that cannot be coded: row 0"));
}

}  // namespace
}  // namespace tandem::test
