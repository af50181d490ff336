#include "huge.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <tandem/block.hpp>
#include <tandem/channel.hpp>
#include <tandem/codec.hpp>
#include <tandem/coder.hpp>
#include <tandem/metric.hpp>
#include <tandem/modem.hpp>
#include <tandem/source.hpp>
#include <tandem/tokenizer.hpp>

#include "exercise.hpp"

namespace tandem::conformance {
namespace {

constexpr std::size_t million = 1'000'000;

// The example's rows one behind the other, again and again: what accepts them accepts this. Whole rows, so that no
// character is cut in two.
template <class T>
Ragged<T> one_long_row(const Ragged<T>& rows, std::size_t size) {
  if (rows.size() == 0) throw Inapplicable("the example's rows are empty");
  Ragged<T> out;
  const auto to = out.append((size + rows.size() - 1) / rows.size() * rows.size());
  for (std::size_t i = 0; i < to.size(); ++i) to[i] = rows.values()[i % rows.size()];
  return out;
}

void of_source(Bench& bench) {
  const auto& source = bench.plugin<Source>();
  const auto read = [&](std::uint64_t first, std::size_t count) { return source.read(first, count, bench.noise("source", first)); };
  std::size_t count = std::max<std::size_t>(1, million / std::max<std::size_t>(1, read(0, 1).size()));
  if (source.size()) count = static_cast<std::size_t>(std::min<std::uint64_t>(count, source.size()));
  const Bytes all = read(0, count);
  require(all.rows() == count, "{} frames come for {}", all.rows(), count);
  require(bytes_of(all, count - 1) == bytes_of(read(count - 1, 1), 0), "the last of {} frames is another than when it is read alone", count);
}

void of_tokenizer(Bench& bench) {
  const auto& tokenizer = bench.plugin<Tokenizer>();
  const Bytes item = one_long_row(items_of(bench, bench.world(), 64), million);
  require(tokenizer.decode(tokenizer.encode(item)) == item, "an item of {} bytes comes back otherwise", item.size());
  Bytes same;  // one letter: no place to cut it, and every pair alike
  std::ranges::fill(same.append(million / 10), std::uint8_t{'a'});
  Tokens tokens;
  try {
    tokens = tokenizer.encode(same);
  } catch (const Error&) {
    return;  // it may refuse what its vocabulary does not hold
  }
  require(tokenizer.decode(tokens) == same, "one letter {} times comes back otherwise", same.size());
}

// A network takes milliseconds a symbol.
void of_model(Bench& bench) {
  const auto& model = bench.plugin<Model>();
  const Token seed[] = {model.vocabulary().end};
  const auto session = model.open(1, seed);
  const std::size_t length = dynamic_cast<Logits*>(session.get()) ? 300 : 20'000;
  const Tokens row = one_long_row(tokens_of(bench, bench.world(), 16, 64), length);
  const std::uint8_t active[] = {1};
  for (const Token token : row.values().first(length)) {
    if (auto* path = dynamic_cast<Decisions*>(session.get()))
      while (!path->push(0, path->bit_of(0, token))) {}
    session->step({&token, 1}, active);
  }
  prediction(*session, 0, model.vocabulary().size);
}

// A coder may have a longest row, and refuse more.
void of_coder(Bench& bench) {
  const auto& coder = bench.plugin<Coder>();
  const auto& tokenizer = bench.beside<Tokenizer>("tokenizer");
  const Tokens text = tokenizer.encode(items_of(bench, bench.world(), 64));
  for (const std::size_t length : {million / 10, million / 100}) {
    const Tokens row = one_long_row(text, length);
    Coded coded;
    try {
      coded = coder.encode(row);
    } catch (const Error&) {
      continue;
    }
    const Recovered back = coder.decode(coded.bits);
    require(back.tokens == row && back.clean == std::vector<std::uint8_t>{1}, "a row of {} tokens comes back otherwise", row.size());
    return;
  }
  throw Inapplicable("the coder refuses long rows");
}

void of_code(Bench& bench) {
  const auto& code = bench.plugin<Code>();
  const std::size_t rows = std::max<std::size_t>(1, million / code.n());
  const Bits information = random_bits(bench, "information", rows, code.k()), words = code.encode(information);
  require(words.rows() == rows && words.size() == rows * code.n(), "{} bits come for {} words of {}", words.size(), rows, code.n());
  require(bytes_of(words, rows - 1) == bytes_of(code.encode(rows_of(information, rows - 1, 1)), 0), "the last of {} words is another than when it is encoded alone", rows);
}

void of_decoder(Bench& bench) {
  const auto& code = bench.beside<Code>("code");
  const std::size_t rows = std::max<std::size_t>(1, million / 20 / code.n());
  const Bits words = code.encode(random_bits(bench, "information", rows, code.k()));
  const Decoded out = bench.plugin<Decoder>().decode(received(bench, "channel", words, bench.plugin<Decoder>().needs(), 12));
  require(out.codeword == words, "of {} words with next to no noise, not every one comes back", rows);
}

void of_modem(Bench& bench) {
  if (const auto* modem = dynamic_cast<const AnalogModem*>(&bench.plugin<Modem>())) {
    const Features row = one_long_row(batch_of(bench, bench.world(), Port::features, 16).reals, million);
    const Features back = modem->demodulate({.y = modem->modulate(row), .h = {}, .csi = {}, .n0 = 0.1f});
    require(back.rows() == 1 && back.size() >= row.size(), "{} values come back for {}", back.size(), row.size());
    return;
  }
  const auto* modem = dynamic_cast<const DigitalModem*>(&bench.plugin<Modem>());
  require(modem, "the modem carries neither bits nor real values");
  const Bits bits = random_bits(bench, "bits", 1, million * modem->bits_per_use());
  const Reception back = modem->demodulate({.y = modem->modulate(bits), .h = {}, .csi = {}, .n0 = 0.1f}, nullptr);
  require(back.llr.size() == bits.size() && back.y.size() == bits.size(), "{} LLRs and {} matched-filter outputs come for {} bits", back.llr.size(), back.y.size(), bits.size());
  for (std::size_t i = 0; i < bits.size(); ++i) require((back.llr.values()[i] < 0) == (bits.values()[i] == 1), "bit {} of {} comes back otherwise", i, bits.size());
}

void of_channel(Bench& bench) {
  const auto& modem = bench.beside<DigitalModem>("modem");
  const Symbols x = modem.modulate(random_bits(bench, "bits", 1, million * modem.bits_per_use()));
  const Observation out = bench.plugin<Channel>().transmit(x, 0.5f, bench.noise("channel"));
  require(out.y.values.rows() == 1 && out.y.values.size() == x.values.size(), "{} values come out for {}", out.y.values.size(), x.values.size());
}

void of_codec(Bench& bench) {
  const auto& codec = bench.plugin<Codec>();
  const Bytes item = one_long_row(items_of(bench, bench.world(), 64), million / 10);
  Features features;
  try {
    features = codec.encode(item);
  } catch (const Error&) {
    throw Inapplicable("the codec refuses a long item");
  }
  require(features.rows() == 1 && codec.decode(features).rows() == 1, "an item of {} bytes comes back as another number of rows", item.size());
}

void of_block(Bench& bench) {
  const auto& block = bench.plugin<Block>();
  Batch in = batch_of(bench, bench.world(), block.takes(), 16);
  if (in.bytes.rows()) in.bytes = one_long_row(in.bytes, million);
  if (in.tokens.rows()) in.tokens = one_long_row(in.tokens, million);
  if (in.reals.rows()) in.reals = one_long_row(in.reals, million);
  in.trusted = {1};
  const Batch sent = in;
  Batch up = block.forward(std::move(in));
  up.trusted = {1};
  const Batch back = block.backward(std::move(up));
  require(back.bytes == sent.bytes && back.tokens == sent.tokens && back.reals.size() == sent.reals.size(), "a row of {} values does not come back",
          sent.bytes.size() + sent.tokens.size() + sent.reals.size());
}

void of_metric(Bench& bench) {
  const auto& metric = bench.plugin<Metric>();
  constexpr std::size_t frames = 5000;
  const host::Link link = bench.link();
  const auto sent = link.transmitter->send(0, frames);
  const host::Received received = link.receiver->receive(*sent, 0, host::noise_density(4));
  std::vector<double> out(frames * metric.quantities().size(), std::nan(""));
  metric.measure(received.exchange(*sent, *link.transmitter), out);
  for (const double value : out) require(std::isfinite(value), "a quantity is {} among {} frames", value, frames);
}

}  // namespace

void huge(Bench& bench) {
  static const std::map<std::string, void (*)(Bench&)> of_role = {
      {"source", of_source}, {"tokenizer", of_tokenizer}, {"model", of_model},     {"coder", of_coder}, {"code", of_code},   {"decoder", of_decoder},
      {"modem", of_modem},   {"channel", of_channel},     {"codec", of_codec}, {"block", of_block}, {"metric", of_metric}};
  const auto found = of_role.find(bench.manifest().role);
  if (found == of_role.end()) throw Inapplicable("the calls of a " + bench.manifest().role + " have no rows");
  found->second(bench);
}

}  // namespace tandem::conformance
