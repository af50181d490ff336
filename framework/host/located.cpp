#include "located.hpp"

#include <algorithm>
#include <tandem/error.hpp>

namespace tandem::host {

std::string joined(const std::vector<std::string>& path) {
  std::string text;
  for (const auto& part : path) text += (text.empty() ? "" : std::string(1, path_separator)) + part;
  return text;
}

namespace {

Ordered* step(Ordered& value, const std::string& key) {
  if (value.is_object()) {
    const auto found = value.find(key);
    return found == value.end() ? nullptr : &*found;
  }
  if (value.is_array() && !key.empty() && key.size() < 7 && std::ranges::all_of(key, [](char c) { return c >= '0' && c <= '9'; })) {
    const auto index = std::stoul(key);
    return index < value.size() ? &value[index] : nullptr;
  }
  return nullptr;
}

// What stands below `root`, without the root itself: one range of the sorted places.
template <class Places>
auto below(Places& places, const std::string& root) {
  if (root.empty()) return std::pair(places.upper_bound(""), places.end());
  return std::pair(places.lower_bound(root + path_separator), places.lower_bound(root + static_cast<char>(path_separator + 1)));
}

}  // namespace

Located Located::part(const std::vector<std::string>& path) const {
  Located out;
  Ordered* at = const_cast<Ordered*>(&value);
  for (const auto& key : path)
    if (!(at = step(*at, key))) throw Error("there is no such part");
  out.value = *at;
  const std::string root = joined(path);
  if (const auto own = places.find(root); own != places.end()) out.places[""] = own->second;
  const auto [first, last] = below(places, root);
  for (auto entry = first; entry != last; ++entry)
    out.places.emplace_hint(out.places.end(), entry->first.substr(root.size() + !root.empty()), entry->second);
  return out;
}

void Located::put(const std::vector<std::string>& path, const Located& part) {
  Ordered* at = &value;
  for (std::size_t i = 0; i + 1 < path.size(); ++i)
    if (!(at = step(*at, path[i]))) throw Error("there is no such part");
  if (path.empty())
    value = part.value;
  else if (Ordered* old = step(*at, path.back()))
    *old = part.value;
  else if (at->is_object())
    (*at)[path.back()] = part.value;
  else
    throw Error("there is no such part");
  const std::string root = joined(path);
  const auto [first, last] = below(places, root);
  places.erase(first, last);
  places.erase(root);
  for (const auto& [where, place] : part.places)
    places[where.empty() ? root : root.empty() ? where : root + path_separator + where] = place;
}

Place Located::place(const std::vector<std::string>& path) const {
  for (std::size_t length = path.size() + 1; length-- > 0;) {
    const auto found = places.find(joined({path.begin(), path.begin() + static_cast<std::ptrdiff_t>(length)}));
    if (found != places.end()) return found->second;
  }
  return {};
}

namespace {

std::vector<std::string> split(const std::string& address) {
  std::vector<std::string> parts;
  std::size_t at = 0;
  while (true) {
    const std::size_t dot = address.find('.', at);
    parts.push_back(address.substr(at, dot - at));
    if (dot == std::string::npos) return parts;
    at = dot + 1;
  }
}

std::string first_parts(const std::vector<std::string>& parts, std::size_t count) {
  std::string text = parts[0];
  for (std::size_t i = 1; i < count; ++i) text += "." + parts[i];
  return text;
}

// How many leading parts of the address name a stage; 0 when the address is plain JSON.
std::size_t stage_depth(const std::vector<std::string>& parts) {
  if (parts[0] == "source") return 1;
  if ((parts[0] == "link" || parts[0] == "graph") && parts.size() > 1) return 2;
  return 0;
}

// The key in a stage's object that names its plugin.
const std::string* plugin_key(const Ordered& stage) {
  const std::string* found = nullptr;
  for (const auto& [key, value] : stage.items())
    if (key != "in" && key != "with") found = &stage.find(key).key();
  return found;
}

}  // namespace

std::vector<std::string> find_path(Located& document, const std::string& address) {
  const auto parts = split(address);
  const std::size_t depth = stage_depth(parts);
  std::vector<std::string> path;
  Ordered* at = &document.value;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (depth > 0 && i == depth && parts[i] != "in" && parts[i] != "with") {
      if (at->is_string()) *at = Ordered::object({{at->get<std::string>(), Ordered::object()}});
      const std::string* plugin = at->is_object() ? plugin_key(*at) : nullptr;
      if (!plugin) throw Error("nothing stands at \"" + first_parts(parts, i) + "\"");
      path.push_back(*plugin);
      at = step(*at, path.back());
      if (at->is_null()) *at = Ordered::object();
    }
    const bool last = i + 1 == parts.size();
    path.push_back(parts[i]);
    if (last) {
      if (!at->is_object() && !step(*at, parts[i])) throw Error("nothing can stand at \"" + address + "\"");
      return path;
    }
    at = step(*at, parts[i]);
    if (!at) throw Error("nothing stands at \"" + first_parts(parts, i + 1) + "\"");
  }
  return path;
}

Setting::Setting(const std::string& text) {
  constexpr std::size_t shown = 80;
  place.file = "--set " + (text.size() > shown ? text.substr(0, shown) + "..." : text);
  const std::size_t equals = text.find('=');
  if (equals == 0 || equals == std::string::npos)
    throw Refusal(Problem{place, {}, "is not of the form address=value", {}, Exit::usage});
  try {
    Ordered(text).dump();
  } catch (const nlohmann::json::exception&) {
    throw Refusal(Problem{place, {}, "is not UTF-8", {}, Exit::usage});
  }
  address = text.substr(0, equals);
  const std::string given = text.substr(equals + 1);
  if (Ordered::accept(given))
    value.value = parse_document(given, place.file).value;
  else
    value.value = given;
  value.places[""] = place;
}

bool is_written(const Located& document, const std::string& address) {
  Located copy;
  copy.value = document.value;
  try {
    const auto path = find_path(copy, address);
    Ordered* at = &copy.value;
    for (const auto& key : path)
      if (!(at = step(*at, key))) return false;
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace tandem::host
