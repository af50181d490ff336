// What a store keeps of the frames that results are made of: it comes back, and damage is an Error.
#include "host/counted.hpp"

#include <gtest/gtest.h>

#include <random>

#include "support/process.hpp"

namespace tandem::host {
namespace {

CountedRun example() {
  CountedRun run;
  run.axes = {{"es_n0_db", true}, {"link.decoder.iterations", false}};
  run.metrics = {{"bler", "1.0.0", Ordered::object(), {{"code", Row::Kind::share, 1, 0, {}, {}}}}};
  run.stages = {Ordered::parse(R"({"source": {"random-bits": {"length": 24}}, "decoder": {"bp": {"iterations": 5}}})")};
  run.lanes = {{"a", {Ordered(0.5), std::nullopt}, 0, 24, {std::string(64, 'a'), std::string(64, 'b')}}};
  return run;
}

TEST(CountedRun, ComesBackAsItWas) {
  const auto run = parse_counted(to_text(example()));
  EXPECT_EQ(to_text(run), to_text(example()));
  EXPECT_TRUE(run.axes[0].snr);
  EXPECT_EQ(run.metrics[0].rows[0].kind, Row::Kind::share);
  EXPECT_EQ(run.lanes[0].point[0], Ordered(0.5));
  EXPECT_FALSE(run.lanes[0].point[1].has_value());
  EXPECT_EQ(run.lanes[0].units.size(), 2u);
}

TEST(CountedRun, DamageIsAnError) {
  const std::string text = to_text(example());
  for (const std::string& damaged :
       {std::string("{}"), std::string("[]"), std::string(), text.substr(0, text.size() / 2),
        std::string(text).replace(text.find("\"stages\":0"), 10, "\"stages\":7"),
        std::string(text).replace(text.find("share"), 5, "shame"),
        std::string(text).replace(text.find("{\"bp\":{\"iterations\":5}}"), 23, "{}")})
    EXPECT_THROW(parse_counted(damaged), Error) << damaged;
  std::mt19937 random(2);
  for (int round = 0; round < 3000; ++round) {
    std::string mutated = text;
    for (int i = 0; i < 3; ++i) mutated[random() % mutated.size()] = static_cast<char>(random() % 256);
    try {
      parse_counted(mutated);
    } catch (const Error&) {
    }
  }
}

// 16 frames and 8 frames in two units.
TEST(CountedRun, FramesAreReadUnitByUnit) {
  const test::TemporaryFolder folder;
  const auto run = example();
  {
    const auto store = Store::open(folder.path() / "results.sqlite");
    for (std::size_t u = 0; u < 2; ++u) {
      const std::uint64_t frames = u == 0 ? 16 : 8;
      const std::vector<double> blocks(frames, 2), wrong(frames, static_cast<double>(u));
      Unit unit;
      unit.key = run.lanes[0].units[u];
      unit.first = u == 0 ? 0 : 16;
      unit.frames = frames;
      unit.metrics = {{"bler", {}, {encode_column(blocks), encode_column(wrong), encode_column(blocks)}}};
      store->put(unit);
    }
    store->close();
  }
  const auto store = Store::open(folder.path() / "results.sqlite", Store::Access::read);
  const auto values = frame_values(*store, run, run.lanes[0], 0, run.metrics[0].rows[0]);
  ASSERT_EQ(values.size(), 3u);
  EXPECT_EQ(values[0], std::vector<double>(24, 2));
  EXPECT_EQ(values[1][15], 0);
  EXPECT_EQ(values[1][16], 1);
  // The row is not made of the third quantity.
  EXPECT_TRUE(values[2].empty());
  auto gone = run.lanes[0];
  gone.units[1] = std::string(64, 'c');
  EXPECT_THROW(frame_values(*store, run, gone, 0, run.metrics[0].rows[0]), Error);
}

}  // namespace
}  // namespace tandem::host
