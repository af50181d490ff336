#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace tandem::test {

/// What a child process is given.
struct Command {
  std::vector<std::string> arguments;                             ///< the program's path first
  std::map<std::string, std::optional<std::string>> environment;  ///< on top of ours; no value: unset
  std::filesystem::path directory;                                ///< where it runs; empty: where we run
  std::string input;                                              ///< its standard input
  double seconds = 120;                                           ///< killed when it takes longer
  std::uint64_t largest_file = 0;                                 ///< bytes that it may write to one file; 0: no limit
  std::uint64_t largest_memory = 0;                               ///< bytes of address space; 0: no limit
};

/// How it ended.
struct Ended {
  int code = -1;           ///< exit status; -1 when a signal ended it
  int signal = 0;          ///< the signal that ended it
  bool timed_out = false;  ///< it ran past the limit and was killed
  std::string out, err;
};

/// A running child. Its output is read as it comes, so that it never waits for us.
class Process {
 public:
  explicit Process(const Command& command);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void send_signal(int signal) const;
  Ended wait();

 private:
  pid_t child_ = -1;
  double seconds_ = 0;
  Ended ended_;
  std::vector<std::thread> pumps_;
};

Ended run(const Command& command);

/// A folder of its own that goes away with it.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace tandem::test
