// Feeds mutated bits to every coder for the seconds given (2 by default): decoding must return, give a row a row, and
// only ids of the vocabulary; what follows an undamaged row must not matter. fuzz-coders [SECONDS [SEED]]
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "support/support.hpp"
#include "unit/coders/models.hpp"

namespace {
using namespace tandem;
using namespace tandem::test;

constexpr std::uint32_t size = 41;
constexpr Token end_token = 40;

struct Subject {
  std::string name;
  std::shared_ptr<Coder> coder;
};

std::vector<Subject> subjects(Component& model, Component& logits) {
  std::vector<Subject> out;
  const auto add = [&out](const char* name, const char* fields, Component& other) {
    auto coder = make<Coder>(name, fields);
    coder->bind(other);
    out.push_back({std::string(name) + " " + fields, std::move(coder)});
  };
  add("arithmetic", R"({"max_tokens": 3000})", model);
  add("arithmetic", R"({"max_tokens": 3000, "streams": 5})", logits);
  add("arithmetic", R"({"max_tokens": 3000, "end": "bytes"})", model);
  add("arithmetic", R"({"max_tokens": 3000, "chunk": 7})", model);
  add("arithmetic-31", R"({"max_tokens": 3000})", model);
  add("arithmetic-31", R"({"max_tokens": 3000, "stop_on_repeat": 3})", logits);
  add("huffman", R"({"table": "model"})", model);
  add("huffman", R"({"table": "adaptive"})", model);
  add("fixed", "{}", model);
  add("shannon", R"({"max_tokens": 3000})", model);
  for (const char* packed : {"zlib", "bzip2", "brotli", "huffman", "arithmetic"})
    for (const char* chunk : {"0", "7"})
      add("ranks", (std::string(R"({"max_tokens": 3000, "packed": ")") + packed + R"(", "chunk": )" + chunk + "}").c_str(), model);
  return out;
}

// Flips, cuts, repeats, fills and noise; sometimes nothing of the row is left.
std::vector<std::uint8_t> mutate(std::span<const std::uint8_t> bits, Random& random) {
  std::vector<std::uint8_t> out(bits.begin(), bits.end());
  for (auto changes = random.below(4); changes-- > 0;) {
    switch (random.below(6)) {
      case 0:
        for (auto flips = 1 + random.below(5); flips-- > 0 && !out.empty();) out[random.below(out.size())] ^= 1;
        break;
      case 1:
        out.resize(random.below(out.size() + 1));
        break;
      case 2:
        out.insert(out.end(), random.below(200), static_cast<std::uint8_t>(random.below(2)));
        break;
      case 3:
        if (!out.empty()) out.erase(out.begin() + static_cast<std::ptrdiff_t>(random.below(out.size())));
        break;
      case 4:
        std::ranges::fill(std::span(out).subspan(random.below(out.size() + 1)),
                          static_cast<std::uint8_t>(random.below(2)));
        break;
      default:
        for (auto& bit : out) bit = static_cast<std::uint8_t>(random.below(256));
    }
  }
  return out;
}

bool check(const Subject& subject, Random& random) {
  const auto rows = random_rows(1 + random.below(9), 40, size, end_token, random.next());
  const auto bits = subject.coder->encode(rows).bits;
  Bits mutated;
  for (std::size_t row = 0; row < bits.rows(); ++row) mutated.append(mutate(bits[row], random));
  const auto back = subject.coder->decode(mutated);
  bool good = back.tokens.rows() == rows.rows() && back.clean.size() == rows.rows();
  for (const Token token : back.tokens.values()) good = good && token < size && token != end_token;
  const bool needs_zeros = subject.name.find("bytes") != std::string::npos;
  const bool may_refuse = subject.name.find("stop_on_repeat") != std::string::npos;
  for (std::size_t row = 0; good && row < rows.rows(); ++row) {
    const std::span<const std::uint8_t> own = bits[row], sent = mutated[row];
    const bool intact = sent.size() >= own.size() && std::ranges::equal(own, sent.first(own.size()));
    if (intact && !may_refuse && (!needs_zeros || sent.size() == own.size()))
      good = back.clean[row] && std::ranges::equal(back.tokens[row], rows[row]);
  }
  return good;
}
}  // namespace

int main(int argc, char** argv) {
  const double seconds = argc > 1 ? std::atof(argv[1]) : 2;
  const std::uint64_t seed = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1;
  Random random(seed);
  ProbabilityModel model(size, end_token, contextual(size));
  LogitModel logits(size, end_token, contextual(size));
  const auto all = subjects(model, logits);
  const auto start = std::chrono::steady_clock::now();
  std::uint64_t trials = 0;
  while (std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() < seconds) {
    for (const auto& subject : all) {
      ++trials;
      if (check(subject, random)) continue;
      std::printf("%s: trial %llu of seed %llu decodes wrongly\n", subject.name.c_str(),
                  static_cast<unsigned long long>(trials), static_cast<unsigned long long>(seed));
      return 1;
    }
  }
  std::printf("%llu batches\n", static_cast<unsigned long long>(trials));
  return 0;
}
