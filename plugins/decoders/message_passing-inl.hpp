// Included once for each SIMD target.
#if defined(TANDEM_MESSAGE_PASSING_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef TANDEM_MESSAGE_PASSING_INL
#undef TANDEM_MESSAGE_PASSING_INL
#else
#define TANDEM_MESSAGE_PASSING_INL
#endif

#include <hwy/aligned_allocator.h>

#include <algorithm>
#include <cstring>

#include "message_passing.hpp"

HWY_BEFORE_NAMESPACE();
namespace message_passing::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Real = HWY_FULL(float);
using Vector = hn::Vec<Real>;
using Mask = hn::Mask<Real>;
constexpr Real real{};
constexpr std::size_t lanes = hn::MaxLanes(real);
using LaneBits = std::uint16_t;  // a bit a lane
constexpr unsigned all_lanes = (1u << lanes) - 1;

HWY_INLINE Vector load(const float* from) { return hn::Load(real, from); }
HWY_INLINE void store(Vector value, float* to) { hn::Store(value, real, to); }
HWY_INLINE Vector constant(float value) { return hn::Set(real, value); }
HWY_INLINE Mask mask_of(unsigned bits) {
  const auto bytes = static_cast<LaneBits>(bits);
  std::uint8_t memory[8] = {};
  std::memcpy(memory, &bytes, sizeof bytes);
  return hn::LoadMaskBits(real, memory);
}
/// Bit l is set where lane l is negative.
HWY_INLINE LaneBits negative_lanes(Vector value) {
  std::uint8_t memory[8] = {};
  hn::StoreMaskBits(real, hn::Lt(value, hn::Zero(real)), memory);
  LaneBits bits;
  std::memcpy(&bits, memory, sizeof bits);
  return bits;
}

/// Messages from a check to a variable; those of frames that have just begun count as zero.
struct Messages final {
  float* HWY_RESTRICT values;
  Mask begun;

  HWY_INLINE Vector operator[](std::size_t edge) const { return hn::IfThenElseZero(begun, load(values + edge * lanes)); }
  HWY_INLINE void set(std::size_t edge, Vector value) const { store(value, values + edge * lanes); }
};

/// Decodes a job with the check rule `Rule`, which has
///   Vector receive(Vector llr): a channel value, clipped, in the rule's unit;
///   void check<degree, layered>(const std::uint32_t* variables, std::size_t degree, float* total, Messages, edge).
/// Each lane works on one frame; a lane whose frame has finished takes the next one that waits.
template <class Rule>
class Engine final {
 public:
  Engine(const Job& job, Rule rule) : job_(job), graph_(job.graph), rule_(rule) {
    const std::size_t v = graph_.variables * lanes;
    memory_ = hwy::AllocateAligned<float>(3 * v + (graph_.edges() + Rule::scratch(graph_)) * lanes);
    hard_memory_ = hwy::AllocateAligned<LaneBits>(graph_.variables + graph_.k);
    if (!memory_ || !hard_memory_) throw std::bad_alloc();
    total_ = memory_.get();
    channel_ = total_ + v;
    stage_ = channel_ + v;
    message_ = stage_ + v;
    rule_.memory = message_ + graph_.edges() * lanes;
    hard_ = hard_memory_.get();
    std::memset(memory_.get(), 0, v * sizeof(float));
  }

  void run() {
    unsigned idle = all_lanes;
    while (true) {
      const unsigned filled = fill(idle);
      idle &= ~filled;
      if (idle == all_lanes) return;
      job_.schedule.layered ? iterate<true>(filled) : iterate<false>(filled);
      idle |= finish(~idle & all_lanes);
    }
  }

 private:
  /// Gives waiting frames to idle lanes; returns which lanes took one.
  unsigned fill(unsigned idle) {
    unsigned filled = 0;
    while (idle != 0) {
      if (waiting_ == 0 && !load_stage()) break;
      alignas(64) std::int32_t source[lanes] = {};
      unsigned taken = 0;
      while (idle != 0 && waiting_ != 0) {
        const unsigned lane = lowest(idle), from = lowest(waiting_);
        source[lane] = static_cast<std::int32_t>(from);
        frame_[lane] = stage_row_ + from;
        iteration_[lane] = 0;
        taken |= 1u << lane;
        idle &= idle - 1;
        waiting_ &= waiting_ - 1;
      }
      const auto indices = hn::SetTableIndices(real, source);
      const Mask mask = mask_of(taken);
      for (std::size_t at = 0; at < graph_.variables * lanes; at += lanes) {
        const Vector fresh = hn::TableLookupLanes(load(stage_ + at), indices);
        store(hn::IfThenElse(mask, fresh, load(total_ + at)), total_ + at);
        if (!job_.schedule.layered) store(hn::IfThenElse(mask, fresh, load(channel_ + at)), channel_ + at);
      }
      filled |= taken;
    }
    return filled;
  }

  static unsigned lowest(unsigned bits) { return static_cast<unsigned>(__builtin_ctz(bits)); }

