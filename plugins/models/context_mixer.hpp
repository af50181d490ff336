#pragma once

#include <immintrin.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <span>
#include <utility>
#include <vector>


namespace tandem::models::mixing {

// A context mixing model in integers only, so that two machines always agree. Probabilities are of 2^16, or of 2^22
// where they are learned; "stretched" ones are 256 ln(p / (1 - p)).

constexpr int stretch_limit = 2840;  // 256 ln(65535): beyond it a probability is 0 or 1

struct Logistic final {
  std::array<std::uint16_t, 2 * stretch_limit + 1> squash;
  std::array<std::int16_t, 65536> stretch;

  // In fixed point: the mathematical library's exp may differ in the last bit from machine to machine.
  Logistic() {
    __extension__ using Wide = unsigned __int128;
    constexpr std::uint64_t one = std::uint64_t{1} << 62;
    std::uint64_t ratio = 0, term = one;  // ratio: e^(-1/256), by its series
    for (std::uint64_t n = 1; term != 0; ++n) {
      ratio = n % 2 ? ratio + term : ratio - term;
      term /= 256 * n;
    }
    std::uint64_t power = one;  // e^(-x/256)
    for (std::size_t x = 0; x <= stretch_limit; ++x) {
      const Wide rounded = ((Wide{1} << 79) / (Wide{one} + power) + 1) / 2;  // 2^16 / (1 + e^(-x/256))
      const auto p = static_cast<std::uint16_t>(std::min<Wide>(rounded, 65535));
      squash[stretch_limit + x] = p;
      squash[stretch_limit - x] = static_cast<std::uint16_t>(65536 - p);
      power = static_cast<std::uint64_t>((Wide{power} * ratio) >> 62);
    }
    // The largest x whose squash does not exceed p, and the same mirrored.
    std::size_t x = 0;
    for (std::size_t p = 32768; p < 65536; ++p) {
      while (x < stretch_limit && squash[stretch_limit + x + 1] <= p) ++x;
      stretch[p] = static_cast<std::int16_t>(x);
      stretch[65536 - p] = static_cast<std::int16_t>(-static_cast<int>(x));
    }
    stretch[0] = -stretch_limit;
  }
};
inline const Logistic logistic;
inline int squash(int x) {
  return logistic.squash[static_cast<std::size_t>(std::clamp(x, -stretch_limit, stretch_limit) + stretch_limit)];
}
inline int stretch(int p) { return logistic.stretch[static_cast<std::size_t>(p)]; }

/// What happened in a context, in a byte: the first `full` bits in full, afterwards how many zeros and ones and which
/// came last. A bit that contradicts many shortens their count: contexts change their habits.
class BitHistories final {
 public:
  struct State final {
    std::uint8_t next[2];  // behind a 0, behind a 1
    std::uint8_t n0, n1;
    int total() const { return n0 + n1; }
  };
  std::array<State, 256> state{};  // state 0 has seen nothing

  BitHistories() {
    for (int length = 0; length <= full; ++length)
      for (int bits = 0; bits < 1 << length; ++bits) {
        const int ones = std::popcount(static_cast<unsigned>(bits));
        keys_.push_back({{length - ones, ones}, bits & 1});
      }
    for (int total = full + 1; total <= most[0]; ++total)
      for (int ones = 0; ones <= total; ++ones)
        for (int last = 0; last < 2; ++last)
          if (allowed(total - ones, ones) && (last ? ones : total - ones) > 0)
            keys_.push_back({{total - ones, ones}, last});
    for (std::size_t i = 0; i < keys_.size(); ++i)
      state[i] = {
          {next(i, 0), next(i, 1)}, static_cast<std::uint8_t>(keys_[i].n[0]), static_cast<std::uint8_t>(keys_[i].n[1])};
  }

 private:
  struct Key final {
    std::array<int, 2> n;
    int last;
  };
  static constexpr int full = 4;
  static constexpr std::size_t longest_full = (1 << full) - 1, counted = (2 << full) - 1;  // where these states begin
  static constexpr std::array<int, 6> most = {36, 20, 11,
                                              7,  6,  5};  // of one bit, beside 0 .. 5 of the other: 229 states

  static bool allowed(int a, int b) {
    const int low = std::min(a, b), high = std::max(a, b);
    return low < static_cast<int>(most.size()) && high <= most[static_cast<std::size_t>(low)];
  }
  std::uint8_t next(std::size_t i, int bit) const {
    const Key& key = keys_[i];
    const std::size_t b = static_cast<std::size_t>(bit), length = static_cast<std::size_t>(key.n[0] + key.n[1]);
    if (i < longest_full) {
      const std::size_t begin = (std::size_t{1} << length) - 1;  // of the histories of this length
      return static_cast<std::uint8_t>(2 * begin + 1 + 2 * (i - begin) + b);
    }
    static constexpr std::array<int, 13> kept = {0, 1, 2, 3, 3, 4, 4, 5, 5, 5, 5, 6, 6};
    int same = key.n[b] + 1, other = kept[static_cast<std::size_t>(std::min(key.n[1 - b], 12))];
    // Shortened to a full history again: one of the same counts.
    if (same + other <= full)
      for (std::size_t j = longest_full; j < counted; ++j)
        if (keys_[j].n[b] == full - other && keys_[j].last == bit) return static_cast<std::uint8_t>(j);
    for (;; --(same > other ? same : other))
      for (std::size_t j = counted; j < keys_.size(); ++j)
        if (keys_[j].n[b] == same && keys_[j].n[1 - b] == other && keys_[j].last == bit)
          return static_cast<std::uint8_t>(j);
  }

