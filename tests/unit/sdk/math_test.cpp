// Against the C library in double (vector floats) and long double (scalars), and against published values.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <numbers>
#include <random>
#include <tandem/error.hpp>
#include <tandem/math.hpp>
#include <vector>

#include "targets.hpp"

namespace tandem {
namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float nan = std::numeric_limits<float>::quiet_NaN();

using Function = void (*)(std::span<const float>, std::span<float>);
void sine(std::span<const float> x, std::span<float> out) {
  std::vector<float> cosine(x.size());
  math::sincos(x, out, cosine);
}
void cosine(std::span<const float> x, std::span<float> out) {
  std::vector<float> sine(x.size());
  math::sincos(x, sine, out);
}
constexpr Function log = math::log, exp = math::exp, erfc = math::erfc;

float one(Function f, float x) {
  float result = 0;
  f({&x, 1}, {&result, 1});
  return result;
}

// The distance between neighbouring values of the type with `bits` of mantissa at `x`.
long double ulp(long double x, int bits, int smallest) {
  int exponent = 0;
  std::frexp(x, &exponent);
  return std::ldexp(1.0L, std::max(exponent, smallest) - bits);
}

// The largest error over the floats from `first` to `last` (of one sign, away from zero), a prime stride apart.
template <class Reference, class Measure>
double worst(Function f, float first, float last, Reference reference, Measure measure) {
  constexpr std::uint32_t stride = 211;
  std::vector<float> x, got(4096);
  double largest = 0;
  const std::uint64_t end = std::bit_cast<std::uint32_t>(last);
  for (std::uint64_t bits = std::bit_cast<std::uint32_t>(first); bits <= end;) {
    x.clear();
    for (; x.size() < got.size() && bits <= end; bits += stride)
      x.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
    f(x, std::span(got).first(x.size()));
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double error = measure(static_cast<double>(got[i]), reference(static_cast<double>(x[i])));
      if (!(error <= largest)) largest = std::isnan(error) ? HUGE_VAL : error;
    }
  }
  return largest;
}
double in_ulps(double got, double want) {
  return std::abs(got - want) / static_cast<double>(ulp(static_cast<long double>(want), 24, -125));
}
double relative(double got, double want) { return std::abs(got - want) / want; }
double absolute(double got, double want) { return std::abs(got - want); }

TEST(Math, LogIsWithinOneUlpOverThePositiveFloats) {
  EXPECT_LT(worst(
                log, 0x1p-149f, 0x1.fffffep127f, [](double x) { return std::log(x); }, in_ulps),
            1);
}
TEST(Math, LogIsWithinOneUlpAroundOne) {
  EXPECT_LT(worst(
                log, 0.99f, 1.01f, [](double x) { return std::log(x); }, in_ulps),
            1);
}
TEST(Math, ExpIsWithinOneUlp) {
  const auto reference = [](double x) { return std::exp(x); };
  EXPECT_LT(worst(exp, 0.0f, 88.7228f, reference, in_ulps), 1);
  EXPECT_LT(worst(exp, -0.0f, -87.336f, reference, in_ulps), 1);
}
TEST(Math, SineAndCosineAreWithinTheirAbsoluteError) {
  const auto sin = [](double x) { return std::sin(x); };
  const auto cos = [](double x) { return std::cos(x); };
  for (const float sign : {1.0f, -1.0f}) {
    EXPECT_LT(worst(sine, sign * 0.0f, sign * 8192, sin, absolute), 1e-7);
    EXPECT_LT(worst(cosine, sign * 0.0f, sign * 8192, cos, absolute), 1e-7);
  }
}
TEST(Math, ErfcIsWithinItsRelativeError) {
  const auto reference = [](double x) { return std::erfc(x); };
  EXPECT_LT(worst(erfc, 0.0f, 9.19f, reference, relative), 4e-7);
  EXPECT_LT(worst(erfc, -0.0f, -20.0f, reference, relative), 4e-7);
}

