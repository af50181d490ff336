// Ranks instead of probabilities: each token as the number of tokens that the model held to be more probable, and the ranks
// by a general compressor. Loses what the probabilities tell beyond their order.
#include <charconv>
#include <cmath>
#include <memory>

#include "adaptive_counts.hpp"
#include "adaptive_tree.hpp"
#include "lockstep.hpp"
#include "packers.hpp"
#include "range_coder.hpp"

namespace {
using namespace tandem;
using coders::ByteString;
using Ranks = std::vector<std::uint32_t>;

constexpr const char* coder_name = "ranks";
constexpr std::uint32_t escape = 255;  // of codes with an alphabet of 256: a rank that is no smaller

// Tokens of the same frequency stand in the order of their ids.
std::uint32_t rank_of(const Distribution& distribution, std::size_t stream, Token symbol, std::uint32_t size) {
  const std::uint32_t own = distribution.interval(stream, symbol).frequency;
  std::uint32_t rank = 0;
  for (Token other = 0; other < size; ++other) {
    const std::uint32_t its = distribution.interval(stream, other).frequency;
    rank += its > own || (its == own && other < symbol);
  }
  return rank;
}

Token symbol_of(const Distribution& distribution, std::size_t stream, std::uint32_t rank, std::uint32_t size) {
  // Frequencies are at most 2^30: one number orders by frequency, then by id.
  std::vector<std::uint64_t> order(size);
  for (Token symbol = 0; symbol < size; ++symbol)
    order[symbol] = (std::uint64_t{(1u << 30) - distribution.interval(stream, symbol).frequency} << 32) + symbol;
  const auto at = order.begin() + static_cast<std::ptrdiff_t>(rank);
  std::nth_element(order.begin(), at, order.end());
  return static_cast<Token>(*at);
}

// Numbers as the systems of the literature write them before they compress them.
struct Script {
  std::string name;