  std::vector<Key> keys_;
};
inline const BitHistories histories;

// 2^16 / (n + 1.5): the step towards the next bit behind n bits.
inline const auto reciprocals = [] {
  std::array<std::uint32_t, 1024> r{};
  for (std::uint32_t n = 0; n < 1024; ++n) r[n] = 131072 / (2 * n + 3);
  return r;
}();

/// A probability that learns from what happens: the mean of all at first, of the last `limit` in the end.
class Adaptive final {
 public:
  explicit Adaptive(std::uint32_t p16 = 32768, std::uint32_t count = 0) : value_(half ^ (p16 << 16 | count)) {}
  int p() const { return static_cast<int>((value_ ^ half) >> 16); }
  void update(int bit, std::uint32_t limit) {
    const std::uint32_t n = value_ & 1023;
    const auto p = static_cast<std::int64_t>((value_ ^ half) >> 10);
    const std::int64_t target = bit ? (1 << 22) - 1 : 0;
    const std::int64_t next = p + (((target - p) * reciprocals[n]) >> 16);
    value_ = half ^ (static_cast<std::uint32_t>(next) << 10 | (n < limit ? n + 1 : limit));
  }

 private:
  static constexpr std::uint32_t half = std::uint32_t{1} << 31;
  std::uint32_t value_;  // the probability in 22 bits, the count in 10; so that zero is 1/2 after nothing
};

/// Memory that was given back and is taken again: for models that come and go the system would clear every page anew, which
/// takes longer than a short text. Thread-safe.
class Spare final {
 public:
  /// Of exactly this size, with whatever it held; null where there is none.
  static void* take(std::size_t size) {
    const std::lock_guard lock(here().mutex_);
    const auto found = here().blocks_.find(size);
    if (found == here().blocks_.end()) return nullptr;
    void* block = found->second;
    here().blocks_.erase(found);
    here().kept_ -= size;
    return block;
  }
  static void give(void* block, std::size_t size) {
    {
      const std::lock_guard lock(here().mutex_);
      if (here().kept_ + size <= most) {
        here().blocks_.emplace(size, block);
        here().kept_ += size;
        return;
      }
    }
    munmap(block, size);
  }
  ~Spare() {
    for (const auto& [size, block] : blocks_) munmap(block, size);
  }

 private:
  static constexpr std::size_t most = std::size_t{1} << 30;
  static Spare& here() {
    static Spare spare;
    return spare;
  }
  std::mutex mutex_;
  std::multimap<std::size_t, void*> blocks_;
  std::size_t kept_ = 0;
};

/// Numbers that are zero at first, in pages that cost nothing before they are touched. Large arrays ask for large
/// pages: looking up a context misses the address cache at every step otherwise.
template <class T>
class Pages final {
 public:
  Pages() = default;
  explicit Pages(std::size_t size) : size_(size) {
    if (size == 0) return;
    data_ = static_cast<T*>(fresh(bytes()));
  }
  Pages(std::size_t size, const T& value) : Pages(size) { std::fill_n(data_, size, value); }
  Pages(const Pages& other) : size_(other.size_) {
    if (size_ == 0) return;
    void* block = Spare::take(bytes());
    data_ = static_cast<T*>(block ? block : fresh(bytes()));
    std::memcpy(static_cast<void*>(data_), other.data_, bytes());
  }
  Pages(Pages&& other) noexcept : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  Pages& operator=(Pages other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~Pages() {
    if (data_) Spare::give(data_, bytes());
  }
  std::size_t size() const { return size_; }
  T& operator[](std::size_t i) { return data_[i]; }
  const T& operator[](std::size_t i) const { return data_[i]; }

 private:
  static constexpr std::size_t large = std::size_t{8} << 20;  // a short stream touches few of the small pages
  std::size_t bytes() const { return size_ * sizeof(T); }
  static void* fresh(std::size_t bytes) {
    void* block = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block == MAP_FAILED) throw std::bad_alloc();
    if (bytes >= large) madvise(block, bytes, MADV_HUGEPAGE);  // refusing it costs only time
    return block;
  }
  T* data_ = nullptr;
  std::size_t size_ = 0;
};

/// A text that grows; copies share what was frozen of it, once.
class History final {
 public:
  void push_back(std::uint8_t byte) { own_.push_back(byte); }
  std::size_t size() const { return shared_size_ + own_.size(); }
  std::uint8_t operator[](std::size_t i) const { return i < shared_size_ ? (*shared_)[i] : own_[i - shared_size_]; }
  void freeze() {
    if (shared_) return;
    shared_ = std::make_shared<const std::vector<std::uint8_t>>(std::move(own_));
    shared_size_ = shared_->size();
    own_.clear();
  }

