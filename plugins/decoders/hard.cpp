// Hard decision by a table of syndromes.
#include <bit>
#include <optional>
#include <tandem/code.hpp>
#include <tandem/error.hpp>
#include <vector>

namespace {

constexpr std::size_t default_patterns = std::size_t{1} << 18, most_patterns = std::size_t{1} << 22;

// The coset leaders found first, by syndrome. Open addressing, at most half full.
class SyndromeTable final {
 public:
  static constexpr std::uint32_t none = UINT32_MAX;

  SyndromeTable() = default;
  SyndromeTable(std::size_t words, std::size_t patterns)
      : words_(words), slots_(std::bit_ceil(2 * patterns + 2), none), pattern_ends_(1, 0) {}

  /// Keeps the pattern unless its syndrome is known.
  void add(const std::uint64_t* syndrome, std::span<const std::uint32_t> pattern) {
    const std::size_t slot = find_slot(syndrome);
    if (slots_[slot] != none) return;
    slots_[slot] = static_cast<std::uint32_t>(pattern_ends_.size() - 1);
    syndromes_.insert(syndromes_.end(), syndrome, syndrome + words_);
    patterns_.insert(patterns_.end(), pattern.begin(), pattern.end());
    pattern_ends_.push_back(patterns_.size());
  }
  std::optional<std::span<const std::uint32_t>> find(const std::uint64_t* syndrome) const {
    const std::uint32_t entry = slots_[find_slot(syndrome)];
    if (entry == none) return std::nullopt;
    return std::span(patterns_).subspan(pattern_ends_[entry], pattern_ends_[entry + 1] - pattern_ends_[entry]);
  }

 private:
  std::size_t find_slot(const std::uint64_t* syndrome) const {
    std::uint64_t hash = 0;
    for (std::size_t w = 0; w < words_; ++w) {
      hash = (hash ^ syndrome[w]) * 0x9E3779B97F4A7C15u;
      hash ^= hash >> 32;
    }
    std::size_t slot = hash & (slots_.size() - 1);
    while (slots_[slot] != none && !std::equal(syndrome, syndrome + words_, &syndromes_[slots_[slot] * words_]))
      slot = (slot + 1) & (slots_.size() - 1);
    return slot;
  }

  std::size_t words_ = 0;
  std::vector<std::uint32_t> slots_, patterns_;
  std::vector<std::uint64_t> syndromes_;
  std::vector<std::size_t> pattern_ends_;
};

class Hard final : public tandem::Decoder {
  void fields(tandem::Fields& f) override {
    f("weight", weight_)
        .range(0, 1'000'000)
        .doc(
            "largest weight of the error patterns in the table; when left out, the largest for which patterns up to "
            "that "
            "weight number at most 2^18. At most 2^22 patterns");
    f.source(
        "syndrome decoding with coset leaders: MacWilliams and Sloane, The Theory of Error-Correcting Codes, 1977, "
        "1.3");
    f.example(R"({"weight": 2})");
  }
  tandem::Exactness exactness() const override { return tandem::Exactness::portable; }

  void bind(tandem::Component& other) override {
    const auto* code = dynamic_cast<tandem::Code*>(&other);
    if (!code) return;
    if (!code->checks()) throw tandem::Error("the code has no checks, so there is no syndrome to decode by");
    if (code->information_positions().size() != code->k()) throw tandem::Error("hard decision needs a systematic code");
    n_ = code->n();
    positions_.assign(code->information_positions().begin(), code->information_positions().end());
    const tandem::SparseMatrix& checks = *code->checks();
    words_ = (checks.rows() + 63) / 64;
    columns_.assign(n_ * words_, 0);
    for (std::size_t c = 0; c < n_; ++c)
      for (const auto r : checks.column(c)) columns_[c * words_ + r / 64] |= std::uint64_t{1} << (r % 64);
    for (std::size_t c = n_; c < checks.columns(); ++c)
      if (!checks.column(c).empty())
        throw tandem::Error("hard decision cannot decode a code with columns that are not sent");
    build_table();
  }

