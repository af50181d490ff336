// A file as it is, whole or in chunks.
#include <algorithm>
#include <tandem/source.hpp>

#include "text_file.hpp"

namespace {
class WholeFile final : public tandem::Source {
  void fields(tandem::Fields& f) override {
    f("path", path_).required().doc("any file");
    f("chunk", chunk_, 0)
        .range(0, 1e9)
        .unit("bytes")
        .doc("bytes a frame, the last one shorter; 0: the file is one frame");
    f.example(R"({"path": "corpus:sample", "chunk": 1024})");
  }

  void ready(const tandem::Environment&) override {
    content_ = tandem::sources::read_whole("path", path_);
    if (content_.empty()) throw tandem::FieldError("path", path_.path + " is empty");
    if (chunk_ == 0) chunk_ = content_.size();
  }

  std::uint64_t size() const override { return (content_.size() + chunk_ - 1) / chunk_; }

  tandem::Bytes read(std::uint64_t first, std::size_t count, const tandem::Noise&) const override {
    tandem::Bytes out;
    for (std::size_t frame = first; frame < first + count; ++frame) {
      const auto piece = std::string_view(content_).substr(frame * chunk_, chunk_);
      out.append({reinterpret_cast<const std::uint8_t*>(piece.data()), piece.size()});
    }
    return out;
  }

  tandem::Exactness exactness() const override { return tandem::Exactness::portable; }

  tandem::File path_;
  std::size_t chunk_ = 0;
  std::string content_;
};
}  // namespace
TANDEM_PLUGIN(WholeFile, tandem::Source, "file", "1.0.0", "a file as it is, whole or in chunks")
