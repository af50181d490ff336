#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <tandem/batch.hpp>
#include <tandem/neural/sentence_codec.hpp>
#include <tandem/neural/training.hpp>
#include <vector>

/// A joint codec for sentences that learns; no torch type in sight, so that what drives it compiles in a second. Not
/// thread-safe.
class SentenceLearner final {
 public:
  struct Settings final {
    tandem::neural::SentenceShape shape;
    tandem::neural::Adam::Settings adam;
    double dropout = 0;
    double smoothing = 0;              ///< of the labels
    double mutual_information = 0;     ///< weight of the lower bound of what passes the channel; 0 for none
    bool quantizer_alone = false;      ///< only the quantizer learns, to give back what it was given
    std::string device;                ///< "auto": a GPU where there is one; "cpu"; "cuda"
    int threads = 1;
  };

  /// What a channel did to values: rows of `length`. `received` is what the receiver sees, `slope` its derivative by what
  /// was sent.
  using Channel = std::function<void(std::span<const float> sent, std::size_t length, std::span<float> received, std::span<float> slope)>;

  /// Begins with `parameters`.
  SentenceLearner(const Settings& settings, std::span<const float> parameters);
  ~SentenceLearner();

  /// One step of the optimiser from sentences of one length, `words` ids each. `seed` fixes the dropout.
  void step(std::span<const tandem::Token> sentences, std::size_t words, const Channel& channel, std::uint64_t seed);
  /// Adds to `running` the loss of the steps since the last call.
  void add_loss(tandem::neural::Running& running);

  struct Judgement final {
    double right = 0, of = 0;   ///< words and ends that are guessed right, where those before were told
    double hops = 0;            ///< passes through the layers that positions took, encoder and decoder together; ut
  };
  /// Of the averaged parameters.
  Judgement judge(std::span<const tandem::Token> sentences, std::size_t words, const Channel& channel) const;

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
