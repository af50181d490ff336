// Half of all Cauchy noise is smaller than its width: at scale 2, 2 sqrt(N0 / (4 exp(0.5772))).
#include "cauchy.cpp"

#include <cstdio>

int main() {
  Cauchy cauchy;
  Component& component = cauchy;
  Fields fields(R"({"scale": 2})", {});
  component.fields(fields);
  fields.finish();
  component.ready({});

  Symbols zeros{Ragged<float>(1000, 1000), 1};
  std::ranges::fill(zeros.values.values(), 0.0f);
  const auto seen = static_cast<Channel&>(cauchy).transmit(zeros, 0.5f, Noise(1, "test", 0));
  double smaller = 0;
  for (const float y : seen.y.values.values()) smaller += std::abs(y) < 0.5298394f;
  std::printf("%.4f of the noise is smaller than its width\n", smaller / 1e6);
  return std::abs(smaller / 1e6 - 0.5) < 5 * 0.0005 ? 0 : 1;
}
