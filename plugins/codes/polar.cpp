// Polar codes in natural order.
#include <bit>
#include <nlohmann/json.hpp>
#include <tandem/math.hpp>

#include "linear_code.hpp"

namespace {

using Indices = std::vector<std::uint32_t>;

// The frozen indices of the codes of the ECCT experiments.
struct Published final {
  std::size_t n, k;
  Indices frozen;
};
const Published published[] = {
    {64, 32, {0,  1,  2,  3,  4,  5,  6,  8,  9,  10, 12, 16, 17, 18, 20, 22,
              24, 26, 28, 32, 33, 34, 36, 38, 40, 42, 44, 48, 49, 50, 52, 56}},
    {64, 48, {0, 1, 2, 4, 8, 12, 16, 18, 20, 24, 32, 33, 34, 36, 40, 48}},
    {128, 64, {0,  1,  2,  3,  4,  5,  6,  8,  9,  10, 12, 13, 14, 16, 17, 18,  19,  20,  21,  22, 24, 25,
               26, 28, 32, 33, 34, 35, 36, 37, 38, 40, 41, 42, 44, 48, 49, 50,  52,  56,  64,  65, 66, 67,
               68, 69, 70, 72, 73, 74, 76, 80, 81, 82, 84, 88, 96, 97, 98, 100, 104, 112, 116, 120}},
    {128, 86, {0,  1,  2,  3,  4,  5,  6,  8,  9,  10, 12, 16, 17, 18, 20, 24, 28, 32, 33,  34,  36,
               40, 44, 48, 50, 52, 56, 64, 65, 66, 68, 72, 76, 80, 82, 84, 88, 96, 98, 100, 104, 112}},
    {128, 96, {0,  1,  2,  4,  6,  8,  9,  10, 12, 16, 17, 18, 20, 24,  32,  33,
               34, 36, 40, 48, 56, 64, 65, 66, 68, 72, 80, 88, 96, 100, 104, 112}}};

// The indices with the largest Bhattacharyya parameters of a binary erasure channel; the smaller index where two are
// equal. Z and 1 - Z are both kept, so that neither end loses its order to rounding.
Indices worst_channels(std::size_t n, std::size_t count, double design_snr_db) {
  struct Channel final {
    double z, complement;
  };
  const double snr = tandem::math::exp(design_snr_db * 0.23025850929940457);
  const double start = tandem::math::exp(-snr);
  std::vector<Channel> channels = {{start, 1 - start}};
  while (channels.size() < n) {
    std::vector<Channel> split;
    for (const auto& [z, complement] : channels) {
      split.push_back({z * (1 + complement), complement * complement});
      split.push_back({z * z, complement * (1 + z)});
    }
    channels = std::move(split);
  }
  Indices order(n);
  for (std::size_t i = 0; i < n; ++i) order[i] = static_cast<std::uint32_t>(i);
  std::ranges::stable_sort(order, [&](std::uint32_t a, std::uint32_t b) {
    const Channel &x = channels[a], &y = channels[b];
    return x.z < 0.5 || y.z < 0.5 ? x.z > y.z : x.complement < y.complement;
  });
  order.resize(count);
  return order;
}

class Polar final : public LinearCode {
  void fields(tandem::Fields& f) override {
    f("n", length_, 64).range(2, 4096).doc("code bits, a power of two");
    f("k", information_, 32).range(1, 4095).doc("information bits");
    f("frozen", frozen_, "\"default\"")
        .doc(
            "which inputs are frozen to 0: \"bhattacharyya\", the worst at design_snr; \"default\", those of the ECCT "
            "experiments for (64,32), (64,48), (128,64), (128,86) and (128,96), else as \"bhattacharyya\"; or a list "
            "of n - k indices from 0");
    f("design_snr", design_snr_, 0)
        .range(-20, 20)
        .unit("dB")
        .doc("Es/N0 of the channel that the Bhattacharyya parameters start from: exp(-Es/N0), then 2 Z - Z^2 and Z^2");
    f("systematic", systematic_, true)
        .doc(
            "the information stands in the codeword, at the indices that are not frozen; else it is the encoder's "
            "input, which only some decoders can give back");
    f.source(
        "E. Arikan, \"Channel polarization\", IEEE Trans. Inf. Theory 55(7), 2009; systematic: IEEE Commun. Lett. "
        "15(8), 2011; frozen sets: Y. Choukroun and L. Wolf, NeurIPS 2022");
    f.example(R"({"n": 64, "k": 32})");
  }

