// The laws hold for our plugins however they are configured, not only as in their examples. In this process: they are many.
#include <set>

#include "conformance/kit.hpp"
#include "cli/command_test.hpp"
#include "host/catalogue.hpp"

namespace tandem::test {
namespace {

struct Configuration {
  std::string plugin, fields;
  std::set<std::string> breaks = {};  ///< laws that it breaks by what its fields say
};

void PrintTo(const Configuration& configuration, std::ostream* out) { *out << configuration.plugin << ' ' << configuration.fields; }

// What is loaded stays loaded.
const host::Catalogue& catalogue() {
  static const host::Catalogue all({build_dir() / "lib/tandem/plugins"});
  return all;
}

class ConfigurationsTest : public ::testing::TestWithParam<Configuration> {};

TEST_P(ConfigurationsTest, KeepEveryLaw) {
  const auto& [plugin, fields, breaks] = GetParam();
  const host::Registry registry((source_dir() / "registry").string());
  conformance::Subject subject;
  subject.library = build_dir() / "lib/tandem/plugins" / (plugin + ".so");
  subject.fields = Json::parse(fields);
  subject.command = build_dir() / "bin/tandem";
  subject.arguments = {"--registry", (source_dir() / "registry").string()};
  int kept = 0;
  std::vector<const conformance::Law*> laws;
  for (const auto& law : conformance::general_laws())
    if (const std::string_view name = law.name; name.starts_with("calls.") || name == "fields.example" || name == "life.memory" || name == "life.elsewhere") laws.push_back(&law);
  for (const auto& law : conformance::laws_of(Json::parse(read_file(std::filesystem::path(subject.library).replace_extension(".json")))["role"])) laws.push_back(&law);
  for (const auto* law : laws) {
    const auto verdict = conformance::check_here(*law, subject, catalogue(), registry, 3);
    EXPECT_EQ(verdict.kind == conformance::Verdict::Kind::broken, breaks.contains(law->name)) << law->name << ": " << verdict.message << "\nrepeat: " << verdict.repeat;
    kept += verdict.kind == conformance::Verdict::Kind::kept;
    if (std::string_view(law->name) == "fields.example" && verdict.kind == conformance::Verdict::Kind::inapplicable) GTEST_SKIP() << verdict.message;
  }
  EXPECT_GE(kept, 8);
}

const std::vector<Configuration> configurations = {
    // sources
    {"random-bits", R"({"length": 1})"},
    {"random-bits", R"({"length": 1000})"},
    {"text-lines", R"({"path": "corpus:sample"})"},
    {"text-lines", R"({"path": "corpus:sample", "max_length": 60})"},
    {"file", R"({"path": "corpus:sample"})"},
    {"file", R"({"path": "corpus:sample", "chunk": 1})"},
    {"file", R"({"path": "corpus:sample", "chunk": 100})"},
    // tokenizers
    {"bytes", R"({})"},
    {"bytes", R"({"end": 0})"},
    {"characters", R"({"text": "corpus:prime", "cut": "whole"})"},
    {"characters", R"({"text": "corpus:sample"})"},
    {"words", R"({"text": "corpus:prime", "min_count": 1})"},
    {"words", R"({"text": "corpus:prime", "min_count": 5, "cut": "whole"})"},
    // models
    {"markov", R"({"text": "corpus:prime", "order": 0})"},
    {"markov", R"({"text": "corpus:prime", "order": 1})"},
    {"markov", R"({"text": "corpus:prime", "order": 8, "memory": 16})"},
    {"markov", R"({"text": "corpus:prime", "order": 2, "adapt": "stream"})"},
    {"ppm", R"({"text": "corpus:prime", "order": 0})"},
    {"ppm", R"({"text": "corpus:prime", "order": 3, "adapt": "stream"})"},
    {"ppm", R"({"text": "corpus:prime", "order": 12, "memory": 64, "cut": "whole"})"},
    {"static", R"({"text": "corpus:prime", "cut": "whole"})"},
    {"adaptive", R"({"model": {"markov": {"text": "corpus:prime"}}})"},
    {"context-mixing", R"({"memory": 8})"},
    {"context-mixing", R"({"memory": 8, "other": {"markov": {"text": "corpus:prime", "cut": "whole"}}})"},
    {"ensemble", R"({"first": {"ppm": {"text": "corpus:prime", "order": 4}}, "second": {"markov": {"text": "corpus:prime"}}})"},
    {"ensemble", R"({"first": {"static": {"text": "corpus:prime"}}, "second": {"markov": {"text": "corpus:prime"}}, "mix": "static", "weights": [0.25, 0.75]})"},
    // coders
    {"arithmetic", R"({"end": "bytes"})", {"coder.padded"}},  // counts on zeros behind the row
    {"arithmetic", R"({"streams": 1})"},
    {"arithmetic", R"({"streams": 5})"},
    {"arithmetic", R"({"chunk": 1})"},
    {"arithmetic", R"({"chunk": 7, "end": "bytes"})", {"coder.padded"}},  // wants zeros behind it
    {"arithmetic-31", R"({"streams": 3})"},
    {"arithmetic-31", R"({"stop_on_repeat": 50})"},
    {"huffman", R"({"table": "adaptive"})"},
    {"ranks", R"({"packed": "zlib", "written": "dots"})"},
    {"ranks", R"({"packed": "gzip", "written": "u16"})"},
    {"ranks", R"({"packed": "bzip2", "written": "i32", "streams": 3})"},
    {"ranks", R"({"packed": "brotli", "written": "varint"})"},
    {"ranks", R"({"packed": "huffman"})"},
    {"ranks", R"({"packed": "arithmetic", "chunk": 3})"},
    {"ranks", R"({"packed": "huffman", "chunk": 1})"},
    {"memorising", R"({"coder": {"ranks": {"packed": "bzip2", "written": "i32", "chunk": 64}}, "rank": 2})"},
    // codes
    {"array-ldpc", R"({"p": 5, "rows": 3})"},
    {"array-ldpc", R"({"p": 11, "rows": 3})"},
    {"array-ldpc", R"({"p": 31, "rows": 5})"},
    {"bch", R"({"n": 7, "k": 4})"},
    {"bch", R"({"n": 31, "k": 16})"},
    {"bch", R"({"n": 63, "k": 51, "checks": "standard"})"},
    {"bch", R"({"n": 255, "k": 131})"},
    {"ccsds-ldpc", R"({"n": 256})"},
    {"ccsds-ldpc", R"({"n": 512})"},
    {"polar", R"({"n": 2, "k": 1})"},
    {"polar", R"({"n": 64, "k": 48, "design_snr": 2})"},
    {"polar", R"({"n": 128, "k": 64, "systematic": false})", {"fields.example", "code.decodable"}},  // message passing needs a systematic code
    {"polar", R"({"n": 1024, "k": 512})"},
    {"repetition", R"({"n": 1})"},
    {"repetition", R"({"n": 4})"},
    {"repetition", R"({"n": 1001})"},
    {"uncoded", R"({"k": 1})"},
    {"uncoded", R"({"k": 1000})"},
    // decoders
    {"bp", R"({"iterations": 1})"},
    {"bp", R"({"iterations": 5, "schedule": "layered"})"},
    {"bp", R"({"iterations": 10, "stop": false})"},
    {"min-sum", R"({"schedule": "flooding", "normalize": 1})"},
    {"min-sum", R"({"schedule": "layered", "offset": 0.3, "normalize": 1})"},
    {"min-sum", R"({"iterations": 3, "stop": false})"},
    {"bit-flip", R"({"iterations": 3})"},
    {"hard", R"({"weight": 1})"},
    {"osd", R"({"order": 0})"},
    {"osd", R"({"order": 1})"},
    {"osd", R"({"order": 1, "first": {"min-sum": {"iterations": 5}}})"},
    {"osd", R"({"order": 2, "first": {"bp": {"iterations": 3, "schedule": "layered"}}})"},
    // modems
    {"analog", R"({})"},
    {"analog", R"({"complex": true, "power": "fixed", "gain": 0.1})", {"modem.energy"}},  // one gain for all frames is not theirs
    // channels
    {"bsc", R"({"flip": 0})"},
    {"bsc", R"({"flip": 0.5})"},
    {"bec", R"({"erase": 0})"},
    {"bec", R"({"erase": 0.9})"},
    {"laplace", R"({"scale": 0.1})", {"channel.variance"}},  // what it is for
    {"rayleigh", R"({})"},
    {"rayleigh", R"({"fading": "frame"})"},
    {"rayleigh", R"({"fading": "group", "group_size": 7})"},
    {"rayleigh", R"({"csi": "none"})"},
    {"rayleigh", R"({"csi": "none", "fading": "frame"})"},
    {"rayleigh", R"({"csi": "none", "fading": "group", "llr": "linear"})", {"channel.calibrated"}},  // what receivers do that take fading for noise
    {"rayleigh", R"({"mean_square": 0.25})"},
    // blocks
    {"crc", R"({"bits": 8})"},
    {"crc", R"({"bits": 24})"},
    {"crc", R"({"bits": 32})"},
    {"float-bits", R"({})"},
    {"float-bits", R"({"format": "bf16", "clip": 4})"},
    {"float-bits", R"({"format": "fixed", "bits": 2, "clip": 1})"},
    {"float-bits", R"({"format": "fixed", "bits": 32})"},
    {"uniform-quantizer", R"({"bits": 1, "range": 1})"},
    {"uniform-quantizer", R"({"bits": 16, "labels": "gray"})"},
    {"lloyd-max", R"({"weights": "model:levels-amplitudes", "labels": "gray"})"},
    {"interleaver", R"({"seed": 0})"},
    {"interleaver", R"({"seed": 12345})"},
    // metrics
    {"bleu", R"({"smoothing": "none"})"},
};

INSTANTIATE_TEST_SUITE_P(All, ConfigurationsTest, ::testing::ValuesIn(configurations), [](const auto& info) {
  std::string out = std::to_string(info.index) + "_" + info.param.plugin;
  std::ranges::replace(out, '-', '_');
  return out;
});

}  // namespace
}  // namespace tandem::test
