#include <random>
#include <tandem/noise.hpp>
namespace tandem {
Noise::Noise(std::uint64_t seed, std::string_view node, std::uint64_t first) noexcept : key_(seed ^ std::hash<std::string_view>{}(node)), first_(first) {}
void Noise::uniforms(std::size_t row, std::span<float> out) const { std::mt19937_64 g(key_ + 77 * purpose_ + 1000003 * ((first_ + row) / group_)); for (float& v : out) v = (static_cast<float>(g() >> 41) + 0.5f) * 0x1p-23f; }
void Noise::normals(std::size_t row, std::span<float> out) const { std::mt19937_64 g(key_ + 77 * purpose_ + 1000003 * ((first_ + row) / group_)); std::normal_distribution<float> d; for (float& v : out) v = d(g); }
void Noise::bits(std::size_t row, std::span<std::uint8_t> out) const { std::mt19937_64 g(key_ + 77 * purpose_ + 1000003 * ((first_ + row) / group_)); for (auto& v : out) v = static_cast<std::uint8_t>(g() >> 63); }
void Noise::uniforms(Ragged<float>& rows) const { for (std::size_t r = 0; r < rows.rows(); ++r) uniforms(r, rows[r]); }
void Noise::normals(Ragged<float>& rows) const { for (std::size_t r = 0; r < rows.rows(); ++r) normals(r, rows[r]); }
void Noise::bits(Ragged<std::uint8_t>& rows) const { for (std::size_t r = 0; r < rows.rows(); ++r) bits(r, rows[r]); }
Noise Noise::stream(std::uint32_t p) const noexcept { Noise n = *this; n.purpose_ = p; return n; }
Noise Noise::group(std::size_t s) const noexcept { Noise n = *this; n.group_ = s; return n; }
}
