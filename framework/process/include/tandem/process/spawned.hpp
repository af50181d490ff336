#pragma once

#include <sys/types.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <tandem/process/program.hpp>
#include <thread>

namespace tandem::process {

/// A file descriptor that closes itself.
class Descriptor final {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor() { close(); }

  int number() const { return number_; }
  int release() noexcept;
  void close() noexcept;

 private:
  int number_ = -1;
};

/// A started executable: pipes to its standard input and from its standard output, the end of what it wrote to standard
/// error, and how it ended. A thread of its own drains standard error, so that the child never waits for us there. The
/// child leads a process group (Ctrl-C at the terminal does not reach it), which is killed as a whole, and the kernel
/// kills it when this process dies. None is left as a zombie. When the leader ends, the rest of its group is killed.
class Spawned final {
 public:
  /// Throws Error when it cannot be started.
  explicit Spawned(const Program& program);
  /// Closes its standard input, where that has not happened, and kills it unless it ends within a second of that.
  ~Spawned();
  Spawned(const Spawned&) = delete;
  Spawned& operator=(const Spawned&) = delete;

  int input() const { return input_.number(); }    ///< to write to; does not block
  int output() const { return output_.number(); }  ///< to read from; does not block
  int end() const { return end_.number(); }        ///< readable once it has ended, whoever still holds its pipes
  void close_input();

  /// Gives it `grace` to end by itself, then kills it. Returns how it ended: "ended with exit status 3".
  std::string finish(std::chrono::milliseconds grace);
  /// The last lines of its standard error; all of them once it is finished.
  std::string last_words() const;

 private:
  void keep(const Program& program, Descriptor input, Descriptor output, Descriptor error);
  void listen();
  void reap();
  void hear(const char* bytes, std::size_t count);

  Descriptor input_, output_, error_, wake_, end_;
  pid_t child_ = -1;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  int start_error_ = 0;
  bool started_ = false, ended_ = false, killed_ = false;
  int status_ = 0;
  std::string heard_;
  std::optional<std::chrono::steady_clock::time_point> closed_;  ///< its standard input
  std::thread keeper_;
};

}  // namespace tandem::process
