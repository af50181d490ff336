// Channels in any language: an executable that answers over pipes.
#include <tandem/channel.hpp>
#include <tandem/process/bridged.hpp>

namespace {
using namespace tandem;
using process::Answer;
using process::Description;
using process::Kind;
using process::Request;

/// Random values that the program wants with each row it is sent.
struct NoiseWish final {
  bool normals = true;
  std::size_t values = 1;  ///< a dimension
  std::size_t frames = 1;  ///< consecutive ones that share them
};

std::vector<NoiseWish> noise_wishes(const Description& description) {
  std::vector<NoiseWish> out;
  if (!description.has("noise")) return out;
  for (const auto& given : description.list("noise")) {
    const Description wish = Description::part(given, "noise");
    wish.only({"kind", "values", "frames"});
    out.push_back({wish.choice("kind", "normals", {"normals", "uniforms"}) == 0,
                   static_cast<std::size_t>(wish.has("values") ? wish.integer("values", 1, 64) : 1),
                   static_cast<std::size_t>(wish.has("frames") ? wish.integer("frames", 1, 1 << 30) : 1)});
  }
  constexpr std::size_t most = 16, most_values = 256;
  if (out.size() > most) throw Error("describes itself wrongly: \"noise\" holds more than 16 wishes");
  std::size_t values = 0;
  for (const auto& wish : out) values += wish.values;
  if (values > most_values)
    throw Error("describes itself wrongly: \"noise\" asks for more than 256 values a dimension");
  return out;
}

/// Rows as long as those of `x`, or shorter or longer by a constant.
Ragged<float> room(const Ragged<float>& x, std::size_t factor, std::size_t divisor = 1) {
  if (x.row_length() != Ragged<float>::varying) return {x.rows(), x.row_length() * factor / divisor};
  Ragged<float> out;
  out.reserve(x.size() * factor / divisor);
  for (std::size_t row = 0; row < x.rows(); ++row) out.append(x.row_length(row) * factor / divisor);
  return out;
}

Ragged<float> rows_like(Answer& answer, const Ragged<float>& shape, const char* what) {
  Ragged<float> out = answer.rows<float>(shape.rows(), what);
  for (std::size_t row = 0; row < shape.rows(); ++row)
    if (out.row_length(row) != shape.row_length(row))
      throw Error("its answer has " + std::to_string(out.row_length(row)) + " values in row " + std::to_string(row) +
                  " of " + what + ", " + std::to_string(shape.row_length(row)) + " belong there");
  return out;
}

class ProcessChannel final : public process::Bridged<Channel>, public Law {
 public:
  ProcessChannel()
      : Bridged([](const Description& description) {
          description.only({"noise", "law", "linear"});
          noise_wishes(description);
          description.flag("law", false);
          description.flag("linear", false);
        }) {}

  void fields(Fields& f) override {
    bridge_.declare(f);
    f.example(R"({"command": ["python3"], "script": "channel.py"})");
  }
  void ready(const Environment& environment) override {
    bridge_.ready(environment);
    wishes_ = noise_wishes(bridge_.description());
  }
  bool linear() const override { return bridge_.description().flag("linear", false); }
  bool applies() const override { return bridge_.description().flag("law", false); }

  Observation transmit(const Symbols& x, float n0, const Noise& noise) const override {
    if (x.values.rows() == 0) return {.y = {x.values, x.dimensions_per_use}, .h = {}, .csi = {}, .n0 = n0};
    std::vector<Ragged<float>> random;
    for (std::uint32_t purpose = 0; purpose < wishes_.size(); ++purpose) {
      const NoiseWish& wish = wishes_[purpose];
      const Noise stream = noise.stream(purpose).group(wish.frames);
      auto& values = random.emplace_back(room(x.values, wish.values));
      wish.normals ? stream.normals(values) : stream.uniforms(values);
    }
    Request request(Kind::transmit);
    request.real(static_cast<double>(n0)).number(static_cast<std::uint64_t>(x.dimensions_per_use)).rows(x.values);
    for (const auto& values : random) request.rows(values);
    return call(request, [&](Answer& answer) {
      const auto uses = room(x.values, 1, static_cast<std::size_t>(x.dimensions_per_use));
      Observation out{.y = {rows_like(answer, x.values, "y"), x.dimensions_per_use}, .h = {}, .csi = {}, .n0 = n0};
      if (!answer.skip_empty("h")) out.h = rows_like(answer, uses, "h");
      if (!answer.skip_empty("csi")) out.csi = rows_like(answer, uses, "csi");
      answer.finish();
      return out;
    });
  }

  void log_likelihood(const Observation& observation, std::span<const float> point, Ragged<float>& out) const override {
    const Symbols& y = observation.y;
    if (y.values.rows() == 0) {
      out = {};
      return;
    }
    Request request(Kind::likelihood);
    request.real(static_cast<double>(observation.n0)).number(static_cast<std::uint64_t>(y.dimensions_per_use));
    request.rows(point, point.size()).rows(y.values).rows(observation.csi);
    out = call(request, [&](Answer& answer) {
      auto likelihoods =
          rows_like(answer, room(y.values, 1, static_cast<std::size_t>(y.dimensions_per_use)), "likelihoods");
      answer.finish();
      return likelihoods;
    });
  }

 private:
  std::vector<NoiseWish> wishes_;
};

}  // namespace
TANDEM_PLUGIN(ProcessChannel, tandem::Channel, "process-channel", "1.0.0",
              "a channel in any language, as an executable")
