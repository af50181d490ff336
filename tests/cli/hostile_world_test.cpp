// Files, libraries, disks and other runs that are not as they should be.
#include <sys/stat.h>

#include <csignal>

#include "command_test.hpp"
#include "host/elf.hpp"

namespace tandem::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string text_config = R"({
  "source": {"text-lines": {"path": "text.txt"}},
  "link": {"tokenizer": "bytes", "coder": "fixed", "modem": "bpsk", "channel": "ideal"},
  "metrics": ["frame"],
  "stop": {"frames": 20}
}
)";

class HostileWorldTest : public CommandTest {
 protected:
  // Expects the command to refuse `x.json`.
  void refused(int code, const std::vector<std::string>& says, std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"run", "x.json"});
    Command given = command(more);
    given.seconds = 30;
    const Ended ended = expect(code, given);
    for (const auto& words : says) EXPECT_THAT(ended.err, HasSubstr(words));
    EXPECT_EQ(ended.out, "");
  }
};

// ---- files

TEST_F(HostileWorldTest, TextThatIsNoUtf8) {
  write("x.json", text_config);
  write("text.txt", "fine\nnot \xc3\x28 fine\n");
  refused(2, {"x.json:2:", ": source", "text.txt:2:5: the line is not UTF-8"});
}

TEST_F(HostileWorldTest, TextWithoutALine) {
  write("x.json", text_config);
  write("text.txt", "");
  refused(2, {"x.json:2:", "source", "text.txt"});
}

TEST_F(HostileWorldTest, TextThatIsGone) {
  write("x.json", text_config);
  const auto text = write("text.txt", "one\ntwo\n");
  expect(0, {"run", "x.json"});
  fs::remove(text);
  refused(2, {"x.json:2:29: source.path: \"text.txt\" does not exist"});
}

TEST_F(HostileWorldTest, TextThatChangesIsAnotherText) {
  write("x.json", text_config);
  write("text.txt", "one\ntwo\n");
  expect(0, {"run", "x.json"});
  write("text.txt", "one\nTWO\n");
  const auto lines = lines_of(expect(0, {"run", "x.json", "--json"}).out);
  EXPECT_THAT(lines.back(), HasSubstr("\"units_run\":2,\"units_reused\":0"));
}

TEST_F(HostileWorldTest, MatricesWithWrongCounts) {
  write("x.json", R"({"source": {"random-bits": {}}, "link": {"code": {"parity-check": {"matrix": "h.alist"}}, "decoder": "bp", "modem": "bpsk", "channel": "ideal"},
    "metrics": ["ber"], "stop": {"frames": 5}})");
  // columns rows; largest weights; weights of columns, of rows; places of columns, of rows
  const std::string good = "4 2\n1 2\n1 1 1 1\n2 2\n1\n1\n2\n2\n1 2\n3 4\n";
  write("h.alist", good);
  expect(0, {"run", "x.json"});
  const auto bad = [&](const std::string& text, const std::string& says) {
    write("h.alist", text);
    refused(2, {"x.json:1:", "link.code.matrix: ", says});
  };
  bad("", "h.alist");
  bad("4 2\n1 2\n1 1 1 1\n2 2\n1\n1\n2\n2\n1 2\n", "h.alist");
  bad("4 2\n1 2\n1 1 1 1\n2 2\n1\n1\n2\n9\n1 2\n3 4\n", "9");
  bad("4 2\n1 2\n1 1 1 1\n2 2\n1\n1\n2\n1\n1 2\n3 4\n", "h.alist");
  bad("1000000000 1000000000\n1 1\n", "h.alist");
  bad("-4 2\n1 2\n", "h.alist");
  bad("four two\n", "h.alist");
}

TEST_F(HostileWorldTest, RegistryWithAnotherContent) {
  fs::copy(source_dir() / "registry", folder() / "registry", fs::copy_options::recursive);
  write("x.json", R"({"source": {"text-lines": {"path": "corpus:sample"}}, "link": {"tokenizer": "bytes", "coder": "fixed", "modem": "bpsk", "channel": "ideal"},
    "metrics": ["frame"], "stop": {"frames": 5}})");
  const std::vector<std::string> here = {"--registry", (folder() / "registry").string()};
  expect(0, {"run", "x.json", here[0], here[1]});
  expect(0, {"doctor", here[0], here[1]});
  write("registry/corpora/sample.txt", "something else\n");
  refused(4, {"x.json:1:28: source.path: \"corpus:sample\" has the wrong content: its sha256 is "}, here);
  EXPECT_THAT(expect(4, {"doctor", here[0], here[1]}).out, HasSubstr("sample.txt: its content has changed"));
  write("registry/sha256sums", "");
  refused(4, {"\"corpus:sample\" has no entry in "}, here);
  fs::remove_all(folder() / "registry");
  refused(4, {"\"corpus:sample\" is not there (look into "}, here);
}

