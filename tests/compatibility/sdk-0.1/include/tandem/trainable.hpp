#pragma once

#include <cstdint>
#include <string>

#include <tandem/export.hpp>
#include <tandem/plugin.hpp>

namespace tandem {

/// One training, as `tandem train` hands it to a plugin.
struct Task final {
  std::string settings = "{}";          ///< what the training is: a checkpoint made under other settings is refused
  std::string folder;                   ///< checkpoints, curve and weights go here; a checkpoint there is resumed
  std::uint64_t seed = 1;               ///< what is random follows from it
  int threads = 1;                      ///< to use at most
  double checkpoint_seconds = 60;       ///< between two checkpoints, about
};

/// Told how far a training has come; asked whether to go on.
class TANDEM_API Progress {
 public:
  virtual ~Progress();
  /// `fraction`, 0 .. 1, is done, never less than before; `loss` may be NaN, not infinite. Cheap: call it once a step.
  virtual void at(double fraction, double loss) = 0;
  /// True when the training shall write a checkpoint and return. Ask behind each at().
  virtual bool stop_asked() const = 0;
};

/// Ability of a component that can be trained.
class TANDEM_API Trainable {
 public:
  virtual ~Trainable();
  /// Returns when the training is finished, or soon after a stop was asked for. Throws FieldError for a field whose value
  /// will not do, Error for a folder that cannot be written or that holds another training.
  virtual void train(const Task& task, Progress& progress) = 0;
};

/// Makes weights for another plugin. A role of its own, so that what runs a network need not carry what trains it.
class TANDEM_API Trainer : public Component, public Trainable {
 public:
  static constexpr const char* role = "trainer";  ///< the name of the role in configs and manifests
  ~Trainer() override;
};

}  // namespace tandem
