// Which arms of a run are compared.
#include "report/contrasts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/problem.hpp"

namespace tandem::report {
namespace {

using host::CountedRun, host::Ordered;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Ordered stages(const char* model, const char* decoder) {
  return {{"source", {{"random-bits", {{"length", 24}}}}},
          {"model", Ordered::parse(model)},
          {"decoder", Ordered::parse(decoder)}};
}

// Arms at two SNRs, the higher one first.
CountedRun run_of(const std::vector<std::pair<std::string, Ordered>>& arms) {
  CountedRun run;
  run.axes = {{"es_n0_db", true}};
  for (const auto& [name, built] : arms) {
    run.stages.push_back(built);
    for (const double snr : {2.0, 0.0}) run.lanes.push_back({name, {Ordered(snr)}, run.stages.size() - 1, 100, {}});
  }
  return run;
}

std::vector<std::string> texts(const Contrasts& contrasts) {
  std::vector<std::string> out;
  for (const auto& pair : contrasts.pairs)
    out.push_back(contrasts.chains[pair.other].label + " < " + contrasts.chains[pair.baseline].label);
  return out;
}

const char *ppm = R"({"ppm": {"order": 4}})", *flat = R"({"static": {}})";
const char *bp5 = R"({"bp": {"iterations": 5}})", *bp50 = R"({"bp": {"iterations": 50}})",
           *osd = R"({"osd": {"order": 3}})";

TEST(Contrasts, CompareWhatDiffersInOneThingAlone) {
  const auto run = run_of({{"a", stages(ppm, bp5)},
                           {"b", stages(ppm, osd)},
                           {"c", stages(flat, bp5)},
                           {"d", stages(flat, osd)},
                           {"e", stages(R"({"lstm": {}})", bp50)}});
  const auto by_decoder = contrasts_by(run, "link.model", "", "run");
  EXPECT_THAT(texts(by_decoder), ElementsAre("static < ppm", "static < ppm"));
  EXPECT_THAT(by_decoder.left_out,
              ElementsAre("e is left out: nothing to compare it with differs in link.model alone"));
  // Each chain rises in SNR, whatever the order of the config.
  EXPECT_THAT(by_decoder.chains[1].lanes, ElementsAre(3u, 2u));
  EXPECT_EQ(texts(contrasts_by(run, "arm", "", "run")).size(), 4u);
  EXPECT_THAT(texts(contrasts_by(run, "arm", "c", "run")), ElementsAre("a < c", "b < c", "d < c", "e < c"));
}

TEST(Contrasts, LabelByPluginElseByArmElseByFields) {
  EXPECT_THAT(
      texts(contrasts_by(run_of({{"a", stages(ppm, bp5)}, {"b", stages(ppm, osd)}}), "link.decoder", "", "run")),
      ElementsAre("osd < bp"));
  const auto three = run_of({{"quick", stages(ppm, bp5)}, {"slow", stages(ppm, bp50)}, {"best", stages(ppm, osd)}});
  EXPECT_THAT(texts(contrasts_by(three, "link.decoder", "", "run")), ElementsAre("slow < quick", "best < quick"));
  EXPECT_THAT(texts(contrasts_by(three, "link.decoder", "osd", "run")), ElementsAre("quick < best", "slow < best"));
  const auto crossed =
      run_of({{"a", stages(ppm, bp5)}, {"b", stages(ppm, bp50)}, {"c", stages(flat, bp5)}, {"d", stages(flat, bp50)}});
  EXPECT_THAT(texts(contrasts_by(crossed, "link.decoder", "", "run")),
              ElementsAre("bp iterations=50 < bp iterations=5", "bp iterations=50 < bp iterations=5"));
  const auto by_field = contrasts_by(three, "link.decoder.iterations", "50", "run");
  EXPECT_THAT(texts(by_field), ElementsAre("5 < 50"));
  EXPECT_THAT(by_field.left_out, ElementsAre("best is left out: it has nothing at link.decoder.iterations"));
}

TEST(Contrasts, CompareAlongAnAxisOfTheSweep) {
  CountedRun run;
  run.axes = {{"es_n0_db", true}, {"link.decoder.iterations", false}};
  for (const int iterations : {5, 50}) {
    run.stages.push_back(stages(ppm, iterations == 5 ? bp5 : bp50));
    run.lanes.push_back({"base", {Ordered(0), Ordered(iterations)}, run.stages.size() - 1, 10, {}});
  }
  const auto found = contrasts_by(run, "link.decoder.iterations", "", "run");
  EXPECT_THAT(texts(found), ElementsAre("50 < 5"));
  EXPECT_EQ(found.chains[1].name, "base, link.decoder.iterations = 50");
}

std::string refusal(const CountedRun& run, const std::string& by, const std::string& baseline = "") {
  try {
    contrasts_by(run, by, baseline, "runs/x");
  } catch (const host::Refusal& e) {
    EXPECT_EQ(e.exit(), host::Exit::usage);
    return e.what();
  }
  return "no refusal";
}

TEST(Contrasts, SayWhatIsWrong) {
  const auto run = run_of({{"a", stages(ppm, bp5)}, {"b", stages(flat, osd)}});
  EXPECT_EQ(refusal(run, "link.decodr"),
            "runs/x: no arm has anything at \"link.decodr\" (did you mean \"link.decoder\"?)");
  EXPECT_THAT(refusal(run, "nothing.like.it.at.all"), HasSubstr("its arms differ in link.model, link.decoder)"));
  EXPECT_THAT(
      refusal(run, "link.decoder"),
      HasSubstr(
          "no two arms differ in \"link.decoder\" alone (they differ in link.model, link.decoder; --by arm"));
  EXPECT_EQ(refusal(run, "arm", "A"), "runs/x: has no \"A\" as a baseline (did you mean \"a\"?)");
  EXPECT_THAT(refusal(run, "es_n0_db"), HasSubstr("is the axis along which arms are compared"));
  EXPECT_THAT(refusal(run_of({{"only", stages(ppm, bp5)}}), "arm"), HasSubstr("runs/x: has only \"only\" to compare"));
}

}  // namespace
}  // namespace tandem::report
