// @name@: counts the bytes of a text, the training of the simplest of all models, and writes them to counts.txt.
#include <array>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <tandem/trainable.hpp>

namespace {
using namespace tandem;

struct State {
  std::uint64_t read = 0;
  std::array<std::uint64_t, 256> counts{};
};

// A checkpoint that was made under other settings is refused: its figures would belong to nobody.
State resume(const Task& task) {
  State state;
  std::ifstream in(std::filesystem::path(task.folder) / "checkpoint.txt");
  if (!in) return state;
  std::string settings(task.settings.size(), 0);
  if (!in.read(settings.data(), static_cast<std::streamsize>(settings.size())) || settings != task.settings || in.get() != '\n')
    throw Error("was begun with other settings", task.folder, "give another folder");
  in >> state.read;
  for (auto& count : state.counts) in >> count;
  if (!in) throw Error("has a damaged checkpoint", task.folder, "remove checkpoint.txt");
  return state;
}

// As a whole or not at all: a kill at any moment leaves the old file or the new one.
void save(const Task& task, const char* name, const State& state) {
  const std::filesystem::path path = std::filesystem::path(task.folder) / name;
  std::ofstream out(path.string() + ".unfinished");
  out << task.settings << '\n' << state.read << '\n';
  for (const auto count : state.counts) out << count << '\n';
  if (!out.flush()) throw Error("cannot be written", path.string());
  out.close();
  std::filesystem::rename(path.string() + ".unfinished", path);
}

double bits_per_byte(const State& state) {
  double sum = 0;
  for (const auto count : state.counts)
    if (count) sum -= static_cast<double>(count) * std::log2(static_cast<double>(count) / static_cast<double>(state.read));
  return sum / static_cast<double>(state.read);
}

// A trainer makes weights for another plugin; `tandem train` runs it. It goes on from what it left in the folder.
class @Class@ final : public Trainer {
  void fields(Fields& f) override {
    f("text", text_).required().doc("to learn from");
    f("step", step_, std::size_t{1024}).range(1, 1e9).unit("bytes").doc("between two looks at whether to stop");
    f.example(R"({"text": "corpus:prime"})");
  }

  void train(const Task& task, Progress& progress) override {
    std::ifstream in(text_.path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    if (text.empty()) throw FieldError("text", "is empty");
    std::filesystem::create_directories(task.folder);  // better now than when all is done
    State state = resume(task);
    auto saved = std::chrono::steady_clock::now();
    while (state.read < text.size() && !progress.stop_asked()) {
      for (const std::size_t end = std::min(text.size(), state.read + step_); state.read < end; ++state.read)
        ++state.counts[static_cast<unsigned char>(text[state.read])];
      const auto now = std::chrono::steady_clock::now();
      if (now - saved > std::chrono::duration<double>(task.checkpoint_seconds)) save(task, "checkpoint.txt", state), saved = now;
      progress.at(static_cast<double>(state.read) / static_cast<double>(text.size()), bits_per_byte(state));
    }
    save(task, state.read < text.size() ? "checkpoint.txt" : "counts.txt", state);
  }

  File text_;
  std::size_t step_ = 1024;
};

}  // namespace
TANDEM_PLUGIN(@Class@, Trainer, "@name@", "0.1.0", "counts the bytes of a text")
