#include "speed.hpp"

#include <algorithm>

#include "json_document.hpp"

namespace tandem::host {

std::string speed_text(const std::string& known, const std::vector<ArmSpeed>& run) {
  auto out = Ordered::object();
  for (const auto& speeds : {parse_speeds(known), run})
    for (const auto& speed : speeds)
      if (speed.frames > 0) out[speed.arm] = {{"frames", speed.frames}, {"seconds", speed.seconds}};
  return out.dump();
}

std::vector<ArmSpeed> parse_speeds(const std::string& text) {
  const auto all = Ordered::parse(text, nullptr, false);
  if (!all.is_object()) return {};
  std::vector<ArmSpeed> out;
  for (const auto& [arm, speed] : all.items()) {
    if (!speed.is_object() || !speed.contains("frames") || !speed.contains("seconds") || !speed["frames"].is_number_unsigned() ||
        !speed["seconds"].is_number())
      return {};
    out.push_back({arm, speed["frames"], speed["seconds"]});
  }
  return out;
}

}  // namespace tandem::host
