#include <tandem/process/message.hpp>

namespace tandem::process {
namespace {
constexpr std::size_t unit = 8;  // every block begins at a multiple of it
constexpr std::byte padding[unit] = {};

std::size_t missing(std::size_t bytes) { return (unit - bytes % unit) % unit; }
}  // namespace

std::string_view name(Kind kind) {
  constexpr std::string_view names[] = {"failure", "hello",    "transmit", "likelihood", "decode", "encode", "decode",
                                        "measure", "evaluate", "open",     "step",       "clone",  "close"};
  return names[static_cast<std::size_t>(kind)];
}

Request& Request::text(std::string_view text) {
  parts_.push_back({const_cast<char*>(text.data()), text.size()});
  length_ += text.size();
  return *this;
}

Request& Request::real(double value) { return number(std::bit_cast<std::uint64_t>(value)); }

Request& Request::own(std::span<const std::uint64_t> words) {
  own_.emplace_back(words.begin(), words.end());
  return values(std::as_bytes(std::span(own_.back())));
}

Request& Request::values(std::span<const std::byte> bytes) {
  if (bytes.empty()) return *this;
  // writev takes places that are not constant, and leaves them as they are.
  parts_.push_back({const_cast<std::byte*>(bytes.data()), bytes.size()});
  const std::size_t rest = missing(bytes.size());
  if (rest != 0) parts_.push_back({const_cast<std::byte*>(padding), rest});
  length_ += bytes.size() + rest;
  return *this;
}

double Answer::real(const char* what) { return std::bit_cast<double>(word(what)); }

std::uint64_t Answer::word(const char* what) {
  std::uint64_t value;
  std::memcpy(&value, take(1, sizeof value, what).data(), sizeof value);
  return value;
}

std::span<const std::byte> Answer::take(std::uint64_t count, std::size_t size, const char* what) {
  if (count > left() / size) too_short(what);
  const auto out = std::span<const std::byte>(payload_).subspan(at_, count * size);
  at_ += out.size();
  return out;
}

void Answer::skip_padding(const char* what) { take(missing(at_), 1, what); }

bool Answer::skip_empty(const char* what) {
  std::uint64_t rows = 0;
  if (left() < 2 * sizeof rows) too_short(what);
  std::memcpy(&rows, payload_.data() + at_, sizeof rows);
  if (rows == 0) at_ += 2 * sizeof rows;
  return rows == 0;
}

void Answer::finish() const {
  if (left() != 0) throw Error("its answer has " + std::to_string(left()) + " bytes too many");
}

void Answer::not_numbers(const char* what) {
  throw Error(std::string("its answer holds values of ") + what + " that are not a number");
}
void Answer::too_short(const char* what) {
  throw Error(std::string("its answer ends before all of its ") + what + " stand in it");
}
void Answer::wrong_rows(const char* what, std::uint64_t given, std::uint64_t count) {
  throw Error("its answer has " + std::to_string(given) + " rows of " + what + ", " + std::to_string(count) +
              " were asked for");
}
void Answer::wrong_length(const char* what, std::uint64_t length) {
  throw Error(std::string("its answer has rows of ") + what + " of another length than " + std::to_string(length));
}

}  // namespace tandem::process
