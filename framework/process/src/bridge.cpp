#include <algorithm>
#include <tandem/process/bridge.hpp>

namespace tandem::process {

void Bridge::declare(Fields& f) {
  f("command", command_, {})
      .doc(
          "how the program is started, the first word found by PATH or, with a slash in it, from the current folder. "
          "Cached results do not notice when a program named here changes, only when `script` and `weights` do");
  f("script", script_)
      .doc(
          "the last word of the command: a script for the interpreter before it or, without `command`, the program "
          "itself. Its content is part of what results depend on. It runs with your rights: take none from strangers");
  f("weights", weights_).doc("a file that the program is told the path of: weights, a table. Its content counts too");
  f("fields", fields_, "{}").doc("the program's own parameters: any JSON value, handed on as it stands");
  f("timeout", timeout_, 60.0)
      .range(0.01, 1e6)
      .unit("s")
      .doc(
          "the longest that one answer may take; a start may take 60 s in any case. Like every field it is part of "
          "what "
          "cached results are found by");
  f("processes", processes_, std::size_t{0})
      .range(0, 1024)
      .doc(
          "how many run at once at most; 0: one for each thread. Like every field it is part of what cached results "
          "are "
          "found by");
}

void Bridge::ready(const Environment& environment) {
  std::vector<std::string> words = command_;
  const bool by_command = !words.empty();
  if (!script_.path.empty()) words.push_back(script_.path);
  if (words.empty()) throw FieldError("script", "there is nothing to start", "give \"script\", \"command\" or both");
  try {
    program_ = find_program(std::move(words));
  } catch (const Error& e) {
    throw FieldError(by_command ? "command" : "script", e.message(), e.hint());
  }
  if (processes_ == 0) processes_ = static_cast<std::size_t>(std::max(environment.threads, 1));
}

Recipe Bridge::recipe() const {
  if (program_.path.empty()) throw Error("was not made ready");
  nlohmann::json hello = told_;
  hello["protocol"] = Description::protocol;
  hello["role"] = role_;
  hello["fields"] = nlohmann::json::parse(fields_.text);
  hello["weights"] = weights_.path.empty() ? nlohmann::json() : nlohmann::json(weights_.path);
  Recipe out{.program = program_,
             .hello = hello.dump(),
             .timeout = std::chrono::duration<double>(timeout_),
             .most = processes_,
             .files = {},
             .check = check_};
  for (const File* file : {&script_, &weights_})
    if (!file->path.empty()) out.files.push_back(file->path);
  return out;
}

Pool& Bridge::pool() const {
  const std::lock_guard lock(mutex_);
  if (!pool_) pool_ = std::make_unique<Pool>(recipe());
  return *pool_;
}

const Description& Bridge::description() const {
  Pool& children = pool();
  {
    const std::lock_guard lock(mutex_);
    if (description_) return *description_;
  }
  auto described = std::make_unique<const Description>(children.description());
  const std::lock_guard lock(mutex_);
  if (!description_) description_ = std::move(described);
  return *description_;
}

Exactness Bridge::exactness() const {
  const std::lock_guard lock(mutex_);
  return description_ ? description_->exactness() : Exactness::none;
}

}  // namespace tandem::process
