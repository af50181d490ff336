#include "ordered_statistics.hpp"

#include <array>
#include <limits>

#include "reliable_basis.hpp"

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr std::size_t group_bits = 3, piece_bits = 32, piece_groups = 11;

// Covers the rounding of sums of 4096 floats.
constexpr float certain = 0.999f;

template <std::size_t static_words>
class Frames final : public OrderedStatistics, private ReliableBasis<static_words> {
 public:
  Frames(const ReducedCode& code, std::size_t order)
      : Basis(code),
        order_(std::min(order, code.k)),
        pieces_((code.n - code.k + piece_bits - 1) / piece_bits),
        padded_((code.k + lanes - 1) / lanes * lanes),
        own_(padded_),
        parity_(pieces_ * padded_),
        tables_(pieces_ * piece_groups * lanes),
        parity_reliability_(pieces_ * piece_groups * group_bits),
        sums_((most_order + 1) * pieces_) {}

  std::uint32_t decode(const float* llr, std::uint8_t* codeword, std::uint8_t* information) override {
    this->receive(llr);
    std::uint32_t stages = 0;
    if (!this->is_codeword()) {
      this->sort();
      this->reduce();
      this->reencode();
      stages = settled() ? 1 : search();
      for (std::size_t w = 0; w < words(); ++w) hard_[w] ^= difference_[w];
    }
    unpack(codeword);
    code_.information(hard_.data(), information);
    return stages;
  }

 private:
  using Basis = ReliableBasis<static_words>;
  using Basis::basis_, Basis::chosen_, Basis::code_, Basis::difference_, Basis::hard_, Basis::reliability_;
  using Basis::dependent, Basis::flip_row, Basis::has, Basis::rows_, Basis::sorted_, Basis::words;

  // No codeword can be better: another one differs in `distance` positions or more, and where this one agrees with the
  // hard decision it pays.
  bool settled() const {
    std::size_t different = 0;
    float cost = 0;
    for (std::size_t w = 0; w < words(); ++w)
      for (std::uint64_t left = difference_[w]; left != 0; left &= left - 1, ++different)
        cost += reliability_[64 * w + static_cast<std::size_t>(std::countr_zero(left))];
    float others = 0;
    for (std::size_t i = code_.n, agreeing = different; i-- > 0 && agreeing < code_.distance;) {
      if (has(difference_.data(), sorted_[i])) continue;
      others += reliability_[sorted_[i]];
      ++agreeing;
    }
    return cost < certain * others;
  }

  // All patterns by weight.
  std::uint32_t search() {
    prepare();
    weight_ = 0;
    best_ = 0;
    for (std::size_t p = 0; p < pieces_; ++p)
      for (std::size_t g = 0; g < piece_groups; ++g)
        best_ += tables_[(p * piece_groups + g) * lanes + ((sums_[p] >> (group_bits * g)) & (lanes - 1))];
    std::uint32_t stages = 1;
    for (std::size_t weight = 1; weight <= order_; ++weight) {
      if (least_cost(weight, 0) >= best_) break;
      ++stages;
      if (extend(weight, code_.k, 0, 0)) break;
    }
    for (std::size_t i = 0; i < weight_; ++i) flip_row(chosen_[best_pattern_[i]]);
    return stages;
  }

  // Rows in the order of `chosen_`, the least reliable basis bit first, without the basis; tables of the cost of every
  // three bits of what is left.
  void prepare() {
    for (std::size_t i = 0; i < code_.k; ++i) own_[i] = reliability_[basis_[chosen_[i]]];
    for (std::size_t i = 0; i < code_.k; ++i)
      compress(rows_.data() + chosen_[i], code_.stride, parity_.data() + i, padded_);
    compress(difference_.data(), 1, sums_.data(), 1);
    std::size_t parity = 0;
    for (std::size_t w = 0; w < words(); ++w)
      for (std::uint64_t left = dependent(w); left != 0; left &= left - 1, ++parity)
        parity_reliability_[parity / piece_bits * piece_groups * group_bits + parity % piece_bits] =
            reliability_[64 * w + static_cast<std::size_t>(std::countr_zero(left))];
    const auto bit = [](int which) {
      return _mm256_castsi256_ps(_mm256_setr_epi32(0, which == 0 ? -1 : 0, which == 1 ? -1 : 0, which < 2 ? -1 : 0,
                                                   which == 2 ? -1 : 0, which != 1 ? -1 : 0, which != 0 ? -1 : 0, -1));
    };
    const __m256 masks[] = {bit(0), bit(1), bit(2)};
    for (std::size_t g = 0; g < pieces_ * piece_groups; ++g) {
      __m256 sum = _mm256_setzero_ps();
      for (std::size_t i = 0; i < group_bits; ++i)
        sum = _mm256_add_ps(sum, _mm256_and_ps(masks[i], _mm256_set1_ps(parity_reliability_[group_bits * g + i])));
      _mm256_store_ps(tables_.data() + lanes * g, sum);
    }
  }