 private:
  std::shared_ptr<const std::vector<std::uint8_t>> shared_;
  std::size_t shared_size_ = 0;
  std::vector<std::uint8_t> own_;
};

/// Slots for contexts: a check byte and the bit histories of the 15 decisions of a nibble, four slots to a cache line.
/// A wide table also keeps a probability for each decision: it costs three times the memory and tells frequent
/// contexts apart, which all look the same to a bit history that is full.
class SlotTable final {
 public:
  /// At most `limit` bytes of bit histories.
  SlotTable(std::size_t limit, bool wide, bool grows) {
    // By halves from the limit to the first size, in whole lines.
    std::size_t lines = std::max<std::size_t>(limit >> 6, 1);
    while (grows && lines << 6 > first_size) lines /= 2, ++doublings_;
    histories_ = Pages<std::uint8_t>(lines << 6);
    if (wide) means_ = Pages<std::int16_t>(lines << 6);
  }


  bool wide() const { return means_.size() > 0; }
  void prefetch(std::uint64_t hash) const { __builtin_prefetch(&histories_[line(hash)]); }
  /// The slot of a context; a new one takes the place of the least seen of its cache line.
  std::uint32_t find(std::uint64_t hash) {
    const std::size_t at = line(hash);
    std::uint8_t* const slots = &histories_[at];
    const auto check = static_cast<std::uint8_t>(hash >> 56);
    std::size_t victim = 0;
    int least = 1 << 30;
    for (std::size_t i = 0; i < 4; ++i) {
      if (slots[i * 16] == check) return static_cast<std::uint32_t>((at >> 4) + i);
      const int seen = histories.state[slots[i * 16 + 1]].total();
      if (seen < least) least = seen, victim = i;
    }
    ++inserted_;
    std::memset(slots + victim * 16, 0, 16);
    slots[victim * 16] = check;
    if (wide()) std::memset(&means_[at + victim * 16], 0, 16 * sizeof(std::int16_t));
    return static_cast<std::uint32_t>((at >> 4) + victim);
  }
  std::uint8_t* history(std::uint32_t slot) { return &histories_[std::size_t{slot} * 16]; }
  /// Probabilities less 1/2, of 2^16; only in a wide table.
  std::int16_t* means(std::uint32_t slot) { return &means_[std::size_t{slot} * 16]; }
  void prefetch_means(std::uint32_t slot) const { __builtin_prefetch(&means_[std::size_t{slot} * 16]); }

  /// Doubles the table when it is a sixteenth full, so that a short stream pays for what it uses. Line i becomes line
  /// 2i or 2i + 1 by a further bit of the hash, which its slots have not kept: both get a copy, and what is never found
  /// again is replaced in time. Invalidates the slots found before.
  void grow_if_crowded() {
    if (doublings_ == 0 || inserted_ * 16 * 16 <= histories_.size()) return;
    --doublings_;
    double_lines(histories_);
    if (wide()) double_lines(means_);
  }

 private:
  static constexpr std::size_t first_size = std::size_t{4} << 20;
  template <class T>
  static void double_lines(Pages<T>& lines) {
    Pages<T> doubled(lines.size() * 2);
    for (std::size_t i = 0; i < doubled.size(); i += 64) std::memcpy(&doubled[i], &lines[i / 128 * 64], 64 * sizeof(T));
    lines = std::move(doubled);
  }
  // Where the line of a hash begins: its lower half as a fraction of the table.
  std::size_t line(std::uint64_t hash) const { return (hash & 0xffffffff) * (histories_.size() >> 6) >> 32 << 6; }

  int doublings_ = 0;
  std::size_t inserted_ = 0;
  Pages<std::uint8_t> histories_;
  Pages<std::int16_t> means_;
};

/// What a mixer mixes: stretched probabilities, padded with zeros to a multiple of 16.
class Inputs final {
 public:
  static constexpr int most = 96;
  void clear() { count_ = 0; }
  void add(int x) { value_[static_cast<std::size_t>(count_++)] = static_cast<std::int16_t>(x); }
  void pad() {
    while (count_ % 16) add(0);
  }
  int count() const { return count_; }
  const std::int16_t* data() const { return value_.data(); }

