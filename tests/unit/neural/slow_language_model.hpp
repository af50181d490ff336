#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <tandem/neural/language_model.hpp>
#include <vector>

/// The language models again, in double and with the C library's functions, as the papers write them: a whole sequence
/// at once, nothing kept and nothing shared with the kernels.
class SlowLanguageModel final {
 public:
  using Row = std::vector<double>;
  using Shape = tandem::neural::LanguageShape;
  using Family = tandem::neural::LanguageFamily;

  SlowLanguageModel(const Shape& shape, std::span<const float> parameters) : s_(shape) {
    for (const auto& tensor : tandem::neural::tensors_of(shape)) {
      const auto values = parameters.subspan(tensor.offset, tensor.size());
      tensors_[tensor.name] = Row(values.begin(), values.end());
    }
  }

  struct Prediction {
    Row logits, hidden;
  };
  /// Behind the last of the tokens, which stand at positions 0, 1, ...
  Prediction predict(std::span<const tandem::Token> tokens) const {
    std::vector<Row> x;
    for (std::size_t t = 0; t < tokens.size(); ++t) {
      Row row = slice("embedding", tokens[t] * s_.width, s_.width);
      if (s_.family == Family::lmic)
        for (double& value : row) value *= std::sqrt(static_cast<double>(s_.width));
      if (tensors_.contains("position")) add(row, slice("position", t * s_.width, s_.width));
      x.push_back(row);
    }
    for (std::size_t l = 0; l < s_.layers; ++l) {
      const std::string name = "layers." + std::to_string(l) + ".";
      if (s_.family == Family::lstm)
        recur(name, x);
      else
        layer(name, x);
    }
    Row hidden = x.back();
    if (tensors_.contains("final_norm.weight")) hidden = norm("final_norm", hidden);
    Row logits(s_.vocabulary);
    if (tensors_.contains("head.weight")) {
      logits = linear("head", hidden, s_.vocabulary);
    } else {
      const Row& embedding = at("embedding");
      for (std::size_t v = 0; v < s_.vocabulary; ++v)
        for (std::size_t c = 0; c < s_.width; ++c) logits[v] += hidden[c] * embedding[v * s_.width + c];
      if (tensors_.contains("head.bias")) add(logits, at("head.bias"));
    }
    return {logits, hidden};
  }

 private:
  const Row& at(const std::string& name) const { return tensors_.at(name); }
  Row slice(const std::string& name, std::size_t first, std::size_t count) const {
    const auto begin = at(name).begin() + static_cast<std::ptrdiff_t>(first);
    return {begin, begin + static_cast<std::ptrdiff_t>(count)};
  }
  static void add(Row& to, const Row& what) {
    for (std::size_t i = 0; i < to.size(); ++i) to[i] += what[i];
  }
  Row linear(const std::string& name, const Row& x, std::size_t outputs) const {
    Row y(outputs);
    const Row& weight = at(name + ".weight");
    for (std::size_t i = 0; i < x.size(); ++i)
      for (std::size_t o = 0; o < outputs; ++o) y[o] += x[i] * weight[i * outputs + o];
    if (tensors_.contains(name + ".bias")) add(y, at(name + ".bias"));
    return y;
  }
  Row norm(const std::string& name, const Row& x) const {
    double mean = 0, squares = 0;
    if (s_.family != Family::llama)
      for (const double value : x) mean += value / static_cast<double>(x.size());
    for (const double value : x) squares += (value - mean) * (value - mean) / static_cast<double>(x.size());
    Row y = x;
    for (std::size_t c = 0; c < x.size(); ++c) {
      y[c] = (x[c] - mean) / std::sqrt(squares + 1e-5) * at(name + ".weight")[c];
      if (tensors_.contains(name + ".bias")) y[c] += at(name + ".bias")[c];
    }
    return y;
  }

