#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <tandem/error.hpp>
#include <tandem/process/spawned.hpp>
#include <utility>

namespace tandem::process {
namespace {

constexpr std::size_t most_heard = 4096, most_lines = 20;
constexpr std::chrono::milliseconds goodbye{1000};
constexpr int wanted_pipe_bytes = 1 << 20;
constexpr std::size_t pipe_bytes = 1 << 16;  // that standard error holds at once

struct Pipe final {
  Descriptor read, write;
};

// All ends are closed in other children: they would keep a pipe open whose owner is gone.
Pipe make_pipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw Error(std::string("no pipe can be made: ") + std::strerror(errno));
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

void never_block(const Descriptor& end) { fcntl(end.number(), F_SETFL, fcntl(end.number(), F_GETFL) | O_NONBLOCK); }

// Only what is safe between fork and exec in a process of many threads. Returns when the program cannot be executed.
void become(const char* path, char* const* arguments, int input, int output, int error, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // of the thread that forked, which lives as long as the child
  if (getppid() != parent) _exit(127);
  setpgid(0, 0);
  // First out of the way of 0, 1 and 2, which a caller may have closed.
  const int from[] = {fcntl(input, F_DUPFD_CLOEXEC, 3), fcntl(output, F_DUPFD_CLOEXEC, 3),
                      fcntl(error, F_DUPFD_CLOEXEC, 3)};
  for (int to = 0; to < 3; ++to)
    if (dup2(from[to], to) < 0) return;
  if (close_range(3, ~0u, CLOSE_RANGE_CLOEXEC) != 0) {  // an old kernel, or a sandbox
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    const auto end = static_cast<int>(std::min<rlim_t>(limit.rlim_cur, 1 << 20));
    for (int one = 3; one < end; ++one) fcntl(one, F_SETFD, FD_CLOEXEC);
  }
  signal(SIGPIPE, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  execv(path, arguments);
}

std::string how_it_ended(int status) {
  if (WIFEXITED(status)) return "ended with exit status " + std::to_string(WEXITSTATUS(status));
  const int number = WTERMSIG(status);
  const char* what = sigdescr_np(number);
  return "was ended by signal " + std::to_string(number) + (what ? " (" + std::string(what) + ")" : "");
}

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  close();
  number_ = other.release();
  return *this;
}
int Descriptor::release() noexcept { return std::exchange(number_, -1); }
void Descriptor::close() noexcept {
  if (number_ >= 0) ::close(release());
}

Spawned::Spawned(const Program& program) : wake_(eventfd(0, EFD_CLOEXEC)) {
  if (wake_.number() < 0) throw Error(std::string("no event can be made: ") + std::strerror(errno));
  Pipe input = make_pipe(), output = make_pipe(), error = make_pipe();
  for (const auto* end : {&input.write, &output.read, &error.read}) never_block(*end);
  // Larger pipes, fewer turns; where the limit of the user is reached they stay as they are.
  for (const auto* end : {&input.write, &output.read}) fcntl(end->number(), F_SETPIPE_SZ, wanted_pipe_bytes);
  input_ = std::move(input.write);
  output_ = std::move(output.read);
  error_ = std::move(error.read);
  keeper_ = std::thread(
      [this, &program, to = std::move(input.read), from = std::move(output.write),
       said = std::move(error.write)]() mutable { keep(program, std::move(to), std::move(from), std::move(said)); });
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return started_ || ended_; });
  if (started_) return;
  lock.unlock();
  keeper_.join();
  throw Error(std::string("cannot be started: ") + std::strerror(start_error_));
}

Spawned::~Spawned() {
  close_input();
  const auto left = *closed_ + goodbye - std::chrono::steady_clock::now();
  finish(std::max(std::chrono::ceil<std::chrono::milliseconds>(left), std::chrono::milliseconds(0)));
}

void Spawned::close_input() {
  if (!closed_) closed_ = std::chrono::steady_clock::now();
  input_.close();
}

