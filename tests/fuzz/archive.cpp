// Feeds damaged containers to the decompressor for the seconds given (3 by default): each ends in an error that names the
// container, or in the content. fuzz-archive [SECONDS [SEED]]
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "unit/archive/methods.hpp"

int main(int count, char** arguments) {
  using namespace tandem::archive::test;
  const double seconds = count > 1 ? std::atof(arguments[1]) : 3;
  std::mt19937_64 random(count > 2 ? std::strtoull(arguments[2], nullptr, 10) : 1);
  const Methods methods;
  const auto method = methods.method("small", R"({"markov": {"order": 1, "adapt": "stream"}})");
  std::uint64_t runs = 0, refused = 0, whole = 0;
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (std::chrono::steady_clock::now() < end) {
    const std::string content = mixed_content(random() % 4000, random());
    const std::string container = packed(content, method);
    for (int i = 0; i < 50; ++i, ++runs) {
      std::string damaged = container;
      switch (random() % 4) {
        case 0: damaged.resize(random() % damaged.size()); break;
        case 1: damaged.erase(random() % damaged.size(), 1 + random() % 64); break;
        case 2: damaged.insert(random() % damaged.size(), damaged.substr(random() % damaged.size(), 1 + random() % 64)); break;
        default:
          for (std::uint64_t changes = 1 + random() % 8; changes > 0; --changes) damaged[random() % damaged.size()] = static_cast<char>(random());
      }
      const Unpacked back = unpacked(damaged, method), rest = unpacked(damaged, method, true);
      const bool wrong = back.error.empty() ? back.content != content : !content.starts_with(back.content) || !back.error.starts_with("x.tdm");
      if (wrong) {
        std::printf("run %llu: %zu bytes of %zu came out, %s\n", static_cast<unsigned long long>(runs), back.content.size(), content.size(), back.error.c_str());
        return 1;
      }
      if (!is_made_of_blocks(rest.content, content)) return std::printf("run %llu: what was recovered is not what there was\n", static_cast<unsigned long long>(runs)), 1;
      ++(back.error.empty() ? whole : refused);
    }
  }
  std::printf("%llu containers, %llu refused, %llu whole\n", static_cast<unsigned long long>(runs), static_cast<unsigned long long>(refused),
              static_cast<unsigned long long>(whole));
  return runs > 100 && refused > whole ? 0 : 1;
}
