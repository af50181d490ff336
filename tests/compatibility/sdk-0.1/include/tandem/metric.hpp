#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <tandem/batch.hpp>
#include <tandem/plugin.hpp>

namespace tandem {

/// Sums of one frame. Every energy, rate and unified SNR comes from here and is never typed in.
struct Ledger final {
  std::uint64_t source_bits = 0;   ///< 8 a byte of the item, or the source's bits
  std::uint64_t side_bits = 0;     ///< coded bits that are side information
  std::uint64_t genie_bits = 0;    ///< told for free: the number of blocks, as Elias gamma
  std::uint64_t coded_bits = 0;    ///< what entered the channel code, padding not counted
  std::uint64_t uses = 0,          ///< of the channel
      dimensions = 0;              ///< real values sent
  double energy = 0;               ///< sum of squared sent values
  std::uint64_t decode_failures = 0;  ///< 1 for a frame that is not trusted, else 0
};

/// What a metric may look at, for a batch of frames. Pointers and spans are empty where the arm has no such thing.
struct Exchange final {
  std::size_t frames = 0;                                            ///< of this batch
  const Bytes *items_sent = nullptr,                                 ///< a row a frame, as the source yielded it
      *items_received = nullptr;                                     ///< as it came out
  const Tokens *tokens_sent = nullptr,                               ///< a row a frame, without `end`
      *tokens_received = nullptr;                                    ///< as the coder gave them back
  const Bits *bits_sent = nullptr,                                   ///< a row a frame, entering the code (or the modem)
      *bits_received = nullptr;                                      ///< leaving the decoder, padding cut off
  std::size_t k = 0,                                                 ///< information bits of a block; 0 without a code
      n = 0;                                                         ///< code bits of a block; 0 without a code
  std::span<const std::uint32_t> blocks;                             ///< how many blocks each frame has
  std::span<const std::uint32_t> block_bits;                         ///< information bits of each block, padding not counted
  std::span<const std::uint32_t> information_errors;                 ///< wrong ones among them
  std::span<const std::uint32_t> code_errors;                        ///< wrong bits among the n of each block
  std::span<const std::uint8_t> converged;                           ///< of each block
  std::span<const std::uint32_t> iterations;                         ///< of each block
  std::span<const std::uint8_t> wrong,                               ///< of each frame: it came out different
      trusted;                                                       ///< of each frame: every check held
  std::span<const Ledger> ledger;                                    ///< of each frame
};

/// One reported figure, `plugin.name`, from sums over frames of a metric's quantities.
struct Row final {
  /// proportion: sum(numerator) of frames, each 0 or 1 (or of sum(denominator) where that is a number of frames);
  /// share: sum(numerator) / sum(denominator) where no frame's numerator exceeds its denominator, such as wrong bits of all;
  /// ratio: the same of any two quantities; mean: sum(numerator) / frames; function: Metric::evaluate.
  enum class Kind : std::uint8_t { proportion, share, ratio, mean, function };

  std::string name;       ///< behind the plugin's: "info" of ber is `ber.info`; no space, comma or quote
  Kind kind = Kind::mean; ///< decides the interval too
  int numerator = 0;      ///< index of a quantity
  int denominator = -1;   ///< index of a quantity; -1: the number of frames
  std::string unit,       ///< may be empty
      doc;                ///< a line
};

/// Compares what was sent with what came out. Each frame gives a fixed vector of quantities; rows come from their sums.
class TANDEM_API Metric : public Component {
 public:
  static constexpr const char* role = "metric";  ///< the name of the role in configs and manifests
  ~Metric() override;

  /// What it must be given.
  enum Need : unsigned { items = 1, tokens = 2, bits = 4, code_bits = 8, ledger = 16 };
  /// Needs or-ed together. `bits` and `code_bits` bring bits and all spans of blocks. An arm that lacks one of them has no
  /// rows of this metric. The manifest holds what a component without fields says.
  virtual unsigned needs() const = 0;
  /// Names of what `measure` counts in each frame, at least one. Known behind `ready`, the same ever after.
  virtual std::vector<std::string> quantities() const = 0;
  /// The figures that are reported, in this order, at least one. Known behind `ready`, the same ever after.
  virtual std::vector<Row> rows() const = 0;
  /// Writes frames x quantities finite values, a row a frame; the values of one frame depend on that frame alone.
  virtual void measure(const Exchange& exchange, std::span<double> out) const = 0;
  /// The value of a row of kind `function` from the sums of all quantities.
  virtual double evaluate(std::size_t row, std::span<const double> sums, std::uint64_t frames) const;
};

/// Ability of a metric: compares two texts outside any link, a line a frame.
class TANDEM_API ComparesTexts {
 public:
  virtual ~ComparesTexts();
};

}  // namespace tandem
