// Of calls, whatever the role: the same outcome however the rows are cut, whoever calls, and whenever.
#include <fcntl.h>
#include <malloc.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstring>
#include <thread>

#include "exercise.hpp"
#include "huge.hpp"
#include "sanitizer.hpp"

extern char** environ;

namespace tandem::conformance {
namespace {

void require_exact(Bench& bench) {
  if (bench.plugin<Component>().exactness() == Exactness::none) throw Inapplicable("the component promises no exactness");
}

void require_same(const std::vector<std::string>& expected, const std::vector<std::string>& found, std::size_t first, const std::string& when) {
  for (std::size_t i = 0; i < found.size(); ++i) require(found[i] == expected[first + i], "row {} comes out otherwise {}", first + i, when);
}

void deterministic(Bench& bench) {
  require_exact(bench);
  const Exercise exercise = make_exercise(bench, bench.world());
  const auto first = exercise.call_all();
  require_same(first, exercise.call_all(), 0, "when it is called again");
  auto another = bench.make_world();
  require_same(first, make_exercise(bench, another).call_all(), 0, "from another component with the same fields");
}

void batches(Bench& bench) {
  require_exact(bench);
  const Exercise exercise = make_exercise(bench, bench.world());
  const auto whole = exercise.call_all();
  for (const std::size_t batch : {1u, 3u, 64u})
    for (std::size_t first = 0; first < exercise.rows; first += batch)
      require_same(whole, exercise.call(first, std::min(batch, exercise.rows - first)), first, fmt::format("in batches of {}", batch));
}

// Calls of many threads at once, each with other rows and another size, against the calm results.
void concurrent(Bench& bench) {
  require_exact(bench);
  const Exercise exercise = make_exercise(bench, bench.world());
  const auto calm = exercise.call_all();
  std::atomic<bool> stop = false;
  std::exception_ptr failed[4];
  std::vector<std::thread> threads;
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(300);
  for (std::size_t t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      try {
        for (std::size_t turn = t; !stop && (turn < t + 8 || std::chrono::steady_clock::now() < end); ++turn) {
          const std::size_t first = turn * 7 % exercise.rows, count = std::min<std::size_t>(1 + (turn * 5 + t * 11) % 24, exercise.rows - first);
          require_same(calm, exercise.call(first, count), first, "while other threads call");
        }
      } catch (...) {
        failed[t] = std::current_exception();
        stop = true;
      }
    });
  for (auto& thread : threads) thread.join();
  for (const auto& exception : failed)
    if (exception) std::rethrow_exception(exception);
}

void no_rows(Bench& bench) {
  const Exercise exercise = make_exercise(bench, bench.world());
  const auto before = exercise.call(0, 1);
  exercise.call(0, 0);
  const auto after = exercise.call(0, 1);
  if (bench.plugin<Component>().exactness() != Exactness::none) require_same(before, after, 0, "after a call without rows");
}

// What malloc hands out is filled with one pattern, then with another: what nobody wrote shows.
void written(Bench& bench) {
  if (sanitized()) throw Inapplicable("the sanitizer's allocator fills memory in its own way");
  require_exact(bench);
  const Exercise exercise = make_exercise(bench, bench.world());
  mallopt(M_PERTURB, 0x5a);
  const auto first = exercise.call_all();
  mallopt(M_PERTURB, 0xa5);
  const auto second = exercise.call_all();
  mallopt(M_PERTURB, 0);
  require_same(first, second, 0, "when fresh memory holds something else: a value was never written");
}

std::string output_of(const std::vector<std::string>& arguments, const std::vector<std::string>& more_environment) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) throw Error("no pipe can be made");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
  std::vector<char*> argv, env;
  for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  for (const auto& entry : more_environment) env.push_back(const_cast<char*>(entry.c_str()));  // the first of a name counts
  for (char** entry = environ; *entry; ++entry) env.push_back(*entry);
  argv.push_back(nullptr);
  env.push_back(nullptr);
  pid_t child = -1;
  const int error = posix_spawn(&child, argv[0], &actions, nullptr, argv.data(), env.data());
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  std::string out;
  char buffer[4096];
  for (ssize_t got; error == 0 && (got = read(ends[0], buffer, sizeof buffer)) > 0;) out.append(buffer, static_cast<std::size_t>(got));
  close(ends[0]);
  int status = -1;
  if (error != 0 || waitpid(child, &status, 0) < 0 || status != 0) throw Violation("a process with the narrowest instructions ended without a result");
  return out;
}

// libtandem and our kernels obey TANDEM_SIMD; libm, whose functions differ by a last bit, GLIBC_TUNABLES.
void portable(Bench& bench) {
  if (bench.plugin<Component>().exactness() != Exactness::portable) throw Inapplicable("the component does not promise to be portable");
  if (bench.subject().command.empty()) throw Inapplicable("there is no command to run again");
  const std::string here = digest(make_exercise(bench, bench.world()).call_all());
  std::vector<std::string> arguments = {bench.subject().command.string(), "check", bench.subject().library.string(), "--digest", "--seed", std::to_string(bench.seed())};
  if (bench.subject().fields.is_object()) arguments.insert(arguments.end(), {"--fields", bench.subject().fields.dump()});
  for (const auto& more : bench.subject().arguments) arguments.push_back(more);
  const std::string there = output_of(arguments, {"TANDEM_SIMD=avx2", "GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX512F,-AVX512VL,-AVX512BW,-AVX512DQ,-AVX512CD,-AVX2,-FMA,-FMA4"});
  require(there == here, "where wide vectors and fused operations of libraries are switched off, the outcome is another: is a function of libm used in place of tandem/math.hpp?");
}

}  // namespace

const std::vector<Law> call_laws = {
    {"calls.deterministic", "the same call gives the same bytes, from another component too", deterministic},
    {"calls.batches", "batches of 1, 3 and 64 rows give the same bytes", batches},
    {"calls.threads", "calls of many threads at once give the same bytes", concurrent},
    {"calls.no-rows", "a call without rows gives no rows", no_rows},
    {"calls.huge", "a row of a million values comes through, in time", huge},
    {"calls.written", "every value of the outcome was written", written},
    {"calls.portable", "what is portable gives the same bytes with other instructions", portable},
};

}  // namespace tandem::conformance
