#include <cmath>
#include <support/support.hpp>
#include <tandem/modem.hpp>

namespace {
using namespace tandem;
using test::make;

const AnalogModem& analog(std::shared_ptr<Modem>& owner, const std::string& fields) {
  owner = make<Modem>("analog", fields);
  return dynamic_cast<const AnalogModem&>(*owner);
}
Features rows(const std::vector<std::vector<float>>& values) {
  Features out;
  for (const auto& row : values) out.append(row);
  return out;
}
double energy(std::span<const float> values) {
  double sum = 0;
  for (const float value : values) sum += static_cast<double>(value) * static_cast<double>(value);
  return sum;
}

TEST(Analog, EachFrameHasTheEnergyOfItsUses) {
  std::shared_ptr<Modem> owner;
  const auto sent = analog(owner, "{}").modulate(rows({{3, -4}, {0.01f}, {0, 0}, {}}));
  EXPECT_NEAR(energy(sent.values[0]), 2, 1e-6);
  EXPECT_NEAR(sent.values[0][1] / sent.values[0][0], -4.0 / 3, 1e-6);
  EXPECT_NEAR(energy(sent.values[1]), 1, 1e-6);
  EXPECT_EQ(energy(sent.values[2]), 0);
  EXPECT_EQ(sent.values.row_length(3), 0u);
  const auto pairs = analog(owner, R"({"complex": true})").modulate(rows({{3, -4, 12}}));
  EXPECT_EQ(pairs.values.row_length(0), 4u);
  EXPECT_NEAR(energy(pairs.values[0]), 2, 1e-6) << "two uses";
}

TEST(Analog, AFixedGainIsUndone) {
  std::shared_ptr<Modem> owner;
  const auto& modem = analog(owner, R"({"power": "fixed", "gain": 0.25})");
  const auto features = rows({{3, -4, 0.5f}, {100}});
  const auto sent = modem.modulate(features);
  for (std::size_t i = 0; i < features.size(); ++i) EXPECT_EQ(sent.values.values()[i], 0.25f * features.values()[i]);
  EXPECT_EQ(modem.demodulate({.y = sent, .h = {}, .csi = {}, .n0 = 1}), features);
}

// The linear estimate of least mean square error of x, of power 1, from y = h x + noise of variance N0 / 2 is
// h y / (h^2 + N0 / 2).
TEST(Analog, AKnownGainIsDividedOut) {
  std::shared_ptr<Modem> owner;
  for (const double gain : {1.0, 4.0}) {
    const auto& modem = analog(owner, R"({"power": "fixed", "gain": )" + std::to_string(gain) + "}");
    const auto out = modem.demodulate({.y = {rows({{0.5f, 2}}), 1}, .h = {}, .csi = rows({{0.7f, 3}}), .n0 = 0.4f});
    EXPECT_NEAR(out.values()[0], 0.7 * 0.5 / (0.49 + 0.2) / gain, 1e-6);
    EXPECT_NEAR(out.values()[1], 3 * 2.0 / (9 + 0.2) / gain, 1e-6);
  }
}

TEST(Analog, RefusesFieldsOutOfRange) {
  for (const char* fields : {R"({"power": "group"})", R"({"gain": 0})", R"({"gain": -1})"})
    EXPECT_THROW(make<Modem>("analog", fields), FieldError) << fields;
}

}  // namespace