  // The bits at dependent positions, in pieces.
  void compress(const std::uint64_t* from, std::size_t stride, std::uint32_t* to, std::size_t to_stride) const {
    std::uint64_t pending = 0;
    std::size_t filled = 0, piece = 0;
    const auto flush = [&] {
      for (; filled > 0 && piece < pieces_; ++piece, pending >>= piece_bits) {
        to[piece * to_stride] = static_cast<std::uint32_t>(pending);
        filled -= std::min(filled, piece_bits);
      }
    };
    for (std::size_t w = 0; w < words(); ++w) {
      const std::uint64_t mask = dependent(w), bits = _pext_u64(from[w * stride], mask);
      const auto count = static_cast<std::size_t>(std::popcount(mask));
      pending |= bits << filled;
      if (filled + count < 64) {
        filled += count;
        continue;
      }
      const std::size_t taken = 64 - filled, rest = count - taken;
      filled = 64;
      flush();
      pending = rest > 0 ? bits >> taken : 0;
      filled = rest;
    }
    flush();
  }

  // What the `weight` cheapest basis bits cost on top of `own`, added in the order in which patterns add: a sum that
  // rounding cannot bring above that of any other `weight` bits.
  float least_cost(std::size_t weight, float own) {
    while (weight-- > 0) own += own_[weight];
    return own;
  }

  // Patterns of `more` further rows among the first `limit`, on top of pattern_[0 .. depth - 1] whose sum is at
  // sums_[depth] and costs `own` in the basis. True when nothing better is left.
  bool extend(std::size_t more, std::size_t limit, std::size_t depth, float own) {
    if (more == 1) return scan(limit, depth, own);
    for (std::size_t i = more - 1; i < limit; ++i) {
      const float cost = own + own_[i];
      if (least_cost(more - 1, cost) >= best_) return false;
      for (std::size_t p = 0; p < pieces_; ++p)
        sums_[(depth + 1) * pieces_ + p] = sums_[depth * pieces_ + p] ^ parity_[p * padded_ + i];
      pattern_[depth] = i;
      if (extend(more - 1, i, depth + 1, cost)) return true;
    }
    return false;
  }

  // The last row of a pattern: eight candidates at once.
  bool scan(std::size_t limit, std::size_t depth, float own) {
    for (std::size_t i = 0; i < limit; i += lanes) {
      if (own + own_[i] >= best_) return false;
      const __m256 metrics = metrics_of(i, limit, depth, own);
      if (_mm256_movemask_ps(_mm256_cmp_ps(metrics, _mm256_set1_ps(best_), _CMP_LT_OQ)) == 0) continue;
      alignas(32) std::array<float, lanes> metric;
      _mm256_store_ps(metric.data(), metrics);
      const auto least = static_cast<std::size_t>(std::ranges::min_element(metric) - metric.begin());
      best_ = metric[least];
      pattern_[depth] = i + least;
      if (improved(depth + 1)) return true;
    }
    return false;
  }

  __m256 metrics_of(std::size_t i, std::size_t limit, std::size_t depth, float own) {
    const __m256i lane =
        _mm256_add_epi32(_mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7), _mm256_set1_epi32(static_cast<int>(i)));
    const __m256 within = _mm256_castsi256_ps(_mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(limit)), lane));
    const __m256 costs = _mm256_add_ps(_mm256_set1_ps(own), _mm256_load_ps(own_.data() + i));
    __m256 sum = _mm256_blendv_ps(_mm256_set1_ps(infinity), costs, within);
    const float* table = tables_.data();
    for (std::size_t p = 0; p < pieces_; ++p) {
      const __m256i outer = _mm256_set1_epi32(static_cast<int>(sums_[depth * pieces_ + p]));
      __m256i bits = _mm256_xor_si256(outer, load(parity_.data() + p * padded_ + i));
      for (std::size_t g = 0; g < piece_groups; ++g, table += lanes) {  // a permutation reads three bits of its index
        sum = _mm256_add_ps(sum, _mm256_permutevar8x32_ps(_mm256_load_ps(table), bits));
        bits = _mm256_srli_epi32(bits, group_bits);
      }
    }
    return sum;
  }

  // Keeps the first `weight` rows of pattern_; true when no codeword can be better.
  bool improved(std::size_t weight) {
    const auto flip = [&] {
      for (std::size_t i = 0; i < weight_; ++i) flip_row(chosen_[best_pattern_[i]]);
    };
    weight_ = weight;
    best_pattern_ = pattern_;
    flip();
    const bool result = settled();
    flip();
    return result;
  }

  void unpack(std::uint8_t* out) const {
    constexpr std::uint64_t lowest_bits = 0x0101010101010101;
    for (std::size_t i = 0; i < code_.n; i += 8) {
      const std::uint64_t eight = _pdep_u64((hard_[i / 64] >> (i % 64)) & 0xff, lowest_bits);
      std::memcpy(out + i, &eight, std::min<std::size_t>(8, code_.n - i));
    }
  }

  std::size_t order_, pieces_, padded_;
  Aligned<float> own_;             // the reliabilities of basis bits, rising
  Aligned<std::uint32_t> parity_;  // [piece][padded_]
  Aligned<float> tables_;          // [piece][group][lanes]
  std::vector<float> parity_reliability_;
  std::vector<std::uint32_t> sums_;  // [depth][piece]
  std::array<std::size_t, most_order> pattern_{}, best_pattern_{};
  std::size_t weight_ = 0;
  float best_ = 0;
};

}  // namespace

std::unique_ptr<OrderedStatistics> ordered_statistics(const ReducedCode& code, std::size_t order) {
  if (code.words == 1) return std::make_unique<Frames<1>>(code, order);
  if (code.words == 2) return std::make_unique<Frames<2>>(code, order);
  return std::make_unique<Frames<0>>(code, order);
}
