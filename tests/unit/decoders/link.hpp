#pragma once

#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <tandem/code.hpp>
#include <tandem/noise.hpp>

#include "support/support.hpp"

/// Code, BPSK and noise for decoder tests.
namespace link_test {
using namespace tandem;

/// "array-ldpc {...}" or the file of a matrix; null when the file is not there.
inline std::shared_ptr<Code> make_code(const std::string& code) {
  if (code.starts_with("array-ldpc")) return test::make<Code>("array-ldpc", code.substr(10));
  const auto path = test::data(code);
  if (path.empty()) return nullptr;
  return test::make<Code>("parity-check", "{\"matrix\": \"" + path.string() + "\"}");
}

inline std::shared_ptr<Decoder> make_decoder(const std::string& name, const std::string& fields, Code& code) {
  auto decoder = test::make<Decoder>(name, fields);
  decoder->bind(code);
  return decoder;
}

inline double noise_deviation(const Code& code, double eb_n0_db) {
  const double rate = static_cast<double>(code.k()) / static_cast<double>(code.n());
  return 1 / std::sqrt(2 * rate * std::pow(10, eb_n0_db / 10));
}

/// Frames `first` .. `first + rows - 1` of a transmission.
struct Frames final {
  Bits information, codewords;
  Reception reception;

  // Not optimised with its callers: of a constant size g++ 12 warns of overflows that are not there.
  [[gnu::noipa]] Frames(const Code& code, double eb_n0_db, std::uint64_t first, std::size_t rows, bool rayleigh = false,
                        std::uint64_t seed = 1)
      : information(rows, code.k()) {
    const Noise noise(seed, "link", first);
    noise.stream(1).bits(information);
    codewords = code.encode(information);
    const auto deviation = static_cast<float>(noise_deviation(code, eb_n0_db));
    reception.llr = Ragged<float>(rows, code.n());
    noise.normals(reception.llr);
    Ragged<float> gain(rayleigh ? rows : 0, 2 * code.n());
    if (rayleigh) noise.stream(2).normals(gain);
    const auto values = reception.llr.values();
    const auto bits = codewords.values();
    for (std::size_t i = 0; i < values.size(); ++i) {
      float h = 1;
      if (rayleigh) {
        const float a = gain.values()[2 * i], b = gain.values()[2 * i + 1];
        h = std::sqrt((a * a + b * b) / 2);
      }
      const float y = h * static_cast<float>(1 - 2 * bits[i]) + deviation * values[i];
      values[i] = 2 * h * y / (deviation * deviation);
    }
  }
};

}  // namespace link_test
