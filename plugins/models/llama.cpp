// Llama models in the file formats of llama2.c.
#include <array>
#include <cmath>
#include <cstring>
#include <fstream>
#include <map>

#include "language_session.hpp"

namespace {
using namespace tandem;

/// Version 0 has no mark and floats, tensors of one kind together; version 1 the same behind a header of 256 bytes,
/// norms first; version 2 as 1 with matrices in groups of bytes, each with a scale.
class Checkpoint final {
 public:
  explicit Checkpoint(const std::string& path) : path_(path), in_(path, std::ios::binary | std::ios::ate) {
    if (!in_) fail("cannot be read");
    size_ = static_cast<std::uint64_t>(in_.tellg());
    in_.seekg(0);
    if (size_ < 28) fail("is no checkpoint of llama2.c: it has " + std::to_string(size_) + " bytes");
    read_header();
    find_tensors();
  }

  neural::LanguageModel read() {
    return {shape_, [this](const neural::LanguageTensor& tensor) { return values(tensor); }, path_};
  }

 private:
  /// One of the tensors of a kind, stored {outputs, inputs}: the transpose of ours.
  struct Place final {
    std::uint64_t offset = 0, scales = 0;  // of the values, and of their scales where there are any
  };

  [[noreturn]] void fail(const std::string& what) const { throw Error(what, path_); }
  std::size_t integer() {
    std::int32_t value = 0;
    in_.read(reinterpret_cast<char*>(&value), sizeof value);
    if (value < 1 || value > 1 << 20)
      fail("is no checkpoint of llama2.c: its header holds the size " + std::to_string(value));
    return static_cast<std::size_t>(value);
  }

  void read_header() {
    std::array<std::int32_t, 2> mark{};
    in_.read(reinterpret_cast<char*>(mark.data()), sizeof mark);
    constexpr std::int32_t magic = 0x616b3432;
    if (mark[0] == magic) {
      version_ = mark[1];
      if (version_ != 1 && version_ != 2)
        fail("is of version " + std::to_string(version_) + " of llama2.c's format; 0, 1 and 2 can be read");
    } else {
      in_.seekg(0);
    }
    shape_.width = integer();
    shape_.hidden = integer();
    shape_.layers = integer();
    shape_.heads = integer();
    shape_.key_heads = integer();
    if (version_ == 0) {
      // A negative vocabulary tells of a head of its own.
      std::int32_t vocabulary = 0;
      in_.read(reinterpret_cast<char*>(&vocabulary), sizeof vocabulary);
      shape_.own_head = vocabulary < 0;
      const std::int64_t size = std::abs(static_cast<std::int64_t>(vocabulary));
      if (size > 1 << 20) fail("is no checkpoint of llama2.c: its vocabulary has " + std::to_string(size) + " tokens");
      shape_.vocabulary = static_cast<std::size_t>(size);
    } else {
      shape_.vocabulary = integer();
    }
    shape_.context = integer();
    if (version_ == 0) return;
    if (size_ < 256) fail("ends in its header");
    shape_.own_head = in_.get() == 0;
    if (version_ == 2) group_ = integer();
  }

