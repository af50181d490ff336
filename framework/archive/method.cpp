#include "method.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <tandem/decoding.hpp>
#include <tandem/model.hpp>

#include "host/instances.hpp"
#include "host/machine.hpp"
#include "host/sha256.hpp"

namespace tandem::archive {
namespace {

using host::Ordered;

constexpr const char* roles[] = {"tokenizer", "model", "coder"};

[[noreturn]] void refuse(const std::string& place, std::string message, std::string hint = {}, host::Exit exit = host::Exit::usage) {
  throw host::Refusal(host::Problem{{place, 0, 0}, {}, std::move(message), std::move(hint), exit});
}

// On one line, without anything that a terminal would obey.
std::string shown(const Ordered& value) {
  const std::string text = value.dump(-1, ' ', true, Ordered::error_handler_t::replace);
  return text.size() > 300 ? text.substr(0, 300) + "..." : text;
}

// A file by its content alone, a part by its plugin's version: what stays the same elsewhere. Fields that are left out do not
// count, so that a plugin may get further ones.
Ordered essence(const Ordered& value, Ordered& files) {
  if (value.is_object() && value.contains("reference") && value.contains("sha256")) {
    files[value["reference"].get<std::string>()] = value["sha256"];
    return value["sha256"];
  }
  if (!value.is_structured()) return value;
  Ordered out = value.is_array() ? Ordered::array() : Ordered::object();
  for (const auto& [key, part] : value.items()) {
    if (value.is_array())
      out.push_back(essence(part, files));
    else if (!part.is_null())
      out[key] = essence(part, files);
  }
  return out;
}

std::array<std::uint8_t, 16> first_bytes(const std::string& hexadecimal) {
  std::array<std::uint8_t, 16> out{};
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::uint8_t>(std::stoi(hexadecimal.substr(2 * i, 2), nullptr, 16));
  return out;
}

std::filesystem::path methods_folder(const host::Registry& registry) { return registry.folder() / "methods"; }

std::uint64_t number(const host::Located& document, const std::string& key, std::uint64_t otherwise, std::uint64_t least, std::uint64_t most) {
  const Ordered& value = document.value.value(key, Ordered(otherwise));
  if (!value.is_number_unsigned() || value < least || value > most)
    throw host::Refusal(host::Problem{document.place({key}), key, fmt::format("must be a whole number from {} to {}", least, most), {}, host::Exit::usage});
  return value;
}

}  // namespace

Method::Method(const std::string& name, const host::Catalogue& catalogue, const host::Registry& registry) {
  const auto names = method_names(registry);
  shipped_ = std::ranges::count(names, name) > 0;
  std::error_code failed;
  if (!shipped_ && !std::filesystem::exists(name, failed)) {
    const auto hint = host::did_you_mean(name, names);
    refuse("--method " + name, "is no method, and no file that describes one", hint.empty() ? fmt::format("shipped: {}", fmt::join(names, ", ")) : hint);
  }
  const std::filesystem::path path = shipped_ ? std::filesystem::path(registry.resolve("method:" + name, {}).path) : std::filesystem::path(name);
  name_ = path.stem().string();
  const host::Located document(host::read_document(path));
  if (!document.value.is_object()) refuse(path.string(), "describes no method");
  std::vector<host::Problem> problems;
  host::Checker checker(catalogue, registry, document, problems);
  for (const auto& [key, value] : document.value.items())
    if (!std::ranges::count(roles, key) && key != "summary" && key != "block" && key != "together")
      checker.problem({key}, key, "unknown key", "known here: summary, tokenizer, model, coder, block, together");
  for (const char* needed : {"tokenizer", "coder"})
    if (!document.value.contains(needed) || document.value[needed].is_null()) checker.problem({}, needed, fmt::format("there is no \"{}\"", needed));
  if (!problems.empty()) throw host::Refusal(std::move(problems));
  block_ = number(document, "block", std::uint64_t{1} << 20, 1 << 10, largest_block);
  together_ = static_cast<std::size_t>(number(document, "together", 1, 1, 4096));

  host::Instances instances(catalogue, {});
  Ordered shown = {{"name", name_}}, essential = {{"block", block_}}, files = Ordered::object(), builds = Ordered::object();
  std::shared_ptr<Component> bound;
  for (const char* role : roles) {
    if (!document.value.contains(role) || document.value[role].is_null()) continue;
    const auto stage = checker.stage(document.value[role], role, {role}, role);
    if (!problems.empty()) throw host::Refusal(std::move(problems));
    const auto component = instances.get(stage, document, {role});
    try {
      if (bound) component->bind(*bound);
    } catch (const FieldError& e) {
      throw host::Refusal(host::Problem{document.place({role}), std::string(role) + "." + e.field(), e.message(), e.hint(), host::Exit::usage});
    } catch (const Error& e) {
      throw host::Refusal(host::Problem{document.place({role}), role, e.message(), e.hint(), host::Exit::usage});
    }
    bound = component;
    const std::string plugin = stage.plugin->manifest.name + "@" + stage.plugin->manifest.version;
    const Ordered& given = document.value[role];
    shown[role] = {{plugin, given.is_object() ? *given.begin() : Ordered::object()}};
    essential[role] = {{plugin, essence(stage.fields, files)}};
    builds[role] = {{stage.plugin->manifest.build_id, stage.canonical}};
    // What has to be exact is what happens to a container.
    const auto* decodes = dynamic_cast<const ExactDecoding*>(component.get());
    exactness_ = std::min(exactness_, decodes ? decodes->decoding() : component->exactness());
    if (!tokenizer_)
      tokenizer_ = std::dynamic_pointer_cast<Tokenizer>(component);
    else if (const auto model = std::dynamic_pointer_cast<Model>(component))
      model_ = model;
    else
      coder_ = std::dynamic_pointer_cast<Coder>(component);
  }
  if (exactness_ == Exactness::none) refuse(path.string(), "cannot give the same bytes twice", "its model or coder promises nothing");
  if (!files.empty()) shown["files"] = files;
  shown["exactness"] = tandem::name(exactness_);
  if (exactness_ != Exactness::portable) essential["builds"] = shown["builds"] = {{"plugins", builds}, {"tandem", host::library_build_id()}, {"processor", host::cpu_family()}};
  description_.text = shown.dump();
  if (description_.text.size() > largest_body / 2) refuse(path.string(), "is too long a description to be kept", "put tables into files");
  description_.fingerprint = first_bytes(host::sha256(essential.dump()));
}

std::vector<Coding> Method::encode(std::span<const Bytes> blocks, bool verify) const {
  std::vector<Coding> out;
  try {
    tandem::Bytes items;
    for (const Bytes& block : blocks) items.append(block);
    const Coded coded = coder_->encode(tokenizer_->encode(items));
    if (coded.bits.rows() != blocks.size()) throw Error("the coder gave another number of rows");
    for (std::size_t row = 0; row < coded.bits.rows(); ++row) {
      const auto bits = coded.bits[row];
      Bytes& bytes = out.emplace_back().bytes;
      bytes.resize((bits.size() + 7) / 8);
      for (std::size_t i = 0; i < bits.size(); ++i) bytes[i / 8] = static_cast<std::uint8_t>(bytes[i / 8] | (bits[i] & 1) << (7 - i % 8));
    }
  } catch (const Error& e) {
    // A tokenizer may not have a word for everything. One block must not keep the others from being coded.
    out.clear();
    if (blocks.size() == 1) return {{{}, e.what()}};
    for (const Bytes& block : blocks) out.push_back(std::move(encode({&block, 1}, false)[0]));
  }
  if (!verify) return out;
  std::vector<Bytes> coded;
  for (const Coding& coding : out) coded.push_back(coding.bytes);
  const auto back = decode(coded);
  for (std::size_t i = 0; i < out.size(); ++i)
    if (out[i].fault.empty() && (!back[i].fault.empty() || back[i].bytes != blocks[i])) out[i].fault = "does not come back when it is decoded";
  return out;
}

std::vector<Coding> Method::decode(std::span<const Bytes> coded) const {
  std::vector<Coding> out;
  try {
    Bits bits;
    for (const Bytes& bytes : coded) {
      const auto row = bits.append(8 * bytes.size());
      for (std::size_t i = 0; i < row.size(); ++i) row[i] = bytes[i / 8] >> (7 - i % 8) & 1;
    }
    const tandem::Bytes items = tokenizer_->decode(coder_->decode(bits).tokens);
    if (items.rows() != coded.size()) throw Error("the coder gave another number of rows");
    for (std::size_t row = 0; row < items.rows(); ++row) out.push_back({Bytes(items[row].begin(), items[row].end()), {}});
  } catch (const Error& e) {
    out.clear();
    if (coded.size() == 1) return {{{}, e.what()}};
    for (const Bytes& bytes : coded) out.push_back(std::move(decode({&bytes, 1})[0]));
  }
  return out;
}

host::Ordered json_of(const Description& description) {
  try {
    return host::parse_document(description.text, "").value;
  } catch (const Error&) {
    return {};
  }
}

std::vector<std::string> method_names(const host::Registry& registry) {
  std::vector<std::string> out;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(methods_folder(registry), failed))
    if (entry.path().extension() == ".json") out.push_back(entry.path().stem().string());
  std::ranges::sort(out);
  return out;
}