  void layer(const std::string& name, std::vector<Row>& x) const {
    const bool before = s_.family != Family::lmic;
    const auto branch = [&](const std::string& norm_name, auto function) {
      std::vector<Row> inner = x;
      if (before)
        for (Row& row : inner) row = norm(name + norm_name, row);
      function(inner);
      for (std::size_t t = 0; t < x.size(); ++t) {
        add(x[t], inner[t]);
        if (!before) x[t] = norm(name + norm_name, x[t]);
      }
    };
    branch("attention_norm", [&](std::vector<Row>& rows) { attend(name + "attention.", rows); });
    branch("feed_forward_norm", [&](std::vector<Row>& rows) {
      for (Row& row : rows) row = feed_forward(name + "feed_forward.", row);
    });
  }
  Row feed_forward(const std::string& name, const Row& x) const {
    if (s_.family == Family::llama) {
      Row gate = linear(name + "gate", x, s_.hidden);
      const Row up = linear(name + "up", x, s_.hidden);
      for (std::size_t i = 0; i < gate.size(); ++i) gate[i] *= up[i] / (1 + std::exp(-gate[i]));
      return linear(name + "down", gate, s_.width);
    }
    Row inner = linear(name + "0", x, s_.hidden);
    for (double& u : inner) u = 0.5 * u * (1 + std::tanh(0.7978845608028654 * (u + 0.044715 * u * u * u)));
    return linear(name + "1", inner, s_.width);
  }
  void attend(const std::string& name, std::vector<Row>& rows) const {
    const std::size_t d = s_.width / s_.heads;
    const std::size_t key_heads = s_.family == Family::llama ? s_.key_heads : s_.heads;
    std::vector<Row> queries, keys, values;
    for (std::size_t t = 0; t < rows.size(); ++t) {
      queries.push_back(linear(name + "query", rows[t], s_.width));
      keys.push_back(linear(name + "key", rows[t], key_heads * d));
      values.push_back(linear(name + "value", rows[t], key_heads * d));
      if (s_.family == Family::llama) turn(queries[t], t), turn(keys[t], t);
      for (Row* kept : {&keys[t], &values[t]})
        for (double& value : *kept) value = half(value);
    }
    for (std::size_t t = 0; t < rows.size(); ++t) {
      Row out(s_.width);
      for (std::size_t h = 0; h < s_.heads; ++h) {
        const std::size_t shared = h / (s_.heads / key_heads);
        Row weights(t + 1);
        double sum = 0;
        for (std::size_t u = 0; u <= t; ++u) {
          for (std::size_t c = 0; c < d; ++c) weights[u] += queries[t][h * d + c] * keys[u][shared * d + c];
          sum += weights[u] = std::exp(weights[u] / std::sqrt(static_cast<double>(d)));
        }
        for (std::size_t u = 0; u <= t; ++u)
          for (std::size_t c = 0; c < d; ++c) out[h * d + c] += weights[u] / sum * values[u][shared * d + c];
      }
      rows[t] = linear(name + "output", out, s_.width);
    }
  }
  /// The nearest value of half precision, of two as near the even one; of what is too large the largest.
  static double half(double value) {
    const double step = std::ldexp(1.0, std::max(std::ilogb(value), -14) - 10);
    return std::clamp(std::nearbyint(value / step) * step, -65504.0, 65504.0);
  }
  void turn(Row& row, std::size_t position) const {
    const std::size_t d = s_.width / s_.heads;
    for (std::size_t c = 0; c < row.size(); c += 2) {
      const double angle =
          static_cast<double>(position) * std::pow(10000.0, -static_cast<double>(c % d) / static_cast<double>(d));
      const double a = row[c], b = row[c + 1];
      row[c] = a * std::cos(angle) - b * std::sin(angle);
      row[c + 1] = a * std::sin(angle) + b * std::cos(angle);
    }
  }
  void recur(const std::string& name, std::vector<Row>& x) const {
    const std::size_t w = s_.width;
    const auto sigmoid = [](double value) { return 1 / (1 + std::exp(-value)); };
    Row c(w), h(w);
    for (Row& row : x) {
      Row gates = linear(name + "input", row, 4 * w);
      add(gates, linear(name + "state", h, 4 * w));
      add(gates, at(name + "bias"));
      for (std::size_t i = 0; i < w; ++i) {
        c[i] = sigmoid(gates[w + i]) * c[i] + sigmoid(gates[i]) * std::tanh(gates[2 * w + i]);
        h[i] = sigmoid(gates[3 * w + i]) * std::tanh(c[i]);
      }
      row = h;
    }
  }

  Shape s_;
  std::map<std::string, Row> tensors_;
};
