// Of the file alone, its manifest, and what it says of itself.
#include <algorithm>
#include <cctype>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "bench.hpp"
#include "host/elf.hpp"
#include "host/library.hpp"

namespace tandem::conformance {
namespace {

bool is_name(const std::string& text) {
  return !text.empty() && std::islower(static_cast<unsigned char>(text[0])) &&
         std::ranges::all_of(text, [](unsigned char c) { return std::islower(c) || std::isdigit(c) || c == '-'; });
}

// MAJOR.MINOR.PATCH, each a number, and whatever a hyphen begins behind them.
bool is_version(const std::string& text) {
  const std::string numbers = text.substr(0, text.find('-'));
  int dots = 0;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const bool dot = numbers[i] == '.';
    if (!dot && !std::isdigit(static_cast<unsigned char>(numbers[i]))) return false;
    if (dot && (i == 0 || numbers[i - 1] == '.')) return false;
    dots += dot;
  }
  return dots == 2 && numbers.back() != '.';
}

bool is_sentence(const std::string& text) { return text.size() > 3 && text.find('\n') == std::string::npos && text.back() != '.'; }

void elf(Bench& bench) { host::build_id(bench.subject().library); }

void loads(Bench& bench) { bench.library(); }

void exports(Bench& bench) {
  const auto symbols = host::exported_symbols(bench.subject().library);
  for (const auto& symbol : symbols)
    require(symbol == "tandem_plugin", "the library exports {} besides tandem_plugin: symbols of two plugins could meet; link it with plugin.map, as tandem_add_plugin does", symbol);
}

void named(Bench& bench) {
  const auto& m = bench.manifest();
  require(is_name(m.name), "\"{}\" is no name: lower-case letters, digits and hyphens, a letter first", m.name);
  require(is_version(m.version), "\"{}\" is no version: three numbers with dots", m.version);
  require(is_sentence(m.summary), "the summary \"{}\" is not one line without a full stop", m.summary);
  require(std::ranges::count(host::role_names(), m.role) == 1, "\"{}\" is no role", m.role);
  require(bench.subject().library.stem() == m.name, "the library of \"{}\" is called {}: it would not be found by its name", m.name, bench.subject().library.filename().string());
}

void role(Bench& bench) {
  const auto component = bench.library().create();
  require(host::has_class_of_role(*component, bench.manifest().role), "the component is no {}", bench.manifest().role);
}

void manifest(Bench& bench) {
  const auto path = host::manifest_path(bench.subject().library);
  std::ifstream in(path, std::ios::binary);
  require(static_cast<bool>(in), "{} is not there: tandem-manifest {} writes it", path.string(), bench.subject().library.filename().string());
  const std::string written{std::istreambuf_iterator<char>(in), {}};
  require(to_text(host::manifest_from_text(written, path.string()), true) == to_text(bench.manifest(), true),
          "{} does not say what the library itself says: tandem-manifest {} writes it again", path.string(), bench.subject().library.filename().string());
}

void fields_documented(Bench& bench) {
  for (const auto& field : bench.manifest().fields) {
    std::string plain = field.name;
    std::ranges::replace(plain, '_', '-');
    require(is_name(plain), "\"{}\" is no name of a field: lower-case letters, digits and underscores", field.name);
    require(field.doc.size() > 3, "the field \"{}\" has no doc", field.name);
    require(field.low <= field.high, "the range of \"{}\" is empty", field.name);
    const auto value = nlohmann::json::parse(field.default_value);
    require(!field.required || value.is_null(), "the field \"{}\" is required and has a default", field.name);
    if (value.is_number())
      require(value.get<double>() >= field.low && value.get<double>() <= field.high, "the default {} of \"{}\" is out of its range", field.default_value, field.name);
    if (field.kind == FieldSpec::Kind::choice)
      require(std::ranges::count(field.choices, value.get<std::string>()) == 1, "the default {} of \"{}\" is none of its choices", field.default_value, field.name);
  }
}

void fields_refused(Bench& bench) {
  const auto good = nlohmann::json::parse(bench.manifest().example);
  const auto refused = [&](const std::string& field, const nlohmann::json& value, const char* why) {
    auto fields = good;  // what is required must not be what is missed
    fields[field] = value;
    try {
      host::assign(*bench.library().create(), fields.dump(), {});
    } catch (const FieldError& e) {
      if (e.field() == field) return;
      throw Violation(fmt::format("{} is refused because of \"{}\", not of \"{}\"", fields.dump(), e.field(), field));
    }
    throw Violation(fmt::format("{} is taken, although {}", fields.dump(), why));
  };
  refused("no_such_field", 1, "there is no such field");
  for (const auto& field : bench.manifest().fields) {
    using enum FieldSpec::Kind;
    if (field.kind != json && field.kind != file && field.kind != component) refused(field.name, nlohmann::json::object(), "that is of the wrong kind");
    if (field.kind != number && field.kind != integer) continue;
    const auto beyond = [&](double value) { return field.kind == integer ? nlohmann::json(static_cast<std::int64_t>(value)) : nlohmann::json(value); };
    if (field.high < 1e15) refused(field.name, beyond(field.high + 1), "that is above its range");
    if (field.low > -1e15) refused(field.name, beyond(field.low - 1), "that is below its range");
  }
}

void example(Bench& bench) {
  bench.make_example();
  if (bench.manifest().role == "trainer") return;
  const host::Link link = bench.link();
  const auto sent = link.transmitter->send(0, 16);
  link.receiver->receive(*sent, 0, host::noise_density(6));
}

}  // namespace

const std::vector<Law> library_laws = {
    {"library.elf", "the library is a whole 64-bit ELF file with a build-id", elf},
    {"library.loads", "the library is loaded, and its descriptor fits this Tandem", loads},
    {"library.exports", "the library shows the world its descriptor and nothing else", exports},
    {"library.named", "name, version, summary and role are well-formed, and the file is called by the name", named},
    {"library.role", "the factory makes a component of the role", role},
    {"library.manifest", "the manifest beside the library says what the library says", manifest},
    {"fields.documented", "every field has a name, a doc, and a default that is legal", fields_documented},
    {"fields.refused", "unknown fields and values of the wrong kind or out of range are refused by name", fields_refused},
    {"fields.example", "the example runs", example},
};

}  // namespace tandem::conformance
