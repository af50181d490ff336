#pragma once

#include <chrono>
#include <tandem/error.hpp>
#include <tandem/process/message.hpp>
#include <tandem/process/spawned.hpp>

namespace tandem::process {

/// One running executable that answers requests. One thread at a time.
class Child final {
 public:
  Child(const Program& program, std::chrono::duration<double> timeout)
      : timeout_(timeout), shown_(program.shown()), spawned_(program) {}

  /// Sends a request and waits for its answer. Throws Error when the child says that it cannot answer; it is then as
  /// good as before. Throws Error and is broken when the child ends, is silent for too long or says what is no answer;
  /// from then on it says so again. Whatever else is thrown, bad_alloc perhaps, leaves it broken too.
  Answer exchange(const Request& request);
  /// Ends the child for `fault`, something wrong with an answer, and throws an Error that shows its last words.
  [[noreturn]] void fail(const std::string& fault);
  bool broken() const { return broken_; }
  /// Asks it to end, without waiting.
  void close_input() { spawned_.close_input(); }

 private:
  struct Incoming;
  bool move(struct Outgoing& out, Incoming& in, std::chrono::steady_clock::time_point end);
  bool receive(Incoming& in);
  void check_header(const Incoming& in);
  [[noreturn]] void ended(const Request& request);

  std::chrono::duration<double> timeout_;
  std::string shown_;
  Spawned spawned_;
  std::uint64_t number_ = 0;
  bool broken_ = false;
  std::string fault_;  ///< what broke it
};

}  // namespace tandem::process
