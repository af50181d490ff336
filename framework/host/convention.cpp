#include "convention.hpp"

#include <algorithm>

namespace tandem::host {
namespace {

// Each was read off the code that made the paper's figures; docs/method.md has the table.
constexpr Convention conventions[] = {
    {"bpsk-es-n0", Convention::Label::per_dimension},
    {"information-eb-n0", Convention::Label::information_bit},
    {"deepsc", Convention::Label::per_dimension},
    {"ut", Convention::Label::per_dimension},
    {"deepjscc-pytorch", Convention::Label::per_dimension},
    {"sparse-sbc", Convention::Label::per_pair},
};

}  // namespace

const Convention* find_convention(const std::string& name) {
  const auto* found = std::ranges::find_if(conventions, [&](const Convention& c) { return c.name == name; });
  return found == std::end(conventions) ? nullptr : found;
}

std::vector<std::string> convention_names() {
  std::vector<std::string> out;
  for (const auto& convention : conventions) out.emplace_back(convention.name);
  return out;
}

std::optional<double> es_n0_over_label(const Convention& convention, int dimensions_per_use, double bits_per_use) {
  switch (convention.label) {
    case Convention::Label::per_dimension:
      return dimensions_per_use;
    case Convention::Label::per_pair:
      return dimensions_per_use / 2.0;
    case Convention::Label::information_bit:
      break;
  }
  return bits_per_use > 0 ? std::optional(bits_per_use) : std::nullopt;
}

}  // namespace tandem::host
