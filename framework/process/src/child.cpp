#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>
#include <tandem/process/child.hpp>

namespace tandem::process {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint64_t most_text = std::uint64_t{1} << 24;  // of a description or a refusal
constexpr std::size_t first_room = std::size_t{1} << 20;     // a claim alone takes no more memory than this
constexpr std::size_t longest_reason = 4096;
constexpr std::chrono::milliseconds moment{1000};
constexpr std::chrono::duration<double> shortest_start{60};  // libraries are loaded, on a busy machine perhaps
constexpr std::chrono::duration<double> longest_goodbye{1};  // destructors wait for it

/// Writing to a child that is gone raises SIGPIPE, which would end us: it is held back in this thread, and taken away
/// if it came. The rest of the process keeps what it has made of that signal.
class WithoutPipeSignal final {
 public:
  WithoutPipeSignal() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    sigset_t pending;
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~WithoutPipeSignal() {
    const timespec now{0, 0};
    if (!was_pending_)
      while (sigtimedwait(&pipe_, nullptr, &now) < 0 && errno == EINTR) {
      }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t pipe_, before_;
  bool was_pending_ = false;
};

// What a person can read of the first bytes of something that is no message.
std::string readable(const char* bytes, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count && bytes[i] != '\n' && text.size() < 60; ++i) {
    constexpr char digits[] = "0123456789abcdef";
    const auto c = static_cast<unsigned char>(bytes[i]);
    if (c >= ' ' && c < 0x7f)
      text += bytes[i];
    else
      text += {'\\', 'x', digits[c / 16], digits[c % 16]};
  }
  return text;
}

// Text of strangers enters JSON elsewhere, which takes UTF-8 alone.
std::string as_utf8(const std::string& text) {
  using nlohmann::json;
  return json::parse(json(text).dump(-1, ' ', false, json::error_handler_t::replace)).get<std::string>();
}

std::string seconds(std::chrono::duration<double> time) {
  std::string text = std::to_string(time.count());
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text + " s";
}

}  // namespace

/// What is still to be sent.
struct Outgoing final {
  std::vector<iovec> parts;
  std::size_t first = 0;
  bool refused = false;  ///< its reader has closed the pipe

  bool done() const { return first == parts.size(); }
  void sent(std::size_t bytes) {
    while (!done() && bytes >= parts[first].iov_len) bytes -= parts[first++].iov_len;
    if (done()) return;
    parts[first].iov_base = static_cast<char*>(parts[first].iov_base) + bytes;
    parts[first].iov_len -= bytes;
  }
};

/// What has come.
struct Child::Incoming final {
  Kind asked;
  Header header;
  std::size_t of_header = 0, of_payload = 0;
  Payload payload;
  bool ended = false;

  bool complete() const { return of_header == sizeof(Header) && of_payload == header.length; }
};

Answer Child::exchange(const Request& request) {
  if (broken_)
    throw Error("has ended, and with it what it knew" + (fault_.empty() ? "" : ". What happened first: it " + fault_),
                shown_);
  // Whatever is thrown before the answer is complete leaves the two out of step.
  broken_ = true;
  const Header header{.kind = request.kind(), .number = ++number_, .length = request.length()};
  Outgoing out;
  out.parts.push_back({const_cast<Header*>(&header), sizeof header});
  out.parts.insert(out.parts.end(), request.parts().begin(), request.parts().end());
  Incoming in{.asked = request.kind(), .header = {}, .payload = {}};
  const auto timeout = request.kind() == Kind::hello   ? std::max(timeout_, shortest_start)
                       : request.kind() == Kind::close ? std::min(timeout_, longest_goodbye)
                                                       : timeout_;
  const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(timeout);
  const WithoutPipeSignal quiet;
  while (!in.complete()) {
    if (in.ended) ended(request);
    if (!move(out, in, end))
      fail("gave no answer to \"" + std::string(name(request.kind())) + "\" within " + seconds(timeout) +
           (out.done() && !out.refused ? "" : ", and did not read all of it"));
  }
  // A refusal may come before all of the request was read; then the rest has nowhere to go.
  const bool all_sent = out.done() && !out.refused;
  if (in.header.kind == Kind::failure) {
    const std::size_t length = std::min(in.payload.size(), longest_reason);
    const std::string reason(reinterpret_cast<const char*>(in.payload.data()), length);
    if (!all_sent) fail("says: " + reason);
    broken_ = false;
    throw Error("says: " + as_utf8(reason), shown_);
  }
  if (!all_sent) fail("answered before it had read all that it was sent");
  broken_ = false;
  return Answer(std::move(in.payload));
}

