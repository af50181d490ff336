#include "byte_pairs.hpp"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <queue>

#include "byte_pieces.hpp"
#include "vocabulary_text.hpp"

namespace tandem::tokenizers {

Merges::Merges() {
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    spellings_.emplace_back(1, static_cast<char>(byte));
    known_.emplace(spellings_.back(), byte);
  }
}
std::uint32_t Merges::find(std::string_view spelling) const {
  const auto place = known_.find(spelling);
  return place == known_.end() ? unknown : place->second;
}
void Merges::add(std::string_view left, std::string_view right) {
  const std::uint32_t a = find(left), b = find(right);
  if (a == unknown || b == unknown)
    throw Error("the merge names " + in_quotes(a == unknown ? left : right) + ", which no earlier merge makes");
  add(a, b);
}
void Merges::add(std::uint32_t left, std::uint32_t right) {
  std::string spelling = spellings_[left] + spellings_[right];
  if (spelling.size() > longest)
    throw Error("the merge makes " + in_quotes(spelling) + ", which is longer than " + std::to_string(longest) +
                " bytes");
  if (!known_.emplace(spelling, static_cast<std::uint32_t>(spellings_.size())).second)
    throw Error("the merge makes " + in_quotes(spelling) + ", which an earlier merge makes");
  spellings_.push_back(std::move(spelling));
  pairs_.push_back({left, right});
}

// Pieces seen before, each at the one place its hash names; a newer piece displaces an older one.
struct BytePairCoder::Cache final {
  static constexpr std::size_t longest = 24, most = 9;
  static constexpr int bits = 15;
  using Key = std::array<std::uint64_t, longest / 8>;
  struct alignas(64) Entry {
    Key key;                     // the piece, padded with zeros
    std::uint8_t length, count;  // length 0: nothing yet
    Token ids[most];
  };

  static Key key(std::string_view piece, const char* text_end) {
    Key key{};
    if (static_cast<std::size_t>(text_end - piece.data()) < longest) {
      std::memcpy(key.data(), piece.data(), piece.size());
      return key;
    }
    // Loading whole words and clearing what is beyond the piece is faster than a copy of varying length.
    std::memcpy(key.data(), piece.data(), longest);
    for (std::size_t word = 0; word < key.size(); ++word) {
      const std::size_t have = piece.size() > 8 * word ? std::min<std::size_t>(piece.size() - 8 * word, 8) : 0;
      key[word] &= have == 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << 8 * have) - 1;
    }
    return key;
  }
  Entry& at(const Key& key) {
    std::uint64_t hash = key[0] * 0x9E3779B97F4A7C15u;
    hash = (hash ^ hash >> 32 ^ key[1]) * 0xD6E8FEB86659FD93u;
    hash = (hash ^ hash >> 32 ^ key[2]) * 0xC2B2AE3D27D4EB4Fu;
    return entries[hash >> (64 - bits)];
  }

  std::vector<Entry> entries = std::vector<Entry>(std::size_t{1} << bits);
  std::vector<std::uint32_t> symbols;  // of the piece at hand
};

// A cache that one call has to itself.
class BytePairCoder::Loan final {
 public:
  explicit Loan(const BytePairCoder& coder) : coder_(coder) {
    const std::lock_guard lock(coder.mutex_);
    if (coder.idle_.empty()) {
      cache_ = std::make_unique<Cache>();
    } else {
      cache_ = std::move(coder.idle_.back());
      coder.idle_.pop_back();
    }
  }
  ~Loan() {
    const std::lock_guard lock(coder_.mutex_);
    coder_.idle_.push_back(std::move(cache_));
  }
  Loan(const Loan&) = delete;
  Loan& operator=(const Loan&) = delete;
  Cache& cache() { return *cache_; }

 private:
  const BytePairCoder& coder_;
  std::unique_ptr<Cache> cache_;
};

