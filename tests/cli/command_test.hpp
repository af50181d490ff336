#pragma once

#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/process.hpp"
#include "support/support.hpp"

namespace tandem::test {

using Json = nlohmann::ordered_json;

/// 24 random bits a frame over BPSK and AWGN: the smallest experiment.
inline const std::string bits_config = R"({
  "source": {"random-bits": {"length": 24}},
  "link": {"modem": "bpsk", "channel": "awgn"},
  "snr": {"es_n0_db": [0, 3]},
  "metrics": ["ber"],
  "stop": {"frames": 200}
}
)";

/// The real command in a folder of its own, with nothing of the caller's surroundings.
class CommandTest : public ::testing::Test {
 protected:
  std::filesystem::path folder() const { return folder_.path(); }

  std::filesystem::path write(const std::string& name, const std::string& text) const {
    const auto path = folder() / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }

  Command command(const std::vector<std::string>& arguments) const {
    Command out;
    out.arguments = {(build_dir() / "bin/tandem").string()};
    out.arguments.insert(out.arguments.end(), arguments.begin(), arguments.end());
    out.directory = folder();
    out.environment = {{"XDG_CACHE_HOME", (folder() / "cache").string()}, {"TMPDIR", folder().string()},
                       {"TANDEM_DATA", {}}, {"TANDEM_REGISTRY", {}}, {"TANDEM_PLUGIN_PATH", {}}};
    return out;
  }

  Ended tandem(const std::vector<std::string>& arguments) const { return run(command(arguments)); }

  /// Runs it, expects the exit code and, when it is 0, says what went wrong.
  Ended expect(int code, const std::vector<std::string>& arguments) const { return expect(code, command(arguments)); }
  static Ended expect(int code, const Command& command) {
    Ended ended = run(command);
    EXPECT_FALSE(ended.timed_out);
    EXPECT_EQ(ended.code, code) << ::testing::PrintToString(command.arguments) << "\nsignal " << ended.signal << "\n" << ended.err;
    return ended;
  }

 private:
  TemporaryFolder folder_;
};

inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    out.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

}  // namespace tandem::test
