#include "process.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

extern char** environ;

namespace tandem::test {
namespace {

struct Pipe {
  int read = -1, write = -1;
  Pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    read = ends[0], write = ends[1];
  }
};

void read_all(int descriptor, std::string& to) {
  char piece[65536];
  for (ssize_t got = 0; (got = ::read(descriptor, piece, sizeof piece)) > 0;) to.append(piece, static_cast<std::size_t>(got));
  close(descriptor);
}

void write_all(int descriptor, const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t wrote = ::write(descriptor, text.data() + at, text.size() - at);
    if (wrote <= 0) break;  // a child may close its input early
    at += static_cast<std::size_t>(wrote);
  }
  close(descriptor);
}

void limit(int what, std::uint64_t bytes) {
  if (bytes == 0) return;
  const rlimit both{bytes, bytes};
  setrlimit(static_cast<__rlimit_resource_t>(what), &both);
}

std::vector<std::string> environment_of(const Command& command) {
  std::vector<std::string> out;
  for (char** entry = environ; *entry; ++entry) {
    const std::string text = *entry;
    if (!command.environment.contains(text.substr(0, text.find('=')))) out.push_back(text);
  }
  for (const auto& [name, value] : command.environment)
    if (value) out.push_back(name + "=" + *value);
  return out;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (auto& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

}  // namespace

Process::Process(const Command& command) : seconds_(command.seconds) {
  std::signal(SIGPIPE, SIG_IGN);
  auto arguments = command.arguments;
  auto environment = environment_of(command);
  const auto argv = pointers(arguments), envp = pointers(environment);
  const Pipe in, out, err;
  child_ = fork();
  if (child_ < 0) throw std::runtime_error("no child process");
  if (child_ == 0) {
    dup2(in.read, STDIN_FILENO);
    dup2(out.write, STDOUT_FILENO);
    dup2(err.write, STDERR_FILENO);
    std::signal(SIGPIPE, SIG_DFL);
    if (command.largest_file) std::signal(SIGXFSZ, SIG_IGN);  // else the limit ends the child instead of failing the write
    limit(RLIMIT_FSIZE, command.largest_file);
    limit(RLIMIT_AS, command.largest_memory);
    if (!command.directory.empty() && chdir(command.directory.c_str()) != 0) _exit(126);
    execve(argv[0], argv.data(), envp.data());
    _exit(127);
  }
  close(in.read), close(out.write), close(err.write);
  pumps_.emplace_back(write_all, in.write, command.input);
  pumps_.emplace_back([this, from = out.read] { read_all(from, ended_.out); });
  pumps_.emplace_back([this, from = err.read] { read_all(from, ended_.err); });
}

Process::~Process() {
  if (child_ < 0) return;
  send_signal(SIGKILL);
  wait();
}

void Process::send_signal(int signal) const {
  if (child_ > 0) kill(child_, signal);
}

Ended Process::wait() {
  using Clock = std::chrono::steady_clock;
  const auto limit = Clock::now() + std::chrono::duration<double>(seconds_);
  int status = 0;
  while (waitpid(child_, &status, WNOHANG) == 0) {
    if (!ended_.timed_out && Clock::now() > limit) {
      ended_.timed_out = true;
      send_signal(SIGKILL);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  child_ = -1;
  for (auto& pump : pumps_) pump.join();
  pumps_.clear();
  if (WIFEXITED(status)) ended_.code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) ended_.signal = WTERMSIG(status);
  return std::move(ended_);
}

Ended run(const Command& command) { return Process(command).wait(); }

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "tandem-test-XXXXXX").string();
  if (!mkdtemp(name.data())) throw std::runtime_error("no temporary folder");
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace tandem::test
