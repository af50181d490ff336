#pragma once

#include <string>
#include <tandem/error.hpp>
#include <vector>

namespace tandem::host {

/// What the command exits with; fixed, so that scripts can rely on it.
enum Exit : int { ok = 0, failed = 1, usage = 2, unusable_library = 3, missing_reference = 4, conformance = 5, suspended = 75, interrupted = 130 };

/// A place in a config. Line and column count from 1; 0: the place is not in a file.
struct Place {
  std::string file;
  int line = 0, column = 0;
};

/// One thing that is wrong with a config.
struct Problem {
  Place place;
  std::string address, message, hint;
  Exit exit = Exit::usage;
};

/// `file:line:column: address: message (hint)`.
std::string to_text(const Problem& problem);

/// A config that cannot run; carries everything that was found. what() is one problem a line.
class Refusal : public Error {
 public:
  explicit Refusal(std::vector<Problem> problems);
  explicit Refusal(Problem problem) : Refusal(std::vector{std::move(problem)}) {}
  const std::vector<Problem>& problems() const { return problems_; }
  Exit exit() const { return problems_.front().exit; }

 private:
  std::vector<Problem> problems_;
};

/// The candidate most like `word`, as "did you mean ...", or nothing when none is close.
std::string did_you_mean(const std::string& word, const std::vector<std::string>& candidates);

}  // namespace tandem::host