BytePairCoder::BytePairCoder(const Merges& merges, std::vector<Token> ids, Token end, std::string_view name)
    : ids_(std::move(ids)) {
  int bits = 9;
  while (merges.ranks() * 2 > std::size_t{1} << bits) ++bits;
  shift_ = 64 - bits;
  slots_.assign(std::size_t{1} << bits, {~std::uint64_t{0}, none});
  for (std::size_t rank = 0; rank < merges.ranks(); ++rank) {
    const std::uint64_t pair = std::uint64_t{merges.left(rank)} << 32 | merges.right(rank);
    std::size_t slot = pair * 0x9E3779B97F4A7C15u >> shift_;
    while (slots_[slot].rank != none) slot = (slot + 1) & (slots_.size() - 1);
    slots_[slot] = {pair, static_cast<std::uint32_t>(rank)};
  }

  const auto size = static_cast<std::uint32_t>(merges.symbols() + 1);
  std::vector<std::uint32_t> symbol_of(size, none);
  for (std::uint32_t symbol = 0; symbol < ids_.size(); ++symbol) symbol_of[ids_[symbol]] = symbol;
  Fingerprint fingerprint(name);
  for (Token id = 0; id < size; ++id) {
    starts_.push_back(text_.size());
    if (id != end) text_ += merges.spelling(symbol_of[id]);
    fingerprint.add(id == end ? std::string_view{} : std::string_view(merges.spelling(symbol_of[id])));
  }
  starts_.push_back(text_.size());
  vocabulary_ = {size, end, fingerprint.text()};
}
BytePairCoder::~BytePairCoder() = default;

inline std::uint32_t BytePairCoder::rank(std::uint32_t left, std::uint32_t right) const {
  const std::uint64_t pair = std::uint64_t{left} << 32 | right;
  std::size_t slot = pair * 0x9E3779B97F4A7C15u >> shift_;
  while (slots_[slot].pair != pair) {
    if (slots_[slot].rank == none) return none;
    slot = (slot + 1) & (slots_.size() - 1);
  }
  return slots_[slot].rank;
}

void BytePairCoder::merge(std::string_view piece, std::vector<std::uint32_t>& symbols) const {
  symbols.clear();
  for (const char c : piece) symbols.push_back(static_cast<std::uint8_t>(c));
  if (piece.size() <= 64)
    merge_short(*this, symbols);
  else
    merge_long(*this, symbols);
}
void BytePairCoder::merge_short(const BytePairCoder& coder, std::vector<std::uint32_t>& symbols) {
  std::uint32_t ranks[64];  // of each symbol and the next
  std::size_t count = symbols.size();
  for (std::size_t i = 0; i + 1 < count; ++i) ranks[i] = coder.rank(symbols[i], symbols[i + 1]);
  while (count > 1) {
    const std::size_t best = static_cast<std::size_t>(std::min_element(ranks, ranks + count - 1) - ranks);
    if (ranks[best] == none) break;
    symbols[best] = 256 + ranks[best];
    --count;
    std::copy(symbols.begin() + static_cast<std::ptrdiff_t>(best) + 2, symbols.end(),
              symbols.begin() + static_cast<std::ptrdiff_t>(best) + 1);
    symbols.resize(count);
    std::copy(ranks + best + 1, ranks + count, ranks + best);
    if (best + 1 < count) ranks[best] = coder.rank(symbols[best], symbols[best + 1]);
    if (best > 0) ranks[best - 1] = coder.rank(symbols[best - 1], symbols[best]);
  }
  symbols.resize(count);
}
// The same through a queue, in time n log n. A merge only ever makes pairs of higher rank than its own, so the order of
// the queue, rank and then place, is that of merging one rank after the other from left to right.
void BytePairCoder::merge_long(const BytePairCoder& coder, std::vector<std::uint32_t>& symbols) {
  struct Candidate {
    std::uint32_t rank;
    std::size_t place;
    bool operator<(const Candidate& other) const {
      return rank != other.rank ? rank > other.rank : place > other.place;
    }
  };
  const std::size_t count = symbols.size();
  std::vector<std::size_t> next(count), before(count);
  std::vector<Candidate> first;
  const auto rank_at = [&](std::size_t i) {
    return symbols[i] != none && next[i] < count ? coder.rank(symbols[i], symbols[next[i]]) : none;
  };
  for (std::size_t i = 0; i < count; ++i) {
    next[i] = i + 1;
    before[i] = i - 1;
    if (rank_at(i) != none) first.push_back({rank_at(i), i});
  }
  std::priority_queue<Candidate> queue(std::less<Candidate>{}, std::move(first));
  while (!queue.empty()) {
    const auto [rank, place] = queue.top();
    queue.pop();
    if (rank_at(place) != rank) continue;  // one of the two went into another merge
    const std::size_t gone = next[place];
    symbols[place] = 256 + rank;
    symbols[gone] = none;
    next[place] = next[gone];
    if (next[place] < count) before[next[place]] = place;
    if (const auto right = rank_at(place); right != none) queue.push({right, place});
    if (place > 0)
      if (const auto left = rank_at(before[place]); left != none) queue.push({left, before[place]});
  }
  std::erase(symbols, none);
}

