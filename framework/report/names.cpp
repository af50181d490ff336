#include "names.hpp"

#include <fmt/format.h>

#include <cmath>
#include <map>

namespace tandem::report {

std::string metric_words(const std::string& name) {
  static const std::map<std::string, std::string> words = {
      {"ber.info", "bit error rate of the message"},       {"ber.code", "bit error rate of the codeword"},
      {"bler.info", "block error rate of the message"},    {"bler.code", "block error rate"},
      {"bler.undetected", "undetected block error rate"},  {"frame.errors", "frame error rate"},
      {"frame.undetected", "undetected frame error rate"}, {"decoder.iterations", "iterations a block"}};
  // The two are never to be taken for each other.
  if (name.starts_with("bleu.corpus-")) return "BLEU-" + name.substr(12) + " of the corpus";
  if (name.starts_with("bleu-words.corpus-")) return "BLEU-" + name.substr(18) + " of the corpus' words";
  if (name.starts_with("bleu-words.")) return "BLEU-" + name.substr(11) + " of words, mean of sentences";
  if (name.starts_with("bleu.")) return "BLEU-" + name.substr(5) + ", mean of sentences";
  const auto found = words.find(name);
  return found == words.end() ? name : found->second;
}

std::string axis_name(const std::string& name) {
  if (name == "es_n0_db") return "Es/N0";
  if (name == "eb_n0_db") return "Eb/N0";
  if (name == "label_db") return "SNR as labelled";
  return name == "unified_snr_db" ? "unified SNR" : name;
}

std::string axis_words(const std::string& name) {
  const std::string words = axis_name(name);
  return words == name ? name : words + " (dB)";
}

std::string axis_unit(const std::string& name) { return name.ends_with("_db") ? " dB" : ""; }

std::string told(double x) {
  const std::string text = fmt::format("{:g}", std::abs(x));
  return x < 0 ? "\u2212" + text : text;
}

bool is_error_rate(const std::string& metric) {
  const std::string first = metric.substr(0, metric.find_first_of(".-"));
  const std::string last = metric.substr(metric.find_last_of(".-") + 1);  // npos + 1 is 0
  for (const std::string word : {"ber", "bler", "cer", "frame", "wer"})
    if (first == word || last == word) return true;
  return false;
}

bool is_share(const std::string& metric) {
  for (const char* score : {"bleu.", "bleu-words.", "exact-match.", "similarity.", "token-accuracy."})
    if (metric.starts_with(score)) return true;
  return false;
}

Better better(const std::string& metric) {
  if (is_error_rate(metric) || metric == "decoder.iterations" || metric.starts_with("compression.") || metric.starts_with("information-distance.")) return Better::lower;
  if (is_share(metric)) return Better::higher;
  for (const char* good : {"goodput.", "decoder.converged", "psnr.", "ssim.", "ms-ssim."})
    if (metric.starts_with(good)) return Better::higher;
  return Better::unknown;
}

}  // namespace tandem::report