  /// Transposes the next rows to lanes. Rows that are codewords already end here. False when no rows are left.
  bool load_stage() {
    if (next_row_ == job_.rows) return false;
    stage_row_ = next_row_;
    const std::size_t count = std::min(lanes, job_.rows - next_row_);
    next_row_ += count;
    const float* row[lanes];
    for (std::size_t lane = 0; lane < lanes; ++lane)
      row[lane] = job_.llr + (stage_row_ + std::min(lane, count - 1)) * graph_.n;
    if (graph_.n < 4) {
      for (std::size_t v = 0; v < graph_.n; ++v) {
        alignas(64) float column[lanes];
        for (std::size_t lane = 0; lane < lanes; ++lane) column[lane] = row[lane][v];
        store(rule_.receive(load(column)), stage_ + v * lanes);
      }
    } else {
      for (std::size_t v = 0; v + 4 <= graph_.n; v += 4) transpose(row, v);
      if (graph_.n % 4 != 0) transpose(row, graph_.n - 4);
    }
    for (std::size_t v = graph_.n; v < graph_.variables; ++v) store(hn::Zero(real), stage_ + v * lanes);
    waiting_ = (1u << count) - 1;
    if (!job_.schedule.stop) return true;
    decide(stage_);
    const unsigned done = satisfied(waiting_);
    for (unsigned rest = done; rest != 0; rest &= rest - 1) emit(lowest(rest), stage_row_ + lowest(rest), 0, 1);
    waiting_ &= ~done;
    return true;
  }

  /// Columns v .. v + 3 of the rows: blocks of four rows side by side, each 4 x 4 block turned in place.
  HWY_INLINE void transpose(const float* const* row, std::size_t v) {
    const auto a = gather_blocks(real, row, v), b = gather_blocks(real, row + 1, v), c = gather_blocks(real, row + 2, v),
               d = gather_blocks(real, row + 3, v);
    const auto ac_low = hn::InterleaveLower(real, a, c), ac_high = hn::InterleaveUpper(real, a, c);
    const auto bd_low = hn::InterleaveLower(real, b, d), bd_high = hn::InterleaveUpper(real, b, d);
    float* to = stage_ + v * lanes;
    store(rule_.receive(hn::InterleaveLower(real, ac_low, bd_low)), to);
    store(rule_.receive(hn::InterleaveUpper(real, ac_low, bd_low)), to + lanes);
    store(rule_.receive(hn::InterleaveLower(real, ac_high, bd_high)), to + 2 * lanes);
    store(rule_.receive(hn::InterleaveUpper(real, ac_high, bd_high)), to + 3 * lanes);
  }
  /// Four values from v on of rows 0, 4, 8, ...
  template <class Tag>
  static HWY_INLINE hn::Vec<Tag> gather_blocks(Tag tag, const float* const* row, std::size_t v) {
    constexpr hn::FixedTag<float, 4> four;
    if constexpr (hn::MaxLanes(tag) == 8) {
      return hn::Combine(tag, hn::LoadU(four, row[4] + v), hn::LoadU(four, row[0] + v));
    } else {
      constexpr hn::Half<Tag> half;
      return hn::Combine(tag, gather_blocks(half, row + 8, v), gather_blocks(half, row, v));
    }
  }

  template <bool layered>
  void iterate(unsigned fresh) {
    const Messages messages{message_, mask_of(~fresh & all_lanes)};
    const std::uint32_t* variables = graph_.edge_variable.data();
    std::size_t edge = 0;
    for (const auto& run : graph_.runs) {
      switch (run.degree) {
        case 2: edge = checks<2, layered>(run, variables, messages, edge); break;
        case 3: edge = checks<3, layered>(run, variables, messages, edge); break;
        case 4: edge = checks<4, layered>(run, variables, messages, edge); break;
        case 5: edge = checks<5, layered>(run, variables, messages, edge); break;
        case 6: edge = checks<6, layered>(run, variables, messages, edge); break;
        case 7: edge = checks<7, layered>(run, variables, messages, edge); break;
        case 8: edge = checks<8, layered>(run, variables, messages, edge); break;
        default: edge = checks<0, layered>(run, variables, messages, edge); break;
      }
    }
    if constexpr (!layered) collect();
  }

  template <std::size_t degree, bool layered>
  HWY_NOINLINE std::size_t checks(Graph::Run run, const std::uint32_t* variables, Messages messages, std::size_t edge) {
    const std::size_t weight = degree != 0 ? degree : run.degree;
    for (std::size_t r = 0; r < run.rows; ++r, edge += weight)
      rule_.template check<degree, layered>(variables + edge, weight, total_, messages, edge);
    return edge;
  }

  /// Flooding: the new total of each variable.
  HWY_NOINLINE void collect() {
    std::size_t at = 0;
    for (std::size_t v = 0; v < graph_.variables; ++v) {
      Vector sum = load(channel_ + v * lanes);
      for (; at < graph_.variable_end[v]; ++at) sum = hn::Add(sum, load(message_ + graph_.variable_edge[at] * lanes));
      store(sum, total_ + v * lanes);
    }
  }