// The thread that forks stays until the child has ended, as the kernel takes its end for the parent's death.
void Spawned::keep(const Program& program, Descriptor input, Descriptor output, Descriptor error) {
  // Signals of the process are for its other threads, which have handlers to wait for.
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, nullptr);
  std::vector<char*> arguments;
  for (const auto& argument : program.arguments) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  const pid_t parent = getpid();
  int report[2];  // closed by a successful exec, else told why there was none
  int failed = pipe2(report, O_CLOEXEC) == 0 ? 0 : errno;
  if (!failed) {
    const pid_t child = fork();
    if (child == 0) {
      become(program.path.c_str(), arguments.data(), input.number(), output.number(), error.number(), parent);
      const int reason = errno;
      // A parent that reads nothing takes it for started, and finds it ended.
      [[maybe_unused]] const auto told = write(report[1], &reason, sizeof reason);
      _exit(127);
    }
    if (child < 0) failed = errno;
    close(report[1]);
    if (child > 0) {
      setpgid(child, child);  // both sides do, so that neither has to wait for the other
      int reason = 0;
      if (read(report[0], &reason, sizeof reason) == sizeof reason) failed = reason;
    }
    close(report[0]);
    if (failed && child > 0) waitpid(child, nullptr, 0);
    child_ = child;
    // Where there is none, the end of its pipes has to say it.
    if (!failed) end_ = Descriptor(static_cast<int>(syscall(SYS_pidfd_open, child, 0)));
  }
  input.close();
  output.close();
  error.close();
  {
    const std::lock_guard lock(mutex_);
    start_error_ = failed;
    (failed ? ended_ : started_) = true;
    changed_.notify_all();
  }
  if (failed) return;
  listen();
  reap();
}

void Spawned::listen() {
  char bytes[4096];
  pollfd watched[] = {{error_.number(), POLLIN, 0}, {wake_.number(), POLLIN, 0}, {end_.number(), POLLIN, 0}};
  while (true) {
    if (poll(watched, 3, -1) < 0 && errno != EINTR) return;
    // A child that has ended or is killed has said its last: only what is in the pipe counts, whoever may still hold it
    // and write more.
    const bool last = watched[1].revents != 0 || watched[2].revents != 0;
    for (std::size_t heard = 0; heard < pipe_bytes;) {
      const ssize_t count = read(error_.number(), bytes, sizeof bytes);
      if (count == 0) return;
      if (count < 0) break;  // empty; no signal interrupts this thread
      hear(bytes, static_cast<std::size_t>(count));
      heard += static_cast<std::size_t>(count);
    }
    if (last) return;
  }
}

void Spawned::reap() {
  siginfo_t info;
  while (waitid(P_PID, static_cast<id_t>(child_), &info, WEXITED | WNOWAIT) != 0 && errno == EINTR) {
  }
  const std::lock_guard lock(mutex_);
  // While the leader is a zombie, no other group can have its number: whatever it started ends with it.
  kill(-child_, SIGKILL);
  waitpid(child_, &status_, 0);
  ended_ = true;
  changed_.notify_all();
}

void Spawned::hear(const char* bytes, std::size_t count) {
  const std::lock_guard lock(mutex_);
  heard_.append(bytes, count);
  if (heard_.size() > 2 * most_heard) heard_.erase(0, heard_.size() - most_heard);
}

std::string Spawned::finish(std::chrono::milliseconds grace) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, grace, [&] { return ended_; })) {
    killed_ = true;
    kill(-child_, SIGKILL);
  }
  lock.unlock();
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto told = write(wake_.number(), &one, sizeof one);
  if (keeper_.joinable()) keeper_.join();
  return killed_ && WIFSIGNALED(status_) ? "was killed" : how_it_ended(status_);
}

std::string Spawned::last_words() const {
  const std::lock_guard lock(mutex_);
  std::string text;
  for (const char c : heard_)
    if (static_cast<unsigned char>(c) >= ' ' || c == '\n' || c == '\t') text += c;
  while (!text.empty() && text.back() == '\n') text.pop_back();
  if (text.size() > most_heard) text.erase(0, text.size() - most_heard);
  std::size_t at = text.size(), lines = 0;
  while (at > 0 && lines < most_lines)
    if (text[--at] == '\n') ++lines;
  return lines == most_lines ? text.substr(at + 1) : text;
}

}  // namespace tandem::process
