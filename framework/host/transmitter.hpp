#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <tandem/block.hpp>
#include <tandem/code.hpp>
#include <tandem/codec.hpp>
#include <tandem/coder.hpp>
#include <tandem/metric.hpp>
#include <tandem/modem.hpp>
#include <tandem/source.hpp>
#include <tandem/tokenizer.hpp>
#include <vector>

#include "instances.hpp"

namespace tandem::host {

/// What the transmitter made of consecutive frames; a row a frame unless said. Also what an undamaged row comes out as.
struct Sent {
  std::size_t frames = 0;
  Bytes items;                            ///< the source's rows: items, or bits
  Tokens tokens;                          ///< no rows without a tokenizer
  Bits bits;                              ///< what enters the code; without a code, what enters the modem
  Features features;                      ///< what an analog modem carries
  std::vector<std::size_t> values;        ///< that a codec gave for each frame; empty without one
  std::vector<std::uint32_t> blocks;      ///< of each frame; 1 without a code
  Bits information;                       ///< rows of k bits, padded with zeros; no rows without a code
  Bits codewords;                         ///< rows of n bits; no rows without a code
  Symbols symbols;
  std::vector<Ledger> ledger;
  Bytes items_back;                       ///< the remembered result of undamaged rows; no rows when there is none
  Tokens tokens_back;
};

/// The sending half of an arm's chain. Frames of a source with items are made once an item and kept, within a memory
/// limit; random frames are made anew. Thread-safe.
class Transmitter {
 public:
  /// One step of the chain, its component and its name in messages.
  struct Step {
    std::shared_ptr<Component> component;
    std::string role, label;
  };

  /// The nodes of the chain before the channel. The ledger books `uses_a_value` times what an analog modem sends.
  Transmitter(const Graph& graph, Instances& instances, const Located& document, std::uint64_t seed, std::uint64_t uses_a_value = 1);

  /// Frames first .. first + count - 1. `recall` computes items_back and tokens_back, once an item; it may be empty.
  std::shared_ptr<const Sent> send(std::uint64_t first, std::size_t count) const;
  /// How undamaged rows are decoded; said before the first send, the first word counts.
  void remember(std::function<void(Sent&)> recall) {
    if (!recall_) recall_ = std::move(recall);
  }

  std::uint64_t items() const { return size_; }      ///< 0: every frame is new
  bool source_of_bits() const { return source_->yields() == Port::bits; }
  const Code* code() const { return code_; }
  const Modem* modem() const { return modem_; }
  const DigitalModem* digital() const { return digital_; }   ///< null for an analog one

 private:
  std::shared_ptr<Sent> make(std::uint64_t first, std::size_t count) const;
  std::shared_ptr<const Sent> chunk(std::uint64_t index) const;

  std::vector<Step> steps_;
  const Source* source_ = nullptr;
  const Code* code_ = nullptr;
  const Modem* modem_ = nullptr;
  const DigitalModem* digital_ = nullptr;
  std::string source_name_;
  std::uint64_t seed_ = 1, uses_a_value_ = 1, size_ = 0;
  std::function<void(Sent&)> recall_;

  struct Slot {
    std::once_flag once;
    std::shared_ptr<const Sent> sent;
  };
  mutable std::mutex mutex_;
  mutable std::map<std::uint64_t, std::shared_ptr<Slot>> slots_;
  mutable std::size_t kept_bytes_ = 0;
};

/// Runs one call into a plugin; what it throws becomes an Error that names the plugin.
template <class Call>
auto named_call(const std::string& label, Call&& call) {
  try {
    return call();
  } catch (const Error& e) {
    throw Error(e.message(), e.where().empty() ? label : label + ": " + e.where(), e.hint());
  } catch (const std::exception& e) {
    throw Error(e.what(), label);
  }
}
[[noreturn]] void wrong_shape(const std::string& label, const std::string& what);

/// Length of the Elias gamma code of value >= 1.
std::uint64_t elias_gamma_bits(std::uint64_t value);

}  // namespace tandem::host