TEST(Math, SpecialValues) {
  EXPECT_EQ(one(log, 0), -infinity);
  EXPECT_EQ(one(log, -0.0f), -infinity);
  EXPECT_EQ(one(log, 1), 0);
  EXPECT_EQ(one(log, infinity), infinity);
  EXPECT_TRUE(std::isnan(one(log, -1e-40f)));
  EXPECT_TRUE(std::isnan(one(log, -infinity)));
  EXPECT_TRUE(std::isnan(one(log, nan)));
  EXPECT_EQ(one(exp, 0), 1);
  EXPECT_EQ(one(exp, 88.73f), infinity);
  EXPECT_EQ(one(exp, infinity), infinity);
  EXPECT_EQ(one(exp, -87.34f), 0);
  EXPECT_GT(one(exp, -87.33f), 0);
  EXPECT_EQ(one(exp, -infinity), 0);
  EXPECT_EQ(one(exp, std::numeric_limits<float>::lowest()), 0);
  EXPECT_TRUE(std::isnan(one(exp, nan)));
  EXPECT_EQ(one(erfc, 0), 1);
  EXPECT_EQ(one(erfc, infinity), 0);
  EXPECT_EQ(one(erfc, std::numeric_limits<float>::max()), 0);
  EXPECT_EQ(one(erfc, -infinity), 2);
  EXPECT_TRUE(std::isnan(one(erfc, nan)));
  EXPECT_EQ(one(sine, 0), 0);
  EXPECT_EQ(one(cosine, 0), 1);
  EXPECT_TRUE(std::isnan(one(sine, nan)));
  EXPECT_TRUE(std::isnan(one(cosine, infinity)));
  EXPECT_TRUE(std::isnan(one(sine, -8193)));
}

std::vector<float> inputs(std::size_t count, float low, float high) {
  std::mt19937 random(7);
  std::uniform_real_distribution<float> uniform(low, high);
  std::vector<float> x(count);
  for (float& value : x) value = uniform(random);
  return x;
}

TEST(Math, AValueDoesNotDependOnItsPlaceAndMayOverwriteItself) {
  for (const Function f : {log, exp, erfc, Function(sine), Function(cosine)}) {
    const std::vector<float> x = inputs(67, 0.01f, 9.0f);
    std::vector<float> alone(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) alone[i] = one(f, x[i]);
    for (std::size_t first = 0; first < 17; ++first)
      for (std::size_t size = 0; first + size <= x.size(); ++size) {
        std::vector<float> values = x;
        const auto part = std::span(values).subspan(first, size);
        f(part, part);
        for (std::size_t i = 0; i < x.size(); ++i)
          ASSERT_EQ(values[i], i >= first && i < first + size ? alone[i] : x[i]) << first << ' ' << size;
      }
  }
}

TEST(Math, LengthsMustAgree) {
  std::vector<float> three(3), two(2);
  EXPECT_THROW(math::log(three, two), Error);
  EXPECT_THROW(math::exp(two, three), Error);
  EXPECT_THROW(math::erfc(two, three), Error);
  EXPECT_THROW(math::sincos(three, three, two), Error);
}

