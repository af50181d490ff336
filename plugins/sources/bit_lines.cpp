// Bits from a text file, a frame a line of 0 and 1.
#include <tandem/source.hpp>

#include "text_file.hpp"

namespace {
class BitLines final : public tandem::Source {
  void fields(tandem::Fields& f) override {
    f("path", path_).required().doc("a text file whose lines hold 0 and 1 alone");
    f.example(R"({"path": "data:llm-sscc-demo-bits"})");
  }
  tandem::Port yields() const override { return tandem::Port::bits; }

  void ready(const tandem::Environment&) override {
    tandem::sources::for_each_line(
        tandem::sources::read_whole("path", path_), [this](std::string_view line, std::size_t number) {
          const auto wrong = line.find_first_not_of("01");
          if (line.empty() || wrong != std::string_view::npos)
            throw tandem::Error(line.empty() ? "the line holds no bit" : "a bit is 0 or 1",
                                tandem::sources::place(path_, number, line.empty() ? 1 : wrong + 1),
                                "write one frame a line, ended by LF alone, without spaces");
          const auto row = rows_.append(line.size());
          for (std::size_t i = 0; i < line.size(); ++i) row[i] = line[i] == '1';
        });
    if (rows_.empty()) throw tandem::FieldError("path", path_.path + " has no line");
  }

  std::uint64_t size() const override { return rows_.rows(); }

  tandem::Bytes read(std::uint64_t first, std::size_t count, const tandem::Noise&) const override {
    tandem::Bytes out;
    for (std::size_t row = 0; row < count; ++row) out.append(rows_[first + row]);
    return out;
  }

  tandem::Exactness exactness() const override { return tandem::Exactness::portable; }

  tandem::File path_;
  tandem::Bits rows_;
};
}  // namespace
TANDEM_PLUGIN(BitLines, tandem::Source, "bit-lines", "1.0.0", "lines of 0 and 1, a frame of bits a line")