  void ready(const tandem::Environment&) override {
    if (!std::has_single_bit(length_))
      throw tandem::FieldError("n", std::to_string(length_) + " is not a power of two");
    if (information_ >= length_)
      throw tandem::FieldError("k", std::to_string(information_) + " information bits leave none of " +
                                        std::to_string(length_) + " to freeze");
    // Bit-reversed order: that of the published matrices.
    Indices frozen = frozen_set();
    std::ranges::sort(frozen, {}, [&](std::uint32_t index) { return reversed(index); });
    std::vector<std::uint8_t> is_frozen(length_, 0);
    std::vector<Indices> rows;
    for (const auto index : frozen) {
      is_frozen[index] = 1;
      auto& row = rows.emplace_back();  // u = x F: output i enters input `index` when its bits cover those of `index`
      for (std::uint32_t i = 0; i < length_; ++i)
        if ((index & ~i) == 0) row.push_back(i);
    }
    for (std::uint32_t i = 0; i < length_; ++i)
      if (!is_frozen[i]) free_.push_back(i);
    set_matrix(tandem::SparseMatrix(length_, rows), free_, 0, "frozen");
  }

  std::span<const std::uint32_t> information_positions() const override {
    return systematic_ ? LinearCode::information_positions() : std::span<const std::uint32_t>();
  }

  tandem::Bits encode(const tandem::Bits& information) const override {
    if (systematic_ || information.empty() || information.row_length() != k()) return LinearCode::encode(information);
    tandem::Bits codewords(information.rows(), length_);
    std::ranges::fill(codewords.values(), std::uint8_t{0});
    for (std::size_t row = 0; row < information.rows(); ++row) {
      const auto word = codewords[row];
      for (std::size_t i = 0; i < free_.size(); ++i) word[free_[i]] = information[row][i];
      for (std::size_t half = 1; half < length_; half *= 2)
        for (std::size_t i = 0; i < length_; ++i)
          if ((i & half) == 0) word[i] ^= word[i + half];
    }
    return codewords;
  }

  std::uint32_t reversed(std::uint32_t index) const {
    std::uint32_t out = 0;
    for (std::size_t bit = 1; bit < length_; bit *= 2, index >>= 1) out = 2 * out + (index & 1);
    return out;
  }

  Indices frozen_set() const {
    const auto given = nlohmann::json::parse(frozen_.text);
    const std::size_t count = length_ - information_;
    if (given == "default" || given == "bhattacharyya") {
      if (given == "default")
        for (const auto& [n, k, frozen] : published)
          if (n == length_ && k == information_) return frozen;
      return worst_channels(length_, count, design_snr_);
    }
    if (!given.is_array())
      throw tandem::FieldError(
          "frozen", "must be \"default\", \"bhattacharyya\" or a list of indices, not " + given.dump().substr(0, 40));
    Indices frozen;
    std::vector<std::uint8_t> seen(length_, 0);
    for (const auto& index : given) {
      if (!index.is_number_unsigned() || index.get<std::uint64_t>() >= length_)
        throw tandem::FieldError("frozen", "an index must be a whole number from 0 to " + std::to_string(length_ - 1) +
                                               ", not " + index.dump().substr(0, 40));
      frozen.push_back(index.get<std::uint32_t>());
      if (seen[frozen.back()]++) throw tandem::FieldError("frozen", "index " + index.dump() + " is listed twice");
    }
    if (frozen.size() != count)
      throw tandem::FieldError(
          "frozen", "lists " + std::to_string(frozen.size()) + " indices, but n - k is " + std::to_string(count));
    return frozen;
  }

  std::size_t length_ = 0, information_ = 0;
  tandem::Json frozen_;
  double design_snr_ = 0;
  bool systematic_ = true;
  Indices free_;
};

}  // namespace
TANDEM_PLUGIN(Polar, tandem::Code, "polar", "1.0.0", "polar codes in natural order, systematic or not")
