// Lines of a text file, a frame a line.
#include <optional>
#include <tandem/source.hpp>

#include "text_file.hpp"

namespace {
class TextLines final : public tandem::Source {
  void fields(tandem::Fields& f) override {
    f("path", path_).required().doc("the text, UTF-8, cut at LF alone");
    f("min_length", min_length_, 1).range(0, 1e9).unit("bytes").doc("shorter lines are left out");
    f("max_length", max_length_).range(1, 1e9).unit("bytes").doc("longer lines are left out; none are when not given");
    f.example(R"({"path": "corpus:sample", "min_length": 20, "max_length": 200})");
  }

  void ready(const tandem::Environment&) override {
    const auto longest = max_length_ ? static_cast<std::size_t>(*max_length_) : static_cast<std::size_t>(-1);
    if (longest < min_length_) throw tandem::FieldError("max_length", "is below min_length, so that no line is left");
    tandem::sources::for_each_line(
        tandem::sources::read_whole("path", path_), [&](std::string_view line, std::size_t number) {
          const auto good = tandem::sources::well_formed_prefix(line);
          if (good != line.size())
            throw tandem::Error("the line is not UTF-8", tandem::sources::place(path_, number, good + 1),
                                "convert the file, or read it with the source \"file\"");
          if (line.size() >= min_length_ && line.size() <= longest)
            lines_.append({reinterpret_cast<const std::uint8_t*>(line.data()), line.size()});
        });
    if (lines_.empty())
      throw tandem::FieldError("path", path_.path + " has no line whose length is within min_length and max_length");
  }

  std::uint64_t size() const override { return lines_.rows(); }

  tandem::Bytes read(std::uint64_t first, std::size_t count, const tandem::Noise&) const override {
    tandem::Bytes out;
    for (std::size_t row = 0; row < count; ++row) out.append(lines_[first + row]);
    return out;
  }

  tandem::Exactness exactness() const override { return tandem::Exactness::portable; }

  tandem::File path_;
  std::size_t min_length_ = 1;
  std::optional<std::int64_t> max_length_;
  tandem::Bytes lines_;
};
}  // namespace
TANDEM_PLUGIN(TextLines, tandem::Source, "text-lines", "1.0.0", "lines of a UTF-8 text file, a frame a line")
