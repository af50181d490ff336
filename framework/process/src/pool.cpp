#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <tandem/process/pool.hpp>

namespace tandem::process {

Child& Worker::started() {
  if (child_) return *child_;
  if (failed_) throw Error(*failed_);
  try {
    child_ = start_();
  } catch (const Error& fault) {
    failed_ = fault;
    throw;
  } catch (const std::exception& fault) {
    failed_ = Error(std::string("could not be started: ") + fault.what());
    throw;
  }
  return *child_;
}

bool Worker::broken() const {
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock) return false;  // it is at work
  return failed_ || (child_ && child_->broken());
}

void Worker::close_input() {
  const std::lock_guard lock(mutex_);
  if (child_) child_->close_input();
}

/// A worker and how many hold a lease of it.
struct Pool::Slot final {
  explicit Slot(std::function<std::unique_ptr<Child>()> start) : worker(std::move(start)) {}
  Worker worker;
  std::atomic<std::size_t> users = 0;
};

Pool::Pool(Recipe recipe) : recipe_(std::move(recipe)), state_of_files_(state_of_files()) {}

// All are told to end before the first is waited for, so that their last second is the same.
Pool::~Pool() {
  for (const auto& slot : slots_) slot->worker.close_input();
}

Pool::Lease Pool::lease() {
  std::shared_ptr<Slot> chosen;
  std::vector<std::shared_ptr<Slot>> broken;  // outlives the lock: ending a child takes time
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(slots_, [&](const auto& slot) {
      if (!slot->worker.broken()) return false;
      broken.push_back(slot);
      return true;
    });
    const auto least = std::ranges::min_element(slots_, {}, [](const auto& slot) { return slot->users.load(); });
    if (least != slots_.end() && ((*least)->users == 0 || slots_.size() >= recipe_.most))
      chosen = *least;
    else
      chosen = slots_.emplace_back(std::make_shared<Slot>([this] { return start(); }));
    ++chosen->users;
  }
  Worker* const worker = &chosen->worker;
  return {worker, [slot = std::move(chosen)](Worker*) { --slot->users; }};
}

Description Pool::description() {
  {
    const std::lock_guard lock(mutex_);
    if (description_) return *description_;
  }
  lease()->start();
  const std::lock_guard lock(mutex_);
  return *description_;
}

std::unique_ptr<Child> Pool::start() {
  if (state_of_files() != state_of_files_)
    throw Error("its files have changed since the first was started", recipe_.program.shown(),
                "run again: results of the new ones are kept apart");
  auto child = std::make_unique<Child>(recipe_.program, recipe_.timeout);
  const Answer answer = child->exchange(Request(Kind::hello).text(recipe_.hello));
  try {
    const Description description(answer.text());
    recipe_.check(description);
    agree(description);
  } catch (const Error& fault) {
    child->fail(fault.message());
  }
  return child;
}

void Pool::agree(const Description& description) {
  const std::lock_guard lock(mutex_);
  if (!description_)
    description_ = description;
  else if (!(*description_ == description))
    throw Error("describes itself otherwise than the one that was started first");
}

// Size and times: enough to see that somebody edits a script while it is in use.
std::string Pool::state_of_files() const {
  std::string state;
  for (const auto& path : recipe_.files) {
    struct stat status {};
    if (stat(path.c_str(), &status) != 0) return "missing";
    for (const auto part :
         {static_cast<long long>(status.st_ino), static_cast<long long>(status.st_size),
          static_cast<long long>(status.st_mtim.tv_sec), static_cast<long long>(status.st_mtim.tv_nsec)})
      state += std::to_string(part) + " ";
  }
  return state;
}

}  // namespace tandem::process