// Every function over bit patterns of all kinds, sine and cosine over their range.
std::vector<float> everything() {
  std::mt19937 random(3);
  std::vector<float> any(200'001), results;
  for (float& value : any) value = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
  const std::vector<float> near = inputs(200'001, -100, 100), angles = inputs(200'001, -8192, 8192);
  const auto add = [&results](Function f, const std::vector<float>& x) {
    std::vector<float> out(x.size());
    f(x, out);
    results.insert(results.end(), out.begin(), out.end());
  };
  for (const Function f : {log, exp, erfc})
    for (const auto& x : {std::cref(any), std::cref(near)}) add(f, x);
  for (const Function f : {Function(sine), Function(cosine)}) add(f, angles);
  return results;
}

TEST(Math, BothTargetsGiveTheSameBytes) {
  if (!test::has_avx512()) GTEST_SKIP() << "needs AVX-512";
  std::vector<float> narrow, wide;
  {
    const test::OnTarget target(HWY_AVX2);
    narrow = everything();
  }
  {
    const test::OnTarget target(HWY_AVX2 | HWY_AVX3);
    wide = everything();
  }
  ASSERT_EQ(narrow.size(), wide.size());
  EXPECT_EQ(std::memcmp(narrow.data(), wide.data(), narrow.size() * sizeof(float)), 0);
}

// The units of the last place of `got`, over random arguments.
template <class Draw>
double worst_double(double (*f)(double), long double (*reference)(long double), int count, Draw draw) {
  std::mt19937_64 random(5);
  double largest = 0;
  for (int i = 0; i < count; ++i) {
    const double x = draw(static_cast<double>(random() >> 11) * 0x1p-53);
    const long double want = reference(static_cast<long double>(x));
    const auto error = static_cast<double>(std::abs(static_cast<long double>(f(x)) - want) / ulp(want, 53, -1021));
    if (!(error <= largest)) largest = std::isnan(error) ? HUGE_VAL : error;
  }
  return largest;
}

TEST(MathDouble, LogIsWithinTwoUlps) {
  constexpr double (*f)(double) = math::log;
  constexpr long double (*reference)(long double) = std::log;
  EXPECT_LT(worst_double(f, reference, 500'000, [](double u) { return std::exp2(2090 * u - 1070); }), 2);
  EXPECT_LT(worst_double(f, reference, 500'000, [](double u) { return 0.5 + u; }), 2);
  EXPECT_LT(worst_double(f, reference, 100'000, [](double u) { return 1 + (u - 0.5) * 1e-6; }), 2);
}
TEST(MathDouble, ExpIsWithinTwoUlps) {
  constexpr double (*f)(double) = math::exp;
  constexpr long double (*reference)(long double) = std::exp;
  EXPECT_LT(worst_double(f, reference, 500'000, [](double u) { return 1454 * u - 745; }), 2);
  EXPECT_LT(worst_double(f, reference, 500'000, [](double u) { return u - 0.5; }), 2);
}
TEST(MathDouble, ErfcIsWithinTwoUlps) {
  constexpr double (*f)(double) = math::erfc;
  constexpr long double (*reference)(long double) = std::erfc;
  EXPECT_LT(worst_double(f, reference, 100'000, [](double u) { return 34 * u - 7; }), 2);
  EXPECT_LT(worst_double(f, reference, 100'000, [](double u) { return 4 * u; }), 2);
}

TEST(MathDouble, PublishedValues) {
  EXPECT_DOUBLE_EQ(math::log(2.0), std::numbers::ln2);
  EXPECT_DOUBLE_EQ(math::log(10.0), std::numbers::ln10);
  EXPECT_DOUBLE_EQ(math::exp(1.0), std::numbers::e);
  EXPECT_DOUBLE_EQ(math::erfc(1.0), 0.15729920705028513);  // Abramowitz and Stegun, table 7.1
  EXPECT_DOUBLE_EQ(math::erfc(2.0), 0.004677734981047266);
  EXPECT_DOUBLE_EQ(math::erfc(-1.0), 1.8427007929497149);
  EXPECT_DOUBLE_EQ(math::erfc(10.0), 2.0884875837625447e-45);
}

TEST(MathDouble, SpecialValues) {
  constexpr double inf = std::numeric_limits<double>::infinity(),
                   not_a_number = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(math::log(0.0), -inf);
  EXPECT_EQ(math::log(1.0), 0);
  EXPECT_EQ(math::log(inf), inf);
  EXPECT_TRUE(std::isnan(math::log(-1.0)));
  EXPECT_TRUE(std::isnan(math::log(not_a_number)));
  EXPECT_EQ(math::exp(0.0), 1);
  EXPECT_EQ(math::exp(inf), inf);
  EXPECT_EQ(math::exp(709.79), inf);
  EXPECT_LT(math::exp(709.78), inf);
  EXPECT_EQ(math::exp(-inf), 0);
  EXPECT_EQ(math::exp(-745.2), 0);
  EXPECT_EQ(math::exp(-745.0), 0x1p-1074);
  EXPECT_TRUE(std::isnan(math::exp(not_a_number)));
  EXPECT_EQ(math::erfc(0.0), 1);
  EXPECT_EQ(math::erfc(inf), 0);
  EXPECT_EQ(math::erfc(-inf), 2);
  EXPECT_TRUE(std::isnan(math::erfc(not_a_number)));
}

}  // namespace
}  // namespace tandem
