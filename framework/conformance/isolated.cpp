#include "isolated.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <tandem/error.hpp>
#include <utility>

#include "sanitizer.hpp"

namespace tandem::conformance {
namespace {

constexpr off_t most_output = 4096;                         // shown
constexpr std::uint64_t most_written = std::uint64_t{1} << 30;  // to any file, its output included
constexpr char returned_mark = 'R';

void limit(int resource, std::uint64_t value) {
  const rlimit both{value, value};
  setrlimit(static_cast<__rlimit_resource>(resource), &both);
}

void write_all(int to, const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t wrote = write(to, text.data() + at, text.size() - at);
    if (wrote <= 0) return;
    at += static_cast<std::size_t>(wrote);
  }
}

}  // namespace

Isolated::Isolated(const std::function<std::string()>& call, double seconds, std::uint64_t memory)
    : begin_(std::chrono::steady_clock::now()), limit_(seconds) {
  std::array<int, 2> ends{};
  output_ = memfd_create("output", MFD_CLOEXEC);
  if (output_ < 0 || pipe2(ends.data(), O_CLOEXEC) != 0) throw Error(fmt::format("no process can be started: {}", std::strerror(errno)));
  std::fflush(nullptr);
  const pid_t parent = getpid();
  child_ = fork();
  if (child_ < 0) throw Error(fmt::format("no process can be started: {}", std::strerror(errno)));
  if (child_ == 0) {
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);  // it died before it was asked for
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_FSIZE, most_written);
    if (memory && !sanitized()) limit(RLIMIT_AS, memory);
    for (const int stream : {1, 2}) dup2(output_, stream);
    const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (nothing >= 0) dup2(nothing, 0);
    try {
      const std::string result = returned_mark + call();
      std::fflush(nullptr);
      write_all(ends[1], result);
      _exit(0);
    } catch (const std::exception& e) {  // it must not run on in a copy of us
      fmt::print(stderr, "{}\n", e.what());
    } catch (...) {
    }
    std::fflush(nullptr);
    _exit(125);
  }
  setpgid(child_, child_);
  close(ends[1]);
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  result_end_ = ends[0];
}

Isolated::Isolated(Isolated&& other) noexcept
    : child_(std::exchange(other.child_, -1)),
      result_end_(std::exchange(other.result_end_, -1)),
      output_(std::exchange(other.output_, -1)),
      begin_(other.begin_),
      limit_(other.limit_),
      seconds_(other.seconds_),
      over_(other.over_),
      result_(std::move(other.result_)),
      why_(std::move(other.why_)) {}

Isolated::~Isolated() {
  if (child_ > 0) {
    kill(-child_, SIGKILL);
    waitpid(child_, nullptr, 0);
  }
  for (const int file : {result_end_, output_})
    if (file >= 0) close(file);
}

bool Isolated::ended() {
  if (child_ < 0) return true;
  char buffer[4096];
  for (ssize_t got; (got = read(result_end_, buffer, sizeof buffer)) > 0;) result_.append(buffer, static_cast<std::size_t>(got));
  seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  siginfo_t seen{};
  if (waitid(P_PID, static_cast<id_t>(child_), &seen, WEXITED | WNOHANG | WNOWAIT) == 0 && seen.si_pid == 0) {
    if (!over_ && seconds_ > limit_) over_ = true, kill(-child_, SIGKILL);
    return false;
  }
  kill(-child_, SIGKILL);  // what it may have started, while its number is still its own
  int status = 0;
  waitpid(child_, &status, 0);
  child_ = -1;
  for (ssize_t got; (got = read(result_end_, buffer, sizeof buffer)) > 0;) result_.append(buffer, static_cast<std::size_t>(got));
  if (over_)
    why_ = fmt::format("took longer than {} seconds", limit_);
  else if (WIFSIGNALED(status))
    why_ = fmt::format("was ended by signal {} ({})", WTERMSIG(status), strsignal(WTERMSIG(status)));
  else if (!result_.starts_with(returned_mark))
    why_ = fmt::format("ended the process with exit code {}", WEXITSTATUS(status));
  else
    result_.erase(0, 1);
  return true;
}

std::string Isolated::output() const {
  const off_t size = lseek(output_, 0, SEEK_END), from = std::max<off_t>(0, size - most_output);
  std::string out(static_cast<std::size_t>(size - from), 0);
  const ssize_t got = pread(output_, out.data(), out.size(), from);
  out.resize(static_cast<std::size_t>(std::max<ssize_t>(0, got)));
  return from > 0 ? "... " + out : out;
}

}  // namespace tandem::conformance
