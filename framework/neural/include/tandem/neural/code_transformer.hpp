#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <tandem/safetensors.hpp>
#include <tandem/sparse_matrix.hpp>
#include <vector>

/// What neural plugins need to run without libtorch.
namespace tandem::neural {

/// Sizes of a transformer over the tokens of a code: n magnitudes, then m syndrome bits.
struct CodeTransformerShape final {
  enum class Attention : std::uint8_t {
    self,   ///< ECCT (Choukroun and Wolf, NeurIPS 2022): tokens that share a check see each other, in one attention
    cross,  ///< CrossMPT (Park et al., ICLR 2025): magnitudes ask the checks they stand in, then checks the magnitudes
  };
  Attention attention = Attention::self;
  std::size_t n = 0, m = 0;
  std::size_t layers = 6, width = 32, heads = 8;

  std::size_t tokens() const { return n + m; }
  std::size_t hidden() const { return 4 * width; }
};

/// A transformer that decodes a linear code: from the magnitudes of what was received and the syndrome of its hard
/// decision it tells which bits to flip. Both architectures have the same tensors; they differ in who attends to whom.
///
/// One SIMD lane holds one word, and no step mixes lanes: a word's result is the same bits on AVX2 and AVX-512, in any
/// batch and on any thread. What was learned is one flat vector, so that optimisers need no structure.
///
/// Immutable but for `parameters()`; const calls are thread-safe.
class CodeTransformer final {
 public:
  struct Tensor final {
    std::string name;
    std::vector<std::size_t> shape;
    std::size_t offset;  ///< of its first value among the parameters
    std::size_t size() const;
  };

  /// Values in all tensors of a network of that shape, known before anything is allocated. Throws Error for an illegal one.
  static std::size_t parameters_of(const CodeTransformerShape& shape);

  /// Who may attend to whom follows from `checks` (m x n). Throws Error where the sizes do not fit each other.
  CodeTransformer(const CodeTransformerShape& shape, const SparseMatrix& checks);
  ~CodeTransformer();
  CodeTransformer(const CodeTransformer&) = delete;
  CodeTransformer& operator=(const CodeTransformer&) = delete;

  const CodeTransformerShape& shape() const;
  const std::vector<Tensor>& tensors() const;
  /// Pairs of query and key that a layer looks at, of tokens() squared.
  std::size_t attended_pairs() const;

  /// All values, tensor after tensor. After a change call `prepare`.
  std::span<float> parameters();
  std::span<const float> parameters() const;
  void prepare();

  /// Takes the values of a file whose tensors have these names and shapes, in any floating-point type.
  void load(const Safetensors& file);
  void save(SafetensorsWriter& file, Safetensors::Type type) const;

  /// Xavier-uniform matrices, biases as a linear layer of that many inputs has them by default, norms one and zero.
  void initialize(std::uint64_t seed);

  /// `input`: rows of n magnitudes |y| and m signs, +1 for a satisfied check, -1 else. `logits`: rows of n values, positive
  /// where the received bit keeps its sign.
  void infer(std::span<const float> input, std::span<float> logits) const;

  /// Mean over rows and bits of the binary cross-entropy of `flipped` (rows of n: 1 where the received bit is wrong), in
  /// nats, and, added to `gradient`, its derivative by each parameter, times `weight`. Sums follow the order of rows, in groups
  /// of one SIMD vector: the result depends on the machine's vector length, but not on threads.
  double learn(std::span<const float> input, std::span<const std::uint8_t> flipped, float weight, std::span<float> gradient) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Appends what such a network sees of one received word (n values of y): magnitudes, then checks. Fills `hard` with its hard
/// decisions. Magnitudes end at 16, beyond which noise makes nothing of +-1 that is known better, and NaN is an erasure.
void append_input(std::span<const float> y, const SparseMatrix& checks, std::vector<float>& input, std::span<std::uint8_t> hard);

/// A matrix's name in files: SHA-256 over "<rows> <columns>\n" and, a line a row, the columns of its ones.
std::string fingerprint(const SparseMatrix& checks);

}  // namespace tandem::neural