  tandem::Decoded decode(const tandem::Reception& reception) const override {
    if (n_ == 0) throw tandem::Error("the decoder was not bound to a code");
    const std::size_t rows = reception.llr.rows();
    if (rows != 0 && reception.llr.row_length() != n_)
      throw tandem::Error("decoding takes rows of " + std::to_string(n_) + " LLRs");
    tandem::Decoded out{.codeword = {rows, n_},
                        .info = {rows, positions_.size()},
                        .converged = std::vector<std::uint8_t>(rows),
                        .iterations = std::vector<std::uint32_t>(rows, 0)};
    std::vector<std::uint64_t> syndrome(words_);
    for (std::size_t row = 0; row < rows; ++row) {
      const auto llr = reception.llr[row];
      const auto codeword = out.codeword[row];
      std::ranges::fill(syndrome, 0);
      for (std::size_t i = 0; i < n_; ++i) {
        codeword[i] = llr[i] < 0;
        const std::uint64_t chosen = -std::uint64_t{codeword[i]};
        for (std::size_t w = 0; w < words_; ++w) syndrome[w] ^= columns_[i * words_ + w] & chosen;
      }
      if (const auto pattern = table_.find(syndrome.data())) {
        for (const auto position : *pattern) codeword[position] ^= 1;
        out.converged[row] = 1;
      }
      for (std::size_t i = 0; i < positions_.size(); ++i) out.info[row][i] = codeword[positions_[i]];
    }
    return out;
  }

  /// How many patterns weigh `weight` or less; anything above `most_patterns` when there are more than that.
  std::size_t patterns_up_to(std::size_t weight) const {
    std::size_t total = 0, choose = 1;
    for (std::size_t w = 0; w <= weight && w <= n_; ++w) {
      total += choose;
      if (total > most_patterns) return total;
      choose = choose * (n_ - w) / (w + 1);  // below 2^22 times n: no overflow
    }
    return total;
  }

  void build_table() {
    std::size_t weight = 0;
    if (weight_) {
      weight = std::min(static_cast<std::size_t>(*weight_), n_);
      if (patterns_up_to(weight) > most_patterns)
        throw tandem::FieldError("weight", "there are more than 2^22 patterns of weight " + std::to_string(weight) +
                                               " or less in " + std::to_string(n_) + " bits");
    } else {
      while (weight < n_ && patterns_up_to(weight + 1) <= default_patterns) ++weight;
    }
    table_ = SyndromeTable(words_, patterns_up_to(weight));
    for (std::size_t w = 0; w <= weight; ++w) add_patterns(w);
  }

  // All patterns of one weight in lexicographic order of their positions.
  void add_patterns(std::size_t weight) {
    std::vector<std::uint32_t> pattern(weight);
    for (std::size_t i = 0; i < weight; ++i) pattern[i] = static_cast<std::uint32_t>(i);
    std::vector<std::uint64_t> partial((weight + 1) * words_, 0);  // syndromes of the first 0, 1, ... positions
    std::size_t changed = 0;
    while (true) {
      for (std::size_t i = changed; i < weight; ++i)
        for (std::size_t w = 0; w < words_; ++w)
          partial[(i + 1) * words_ + w] = partial[i * words_ + w] ^ columns_[pattern[i] * words_ + w];
      table_.add(&partial[weight * words_], pattern);
      std::size_t i = weight;
      while (i > 0 && pattern[i - 1] == n_ - weight + i - 1) --i;
      if (i == 0) return;
      changed = i - 1;
      ++pattern[changed];
      for (; i < weight; ++i) pattern[i] = pattern[i - 1] + 1;
    }
  }

  std::optional<std::int64_t> weight_;
  std::size_t n_ = 0, words_ = 0;
  std::vector<std::uint32_t> positions_;
  std::vector<std::uint64_t> columns_;  // of the matrix, a bit a check
  SyndromeTable table_;
};

}  // namespace
TANDEM_PLUGIN(Hard, tandem::Decoder, "hard", "1.0.0",
              "hard decision by syndrome table: the lightest known error pattern")
