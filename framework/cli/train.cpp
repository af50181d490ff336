#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <thread>

#include "command.hpp"
#include "host/training.hpp"

namespace tandem::cli {
namespace {

std::atomic<bool> interrupted = false;

/// One line of progress, redrawn in place on a terminal; ends the training in time.
class Watch final : public Progress {
 public:
  explicit Watch(double seconds) : seconds_(seconds) {}

  void at(double fraction, double loss) override {
    if (first_ < 0) first_ = fraction, first_time_ = passed();
    fraction_ = fraction, loss_ = loss;
    if (!isatty(STDERR_FILENO)) return;
    std::string left;
    if (fraction > first_)
      left = "  about " + span_of_time((passed() - first_time_) * (1 - fraction) / (fraction - first_)) + " left";
    fmt::print(stderr, "\r\x1b[2K{:5.1f} %  loss {:.5g}{}", 100 * fraction, loss, left);
  }
  bool stop_asked() const override { return interrupted || (seconds_ > 0 && passed() > seconds_); }
  double fraction() const { return fraction_; }
  double loss() const { return loss_; }

 private:
  double passed() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_).count(); }

  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  double seconds_, first_ = -1, first_time_ = 0, fraction_ = 0, loss_ = 0;
};

struct Options {
  std::string config, out;
  std::vector<std::string> sets;
  int threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  double seconds = 0, checkpoint = 60;
};

int train(Context& context, const Options& options) {
  const auto config = host::load_training(options.config, options.sets, context.catalogue(), context.registry());
  const std::filesystem::path folder = options.out.empty()
                                           ? std::filesystem::path("runs") / std::filesystem::path(options.config).stem()
                                           : std::filesystem::path(options.out);
  std::signal(SIGINT, [](int) { interrupted = true; });
  std::signal(SIGTERM, [](int) { interrupted = true; });
  Watch watch(options.seconds);
  host::train(config, context.catalogue(), {.folder = folder.string(), .threads = options.threads, .checkpoint_seconds = options.checkpoint}, watch);
  if (isatty(STDERR_FILENO)) fmt::print(stderr, "\n");
  const bool done = !watch.stop_asked() || watch.fraction() >= 1;
  fmt::print("{}\n", folder.string());
  if (!done) fmt::print(stderr, "stopped at {:.1f} %; the same command goes on\n", 100 * watch.fraction());
  if (interrupted && !done) return host::Exit::interrupted;
  return done ? host::Exit::ok : host::Exit::suspended;
}

}  // namespace

void add_train(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand("train", "train a network, or go on where the training stopped");
  command->footer("tandem train configs/train-crossmpt-49-24-awgn.json --seconds 60");
  auto options = std::make_shared<Options>();
  command->add_option("config", options->config, "the training, a JSON file")->required();
  command->add_option("--set", options->sets, "address=value: replaces what stands there; the value is JSON if it parses, else a string")->allow_extra_args(false);
  command->add_option("--threads", options->threads, "threads; never changes a result")->check(CLI::Range(1, 1024));
  command->add_option("--seconds", options->seconds, "suspend after so long (exit 75)")->check(CLI::PositiveNumber);
  command->add_option("--checkpoint", options->checkpoint, "seconds between two checkpoints")->check(CLI::NonNegativeNumber);
  command->add_option("--out", options->out, "the training's folder, default runs/<config's name>");
  command->callback([&context, options] { context.exit_code = train(context, *options); });
}

}  // namespace tandem::cli
