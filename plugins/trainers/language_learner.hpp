#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <tandem/batch.hpp>
#include <tandem/neural/language_model.hpp>
#include <tandem/neural/training.hpp>
#include <vector>

/// A language model that learns, on a device; no torch type in sight, so that what drives it compiles in a second.
/// Not thread-safe.
class LanguageLearner final {
 public:
  struct Settings final {
    tandem::neural::LanguageShape shape;
    tandem::neural::Adam::Settings adam;
    std::size_t window = 0;   ///< tokens of a training window
    double dropout = 0;       ///< of what each branch adds
    std::string device;       ///< "auto": a GPU where there is one; "cpu"; "cuda"
    int threads = 1;
  };

  /// Begins with `parameters`; learns from windows of `stream`.
  LanguageLearner(const Settings& settings, std::span<const float> parameters, std::span<const tandem::Token> stream);
  ~LanguageLearner();

  /// One step of the optimiser: window i predicts stream[starts[i] + 1], ... from stream[starts[i]], ... `seed` fixes the
  /// dropout.
  void step(std::span<const std::int64_t> starts, std::uint64_t seed);
  /// Adds to `running` the nats a token of the steps since the last call.
  void add_loss(tandem::neural::Running& running);
  /// Nats a token of a text under the averaged parameters. It is cut into windows, each of which sees itself alone; of these
  /// `most` at even distances count. What does not fill a window is left out.
  double judge(std::span<const tandem::Token> text, std::size_t most);

  std::uint64_t steps() const;
  double rate() const;
  std::string device() const;
  std::vector<float> average() const;
  void save(tandem::SafetensorsWriter& file) const;
  void load(const tandem::Safetensors& file);

 private:
  struct State;
  std::unique_ptr<State> state_;
};
