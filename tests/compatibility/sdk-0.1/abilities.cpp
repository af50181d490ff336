// A class that overrides each ability, so that tables of virtual functions name them all.
namespace {

class FirstDecisions final : public tandem::Session, public tandem::Decisions {
  std::size_t streams() const override { return 0; }
  void step(std::span<const tandem::Token>, std::span<const std::uint8_t>) override {}
  std::uint32_t p1(std::size_t) const override { return 1; }
  bool bit_of(std::size_t, tandem::Token) const override { return false; }
  std::optional<tandem::Token> push(std::size_t, bool) override { return {}; }
};

class FirstLogits final : public tandem::Logits {
  std::span<const float> logits(std::size_t) const override { return {}; }
  std::span<const float> hidden(std::size_t) const override { return {}; }
};

class FirstDistribution final : public tandem::Distribution {
  int bits() const override { return 1; }
  tandem::Interval interval(std::size_t, tandem::Token) const override { return {}; }
  std::pair<tandem::Token, tandem::Interval> find(std::size_t, std::uint32_t) const override { return {}; }
};

class FirstCodingSession final : public tandem::CodingSession {
  void step(std::span<const tandem::Token>, std::span<const std::uint8_t>) override {}
  const tandem::Distribution& distribution() const override { return distribution_; }
  FirstDistribution distribution_;
};

class FirstLaw final : public tandem::Law {
  bool applies() const override { return true; }
  void log_likelihood(const tandem::Observation&, std::span<const float>, tandem::Ragged<float>&) const override {}
};

class FirstSelfDecoding final : public tandem::Code, public tandem::Decoding {
  void fields(tandem::Fields&) override {}
  void ready(const tandem::Environment&) override {}
  void bind(tandem::Component&) override {}
  tandem::Exactness exactness() const override { return tandem::Exactness::none; }
  std::size_t k() const override { return 1; }
  std::size_t n() const override { return 1; }
  tandem::Bits encode(const tandem::Bits&) const override { return {}; }
  const tandem::SparseMatrix* checks() const override { return nullptr; }
  std::span<const std::uint32_t> information_positions() const override { return {}; }
  const char* default_decoder() const override { return nullptr; }
  tandem::Needs needs() const override { return tandem::Needs::both; }
  tandem::Decoded decode(const tandem::Reception&) const override { return {}; }
};

class FirstChannelOfAll final : public tandem::Channel {
  tandem::Observation transmit(const tandem::Symbols&, float, const tandem::Noise&) const override { return {}; }
  bool has_snr() const override { return false; }
  bool linear() const override { return false; }
};

class FirstAnalogModem final : public tandem::AnalogModem {
  int dimensions_per_use() const override { return 1; }
  tandem::Symbols modulate(const tandem::Features&) const override { return {}; }
  tandem::Features demodulate(const tandem::Observation&) const override { return {}; }
};

class FirstFunctions final : public tandem::Metric, public tandem::ComparesTexts {
  unsigned needs() const override { return 0; }
  std::vector<std::string> quantities() const override { return {}; }
  std::vector<tandem::Row> rows() const override { return {}; }
  void measure(const tandem::Exchange&, std::span<double>) const override {}
  double evaluate(std::size_t, std::span<const double>, std::uint64_t) const override { return 0; }
};

class FirstProgress final : public tandem::Progress {
  void at(double, double) override {}
  bool stop_asked() const override { return true; }
};

}  // namespace
