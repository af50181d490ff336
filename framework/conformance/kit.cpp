#include "kit.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <new>
#include <set>
#include <thread>

#include "host/library.hpp"
#include "host/shell.hpp"
#include "isolated.hpp"

namespace tandem::conformance {
namespace {

// Without these nothing else can be said of a plugin.
const std::set<std::string> first_of_all = {"library.loads", "library.role", "library.manifest"};
// Where it is broken, most laws say nothing.
constexpr std::string_view law_of_examples = "fields.example";

std::string repeat_command(const Subject& subject, const Law& law, std::uint64_t seed) {
  std::string out = "tandem check " + host::shell_word(subject.library.string());
  if (subject.fields.is_object()) out += " --fields " + host::shell_word(subject.fields.dump());
  for (const auto& argument : subject.arguments) out += ' ' + host::shell_word(argument);
  return out + fmt::format(" --case {} --seed {} --here", law.name, seed);
}

bool wanted(const Law& law, const std::vector<std::string>& cases) {
  return cases.empty() || std::ranges::any_of(cases, [&](const std::string& begin) { return std::string_view(law.name).starts_with(begin); });
}

// Runs cases, some at once, and puts the verdicts where they belong.
class Queue {
 public:
  Queue(const Subject& subject, const host::Catalogue& catalogue, const host::Registry& registry, const KitOptions& options)
      : subject_(subject), catalogue_(catalogue), registry_(registry), options_(options) {}

  std::vector<Verdict> run(const std::vector<const Law*>& laws) {
    std::vector<Verdict> verdicts(laws.size());
    std::vector<Running> running;
    for (std::size_t next = 0; next < laws.size() || !running.empty();) {
      while (next < laws.size() && running.size() < options_.jobs) running.push_back(start(*laws[next], next, options_.seed)), ++next;
      bool waited = true;
      for (std::size_t i = 0; i < running.size(); ++i) {
        if (!running[i].process.ended()) continue;
        waited = false;
        Verdict verdict = judged(running[i]);
        const auto [law, place, seed] = std::tuple(running[i].law, running[i].place, running[i].seed);
        std::vector<Running> others;
        for (std::size_t j = 0; j < running.size(); ++j)
          if (j != i) others.push_back(std::move(running[j]));
        running.swap(others);
        if (verdict.kind == Verdict::Kind::kept && seed + 1 < options_.seed + options_.seeds) {
          running.push_back(start(*law, place, seed + 1));
        } else {
          verdicts[place] = std::move(verdict);
        }
        break;
      }
      if (waited) std::this_thread::sleep_for(std::chrono::microseconds(500));
    }
    return verdicts;
  }

 private:
  struct Running {
    const Law* law;
    std::size_t place;
    std::uint64_t seed;
    Isolated process;
  };

  Running start(const Law& law, std::size_t place, std::uint64_t seed) {
    const auto call = [&] {
      const Verdict verdict = check_here(law, subject_, catalogue_, registry_, seed);
      return std::to_string(static_cast<int>(verdict.kind)) + verdict.message;
    };
    return {&law, place, seed, Isolated(call, options_.seconds, options_.memory)};
  }

  Verdict judged(const Running& running) const {
    Verdict verdict;
    verdict.plugin = subject_.library.stem().string();
    verdict.law = running.law;
    verdict.seed = running.seed;
    verdict.repeat = repeat_command(subject_, *running.law, running.seed);
    verdict.seconds = running.process.seconds();
    verdict.output = running.process.output();
    if (running.process.returned()) {
      verdict.kind = static_cast<Verdict::Kind>(running.process.result().at(0) - '0');
      verdict.message = running.process.result().substr(1);
    } else {
      verdict.kind = Verdict::Kind::broken;
      verdict.message = "the check " + running.process.why();
    }
    return verdict;
  }

  const Subject& subject_;
  const host::Catalogue& catalogue_;
  const host::Registry& registry_;
  const KitOptions& options_;
};

// The role, from the library itself: its manifest may be missing, and we never load it.
std::string role_of(const Subject& subject, const KitOptions& options) {
  Isolated probe([&] { return std::string(host::Library::load(subject.library)->descriptor().role); }, options.seconds, options.memory);
  while (!probe.ended()) std::this_thread::sleep_for(std::chrono::microseconds(500));
  return probe.returned() ? probe.result() : "";
}

}  // namespace

Verdict check_here(const Law& law, const Subject& subject, const host::Catalogue& catalogue, const host::Registry& registry, std::uint64_t seed) {
  Verdict verdict;
  verdict.plugin = subject.library.stem().string();
  verdict.law = &law;
  verdict.seed = seed;
  verdict.repeat = repeat_command(subject, law, seed);
  try {
    Bench bench(subject, catalogue, registry, seed);
    law.check(bench);
  } catch (const Inapplicable& e) {
    verdict.kind = Verdict::Kind::inapplicable;
    verdict.message = e.what();
  } catch (const std::bad_alloc&) {
    verdict.kind = Verdict::Kind::broken;
    verdict.message = "there is not as much memory as it asks for";
  } catch (const std::exception& e) {
    verdict.kind = Verdict::Kind::broken;
    verdict.message = e.what();
  } catch (...) {
    verdict.kind = Verdict::Kind::broken;
    verdict.message = "something was thrown that is no std::exception";
  }
  return verdict;
}

std::vector<Verdict> check(const Subject& subject, const host::Catalogue& catalogue, const host::Registry& registry, const KitOptions& options) {
  Queue queue(subject, catalogue, registry, options);
  std::vector<const Law*> library, rest, untold;
  for (const auto& law : general_laws()) {
    const bool of_library = std::string_view(law.name).starts_with("library.");
    if (wanted(law, options.cases)) (of_library ? library : rest).push_back(&law);
    else if (first_of_all.contains(law.name) || law.name == law_of_examples) untold.push_back(&law);
  }
  const auto broken = [](const Verdict& verdict) { return verdict.kind == Verdict::Kind::broken; };
  std::vector<Verdict> verdicts = queue.run(library);
  if (std::ranges::any_of(verdicts, [&](const Verdict& verdict) { return broken(verdict) && first_of_all.contains(verdict.law->name); })) return verdicts;
  for (const auto& law : laws_of(role_of(subject, options)))
    if (wanted(law, options.cases)) rest.push_back(&law);
  for (auto& verdict : queue.run(rest)) verdicts.push_back(std::move(verdict));
  // Where nothing was there to look at, the reason must not go untold.
  if (std::ranges::all_of(verdicts, [](const Verdict& verdict) { return verdict.kind == Verdict::Kind::inapplicable; }))
    for (auto& verdict : queue.run(untold))
      if (broken(verdict)) verdicts.push_back(std::move(verdict));
  return verdicts;
}

}  // namespace tandem::conformance