  /// Runs through the file as its writer did. Sizes are below 2^20, so that no sum of products overflows before it is
  /// past the file's end.
  void find_tensors() {
    const std::uint64_t width = shape_.width, hidden = shape_.hidden, layers = shape_.layers;
    if (width % shape_.heads != 0)
      fail("has a width of " + std::to_string(width) + ", which its " + std::to_string(shape_.heads) +
           " heads do not divide");
    const std::uint64_t keys = shape_.key_heads * shape_.head_width();
    std::uint64_t at = version_ == 0 ? 28 : 256;
    const auto skip = [&](std::uint64_t bytes) {
      at += bytes;
      if (at > size_) fail("ends too early: its header promises more than its " + std::to_string(size_) + " bytes");
    };
    const auto vector = [&](const std::string& name) {
      places_[name] = {.offset = at};
      skip(4 * width);
    };
    const auto matrices = [&](const std::string& name, std::uint64_t rows, std::uint64_t columns, bool each_layer) {
      for (std::uint64_t i = 0; i < (each_layer ? layers : 1); ++i) {
        Place place{.offset = at};
        skip((version_ == 2 ? 1 : 4) * rows * columns);
        if (version_ == 2) {
          if (rows * columns % group_ != 0)
            fail("has matrices that are no whole groups of " + std::to_string(group_) + " values");
          place.scales = at;
          skip(rows * columns / group_ * 4);
        }
        places_[each_layer ? "layers." + std::to_string(i) + "." + name : name] = place;
      }
    };
    const auto norms = [&](const std::string& name) {
      for (std::uint64_t i = 0; i < layers; ++i) vector("layers." + std::to_string(i) + "." + name);
    };
    if (version_ != 0) norms("attention_norm.weight"), norms("feed_forward_norm.weight"), vector("final_norm.weight");
    matrices("embedding", shape_.vocabulary, width, false);
    if (version_ == 0) norms("attention_norm.weight");
    matrices("attention.query.weight", width, width, true);
    matrices("attention.key.weight", keys, width, true);
    matrices("attention.value.weight", keys, width, true);
    matrices("attention.output.weight", width, width, true);
    if (version_ == 0) norms("feed_forward_norm.weight");
    matrices("feed_forward.gate.weight", hidden, width, true);
    matrices("feed_forward.down.weight", width, hidden, true);
    matrices("feed_forward.up.weight", hidden, width, true);
    if (version_ == 0) {
      vector("final_norm.weight");
      skip(4 * shape_.context * (shape_.head_width() / 2) * 2);  // cosines and sines, which are computed
    }
    if (shape_.own_head) matrices("head.weight", shape_.vocabulary, width, false);
    if (at != size_)
      fail("is longer than its header says: " + std::to_string(size_) + " bytes, not " + std::to_string(at));
  }

  template <class T>
  std::vector<T> load(std::uint64_t offset, std::size_t count) {
    std::vector<T> out(count);
    in_.seekg(static_cast<std::streamoff>(offset));
    in_.read(reinterpret_cast<char*>(out.data()), static_cast<std::streamsize>(count * sizeof(T)));
    if (!in_) fail("cannot be read to its end");
    return out;
  }
  std::vector<float> values(const neural::LanguageTensor& tensor) {
    const Place place = places_.at(tensor.name);
    const bool vector = tensor.shape.size() == 1;
    std::vector<float> stored;
    if (version_ == 2 && !vector) {
      const auto bytes = load<std::int8_t>(place.offset, tensor.size());
      const auto scales = load<float>(place.scales, tensor.size() / group_);
      stored.resize(bytes.size());
      for (std::size_t i = 0; i < bytes.size(); ++i) stored[i] = static_cast<float>(bytes[i]) * scales[i / group_];
    } else {
      stored = load<float>(place.offset, tensor.size());
    }
    if (vector || tensor.name == "embedding") return stored;
    const std::size_t inputs = tensor.shape[0], outputs = tensor.shape[1];
    std::vector<float> out(stored.size());
    for (std::size_t o = 0; o < outputs; ++o)
      for (std::size_t i = 0; i < inputs; ++i) out[i * outputs + o] = stored[o * inputs + i];
    return out;
  }

  std::string path_;
  std::ifstream in_;
  std::uint64_t size_ = 0;
  int version_ = 0;
  std::size_t group_ = 0;
  neural::LanguageShape shape_{.family = neural::LanguageFamily::llama};
  std::map<std::string, Place, std::less<>> places_;
};

class Llama final : public models::WeightsModel {
 public:
  void fields(Fields& f) override {
    declare_weights(f).doc(
        "a checkpoint of llama2.c, version 0 (stories260K.bin), 1 or 2 (bytes with scales; computed in float all the "
        "same)");
    declare_window(f);
    f.source("karpathy/llama2.c run.c, runq.c, export.py; Touvron et al. 2023, arXiv 2302.13971");
    f.example(R"({"weights": "data:stories260k"})");
    f.beside(R"({"tokenizer": {"llama-bpe": {"tokenizer": "data:tok512"}}})");
  }

 protected:
  neural::LanguageModel read(const std::string& path) override { return Checkpoint(path).read(); }
};

}  // namespace
TANDEM_PLUGIN(Llama, tandem::Model, "llama", "1.1.0", "Llama models in llama2.c's format")