  void write(std::uint32_t rank, bool first, ByteString& out) const {
    if (name == "spaces" || name == "dots") {
      if (name == "spaces" && !first) out.push_back(' ');
      const std::string digits = std::to_string(rank);
      out.insert(out.end(), digits.begin(), digits.end());
      if (name == "dots") out.push_back('.');
    } else if (name == "varint") {
      for (; rank >= 0x80; rank >>= 7) out.push_back(static_cast<std::uint8_t>(rank | 0x80));
      out.push_back(static_cast<std::uint8_t>(rank));
    } else {
      for (int shift = 0; shift < 8 * bytes(); shift += 8) out.push_back(static_cast<std::uint8_t>(rank >> shift));
    }
  }
  // Up to what is no number.
  Ranks read(std::span<const std::uint8_t> in) const {
    Ranks out;
    if (name == "spaces" || name == "dots") {
      const auto* at = reinterpret_cast<const char*>(in.data());
      const char* end = at + in.size();
      for (std::uint32_t rank; at != end; ++at) {
        const auto [stop, error] = std::from_chars(at, end, rank);
        if (error != std::errc{}) break;
        out.push_back(rank);
        if ((at = stop) == end) break;
      }
    } else if (name == "varint") {
      std::uint64_t rank = 0;
      int shift = 0;
      for (const std::uint8_t byte : in) {
        rank |= std::uint64_t{byte & 0x7fu} << shift;
        shift += 7;
        if (byte < 0x80) out.push_back(static_cast<std::uint32_t>(rank)), rank = 0, shift = 0;
        if (shift > 28) break;
      }
    } else {
      const auto each = static_cast<std::size_t>(bytes());
      for (; in.size() >= each; in = in.subspan(each)) {
        std::uint32_t rank = 0;
        for (std::size_t i = 0; i < each; ++i) rank |= std::uint32_t{in[i]} << 8 * i;
        out.push_back(rank);
      }
    }
    return out;
  }
  int bytes() const { return name == "u16" ? 2 : 4; }
};

class RankCoder final : public Coder {
 public:
  void fields(Fields& f) override {
    f("packed", packed_, "zlib")
        .choices({"zlib", "gzip", "bzip2", "brotli", "huffman", "arithmetic"})
        .doc("zlib and gzip at level 9, bzip2 at 9, brotli at 11; huffman: an adaptive code for ranks below 255 and an escape; "
             "arithmetic: the same with adaptive counts, about the entropy of single ranks");
    f("written", script_.name, "spaces")
        .choices({"spaces", "dots", "u16", "i32", "varint"})
        .doc("how ranks are written for a general compressor: decimal with a space between, or with a dot behind; 2 or 4 bytes, low ones first; 7 bits a byte");
    f("max_tokens", max_tokens_, std::size_t{65'536}).range(1, 1 << 26).doc("longest row: longer ones are refused, and the decoding of damaged bits stops there");
    f("streams", streams_, std::size_t{64}).range(1, 4'096).doc("rows that the model predicts side by side; changes the speed, never the bits");
    coders::declare_chunk(f, chunk_);
    f.source("Valmeekam et al., LLMZip, arXiv 2306.04050 (spaces, zlib); AlphaZip, arXiv 2409.15046 (dots; gzip, brotli, huffman); FineZip, arXiv 2409.17141 (i32, bzip2)");
    f.example(R"({"packed": "arithmetic"})");
  }
  void bind(Component& other) override {
    bound_.set(other, coder_name, true);
    // Chunks end with a rank that no token has.
    const std::uint64_t ranks = std::uint64_t{bound_.vocabulary(coder_name).size} + (chunk_ != 0);
    if (script_.name == "u16" && ranks > 65'536) throw FieldError("written", "u16 holds ranks below 65536, the vocabulary is larger");
    rank_bits_ = 0;
    while (ranks > std::uint64_t{1} << rank_bits_) ++rank_bits_;
  }
  Exactness exactness() const override { return Exactness::portable; }

  Coded encode(const Tokens& tokens) const override {
    const Vocabulary& vocabulary = bound_.vocabulary(coder_name);
    for (std::size_t row = 0; row < tokens.rows(); ++row) coders::check_row(tokens[row], row, vocabulary, max_tokens_);
    std::vector<Ranks> ranks(tokens.rows());
    for (std::size_t row = 0; chunk_ != 0 && row < tokens.rows(); ++row) ranks[row] = ranks_in_chunks(tokens[row]);
    if (chunk_ == 0) coders::encode_rows(*bound_.model(), tokens, streams_, [&](std::size_t row, std::size_t stream, const Distribution& distribution, Token symbol) {
      ranks[row].push_back(rank_of(distribution, stream, symbol, vocabulary.size));
    });
    Coded out;
    for (const Ranks& row : ranks) {
      const auto bits = pack(row);
      bits.unpack(out.bits.append(bits.size));
    }
    return out;
  }

  Recovered decode(const Bits& bits) const override {
    const Vocabulary& vocabulary = bound_.vocabulary(coder_name);
    std::vector<Ranks> ranks;
    for (std::size_t row = 0; row < bits.rows(); ++row) ranks.push_back(unpack(bits[row]));
    if (chunk_ != 0) return from_chunks(ranks);
    std::vector<std::size_t> next(ranks.size(), 0);
    return coders::decode_rows(*bound_.model(), bits.rows(), streams_, max_tokens_,
                               [&](std::size_t row, std::size_t stream, const Distribution& distribution) -> std::optional<Token> {
                                 if (next[row] == ranks[row].size() || ranks[row][next[row]] >= vocabulary.size) return std::nullopt;
                                 return symbol_of(distribution, stream, ranks[row][next[row]++], vocabulary.size);
                               });
  }

 private:
  auto open() const {
    return [this](std::size_t count) { return open_distribution(*bound_.model(), count); };
  }
  Ranks ranks_in_chunks(std::span<const Token> row) const {
    const std::uint32_t size = bound_.vocabulary(coder_name).size;
    Ranks out(row.size());
    coders::encode_chunks(row, chunk_, open(), [&](const CodingSession& session, std::size_t stream, std::size_t at, Token symbol) {
      out[at] = rank_of(session.distribution(), stream, symbol, size);
    });
    out.push_back(size);
    return out;
  }
  Recovered from_chunks(const std::vector<Ranks>& rows) const {
    const Vocabulary& vocabulary = bound_.vocabulary(coder_name);
    Recovered out;
    for (const Ranks& ranks : rows) {
      const auto next = [&](const CodingSession& session, std::size_t stream, std::size_t at) -> std::optional<Token> {
        const Token symbol = symbol_of(session.distribution(), stream, ranks[at], vocabulary.size);
        return symbol == vocabulary.end ? std::nullopt : std::optional(symbol);
      };
      const auto behind = std::ranges::find_if(ranks, [&](std::uint32_t rank) { return rank >= vocabulary.size; });
      const auto size = static_cast<std::size_t>(behind - ranks.begin());
      const auto tokens = coders::decode_chunks(std::min(size, max_tokens_), chunk_, open(), next);
      out.tokens.append(tokens);
      out.clean.push_back(tokens.size() == size && behind != ranks.end() && *behind == vocabulary.size);
    }
    return out;
  }

  coders::PackedBits pack(const Ranks& ranks) const {
    if (packed_ == "huffman") return pack_huffman(ranks);
    if (packed_ == "arithmetic") return pack_arithmetic(ranks);
    ByteString text;
    for (std::size_t i = 0; i < ranks.size(); ++i) script_.write(ranks[i], i == 0, text);
    coders::PackedBits out;
    out.bytes = packed_ == "zlib"    ? coders::pack_deflate(text, coders::zlib_wrap)
                : packed_ == "gzip"  ? coders::pack_deflate(text, coders::gzip_wrap)
                : packed_ == "bzip2" ? coders::pack_bzip2(text)
                                     : coders::pack_brotli(text);
    out.size = 8 * out.bytes.size();
    return out;
  }

  Ranks unpack(std::span<const std::uint8_t> bits) const {
    if (packed_ == "huffman") return unpack_huffman(bits);
    std::vector<std::uint8_t> bytes;
    coders::pack(bits, bytes);
    if (packed_ == "arithmetic") return unpack_arithmetic(bytes, bits.size());
    const std::size_t most = 11 * (max_tokens_ + 1);
    const ByteString text = packed_ == "zlib"    ? coders::unpack_deflate(bytes, coders::zlib_wrap, most)
                            : packed_ == "gzip"  ? coders::unpack_deflate(bytes, coders::gzip_wrap, most)
                            : packed_ == "bzip2" ? coders::unpack_bzip2(bytes, most)
                                                 : coders::unpack_brotli(bytes, most);
    return script_.read(text);
  }

  // A rank below `escape`, or `escape` and the rank in as many bits as the vocabulary takes.
  coders::PackedBits pack_huffman(const Ranks& ranks) const {
    coders::AdaptiveTree tree(escape + 1);
    std::vector<std::uint8_t> bits;
    for (const std::uint32_t rank : ranks) {
      const std::uint32_t symbol = std::min(rank, escape);
      tree.write(symbol, bits);
      tree.update(symbol);
      for (int bit = symbol == escape ? rank_bits_ : 0; bit-- > 0;) bits.push_back(rank >> bit & 1);
    }
    coders::PackedBits out;
    coders::pack(bits, out.bytes);
    out.size = bits.size();
    return out;
  }
  Ranks unpack_huffman(std::span<const std::uint8_t> bits) const {
    coders::AdaptiveTree tree(escape + 1);
    Ranks out;
    while (out.size() <= max_tokens_) {
      const auto symbol = tree.read(bits);
      if (!symbol) break;
      tree.update(*symbol);
      std::uint32_t rank = *symbol;
      if (rank == escape) {
        if (bits.size() < static_cast<std::size_t>(rank_bits_)) break;
        rank = 0;
        for (int bit = 0; bit < rank_bits_; ++bit) rank = rank << 1 | (bits[static_cast<std::size_t>(bit)] & 1u);
        bits = bits.subspan(static_cast<std::size_t>(rank_bits_));
      }
      out.push_back(rank);
    }
    return out;
  }

  coders::PackedBits pack_arithmetic(const Ranks& ranks) const {
    coders::RangeEncoder encoder;
    coders::AdaptiveCounts counts(escape + 1);  // `escape` stands for all that are no smaller
    for (const std::uint32_t rank : ranks) {
      const std::uint32_t symbol = std::min(rank, escape);
      const Interval interval = counts.interval(symbol);
      encoder.encode(interval.cumulative, interval.frequency, coders::AdaptiveCounts::bits);
      counts.seen(symbol);
      if (symbol == escape) encoder.encode(rank, 1, rank_bits_);
    }
    return encoder.finish_bits();
  }
  Ranks unpack_arithmetic(std::span<const std::uint8_t> bytes, std::size_t bits) const {
    coders::RangeDecoder decoder(bytes);
    coders::AdaptiveCounts counts(escape + 1);  // `escape` stands for all that are no smaller
    Ranks out;
    while (out.size() <= max_tokens_ && 8 * decoder.consumed() <= bits + 64) {
      const auto [symbol, interval] = counts.find(decoder.target(coders::AdaptiveCounts::bits));
      decoder.consume(interval.cumulative, interval.frequency);
      counts.seen(symbol);
      std::uint32_t rank = symbol;
      if (symbol == escape) {
        rank = decoder.target(rank_bits_);
        decoder.consume(rank, 1);
      }
      out.push_back(rank);
    }
    return out;
  }

  std::string packed_;
  Script script_;
  std::size_t max_tokens_ = 0, streams_ = 0, chunk_ = 0;
  int rank_bits_ = 0;
  coders::Bound bound_;
};
}  // namespace
TANDEM_PLUGIN(RankCoder, tandem::Coder, "ranks", "1.0.0", "ranks in the model's order, by a general compressor: LLMZip, AlphaZip, FineZip")
