#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <tandem/safetensors.hpp>
#include <vector>

namespace tandem::neural {

/// Adam with decoupled weight decay (Kingma and Ba 2015; Loshchilov and Hutter 2019) over one flat vector, a linear
/// warm-up, a cosine down to a fraction of the peak, and a running average of the parameters, which is what is shipped:
/// it is a good network at any time, not only at the end of the schedule. Not thread-safe.
class Adam final {
 public:
  struct Settings final {
    double rate = 1e-3;             ///< at the peak
    double last_fraction = 0.01;    ///< of the peak at the end
    std::uint64_t warm_up = 500;    ///< steps
    std::uint64_t steps = 0;        ///< of the whole training
    double weight_decay = 0;
    double clip = 1;                ///< largest norm of the gradient; 0 for none
    double average = 0.999;         ///< weight of the past in the running average
  };

  /// The learning rate of the step behind `steps` others.
  static double rate_at(const Settings& settings, std::uint64_t steps);

  Adam(const Settings& settings, std::span<const float> parameters);

  /// One step; `gradient` is used up.
  void step(std::span<float> parameters, std::span<float> gradient);
  std::uint64_t steps() const { return steps_; }
  double rate() const { return rate_at(settings_, steps_); }
  std::span<const float> average() const { return average_; }

  void save(SafetensorsWriter& file) const;
  /// Continues exactly where `save` was called.
  void load(const Safetensors& file);

 private:
  Settings settings_;
  std::uint64_t steps_ = 0;
  std::vector<float> first_, second_, average_;
};

/// A mean over the steps since the curve's last point.
struct Running final {
  double sum = 0;
  std::uint64_t count = 0;
  double mean() const { return count == 0 ? 0 : sum / static_cast<double>(count); }
};

/// A number that a checkpoint notes under `key`. Throws Error naming the file for what is none, negative or not finite.
double number_of(const Safetensors& file, std::string_view key);
/// A whole number up to `most`.
std::uint64_t count_of(const Safetensors& file, std::string_view key, std::uint64_t most);

/// The folder of one training: `checkpoint.safetensors` to go on from, `curve.csv`, `weights.safetensors` and `card.md`.
/// A kill at any moment leaves the files of the last checkpoint. One training at a time works in it.
class TrainingFolder final {
 public:
  /// `settings`: what must not change between a training and its continuation, as text. Makes the folder. Throws Error when
  /// another training holds it.
  TrainingFolder(const std::filesystem::path& folder, const std::string& settings);
  ~TrainingFolder();
  TrainingFolder(const TrainingFolder&) = delete;
  TrainingFolder& operator=(const TrainingFolder&) = delete;

  std::filesystem::path checkpoint() const { return folder_ / "checkpoint.safetensors"; }
  std::filesystem::path weights() const { return folder_ / "weights.safetensors"; }

  /// Whether there is a checkpoint; reads what it knows of the curve, the running loss and the time spent. Throws Error when it
  /// is of other settings.
  bool resume();
  /// Whether weights lie there: a training that makes no further step leaves them, and their card, alone.
  bool has_weights() const { return std::filesystem::exists(weights()); }
  void point(const std::string& columns);     ///< a line of the curve; the first is its header
  Running& running() { return running_; }     ///< the loss since the last line; kept in checkpoints
  double seconds() const;                     ///< spent in all, with the runs before

  void save(SafetensorsWriter& checkpoint);   ///< adds its own notes and writes checkpoint and curve
  void write_card(const std::string& text) const;

 private:
  std::filesystem::path folder_;
  std::string settings_, curve_;
  Running running_;
  double earlier_ = 0;
  std::uint64_t begun_;
  int lock_ = -1;
};

}  // namespace tandem::neural
