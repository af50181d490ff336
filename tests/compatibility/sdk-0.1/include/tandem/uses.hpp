#pragma once

#include <cstddef>
#include <span>

#include <tandem/batch.hpp>
#include <tandem/error.hpp>

// For channels that have a value a use: gains, and the likelihoods of a Law.
namespace tandem {

/// Uninitialised rows of one value for each use of `x`.
inline Ragged<float> one_a_use(const Symbols& x) {
  const auto dimensions = static_cast<std::size_t>(x.dimensions_per_use);
  if (x.values.row_length() != Ragged<float>::varying)
    return Ragged<float>(x.values.rows(), x.values.row_length() / dimensions);
  Ragged<float> out;
  out.reserve(x.values.size() / dimensions);
  for (std::size_t row = 0; row < x.values.rows(); ++row) out.append(x.values.row_length(row) / dimensions);
  return out;
}

/// For each use, the sum over its dimensions d of term(y_d, point_d), in that order. Overwrites `out`. Throws Error when
/// `point` has not dimensions_per_use values.
template <class Term>
void sum_over_dimensions(const Symbols& y, std::span<const float> point, Ragged<float>& out, Term term) {
  if (point.size() != static_cast<std::size_t>(y.dimensions_per_use))
    throw Error("a point must have as many values as a use has dimensions");
  out = one_a_use(y);
  const auto* received = y.values.values().data();
  auto* sum = out.values().data();
  const std::size_t uses = out.size(), dimensions = point.size();
  for (std::size_t use = 0; use < uses; ++use) sum[use] = term(received[use * dimensions], point[0]);
  for (std::size_t d = 1; d < dimensions; ++d)
    for (std::size_t use = 0; use < uses; ++use) sum[use] += term(received[use * dimensions + d], point[d]);
}

}  // namespace tandem
