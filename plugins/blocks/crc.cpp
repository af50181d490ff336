// Cyclic redundancy check in front of each frame's bits.
#include <algorithm>
#include <bit>
#include <cstring>
#include <tandem/block.hpp>

namespace {
using tandem::Batch;

// Bit i of a row is the coefficient of x^i of a multiple of the generator: `bits` check bits, then the frame. Zeros
// behind the frame are coefficients 0 of higher powers, so that they change nothing.
class Crc final : public tandem::Block {
  void fields(tandem::Fields& f) override {
    f("bits", bits_, 16)
        .range(8, 32)
        .unit("bits")
        .doc(
            "8: x^8+x^2+x+1 (0x07, ITU-T I.432.1); 16: 0x1021 (TS 38.212 gCRC16); 24: 0x864CFB (TS 38.212 gCRC24A); "
            "32: 0x04C11DB7 (IEEE 802.3); the register starts from zero");
    f.source("3GPP TS 38.212, clause 5.1; Peterson, Brown: Cyclic codes for error detection, Proc. IRE 49 (1961)");
    f.example(R"({"bits": 16})");
  }

  void ready(const tandem::Environment&) override {
    std::uint32_t generator = 0;
    switch (bits_) {
      case 8:
        generator = 0x07;
        break;
      case 16:
        generator = 0x1021;
        break;
      case 24:
        generator = 0x864CFB;
        break;
      case 32:
        generator = 0x04C11DB7;
        break;
      default:
        throw tandem::FieldError("bits", "must be 8, 16, 24 or 32, not " + std::to_string(bits_));
    }
    generator_ = generator << (32 - bits_);
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
      std::uint32_t remainder = byte << 24;
      for (int i = 0; i < 8; ++i) remainder = (remainder << 1) ^ (remainder >> 31 ? generator_ : 0);
      table_[byte] = remainder;
    }
  }

  tandem::Port takes() const override { return tandem::Port::bits; }
  tandem::Port gives() const override { return tandem::Port::bits; }

  Batch forward(Batch in) const override {
    Batch out{.port = in.port, .bytes = {}, .tokens = {}, .reals = {}, .trusted = std::move(in.trusted)};
    out.bytes.reserve(in.bytes.size() + in.bytes.rows() * bits_);
    for (std::size_t row = 0; row < in.bytes.rows(); ++row) {
      const auto frame = in.bytes[row];
      const auto coded = out.bytes.append(frame.size() + bits_);
      const std::uint32_t check = remainder(frame);
      for (std::size_t i = 0; i < bits_; ++i) coded[i] = check >> i & 1;
      std::ranges::copy(frame, coded.begin() + static_cast<std::ptrdiff_t>(bits_));
    }
    return out;
  }

  Batch backward(Batch in) const override {
    Batch out{.port = in.port, .bytes = {}, .tokens = {}, .reals = {}, .trusted = std::move(in.trusted)};
    out.trusted.resize(in.bytes.rows(), 1);
    out.bytes.reserve(in.bytes.size());
    for (std::size_t row = 0; row < in.bytes.rows(); ++row) {
      const auto coded = in.bytes[row];
      const auto frame = coded.subspan(std::min(bits_, coded.size()));
      out.bytes.append(frame);
      std::uint32_t check = 0;
      if (coded.size() >= bits_)
        for (std::size_t i = 0; i < bits_; ++i) check |= static_cast<std::uint32_t>(coded[i]) << i;
      if (coded.size() < bits_ || check != remainder(frame)) out.trusted[row] = 0;
    }
    return out;
  }

  tandem::Exactness exactness() const override { return tandem::Exactness::portable; }

  // Of x^bits times the polynomial whose coefficients are `frame`, lowest power first.
  std::uint32_t remainder(std::span<const std::uint8_t> frame) const {
    std::uint32_t remainder = 0;
    std::size_t position = frame.size();
    const auto push = [&](std::uint32_t byte) { remainder = (remainder << 8) ^ table_[(remainder >> 24) ^ byte]; };
    if (const std::size_t odd = position % 8) {
      std::uint32_t byte = 0;
      for (std::size_t i = 0; i < odd; ++i) byte |= static_cast<std::uint32_t>(frame[position - odd + i]) << i;
      push(byte);
      position -= odd;
    }
    for (; position != 0; position -= 8) {
      static_assert(std::endian::native == std::endian::little);
      std::uint64_t eight = 0;
      std::memcpy(&eight, frame.data() + position - 8, 8);
      push(static_cast<std::uint32_t>(eight * 0x0102040810204080u >>
                                      56));  // gathers bit 0 of each byte, the first lowest
    }
    return remainder >> (32 - bits_);
  }

  std::size_t bits_ = 16;
  std::uint32_t generator_ = 0;  // in the upper bits, as the register
  std::uint32_t table_[256] = {};
};
}  // namespace
TANDEM_PLUGIN(Crc, tandem::Block, "crc", "1.0.0", "cyclic redundancy check in front of each frame's bits")
