#pragma once

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <tandem/codec.hpp>
#include <tandem/error.hpp>
#include <tandem/neural/operations.hpp>
#include <tandem/neural/sentence_words.hpp>

namespace tandem::codecs {

/// A network that carries the words of a sentence as real values. What it cannot carry is lost before anything is sent: case,
/// punctuation, digits, and words that are not in its vocabulary.
class Sentence : public Codec, public Complexity {
 public:
  Features encode(const Bytes& items) const final {
    Tokens parts;
    std::vector<std::size_t> counts;
    for (std::size_t row = 0; row < items.rows(); ++row) counts.push_back(append_parts(items[row], parts));
    return joined(codec().encode(parts), counts);
  }

  Bytes decode(const Features& features) const final {
    const std::size_t values = codec().shape().values();
    Features parts;
    std::vector<std::size_t> counts;
    for (std::size_t row = 0; row < features.rows(); ++row) {
      const auto lengths = cut().of_positions(features.row_length(row) / values);
      std::size_t begin = 0;
      for (const std::size_t words : lengths) {
        const std::size_t length = (words + codec().shape().frame()) * values;
        parts.append(features[row].subspan(begin, length));
        begin += length;
      }
      counts.push_back(lengths.size());
    }
    const Tokens words = joined(codec().decode(parts), counts);
    Bytes out;
    for (std::size_t row = 0; row < words.rows(); ++row) {
      const std::string text = words_.text(words[row]);
      out.append(std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
    }
    return out;
  }

  Exactness exactness() const final { return Exactness::portable; }

  std::uint64_t parameters() const final { return neural::parameters_of(codec().shape()); }
  double operations(const Workload& frame, Counting counting) const final {
    Tokens parts;
    append_parts(frame.item, parts);
    if (counting == Counting::kept) return neural::operations_of(codec().shape(), codec().work(parts));
    if (counting == Counting::published) return neural::operations_of(codec().shape(), parts.size(), counting);
    double sum = 0;
    for (std::size_t row = 0; row < parts.rows(); ++row) sum += neural::operations_of(codec().shape(), parts.row_length(row), counting);
    return sum;
  }

  void ready(const Environment&) final {
    const Safetensors file(weights_.path);
    codec_ = neural::SentenceCodec::load(file);
    if (!fits(codec_->shape())) throw FieldError("weights", "are those of another codec");
    const std::string& list = file.metadata("words");
    const auto listed = static_cast<std::size_t>(std::ranges::count(list, '\n')), wanted = codec_->shape().vocabulary - neural::first_word;
    if (listed != wanted)
      throw FieldError("weights", "hold a list of " + std::to_string(listed) + " words for a network of " + std::to_string(wanted));
    try {
      words_ = neural::SentenceWords::of_lines(list);
    } catch (const Error& error) {
      throw Error(error.message(), file.path());
    }
    if (longest_ == 0) longest_ = trained_longest(file);
  }

 protected:
  void declare(Fields& f) {
    f("weights", weights_).required().doc("what was learned, a safetensors file with the list of words");
    f("longest", longest_, std::size_t{0}).range(0, 1024).unit("words").doc("that are sent as one sentence; a longer one is sent as several parts of nearly equal length. 0: as the weights were trained");
  }
  virtual bool fits(const neural::SentenceShape& shape) const = 0;

 private:
  const neural::SentenceCodec& codec() const {
    if (!codec_) throw Error("the codec has not read its weights yet");
    return *codec_;
  }
  neural::SentenceParts cut() const { return {longest_, codec().shape().frame()}; }

  /// How many there are.
  std::size_t append_parts(std::span<const std::uint8_t> item, Tokens& parts) const {
    const auto ids = words_.ids({reinterpret_cast<const char*>(item.data()), item.size()});
    const auto lengths = cut().of_words(ids.size());
    std::size_t begin = 0;
    for (const std::size_t length : lengths) parts.append(std::span(ids).subspan(begin, length)), begin += length;
    return lengths.size();
  }

  /// Consecutive rows as one, so many each.
  template <class T>
  static Ragged<T> joined(const Ragged<T>& rows, const std::vector<std::size_t>& counts) {
    Ragged<T> out;
    std::size_t next = 0;
    for (const std::size_t count : counts) {
      std::size_t length = 0;
      for (std::size_t i = 0; i < count; ++i) length += rows.row_length(next + i);
      auto to = out.append(length).begin();
      for (std::size_t i = 0; i < count; ++i) to = std::ranges::copy(rows[next + i], to).out;
      next += count;
    }
    return out;
  }

  static std::size_t trained_longest(const Safetensors& file) {
    const std::string& text = file.metadata("longest");
    std::size_t value = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || stop != text.data() + text.size() || value < 1 || value > 1024)
      throw Error("the note 'longest' is no number of words", file.path());
    return value;
  }

  File weights_;
  std::size_t longest_ = 0;
  std::optional<neural::SentenceCodec> codec_;
  neural::SentenceWords words_;
};

}  // namespace tandem::codecs
