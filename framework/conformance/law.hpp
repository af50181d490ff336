#pragma once

#include <fmt/format.h>

#include <string>
#include <tandem/error.hpp>
#include <vector>

namespace tandem::conformance {

class Bench;

/// One promise of a plugin, and how to see whether it is kept.
struct Law {
  const char* name;            ///< "calls.batches"; what stands before the dot groups it
  const char* says;            ///< the promise, a sentence without its full stop
  void (*check)(Bench& bench); ///< throws Violation when it is broken, Inapplicable when there is nothing to check
};

/// A law that was broken: what was expected, and what was seen instead.
class Violation : public Error {
 public:
  using Error::Error;
};

/// A law that says nothing about this plugin, as it is configured or on this machine; why.
class Inapplicable : public Error {
 public:
  using Error::Error;
};

template <class... Arguments>
void require(bool kept, fmt::format_string<Arguments...> otherwise, Arguments&&... arguments) {
  if (!kept) throw Violation(fmt::format(otherwise, std::forward<Arguments>(arguments)...));
}

/// How far a standard normal statistic may stray: a correct plugin goes beyond once in ten million.
inline constexpr double sigmas = 5.33;

/// What every plugin promises.
const std::vector<Law>& general_laws();
/// What the plugins of a role promise besides; empty for an unknown role.
const std::vector<Law>& laws_of(const std::string& role);
/// The laws of all roles, the general ones first.
std::vector<const Law*> all_laws();
/// The law of that name, of whatever role, or null.
const Law* find_law(const std::string& name);

// One file each.
extern const std::vector<Law> library_laws, life_laws, call_laws, source_laws, tokenizer_laws, model_laws, coder_laws, code_laws, decoder_laws,
    modem_laws, channel_laws, codec_laws, block_laws, metric_laws, trainer_laws;

}  // namespace tandem::conformance