 private:
  alignas(32) std::array<std::int16_t, most> value_{};
  int count_ = 0;
};

// Weights are of 32 bits so that small steps are not lost, a product takes their upper part: 16 bits, 2^12 for 1.
constexpr std::int32_t weight_one = 1 << 27, weight_limit = 1 << 30;
constexpr int weight_shift = 15, step_shift = 4;

/// Sum of x[i] w[i] / 2^12; n a multiple of 16. Products are added in pairs before they lose their lowest 4 bits.
inline int dot(const std::int16_t* x, const std::int32_t* w, int n) {
  const auto* xs = reinterpret_cast<const __m256i*>(x);
  const auto* ws = reinterpret_cast<const __m256i*>(w);
  __m256i sum = _mm256_setzero_si256();
  for (int i = 0; i < n / 16; ++i) {
    const __m256i low = _mm256_srai_epi32(_mm256_loadu_si256(ws + 2 * i), weight_shift);
    const __m256i high = _mm256_srai_epi32(_mm256_loadu_si256(ws + 2 * i + 1), weight_shift);
    // Packing works on halves: the middle quarters change places again.
    const __m256i packed = _mm256_permute4x64_epi64(_mm256_packs_epi32(low, high), 0xd8);
    sum = _mm256_add_epi32(sum, _mm256_srai_epi32(_mm256_madd_epi16(_mm256_load_si256(xs + i), packed), 4));
  }
  __m128i half = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
  half = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0x4e));
  half = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0xb1));
  return _mm_cvtsi128_si32(half) >> 8;
}
/// w[i] += x[i] error / 2^4, within the limits; n a multiple of 16, error of 16 bits.
inline void train(const std::int16_t* x, std::int32_t* w, int n, int error) {
  const __m256i e = _mm256_set1_epi32(error), top = _mm256_set1_epi32(weight_limit), bottom = _mm256_set1_epi32(-weight_limit);
  auto* ws = reinterpret_cast<__m256i*>(w);
  for (int i = 0; i < n / 8; ++i) {
    const __m256i t = _mm256_cvtepi16_epi32(_mm_load_si128(reinterpret_cast<const __m128i*>(x) + i));
    const __m256i step = _mm256_srai_epi32(_mm256_mullo_epi32(t, e), step_shift);
    const __m256i moved = _mm256_add_epi32(_mm256_loadu_si256(ws + i), step);
    _mm256_storeu_si256(ws + i, _mm256_min_epi32(_mm256_max_epi32(moved, bottom), top));
  }
}

/// Sets of weights over the same inputs; a small context chooses one.
class Mixer final {
 public:
  Mixer(int sets, int inputs, std::int32_t initial)
      : stride_((inputs + 15) / 16 * 16), weights_(static_cast<std::size_t>(sets * stride_), initial) {}
  /// Gives one input another weight in all sets.
  void preset(std::size_t input, std::int32_t weight) {
    for (std::size_t at = input; at < weights_.size(); at += static_cast<std::size_t>(stride_)) weights_[at] = weight;
  }
  /// The mixture, stretched.
  int mix(const Inputs& inputs, std::uint32_t set) {
    at_ = std::size_t{set} * static_cast<std::size_t>(stride_);
    mixed_ = std::clamp(dot(inputs.data(), &weights_[at_], inputs.count()), -stretch_limit, stretch_limit);
    return mixed_;
  }
  /// A step along the gradient of the code length. 4096 rate: step of a weight for a wrong decision and an input of 1.
  void update(const Inputs& inputs, int bit, int rate) {
    const std::int64_t error = ((std::int64_t{(bit << 16) - squash(mixed_)} * rate + 256) >> 9);
    train(inputs.data(), &weights_[at_], inputs.count(),
          static_cast<int>(std::clamp<std::int64_t>(error, -32767, 32767)));
  }

 private:
  int stride_, mixed_ = 0;
  std::size_t at_ = 0;
  Pages<std::int32_t> weights_;
};

/// Secondary estimation: what a mixed probability turned out to mean in a small context, between fixed points.
class Apm final {
 public:
  explicit Apm(std::size_t contexts) : points_(contexts * count) {
    for (std::size_t i = 0; i < points_.size(); ++i)
      points_[i] = static_cast<std::uint16_t>(squash((static_cast<int>(i % count) - half) * spacing));
  }
  int refine(int stretched, std::uint32_t context) {
    const int position = stretched + half * spacing, weight = position % spacing;
    at_ = context * count + static_cast<std::size_t>(position / spacing);
    far_ = at_ + (weight < spacing / 2);
    return (points_[at_] * (spacing - weight) + points_[at_ + 1] * weight) / spacing;
  }
  /// Both neighbours move, the nearer one twice as far.
  void update(int bit) {
    const int target = bit ? 65535 : 0;
    for (std::size_t i = at_; i < at_ + 2; ++i)
      points_[i] = static_cast<std::uint16_t>(points_[i] + ((target - points_[i]) >> (i == far_ ? 6 : 5)));
  }

 private:
  static constexpr int spacing = 256, half = stretch_limit / spacing + 1, count = 2 * half + 1;
  Pages<std::uint16_t> points_;
  std::size_t at_ = 0, far_ = 0;
};

