#pragma once

#include <span>

#include <tandem/export.hpp>

/// Elementary functions with the same bits on every x86-64 with FMA: own polynomials, fixed order, fma only where
/// written. Whatever decides a result uses these and not the C library, whose last bits change with the machine.
/// Spans of input and output may be the same span; throws Error when their lengths differ. NaN gives NaN. Thread-safe.
/// Vector functions run on AVX-512 where there is any, else on AVX2; TANDEM_SIMD=avx2 in the environment forbids AVX-512.
namespace tandem::math {

/// Natural logarithm; ln 0 = -infinity, NaN below 0. Error under 1 ulp over the positive floats.
TANDEM_API void log(std::span<const float> x, std::span<float> out);
/// Exponential; 0 below -87.34 (no subnormal results), infinity above 88.72. Error under 1 ulp.
TANDEM_API void exp(std::span<const float> x, std::span<float> out);
/// Sine and cosine for |x| <= 8192, NaN beyond. Absolute error under 1e-7.
TANDEM_API void sincos(std::span<const float> x, std::span<float> sine, std::span<float> cosine);
/// Complementary error function, 0 where that is no normal float (above 9.19). Relative error under 4e-7 else.
TANDEM_API void erfc(std::span<const float> x, std::span<float> out);

/// One value in double: for constants and tables. Error under 2 ulp. erfc takes microseconds.
TANDEM_API double log(double x);
TANDEM_API double exp(double x);   ///< see log(double)
TANDEM_API double erfc(double x);  ///< see log(double)

}  // namespace tandem::math