TEST_F(HostileWorldTest, DataWithAnotherContent) {
  write("x.json", R"({"source": {"text-lines": {"path": "data:alice29"}}, "link": {"tokenizer": "bytes", "coder": "fixed", "modem": "bpsk", "channel": "ideal"},
    "metrics": ["frame"], "stop": {"frames": 5}})");
  Command given = command({"run", "x.json"});
  given.environment["TANDEM_DATA"] = (folder() / "data").string();
  EXPECT_THAT(expect(4, given).err, HasSubstr("\"data:alice29\" is not there (put text/alice29.txt"));
  write("data/text/alice29.txt", "Down the rabbit hole\n");
  EXPECT_THAT(expect(4, given).err, HasSubstr("\"data:alice29\" has the wrong content"));
}

// ---- libraries

class HostileLibraryTest : public HostileWorldTest {
 protected:
  const std::vector<std::string> here{"--plugins", "plugins"};

  static fs::path built(const std::string& name) { return fs::path(TANDEM_MISBEHAVING_PLUGINS) / (name + ".so"); }
  static fs::path ours(const std::string& name) { return build_dir() / "lib/tandem/plugins" / name; }

  void use(const std::string& floor, const std::string& plugin) const {
    write("x.json", R"({"source": {"random-bits": {"length": 8}}, "link": {"modem": )" + (floor == "modem" ? plugin : "\"bpsk\"") + R"(, "channel": )" +
                        (floor == "channel" ? plugin : "\"ideal\"") + R"(}, "metrics": ["ber"], "stop": {"frames": 100}})");
  }

  // A library of the folder, with the manifest of another and that changed.
  void put(const std::string& name, const fs::path& library, const fs::path& manifest, const Json& changes) const {
    fs::create_directories(folder() / "plugins");
    fs::copy_file(library, folder() / "plugins" / (name + ".so"), fs::copy_options::overwrite_existing);
    Json text = Json::parse(read_file(manifest));
    text.update(changes);
    write("plugins/" + name + ".json", text.dump());
  }

  void put_misbehaving() const {
    fs::create_directories(folder() / "plugins");
    fs::copy_file(built("misbehaving"), folder() / "plugins/misbehaving.so");
    Command given;
    given.arguments = {(build_dir() / "bin/tandem-manifest").string(), (folder() / "plugins/misbehaving.so").string()};
    expect(0, given);
  }

  void listed_as_unusable(const std::string& name, const std::string& why) const {
    bool found = false;
    for (const auto& plugin : Json::parse(expect(0, {"list", "--json", here[0], here[1]}).out))
      if (plugin["name"] == name) {
        found = true;
        EXPECT_THAT(plugin["problem"].get<std::string>(), HasSubstr(why));
      }
    EXPECT_TRUE(found) << name;
  }
};

TEST_F(HostileLibraryTest, OfAnotherAbi) {
  put("foreign", built("foreign"), ours("ideal.json"), {{"name", "foreign"}, {"build_id", host::build_id(built("foreign"))}});
  use("channel", "\"foreign\"");
  refused(3, {"link.channel: ", "foreign.so: was built for another Tandem: its ABI version is 2, this one's is 1 (build the plugin again with this Tandem's headers)"}, here);
  EXPECT_THAT(expect(3, {"doctor", here[0], here[1]}).out, HasSubstr("its ABI version is 2"));
}