inline std::uint64_t hash_of(std::uint64_t a, std::uint64_t b) {
  std::uint64_t h = (a + 0x9e3779b97f4a7c15u) * 0xd6e8feb86659fd93u;
  h ^= h >> 32;
  h = (h + b) * 0xa0761d6478bd642fu;
  return h ^ h >> 29;
}

/// Predicts what followed the last place where the last `minimum` bytes stood.
class MatchModel final {
 public:
  MatchModel(std::size_t minimum, int log2_entries)
      : minimum_(minimum), shift_(64 - log2_entries), index_(std::size_t{1} << log2_entries) {
    for (std::size_t i = 0; i < trust_.size(); ++i)
      trust_[i] = Adaptive(65535 - 32768 / static_cast<std::uint32_t>(i + 2), 2);
  }
  /// Behind a byte: follows the match or looks for a new one.
  void find(const History& history) {
    if (length_ > 0) {
      ++length_;
      ++next_;
    }
    if (history.size() < minimum_) return;
    std::uint64_t hash = 0;
    for (std::size_t i = history.size() - minimum_; i < history.size(); ++i)
      hash = (hash + history[i] + 1) * 0x9e3779b97f4a7c15u;
    std::uint32_t& entry = index_[(hash ^ hash >> 29) * 0xa0761d6478bd642fu >> shift_];
    if (length_ == 0 && entry > 0) {
      next_ = entry;
      while (length_ < longest && length_ < next_ &&
             history[next_ - 1 - length_] == history[history.size() - 1 - length_])
        ++length_;
      if (length_ < minimum_) length_ = 0;
    }
    entry = static_cast<std::uint32_t>(history.size());
    if (length_ > 0) expected_ = history[next_];
    bucket_ = length_ < 16 ? length_ : length_ < 32 ? 12 + length_ / 4 : std::min<std::size_t>(18 + length_ / 16, 31);
  }
  void add_inputs(Inputs& inputs, int bit_position) const {
    if (length_ == 0) {
      inputs.add(0);
      inputs.add(0);
      return;
    }
    const int p = trust_[bucket_].p(), sign = expected_bit(bit_position) ? 1 : -1;
    inputs.add(sign * stretch(p));
    inputs.add(sign * (p - 32768) >> 6);
  }
  void update(int bit, int bit_position) {
    if (length_ == 0) return;
    const bool right = expected_bit(bit_position) == bit;
    trust_[bucket_].update(right, 1023);
    if (!right) length_ = 0;
  }
  bool found() const { return length_ > 0; }
  std::uint32_t expected() const { return expected_; }
  std::uint32_t bucket() const { return length_ ? static_cast<std::uint32_t>(bucket_) : 0; }  ///< 0 .. 31

 private:
  static constexpr std::size_t longest = 400;
  int expected_bit(int bit_position) const { return expected_ >> (7 - bit_position) & 1; }
  std::size_t minimum_;
  int shift_;
  Pages<std::uint32_t> index_;
  std::array<Adaptive, 32> trust_;
  std::size_t next_ = 0, length_ = 0, bucket_ = 0;
  std::uint8_t expected_ = 0;
};

/// What the text so far says about the next byte, as numbers: the raw material of contexts.
class TextState final {
 public:
  void append(std::uint8_t c) {
    history.push_back(c);
    last = last << 8 | c;
    shape = shape << 3 | char_class(c);
    const bool upper = c >= 'A' && c <= 'Z';
    const std::uint64_t letter = upper ? c + 32u : c;
    // Bytes above 127 are parts of letters in UTF-8.
    if ((letter >= 'a' && letter <= 'z') || letter >= 128) {
      word = (word + letter + 1) * 0x9e3779b97f4a7c15u;
      word ^= word >> 31;
      ++word_length;
      return;
    }
    if (word_length > 0) {
      words = {word, words[0], words[1]};
      word = gap = 0;
      word_length = 0;
    }
    gap = gap * 271 + letter + 1;
  }
  /// Hash of the last n bytes.
  std::uint64_t order(std::size_t n) const {
    if (n < 8) return last & ((std::uint64_t{1} << 8 * n) - 1);
    std::uint64_t hash = last;
    for (std::size_t i = 9; i <= n && i <= history.size(); ++i) hash = hash_of(hash, history[history.size() - i]);
    return hash;
  }

  History history;
  std::uint64_t last = 0;                // the last 8 bytes, the newest lowest
  std::uint64_t word = 0;                // hash of the word under way, in lower case; 0 between words
  std::array<std::uint64_t, 3> words{};  // of the words before it, the newest first
  std::uint64_t gap = 0;                 // what stood between the last word and this one
  std::uint32_t shape = 0;               // classes of the last 10 bytes
  std::uint32_t word_length = 0;