Method method_for(const Description& description, const std::string& given, const std::string& place, const host::Catalogue& catalogue,
                  const host::Registry& registry) {
  const Ordered said = json_of(description);
  const std::string name = said.is_object() && said.contains("name") && said["name"].is_string() ? said["name"].get<std::string>() : "";
  if (given.empty() && !std::ranges::count(method_names(registry), name))
    refuse(place, fmt::format("was made by the method {}, which is not shipped", shown(name)),
           "tandem inspect shows it; if you trust it, write it to a file and give it by --method", host::Exit::missing_reference);
  Method method(given.empty() ? name : given, catalogue, registry);
  if (method.description().fingerprint == description.fingerprint) return method;
  const Ordered own = Ordered::parse(method.description().text);
  std::string differences;
  if (said.is_object())
    for (const auto& [key, value] : own.items())
      if (key != "name" && (!said.contains(key) || said[key] != value))
        differences += fmt::format("{}{} is {} there and {} here", differences.empty() ? "" : "; ", key,
                                   said.contains(key) ? shown(said[key]) : "not known", shown(value));
  refuse(place, fmt::format("was made by another \"{}\" than the one here", method.name()),
         differences.empty() ? "plugins of the same version differ in what their fields default to" : differences, host::Exit::missing_reference);
}

}  // namespace tandem::archive