TEST_F(HostileLibraryTest, Truncated) {
  put("cut", ours("bpsk.so"), ours("bpsk.json"), {{"name", "cut"}});
  fs::resize_file(folder() / "plugins/cut.so", fs::file_size(folder() / "plugins/cut.so") / 2);
  use("modem", "\"cut\"");
  refused(3, {"link.modem: the plugin \"cut\" cannot be used: plugins/cut.so: is truncated"}, here);
  listed_as_unusable("cut", "is truncated");
  for (const std::uintmax_t size : {1000, 200, 64, 63, 1, 0}) {
    fs::resize_file(folder() / "plugins/cut.so", size);
    refused(3, {"the plugin \"cut\" cannot be used: plugins/cut.so: is truncated"}, here);
  }
}

TEST_F(HostileLibraryTest, WithoutManifest) {
  fs::create_directories(folder() / "plugins");
  fs::copy_file(built("misbehaving"), folder() / "plugins/misbehaving.so");
  use("channel", "\"misbehaving\"");
  refused(3, {"the plugin \"misbehaving\" cannot be used: plugins/misbehaving.so: has no manifest misbehaving.json (write it with: tandem-manifest misbehaving.so)"}, here);
}

TEST_F(HostileLibraryTest, WithAManifestThatIsNone) {
  put("broken", ours("bpsk.so"), ours("bpsk.json"), {{"name", "broken"}});
  use("modem", "\"broken\"");
  write("plugins/broken.json", "{\"name\": \"broken\"");
  refused(3, {"broken.json: is not a plugin's manifest: "}, here);
  write("plugins/broken.json", std::string(300'000, '['));
  refused(3, {"is nested too deeply"}, here);
  write("plugins/broken.json", std::string(3'000'000, ' '));
  refused(3, {"is too large for a manifest"}, here);
  fs::remove(folder() / "plugins/broken.json");
  fs::create_directory(folder() / "plugins/broken.json");
  refused(3, {"broken.json: is not a regular file"}, here);
}

TEST_F(HostileLibraryTest, WithAManifestThatLies) {
  put("liar", ours("bpsk.so"), ours("bpsk.json"), {{"name", "liar"}});
  use("modem", "\"liar\"");
  refused(3, {"its manifest says modem liar 1.0.0, the library itself modem bpsk 1.0.0"}, here);
  put_misbehaving();
  use("channel", "\"misbehaving\"");
  expect(0, {"run", "x.json", here[0], here[1]});
  Json manifest = Json::parse(read_file(folder() / "plugins/misbehaving.json"));
  const std::string honest = manifest.dump();
  manifest["fields"].push_back({{"name", "gain"}, {"kind", "number"}, {"default", 1.0}, {"doc", "there is no such field"}});
  write("plugins/misbehaving.json", manifest.dump());
  refused(3, {"its manifest does not say what the library itself says (write it again with: tandem-manifest misbehaving.so)"}, here);
  manifest = Json::parse(honest);
  manifest["build_id"] = std::string(40, 'a');
  write("plugins/misbehaving.json", manifest.dump());
  refused(3, {"its manifest was made from another build"}, here);
  manifest = Json::parse(honest);
  manifest["role"] = "wizard";
  write("plugins/misbehaving.json", manifest.dump());
  refused(3, {"has the unknown role \"wizard\""}, here);
}

TEST_F(HostileLibraryTest, ThatIsNone) {
  fs::create_directories(folder() / "plugins/folder.so");
  mkfifo((folder() / "plugins/pipe.so").c_str(), 0600);
  fs::create_symlink("nowhere", folder() / "plugins/gone.so");
  write("plugins/text.so", "just a text that is certainly longer than an ELF header would have to be, or is it?");
  use("modem", "\"text\"");
  refused(3, {"the plugin \"text\" cannot be used: plugins/text.so: is not a 64-bit ELF library"}, here);
  for (const char* name : {"folder", "pipe", "gone"}) listed_as_unusable(name, "is not a regular file");
  const fs::path library = fs::canonical(build_dir() / "lib/libtandem.so");
  put("other", library, ours("bpsk.json"), {{"name", "other"}, {"build_id", host::build_id(library)}});
  use("modem", "\"other\"");
  refused(3, {"other.so: is no Tandem plugin: it exports no tandem_plugin"}, here);
}

TEST_F(HostileLibraryTest, OfANameThatThereIs) {
  put("bpsk", ours("bpsk.so"), ours("bpsk.json"), Json::object());
  use("modem", "\"bpsk\"");
  refused(2, {"link.modem: two plugins are called \"bpsk\": ", "(take one away or write name@version)"}, here);
}

TEST_F(HostileLibraryTest, ThatFailsCostsItsArmOnly) {
  put_misbehaving();
  write("x.json", R"({"source": {"random-bits": {"length": 8}}, "link": {"modem": "bpsk", "channel": "ideal"},
    "arms": {"throws": {"link.channel": {"misbehaving": {"fault": "throws"}}}, "nan": {"link.channel": {"misbehaving": {"fault": "not-a-number"}}},
             "rows": {"link.channel": {"misbehaving": {"fault": "rows"}}}, "good": {}},
    "metrics": ["ber"], "stop": {"frames": 100}})");
  const Ended ended = expect(1, {"run", "x.json", "--json", here[0], here[1]});
  for (const char* words : {"throws failed: ", "misbehaving: out of cheese", "nan failed: ", "not a number", "rows failed: ", "its only point", "frames "}) EXPECT_THAT(ended.err, HasSubstr(words));
  const auto lines = lines_of(ended.out);
  ASSERT_EQ(lines.size(), 2u) << ended.out;
  EXPECT_EQ(Json::parse(lines[0])["arm"], "good");
  EXPECT_EQ(Json::parse(lines[0])["frames"], 100);
  const std::string csv = read_file(folder() / "runs/x/results.csv");
  EXPECT_THAT(csv, HasSubstr("\ngood,ber.info,0,"));
  EXPECT_THAT(csv, Not(HasSubstr("throws")));
  use("channel", R"({"misbehaving": {"fault": "ready"}})");
  EXPECT_THAT(expect(2, {"run", "x.json", here[0], here[1]}).err, HasSubstr("link.channel: is never ready"));
}

// ---- folders, disks, other runs

TEST_F(HostileWorldTest, FolderThatCannotBeMade) {
  write("x.json", bits_config);
  write("file", "");
  refused(1, {"/proc/tandem: cannot be made: "}, {"--out", "/proc/tandem"});
  refused(1, {"file/out: cannot be made: Not a directory"}, {"--out", "file/out"});
  refused(1, {"file: cannot be made: "}, {"--out", "file"});
}

TEST_F(HostileWorldTest, FolderWithAnotherStore) {
  write("x.json", bits_config);
  write("out/results.sqlite", std::string(10'000, 'x'));
  refused(1, {"out/results.sqlite: "}, {"--out", "out"});
  EXPECT_EQ(read_file(folder() / "out/results.sqlite"), std::string(10'000, 'x'));
  fs::remove(folder() / "out/results.sqlite");
  fs::create_directory(folder() / "out/results.sqlite");
  refused(1, {"out/results.sqlite: "}, {"--out", "out"});
}

TEST_F(HostileWorldTest, FullDisk) {
  write("x.json", bits_config);
  const std::vector<std::string> arguments = {"run", "x.json", "--set", "stop.frames=20000", "--set", "source.length=300", "--set", "stop.unit=4", "--threads", "1"};
  for (const std::uint64_t room : {1'000, 20'000, 50'000}) {
    Command given = command(arguments);
    given.largest_file = room;
    const Ended ended = expect(1, given);
    EXPECT_THAT(ended.err, HasSubstr("runs/x")) << room;
    EXPECT_THAT(ended.err, ::testing::ContainsRegex("full|too large|disk I/O|cannot be")) << room;
    EXPECT_FALSE(fs::exists(folder() / "runs/x/results.csv"));
  }
  // What was written is not lost, and nothing of it is wrong.
  expect(0, arguments);
  const std::string after = read_file(folder() / "runs/x/results.csv");
  fs::remove_all(folder() / "runs");
  expect(0, arguments);
  EXPECT_EQ(read_file(folder() / "runs/x/results.csv"), after);
}

TEST_F(HostileWorldTest, TwoRunsInOneFolder) {
  write("x.json", bits_config);
  Command first = command({"run", "x.json", "--set", "stop.frames=1000000000", "--threads", "1"});
  Process running(first);
  for (int i = 0; i < 12000 && !fs::exists(folder() / "runs/x/config.json"); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  refused(75, {"another run writes into this folder"});
  expect(0, {"plan", "x.json"});
  expect(0, {"run", "x.json", "--out", "other"});
  running.send_signal(SIGINT);
  EXPECT_EQ(running.wait().code, 130);
  expect(0, {"run", "x.json"});
}

}  // namespace
}  // namespace tandem::test
