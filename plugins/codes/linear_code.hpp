#pragma once

#include <algorithm>
#include <string>
#include <tandem/code.hpp>
#include <tandem/error.hpp>
#include <vector>

#include "gf2.hpp"

/// A code given by its parity-check matrix, of any rank.
class LinearCode : public tandem::Code {
 public:
  std::size_t k() const override { return positions_.size(); }
  std::size_t n() const override { return n_; }
  const tandem::SparseMatrix* checks() const override { return &checks_; }
  std::span<const std::uint32_t> information_positions() const override { return positions_; }
  const char* default_decoder() const override { return "bp"; }
  tandem::Exactness exactness() const override { return tandem::Exactness::portable; }

  tandem::Bits encode(const tandem::Bits& information) const override {
    if (!information.empty() && information.row_length() != k())
      throw tandem::Error("encoding takes rows of " + std::to_string(k()) + " bits");
    return encoder_(information);
  }

 protected:
  enum class Information { first, last };

  /// Information stands as far to the front (or to the back) as the matrix allows. The last `punctured` columns are not
  /// sent. `field` is blamed when there is no such code.
  void set_matrix(tandem::SparseMatrix checks, Information where, std::size_t punctured, const char* field) {
    std::vector<std::uint32_t> order = columns(checks);
    if (where == Information::first) std::ranges::reverse(order);
    build(std::move(checks), order, {}, punctured, field);
  }

  /// Information bit i stands at positions[i]; `field` is blamed when these are not an information set.
  void set_matrix(tandem::SparseMatrix checks, std::vector<std::uint32_t> positions, std::size_t punctured,
                  const char* field) {
    std::vector<std::uint8_t> chosen(checks.columns(), 0);
    for (const auto position : positions) {
      if (position >= checks.columns())
        throw tandem::FieldError(field, "position " + std::to_string(position) + " is outside the codeword of " +
                                            std::to_string(checks.columns()) + " bits");
      if (chosen[position]++)
        throw tandem::FieldError(field, "position " + std::to_string(position) + " is listed twice");
    }
    std::vector<std::uint32_t> order = columns(checks);
    std::ranges::reverse(order);
    std::ranges::stable_partition(order, [&](std::uint32_t column) { return !chosen[column]; });
    build(std::move(checks), order, std::move(positions), punctured, field);
  }

 private:
  static std::vector<std::uint32_t> columns(const tandem::SparseMatrix& checks) {
    std::vector<std::uint32_t> all(checks.columns());
    for (std::size_t c = 0; c < all.size(); ++c) all[c] = static_cast<std::uint32_t>(c);
    return all;
  }

  void build(tandem::SparseMatrix checks, const std::vector<std::uint32_t>& order, std::vector<std::uint32_t> positions,
             std::size_t punctured, const char* field) {
    checks_ = std::move(checks);
    n_ = checks_.columns() - punctured;
    gf2::Dense reduced(checks_.rows(), checks_.columns());
    for (std::size_t r = 0; r < checks_.rows(); ++r)
      for (const auto c : checks_.row(r)) reduced.flip(r, c);
    const auto pivots = gf2::reduce(reduced, order);

    std::vector<std::uint8_t> parity(checks_.columns(), 0);
    for (const auto pivot : pivots) parity[pivot] = 1;
    const std::size_t k = checks_.columns() - pivots.size();
    if (k == 0) throw tandem::FieldError(field, "the code carries no information: its checks have full column rank");
    if (positions.empty()) {
      for (std::uint32_t c = 0; c < parity.size(); ++c)
        if (!parity[c]) positions.push_back(c);
    } else if (positions.size() != k) {
      throw tandem::FieldError(
          field, "lists " + std::to_string(positions.size()) + " positions, but the code has k = " + std::to_string(k));
    }
    for (const auto position : positions) {
      if (parity[position])
        throw tandem::FieldError(field, "the positions do not form an information set: the bit at " +
                                            std::to_string(position) + " is decided by the others");
      if (position >= n_)
        throw tandem::FieldError(
            field, "an information bit would stand at " + std::to_string(position) + ", a column that is not sent");
    }

    gf2::Dense generator(k, n_);
    for (std::size_t i = 0; i < k; ++i) {
      generator.flip(i, positions[i]);
      for (std::size_t r = 0; r < pivots.size(); ++r)
        if (pivots[r] < n_ && reduced.get(r, positions[i])) generator.flip(i, pivots[r]);
    }
    encoder_ = gf2::Encoder(generator, n_);
    positions_ = std::move(positions);
  }

  tandem::SparseMatrix checks_;
  std::vector<std::uint32_t> positions_;
  gf2::Encoder encoder_;
  std::size_t n_ = 0;
};
