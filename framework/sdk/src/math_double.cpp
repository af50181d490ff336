#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <tandem/math.hpp>

namespace tandem::math {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double ln2_high = 0x1.62e42fefap-1;  // 33 bits: exact times any exponent
constexpr double ln2_low = 0x1.cf79abc9e3b3ap-40;

/// head + tail, about 106 bits (Dekker 1971; products by fma).
struct Twofold {
  double head = 0, tail = 0;
};

Twofold sum(double a, double b) {
  const double head = a + b, other = head - a;
  return {head, (a - (head - other)) + (b - other)};
}
Twofold quick_sum(double larger, double smaller) {
  const double head = larger + smaller;
  return {head, smaller - (head - larger)};
}
Twofold operator+(Twofold a, Twofold b) {
  const Twofold heads = sum(a.head, b.head), tails = sum(a.tail, b.tail);
  const Twofold partial = quick_sum(heads.head, heads.tail + tails.head);
  return quick_sum(partial.head, partial.tail + tails.tail);
}
Twofold operator-(Twofold a) { return {-a.head, -a.tail}; }
Twofold operator*(Twofold a, Twofold b) {
  const double head = a.head * b.head;
  return quick_sum(head, std::fma(a.head, b.head, -head) + (a.head * b.tail + a.tail * b.head));
}
Twofold operator/(Twofold a, Twofold b) {
  const double first = a.head / b.head;
  const Twofold rest = a + -(b * Twofold{first});
  const double second = rest.head / b.head;
  const Twofold last = rest + -(b * Twofold{second});
  const Twofold quotient = quick_sum(first, second);
  return quotient + Twofold{last.head / b.head};
}

/// 2^exponent for a normal result.
double power(int exponent) { return std::bit_cast<double>(static_cast<std::uint64_t>(exponent + 1023) << 52); }
/// x 2^exponent, rounded once; |exponent| < 1200.
double scaled(double x, int exponent) {
  if (exponent > 1000) return x * power(1000) * power(exponent - 1000);
  if (exponent < -1000) return x * power(exponent + 200) * power(-200);
  return x * power(exponent);
}

/// e^x for -750 < x < 710 as a number near 1 and a power of two.
Twofold exp(Twofold x, int& exponent) {
  constexpr Twofold ln2{0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56};
  const double n = std::nearbyint(x.head / ln2.head);
  exponent = static_cast<int>(n);
  const Twofold r = x + -(Twofold{n} * ln2);
  Twofold value{1};
  for (int k = 24; k > 0; --k)
    value = Twofold{1} + value * (r / Twofold{static_cast<double>(k)});  // 0.35^25 / 25! < 2^-121
  return value;
}

}  // namespace

double log(double x) {
  if (!(x > 0)) return x == 0 ? -infinity : std::numeric_limits<double>::quiet_NaN();
  if (x == infinity) return x;
  int exponent = 0;
  if (x < 0x1p-1022) {
    x *= 0x1p54;
    exponent = -54;
  }
  // x = 2^exponent (1 + f) with 1 + f from sqrt(1/2) to sqrt(2).
  constexpr std::int64_t root_half = 0x3FE6A09E667F3BCD;
  const std::int64_t shifted = std::bit_cast<std::int64_t>(x) - root_half;
  exponent += static_cast<int>(shifted >> 52);
  const double f = std::bit_cast<double>((shifted & 0x000FFFFFFFFFFFFF) + root_half) - 1;
  // ln(1 + f) = 2 artanh s, s = f / (2 + f), |s| < 0.1716: 13 terms leave 2^-70.
  const double denominator = 2 + f, denominator_rest = f - (denominator - 2);
  const double s = f / denominator;
  const double s_rest = (std::fma(-s, denominator, f) - s * denominator_rest) / denominator;
  const double square = s * s;
  double series = 0;
  for (int k = 27; k > 1; k -= 2) series = std::fma(series, square, 1.0 / k);
  const double tail = 2 * (s_rest + s * square * series);
  if (exponent == 0) return 2 * s + tail;
  const Twofold main = quick_sum(exponent * ln2_high, 2 * s);
  return main.head + (main.tail + std::fma(exponent, ln2_low, tail));
}

double exp(double x) {
  if (!(x <= 710)) return x > 710 ? infinity : x;
  if (x < -746) return 0;
  const double n = std::nearbyint(x * 0x1.71547652b82fep+0);
  const double high = std::fma(-n, ln2_high, x), low = -n * ln2_low;
  const Twofold r = quick_sum(high, low);
  // Taylor's series: 0.35^16 / 16! < 2^-68.
  double series = 0, inverse[16];
  inverse[0] = 1;
  for (int k = 1; k < 16; ++k) inverse[k] = inverse[k - 1] / k;
  for (int k = 15; k > 1; --k) series = std::fma(series, r.head, inverse[k]);
  const double tail = std::fma(r.head * r.head, series, r.tail);
  return scaled(1 + (r.head + tail), static_cast<int>(n));
}

double erfc(double x) {
  if (std::isnan(x)) return x;
  if (x < -6) return 2;  // 2 - 2e-17
  if (x > 27.3) return 0;
  constexpr Twofold inverse_root_pi{0x1.20dd750429b6dp-1, 0x1.1ae3a914fed80p-57};
  const double square = x * x;
  const Twofold exact{square, std::fma(x, x, -square)};
  int exponent = 0;
  const Twofold gauss = exp(-exact, exponent);
  if (x < 3) {
    // erf x = 2 / sqrt(pi) e^(-x^2) (x + 2 x^3 / 3 + 4 x^5 / 15 + ...): terms of one sign.
    Twofold term{x}, series{x};
    for (int k = 1; std::abs(term.head) > 0x1p-105 * std::abs(series.head); ++k) {
      term = term * exact * (Twofold{2} / Twofold{2.0 * k + 1});
      series = series + term;
    }
    const Twofold erf =
        Twofold{scaled(gauss.head, exponent + 1), scaled(gauss.tail, exponent + 1)} * inverse_root_pi * series;
    const Twofold result = Twofold{1} + -erf;
    return result.head + result.tail;
  }
  // erfc x = e^(-x^2) / sqrt(pi) / (x + (1/2) / (x + 1 / (x + (3/2) / (x + ...)))).
  Twofold fraction{x};
  for (int k = 120; k > 0; --k) fraction = Twofold{x} + Twofold{k / 2.0} / fraction;
  const Twofold result = gauss * inverse_root_pi / fraction;
  return scaled(result.head + result.tail, exponent);
}

}  // namespace tandem::math
