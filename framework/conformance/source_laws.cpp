#include <tandem/source.hpp>

#include "exercise.hpp"

namespace tandem::conformance {
namespace {

// How many frames there are to look at.
std::uint64_t frames_of(const Source& source) { return source.size() ? std::min<std::uint64_t>(source.size(), 200) : 200; }

Bytes read(Bench& bench, std::uint64_t first, std::size_t count, const char* purpose = "source") {
  return bench.plugin<Source>().read(first, count, bench.noise(purpose, first));
}

void yields(Bench& bench) {
  const Port before = dynamic_cast<const Source&>(*bench.library().create()).yields();
  require(before == Port::items || before == Port::bits, "a source yields items or bits, not {}", name(before));
  require(bench.plugin<Source>().yields() == before, "with its fields it yields {}, without {}", name(bench.plugin<Source>().yields()), name(before));
  require(before == Port::bits || bench.plugin<Source>().size() > 0, "a source of items has a size: frames come round again");
}

void bits(Bench& bench) {
  if (bench.plugin<Source>().yields() != Port::bits) throw Inapplicable("the source yields items");
  const Bytes rows = read(bench, 0, frames_of(bench.plugin<Source>()));
  for (const auto bit : rows.values()) require(bit <= 1, "{} is no bit", bit);
}

void addressed(Bench& bench) {
  const auto frames = frames_of(bench.plugin<Source>());
  const Bytes all = read(bench, 0, frames);
  for (std::uint64_t frame = frames; frame-- > 0;)
    require(bytes_of(read(bench, frame, 1), 0) == bytes_of(all, frame), "frame {} is another when it is read alone, from the last to the first", frame);
}

void last(Bench& bench) {
  const std::uint64_t size = bench.plugin<Source>().size();
  const std::uint64_t frame = size ? size - 1 : std::uint64_t{1} << 40;
  require(read(bench, frame, 1).rows() == 1, "frame {} cannot be read", frame);
}

void random_or_not(Bench& bench) {
  const auto& source = bench.plugin<Source>();
  const auto frames = frames_of(source);
  const bool same = read(bench, 0, frames) == read(bench, 0, frames, "another node");
  require(read(bench, 0, frames) == read(bench, 0, frames), "frames change from call to call");
  if (source.size() == 0) require(!same, "the source says that every frame is new, and yet draws nothing from the noise");
}

void steady(Bench& bench) {
  const auto& source = bench.plugin<Source>();
  const std::uint64_t size = source.size();
  read(bench, 0, frames_of(source));
  require(source.size() == size, "its size was {} and is {} now", size, source.size());
}

}  // namespace

const std::vector<Law> source_laws = {
    {"source.yields", "what it yields is known before its fields are; items come round again", yields},
    {"source.bits", "bits are 0 or 1", bits},
    {"source.addressed", "a frame is the same alone and among others, in any order", addressed},
    {"source.last", "the last frame can be read, or one far away where there is no last", last},
    {"source.random", "random frames are drawn from the noise of the call, and only from it", random_or_not},
    {"source.steady", "the number of frames does not change", steady},
};

}  // namespace tandem::conformance
