#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <tandem/trainable.hpp>

#include "exercise.hpp"

namespace tandem::conformance {
namespace {

// A folder of its own that goes away with it.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "tandem-training-XXXXXX").string();
    if (!mkdtemp(name.data())) throw Error("no temporary folder can be made", name);
    path_ = name;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// Asks to stop after some reports.
class Watch final : public Progress {
 public:
  explicit Watch(std::size_t reports) : reports_(reports) {}
  void at(double fraction, double loss) override { seen.emplace_back(fraction, loss); }
  bool stop_asked() const override { return seen.size() >= reports_; }

  std::vector<std::pair<double, double>> seen;

 private:
  std::size_t reports_;
};

Watch train(Bench& bench, const std::filesystem::path& folder, std::size_t reports, const char* settings = "{}") {
  auto world = bench.make_world();
  Task task;
  task.folder = folder.string();
  task.seed = bench.seed();
  task.settings = settings;
  task.checkpoint_seconds = 0;
  Watch watch(reports);
  dynamic_cast<Trainer&>(*world.subject).train(task, watch);
  return watch;
}

void reports(Bench& bench) {
  const Folder folder;
  const Watch watch = train(bench, folder.path(), 3);
  require(!watch.seen.empty(), "nothing is ever reported");
  double before = 0;
  for (const auto& [fraction, loss] : watch.seen) {
    require(fraction >= before && fraction <= 1, "the training is {} done behind {}", fraction, before);
    require(!std::isinf(loss), "the loss is {}", loss);
    before = fraction;
  }
}

void stops(Bench& bench) {
  const Folder folder;
  const Watch watch = train(bench, folder.path(), 1);
  require(watch.seen.size() <= 3, "asked to stop after one report, it makes {} more", watch.seen.size() - 1);
}

bool empty(const std::filesystem::path& folder) { return std::filesystem::directory_iterator(folder) == std::filesystem::directory_iterator(); }

void goes_on(Bench& bench) {
  const Folder folder;
  const Watch first = train(bench, folder.path(), 3);
  if (empty(folder.path())) throw Inapplicable("a training that was stopped leaves nothing to go on from");
  const Watch second = train(bench, folder.path(), 2);
  require(!second.seen.empty() && second.seen.back().first >= first.seen.back().first, "it was {} done, and goes on at {}", first.seen.back().first, second.seen.empty() ? 0 : second.seen.back().first);
}

void settings(Bench& bench) {
  const Folder folder;
  train(bench, folder.path(), 3);
  if (empty(folder.path())) throw Inapplicable("a training that was stopped leaves nothing to go on from");
  try {
    train(bench, folder.path(), 2, R"({"other": true})");
  } catch (const Error&) {
    return;
  }
  throw Violation("what was begun with other settings is gone on with");
}

void same(Bench& bench) {
  if (bench.plugin<Trainer>().exactness() == Exactness::none) throw Inapplicable("the trainer promises no exactness");
  const Folder a, b;
  const Watch first = train(bench, a.path(), 3), second = train(bench, b.path(), 3);
  const auto equal = [](const auto& x, const auto& y) { return x.first == y.first && (x.second == y.second || (std::isnan(x.second) && std::isnan(y.second))); };
  require(std::ranges::equal(first.seen, second.seen, equal), "the same training takes another course");
}

void refuses(Bench& bench) {
  const Folder folder;
  std::ofstream(folder.path() / "file") << "in the way";
  try {
    train(bench, folder.path() / "file" / "training", 3);
  } catch (const std::exception& e) {
    require(std::string(e.what()).find((folder.path() / "file").string()) != std::string::npos, "the error \"{}\" does not name the folder", e.what());
    return;
  }
  throw Violation("a folder that cannot be made is no error");
}

}  // namespace

const std::vector<Law> trainer_laws = {
    {"trainer.reports", "progress is told, and never goes back", reports},
    {"trainer.stops", "it stops soon when asked to", stops},
    {"trainer.goes-on", "what was stopped goes on where it was", goes_on},
    {"trainer.settings", "what was begun with other settings is refused", settings},
    {"trainer.same", "the same training takes the same course", same},
    {"trainer.refuses", "a folder that cannot be made is an error that names it", refuses},
};

}  // namespace tandem::conformance
