#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace tandem::conformance {

/// A call in a process of its own, a copy of this one: nothing it does, dying included, reaches us.
class Isolated {
 public:
  /// Starts `call` under limits of seconds and of bytes of address space (0: none); what it returns becomes the result.
  Isolated(const std::function<std::string()>& call, double seconds, std::uint64_t memory);
  ~Isolated();
  Isolated(Isolated&&) noexcept;
  Isolated& operator=(Isolated&&) = delete;

  /// Looks after it; true once it has ended, or was killed because its time was over. Never blocks.
  bool ended();

  /// Of a call that has ended: whether it returned; else `why` says what happened instead.
  bool returned() const { return why_.empty(); }
  const std::string& result() const { return result_; }
  const std::string& why() const { return why_; }
  /// The last few thousand bytes of its standard output and error.
  std::string output() const;
  double seconds() const { return seconds_; }

 private:
  int child_ = -1, result_end_ = -1, output_ = -1;
  std::chrono::steady_clock::time_point begin_;
  double limit_;
  double seconds_ = 0;
  bool over_ = false;
  std::string result_, why_;
};

}  // namespace tandem::conformance
