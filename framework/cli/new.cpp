#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "command.hpp"
#include "host/shell.hpp"
#include "host/problem.hpp"

namespace tandem::cli {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const std::string& message, const std::string& hint) {
  throw host::Refusal(host::Problem{{}, {}, message, hint, host::Exit::usage});
}

// What stands between two @ in the templates.
struct Words {
  std::string role, name, file, type;

  Words(const std::string& given_role, const std::string& given_name) : role(given_role), name(given_name), file(given_name) {
    std::ranges::replace(file, '-', '_');
    bool capital = true;
    for (const char c : name) {
      if (c != '-') type += capital ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
      capital = c == '-';
    }
    // A class of the SDK's own name would hide it: the class says its role.
    std::string ending = role;
    ending[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(ending[0])));
    if (!type.ends_with(ending)) type += ending;
    if (type == "DigitalModem" || type == "AnalogModem") type = "My" + type;
  }

  std::string fill(std::string text) const {
    const std::pair<const char*, std::string> words[] = {
        {"@role@", role}, {"@name@", name}, {"@file@", file}, {"@Class@", type}, {"@run@", role == "trainer" ? "train" : "run"}, {"@at@", "@"}};
    for (const auto& [word, value] : words)
      for (std::size_t at = 0; (at = text.find(word, at)) != std::string::npos; at += value.size()) text.replace(at, std::string_view(word).size(), value);
    return text;
  }
};

void write(const fs::path& from, const fs::path& to, const Words& words) {
  std::ifstream in(from, std::ios::binary);
  if (!in) throw Error("is not there", from.string(), "install Tandem again");
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  fs::create_directories(to.parent_path());
  std::ofstream out(to, std::ios::binary);
  if (!(out << words.fill(text)) || !out.flush()) throw Error("cannot be written", to.string());
}

bool is_name(const std::string& text) {
  constexpr std::size_t longest = 64;
  const auto lower = [](char c) { return c >= 'a' && c <= 'z'; };
  return !text.empty() && text.size() <= longest && lower(text[0]) && text.back() != '-' && text.find("--") == std::string::npos &&
         std::ranges::all_of(text, [&](char c) { return lower(c) || (c >= '0' && c <= '9') || c == '-'; });
}

void make(Context& context, const std::string& role, const std::string& name) {
  if (!std::ranges::count(host::role_names(), role)) {
    const auto hint = host::did_you_mean(role, host::role_names());
    refuse("there is no role \"" + role + "\"", hint.empty() ? fmt::format("roles: {}", fmt::join(host::role_names(), ", ")) : hint);
  }
  if (!is_name(name)) refuse("\"" + name + "\" is no name of a plugin", "at most 64 lower-case letters, digits and single hyphens, a letter first");
  // What a config says in the same places.
  if (std::ranges::count(host::role_names(), name) || name == "without") refuse("\"" + name + "\" means something else in a config", "choose another name");
  for (const auto& listed : context.catalogue().all())
    if (listed.manifest.name == name) refuse(fmt::format("there is a {} \"{}\" already, at {}", listed.manifest.role, name, listed.path.string()), "choose another name");
  const fs::path folder = name;
  if (fs::exists(folder)) refuse("\"" + name + "\" exists already", "nothing is overwritten");
  const fs::path prefix = host::executable().parent_path().parent_path(), templates = prefix / "share/tandem/scaffold";
  const Words words(role, name);
  const std::pair<std::string, std::string> files[] = {
      {"CMakeLists.txt", "CMakeLists.txt"},          {role + ".cpp", words.file + ".cpp"}, {role + "_test.cpp", words.file + "_test.cpp"},
      {"expect.hpp", "expect.hpp"},                  {role + ".json", "example.json"},     {"README.md", "README.md"},
      {"check.yml", ".github/workflows/check.yml"},  {"gitignore", ".gitignore"}};
  for (const auto& [from, to] : files) write(templates / from, folder / to, words);
  fmt::print("{0}: a {1} to begin with\n  cd {0}\n  cmake -S . -B build -D CMAKE_PREFIX_PATH={2}\n  cmake --build build\n  ctest --test-dir build\n  tandem --plugins build/plugins {3} example.json\n",
             name, role, host::shell_word(prefix.string()), role == "trainer" ? "train" : "run");
}

}  // namespace

void add_new(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand("new", "a plugin to begin with: source, test, example and build files in a folder of its name");
  command->footer("tandem new channel my-noise");
  auto role = std::make_shared<std::string>();
  auto name = std::make_shared<std::string>();
  command->add_option("role", *role, "what it is to be: source, tokenizer, model, ...")->required();
  command->add_option("name", *name, "its name")->required();
  command->callback([&context, role, name] { make(context, *role, *name); });
}

}  // namespace tandem::cli