 private:
  static std::uint32_t char_class(std::uint8_t c) {
    if (c >= 'a' && c <= 'z') return 0;
    if (c >= 'A' && c <= 'Z') return 1;
    if (c >= '0' && c <= '9') return 2;
    if (c == ' ') return 3;
    if (c == '\n' || c == '\r') return 4;
    if (c >= 128) return 5;
    return c == '.' || c == ',' || c == ';' || c == ':' || c == '!' || c == '?' ? 6 : 7;
  }
};

}  // namespace tandem::models::mixing

namespace tandem::models {

/// Predicts a text bit by bit, high bits first. Copies go on alone.
class ContextMixer final {
  static constexpr std::size_t averaged = 5;  // contexts that also have a table of plain means

 public:
  struct Options {
    std::size_t histories = std::size_t{32} << 20;  ///< bytes of bit histories at most; their table grows as it fills
    bool full_size = false;                         ///< the table has its size from the start
    bool wide = false;          ///< means beside bit histories: pay after a long priming; twice as much memory again
    bool long_orders = false;   ///< contexts of up to 24 bytes: pay after a long priming, given memory
    bool few_contexts = false;  ///< only those that a table much too small for its text is best used for
    int log2_matches = 19;      ///< entries of each match model's index, of 4 bytes
    int match_models = 2;       ///< 2 or 4
    int log2_means = 15;        ///< lines of 64 bytes in the table of means, for each of its contexts
    std::size_t others = 0;     ///< predictions of others that are mixed in, at most 8: see `expect`
    /// Good ones for a memory in bytes and a text to be primed with, of so many bytes.
    static Options of(std::size_t memory, std::size_t priming) {
      constexpr std::size_t fixed = std::size_t{5} << 20, mega = std::size_t{1} << 20;
      Options options;
      if (priming > mega) {
        options.full_size = true;
        options.wide = options.long_orders = memory / 16 >= priming;
        options.few_contexts = !options.wide;
        options.log2_matches = std::clamp(static_cast<int>(std::bit_width(priming / (options.wide ? 8 : 32))), 17, 22);
        options.match_models = options.wide ? 4 : 2;
        options.log2_means = options.wide ? 18 : 14;
      }
      const std::size_t matches = static_cast<std::size_t>(4 * options.match_models) << options.log2_matches;
      const std::size_t others = matches + (64 * averaged << options.log2_means) + priming + fixed;
      const std::size_t left = std::max(memory, others + mega) - others;
      options.histories = options.wide ? left / 3 : left;
      return options;
    }
  };

  explicit ContextMixer(const Options& options)
      : long_orders_(options.long_orders),
        few_contexts_(options.few_contexts),
        table_(options.histories, options.wide, !options.full_size),
        means_((std::size_t{16} << options.log2_means) * averaged),
        order0_(256),
        order1_(65536),
        others_(options.others, 0),
        mixers_count_(5 + (options.others > 0)),
        final_(256, mixers_count_, mixing::weight_one / mixers_count_),
        by_order1_(65536),
        by_match_(256 * 9) {
    using namespace mixing;
    constexpr std::array<std::size_t, 2> two = {6, 12};
    constexpr std::array<std::size_t, 4> four = {5, 8, 12, 20};
    const auto lengths = options.match_models == 2 ? std::span<const std::size_t>(two) : four;
    for (const std::size_t length : lengths) matches_.emplace_back(length, options.log2_matches);
    start_byte();
    // A bit history means what its counts say, until it was seen to mean something else.
    by_history_ = Pages<Adaptive>(contexts_ * 256);
    by_lower_ = Pages<Adaptive>(by_history_.size() * lower_classes);
    for (std::size_t i = 0; i < by_history_.size(); ++i) {
      const auto& state = histories.state[i % 256];
      const Adaptive known(static_cast<std::uint32_t>((state.n1 * 2 + 1) * 65536 / (2 * state.total() + 2)), 6);
      by_history_[i] = known;
      for (std::size_t j = 0; j < lower_classes; ++j) by_lower_[i * lower_classes + j] = known;
    }
    const std::size_t inputs = others_.size() + contexts_ * (table_.wide() ? 3 : 2) + averaged + 2 * matches_.size() + 3;
    for (const int sets : {2048, 64, 256, 4096, 1024, 8 * classes_of_others}) {
      if (mixers_.size() == static_cast<std::size_t>(mixers_count_)) break;
      mixers_.emplace_back(sets, static_cast<int>(inputs), weight_one / 100 * (table_.wide() ? 7 : 10));
      // Who comes from outside is trusted from the start.
      for (std::size_t i = 0; i < others_.size(); ++i) mixers_.back().preset(i, weight_one / 3);
    }
    predict();
  }

  /// From here on copies share the text so far.
  void freeze() { text_.history.freeze(); }

  /// Of 2^16, in 1 .. 65535, that the next bit is 1.
  std::uint32_t p1() const { return probability_; }

