#include "transmitter.hpp"

#include <bit>

#include "rows.hpp"

namespace tandem::host {
namespace {

constexpr std::uint64_t chunk_items = 64;
constexpr std::size_t most_kept_bytes = std::size_t{1} << 30;

std::size_t bytes_of(const Sent& sent) {
  return sent.items.size() + sent.bits.size() + sent.information.size() + sent.codewords.size() + sent.items_back.size() +
         4 * (sent.tokens.size() + sent.tokens_back.size() + sent.features.size() + sent.symbols.values.size()) +
         sent.values.size() * sizeof(std::size_t) + sent.ledger.size() * sizeof(Ledger);
}

// Frames padded with zeros to blocks of k bits. An empty frame has no block.
Bits padded(const Bits& frames, std::size_t k, std::vector<std::uint32_t>& blocks) {
  blocks.resize(frames.rows());
  Bits out;
  const std::size_t length = frames.row_length();
  if (length != Bits::varying && length % k == 0 && length > 0) {
    std::ranges::fill(blocks, static_cast<std::uint32_t>(length / k));
    out = frames;
    out.cut(k);
    return out;
  }
  std::size_t total = 0;
  for (std::size_t row = 0; row < frames.rows(); ++row)
    total += blocks[row] = static_cast<std::uint32_t>((frames.row_length(row) + k - 1) / k);
  std::uint8_t* to = out.append(total, k).data();
  for (std::size_t row = 0; row < frames.rows(); ++row) {
    const auto from = frames[row];
    to = std::copy(from.begin(), from.end(), to);
    const std::size_t rest = blocks[row] * k - from.size();
    to = std::fill_n(to, rest, std::uint8_t{0});
  }
  return out;
}

// In eight partial sums, always the same ones: fast, and the same bits everywhere.
double sum_of_squares(std::span<const float> values) {
  double partial[8] = {};
  std::size_t i = 0;
  for (; i + 8 <= values.size(); i += 8)
    for (std::size_t lane = 0; lane < 8; ++lane) {
      const auto value = static_cast<double>(values[i + lane]);
      partial[lane] += value * value;
    }
  for (; i < values.size(); ++i) partial[i % 8] += static_cast<double>(values[i]) * static_cast<double>(values[i]);
  return ((partial[0] + partial[1]) + (partial[2] + partial[3])) + ((partial[4] + partial[5]) + (partial[6] + partial[7]));
}

// Rows with zeros appended to a multiple of `unit` bits.
Bits filled(const Bits& rows, std::size_t unit) {
  Bits out;
  for (std::size_t row = 0; row < rows.rows(); ++row) {
    const auto from = rows[row];
    const auto to = out.append((from.size() + unit - 1) / unit * unit);
    std::fill(std::ranges::copy(from, to.begin()).out, to.end(), std::uint8_t{0});
  }
  return out;
}

}  // namespace

std::uint64_t elias_gamma_bits(std::uint64_t value) { return 2 * static_cast<std::uint64_t>(std::bit_width(value)) - 1; }

void wrong_shape(const std::string& label, const std::string& what) { throw Error("returned " + what, label, "a fault of the plugin"); }

Transmitter::Transmitter(const Graph& graph, Instances& instances, const Located& document, std::uint64_t seed, std::uint64_t uses_a_value)
    : seed_(seed), uses_a_value_(uses_a_value) {
  for (const std::size_t index : graph.chain) {
    const Node& node = graph.nodes[index];
    if (node.role == "channel") break;
    Step step{instances.get(graph, node, document), node.role, node.stage.plugin->manifest.name};
    if (node.role == "source") source_ = dynamic_cast<const Source*>(step.component.get()), source_name_ = node.name;
    if (node.role == "code") code_ = dynamic_cast<const Code*>(step.component.get());
    if (node.role == "modem") modem_ = dynamic_cast<const Modem*>(step.component.get());
    steps_.push_back(std::move(step));
  }
  digital_ = dynamic_cast<const DigitalModem*>(modem_);
  size_ = source_->size();
  if (size_ == 0 && source_->yields() == Port::items) throw Error("has no items", steps_[0].label);
}

std::shared_ptr<Sent> Transmitter::make(std::uint64_t first, std::size_t count) const {
  auto sent = std::make_shared<Sent>();
  sent->frames = count;
  sent->ledger.resize(count);
  Batch flow;
  bool coded = false;  // the flow is what left the code, kept in sent->codewords
  for (const auto& step : steps_) {
    const auto call = [&](auto&& body) { return named_call(step.label, body); };
    if (step.role == "source") {
      const Noise noise(seed_, source_name_, first);
      sent->items = call([&] { return source_->read(first, count, noise); });
      flow.port = source_->yields();
      if (sent->items.rows() != count) wrong_shape(step.label, std::to_string(sent->items.rows()) + " rows for " + std::to_string(count));
      const std::uint64_t bits = flow.port == Port::bits ? 1 : 8;
      for (std::size_t i = 0; i < count; ++i) sent->ledger[i].source_bits = bits * sent->items.row_length(i);
      flow.bytes = sent->items;
    } else if (step.role == "tokenizer") {
      sent->tokens = call([&] { return static_cast<const Tokenizer&>(dynamic_cast<Tokenizer&>(*step.component)).encode(flow.bytes); });
      if (sent->tokens.rows() != count) wrong_shape(step.label, "another number of rows");
      flow.port = Port::tokens;
      flow.tokens = sent->tokens;
    } else if (step.role == "coder") {
      Coded out = call([&] { return dynamic_cast<Coder&>(*step.component).encode(flow.tokens); });
      if (out.bits.rows() != count) wrong_shape(step.label, "another number of rows");
      for (std::size_t i = 0; i < out.side_bits.size(); ++i) sent->ledger[i].side_bits = out.side_bits[i];
      flow.port = Port::bits;
      flow.bytes = std::move(out.bits);
    } else if (step.role == "codec") {
      flow.reals = call([&] { return dynamic_cast<Codec&>(*step.component).encode(flow.bytes); });
      if (flow.reals.rows() != count) wrong_shape(step.label, "another number of rows");
      for (std::size_t i = 0; i < count; ++i) sent->values.push_back(flow.reals.row_length(i));
      flow.port = Port::features;
      flow.bytes.clear();
    } else if (step.role == "block") {
      if (coded) flow.bytes = sent->codewords, flow.bytes.join(sent->blocks), coded = false;
      flow = call([&] { return dynamic_cast<Block&>(*step.component).forward(std::move(flow)); });
    } else if (step.role == "code") {
      sent->bits = std::move(flow.bytes);
      sent->information = padded(sent->bits, code_->k(), sent->blocks);
      sent->codewords = call([&] { return code_->encode(sent->information); });
      if (sent->codewords.rows() != sent->information.rows() || (sent->codewords.rows() > 0 && sent->codewords.row_length() != code_->n()))
        wrong_shape(step.label, "codewords of the wrong length or number");
      coded = true;
    } else if (step.role == "modem") {
      if (!code_) {
        sent->bits = flow.bytes;
        sent->blocks.assign(count, 1);
      }
      if (!digital_) {
        sent->features = flow.reals;
        sent->symbols = call([&] { return dynamic_cast<AnalogModem&>(*step.component).modulate(flow.reals); });
      } else if (coded && digital_->bits_per_use() == 1) {
        sent->codewords.join(sent->blocks);
        sent->symbols = call([&] { return digital_->modulate(sent->codewords); });
        if (sent->codewords.size() > 0) sent->codewords.cut(code_->n());
      } else {
        if (coded) flow.bytes = sent->codewords, flow.bytes.join(sent->blocks);
        sent->symbols = call([&] { return digital_->modulate(filled(flow.bytes, digital_->bits_per_use())); });
      }
      if (sent->symbols.values.rows() != count) wrong_shape(step.label, "another number of rows");
    }
  }
  const auto dimensions = static_cast<std::uint64_t>(sent->symbols.dimensions_per_use);
  for (std::size_t i = 0; i < count; ++i) {
    Ledger& ledger = sent->ledger[i];
    const auto values = std::as_const(sent->symbols.values)[i];
    ledger.coded_bits = sent->bits.rows() ? sent->bits.row_length(i) : 0;
    ledger.dimensions = values.size();
    ledger.uses = values.size() / dimensions;
    const bool padded_values = code_ && !sent->values.empty();
    ledger.genie_bits = elias_gamma_bits((padded_values ? sent->values[i] : code_ ? sent->blocks[i] : ledger.uses) + 1);
    const double energy = sum_of_squares(values);
    if (!(energy <= 1e300)) throw Error("gives symbols that are not finite", steps_.back().label);
    ledger.energy = energy;
    if (digital_ || uses_a_value_ == 1) continue;
    // As if each value took so many uses; now one use takes as many values as it has dimensions.
    const std::uint64_t uses_a_use = uses_a_value_ * dimensions;
    ledger.dimensions *= uses_a_use;
    ledger.uses *= uses_a_use;
    ledger.energy *= static_cast<double>(uses_a_use);
  }
  if (recall_) recall_(*sent);
  return sent;
}

std::shared_ptr<const Sent> Transmitter::chunk(std::uint64_t index) const {
  std::shared_ptr<Slot> slot;
  {
    const std::lock_guard lock(mutex_);
    auto& kept = slots_[index];
    if (!kept) kept = std::make_shared<Slot>();
    slot = kept;
  }
  std::call_once(slot->once, [&] {
    const std::uint64_t first = index * chunk_items;
    slot->sent = make(first, static_cast<std::size_t>(std::min(chunk_items, size_ - first)));
    const std::lock_guard lock(mutex_);
    kept_bytes_ += bytes_of(*slot->sent);
    if (kept_bytes_ > most_kept_bytes) {  // over the limit this chunk serves those who hold it and is made again later
      kept_bytes_ -= bytes_of(*slot->sent);
      slots_.erase(index);
    }
  });
  return slot->sent;
}

std::shared_ptr<const Sent> Transmitter::send(std::uint64_t first, std::size_t count) const {
  if (size_ == 0) return make(first, count);
  auto sent = std::make_shared<Sent>();
  sent->frames = count;
  for (std::size_t done = 0; done < count;) {
    const std::uint64_t item = (first + done) % size_;
    const auto from = chunk(item / chunk_items);
    const auto start = static_cast<std::size_t>(item % chunk_items);
    const std::size_t take = std::min(count - done, from->frames - start);
    append_rows(sent->items, from->items, start, take);
    if (from->tokens.rows()) append_rows(sent->tokens, from->tokens, start, take);
    if (from->bits.rows()) append_rows(sent->bits, from->bits, start, take);
    if (from->features.rows()) append_rows(sent->features, from->features, start, take);
    append_rows(sent->symbols.values, from->symbols.values, start, take);
    sent->symbols.dimensions_per_use = from->symbols.dimensions_per_use;
    if (from->items_back.rows()) append_rows(sent->items_back, from->items_back, start, take);
    if (from->tokens_back.rows()) append_rows(sent->tokens_back, from->tokens_back, start, take);
    if (code_) {
      std::size_t before = 0, within = 0;
      for (std::size_t i = 0; i < start; ++i) before += from->blocks[i];
      for (std::size_t i = start; i < start + take; ++i) within += from->blocks[i];
      append_rows(sent->information, from->information, before, within);
      append_rows(sent->codewords, from->codewords, before, within);
    }
    const auto begin = static_cast<std::ptrdiff_t>(start), end = static_cast<std::ptrdiff_t>(start + take);
    if (!from->values.empty()) sent->values.insert(sent->values.end(), from->values.begin() + begin, from->values.begin() + end);
    sent->blocks.insert(sent->blocks.end(), from->blocks.begin() + begin, from->blocks.begin() + end);
    sent->ledger.insert(sent->ledger.end(), from->ledger.begin() + begin, from->ledger.begin() + end);
    done += take;
  }
  return sent;
}

}  // namespace tandem::host
