#include <fmt/format.h>

#include <algorithm>
#include <istream>
#include <memory>
#include <ostream>

#include "archive.hpp"
#include "crc32c.hpp"
#include "host/problem.hpp"
#include "workers.hpp"

namespace tandem::archive {
namespace {

/// A stream with a view of what comes next.
class Window {
 public:
  explicit Window(std::istream& in) : in_(in) {}

  /// The next bytes, `count` where there are so many.
  std::span<const std::uint8_t> see(std::size_t count) {
    if (bytes_.size() - begin_ < count) {
      bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(begin_));
      begin_ = 0;
      const std::size_t had = bytes_.size();
      bytes_.resize(std::max(count, std::size_t{1} << 16));
      in_.read(reinterpret_cast<char*>(bytes_.data() + had), static_cast<std::streamsize>(bytes_.size() - had));
      if (in_.bad()) throw Error("cannot be read");
      bytes_.resize(had + static_cast<std::size_t>(in_.gcount()));
    }
    return std::span(bytes_).subspan(begin_, std::min(count, bytes_.size() - begin_));
  }
  void pass(std::size_t count) { begin_ += count, place_ += count; }
  std::uint64_t place() const { return place_; }

 private:
  std::istream& in_;
  Bytes bytes_;
  std::size_t begin_ = 0;
  std::uint64_t place_ = 0;
};

// The next record, whose bytes are passed; the end of the stream and everything else throws.
Record next_record(Window& window, std::optional<std::uint32_t> salt) {
  for (std::size_t count = 256;; count *= 4) {
    const auto bytes = window.see(count);
    if (bytes.empty()) throw Error("ends too early");
    if (auto record = read_record(bytes, salt)) {
      window.pass(record->bytes);
      return *record;
    }
    if (bytes.size() < count) throw Error("ends too early");
  }
}

std::uint32_t pass_start(Window& window) {
  const std::uint32_t salt = read_start(window.see(start_size));
  window.pass(start_size);
  return salt;
}

std::string named(std::uint64_t index, std::uint64_t begin, std::uint64_t size) {
  return fmt::format("block {} (bytes {} to {})", index, begin, begin + size - 1);
}

struct Read {
  BlockHead head;
  Bytes bytes;
  std::uint64_t place = 0, begin = 0;  // of the head in the container, of the content in all of it
  std::string fault;
};

class Decompressor {
 public:
  Decompressor(std::istream& in, std::ostream& out, const ReadOptions& options) : window_(in), out_(out), options_(options) {}

  Contents run() {
    try {
      salt_ = pass_start(window_);
    } catch (const Error& e) {
      if (!options_.recover) throw;
      lose(0, "the start", e.message());
      ended_ = !find_mark();
    }
    while (!ended_) {
      std::vector<Read> blocks = next_blocks();
      decode(blocks);
      for (Read& block : blocks) give(block);
      contents_.summary.content = given_;
      contents_.summary.file = window_.place();
      if (options_.progress) options_.progress({given_, window_.place()});
    }
    out_.flush();
    if (!out_) throw Error("the output cannot be written");
    std::ranges::stable_sort(contents_.losses, {}, &Loss::place);
    return std::move(contents_);
  }

 private:
  // As many as are coded at once; fewer at the end.
  std::vector<Read> next_blocks() {
    std::vector<Read> out;
    while (!ended_ && out.size() < (method_ ? method_->together() : 1) * static_cast<std::size_t>(options_.threads)) {
      const std::uint64_t place = window_.place();
      std::optional<Record> record;
      try {
        record = next_record(window_, salt_);
        if (record->kind == Record::Kind::block) take(record->block, place, out);
        if (record->kind == Record::Kind::method && method_) throw Error("has a second description");
      } catch (const host::Refusal&) {
        throw;
      } catch (const Error& e) {
        lose(place, fmt::format("from byte {} on", place), e.message());
        if (window_.place() == place && !window_.see(1).empty()) window_.pass(1);
        ended_ = !find_mark();
        continue;
      }
      if (record->kind == Record::Kind::info) contents_.info = record->info;
      if (record->kind == Record::Kind::end) finish(record->end, place);
      if (record->kind == Record::Kind::method) {
        contents_.description = record->description;
        method_ = std::make_unique<Method>(options_.method(record->description));
      }
    }
    return out;
  }

  void take(const BlockHead& head, std::uint64_t place, std::vector<Read>& out) {
    if (!salt_) salt_ = head.check;  // of the first block
    const auto bytes = window_.see(static_cast<std::size_t>(head.length));
    if (bytes.size() < head.length) throw Error(fmt::format("ends within block {}", head.index));
    if (head.index < expected_ || (head.index > expected_ && !options_.recover))
      throw Error(fmt::format("has block {} where {} should be", head.index, expected_));
    if (block_ == 0) block_ = head.size;
    // All blocks but the last are of one size.
    if (head.index > expected_) lose(place, missing(expected_, head.index - 1), "not found");
    if (head.index > expected_) begin_ = head.index * block_;
    expected_ = head.index + 1;
    out.push_back({head, Bytes(bytes.begin(), bytes.end()), place, begin_, {}});
    begin_ += head.size;
    window_.pass(bytes.size());
    ++contents_.summary.blocks;
    contents_.summary.stored += head.stored;
    check_ = with_check(check_, head.check);
    announced_ += head.size;
    const std::uint64_t most = options_.most > 0 ? options_.most : 1000 * window_.place() + (std::uint64_t{1} << 30);
    if (announced_ > most)
      throw host::Refusal(host::Problem{{options_.place, 0, 0}, {}, fmt::format("holds more than {} bytes, suspiciously much for its size", most),
                                        "--limit SIZE allows more", host::Exit::failed});
  }

