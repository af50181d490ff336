#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <tandem/process/child.hpp>
#include <tandem/process/description.hpp>
#include <vector>

namespace tandem::process {

/// How children of one component are started.
struct Recipe final {
  Program program;
  std::string hello;  ///< what each is told first: a JSON object
  std::chrono::duration<double> timeout{60};
  std::size_t most = 1;                           ///< children at once
  std::vector<std::string> files;                 ///< must stay as they are while children are started
  std::function<void(const Description&)> check;  ///< throws for a description that does not suit the role
};

/// One child, started when it is first needed, and whose turn it is to speak to it. Thread-safe.
class Worker final {
 public:
  explicit Worker(std::function<std::unique_ptr<Child>()> start) : start_(std::move(start)) {}

  /// Sends `request` and hands the answer to `read`. What `read` throws ends the child, as its answers cannot be
  /// trusted any more; so does whatever Child::exchange says.
  template <class Read>
  auto call(const Request& request, Read&& read) {
    const std::lock_guard lock(mutex_);
    return ask(started(), request, read);
  }
  /// The same, but nothing where the child broke in another's turn.
  template <class Read>
  auto call_unless_broken(const Request& request, Read&& read) {
    const std::lock_guard lock(mutex_);
    Child& child = started();
    std::optional<decltype(ask(child, request, read))> out;
    if (!child.broken()) out = ask(child, request, read);
    return out;
  }
  void start() {
    const std::lock_guard lock(mutex_);
    started();
  }
  bool broken() const;
  void close_input();

 private:
  template <class Read>
  static auto ask(Child& child, const Request& request, Read& read) {
    bool answered = false;
    try {
      Answer answer = child.exchange(request);
      answered = true;
      return read(answer);
    } catch (const Error& fault) {
      if (!answered) throw;
      child.fail(fault.message());
    } catch (const std::exception& fault) {
      child.fail(std::string("gave an answer that cannot be taken: ") + fault.what());
    }
  }
  Child& started();

  std::function<std::unique_ptr<Child>()> start_;
  mutable std::mutex mutex_;
  std::unique_ptr<Child> child_;
  std::optional<Error> failed_;  ///< why it could not be started
};

/// The children of one component. Thread-safe. A child that failed is replaced by a new one at the next lease; what was
/// kept in it is lost.
class Pool final {
 public:
  explicit Pool(Recipe recipe);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  /// A claim to a worker: as long as it is held, others are preferred for further leases.
  using Lease = std::shared_ptr<Worker>;
  Lease lease();
  /// One request that leaves nothing behind in the child.
  template <class Read>
  auto call(const Request& request, Read&& read) {
    while (true)  // a child that broke while this thread waited is replaced, and breaks once
      if (auto out = lease()->call_unless_broken(request, read)) return *std::move(out);
  }
  /// What the first child said of itself; all others must say the same. Starts one when there was none yet.
  Description description();

 private:
  struct Slot;
  std::unique_ptr<Child> start();
  void agree(const Description& description);
  std::string state_of_files() const;

  Recipe recipe_;
  std::mutex mutex_;
  std::vector<std::shared_ptr<Slot>> slots_;
  std::optional<Description> description_;
  std::string state_of_files_;
};

}  // namespace tandem::process
