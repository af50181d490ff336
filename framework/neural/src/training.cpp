#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <tandem/error.hpp>
#include <tandem/math.hpp>
#include <tandem/neural/training.hpp>

namespace tandem::neural {
namespace {

constexpr double first_decay = 0.9, second_decay = 0.999, epsilon = 1e-8;

/// cos(pi x) for 0 <= x <= 1, the same everywhere.
double cosine_of_half_turn(double x) {
  std::array<float, 1> angle{static_cast<float>(3.14159265358979323846 * x)}, sine, cosine;
  math::sincos(angle, sine, cosine);
  return cosine[0];
}

std::uint64_t now() {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count());
}

/// Replaces a file as a whole.
void write_file(const std::filesystem::path& path, const std::string& text) {
  const auto temporary = std::filesystem::path(path).concat(".part");
  {
    std::ofstream file(temporary, std::ios::binary);
    file << text;
    file.close();
    if (!file) throw Error("cannot be written", temporary.string());
  }
  std::filesystem::rename(temporary, path);
}

}  // namespace

Adam::Adam(const Settings& settings, std::span<const float> parameters)
    : settings_(settings),
      first_(parameters.size()),
      second_(parameters.size()),
      average_(parameters.begin(), parameters.end()) {}

double Adam::rate_at(const Settings& settings, std::uint64_t steps) {
  const double step = static_cast<double>(steps + 1), warm_up = static_cast<double>(settings.warm_up);
  if (step < warm_up) return settings.rate * step / warm_up;
  const double left = std::max(1.0, static_cast<double>(settings.steps) - warm_up);
  const double progress = std::min(1.0, (step - warm_up) / left);
  const double fraction = settings.last_fraction;
  return settings.rate * (fraction + (1 - fraction) * 0.5 * (1 + cosine_of_half_turn(progress)));
}

void Adam::step(std::span<float> parameters, std::span<float> gradient) {
  if (parameters.size() != first_.size() || gradient.size() != first_.size())
    throw Error("the optimiser was made for another number of parameters");
  double squares = 0;
  for (const float g : gradient) squares += static_cast<double>(g) * g;
  if (!std::isfinite(squares)) throw Error("the training diverged: the gradient is not finite", {}, "lower the learning rate");
  const double norm = std::sqrt(squares);
  const auto scale = static_cast<float>(settings_.clip > 0 && norm > settings_.clip ? settings_.clip / norm : 1.0);
  const double rate = this->rate();
  ++steps_;
  const double t = static_cast<double>(steps_);
  const double first_bias = 1 - math::exp(t * math::log(first_decay)), second_bias = 1 - math::exp(t * math::log(second_decay));
  const auto step = static_cast<float>(rate / first_bias), inverse = static_cast<float>(1 / second_bias);
  const auto decay = static_cast<float>(1 - rate * settings_.weight_decay);
  const auto keep = static_cast<float>(std::min(settings_.average, (1 + t) / (10 + t)));
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const float g = gradient[i] * scale;
    first_[i] = static_cast<float>(first_decay) * first_[i] + static_cast<float>(1 - first_decay) * g;
    second_[i] = static_cast<float>(second_decay) * second_[i] + static_cast<float>(1 - second_decay) * g * g;
    parameters[i] = parameters[i] * decay - step * first_[i] / (std::sqrt(second_[i] * inverse) + static_cast<float>(epsilon));
    average_[i] += (1 - keep) * (parameters[i] - average_[i]);
  }
}

void Adam::save(SafetensorsWriter& file) const {
  file.add("adam.first", {first_.size()}, first_);
  file.add("adam.second", {second_.size()}, second_);
  file.add("average", {average_.size()}, average_);
  file.metadata("steps", std::to_string(steps_));
}

void Adam::load(const Safetensors& file) {
  first_ = file.floats("adam.first", {first_.size()});
  second_ = file.floats("adam.second", {second_.size()});
  average_ = file.floats("average", {average_.size()});
  steps_ = count_of(file, "steps", settings_.steps);
}

double number_of(const Safetensors& file, std::string_view key) {
  const std::string& text = file.metadata(key);
  double value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || stop != text.data() + text.size() || !std::isfinite(value) || std::signbit(value))
    throw Error("the note '" + std::string(key) + "' is no number from 0 on", file.path(), "remove the file to begin anew");
  return value;
}

std::uint64_t count_of(const Safetensors& file, std::string_view key, std::uint64_t most) {
  const double value = number_of(file, key);
  if (value > static_cast<double>(most) || value != std::floor(value))
    throw Error("the note '" + std::string(key) + "' is no whole number up to " + std::to_string(most), file.path(), "remove the file to begin anew");
  return static_cast<std::uint64_t>(value);
}

TrainingFolder::TrainingFolder(const std::filesystem::path& folder, const std::string& settings)
    : folder_(folder), settings_(settings), begun_(now()) {
  std::error_code failed;
  std::filesystem::create_directories(folder_, failed);
  if (failed) throw Error("cannot be made: " + failed.message(), folder_.string());
  lock_ = ::open((folder_ / "lock").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0666);
  if (lock_ < 0) throw Error("cannot be written", folder_.string());
  if (::flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    ::close(lock_);
    throw Error("is in use by another training", folder_.string());
  }
  // What a kill in the middle of a save left behind.
  for (const auto& entry : std::filesystem::directory_iterator(folder_, failed))
    if (entry.path().extension() == ".new" || entry.path().extension() == ".part") std::filesystem::remove(entry.path(), failed);
}

TrainingFolder::~TrainingFolder() { ::close(lock_); }

bool TrainingFolder::resume() {
  if (!std::filesystem::exists(checkpoint())) return false;
  const Safetensors file(checkpoint().string());
  if (file.metadata("settings") != settings_)
    throw Error("holds a training of other settings", checkpoint().string(), "take another folder, or remove this one");
  curve_ = file.metadata("curve");
  earlier_ = number_of(file, "seconds");
  running_ = {number_of(file, "running"), count_of(file, "running_count", std::uint64_t{1} << 40)};
  return true;
}

void TrainingFolder::point(const std::string& columns) { curve_ += columns + "\n"; }

double TrainingFolder::seconds() const { return earlier_ + static_cast<double>(now() - begun_) / 1000; }

void TrainingFolder::save(SafetensorsWriter& file) {
  file.metadata("settings", settings_);
  file.metadata("curve", curve_);
  file.metadata("seconds", std::to_string(seconds()));
  char running[32];
  std::snprintf(running, sizeof running, "%.17g", running_.sum);  // exactly
  file.metadata("running", running);
  file.metadata("running_count", std::to_string(running_.count));
  file.write(checkpoint().string());
  write_file(folder_ / "curve.csv", curve_);
}

void TrainingFolder::write_card(const std::string& text) const { write_file(folder_ / "card.md", text); }

}  // namespace tandem::neural
