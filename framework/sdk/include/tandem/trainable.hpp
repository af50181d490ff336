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
  std::uint64_t seed = 1;
  int threads = 1;
  double checkpoint_seconds = 60;       ///< between two checkpoints, about
};

/// Told how far a training has come; asked whether to go on.
class TANDEM_API Progress {
 public:
  virtual ~Progress();
  virtual void at(double fraction, double loss) = 0;
  virtual bool stop_asked() const = 0;
};

/// Ability of a component that can be trained.
class TANDEM_API Trainable {
 public:
  virtual ~Trainable();
  virtual void train(const Task& task, Progress& progress) = 0;
};

/// Makes weights for another plugin. A role of its own, so that what runs a network need not carry what trains it.
class TANDEM_API Trainer : public Component, public Trainable {
 public:
  static constexpr const char* role = "trainer";
  ~Trainer() override;
};

}  // namespace tandem
