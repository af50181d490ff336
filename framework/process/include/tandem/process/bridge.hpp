#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <tandem/component.hpp>
#include <tandem/process/pool.hpp>

namespace tandem::process {

/// What the components that are executables have in common: their fields, and the children behind them. None is started
/// before `description` or `pool` is called, so that a manifest is made without one. Const calls are thread-safe.
class Bridge final {
 public:
  using Check = std::function<void(const Description&)>;

  /// `check` throws for a description that does not suit the role.
  Bridge(const char* role, Check check) : role_(role), check_(std::move(check)) {}

  void declare(Fields& f);
  /// Throws FieldError when there is nothing to start.
  void ready(const Environment& environment);
  /// One more thing for children to know, said before the first is started.
  void tell(const char* key, nlohmann::json value) { told_[key] = std::move(value); }

  Pool& pool() const;
  /// Starts a child when there is none yet.
  const Description& description() const;
  /// What the child promised; `none` before it is started.
  Exactness exactness() const;

 private:
  Recipe recipe() const;

  const char* role_;
  Check check_;
  std::vector<std::string> command_;
  File script_, weights_;
  Json fields_;
  double timeout_ = 60;
  std::size_t processes_ = 0;
  Program program_;
  nlohmann::json told_ = nlohmann::json::object();

  mutable std::mutex mutex_;
  mutable std::unique_ptr<Pool> pool_;
  mutable std::unique_ptr<const Description> description_;
};

}  // namespace tandem::process
