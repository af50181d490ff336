#include "watch.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <csignal>

namespace tandem::host {
namespace {

std::atomic<bool> signalled = false;

/// One line of progress, redrawn in place on a terminal; ends the training in time.
class Watch final : public Progress {
 public:
  explicit Watch(double seconds) : seconds_(seconds) {}

  void at(double fraction, double loss) override {
    // The clock starts once the training is ready for its first step: loading is not learning.
    if (first_ < 0) first_ = fraction, begun_ = std::chrono::steady_clock::now();
    fraction_ = fraction;
    if (!isatty(STDERR_FILENO)) return;
    std::string left;
    if (fraction > first_)
      left = "  about " + span_of_time(passed() * (1 - fraction) / (fraction - first_)) + " left";
    fmt::print(stderr, "\r\x1b[2K{:5.1f} %  loss {:.5g}{}", 100 * fraction, loss, left);
  }
  bool stop_asked() const override { return signalled || (seconds_ > 0 && first_ >= 0 && passed() > seconds_); }
  double fraction() const { return fraction_; }

 private:
  double passed() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_).count(); }

  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  double seconds_, first_ = -1, fraction_ = 0;
};

}  // namespace

std::string span_of_time(double seconds) {
  if (seconds < 60) return fmt::format("{:.0f} s", seconds);
  if (seconds < 3600) return fmt::format("{:.0f} min {:02.0f} s", std::floor(seconds / 60), std::floor(std::fmod(seconds, 60)));
  return fmt::format("{:.0f} h {:02.0f} min", std::floor(seconds / 3600), std::floor(std::fmod(seconds / 60, 60)));
}

int train_watched(const TrainingConfig& config, const Catalogue& catalogue, const Task& task, double seconds) {
  std::signal(SIGINT, [](int) { signalled = true; });
  std::signal(SIGTERM, [](int) { signalled = true; });
  Watch watch(seconds);
  train(config, catalogue, task, watch);
  if (isatty(STDERR_FILENO)) fmt::print(stderr, "\n");
  fmt::print("{}\n", task.folder);
  if (!watch.stop_asked() || watch.fraction() >= 1) return Exit::ok;
  fmt::print(stderr, "stopped at {:.1f} %; the same command goes on\n", 100 * watch.fraction());
  return signalled ? Exit::interrupted : Exit::suspended;
}

}  // namespace tandem::host