// One wait and what it brings. False when the time is over.
bool Child::move(Outgoing& out, Incoming& in, Clock::time_point end) {
  pollfd watched[] = {
      {spawned_.output(), POLLIN, 0}, {out.done() ? -1 : spawned_.input(), POLLOUT, 0}, {spawned_.end(), POLLIN, 0}};
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
  if (left <= 0) return false;
  const int ready = poll(watched, 3, static_cast<int>(std::min<std::int64_t>(left, INT_MAX)));
  if (ready < 0 && errno != EINTR) fail(std::string("cannot be waited for: ") + std::strerror(errno));
  if (ready <= 0) return true;
  if (watched[1].revents != 0) {
    const auto count = static_cast<int>(std::min<std::size_t>(out.parts.size() - out.first, IOV_MAX));
    const ssize_t sent = writev(spawned_.input(), &out.parts[out.first], count);
    if (sent >= 0)
      out.sent(static_cast<std::size_t>(sent));
    else if (errno == EPIPE)
      out.first = out.parts.size(), out.refused = true;  // what it still says explains more than this does
    else if (errno != EAGAIN && errno != EINTR)
      fail(std::string("cannot be written to: ") + std::strerror(errno));
  }
  // What it wrote before it ended still counts; what it started may hold the pipe, but answers for nobody.
  if ((watched[0].revents | watched[2].revents) != 0 && !receive(in) && watched[2].revents != 0) in.ended = true;
  return true;
}

// False when there was nothing to read.
bool Child::receive(Incoming& in) {
  char* to = reinterpret_cast<char*>(&in.header) + in.of_header;
  std::size_t room = sizeof(Header) - in.of_header;
  if (room == 0) {
    if (in.payload.size() == in.of_payload)
      in.payload.resize(std::min<std::uint64_t>(in.header.length, std::max(first_room, 2 * in.payload.size())));
    to = reinterpret_cast<char*>(in.payload.data()) + in.of_payload;
    room = in.payload.size() - in.of_payload;
  }
  const ssize_t count = read(spawned_.output(), to, room);
  if (count == 0) in.ended = true;
  if (count < 0 && errno != EAGAIN && errno != EINTR) fail(std::string("cannot be read from: ") + std::strerror(errno));
  if (count <= 0) return false;
  if (in.of_header == sizeof(Header)) {
    in.of_payload += static_cast<std::size_t>(count);
    return true;
  }
  in.of_header += static_cast<std::size_t>(count);
  check_header(in);
  return true;
}

void Child::check_header(const Incoming& in) {
  const char* bytes = reinterpret_cast<const char*>(&in.header);
  if (std::memcmp(bytes, Header::right_magic, std::min(in.of_header, sizeof Header::right_magic)) != 0) {
    std::string all(bytes, in.of_header);
    char more[64];
    if (const ssize_t count = read(spawned_.output(), more, sizeof more); count > 0)
      all.append(more, static_cast<std::size_t>(count));
    fail("wrote to its standard output what is no message: \"" + readable(all.data(), all.size()) +
         "\". Answers alone belong there; print to standard error");
  }
  if (in.of_header < sizeof(Header)) return;
  const Header& header = in.header;
  if (header.number != number_)
    fail("answered request " + std::to_string(header.number) + ", but request " + std::to_string(number_) + " waits");
  if (header.kind != in.asked && header.kind != Kind::failure)
    fail("answered with a message of kind " + std::to_string(static_cast<std::uint32_t>(header.kind)) +
         " where one of kind " + std::to_string(static_cast<std::uint32_t>(in.asked)) + " belongs");
  const bool text = header.kind == Kind::hello || header.kind == Kind::failure;
  if (const auto most = text ? most_text : most_bytes; header.length > most)
    fail("claims an answer of " + std::to_string(header.length) + " bytes, more than the largest of " +
         std::to_string(most));
}

void Child::ended(const Request& request) {
  broken_ = true;
  const std::string how = spawned_.finish(moment);
  fail((how == "was killed" ? "closed its standard output" : how) + " before it answered \"" +
       std::string(name(request.kind())) + "\"");
}

void Child::fail(const std::string& fault) {
  broken_ = true;
  spawned_.close_input();
  spawned_.finish(std::chrono::milliseconds(0));
  const std::string words = spawned_.last_words();
  std::string text = fault;
  if (words.empty())
    text += "; its standard error is empty";
  else
    text += "; its standard error ends with\n" + words;
  fault_ = as_utf8(text);
  throw Error(fault_, shown_);
}

}  // namespace tandem::process
