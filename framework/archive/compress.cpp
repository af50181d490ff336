#include <algorithm>
#include <istream>
#include <ostream>

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
  write(out, start_bytes(), sum.file);
  if (info) write(out, to_bytes(*info), sum.file);
  const Bytes description = to_bytes(method.description());
  bool described = false;
  End end;
  const std::size_t group = method.together() * static_cast<std::size_t>(options.threads);
  for (bool more = true; more;) {
    std::vector<Bytes> blocks;
    while (more && blocks.size() < group) {
      Bytes block = next_block(in, method.block());
      more = block.size() == method.block();
      if (!block.empty()) blocks.push_back(std::move(block));
    }
    std::vector<std::optional<Bytes>> coded(blocks.size());
    in_parts(blocks.size(), method.together(), options, [&](std::size_t first, std::size_t count) {
      auto part = method.encode(std::span(blocks).subspan(first, count));
      std::ranges::move(part, coded.begin() + static_cast<std::ptrdiff_t>(first));
    });
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      // The description comes with the first block that is worth it.
      const std::size_t price = described ? 0 : description.size();
      const bool stored = !coded[i] || coded[i]->size() + price >= blocks[i].size();
      const Bytes& bytes = stored ? blocks[i] : *coded[i];
      if (!stored && !described) write(out, description, sum.file), described = true;
      const BlockHead head{stored, end.blocks, blocks[i].size(), bytes.size(), crc32c(blocks[i])};
      write(out, to_bytes(head), sum.file);
      write(out, bytes, sum.file);
      ++end.blocks;
      end.size += head.size;
      end.check = with_check(end.check, head.check);
      sum.stored += stored;
    }
    sum.content = end.size;
    if (options.progress) options.progress({sum.content, sum.file});
  }
  write(out, to_bytes(end), sum.file);
  out.flush();
  if (!out) throw Error("cannot be written");
  sum.blocks = end.blocks;
  return sum;
}

}  // namespace tandem::archive
