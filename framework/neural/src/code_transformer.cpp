#include <sha2.h>
#include <xmmintrin.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tandem/error.hpp>
#include <tandem/neural/code_transformer.hpp>
#include <tandem/noise.hpp>

#include "code_transformer_network.hpp"

namespace tandem::neural {

void run_inference(const Network& network, const float* input, std::size_t rows, float* logits);
void run_lesson(const Network& network, const float* input, std::size_t rows, Lesson& lesson);

namespace {

using Tensor = CodeTransformer::Tensor;
using Attention = CodeTransformerShape::Attention;

/// Tokens that share a check see each other, and a check and its bits do: the code-aware mask of ECCT. A check of one
/// bit links nothing, as in the published code.
std::vector<std::vector<std::uint32_t>> code_aware(const SparseMatrix& checks) {
  const auto n = static_cast<std::uint32_t>(checks.columns()), m = static_cast<std::uint32_t>(checks.rows());
  std::vector<std::vector<std::uint32_t>> keys(n + m);
  for (std::uint32_t t = 0; t < n + m; ++t) keys[t] = {t};
  for (std::uint32_t check = 0; check < m; ++check) {
    const auto row = checks.row(check);
    if (row.size() < 2) continue;
    for (const auto bit : row) {
      keys[bit].insert(keys[bit].end(), row.begin(), row.end());
      keys[bit].push_back(n + check);
      keys[n + check].push_back(bit);
    }
  }
  for (auto& list : keys) {
    std::sort(list.begin(), list.end());
    list.erase(std::unique(list.begin(), list.end()), list.end());
  }
  return keys;
}

Neighbours compressed(const std::vector<std::vector<std::uint32_t>>& lists) {
  Neighbours out;
  for (const auto& list : lists) {
    out.keys.insert(out.keys.end(), list.begin(), list.end());
    out.ends.push_back(static_cast<std::uint32_t>(out.keys.size()));
  }
  return out;
}

std::vector<Step> steps_of(Attention attention, const SparseMatrix& checks) {
  const std::size_t n = checks.columns(), m = checks.rows();
  if (attention == Attention::self) return {{0, n + m, 0, n + m, true, compressed(code_aware(checks))}};
  std::vector<std::vector<std::uint32_t>> of_bits(n), of_checks(m);
  for (std::uint32_t bit = 0; bit < n; ++bit)
    for (const auto check : checks.column(bit)) of_bits[bit].push_back(static_cast<std::uint32_t>(n) + check);
  for (std::uint32_t check = 0; check < m; ++check) of_checks[check].assign(checks.row(check).begin(), checks.row(check).end());
  return {{0, n, n, m, false, compressed(of_bits)}, {n, m, 0, n, false, compressed(of_checks)}};
}

/// While it lives, subnormal numbers count as zero. Gradients are full of them, and each costs a hundred cycles.
class FlushSubnormals final {
 public:
  FlushSubnormals() : before_(_mm_getcsr()) { _mm_setcsr(before_ | 0x8040); }
  ~FlushSubnormals() { _mm_setcsr(before_); }
  FlushSubnormals(const FlushSubnormals&) = delete;
  FlushSubnormals& operator=(const FlushSubnormals&) = delete;

 private:
  unsigned before_;
};

std::size_t most_keys(const Neighbours& neighbours) {
  std::uint32_t begin = 0;
  std::size_t most = 1;
  for (const auto end : neighbours.ends) {
    most = std::max<std::size_t>(most, end - begin);
    begin = end;
  }
  return most;
}

}  // namespace

std::size_t Tensor::size() const {
  return std::accumulate(shape.begin(), shape.end(), std::size_t{1}, std::multiplies<>());
}

struct CodeTransformer::State final {
  Network network;
  std::vector<Tensor> tensors;
  std::size_t turned = 0;

