// A hundred steps that learn nothing, with a checkpoint behind each.
#include <atomic>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <tandem/trainable.hpp>

#include "fault.hpp"

namespace {
using namespace tandem;

constexpr int steps = 100;
std::atomic<int> trainings = 0;

class BrokenTrainer final : public Trainer {
 public:
  void fields(Fields& f) override {
    fault_.declare(f, {"none", "tells-nothing", "goes-back", "more-than-all", "infinite-loss", "never-stops", "begins-anew", "forgets-the-settings", "own-course", "silent-about-folders", "nameless-error"});
    f.example("{}");
  }
  Exactness exactness() const override { return Exactness::build; }

  void train(const Task& task, Progress& progress) override {
    ++trainings;
    const std::filesystem::path folder = task.folder, settings = folder / "settings", checkpoint = folder / "step";
    std::error_code failed;
    std::filesystem::create_directories(folder, failed);
    if (failed && fault_.is("silent-about-folders")) return;
    if (failed) throw Error("cannot be made: " + failed.message(), fault_.is("nameless-error") ? "" : folder.string());
    int step = 0;
    if (std::ifstream in(settings); in) {
      const std::string before{std::istreambuf_iterator<char>(in), {}};
      if (before != task.settings && !fault_.is("forgets-the-settings")) throw Error("was begun with other settings", folder.string());
      if (!fault_.is("begins-anew")) std::ifstream(checkpoint) >> step;
    }
    std::ofstream(settings) << task.settings;
    while (step < steps) {
      ++step;
      std::ofstream(checkpoint) << step;
      if (!fault_.is("tells-nothing")) progress.at(fraction(step), loss(step));
      if (progress.stop_asked() && !fault_.is("never-stops")) return;
    }
  }

 private:
  double fraction(int step) const {
    if (fault_.is("goes-back")) return 1.0 / step;
    return fault_.is("more-than-all") ? step : static_cast<double>(step) / steps;
  }
  double loss(int step) const {
    if (fault_.is("infinite-loss")) return INFINITY;
    return 1.0 / step + (fault_.is("own-course") ? trainings.load() : 0);
  }

  broken::Fault fault_;
};

}  // namespace
TANDEM_PLUGIN(BrokenTrainer, tandem::Trainer, "broken-trainer", "1.0.0", "a trainer that breaks a promise")