  /// After an iteration: writes out the frames that are finished and returns their lanes.
  unsigned finish(unsigned active) {
    unsigned last = 0;
    for (unsigned rest = active; rest != 0; rest &= rest - 1) {
      const unsigned lane = lowest(rest);
      if (++iteration_[lane] == job_.schedule.iterations) last |= 1u << lane;
    }
    if (!job_.schedule.stop && last == 0) return 0;
    decide(total_);
    const unsigned good = satisfied(active);
    const unsigned done = job_.schedule.stop ? good | last : last;
    for (unsigned rest = done; rest != 0; rest &= rest - 1) {
      const unsigned lane = lowest(rest);
      emit(lane, frame_[lane], iteration_[lane], static_cast<std::uint8_t>((good >> lane) & 1));
    }
    return done;
  }

  /// Hard decisions of all columns, and behind them once more those of the information bits in order.
  HWY_NOINLINE void decide(const float* values) {
    for (std::size_t v = 0; v < graph_.variables; ++v) hard_[v] = negative_lanes(load(values + v * lanes));
    for (std::size_t i = 0; i < graph_.k; ++i) hard_[graph_.variables + i] = hard_[graph_.information[i]];
  }

  /// Those of `candidates` whose hard decision satisfies every check.
  unsigned satisfied(unsigned candidates) const {
    const std::uint32_t* variable = graph_.edge_variable.data();
    for (const auto& run : graph_.runs) {
      switch (run.degree) {
        case 3: candidates = satisfied<3>(run, variable, candidates); break;
        case 4: candidates = satisfied<4>(run, variable, candidates); break;
        case 5: candidates = satisfied<5>(run, variable, candidates); break;
        case 6: candidates = satisfied<6>(run, variable, candidates); break;
        case 7: candidates = satisfied<7>(run, variable, candidates); break;
        case 8: candidates = satisfied<8>(run, variable, candidates); break;
        default: candidates = satisfied<0>(run, variable, candidates); break;
      }
      if (candidates == 0) return 0;
      variable += std::size_t{run.degree} * run.rows;
    }
    return candidates;
  }

  template <std::size_t degree>
  HWY_NOINLINE unsigned satisfied(Graph::Run run, const std::uint32_t* variable, unsigned candidates) const {
    const std::size_t weight = degree != 0 ? degree : run.degree;
    const LaneBits* const hard = hard_;
    for (std::size_t r = 0; r < run.rows && candidates != 0; ++r, variable += weight) {
      unsigned parity = 0;
      HWY_UNROLL(8)
      for (std::size_t i = 0; i < weight; ++i) parity ^= hard[variable[i]];
      candidates &= ~parity;
    }
    return candidates;
  }

  HWY_NOINLINE void emit(unsigned lane, std::size_t row, std::uint32_t iterations, std::uint8_t converged) const {
    spread(hard_, lane, graph_.n, job_.codeword + row * graph_.n);
    spread(hard_ + graph_.variables, lane, graph_.k, job_.info + row * graph_.k);
    job_.converged[row] = converged;
    job_.iterations[row] = iterations;
  }

  /// The bits of one lane, a byte each.
  static HWY_INLINE void spread(const LaneBits* from, unsigned lane, std::size_t count, std::uint8_t* to) {
    constexpr hn::FixedTag<LaneBits, 16> wide;
    constexpr hn::RebindToSigned<decltype(wide)> integer{};
    constexpr hn::Rebind<std::uint8_t, decltype(wide)> narrow{};
    const auto block = [&](std::size_t i) HWY_ATTR {
      const auto bits = hn::And(hn::ShiftRightSame(hn::LoadU(wide, from + i), static_cast<int>(lane)), hn::Set(wide, 1));
      hn::StoreU(hn::DemoteTo(narrow, hn::BitCast(integer, bits)), narrow, to + i);
    };
    std::size_t i = 0;
    for (; i + 16 <= count; i += 16) block(i);
    if (i == count) return;
    if (count >= 16) return block(count - 16);
    for (; i < count; ++i) to[i] = static_cast<std::uint8_t>((from[i] >> lane) & 1);
  }

  const Job& job_;
  const Graph& graph_;
  Rule rule_;
  hwy::AlignedFreeUniquePtr<float[]> memory_;
  hwy::AlignedFreeUniquePtr<LaneBits[]> hard_memory_;
  float *total_, *channel_, *stage_, *message_;  // [variable or edge][lane]
  LaneBits* hard_;                               // [variable, then information bit], a bit a lane
  std::size_t next_row_ = 0, stage_row_ = 0;
  unsigned waiting_ = 0;                         // lanes of the stage that hold a frame not yet begun
  std::size_t frame_[lanes] = {};
  std::uint32_t iteration_[lanes] = {};
};

}  // namespace message_passing::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
