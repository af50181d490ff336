#pragma once

#include <cmath>
#include <support/support.hpp>
#include <tandem/channel.hpp>
#include <tandem/modem.hpp>

namespace tandem::test {

/// Random bits, sent by a modem through a channel and received.
struct Link {
  std::shared_ptr<Modem> modem_owner;
  std::shared_ptr<Channel> channel;
  const DigitalModem& modem;

  Link(const char* modem_name, const char* channel_name, const std::string& channel_fields)
      : modem_owner(make<Modem>(modem_name)),
        channel(make<Channel>(channel_name, channel_fields)),
        modem(dynamic_cast<const DigitalModem&>(*modem_owner)) {}

  struct Passed {
    Bits sent;
    Reception received;
  };
  Passed pass(std::size_t frames, std::size_t length, double n0, std::uint64_t seed) const {
    Passed out{Bits(frames, length), {}};
    Noise(seed, "source", 0).bits(out.sent);
    const auto observation =
        channel->transmit(modem.modulate(out.sent), static_cast<float>(n0), Noise(seed, "channel", 0));
    const auto* law = dynamic_cast<const Law*>(channel.get());
    out.received = modem.demodulate(observation, law && law->applies() ? law : nullptr);
    return out;
  }
};

inline double from_db(double db) { return std::pow(10, db / 10); }

}  // namespace tandem::test
