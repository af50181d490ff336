// Code lengths of one text behind another, and the distance that follows from them.
#include <gtest/gtest.h>

#include <cmath>
#include <tandem/metric.hpp>

#include "support/support.hpp"

namespace {
using namespace tandem;
using namespace tandem::test;

std::vector<double> measured(const Metric& metric, const std::string& sent, const std::string& received) {
  Bytes one, other;
  const auto append = [](Bytes& to, const std::string& text) { to.append(std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size())); };
  append(one, sent);
  append(other, received);
  Exchange exchange;
  exchange.frames = 1;
  exchange.items_sent = &one;
  exchange.items_received = &other;
  std::vector<double> out(3);
  metric.measure(exchange, out);
  return out;
}

std::string with_model(const std::string& model) { return R"({"tokenizer": {"bytes": {"end": 10}}, "model": )" + model + "}"; }

TEST(InformationDistance, SumsWhatTheModelSays) {
  // "a" 1 bit, "b" 2 bits, the end 2 bits, whatever came before.
  const auto metric = make<Metric>("information-distance", with_model(R"({"table": {"end": "end", "distributions": {"": {"a": 0.5, "b": 0.25, "end": 0.25}}}})"));
  const auto values = measured(*metric, "b", "aab");
  EXPECT_NEAR(values[0], 6, 1e-5);
  EXPECT_NEAR(values[1], 6, 1e-5) << "a model that learns nothing saves nothing";
  EXPECT_NEAR(values[2], 1, 1e-5);
  EXPECT_EQ(measured(*metric, "ab", "ab")[2], 0);
  EXPECT_NEAR(measured(*metric, "a\nb", "")[0], 2, 1e-5);
}

TEST(InformationDistance, IsSmallerForTextsThatShareMuch) {
  const auto metric =
      make<Metric>("information-distance", with_model(R"({"ppm": {"text": ")" + (source_dir() / "registry/corpora/prime.txt").string() + R"(", "adapt": "stream"}})"));
  const std::string sent = "We shall therefore vote against the report on fisheries as it stands.";
  const double near = measured(*metric, sent, "We shall therefore vote against the report on fisheries.")[2],
               far = measured(*metric, sent, "The President of the Commission has asked for the floor.")[2];
  EXPECT_LT(near, 0.7);
  EXPECT_GT(far, near + 0.15);
  // Bytes that the tokenizer does not take are left out.
  EXPECT_EQ(measured(*metric, sent, sent + "\n\n")[2], 0);
}

}  // namespace