inline Token* BytePairCoder::encode_piece(std::string_view piece, const char* text_end, Loan& loan, Token* out) const {
  Cache& cache = loan.cache();
  const bool short_enough = piece.size() <= Cache::longest;
  Cache::Entry* entry = nullptr;
  Cache::Key key{};
  if (short_enough) {
    key = Cache::key(piece, text_end);
    entry = &cache.at(key);
    if (entry->length == piece.size() && entry->key == key) {
      std::memcpy(out, entry->ids, sizeof entry->ids);  // a fixed size is faster; the room is there
      return out + entry->count;
    }
  }
  merge(piece, cache.symbols);
  for (std::size_t i = 0; i < cache.symbols.size(); ++i) out[i] = ids_[cache.symbols[i]];
  if (short_enough && cache.symbols.size() <= Cache::most) {
    entry->key = key;
    entry->length = static_cast<std::uint8_t>(piece.size());
    entry->count = static_cast<std::uint8_t>(cache.symbols.size());
    std::copy(out, out + cache.symbols.size(), entry->ids);
  }
  return out + cache.symbols.size();
}

Tokens BytePairCoder::encode(const Bytes& items) const {
  Tokens tokens;
  tokens.reserve(items.size() / 3);
  Loan loan(*this);
  std::vector<Token, Uninitialized<Token>> row_tokens;
  for (std::size_t row = 0; row < items.rows(); ++row) {
    const std::string_view item(reinterpret_cast<const char*>(items[row].data()), items[row].size());
    row_tokens.resize(item.size() + Cache::most);
    Token* out = row_tokens.data();
    for (Pieces pieces(item); !pieces.done();) out = encode_piece(pieces.next(), pieces.end(), loan, out);
    tokens.append({row_tokens.data(), out});
  }
  return tokens;
}
Bytes BytePairCoder::decode(const Tokens& tokens) const {
  Bytes items;
  for (std::size_t row = 0; row < tokens.rows(); ++row) {
    std::size_t size = 0;
    for (const Token token : tokens[row]) size += spell(token).size();
    auto out = items.append(size).begin();
    for (const Token token : tokens[row]) out = std::ranges::copy(spell(token), out).out;
  }
  return items;
}

std::string read_vocabulary_file(const char* field, const File& file, std::size_t limit) {
  std::error_code failed;
  if (!std::filesystem::is_regular_file(file.path, failed)) throw FieldError(field, file_name(file) + " is not a file");
  if (std::filesystem::file_size(file.path, failed) > limit || failed)
    throw FieldError(field, file_name(file) + " has more than " + std::to_string(limit >> 20) + " MiB");
  std::ifstream in(file.path, std::ios::binary);
  if (!in) throw FieldError(field, file_name(file) + " cannot be read");
  return {std::istreambuf_iterator<char>(in), {}};
}
const std::string& file_name(const File& file) { return file.reference.empty() ? file.path : file.reference; }
std::string in_quotes(std::string_view spelling) {
  std::string out = "\"";
  for (const char c : spelling.substr(0, 40)) {
    const auto byte = static_cast<std::uint8_t>(c);
    if (byte >= 0x20 && byte < 0x7F)
      out += c;
    else
      for (const char digit : {'\\', 'x', "0123456789abcdef"[byte >> 4], "0123456789abcdef"[byte & 15]}) out += digit;
  }
  return out + (spelling.size() > 40 ? "\"..." : "\"");
}

}  // namespace tandem::tokenizers
