// Feeds damaged safetensors files to their reader for the seconds given (3 by default): each must be refused with a
// sentence that names the file, or be sound. fuzz-safetensors [SECONDS [SEED]]
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "support/process.hpp"
#include "unit/sdk/safetensors_files.hpp"

int main(int count, char** arguments) {
  using namespace tandem;
  const double seconds = count > 1 ? std::atof(arguments[1]) : 3;
  std::mt19937_64 random(count > 2 ? std::strtoull(arguments[2], nullptr, 10) : 1);
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "input.safetensors";
  auto files = test::intact_files();
  const std::size_t intact = files.size();
  std::uint64_t runs = 0, refused = 0;
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (std::chrono::steady_clock::now() < end) {
    ++runs;
    const std::string input = test::damaged(files[random() % files.size()], random);
    test::write_bytes(path, input);
    try {
      test::read_all(path, input);
      // What was accepted is damaged further, in place of an earlier one.
      if (files.size() < 64)
        files.push_back(input);
      else
        files[intact + random() % (files.size() - intact)] = input;
    } catch (const Error& e) {
      ++refused;
      if (std::string(e.what()).starts_with(path.string())) continue;
      std::printf("run %llu: the message does not name the file: %s\n", static_cast<unsigned long long>(runs),
                  e.what());
      return 1;
    } catch (const std::exception& e) {
      std::printf("run %llu: %s:\n%s\n", static_cast<unsigned long long>(runs), e.what(), input.c_str());
      return 1;
    }
  }
  std::printf("%llu inputs, %llu refused\n", static_cast<unsigned long long>(runs),
              static_cast<unsigned long long>(refused));
  return runs > 100 && refused > 0 && refused < runs ? 0 : 1;
}
