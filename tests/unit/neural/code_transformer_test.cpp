#include <tandem/neural/code_transformer.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <tandem/code.hpp>
#include <tandem/noise.hpp>

#include "slow_transformer.hpp"
#include "support/support.hpp"

namespace {

using tandem::neural::CodeTransformer;
using tandem::neural::CodeTransformerShape;
using Attention = CodeTransformerShape::Attention;

std::shared_ptr<tandem::Code> array_code(int p, int rows) {
  return tandem::test::make<tandem::Code>("array-ldpc",
                                          "{\"p\": " + std::to_string(p) + ", \"rows\": " + std::to_string(rows) + "}");
}
std::shared_ptr<tandem::Code> file_code(const std::filesystem::path& path) {
  return tandem::test::make<tandem::Code>("parity-check", "{\"matrix\": \"" + path.string() + "\"}");
}

CodeTransformerShape shape_of(const tandem::SparseMatrix& checks, Attention attention, std::size_t layers = 6,
                              std::size_t width = 32, std::size_t heads = 8) {
  return {.attention = attention, .n = checks.columns(), .m = checks.rows(), .layers = layers, .width = width, .heads = heads};
}

/// Magnitudes, then the signs of the syndrome of the hard decision.
std::vector<float> input_of(const tandem::SparseMatrix& checks, const std::vector<float>& y) {
  std::vector<float> out;
  for (const float value : y) out.push_back(std::abs(value));
  for (std::size_t r = 0; r < checks.rows(); ++r) {
    float sign = 1;
    for (const auto bit : checks.row(r))
      if (y[bit] < 0) sign = -sign;
    out.push_back(sign);
  }
  return out;
}

std::vector<float> received(const tandem::SparseMatrix& checks, std::uint64_t seed, std::size_t rows, float sigma,
                            std::vector<std::uint8_t>* flipped = nullptr) {
  std::vector<float> out;
  std::vector<float> y(checks.columns());
  for (std::size_t row = 0; row < rows; ++row) {
    tandem::Noise(seed, "test", 0).normals(row, y);
    for (float& value : y) value = 1 + sigma * value;
    const auto input = input_of(checks, y);
    out.insert(out.end(), input.begin(), input.end());
    if (flipped)
      for (const float value : y) flipped->push_back(value < 0);
  }
  return out;
}

std::vector<float> infer(const CodeTransformer& model, const std::vector<float>& input) {
  std::vector<float> out(input.size() / model.shape().tokens() * model.shape().n);
  model.infer(input, out);
  return out;
}

TEST(CodeTransformer, ParametersAreCountedAsInThePaper) {
  struct Row {
    int p, rows;
    std::size_t layers, width, parameters, pairs;
  };
  for (const Row& row : {Row{7, 4, 6, 32, 82671, 1645}, Row{7, 4, 6, 64, 308975, 1645}, Row{7, 4, 6, 128, 1203951, 1645},
                         Row{7, 4, 2, 32, 31855, 1645}, Row{7, 4, 2, 128, 410863, 1645}, Row{11, 6, 6, 32, 105117, 8899},
                         Row{11, 6, 6, 64, 334941, 8899}, Row{11, 6, 6, 128, 1236957, 8899}, Row{11, 5, 2, 32, 0, 7436},
                         Row{11, 4, 2, 32, 0, 5973}}) {
    const auto code = array_code(row.p, row.rows);
    const CodeTransformer model(shape_of(*code->checks(), Attention::self, row.layers, row.width), *code->checks());
    if (row.parameters != 0) {
      EXPECT_EQ(model.parameters().size(), row.parameters);
    }
    EXPECT_EQ(model.attended_pairs(), row.pairs);
  }
  const auto code = array_code(7, 4);
  const CodeTransformer cross(shape_of(*code->checks(), Attention::cross), *code->checks());
  EXPECT_EQ(cross.parameters().size(), 82671u);
  EXPECT_EQ(cross.attended_pairs(), 392u);
}

TEST(CodeTransformer, PairsOfPublishedMatrices) {
  const std::pair<const char*, std::size_t> rows[] = {
      {"CCSDS_N128_K64.alist", 4800}, {"MACKAY_N96_K48.alist", 2160}, {"BCH_N31_K16.txt", 826},    {"BCH_N63_K36.txt", 3930},
      {"BCH_N63_K45.txt", 4191},      {"BCH_N63_K51.txt", 4143},      {"POLAR_N64_K32.txt", 5280}, {"POLAR_N64_K48.txt", 4912},
      {"POLAR_N128_K64.txt", 20032},  {"POLAR_N128_K86.txt", 19338}};
  for (const auto& [name, pairs] : rows) {
    TANDEM_REQUIRE_DATA(path, std::string("codes/ecct/") + name);
    const auto code = file_code(path);
    EXPECT_EQ(CodeTransformer(shape_of(*code->checks(), Attention::self, 1), *code->checks()).attended_pairs(), pairs) << name;
  }
}

/// The deterministic filling whose outputs are known in double from the published model class. Its order of tensors puts
/// the two norms of a layer behind its linear layers, as ours does.
void fill(CodeTransformer& model) {
  std::size_t t = 0;
  for (const auto& tensor : model.tensors()) {
    for (std::size_t i = 0; i < tensor.size(); ++i) {
      const double v = 0.2 * std::sin(0.7 * static_cast<double>(i) + 1.3 * static_cast<double>(t));
      const bool gain = tensor.name.find("norm") != std::string::npos && tensor.name.ends_with("weight");
      model.parameters()[tensor.offset + i] = static_cast<float>(gain ? 1 + v : v);
    }
    ++t;
  }
  model.prepare();
}

void expect_vector(const tandem::SparseMatrix& checks, std::size_t layers, double w, double phase,
                   const std::vector<double>& first, double sum, double squares) {
  CodeTransformer model(shape_of(checks, Attention::self, layers), checks);
  fill(model);
  std::vector<float> y;
  for (std::size_t j = 0; j < checks.columns(); ++j)
    y.push_back(static_cast<float>(std::cos(w * static_cast<double>(j) + phase) + 0.6));
  const auto f = infer(model, input_of(checks, y));
  double total = 0, energy = 0;
  for (const float value : f) total += value, energy += static_cast<double>(value) * value;
  for (std::size_t j = 0; j < first.size(); ++j) EXPECT_NEAR(f[j], first[j], 2e-5) << j;
  EXPECT_NEAR(total, sum, 2e-4);
  EXPECT_NEAR(energy, squares, 2e-4);
}

TEST(CodeTransformer, ForwardVectors) {
  const auto code = array_code(7, 4);
  expect_vector(*code->checks(), 6, 0.9, 0, {-0.01040595, -0.18762647, -0.13651275, -0.22901253, 0.01226014, 0.05728045},
                -0.57334803, 1.11077070);
  expect_vector(*code->checks(), 2, 0.9, 0, {0.17597014, 0.13518258, 0.01350275, -0.15431551, -0.16214052, -0.20793958},
                0.14732983, 1.00447719);
}

TEST(CodeTransformer, ForwardVectorOfADenseMatrix) {
  TANDEM_REQUIRE_DATA(path, "codes/ecct/BCH_N63_K45.txt");
  expect_vector(*file_code(path)->checks(), 6, 1.7, 0.2,
                {0.04226252, -0.08144757, -0.13838488, -0.10282465, 0.00682825, 0.13673383}, 0.00979039, 1.31181767);
}

TEST(CodeTransformer, ReleasedWeights) {
  struct Case {
    const char* file;
    bool errors;
    std::vector<double> z;  // of bits 0 to 5, 20 and 48
    double sum;
  };
  const Case cases[] = {
      {"awgn", false, {18.4216, 15.2780, 17.4174, 17.4218, 17.6601, 18.3035, 16.6704, 15.6743}, 853.382},
      {"awgn", true, {10.2714, 10.9061, 16.3852, -10.5455, 17.3725, 16.0301, -9.4922, 10.8564}, 694.742},
      {"rayleigh", false, {15.6987, 17.5130, 15.4138, 15.0607, 13.2688, 15.2613, 15.9573, 17.1182}, 780.494},
      {"rayleigh", true, {11.7270, 12.7718, 19.0535, -12.4936, 18.8835, 18.0310, -12.8443, 14.2416}, 791.603}};
  TANDEM_REQUIRE_DATA(matrix, "llm-sscc/ldpc_49_24_released.alist");
  const auto code = file_code(matrix);
  for (const Case& c : cases) {
    TANDEM_REQUIRE_DATA(weights, std::string("llm-sscc/ecct_49_24_") + c.file + ".safetensors");
    CodeTransformer model(shape_of(*code->checks(), Attention::self), *code->checks());
    EXPECT_EQ(model.attended_pairs(), 1447u);
    model.load(tandem::Safetensors(weights.string()));
    std::vector<float> y(49, 1.0f);
    if (c.errors) {
      for (std::size_t j = 0; j < y.size(); ++j) y[j] = 1 - 0.05f * static_cast<float>(j % 7);
      y[3] = -0.2f, y[20] = -0.1f;
    }
    const auto z = infer(model, input_of(*code->checks(), y));
    const std::size_t bits[] = {0, 1, 2, 3, 4, 5, 20, 48};
    for (std::size_t i = 0; i < 8; ++i) EXPECT_NEAR(z[bits[i]], c.z[i], 2e-3) << c.file << " bit " << bits[i];
    double sum = 0;
    for (const float value : z) sum += value;
    EXPECT_NEAR(sum, c.sum, 0.02);
  }
}

class BothArchitectures : public ::testing::TestWithParam<Attention> {};

TEST_P(BothArchitectures, AgreesWithASlowNetwork) {
  for (const auto& [layers, width, heads] : {std::array<std::size_t, 3>{6, 32, 8}, {1, 24, 3}, {3, 20, 10}, {2, 64, 4}}) {
    const auto code = array_code(5, 3);
    const auto& checks = *code->checks();
    CodeTransformer model(shape_of(checks, GetParam(), layers, width, heads), checks);
    model.initialize(7);
    const SlowTransformer slow(model, checks);
    const std::vector<double> parameters(model.parameters().begin(), model.parameters().end());
    const auto input = received(checks, 3, 37, 0.7f);
    const auto fast = infer(model, input);
    const std::size_t tokens = checks.columns() + checks.rows(), n = checks.columns();
    for (std::size_t row = 0; row < 37; ++row) {
      const auto exact = slow.logits(parameters, {input.begin() + static_cast<long>(row * tokens),
                                                  input.begin() + static_cast<long>((row + 1) * tokens)});
      for (std::size_t j = 0; j < n; ++j) ASSERT_NEAR(fast[row * n + j], exact[j], 1e-5 * (1 + std::abs(exact[j])));
    }
  }
}

TEST_P(BothArchitectures, GradientIsThatOfTheSlowNetwork) {
  const auto code = array_code(5, 3);
  const auto& checks = *code->checks();
  for (const std::size_t layers : {1, 3}) {
    CodeTransformer model(shape_of(checks, GetParam(), layers, 16, 4), checks);
    model.initialize(11);
    const SlowTransformer slow(model, checks);
    std::vector<std::uint8_t> flipped;
    constexpr std::size_t rows = 19;  // not a multiple of the lanes
    const auto input = received(checks, 5, rows, 0.8f, &flipped);
    std::vector<float> gradient(model.parameters().size(), 0.0f);
    const double loss = model.learn(input, flipped, 1, gradient);

    std::vector<double> parameters(model.parameters().begin(), model.parameters().end());
    const std::size_t tokens = checks.columns() + checks.rows();
    const auto slow_loss = [&] {
      double sum = 0;
      for (std::size_t row = 0; row < rows; ++row) {
        const auto f = slow.logits(parameters, {input.begin() + static_cast<long>(row * tokens),
                                                input.begin() + static_cast<long>((row + 1) * tokens)});
        for (std::size_t j = 0; j < f.size(); ++j)
          sum += std::max(-f[j], 0.0) + std::log1p(std::exp(-std::abs(f[j]))) + flipped[row * f.size() + j] * f[j];
      }
      return sum / static_cast<double>(flipped.size());
    };
    EXPECT_NEAR(loss, slow_loss(), 1e-6);
    // Some values of every tensor, by central differences.
    for (const auto& tensor : model.tensors()) {
      for (std::size_t k = 0; k < std::min<std::size_t>(tensor.size(), 5); ++k) {
        const std::size_t at = tensor.offset + (k * 7919) % tensor.size();
        const double kept = parameters[at], step = 1e-4;
        parameters[at] = kept + step;
        const double above = slow_loss();
        parameters[at] = kept - step;
        const double below = slow_loss();
        parameters[at] = kept;
        EXPECT_NEAR(gradient[at], (above - below) / (2 * step), 2e-6) << tensor.name << " " << at - tensor.offset;
      }
    }
  }
}

TEST_P(BothArchitectures, CutsDoNotMatter) {
  const auto code = array_code(7, 4);
  const auto& checks = *code->checks();
  CodeTransformer model(shape_of(checks, GetParam(), 2), checks);
  model.initialize(1);
  const auto input = received(checks, 9, 50, 0.6f);
  const auto whole = infer(model, input);
  const std::size_t tokens = model.shape().tokens(), n = model.shape().n;
  for (const std::size_t cut : {1, 3, 16, 17}) {
    std::vector<float> pieces;
    for (std::size_t row = 0; row < 50; row += cut) {
      const std::size_t count = std::min<std::size_t>(cut, 50 - row);
      const auto piece = infer(model, {input.begin() + static_cast<long>(row * tokens),
                                       input.begin() + static_cast<long>((row + count) * tokens)});
      pieces.insert(pieces.end(), piece.begin(), piece.end());
    }
    EXPECT_EQ(pieces, whole) << cut;
  }
  EXPECT_EQ(whole.size(), 50 * n);
}

INSTANTIATE_TEST_SUITE_P(Attention, BothArchitectures, ::testing::Values(Attention::self, Attention::cross),
                         [](const auto& info) { return info.param == Attention::self ? "self" : "cross"; });

}  // namespace
