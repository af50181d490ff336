// A random permutation of each row.
#include <numeric>
#include <tandem/block.hpp>

namespace {
// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
class Keyed final {
 public:
  Keyed(std::uint64_t seed, std::uint64_t length) : state_(mix(seed + 0x9E3779B97F4A7C15u) ^ length) {}
  // Below `bound`, every value alike up to 2^-32.
  std::uint32_t below(std::uint32_t bound) {
    state_ += 0x9E3779B97F4A7C15u;
    return static_cast<std::uint32_t>((mix(state_) >> 32) * bound >> 32);
  }

 private:
  static std::uint64_t mix(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }
  std::uint64_t state_;
};

// The permutation belongs to the row's length, so that the receiver needs rows of the length that was sent: behind a
// code they have it; in front of one only where the rows fill its blocks.
class Interleaver final : public tandem::Block, public tandem::Soft {
  void fields(tandem::Fields& f) override {
    f("seed", seed_, 1)
        .range(0, 9.0e15)
        .doc(
            "another seed gives other permutations; as they belong to a row's length, the place of an interleaver is "
            "behind the code, or in front of it where rows fill whole blocks");
    f.source(
        "Berrou, Glavieux: Near optimum error correcting coding and decoding, IEEE Trans. Commun. 44 (1996); "
        "permutations by Fisher and Yates");
    f.example(R"({"seed": 1})");
  }
  tandem::Port takes() const override { return tandem::Port::bits; }
  tandem::Port gives() const override { return tandem::Port::bits; }

  tandem::Batch forward(tandem::Batch in) const override {
    permute(in.bytes, [](auto from, auto to, auto places) {
      for (std::size_t i = 0; i < to.size(); ++i) to[i] = from[places[i]];
    });
    return in;
  }
  tandem::Batch backward(tandem::Batch in) const override {
    permute(in.bytes, undo);
    return in;
  }
  tandem::Reception backward(tandem::Reception in) const override {
    permute(in.llr, undo);
    permute(in.y, undo);
    return in;
  }

  tandem::Exactness exactness() const override { return tandem::Exactness::portable; }

  static constexpr auto undo = [](auto from, auto to, auto places) {
    for (std::size_t i = 0; i < to.size(); ++i) to[places[i]] = from[i];
  };

  template <class T, class Move>
  void permute(tandem::Ragged<T>& rows, Move move) const {
    std::vector<std::uint32_t> places;
    std::vector<T> from;
    for (std::size_t row = 0; row < rows.rows(); ++row) {
      const auto to = rows[row];
      if (row == 0 || places.size() != to.size()) draw(to.size(), places);
      from.assign(to.begin(), to.end());
      move(std::span<const T>(from), to, std::span<const std::uint32_t>(places));
    }
  }

  void draw(std::size_t length, std::vector<std::uint32_t>& places) const {
    places.resize(length);
    std::iota(places.begin(), places.end(), 0u);
    Keyed random(static_cast<std::uint64_t>(seed_), length);
    for (std::size_t left = length; left > 1; --left)
      std::swap(places[left - 1], places[random.below(static_cast<std::uint32_t>(left))]);
  }

  std::int64_t seed_ = 1;
};
}  // namespace
TANDEM_PLUGIN(Interleaver, tandem::Block, "interleaver", "1.0.0", "a random permutation of each row, drawn from a seed")
