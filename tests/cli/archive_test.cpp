// `tandem compress`, `decompress` and `inspect`: a file one can trust them with.
#include <sys/stat.h>

#include <csignal>

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
  for (const auto& entry : fs::directory_iterator(folder())) EXPECT_FALSE(entry.path().filename().string().starts_with(".a.txt")) << entry.path();
  EXPECT_THAT(expect(1, {"decompress", "-f", "--recover", "a.txt.tdm"}).err, HasSubstr("lost block 0"));
}

TEST_F(ArchiveTest, AKillLeavesTheOldFile) {
  std::string large;
  while (large.size() < 20'000'000) large += text();
  write("a.txt", large);
  write("a.txt.tdm", "old");
  for (const int signal : {SIGKILL, SIGTERM}) {
    Process running(command({"compress", "-f", "a.txt", "--method", "ppm"}));
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    running.send_signal(signal);
    const Ended ended = running.wait();
    EXPECT_EQ(signal == SIGKILL ? ended.signal : ended.code, signal == SIGKILL ? SIGKILL : 130) << ended.err;
    EXPECT_EQ(read_file(folder() / "a.txt.tdm"), "old");
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
  EXPECT_THAT(expect(1, out).err, HasSubstr("standard input: from byte "));
}

TEST_F(ArchiveTest, TellsWhatAFileHolds) {
  write("a.txt", text());
  expect(0, {"compress", "a.txt", "--method", "ppm", "-o", "x"});
  const auto told = Json::parse(expect(0, {"inspect", "x", "--json"}).out);
  EXPECT_EQ(told["content"], text().size());
  EXPECT_EQ(told["file"], fs::file_size(folder() / "x"));
  EXPECT_EQ(told["method"]["name"], "ppm");
  EXPECT_THAT(expect(0, {"inspect", "x"}).out, HasSubstr("\"exactness\": \"portable\""));
  EXPECT_THAT(expect(0, {"compress", "--list"}).out, HasSubstr("ppm "));
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
}

}  // namespace
}  // namespace tandem::test