  static std::string missing(std::uint64_t first, std::uint64_t last) {
    return first == last ? fmt::format("block {}", first) : fmt::format("blocks {} to {}", first, last);
  }

  void finish(const End& end, std::uint64_t place) {
    ended_ = true;
    if (end.blocks > expected_)
      lose(place, missing(expected_, end.blocks - 1), "not found");
    else if (contents_.losses.empty() && (end.blocks != expected_ || end.check != check_))
      lose(place, "the whole", fmt::format("the end tells of {} other blocks than the {} that were found", end.blocks, expected_));
    if (!window_.see(1).empty()) lose(window_.place(), fmt::format("from byte {} on", window_.place()), "bytes follow the end");
  }

  void decode(std::vector<Read>& blocks) {
    std::vector<std::size_t> coded;
    for (std::size_t i = 0; i < blocks.size(); ++i)
      if (!blocks[i].head.stored) coded.push_back(i);
    if (!coded.empty() && !method_) {
      try {
        method_ = std::make_unique<Method>(options_.method(std::nullopt));
      } catch (const Error& e) {
        for (const std::size_t i : coded) blocks[i].fault = e.message();
        coded.clear();
      }
    }
    in_parts(coded.size(), method_ ? method_->together() : 1, options_, [&](std::size_t first, std::size_t count) {
      std::vector<Bytes> part;
      for (std::size_t i = first; i < first + count; ++i) part.push_back(std::move(blocks[coded[i]].bytes));
      auto contents = method_->decode(part);
      for (std::size_t i = 0; i < count; ++i) {
        blocks[coded[first + i]].bytes = std::move(contents[i].bytes);
        blocks[coded[first + i]].fault = std::move(contents[i].fault);
      }
    });
    for (Read& block : blocks)
      if (block.fault.empty() && (block.bytes.size() != block.head.size || crc32c(block.bytes) != block.head.check))
        block.fault = "its content fails its check";
  }

  void give(Read& block) {
    if (!block.fault.empty())
      return lose(block.place, named(block.head.index, block.begin, block.head.size) + fmt::format(", at byte {} of the container", block.place), block.fault);
    out_.write(reinterpret_cast<const char*>(block.bytes.data()), static_cast<std::streamsize>(block.bytes.size()));
    if (!out_) throw Error("the output cannot be written");
    given_ += block.bytes.size();
  }

  void lose(std::uint64_t place, std::string what, std::string why) {
    if (!options_.recover) throw Error(what + ": " + why, options_.place, "--recover gets the rest");
    contents_.losses.push_back({place, std::move(what), std::move(why)});
  }

  // To the next mark, here or further on, with a whole record behind it.
  bool find_mark() {
    for (;;) {
      const auto bytes = window_.see(std::size_t{1} << 16);
      if (bytes.empty()) return false;
      const auto found = std::ranges::search(bytes, mark);
      if (found.empty()) {
        // One may have begun at the end of what is seen.
        const bool last = bytes.size() < std::size_t{1} << 16;
        window_.pass(last ? bytes.size() : bytes.size() - (mark.size() - 1));
        continue;
      }
      window_.pass(static_cast<std::size_t>(found.begin() - bytes.begin()));
      try {
        // A description may be longer than what is seen now.
        for (std::size_t count = longest_head;; count *= 4) {
          const auto ahead = window_.see(count);
          if (read_record(ahead, salt_)) return true;
          if (ahead.size() < count) break;
        }
      } catch (const Error&) {
        // Bytes that look like a mark by chance, a damaged head, or that of a container within this one.
      }
      window_.pass(1);
    }
  }

  Window window_;
  std::ostream& out_;
  const ReadOptions& options_;
  Contents contents_;
  std::unique_ptr<Method> method_;
  std::optional<std::uint32_t> salt_;
  std::uint64_t block_ = 0, expected_ = 0, announced_ = 0, begin_ = 0, given_ = 0;
  std::uint32_t check_ = 0;
  bool ended_ = false;
};

}  // namespace

Contents decompress(std::istream& in, std::ostream& out, const ReadOptions& options) {
  try {
    return Decompressor(in, out, options).run();
  } catch (const host::Refusal&) {
    throw;
  } catch (const Error& e) {
    throw e.where().empty() ? Error(e.message(), options.place, e.hint()) : e;
  }
}

Contents inspect(std::istream& in, const std::string& place, const std::function<void(const BlockHead&)>& block) {
  Contents out;
  try {
    Window window(in);
    const std::uint32_t salt = pass_start(window);
    for (bool ended = false; !ended;) {
      const Record record = next_record(window, salt);
      if (record.kind == Record::Kind::info) out.info = record.info;
      if (record.kind == Record::Kind::method) out.description = record.description;
      ended = record.kind == Record::Kind::end;
      if (record.kind != Record::Kind::block) continue;
      if (block) block(record.block);
      ++out.summary.blocks;
      out.summary.stored += record.block.stored;
      out.summary.content += record.block.size;
      for (std::uint64_t left = record.block.length; left > 0;) {
        const auto bytes = window.see(static_cast<std::size_t>(std::min<std::uint64_t>(left, 1 << 16)));
        if (bytes.empty()) throw Error(fmt::format("ends within block {}", record.block.index));
        window.pass(bytes.size());
        left -= bytes.size();
      }
    }
    out.summary.file = window.place();
  } catch (const Error& e) {
    throw e.where().empty() ? Error(e.message(), place) : e;
  }
  return out;
}

}  // namespace tandem::archive