  /// What others predict for the next bit, stretched: once for every bit, in front of p1 and push, where there are others.
  void expect(std::span<const int> others) {
    for (std::size_t i = 0; i < others_.size(); ++i) others_[i] = std::clamp(others[i], -mixing::stretch_limit, mixing::stretch_limit);
    predict();
  }

  void push(bool b) {
    const int bit = b;
    learn(bit);
    partial_ = partial_ * 2 + static_cast<std::uint32_t>(bit);
    ++bit_position_;
    if (bit_position_ == 8) {
      text_.append(static_cast<std::uint8_t>(partial_));
      partial_ = 1;
      bit_position_ = 0;
      start_byte();
    } else if (bit_position_ == 4) {
      look_up(partial_);
    }
    if (others_.empty()) predict();
  }
  /// How far the byte under way has come.
  int bits() const { return bit_position_; }

 private:
  static constexpr std::size_t most_contexts = 24;
  static constexpr int most_mixers = 6, classes_of_others = 32;
  static constexpr int lower_classes = 32, lower_width = 2 * mixing::stretch_limit / lower_classes + 1;

  void start_byte() {
    using mixing::hash_of;
    table_.grow_if_crowded();
    contexts_ = 0;
    const std::uint64_t last = text_.last, word = text_.word, pair = hash_of(word, text_.words[0]);
    const auto add = [&](std::uint64_t context) {
      hashes_[contexts_] = hash_of(context, contexts_);
      ++contexts_;
    };
    // Each is also judged by what its predecessor says: longer ones follow shorter ones.
    for (std::size_t n = 2; n <= 6; ++n) add(text_.order(n));
    if (long_orders_)
      for (const std::size_t n : {8, 11, 16, 24}) add(text_.order(n));
    averaged_contexts_ = {0, 1, 2, 3, contexts_};  // orders 2 .. 5 and the word
    add(hash_of(word, last & 0xff));
    add(hash_of(pair, text_.gap));
    add(hash_of(word, text_.words[1]));
    if (long_orders_) add(hash_of(hash_of(pair, text_.words[1]), text_.words[2]));
    add(hash_of(text_.shape & 0xffffff, last & 0xff));
    add(hash_of(word, text_.shape & 0xfff));
    if (!few_contexts_) {
      add(hash_of(pair, text_.words[1]));
      add(last & 0xffff00);
      add(text_.shape & 0x3fffffff);
      add(last & 0xe0e0e0ffff);
    }
    look_up(0);
    for (auto& match : matches_) match.find(text_.history);
  }

  // Finds the slots of all contexts for the next nibble.
  void look_up(std::uint64_t nibble) {
    std::array<std::uint64_t, most_contexts> hashes;
    for (std::size_t i = 0; i < contexts_; ++i) {
      std::uint64_t hash = (hashes_[i] + nibble * 0x9e3779b97f4a7c15u) * 0xd6e8feb86659fd93u;
      hash ^= hash >> 31;
      hashes[i] = hash;
      table_.prefetch(hash);
    }
    for (std::size_t i = 0; i < averaged; ++i) {
      const std::size_t line = hashes[averaged_contexts_[i]] % (means_.size() / 16);
      means_at_[i] = 16 * line;
      __builtin_prefetch(&means_[means_at_[i]]);
    }
    for (std::size_t i = 0; i < contexts_; ++i) {
      slots_[i] = table_.find(hashes[i]);
      if (table_.wide()) table_.prefetch_means(slots_[i]);
    }
  }

  void predict() {
    using namespace mixing;
    add_inputs();
    const auto position = static_cast<std::uint32_t>(bit_position_);
    const auto last = static_cast<std::uint32_t>(text_.last);
    const int other = others_.empty() ? 0 : others_[0];
    const std::array<std::uint32_t, most_mixers> sets = {
        (last & 255) * 8 + position, std::min(known_orders_, 7u) * 8 + position, last >> 8 & 255, text_.shape & 4095,
        (std::min(text_.word_length, 15u) * 8 + (text_.shape & 7)) * 8 + position,
        static_cast<std::uint32_t>((other + stretch_limit) * classes_of_others / (2 * stretch_limit + 1)) * 8 + position};
    outputs_.clear();
    for (std::size_t i = 0; i < mixers_.size(); ++i) outputs_.add(mixers_[i].mix(inputs_, sets[i]));
    outputs_.pad();
    const int mixed = final_.mix(outputs_, partial_);
    const auto found = [](const MatchModel& match) { return match.found(); };
    const MatchModel& match = *std::find_if(matches_.begin(), matches_.end() - 1, found);
    const int a = by_order1_.refine(mixed, (last & 255) << 8 | partial_);
    const int b = by_match_.refine(mixed, match.found() ? 256 + match.expected() * 8 + position : partial_);
    probability_ = static_cast<std::uint32_t>(std::clamp((2 * squash(mixed) + a + b + 2) / 4, 1, 65535));
  }

