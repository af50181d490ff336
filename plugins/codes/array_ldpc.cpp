// Array codes: block rows of circulants with shifts a * b.
#include "linear_code.hpp"

namespace {

class ArrayLdpc final : public LinearCode {
  void fields(tandem::Fields& f) override {
    f("p", p_, 7).range(2, 101).doc("size of a circulant and number of block columns, a prime; n = p * p");
    f("rows", rows_, 4).range(1, 101).doc("block rows, at most p; the weight of every column");
    f.source("J. L. Fan, \"Array codes as low-density parity-check codes\", 2nd Int. Symp. Turbo Codes, 2000");
    f.example(R"({"p": 7, "rows": 4})");
  }

  void ready(const tandem::Environment&) override {
    for (int divisor = 2; divisor * divisor <= p_; ++divisor)
      if (p_ % divisor == 0)
        throw tandem::FieldError("p",
                                 std::to_string(p_) + " is not a prime: " + std::to_string(divisor) + " divides it");
    if (rows_ >= p_)
      throw tandem::FieldError(
          "rows", std::to_string(rows_) + " block rows of p = " + std::to_string(p_) + " leave no room for information",
          "at most p - 1");
    // Block (a, b) has a one at row i, column i - a b, modulo p.
    std::vector<std::vector<std::uint32_t>> rows;
    for (int a = 0; a < rows_; ++a)
      for (int i = 0; i < p_; ++i) {
        auto& row = rows.emplace_back();
        for (int b = 0; b < p_; ++b) row.push_back(static_cast<std::uint32_t>(b * p_ + ((i - a * b) % p_ + p_) % p_));
      }
    const auto n = static_cast<std::size_t>(p_) * static_cast<std::size_t>(p_);
    set_matrix(tandem::SparseMatrix(n, rows), Information::first, 0, "rows");
  }

  int p_ = 0, rows_ = 0;
};

}  // namespace
TANDEM_PLUGIN(ArrayLdpc, tandem::Code, "array-ldpc", "1.0.0", "array LDPC codes: (49,24), (121,60) and their family")