  /// Names and places of all tensors; allocates nothing that grows with the width.
  void lay_out(const CodeTransformerShape& shape) {
    const auto head_width = shape.heads == 0 ? 0 : shape.width / shape.heads;
    if (shape.heads == 0 || shape.layers == 0 || shape.layers > 1000 || shape.width == 0 || shape.width > 65536 || shape.width % shape.heads != 0 ||
        (head_width != 2 && head_width != 4 && head_width != 8 && head_width != 16))
      throw Error("a head of the transformer must be 2, 4, 8 or 16 wide: width over heads");
    network.shape = shape;
    turned = shape.tokens() * shape.n;  // of the output layer
    network.embedding = add("embedding", {shape.tokens(), shape.width});
    for (std::size_t l = 0; l < shape.layers; ++l) {
      const std::string name = "layers." + std::to_string(l) + ".";
      Layer layer;
      layer.query = linear(name + "attention.query", shape.width, shape.width);
      layer.key = linear(name + "attention.key", shape.width, shape.width);
      layer.value = linear(name + "attention.value", shape.width, shape.width);
      layer.output = linear(name + "attention.output", shape.width, shape.width);
      layer.widen = linear(name + "feed_forward.0", shape.width, shape.hidden());
      layer.narrow = linear(name + "feed_forward.1", shape.hidden(), shape.width);
      layer.attention = norm(name + "attention_norm");
      layer.feed_forward = norm(name + "feed_forward_norm");
      network.layers.push_back(layer);
    }
    network.final = norm("final_norm");
    if (shape.layers > 1) network.middle = norm("middle_norm");
    network.head_weight = add("head.weight", {1, shape.width});
    network.head_bias = add("head.bias", {1});
    network.output_weight = add("output.weight", {shape.n, shape.tokens()});
    network.output_bias = add("output.bias", {shape.n});
  }
  std::size_t parameters() const { return tensors.back().offset + tensors.back().size(); }

