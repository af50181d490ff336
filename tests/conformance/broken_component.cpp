// A channel whose faults have nothing to do with channels: what it leaves behind, what it depends on, how it ends.
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cfenv>
#include <clocale>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <tandem/channel.hpp>
#include <thread>
#include <vector>

#include "fault.hpp"

#ifndef NAME
#define NAME "broken-component"
#endif

namespace {
using namespace tandem;

// What a library should not have.
std::atomic<std::uint64_t> calls = 0, components = 0;
void* volatile leaked = nullptr;  // else the compiler would leave malloc out
std::atomic<bool> called_with_fields_that_change = false;

class BrokenComponent final : public Channel {
 public:
  BrokenComponent() : number_(++components) {}
  ~BrokenComponent() override {
    if (is("dies-at-home-only") && home_ != std::this_thread::get_id()) std::abort();
  }

  void fields(Fields& f) override {
    fault_.declare(f, {"none", "never-ready", "declares-otherwise", "leaks-a-thread", "leaks-a-process", "leaks-a-zombie", "leaks-a-file", "leaks-memory", "talks", "rounds-upward",
                       "flushes-subnormals", "sets-the-locale", "changes-the-folder", "sets-the-mask", "sets-the-environment", "catches-signals", "first-thread-only",
                       "home-thread-only", "dies-at-home-only", "not-deterministic", "own-identity", "depends-on-cuts", "counts-rows", "not-thread-safe", "refuses-no-rows",
                       "row-from-nothing", "leaves-unwritten", "uses-libm", "quadratic", "aborts", "segfaults", "exits", "exits-well", "recurses", "endless", "eats-memory",
                       "throws", "throws-an-int", "out-of-bounds"});
    if (called_with_fields_that_change) f("late", late_, 0.0).doc("a field that comes late");
    f.example("{}");
  }
  void ready(const Environment&) override {
    home_ = std::this_thread::get_id();
    if (is("never-ready")) throw Error("is never ready");
    if (is("leaks-a-thread")) std::thread([] { pause(); }).detach();
    const pid_t parent = getpid();
    if (is("leaks-a-process") && fork() == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);  // the fault of a test should not outlive it
      if (getppid() != parent) _exit(0);  // it has gone already
      pause();
      _exit(0);
    }
    if (is("leaks-a-zombie") && fork() == 0) _exit(0);
    if (is("leaks-a-file")) static_cast<void>(!open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (is("rounds-upward")) std::fesetround(FE_UPWARD);
    if (is("flushes-subnormals")) __builtin_ia32_ldmxcsr(__builtin_ia32_stmxcsr() | 0x8040);
    if (is("sets-the-locale")) std::setlocale(LC_ALL, "C.UTF-8");
    if (is("changes-the-folder")) static_cast<void>(!chdir("/"));
    if (is("sets-the-mask")) umask(0123);
    if (is("sets-the-environment")) setenv("TANDEM_BROKEN", "1", 1);
    if (is("catches-signals")) std::signal(SIGUSR1, SIG_IGN);
  }
  Exactness exactness() const override { return Exactness::portable; }

  Observation transmit(const Symbols& x, float n0, const Noise& noise) const override {
    ++calls;
    end_somehow();
    misbehave();
    if (is("refuses-no-rows") && x.values.empty()) throw Error("there is nothing to send");
    Observation out{.y = x, .h = {}, .csi = {}, .n0 = n0};
    auto& y = out.y.values;
    noise.normals(y);
    if (is("row-from-nothing") && y.empty()) y.append(4);
    const float amplitude = std::sqrt(n0 / 2) * (is("not-thread-safe") ? shared_amplitude(x) : 1.0f);
    for (std::size_t row = 0; row < x.values.rows(); ++row)
      for (std::size_t i = 0; i < x.values.row_length(row); ++i) y[row][i] = x.values[row][i] + amplitude * y[row][i] + stray(x, row, y[row][i]);
    if (is("leaves-unwritten")) {  // every row's last value is that of fresh memory
      Ragged<float> fresh(y.rows(), y.row_length());
      for (std::size_t row = 0; row < y.rows(); ++row) std::ranges::copy(std::as_const(y)[row].first(y.row_length(row) - 1), fresh[row].begin());
      y = std::move(fresh);
    }
    return out;
  }

 private:
  bool is(const char* fault) const { return fault_.is(fault); }

  void end_somehow() const {
    if (is("aborts")) std::abort();
    if (is("segfaults")) std::raise(SIGSEGV);
    if (is("exits")) std::exit(7);
    if (is("exits-well")) std::exit(0);
    if (is("recurses")) recurse(1);
    if (is("throws")) throw std::runtime_error("out of cheese");
    if (is("throws-an-int")) throw 42;
    while (is("endless")) static_cast<void>(calls.load());
    std::vector<std::unique_ptr<char[]>> hoard;
    while (is("eats-memory")) hoard.push_back(std::make_unique_for_overwrite<char[]>(1 << 26));
    if (is("out-of-bounds")) {
      const auto few = std::make_unique<volatile char[]>(8);
      volatile std::size_t behind = 8;
      few[behind] = 1;
    }
  }
  void misbehave() const {
    if (is("declares-otherwise")) called_with_fields_that_change = true;
    if (is("leaks-memory")) leaked = std::malloc(1000);
    if (is("talks")) std::puts("it is a fine day");
    if (is("first-thread-only") && gettid() != getpid()) throw Error("this is another thread");
    if (is("home-thread-only") && home_ != std::this_thread::get_id()) throw Error("this is another thread than at home");
  }
  // Added to value i of a row.
  float stray(const Symbols& x, std::size_t row, float noise) const {
    if (is("not-deterministic")) return static_cast<float>(calls.load());
    if (is("own-identity")) return static_cast<float>(number_);
    if (is("depends-on-cuts")) return static_cast<float>(x.values.rows());
    if (is("counts-rows")) return static_cast<float>(row);
    if (is("uses-libm")) {  // their last bits as dither: one value in a thousand is another with fused operations
      double sum = 0;
      for (int i = 1; i <= 20; ++i) sum += std::remainder(std::sin(i * static_cast<double>(noise)) * 0x1p50, 1.0) + std::remainder(std::exp(static_cast<double>(noise) / i) * 0x1p50, 1.0);
      return static_cast<float>(sum);
    }
    std::uint64_t sum = 0;
    if (is("quadratic"))
      for (std::size_t j = 0; j < x.values.row_length(row); ++j) sum += calls;
    return static_cast<float>(sum % 1);
  }
  // Through a member that every call writes, another value for rows of another number.
  float shared_amplitude(const Symbols& x) const {
    scratch_ = static_cast<float>(x.values.rows());
    std::this_thread::yield();
    return scratch_ / static_cast<float>(x.values.rows());
  }
  __attribute__((noinline)) static std::uint64_t recurse(std::uint64_t depth) { return depth == calls + (1ull << 40) ? 0 : recurse(depth + 1) + calls; }

  broken::Fault fault_;
  std::uint64_t number_;
  std::thread::id home_;
  double late_ = 0;
  mutable std::atomic<float> scratch_ = 1;
};

}  // namespace
TANDEM_PLUGIN(BrokenComponent, tandem::Channel, NAME, "1.0.0", "a component that breaks a promise")
