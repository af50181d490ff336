// The shipped curve against the formula, with the integrals by another rule than the one that made the file.
#include <gtest/gtest.h>

#include <cmath>

#include "report/results_table.hpp"
#include "support/support.hpp"

namespace tandem::report {
namespace {

// Q((n C - k + log2(n) / 2) / sqrt(n V)), C and V by Simpson's rule over y itself.
double block_error_rate(double es_n0_db, int n, int k) {
  const double variance = std::pow(10, -es_n0_db / 10) / 2, deviation = std::sqrt(variance);
  const int steps = 4000;
  const double from = 1 - 12 * deviation, step = 24 * deviation / steps;
  double mass = 0, first = 0, second = 0;
  for (int i = 0; i <= steps; ++i) {
    const double y = from + i * step;
    const double weight = (i == 0 || i == steps ? 1 : i % 2 ? 4 : 2) * std::exp(-(y - 1) * (y - 1) / (2 * variance));
    const double information = 1 - std::log1p(std::exp(-2 * y / variance)) / std::log(2.0);
    mass += weight;
    first += weight * information;
    second += weight * information * information;
  }
  const double capacity = first / mass, dispersion = second / mass - capacity * capacity;
  return std::erfc((n * capacity - k + std::log2(n) / 2) / std::sqrt(2 * n * dispersion)) / 2;
}

TEST(NormalApproximation, ShippedCurveIsTheFormula) {
  const auto path = test::source_dir() / "registry/curves/normal-approximation-49-24-awgn.csv";
  const CurveTable curve = read_curve(path.string(), "curve");
  EXPECT_TRUE(curve.dotted);
  EXPECT_EQ(curve.axis, "es_n0_db");
  EXPECT_EQ(curve.metric, "bler.code");
  ASSERT_EQ(curve.points.size(), 29u);
  EXPECT_EQ(curve.points.front().first, -4);
  EXPECT_EQ(curve.points.back().first, 3);
  for (const auto& [x, value] : curve.points) EXPECT_NEAR(value / block_error_rate(x, 49, 24), 1, 1e-5) << x;
}

}  // namespace
}  // namespace tandem::report