  std::size_t add(std::string name, std::vector<std::size_t> shape) {
    const std::size_t offset = tensors.empty() ? 0 : parameters();
    tensors.push_back({std::move(name), std::move(shape), offset});
    return offset;
  }
  Linear linear(const std::string& name, std::size_t inputs, std::size_t outputs) {
    Linear out{.weight = add(name + ".weight", {outputs, inputs}), .bias = add(name + ".bias", {outputs}),
               .inputs = inputs, .outputs = outputs, .turned = turned};
    turned += inputs * outputs;
    return out;
  }
  Norm norm(const std::string& name) {
    const std::size_t width = network.shape.width;
    return {.weight = add(name + ".weight", {width}), .bias = add(name + ".bias", {width})};
  }
  void turn(std::size_t weight, std::size_t inputs, std::size_t outputs, std::size_t to) {
    for (std::size_t o = 0; o < outputs; ++o)
      for (std::size_t i = 0; i < inputs; ++i)
        network.turned[to + i * outputs + o] = network.parameters[weight + o * inputs + i];
  }
};

std::size_t CodeTransformer::parameters_of(const CodeTransformerShape& shape) {
  State state;
  state.lay_out(shape);
  return state.parameters();
}

CodeTransformer::CodeTransformer(const CodeTransformerShape& shape, const SparseMatrix& checks)
    : state_(std::make_unique<State>()) {
  if (shape.n != checks.columns() || shape.m != checks.rows() || shape.n == 0 || shape.m == 0)
    throw Error("the transformer's sizes are not those of the parity-check matrix");
  if (shape.attention == Attention::cross) {
    for (std::size_t bit = 0; bit < shape.n; ++bit)
      if (checks.column(bit).empty())
        throw Error("bit " + std::to_string(bit) + " stands in no check, so that cross attention has nothing to ask");
    for (std::size_t check = 0; check < shape.m; ++check)
      if (checks.row(check).empty()) throw Error("check " + std::to_string(check) + " holds no bit");
  }
  state_->lay_out(shape);
  Network& network = state_->network;
  network.steps = steps_of(shape.attention, checks);
  for (const Step& step : network.steps) network.most_keys = std::max(network.most_keys, most_keys(step.neighbours));
  network.turned.resize(state_->turned);
  network.parameters.resize(state_->parameters());
  prepare();
}

CodeTransformer::~CodeTransformer() = default;

const CodeTransformerShape& CodeTransformer::shape() const { return state_->network.shape; }
const std::vector<Tensor>& CodeTransformer::tensors() const { return state_->tensors; }
std::span<float> CodeTransformer::parameters() { return state_->network.parameters; }
std::span<const float> CodeTransformer::parameters() const { return state_->network.parameters; }

std::size_t CodeTransformer::attended_pairs() const {
  std::size_t pairs = 0;
  for (const Step& step : state_->network.steps) pairs += step.neighbours.keys.size();
  return pairs;
}

void CodeTransformer::prepare() {
  Network& network = state_->network;
  state_->turn(network.output_weight, network.shape.tokens(), network.shape.n, 0);
  for (const Layer& layer : network.layers)
    for (const Linear* linear : {&layer.query, &layer.key, &layer.value, &layer.output, &layer.widen, &layer.narrow})
      state_->turn(linear->weight, linear->inputs, linear->outputs, linear->turned);
}

void CodeTransformer::load(const Safetensors& file) {
  for (const Tensor& tensor : state_->tensors) {
    const std::vector<float> values = file.floats(tensor.name, tensor.shape);
    std::copy(values.begin(), values.end(), state_->network.parameters.begin() + static_cast<std::ptrdiff_t>(tensor.offset));
  }
  if (file.tensors().size() != state_->tensors.size())
    for (const auto& tensor : file.tensors())
      if (std::none_of(state_->tensors.begin(), state_->tensors.end(), [&](const Tensor& t) { return t.name == tensor.name; }))
        throw Error("tensor '" + tensor.name + "' does not belong to this network", file.path());
  prepare();
}

void CodeTransformer::save(SafetensorsWriter& file, Safetensors::Type type) const {
  for (const Tensor& tensor : state_->tensors)
    file.add(tensor.name, tensor.shape, parameters().subspan(tensor.offset, tensor.size()), type);
}

void CodeTransformer::initialize(std::uint64_t seed) {
  std::size_t inputs = 1;  // of the weight before a bias
  std::size_t index = 0;
  for (const Tensor& tensor : state_->tensors) {
    const auto values = parameters().subspan(tensor.offset, tensor.size());
    const bool norm = tensor.name.find("norm") != std::string::npos;
    const bool weight = tensor.shape.size() == 2;
    if (weight) inputs = tensor.shape[1];
    if (norm) {
      std::fill(values.begin(), values.end(), tensor.name.ends_with("weight") ? 1.0f : 0.0f);
    } else {
      Noise(seed, "weights", index).uniforms(0, values);
      const double bound = weight ? std::sqrt(6.0 / static_cast<double>(tensor.shape[0] + tensor.shape[1]))
                                  : 1 / std::sqrt(static_cast<double>(inputs));
      for (float& value : values) value = static_cast<float>(bound) * (2 * value - 1);
    }
    ++index;
  }
  prepare();
}

void CodeTransformer::infer(std::span<const float> input, std::span<float> logits) const {
  const std::size_t rows = input.size() / shape().tokens();
  if (rows * shape().tokens() != input.size() || rows * shape().n != logits.size())
    throw Error("the transformer takes rows of n + m values and gives rows of n");
  run_inference(state_->network, input.data(), rows, logits.data());
}

double CodeTransformer::learn(std::span<const float> input, std::span<const std::uint8_t> flipped, float weight,
                              std::span<float> gradient) const {
  const std::size_t rows = input.size() / shape().tokens();
  if (rows == 0 || rows * shape().tokens() != input.size() || rows * shape().n != flipped.size() ||
      gradient.size() != parameters().size())
    throw Error("the transformer learns from rows of n + m values and n flags, with a gradient as long as its parameters");
  const double count = static_cast<double>(flipped.size());
  Lesson lesson{flipped.data(), weight / static_cast<float>(flipped.size()), gradient.data(), 0};
  const FlushSubnormals while_learning;
  run_lesson(state_->network, input.data(), rows, lesson);
  return lesson.loss / count;
}

void append_input(std::span<const float> y, const SparseMatrix& checks, std::vector<float>& input, std::span<std::uint8_t> hard) {
  constexpr float largest = 16;
  for (std::size_t j = 0; j < y.size(); ++j) {
    const float magnitude = std::abs(y[j]);
    input.push_back(magnitude <= largest ? magnitude : magnitude > largest ? largest : 0.0f);
    hard[j] = y[j] < 0;
  }
  for (std::size_t check = 0; check < checks.rows(); ++check) {
    std::uint8_t parity = 0;
    for (const auto bit : checks.row(check)) parity ^= hard[bit];
    input.push_back(parity ? -1.0f : 1.0f);
  }
}

std::string fingerprint(const SparseMatrix& checks) {
  std::string text = std::to_string(checks.rows()) + " " + std::to_string(checks.columns()) + "\n";
  for (std::size_t r = 0; r < checks.rows(); ++r) {
    for (const auto column : checks.row(r)) text += std::to_string(column) + " ";
    text += '\n';
  }
  char digits[SHA256_DIGEST_STRING_LENGTH];
  SHA256Data(reinterpret_cast<const std::uint8_t*>(text.data()), text.size(), digits);
  return digits;
}

}  // namespace tandem::neural
