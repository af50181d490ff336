#include "exercise.hpp"

#include <tandem/block.hpp>
#include <tandem/channel.hpp>
#include <tandem/codec.hpp>
#include <tandem/coder.hpp>
#include <tandem/metric.hpp>
#include <tandem/modem.hpp>
#include <tandem/source.hpp>
#include <tandem/tokenizer.hpp>

#include "host/sha256.hpp"

namespace tandem::conformance {
namespace {

constexpr std::size_t most_rows = 64;

// `outcome` as a text a row; `row_text(row)` gives what belongs to one.
template <class RowText>
std::vector<std::string> texts(std::size_t rows, std::size_t wanted, const char* what, RowText row_text) {
  require(rows == wanted, "{} gives {} rows for {}", what, rows, wanted);
  std::vector<std::string> out(rows);
  for (std::size_t row = 0; row < rows; ++row) out[row] = row_text(row);
  return out;
}

template <class Values>
std::string flag(const Values& values, std::size_t row) {
  return std::to_string(values.at(row)) + ';';
}

Exercise of_source(Bench& bench, Bench::World& world) {
  const auto& source = dynamic_cast<const Source&>(*world.subject);
  const std::size_t rows = source.size() ? static_cast<std::size_t>(std::min<std::uint64_t>(source.size(), most_rows)) : most_rows;
  return {rows, [&bench, &source](std::size_t first, std::size_t count) {
            const Bytes out = source.read(first, count, bench.noise("source", first));
            return texts(out.rows(), count, "read", [&](std::size_t row) { return bytes_of(out, row); });
          }};
}

Exercise of_tokenizer(Bench& bench, Bench::World& world) {
  const auto& tokenizer = dynamic_cast<const Tokenizer&>(*world.subject);
  return {most_rows, [&tokenizer, items = items_of(bench, world, most_rows)](std::size_t first, std::size_t count) {
            const Tokens tokens = tokenizer.encode(rows_of(items, first, count));
            const Bytes back = tokenizer.decode(tokens);
            require(back.rows() == tokens.rows(), "decode gives {} rows for {}", back.rows(), tokens.rows());
            return texts(tokens.rows(), count, "encode", [&](std::size_t row) { return bytes_of(tokens, row) + bytes_of(back, row); });
          }};
}

Exercise of_model(Bench& bench, Bench::World& world) {
  const auto& model = dynamic_cast<const Model&>(*world.subject);
  return {most_rows, [&model, tokens = tokens_of(bench, world, most_rows, 12)](std::size_t first, std::size_t count) {
            const Vocabulary vocabulary = model.vocabulary();
            const Token seed[] = {vocabulary.end};
            std::vector<std::string> out(count);
            if (count == 0) {
              const auto nobody = model.open(0, seed);
              require(nobody && nobody->streams() == 0, "open gives a session of {} streams for none", nobody ? nobody->streams() : 0);
              nobody->step({}, {});
              return out;
            }
            const auto session = model.open(count, seed);
            require(session && session->streams() == count, "open gives a session of {} streams for {}", session ? session->streams() : 0, count);
            std::vector<Token> last(count, vocabulary.end);
            std::vector<std::uint8_t> active(count, 1);
            for (std::size_t at = 0; std::ranges::count(active, 1); ++at) {
              for (std::size_t s = 0; s < count; ++s) {
                if (active[s]) out[s] += prediction(*session, s, vocabulary.size);
                active[s] = active[s] && at < tokens.row_length(first + s);
                if (!active[s]) continue;
                last[s] = tokens[first + s][at];
                if (auto* path = dynamic_cast<Decisions*>(session.get()))
                  while (!path->push(s, path->bit_of(s, last[s]))) out[s] += std::to_string(path->p1(s)) + ' ';
              }
              session->step(last, active);
            }
            return out;
          }};
}

Exercise of_coder(Bench& bench, Bench::World& world) {
  const auto& coder = dynamic_cast<const Coder&>(*world.subject);
  const auto& tokenizer = dynamic_cast<const Tokenizer&>(*Bench::component(world, "tokenizer"));
  return {most_rows, [&coder, tokens = tokenizer.encode(items_of(bench, world, most_rows))](std::size_t first, std::size_t count) {
            const Coded coded = coder.encode(rows_of(tokens, first, count));
            const Recovered back = coder.decode(coded.bits);
            require(back.tokens.rows() == coded.bits.rows() && back.clean.size() == coded.bits.rows(), "decode gives {} rows and {} flags for {}", back.tokens.rows(), back.clean.size(), coded.bits.rows());
            return texts(coded.bits.rows(), count, "encode", [&](std::size_t row) {
              return bytes_of(coded.bits, row) + (coded.side_bits.empty() ? "" : flag(coded.side_bits, row)) + bytes_of(back.tokens, row) + flag(back.clean, row);
            });
          }};
}

Exercise of_code(Bench& bench, Bench::World& world) {
  const auto& code = dynamic_cast<const Code&>(*world.subject);
  return {most_rows, [&code, bits = random_bits(bench, "information", most_rows, code.k())](std::size_t first, std::size_t count) {
            const Bits words = code.encode(rows_of(bits, first, count));
            return texts(words.rows(), count, "encode", [&](std::size_t row) { return bytes_of(words, row); });
          }};
}

Exercise of_decoder(Bench& bench, Bench::World& world) {
  const auto& decoder = dynamic_cast<const Decoder&>(*world.subject);
  const auto& code = dynamic_cast<const Code&>(*Bench::component(world, "code"));
  const Bits words = code.encode(random_bits(bench, "information", most_rows, code.k()));
  return {most_rows, [&decoder, all = received(bench, "channel", words, decoder.needs())](std::size_t first, std::size_t count) {
            Reception some;
            if (!all.llr.empty()) some.llr = rows_of(all.llr, first, count);
            if (!all.y.empty()) some.y = rows_of(all.y, first, count);
            const Decoded out = decoder.decode(some);
            require(out.info.rows() == out.codeword.rows() && out.converged.size() == out.codeword.rows() && out.iterations.size() == out.codeword.rows(),
                    "decode gives {} codewords, {} rows of information, {} and {} numbers", out.codeword.rows(), out.info.rows(), out.converged.size(), out.iterations.size());
            return texts(out.codeword.rows(), count, "decode", [&](std::size_t row) {
              return bytes_of(out.codeword, row) + bytes_of(out.info, row) + flag(out.converged, row) + flag(out.iterations, row);
            });
          }};
}

Exercise of_modem(Bench& bench, Bench::World& world) {
  const auto noisy = [&bench](Symbols x, std::size_t first) {
    Observation out{.y = x, .h = {}, .csi = {}, .n0 = 0.5f};
    bench.noise("channel", first).normals(x.values);
    for (std::size_t i = 0; i < x.values.size(); ++i) out.y.values.values()[i] += 0.5f * x.values.values()[i];
    return out;
  };
  if (const auto* modem = dynamic_cast<const AnalogModem*>(world.subject.get()))
    return {most_rows, [modem, noisy, all = batch_of(bench, world, Port::features, most_rows)](std::size_t first, std::size_t count) {
              const Symbols sent = modem->modulate(rows_of(all.reals, first, count));
              const Features back = modem->demodulate(noisy(sent, first));
              require(back.rows() == sent.values.rows(), "demodulate gives {} rows for {}", back.rows(), sent.values.rows());
              return texts(sent.values.rows(), count, "modulate", [&](std::size_t row) { return bytes_of(sent.values, row) + bytes_of(back, row); });
            }};
  const auto& modem = dynamic_cast<const DigitalModem&>(*world.subject);
  return {most_rows, [&modem, noisy, bits = random_bits(bench, "bits", most_rows, 24 * modem.bits_per_use())](std::size_t first, std::size_t count) {
            const Symbols sent = modem.modulate(rows_of(bits, first, count));
            const Reception back = modem.demodulate(noisy(sent, first), nullptr);
            require(back.llr.rows() == sent.values.rows() && back.y.rows() == sent.values.rows(), "demodulate gives {} and {} rows for {}", back.llr.rows(), back.y.rows(), sent.values.rows());
            return texts(sent.values.rows(), count, "modulate", [&](std::size_t row) { return bytes_of(sent.values, row) + bytes_of(back.llr, row) + bytes_of(back.y, row); });
          }};
}

Exercise of_channel(Bench& bench, Bench::World& world) {
  const auto& channel = dynamic_cast<const Channel&>(*world.subject);
  const auto& modem = dynamic_cast<const DigitalModem&>(*Bench::component(world, "modem"));
  const Symbols all = modem.modulate(random_bits(bench, "bits", most_rows, 24 * modem.bits_per_use()));
  return {most_rows, [&bench, &channel, all](std::size_t first, std::size_t count) {
            const Observation out = channel.transmit({rows_of(all.values, first, count), all.dimensions_per_use}, 0.5f, bench.noise("channel", first));
            return texts(out.y.values.rows(), count, "transmit", [&](std::size_t row) {
              return bytes_of(out.y.values, row) + (out.h.empty() ? "" : bytes_of(out.h, row)) + (out.csi.empty() ? "" : bytes_of(out.csi, row));
            });
          }};
}

Exercise of_codec(Bench& bench, Bench::World& world) {
  const auto& codec = dynamic_cast<const Codec&>(*world.subject);
  return {most_rows, [&codec, items = items_of(bench, world, most_rows)](std::size_t first, std::size_t count) {
            const Features sent = codec.encode(rows_of(items, first, count));
            const Bytes back = codec.decode(sent);
            require(back.rows() == sent.rows(), "decode gives {} rows for {}", back.rows(), sent.rows());
            return texts(sent.rows(), count, "encode", [&](std::size_t row) { return bytes_of(sent, row) + bytes_of(back, row); });
          }};
}

std::string row_text(const Batch& batch, std::size_t row) {
  return batch.port == Port::tokens ? bytes_of(batch.tokens, row) : batch.port == Port::features ? bytes_of(batch.reals, row) : bytes_of(batch.bytes, row);
}

Exercise of_block(Bench& bench, Bench::World& world) {
  const auto& block = dynamic_cast<const Block&>(*world.subject);
  return {most_rows, [&block, all = batch_of(bench, world, block.takes(), most_rows)](std::size_t first, std::size_t count) {
            Batch some;
            some.port = all.port;
            some.trusted.assign(count, 1);
            some.bytes = rows_of(all.bytes, first, all.bytes.empty() ? 0 : count);
            some.tokens = rows_of(all.tokens, first, all.tokens.empty() ? 0 : count);
            some.reals = rows_of(all.reals, first, all.reals.empty() ? 0 : count);
            Batch up = block.forward(std::move(some));
            const Batch sent = up;
            up.trusted.assign(count, 1);
            const Batch back = block.backward(std::move(up));
            require(rows_in(back) == count && back.trusted.size() == count, "backward gives {} rows and {} flags for {}", rows_in(back), back.trusted.size(), count);
            return texts(rows_in(sent), count, "forward", [&](std::size_t row) { return row_text(sent, row) + row_text(back, row) + flag(back.trusted, row); });
          }};
}

Exercise of_metric(Bench& bench, Bench::World& world) {
  const auto& metric = dynamic_cast<const Metric&>(*world.subject);
  return {most_rows, [&metric, link = bench.link()](std::size_t first, std::size_t count) {
            const auto sent = link.transmitter->send(first, count);
            const host::Received received = link.receiver->receive(*sent, first, 0.5f);
            const std::size_t width = metric.quantities().size();
            std::vector<double> out(count * width);
            metric.measure(received.exchange(*sent, *link.transmitter), out);
            return texts(count, count, "measure", [&](std::size_t row) { return bytes_of<double>({out.data() + row * width, width}); });
          }};
}

}  // namespace

Exercise make_exercise(Bench& bench, Bench::World& world) {
  const std::string& role = bench.manifest().role;
  if (role == "source") return of_source(bench, world);
  if (role == "tokenizer") return of_tokenizer(bench, world);
  if (role == "model") return of_model(bench, world);
  if (role == "coder") return of_coder(bench, world);
  if (role == "code") return of_code(bench, world);
  if (role == "decoder") return of_decoder(bench, world);
  if (role == "modem") return of_modem(bench, world);
  if (role == "channel") return of_channel(bench, world);
  if (role == "codec") return of_codec(bench, world);
  if (role == "block") return of_block(bench, world);
  if (role == "metric") return of_metric(bench, world);
  throw Inapplicable("the calls of a " + role + " have no rows");
}

std::string digest(const std::vector<std::string>& rows) {
  std::string all;
  for (const auto& row : rows) all += std::to_string(row.size()) + ':' + row;
  return host::sha256(all);
}

}  // namespace tandem::conformance
