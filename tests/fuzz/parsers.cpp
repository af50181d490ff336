// Feeds mutated configs, manifests, matrices and libraries to their readers for the seconds given (3 by default): each
// must be read or refused with a sentence; crashes, hangs and other exceptions are faults. fuzz-parsers [SECONDS [SEED]]
#include <tandem/code.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <random>

#include "host/catalogue.hpp"
#include "host/config.hpp"
#include "host/elf.hpp"
#include "host/json_document.hpp"
#include "host/needed.hpp"
#include "host/plan.hpp"
#include "host/registry.hpp"
#include "support/process.hpp"
#include "support/support.hpp"

namespace {

using namespace tandem;
using Random = std::mt19937_64;

// Changes bytes, drops, repeats and swaps pieces, and puts in what parsers stumble over.
std::string mutated(std::string text, Random& random) {
  static const std::vector<std::string> morsels = {"{", "}", "[", "]", ",", ":", "\"", "\\", "\\u0000", "null", "-1", "1e999", "NaN", "0", "99999999999999999999",
                                                   "//", "/*", "*/", "\n", "\x80", "\xff", std::string(1, '\0'), "~", "in", "with", "..", "@", "{\"from\":0,\"to\":1e9,\"step\":1e-9}"};
  const auto at = [&](std::size_t size) { return static_cast<std::size_t>(random() % (size + 1)); };
  for (std::uint64_t change = random() % 6 + 1; change > 0; --change) {
    const std::size_t a = at(text.size()), length = std::min<std::size_t>(random() % 40, text.size() - a);
    switch (random() % 6) {
      case 0: if (a < text.size()) text[a] = static_cast<char>(random()); break;
      case 1: text.erase(a, length); break;
      case 2: text.insert(a, text.substr(at(text.size()), length)); break;
      case 3: text.insert(a, morsels[random() % morsels.size()]); break;
      case 4: if (a < text.size()) text[a] = static_cast<char>(text[a] ^ (1 << random() % 8)); break;
      default: text.resize(a); break;
    }
  }
  return text;
}

struct Subject {
  std::string name;
  std::vector<std::string> seeds;
  std::function<void(const std::string&)> read;
};

}  // namespace

int main(int count, char** arguments) {
  const double seconds = count > 1 ? std::atof(arguments[1]) : 3;
  Random random(count > 2 ? static_cast<std::uint64_t>(std::atoll(arguments[2])) : 1);
  const test::TemporaryFolder folder;
  const auto file = folder.path() / "input";
  const auto write = [&](const std::string& text) { std::ofstream(file, std::ios::binary) << text; };
  const host::Catalogue catalogue({test::build_dir() / "lib/tandem/plugins"});
  const host::Registry registry((test::source_dir() / "registry").string());

  std::vector<Subject> subjects(4);
  subjects[0].name = "config";
  for (const auto& entry : std::filesystem::directory_iterator(test::source_dir() / "configs")) subjects[0].seeds.push_back(test::read_file(entry.path()));
  subjects[0].seeds.push_back(R"({"graph": {"source": {"random-bits": {"length": 8}}, "modem": {"bpsk": {}, "in": "source"}, "channel": {"awgn": {}, "in": "modem"},
    "~modem": {"in": "channel"}}, "snr": {"es_n0_db": 1}, "metrics": ["ber"], "stop": {"frames": 10}})");
  subjects[0].read = [&](const std::string& text) {
    write(text);
    auto config = host::load_config(file, {}, {});
    std::size_t points = 1;
    for (const auto& axis : config.axes) points *= axis.values.size();
    if (points < 500) host::make_plan(std::move(config), catalogue, registry);
  };
  subjects[1].name = "manifest";
  for (const auto& entry : std::filesystem::directory_iterator(test::source_dir() / "registry/plugins")) subjects[1].seeds.push_back(test::read_file(entry.path()));
  subjects[1].read = [](const std::string& text) { host::to_text(host::manifest_from_text(text, "manifest"), true); };
  subjects[2].name = "matrix";
  subjects[2].seeds = {"6 3\n2 3\n1 1 1 2 2 1\n2 3 3\n1 0\n2 0\n3 0\n1 2\n2 3\n3 0\n1 4 0\n2 4 5\n3 5 6\n", "1 1 0 1 0 0\n0 1 1 0 1 0\n1 0 1 0 0 1\n",
                       "4 2 3\n0 1 -1 0\n2 -1 1 0\n"};
  subjects[2].read = [&](const std::string& text) {
    write(text);
    test::make<Code>("parity-check", nlohmann::json{{"matrix", file.string()}}.dump());
  };
  subjects[3].name = "library";  // its headers and what the linker is told, far from each other in the file
  const auto library = test::read_file(test::build_dir() / "lib/tandem/plugins/ideal.so");
  subjects[3].seeds = {library.substr(0, 1024)};
  subjects[3].read = [&](const std::string& text) {
    write(text + library.substr(1024));
    host::build_id(file);
    host::missing_library(file);
  };

  std::uint64_t runs = 0, refused = 0;
  std::string input;
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (std::chrono::steady_clock::now() < end) {
    const auto& subject = subjects[runs++ % subjects.size()];
    input = mutated(subject.seeds[random() % subject.seeds.size()], random);
    try {
      subject.read(input);
    } catch (const Error&) {
      ++refused;
    } catch (const std::exception& e) {
      std::printf("%s: %s escaped on:\n%s\n", subject.name.c_str(), e.what(), input.c_str());
      return 1;
    }
  }
  std::printf("%llu inputs, %llu refused\n", static_cast<unsigned long long>(runs), static_cast<unsigned long long>(refused));
  return runs > 100 && refused > 0 ? 0 : 1;
}
