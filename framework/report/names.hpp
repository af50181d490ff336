#pragma once

#include <cstdint>
#include <string>

namespace tandem::report {

/// What people call a row of results: "BLEU-1, mean of sentences" for bleu.1; the name itself where there is no other.
std::string metric_words(const std::string& name);
/// The same for an axis, with its unit: "unified SNR (dB)"; and without: "unified SNR".
std::string axis_words(const std::string& name);
std::string axis_name(const std::string& name);
/// What stands behind a number of an axis: " dB", or nothing.
std::string axis_unit(const std::string& name);
/// A value of an axis for people: with a true minus sign, without needless digits.
std::string told(double x);

/// Whether a metric is a rate of errors, to be drawn on a logarithmic axis: `ber`, `bler`, `cer`, `frame` or `wer` is its
/// first or last word.
bool is_error_rate(const std::string& metric);
/// Whether a metric is a score that ends at 1.
bool is_share(const std::string& metric);

enum class Better : std::uint8_t { lower, higher, unknown };
/// Which end of a metric is the good one.
Better better(const std::string& metric);

}  // namespace tandem::report
