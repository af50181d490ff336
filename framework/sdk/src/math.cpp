#include <cmath>
#include <tandem/math.hpp>
namespace tandem::math {
void log(std::span<const float> x, std::span<float> out) { for (std::size_t i = 0; i < x.size(); ++i) out[i] = std::log(x[i]); }
void exp(std::span<const float> x, std::span<float> out) { for (std::size_t i = 0; i < x.size(); ++i) out[i] = std::exp(x[i]); }
void sincos(std::span<const float> x, std::span<float> s, std::span<float> c) { for (std::size_t i = 0; i < x.size(); ++i) { const float v = x[i]; s[i] = std::sin(v); c[i] = std::cos(v); } }
void erfc(std::span<const float> x, std::span<float> out) { for (std::size_t i = 0; i < x.size(); ++i) out[i] = std::erfc(x[i]); }
double log(double x) { return std::log(x); }
double exp(double x) { return std::exp(x); }
double erfc(double x) { return std::erfc(x); }
}
