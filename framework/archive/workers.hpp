#pragma once

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "archive.hpp"

namespace tandem::archive {

/// Calls work(first, count) for parts of `each` of `all` things, on the threads that the options name. Throws what the first
/// failing part threw.
template <class Work>
void in_parts(std::size_t all, std::size_t each, const Options& options, const Work& work) {
  std::atomic<std::size_t> next = 0;
  std::exception_ptr failure;
  std::mutex mutex;
  const auto run = [&] {
    for (std::size_t first; (first = each * next++) < all;) try {
        work(first, std::min(each, all - first));
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!failure) failure = std::current_exception();
        next = all;
      }
  };
  {
    std::vector<std::jthread> others;
    for (std::size_t t = 1; t < static_cast<std::size_t>(options.threads) && t * each < all; ++t) others.emplace_back(run);
    run();
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace tandem::archive
