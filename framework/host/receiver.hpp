#pragma once

#include "transmitter.hpp"

namespace tandem::host {

/// What came out of a batch, and how it compares with what went in; vectors a frame or a block as in Exchange.
struct Received {
  Bytes items;
  Tokens tokens;
  Bits bits;
  std::vector<std::uint32_t> block_bits, information_errors, code_errors, iterations;
  std::vector<std::uint8_t> converged, wrong, trusted;
  std::vector<Ledger> ledger;

  /// A view for metrics over this and what was sent; both must outlive it.
  Exchange exchange(const Sent& sent, const Transmitter& transmitter) const;
};

/// The receiving half of an arm's chain, from the channel on. Thread-safe.
class Receiver {
 public:
  Receiver(const Graph& graph, Instances& instances, const Located& document, std::uint64_t seed, std::shared_ptr<Transmitter> transmitter);

  /// Passes the frames that start at `first` through the channel at noise density `n0` and back up.
  Received receive(const Sent& sent, std::uint64_t first, float n0) const;

  bool has_snr() const { return channel_->has_snr(); }
  Exactness exactness() const { return exactness_; }
  /// What `transmit` shows on the way: the observation and the reception of the same frames.
  Observation observe(const Sent& sent, std::uint64_t first, float n0) const;

 private:
  struct Above {  // what the upper floors made of rows of bits
    Bytes items;
    Tokens tokens;
    std::vector<std::uint8_t> trusted;
  };
  // `values` of each row reach a codec, if there is one.
  static Above climb(const std::vector<Transmitter::Step>& steps, Batch flow, std::span<const std::size_t> values);
  Reception soften(const Observation& observation, const Sent& sent) const;

  std::shared_ptr<Transmitter> transmitter_;
  std::vector<Transmitter::Step> soft_;    // blocks between the modem and the decoder, first the lowest
  std::vector<Transmitter::Step> upper_;   // from the decoder to the source
  std::shared_ptr<Component> channel_owner_, decoder_owner_;
  const Channel* channel_ = nullptr;
  const Law* law_ = nullptr;
  const Decoding* decoding_ = nullptr;
  const AnalogModem* analog_ = nullptr;
  std::shared_ptr<Component> modem_owner_;
  std::string channel_name_, channel_label_, modem_label_, decoder_label_;
  std::uint64_t seed_ = 1;
  Exactness exactness_ = Exactness::portable;
};

}  // namespace tandem::host
