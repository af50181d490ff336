#include "receiver.hpp"

#include <cmath>

#include "rows.hpp"

namespace tandem::host {
namespace {

bool has_nan(std::span<const float> values) {
  int found = 0;
  for (const float value : values) found |= value != value;
  return found != 0;
}

Bits hard_decisions(const Reception& reception) {
  Bits out;
  const std::size_t length = reception.llr.row_length();
  if (length != Ragged<float>::varying)
    out.append(reception.llr.rows(), length);
  else
    for (std::size_t row = 0; row < reception.llr.rows(); ++row) out.append(reception.llr.row_length(row));
  const auto llr = reception.llr.values();
  const auto bits = out.values();
  for (std::size_t i = 0; i < llr.size(); ++i) bits[i] = llr[i] < 0;
  return out;
}

// Rows cut back to the lengths of `model`'s rows; shorter rows stay as they are.
template <class T>
Ragged<T> cut_back(const Ragged<T>& rows, const Ragged<T>& model) {
  Ragged<T> out;
  for (std::size_t row = 0; row < rows.rows(); ++row)
    out.append(rows[row].first(std::min(rows.row_length(row), model.row_length(row))));
  return out;
}

// Rows without what lies beyond `values` of them, which padding made.
Features first_values(const Features& rows, std::span<const std::size_t> values) {
  Features out;
  for (std::size_t row = 0; row < rows.rows(); ++row) out.append(rows[row].first(std::min(rows.row_length(row), values[row])));
  return out;
}

Batch bits_flow(Bits rows, std::vector<std::uint8_t> trusted) {
  Batch flow;
  flow.port = Port::bits;
  flow.bytes = std::move(rows);
  flow.trusted = std::move(trusted);
  return flow;
}

}  // namespace

Exchange Received::exchange(const Sent& sent, const Transmitter& transmitter) const {
  Exchange out;
  out.frames = sent.frames;
  if (!transmitter.source_of_bits()) out.items_sent = &sent.items, out.items_received = &items;
  if (sent.tokens.rows() && tokens.rows()) out.tokens_sent = &sent.tokens, out.tokens_received = &tokens;
  if (bits.rows()) out.bits_sent = &sent.bits, out.bits_received = &bits;
  if (const Code* code = transmitter.code()) out.k = code->k(), out.n = code->n();
  out.blocks = sent.blocks;
  out.block_bits = block_bits;
  out.information_errors = information_errors;
  out.code_errors = code_errors;
  out.converged = converged;
  out.iterations = iterations;
  out.wrong = wrong;
  out.trusted = trusted;
  out.ledger = ledger;
  return out;
}

Receiver::Receiver(const Graph& graph, Instances& instances, const Located& document, std::uint64_t seed,
                   std::shared_ptr<Transmitter> transmitter)
    : transmitter_(std::move(transmitter)), seed_(seed) {
  bool after_channel = false, soft = true;
  for (const std::size_t index : graph.chain) {
    const Node& node = graph.nodes[index];
    Transmitter::Step step{instances.get(graph, node, document), node.role, (node.receiving() ? graph.find(node.name.substr(1)) : &node)->stage.plugin->manifest.name};
    exactness_ = std::min(exactness_, step.component->exactness());
    if (node.role == "channel") {
      after_channel = true;
      channel_owner_ = step.component;
      channel_ = &dynamic_cast<const Channel&>(*step.component);
      law_ = dynamic_cast<const Law*>(step.component.get());
      if (law_ && !law_->applies()) law_ = nullptr;
      channel_name_ = node.name;
      channel_label_ = step.label;
    } else if (after_channel && node.role == "modem") {
      modem_owner_ = step.component;
      analog_ = dynamic_cast<const AnalogModem*>(step.component.get());
      modem_label_ = step.label;
      soft = !analog_;
    } else if (after_channel && (node.role == "decoder" || node.role == "code")) {
      decoder_owner_ = step.component;
      decoding_ = &dynamic_cast<const Decoding&>(*step.component);
      decoder_label_ = step.label;
      soft = false;
    } else if (after_channel) {
      const bool below_decoder = soft && transmitter_->code();
      (below_decoder ? soft_ : upper_).push_back(std::move(step));
    }
  }
  for (const auto& node : graph.nodes)  // what is only bound counts too: models
    if (!node.receiving()) exactness_ = std::min(exactness_, instances.get(graph, node, document)->exactness());
  for (const auto& step : soft_)
    if (!dynamic_cast<const Soft*>(step.component.get())) throw Error("cannot undo a soft reception", step.label, "put it before the code");
  if (exactness_ != Exactness::none && transmitter_->items() > 0 && !analog_)  // undamaged rows are really decoded, once an item
    transmitter_->remember([steps = upper_, coded = transmitter_->code() != nullptr](Sent& sent) {
      if (steps.empty()) return;
      Bits rows = coded ? sent.information : sent.bits;
      if (coded) rows.join(sent.blocks);
      Above above = climb(steps, bits_flow(std::move(rows), std::vector<std::uint8_t>(sent.frames, 1)), sent.values);
      sent.items_back = std::move(above.items);
      sent.tokens_back = std::move(above.tokens);
    });
}

Receiver::Above Receiver::climb(const std::vector<Transmitter::Step>& steps, Batch flow, std::span<const std::size_t> values) {
  Above above;
  for (const auto& step : steps) {
    named_call(step.label, [&] {
      if (step.role == "coder") {
        flow.tokens = dynamic_cast<Coder&>(*step.component).decode(flow.bytes).tokens;
        flow.port = Port::tokens;
        above.tokens = flow.tokens;
      } else if (step.role == "tokenizer") {
        flow.bytes = dynamic_cast<Tokenizer&>(*step.component).decode(flow.tokens);
        flow.port = Port::items;
      } else if (step.role == "codec") {
        if (flow.reals.rows() != values.size()) throw Error("the block below gives another number of rows");
        flow.bytes = dynamic_cast<Codec&>(*step.component).decode(first_values(flow.reals, values));
        flow.port = Port::items;
      } else {
        flow = dynamic_cast<Block&>(*step.component).backward(std::move(flow));
      }
    });
  }
  above.items = std::move(flow.bytes);
  above.trusted = std::move(flow.trusted);
  return above;
}

Observation Receiver::observe(const Sent& sent, std::uint64_t first, float n0) const {
  const Noise noise(seed_, channel_name_, first);
  Observation out = named_call(channel_label_, [&] { return channel_->transmit(sent.symbols, n0, noise); });
  if (out.y.values.rows() != sent.frames || out.y.values.size() != sent.symbols.values.size())
    wrong_shape(channel_label_, "rows of another length");
  return out;
}

Reception Receiver::soften(const Observation& observation, const Sent& sent) const {
  const auto* digital = transmitter_->digital();
  Reception out = named_call(modem_label_, [&] { return digital->demodulate(observation, law_); });
  if (out.llr.rows() != sent.frames) wrong_shape(modem_label_, "another number of rows");
  if (has_nan(out.llr.values())) throw Error("gives LLRs that are not a number", modem_label_);
  if (digital->bits_per_use() > 1) {  // the LLRs of appended zeros are dropped
    Reception cut;
    const std::size_t n = transmitter_->code() ? transmitter_->code()->n() : 0;
    for (std::size_t row = 0; row < sent.frames; ++row) {
      const std::size_t bits = n ? sent.blocks[row] * n : sent.bits.row_length(row);
      if (bits > out.llr.row_length(row)) wrong_shape(modem_label_, "too few LLRs");
      cut.llr.append(std::as_const(out.llr)[row].first(bits));
      cut.y.append(std::as_const(out.y)[row].first(bits));
    }
    out = std::move(cut);
  }
  for (const auto& step : soft_)
    out = named_call(step.label, [&] { return dynamic_cast<Soft&>(*step.component).backward(std::move(out)); });
  return out;
}

Received Receiver::receive(const Sent& sent, std::uint64_t first, float n0) const {
  Received out;
  const std::size_t frames = sent.frames;
  out.ledger = sent.ledger;
  out.wrong.assign(frames, 0);
  const Observation observation = observe(sent, first, n0);
  if (analog_) {
    Batch flow;
    flow.port = Port::features;
    flow.reals = named_call(modem_label_, [&] { return analog_->demodulate(observation); });
    if (flow.reals.rows() != frames) wrong_shape(modem_label_, "another number of rows");
    flow.reals = cut_back(flow.reals, sent.features);  // what filled the last use is dropped
    flow.trusted.assign(frames, 1);
    Above above = climb(upper_, std::move(flow), sent.values);
    if (above.items.rows() != frames) wrong_shape(upper_.empty() ? modem_label_ : upper_.back().label, "another number of rows");
    if (above.trusted.size() != frames) wrong_shape(upper_.empty() ? modem_label_ : upper_.back().label, "another number of flags");
    out.items = std::move(above.items);
    out.trusted = std::move(above.trusted);
    for (std::size_t i = 0; i < frames; ++i) {
      out.wrong[i] = !same_row(std::as_const(out.items)[i], sent.items[i]);
      out.ledger[i].decode_failures = !out.trusted[i];
    }
    return out;
  }

  Reception reception = soften(observation, sent);
  Bits rows;  // frames, padded
  out.trusted.assign(frames, 1);
  if (const Code* code = transmitter_->code()) {
    const std::size_t k = code->k(), n = code->n(), blocks = sent.information.rows();
    if (reception.llr.size() != blocks * n) wrong_shape(modem_label_, "another number of LLRs");
    Decoded decoded;
    if (blocks > 0) {
      reception.llr.cut(n);
      if (reception.y.size()) reception.y.cut(n);
      decoded = named_call(decoder_label_, [&] { return decoding_->decode(reception); });
    }
    if (decoded.codeword.size() != blocks * n || decoded.info.size() != blocks * k || decoded.converged.size() != blocks || decoded.iterations.size() != blocks)
      wrong_shape(decoder_label_, "rows of another length or number");
    out.block_bits.resize(blocks);
    out.information_errors.resize(blocks);
    out.code_errors.resize(blocks);
    std::size_t block = 0;
    for (std::size_t frame = 0; frame < frames; ++frame) {
      std::size_t left = sent.bits.row_length(frame);
      std::uint8_t all_converged = 1;
      for (std::uint32_t b = 0; b < sent.blocks[frame]; ++b, ++block) {
        const std::size_t bits = std::min(left, k);
        left -= bits;
        out.block_bits[block] = static_cast<std::uint32_t>(bits);
        out.information_errors[block] = differences(&decoded.info.values()[block * k], &sent.information.values()[block * k], bits);
        out.code_errors[block] = differences(&decoded.codeword.values()[block * n], &sent.codewords.values()[block * n], n);
        all_converged &= decoded.converged[block];
      }
      out.trusted[frame] = all_converged;
    }
    out.converged = std::move(decoded.converged);
    out.iterations = std::move(decoded.iterations);
    rows = std::move(decoded.info);
    rows.join(sent.blocks);
  } else {
    rows = hard_decisions(reception);
    out.block_bits.resize(frames);
    out.information_errors.resize(frames);
    for (std::size_t i = 0; i < frames; ++i) {
      const auto sent_row = sent.bits[i];
      if (rows.row_length(i) != sent_row.size()) wrong_shape(modem_label_, "rows of another length");
      out.block_bits[i] = static_cast<std::uint32_t>(sent_row.size());
      out.information_errors[i] = differences(rows[i].data(), sent_row.data(), sent_row.size());
    }
    out.code_errors = out.information_errors;
    out.converged.assign(frames, 1);
    out.iterations.assign(frames, 0);
  }

  // Only damaged rows climb; the others take what their item came out as.
  std::vector<std::uint8_t> damaged(frames, 1);
  if (sent.items_back.rows()) {
    std::size_t at = 0;
    for (std::size_t i = 0; i < frames; ++i) {
      const auto got = std::as_const(rows)[i];
      const std::uint8_t* was = transmitter_->code() ? sent.information.values().data() + at : sent.bits[i].data();
      damaged[i] = !got.empty() && std::memcmp(got.data(), was, got.size()) != 0;
      at += got.size();
    }
  }
  out.bits = cut_back(rows, sent.bits);
  if (upper_.empty()) {
    for (std::size_t i = 0; i < frames; ++i) out.wrong[i] = !same_row(std::as_const(out.bits)[i], sent.items[i]);
  } else {
    std::vector<std::uint8_t> doubtful;
    std::vector<std::size_t> values;
    for (std::size_t i = 0; i < frames; ++i) {
      if (!damaged[i]) continue;
      doubtful.push_back(out.trusted[i]);
      if (!sent.values.empty()) values.push_back(sent.values[i]);
    }
    const std::size_t climbing = doubtful.size();
    Above above;
    if (climbing) above = climb(upper_, bits_flow(select_rows(rows, damaged), std::move(doubtful)), values);
    if (climbing && (above.items.rows() != climbing || above.trusted.size() != climbing)) wrong_shape(upper_.back().label, "another number of rows");
    const bool tokens = above.tokens.rows() || sent.tokens_back.rows();
    const bool bits = transmitter_->source_of_bits();
    for (std::size_t i = 0, row = 0; i < frames; ++i) {
      if (!damaged[i]) {
        out.items.append(sent.items_back[i]);
        if (tokens) out.tokens.append(sent.tokens_back[i]);
      } else {
        out.items.append(std::as_const(above.items)[row]);
        if (tokens) out.tokens.append(std::as_const(above.tokens)[row]);
        out.trusted[i] = above.trusted[row++];
      }
      auto got = std::as_const(out.items)[i];
      if (bits) got = got.first(std::min(got.size(), sent.items.row_length(i)));
      out.wrong[i] = !same_row(got, sent.items[i]);
    }
  }
  for (std::size_t i = 0; i < frames; ++i) out.ledger[i].decode_failures = !out.trusted[i];
  return out;
}

}  // namespace tandem::host
