// Of a component's life, and what it must leave as it found it.
#include <fcntl.h>
#include <malloc.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cfenv>
#include <clocale>
#include <csignal>
#include <filesystem>
#include <map>
#include <thread>

#include "bench.hpp"
#include "exercise.hpp"
#include "host/library.hpp"
#include "sanitizer.hpp"

extern char** environ;

namespace tandem::conformance {
namespace {

std::size_t entries(const char* folder) {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder)) ++count;
  return count;
}

// A whole life, from the factory to the last call; trainers are only made.
void live(Bench& bench) {
  auto world = bench.make_world();
  if (bench.manifest().role == "trainer") return;
  make_exercise(bench, world).call_all();
}

void factory(Bench& bench) {
  for (int i = 0; i < 100; ++i) bench.library().create();
  const auto first = bench.library().create(), second = bench.library().create();
  require(first != second, "the factory makes the same component twice");
}

void declared_alike(Bench& bench) {
  const auto before = to_text(bench.library().describe(), false);
  live(bench);
  require(to_text(bench.library().describe(), false) == before, "fields are declared otherwise once the plugin has worked");
}

void threads(Bench& bench) {
  live(bench);  // what a library starts once and keeps for all, such as a pool of libtorch, is there now
  const std::size_t before = entries("/proc/self/task");
  live(bench);
  std::size_t after = entries("/proc/self/task");
  for (int i = 0; i < 50 && after > before; ++i) {  // a thread that was joined may still be on its way out
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    after = entries("/proc/self/task");
  }
  require(after <= before, "{} threads run on after the component is gone", after - before);
}

void processes(Bench& bench) {
  live(bench);
  siginfo_t one{};
  const bool left = waitid(P_ALL, 0, &one, WEXITED | WNOHANG | WNOWAIT) == 0;
  require(!left, "a child process {} after the component is gone", one.si_pid ? "was never waited for" : "runs on");
}

void files(Bench& bench) {
  live(bench);
  const std::size_t before = entries("/proc/self/fd");
  live(bench);
  const std::size_t after = entries("/proc/self/fd");
  require(after <= before, "{} files are still open after the component is gone", after - before);
}

void memory(Bench& bench) {
  if (sanitized()) throw Inapplicable("the sanitizer counts memory in its own way");
  auto world = bench.make_world();
  if (bench.manifest().role == "trainer") throw Inapplicable("a trainer is not called again and again");
  const Exercise exercise = make_exercise(bench, world);
  const auto used = [] { return static_cast<double>(mallinfo2().uordblks + mallinfo2().hblkhd); };
  const auto grow = [&](int calls) {
    const double before = used();
    for (int i = 0; i < calls; ++i) exercise.call(0, std::min<std::size_t>(8, exercise.rows));
    return used() - before;
  };
  grow(8);  // scratch that is kept from call to call
  const double growth = std::min({grow(40), grow(40), grow(40)});  // the caches of other threads come and go
  require(growth < 40 * 64, "forty more calls keep {:.0f} more bytes", growth);
}

void quiet(Bench& bench) {
  std::fflush(stdout);
  const int real = dup(1);
  const int spill = memfd_create("standard output", MFD_CLOEXEC);
  if (real < 0 || spill < 0) throw Error("standard output cannot be watched");
  dup2(spill, 1);
  const auto restore = [&] {
    std::fflush(stdout);
    dup2(real, 1);
    close(real);
  };
  try {
    live(bench);
  } catch (...) {
    restore();
    throw;
  }
  restore();
  const auto size = lseek(spill, 0, SEEK_END);
  close(spill);
  require(size == 0, "{} bytes went to standard output, which belongs to results", size);
}

std::map<std::string, std::string> surroundings() {
  std::map<std::string, std::string> out;
  out["the rounding mode"] = std::to_string(std::fegetround());
  out["the flushing of subnormal numbers"] = std::to_string(__builtin_ia32_stmxcsr() & 0x8040);
  out["the locale"] = std::setlocale(LC_ALL, nullptr);
  out["the current folder"] = std::filesystem::current_path().string();
  const mode_t mask = umask(0);
  umask(mask);
  out["the file mode mask"] = std::to_string(mask);
  for (char** entry = environ; *entry; ++entry) out["the environment"] += std::string(*entry) + '\n';
  for (int number = 1; number < 32; ++number) {
    struct sigaction action {};
    if (sigaction(number, nullptr, &action) == 0) out["what signals do"] += std::to_string(reinterpret_cast<std::uintptr_t>(action.sa_handler)) + ' ';
  }
  return out;
}

void surroundings_kept(Bench& bench) {
  bench.library();  // what the loading of a library such as libtorch changes is not the component's doing
  const auto before = surroundings();
  live(bench);
  for (const auto& [what, value] : surroundings()) require(before.contains(what) && before.at(what) == value, "the component changes {}", what);
}

void elsewhere(Bench& bench) {
  auto world = bench.make_world();
  const bool calls = bench.manifest().role != "trainer";
  const auto here = calls ? make_exercise(bench, world).call_all() : std::vector<std::string>{};
  std::exception_ptr failed;
  std::thread other([&] {
    try {
      if (calls && make_exercise(bench, world).call_all() != here) throw Violation("called in another thread, the component gives something else");
      auto second = bench.make_world();
      const bool exact = second.subject->exactness() != Exactness::none;
      if (calls && make_exercise(bench, second).call_all() != here && exact) throw Violation("made and called in another thread, the component gives something else");
      world = {};  // ends in another thread than it began in
    } catch (...) {
      failed = std::current_exception();
    }
  });
  other.join();
  if (failed) std::rethrow_exception(failed);
}

}  // namespace

const std::vector<Law> life_laws = {
    {"life.factory", "components are made and thrown away, each its own", factory},
    {"life.fields", "the declaration of fields does not depend on what happened before", declared_alike},
    {"life.threads", "no thread outlives the component", threads},
    {"life.processes", "no child process outlives the component", processes},
    {"life.files", "no open file outlives the component", files},
    {"life.memory", "calls do not keep more and more memory", memory},
    {"life.quiet", "nothing is written to standard output", quiet},
    {"life.surroundings", "rounding mode, locale, folder, environment and signals stay as they were", surroundings_kept},
    {"life.elsewhere", "a component may live in any thread", elsewhere},
};

}  // namespace tandem::conformance
