#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <tandem/error.hpp>
#include <vector>

#include "language_network.hpp"

namespace tandem::neural {

/// Takes tensor after tensor, in the order of a list, to where the kernels want them.
class Packing {
 public:
  using Tensors = std::function<std::vector<float>(const LanguageTensor&)>;

  /// `where` stands in errors. The references must outlive it.
  Packing(std::vector<LanguageTensor> list, const Tensors& tensors, const std::string& where)
      : list_(std::move(list)), tensors_(tensors), where_(where) {}

  /// The next tensor, which must have that name.
  std::vector<float> next(const std::string& name) {
    const LanguageTensor& tensor = list_.at(next_++);
    if (tensor.name != name) throw Error("tensor \"" + tensor.name + "\": not expected here", where_);
    std::vector<float> values = tensors_(tensor);
    if (values.size() != tensor.size()) throw Error("tensor \"" + name + "\": has another number of values", where_);
    for (const float value : values)
      if (!std::isfinite(value)) throw Error("tensor \"" + name + "\": holds a value that is not finite", where_);
    return values;
  }
  void part(LanguageMatrix& matrix, const std::string& name, std::size_t outputs, std::size_t first_output, bool bias,
            std::size_t inputs, std::size_t first_input = 0) {
    const std::vector<float> weight = next(name + ".weight");
    matrix.place(first_input, inputs, first_output, outputs,
                 [&](std::size_t i, std::size_t o) { return weight[i * outputs + o]; });
    if (!bias) return;
    const std::vector<float> values = next(name + ".bias");
    std::ranges::copy(values, matrix.bias.begin() + static_cast<std::ptrdiff_t>(first_output));
  }
  LanguageMatrix matrix(const std::string& name, std::size_t inputs, std::size_t outputs, bool bias) {
    LanguageMatrix out(inputs, outputs);
    part(out, name, outputs, 0, bias, inputs);
    return out;
  }
  Floats padded_row(const std::string& name) {
    const std::vector<float> values = next(name);
    Floats out(padded(values.size()));
    std::ranges::copy(values, out.begin());
    return out;
  }
  LanguageNorm norm(const std::string& name, bool bias) {
    LanguageNorm out{.weight = padded_row(name + ".weight"), .bias = {}};
    if (bias) out.bias = padded_row(name + ".bias");
    return out;
  }
  Floats table(const std::string& name) {
    const std::vector<float> values = next(name);
    return {values.begin(), values.end()};
  }

 private:
  std::vector<LanguageTensor> list_;
  std::size_t next_ = 0;
  const Tensors& tensors_;
  const std::string& where_;
};

}  // namespace tandem::neural
