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
#include <type_traits>

#include "message_passing.hpp"
//
#include "lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace message_passing::HWY_NAMESPACE {

/// Messages from a check to a variable; those of frames that have just begun count as zero.
struct Messages final {
  float* HWY_RESTRICT values;
  Mask begun;

  HWY_INLINE Vector operator[](std::size_t edge) const {
    return hn::IfThenElseZero(begun, load(values + edge * lanes));
  }
  HWY_INLINE void set(std::size_t edge, Vector value) const { store(value, values + edge * lanes); }
};

template <std::size_t degree>
using Degree = std::integral_constant<std::size_t, degree>;

/// Decodes a job with the check rule `Rule`, which has
///   Vector receive(Vector llr): a channel value, clipped, in the rule's unit;
///   void check<degree, layered>(const std::uint32_t* variables, std::size_t degree, float* total, Messages, edge).
/// Each lane works on one frame; a lane whose frame has finished takes the next one that waits.
template <class Rule>
class Engine final {
 public:
  Engine(const Job& job, Rule rule) : job_(job), graph_(job.graph), rule_(rule) {
    const std::size_t v = graph_.variables * lanes;
    memory_ = hwy::AllocateAligned<float>(3 * v + (graph_.edges() + Rule::vectors_per_edge * graph_.heaviest) * lanes);
    hard_memory_ = hwy::AllocateAligned<LaneBits>(graph_.variables + graph_.k);
    if (!memory_ || !hard_memory_) throw std::bad_alloc();
    total_ = memory_.get();
    channel_ = total_ + v;
    stage_ = channel_ + v;
    message_ = stage_ + v;
    rule_.memory = message_ + graph_.edges() * lanes;
    hard_ = hard_memory_.get();
    std::memset(memory_.get(), 0, 2 * v * sizeof(float));  // lanes that never get a frame compute too
  }

  void run() {
    unsigned idle = all_lanes;
    while (true) {
      const unsigned filled = fill(idle);
      idle &= ~filled;
      if (idle == all_lanes) return;
      job_.schedule.layered ? iterate<true>(filled | idle) : iterate<false>(filled | idle);
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
      for (std::size_t v = 0; v + 4 <= graph_.n; v += 4) stage(row, v);
      if (graph_.n % 4 != 0) stage(row, graph_.n - 4);
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

  HWY_INLINE void stage(const float* const* row, std::size_t v) {
    const std::array<Vector, 4> columns = transpose(row, v);
    for (std::size_t i = 0; i < 4; ++i) store(rule_.receive(columns[i]), stage_ + (v + i) * lanes);
  }

  /// Calls `act` with the weight of a check as a constant where it is a common one, else with 0.
  template <class Act>
  static auto with_degree(std::uint32_t degree, Act act) {
    switch (degree) {
      case 2:
        return act(Degree<2>());
      case 3:
        return act(Degree<3>());
      case 4:
        return act(Degree<4>());
      case 5:
        return act(Degree<5>());
      case 6:
        return act(Degree<6>());
      case 7:
        return act(Degree<7>());
      case 8:
        return act(Degree<8>());
      default:
        return act(Degree<0>());
    }
  }

  template <bool layered>
  void iterate(unsigned fresh) {
    const Messages messages{message_, mask_of(~fresh & all_lanes)};
    const std::uint32_t* variables = graph_.edge_variable.data();
    std::size_t edge = 0;
    for (const auto& run : graph_.runs)
      edge = with_degree(run.degree,
                         [&](auto degree) { return checks<degree(), layered>(run, variables, messages, edge); });
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
      candidates = with_degree(run.degree, [&](auto degree) { return satisfied<degree()>(run, variable, candidates); });
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

  const Job& job_;
  const Graph& graph_;
  Rule rule_;
  hwy::AlignedFreeUniquePtr<float[]> memory_;
  hwy::AlignedFreeUniquePtr<LaneBits[]> hard_memory_;
  float *total_, *channel_, *stage_, *message_;  // [variable or edge][lane]
  LaneBits* hard_;                               // [variable, then information bit], a bit a lane
  std::size_t next_row_ = 0, stage_row_ = 0;
  unsigned waiting_ = 0;  // lanes of the stage that hold a frame not yet begun
  std::size_t frame_[lanes] = {};
  std::uint32_t iteration_[lanes] = {};
};

}  // namespace message_passing::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