  void add_inputs() {
    using namespace mixing;
    inputs_.clear();
    for (const int other : others_) inputs_.add(other);
    const int in_nibble = bit_position_ & 3;
    node_ = (partial_ & ((1u << in_nibble) - 1)) | 1u << in_nibble;
    known_orders_ = 0;
    int lower = 0;  // the last prediction of a context before
    for (std::size_t i = 0; i < contexts_; ++i) {
      const std::uint8_t history = table_.history(slots_[i])[node_];
      if (history == 0) {  // nothing known is nothing said
        inputs_.add(0);
        inputs_.add(0);
        if (table_.wide()) inputs_.add(0);
        refined_[i] = none;
        continue;
      }
      const std::size_t at = i * 256 + history;
      refined_[i] = static_cast<std::uint32_t>(at * lower_classes +
                                               static_cast<std::size_t>(lower + stretch_limit) / lower_width);
      const int direct = stretch(by_history_[at].p()), refined = stretch(by_lower_[refined_[i]].p());
      inputs_.add(direct);
      inputs_.add(refined);
      if (table_.wide()) inputs_.add(stretch(std::max(table_.means(slots_[i])[node_] + 32768, 1)));
      lower = (direct + refined) / 2;
      if (i < 5u + 4 * long_orders_) ++known_orders_;
    }
    for (std::size_t i = 0; i < averaged; ++i) inputs_.add(stretch(std::max(1, means_[means_at_[i] + node_].p())));
    for (const auto& match : matches_) match.add_inputs(inputs_, bit_position_);
    inputs_.add(stretch(order0_[partial_].p()));
    inputs_.add(stretch(order1_[(text_.last & 255) << 8 | partial_].p()));
    inputs_.add(256);  // a bias
    inputs_.pad();
  }

  void learn(int bit) {
    using namespace mixing;
    // Large steps at first, and small ones after a long text.
    ++bits_;
    const auto fading = [&](std::uint64_t scale, std::uint64_t half_life) {
      return static_cast<int>(scale * half_life / (bits_ + half_life));
    };
    const int rate = 40 + fading(80, std::uint64_t{1} << 23) + fading(2500, 4096);
    for (auto& mixer : mixers_) mixer.update(inputs_, bit, rate);
    final_.update(outputs_, bit, 10 + fading(30, std::uint64_t{1} << 23) + fading(500, 8192));
    by_order1_.update(bit);
    by_match_.update(bit);
    for (std::size_t i = 0; i < contexts_; ++i) {
      std::uint8_t& history = table_.history(slots_[i])[node_];
      const auto& state = histories.state[history];
      if (table_.wide()) {
        std::int16_t& mean = table_.means(slots_[i])[node_];
        const int error = (bit ? 32767 : -32768) - mean;
        const auto step = static_cast<int>(reciprocals[static_cast<std::size_t>(state.total())] / 2);
        mean = static_cast<std::int16_t>(mean + error * step / 32768);
      }
      if (refined_[i] != none) {
        by_history_[i * 256 + history].update(bit, 1023);
        by_lower_[refined_[i]].update(bit, 1023);
      }
      history = state.next[bit];
    }
    for (auto& match : matches_) match.update(bit, bit_position_);
    for (std::size_t i = 0; i < averaged; ++i) means_[means_at_[i] + node_].update(bit, 1023);
    order0_[partial_].update(bit, 255);
    order1_[(text_.last & 255) << 8 | partial_].update(bit, 255);
  }

  static constexpr std::uint32_t none = 0xffffffff;

  bool long_orders_, few_contexts_;
  mixing::SlotTable table_;
  std::vector<mixing::MatchModel> matches_;
  mixing::TextState text_;
  std::size_t contexts_ = 0;
  std::array<std::uint64_t, most_contexts> hashes_{};   // of the contexts
  std::array<std::uint32_t, most_contexts> slots_{};    // theirs for this nibble
  std::array<std::uint32_t, most_contexts> refined_{};  // indices into by_lower_
  std::uint32_t node_ = 1, known_orders_ = 0;

  // Of each context: what its bit history means, alone and together with what the context before it says.
  mixing::Pages<mixing::Adaptive> by_history_, by_lower_;
  // Means of what happened in the contexts of low order, one line for a nibble and without a check: frequent contexts
  // all look the same to a bit history that is full.
  std::array<std::size_t, averaged> averaged_contexts_{}, means_at_{};
  mixing::Pages<mixing::Adaptive> means_;
  mixing::Pages<mixing::Adaptive> order0_, order1_;
  std::vector<int> others_;
  int mixers_count_;
  mixing::Inputs inputs_, outputs_;
  std::vector<mixing::Mixer> mixers_;
  mixing::Mixer final_;
  mixing::Apm by_order1_, by_match_;

  std::uint32_t partial_ = 1;  // the bits of this byte behind a 1
  int bit_position_ = 0;
  std::uint64_t bits_ = 0;
  std::uint32_t probability_ = 32768;
};

}  // namespace tandem::models
