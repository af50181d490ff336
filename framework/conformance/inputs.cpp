// Good input for components, made from the seed of a check alone.
#include <cmath>
#include <tandem/codec.hpp>
#include <tandem/source.hpp>
#include <tandem/tokenizer.hpp>

#include "exercise.hpp"

namespace tandem::conformance {

Bytes items_of(Bench& bench, Bench::World& world, std::size_t count) {
  const auto& source = dynamic_cast<const Source&>(*Bench::component(world, "source"));
  Bytes out;
  for (std::size_t row = 0; row < count; ++row) {
    const std::uint64_t frame = source.size() ? (bench.seed() * 64 + row) % source.size() : row;
    const Bytes one = source.read(frame, 1, bench.noise("source", frame));
    require(one.rows() == 1, "the source gives {} rows where one is read", one.rows());
    out.append(one[0]);
  }
  return out;
}

Bits random_bits(Bench& bench, const char* purpose, std::size_t rows, std::size_t length) {
  Bits out(rows, length);
  bench.noise(purpose).bits(out);
  return out;
}

Reception received(Bench& bench, const char* purpose, const Bits& codewords, Needs needs, std::optional<double> es_n0_db) {
  Ragged<float> normals;
  for (std::size_t row = 0; row < codewords.rows(); ++row) normals.append(codewords.row_length(row));
  bench.noise(purpose).normals(normals);
  Reception out{normals, normals};
  for (std::size_t row = 0; row < codewords.rows(); ++row) {
    const float n0 = host::noise_density(es_n0_db.value_or(-2.0 + static_cast<double>(row % 9)));
    const auto bits = codewords[row];
    const auto y = out.y[row];
    const auto llr = out.llr[row];
    for (std::size_t i = 0; i < bits.size(); ++i) {
      y[i] = (bits[i] ? -1.0f : 1.0f) + std::sqrt(n0 / 2) * normals[row][i];
      llr[i] = 4 * y[i] / n0;
    }
  }
  if (needs == Needs::llr) out.y = {};
  if (needs == Needs::y) out.llr = {};
  return out;
}

Tokens tokens_of(Bench& bench, Bench::World& world, std::size_t rows, std::size_t longest) {
  const auto& model = world.graph.find("model") ? dynamic_cast<const Model&>(*Bench::component(world, "model")) : throw Inapplicable("the example has no model");
  const Vocabulary vocabulary = model.vocabulary();
  Tokens out;
  if (world.graph.find("tokenizer")) {
    const auto& tokenizer = dynamic_cast<const Tokenizer&>(*Bench::component(world, "tokenizer"));
    const Tokens all = tokenizer.encode(items_of(bench, world, rows));
    for (std::size_t row = 0; row < rows; ++row) out.append(std::as_const(all)[row].first(std::min(longest, all.row_length(row))));
    return out;
  }
  std::vector<float> uniform(longest);
  for (std::size_t row = 0; row < rows; ++row) {
    bench.noise("tokens").uniforms(row, uniform);
    const auto to = out.append(row % (longest + 1));
    for (std::size_t i = 0; i < to.size(); ++i) {
      to[i] = std::min(static_cast<Token>(uniform[i] * static_cast<float>(vocabulary.size)), vocabulary.size - 1);
      if (to[i] == vocabulary.end) to[i] = (to[i] + 1) % vocabulary.size;
    }
  }
  return out;
}

std::string prediction(const Session& session, std::size_t stream, std::uint32_t vocabulary) {
  std::string out;
  bool any = false;
  if (const auto* p = dynamic_cast<const Probabilities*>(&session)) any = true, out += bytes_of(p->probabilities(stream));
  if (const auto* l = dynamic_cast<const Logits*>(&session)) any = true, out += bytes_of(l->logits(stream)) + bytes_of(l->hidden(stream));
  if (const auto* d = dynamic_cast<const Decisions*>(&session)) {
    any = true;
    out += std::to_string(d->p1(stream)) + ' ';
    for (Token t = 0; t < std::min(vocabulary, 256u); ++t) out += d->bit_of(stream, t) ? '1' : '0';
  }
  if (const auto* d = dynamic_cast<const Distribution*>(&session)) {
    any = true;
    out += std::to_string(d->bits());
    // A large vocabulary is looked at in a few places.
    for (Token t = 0; t < vocabulary; t += vocabulary > 4096 ? vocabulary / 509 : 1) {
      const Interval interval = d->interval(stream, t);
      out += ' ' + std::to_string(interval.cumulative) + '+' + std::to_string(interval.frequency);
    }
  }
  require(any, "the session predicts nothing: it is neither a Distribution nor Probabilities, Logits or Decisions");
  return out;
}

std::size_t rows_in(const Batch& batch) {
  return batch.port == Port::tokens ? batch.tokens.rows() : batch.port == Port::features ? batch.reals.rows() : batch.bytes.rows();
}

Batch batch_of(Bench& bench, Bench::World& world, Port port, std::size_t rows) {
  Batch out;
  out.port = port;
  out.trusted.assign(rows, 1);
  if (port == Port::items) {
    out.bytes = items_of(bench, world, rows);
  } else if (port == Port::bits) {
    for (std::size_t row = 0; row < rows; ++row) out.bytes.append(16 + 8 * (row % 7));
    bench.noise("bits").bits(out.bytes);
  } else if (port == Port::tokens) {
    out.tokens = dynamic_cast<const Tokenizer&>(*Bench::component(world, "tokenizer")).encode(items_of(bench, world, rows));
  } else if (port == Port::features) {
    out.reals = dynamic_cast<const Codec&>(*Bench::component(world, "codec")).encode(items_of(bench, world, rows));
  } else {
    throw Violation("nothing in a link gives rows of " + std::string(name(port)));
  }
  return out;
}

}  // namespace tandem::conformance
