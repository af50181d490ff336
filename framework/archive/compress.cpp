#include <algorithm>
#include <istream>
#include <ostream>
#include <utility>

#include "archive.hpp"
#include "crc32c.hpp"
#include "workers.hpp"

namespace tandem::archive {
namespace {

void write(std::ostream& out, std::span<const std::uint8_t> bytes, std::uint64_t& written) {
  out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (!out) throw Error("cannot be written");
  written += bytes.size();
}

// Up to `size` bytes; fewer only at the end.
Bytes next_block(std::istream& in, std::uint64_t size) {
  Bytes block(static_cast<std::size_t>(size));
  in.read(reinterpret_cast<char*>(block.data()), static_cast<std::streamsize>(block.size()));
  if (in.bad()) throw Error("cannot be read");
  block.resize(static_cast<std::size_t>(in.gcount()));
  return block;
}

}  // namespace

Summary compress(std::istream& in, std::ostream& out, const Method& method, const std::optional<Info>& info, const Options& options) {
  Summary sum;
  Bytes description;  // until it is written
  std::uint32_t salt = 0;
  End end;
  std::uint64_t content = 0;
  const std::size_t group = method.together() * static_cast<std::size_t>(options.threads);
  const auto start = [&] {
    write(out, start_bytes(salt), sum.file);
    if (info) write(out, to_bytes(*info, salt), sum.file);
    description = to_bytes(method.description(), salt);
  };
  for (bool more = true; more;) {
    std::vector<Bytes> blocks;
    while (more && blocks.size() < group) {
      Bytes block = next_block(in, method.block());
      more = block.size() == method.block();
      if (!block.empty()) blocks.push_back(std::move(block));
    }
    std::vector<Coding> coded(blocks.size());
    in_parts(blocks.size(), method.together(), options, [&](std::size_t first, std::size_t count) {
      auto part = method.encode(std::span(blocks).subspan(first, count), options.verify);
      std::ranges::move(part, coded.begin() + static_cast<std::ptrdiff_t>(first));
    });
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      const std::uint32_t check = crc32c(blocks[i]);
      if (end.blocks == 0) salt = check, start();
      if (sum.fault.empty()) sum.fault = coded[i].fault;
      // The description comes with the first block that is worth it.
      const bool stored = !coded[i].fault.empty() || coded[i].bytes.size() + description.size() >= blocks[i].size();
      const Bytes& bytes = stored ? blocks[i] : coded[i].bytes;
      if (!stored) write(out, std::exchange(description, {}), sum.file);
      write(out, to_bytes(BlockHead{stored, end.blocks, blocks[i].size(), bytes.size(), check}, salt), sum.file);
      write(out, bytes, sum.file);
      ++end.blocks;
      content += blocks[i].size();
      end.check = with_check(end.check, check);
      sum.stored += stored;
    }
    sum.content = content;
    if (options.progress) options.progress({sum.content, sum.file});
  }
  if (end.blocks == 0) start();
  write(out, to_bytes(end, salt), sum.file);
  out.flush();
  if (!out) throw Error("cannot be written");
  sum.blocks = end.blocks;
  return sum;
}

}  // namespace tandem::archive
