#pragma once

#include <cmath>
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <tandem/neural/code_transformer.hpp>
#include <vector>

/// The code transformers again, in double, as the papers write them: dense masks, nothing shared with the kernels.
class SlowTransformer final {
 public:
  using Matrix = std::vector<std::vector<double>>;

  SlowTransformer(const tandem::neural::CodeTransformer& model, const tandem::SparseMatrix& checks)
      : shape_(model.shape()), tensors_(model.tensors()), checks_(checks) {
    for (std::size_t t = 0; t < tensors_.size(); ++t) index_[tensors_[t].name] = t;
  }

  std::vector<double> logits(const std::vector<double>& parameters, const std::vector<double>& input) const {
    values_ = &parameters;
    const std::size_t T = shape_.tokens(), d = shape_.width;
    Matrix x(T, std::vector<double>(d));
    const double* embedding = at("embedding");
    for (std::size_t t = 0; t < T; ++t)
      for (std::size_t c = 0; c < d; ++c) x[t][c] = input[t] * embedding[t * d + c];
    const bool self = shape_.attention == tandem::neural::CodeTransformerShape::Attention::self;
    for (std::size_t l = 0; l < shape_.layers; ++l) {
      const std::string name = "layers." + std::to_string(l) + ".";
      if (self) {
        Matrix a = norm(name + "attention_norm", x);
        add(x, 0, attention(name, a, a, mask()));
        add(x, 0, feed_forward(name, x));
      } else {
        Matrix bits(x.begin(), x.begin() + static_cast<long>(shape_.n)), checks(x.begin() + static_cast<long>(shape_.n), x.end());
        add(bits, 0, attention(name, norm(name + "attention_norm", bits), checks, tanner(false)));
        add(bits, 0, feed_forward(name, bits));
        add(checks, 0, attention(name, norm(name + "attention_norm", checks), bits, tanner(true)));
        add(checks, 0, feed_forward(name, checks));
        for (std::size_t t = 0; t < T; ++t) x[t] = t < shape_.n ? bits[t] : checks[t - shape_.n];
      }
      if (shape_.layers > 1 && l + 1 == shape_.layers / 2) x = norm("middle_norm", x);
    }
    x = norm("final_norm", x);
    const Matrix score = linear("head", x);
    Matrix row(1, std::vector<double>(T));
    for (std::size_t t = 0; t < T; ++t) row[0][t] = score[t][0];
    return linear("output", row)[0];
  }

 private:
  const double* at(const std::string& name) const { return values_->data() + tensors_[index_.at(name)].offset; }

  std::vector<std::vector<bool>> mask() const {
    const std::size_t n = shape_.n, T = shape_.tokens();
    std::vector<std::vector<bool>> out(T, std::vector<bool>(T, false));
    for (std::size_t t = 0; t < T; ++t) out[t][t] = true;
    for (std::size_t i = 0; i < shape_.m; ++i)
      for (const auto j : checks_.row(i))
        for (const auto k : checks_.row(i))
          if (j != k) out[j][k] = out[n + i][j] = out[j][n + i] = true;
    return out;
  }
  std::vector<std::vector<bool>> tanner(bool checks_ask) const {
    std::vector<std::vector<bool>> out(checks_ask ? shape_.m : shape_.n, std::vector<bool>(checks_ask ? shape_.n : shape_.m));
    for (std::size_t i = 0; i < shape_.m; ++i)
      for (const auto j : checks_.row(i)) (checks_ask ? out[i][j] : out[j][i]) = true;
    return out;
  }

  Matrix linear(const std::string& name, const Matrix& x) const {
    const auto& shape = tensors_[index_.at(name + ".weight")].shape;
    Matrix y(x.size(), std::vector<double>(shape[0]));
    const double *weight = at(name + ".weight"), *bias = at(name + ".bias");
    for (std::size_t t = 0; t < x.size(); ++t)
      for (std::size_t o = 0; o < shape[0]; ++o) {
        y[t][o] = bias[o];
        for (std::size_t i = 0; i < shape[1]; ++i) y[t][o] += weight[o * shape[1] + i] * x[t][i];
      }
    return y;
  }

  Matrix norm(const std::string& name, Matrix x) const {
    const double *weight = at(name + ".weight"), *bias = at(name + ".bias");
    for (auto& row : x) {
      double mean = 0, variance = 0;
      for (const double v : row) mean += v / static_cast<double>(row.size());
      for (const double v : row) variance += (v - mean) * (v - mean) / static_cast<double>(row.size());
      for (std::size_t c = 0; c < row.size(); ++c)
        row[c] = (row[c] - mean) / std::sqrt(variance + 1e-5) * weight[c] + bias[c];
    }
    return x;
  }

  Matrix attention(const std::string& layer, const Matrix& queries, const Matrix& sources,
                   const std::vector<std::vector<bool>>& allowed) const {
    const Matrix q = linear(layer + "attention.query", queries), k = linear(layer + "attention.key", sources),
                 v = linear(layer + "attention.value", sources);
    const std::size_t dk = shape_.width / shape_.heads;
    Matrix mixed(q.size(), std::vector<double>(shape_.width, 0.0));
    for (std::size_t h = 0; h < shape_.heads; ++h)
      for (std::size_t a = 0; a < q.size(); ++a) {
        std::vector<double> weight(k.size(), 0.0);
        double sum = 0;
        for (std::size_t b = 0; b < k.size(); ++b) {
          if (!allowed[a][b]) continue;
          double score = 0;
          for (std::size_t c = h * dk; c < (h + 1) * dk; ++c) score += q[a][c] * k[b][c];
          sum += weight[b] = std::exp(score / std::sqrt(static_cast<double>(dk)));
        }
        for (std::size_t b = 0; b < k.size(); ++b)
          for (std::size_t c = h * dk; c < (h + 1) * dk; ++c) mixed[a][c] += weight[b] / sum * v[b][c];
      }
    return linear(layer + "attention.output", mixed);
  }

  Matrix feed_forward(const std::string& layer, const Matrix& x) const {
    Matrix hidden = linear(layer + "feed_forward.0", norm(layer + "feed_forward_norm", x));
    for (auto& row : hidden)
      for (double& u : row) u *= 0.5 * (1 + std::erf(u / std::sqrt(2.0)));
    return linear(layer + "feed_forward.1", hidden);
  }

  static void add(Matrix& x, std::size_t first, const Matrix& y) {
    for (std::size_t t = 0; t < y.size(); ++t)
      for (std::size_t c = 0; c < y[t].size(); ++c) x[first + t][c] += y[t][c];
  }

  tandem::neural::CodeTransformerShape shape_;
  std::vector<tandem::neural::CodeTransformer::Tensor> tensors_;
  tandem::SparseMatrix checks_;
  std::map<std::string, std::size_t> index_;
  mutable const std::vector<double>* values_ = nullptr;
};
