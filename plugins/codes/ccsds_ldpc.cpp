// The LDPC codes of CCSDS telecommand: 4 by 8 circulants.
#include <bit>

#include "linear_code.hpp"

namespace {

// Shifts of the circulants, -1 for a block of zeros; block (a, a) has a second one.
struct Circulants final {
  int n;
  int shift[4][8], second[4];
};
constexpr Circulants tables[] = {
    {128,
     {{0, 2, 14, 6, -1, 0, 13, 0}, {6, 0, 0, 1, 0, -1, 0, 7}, {4, 1, 0, 14, 11, 0, -1, 3}, {0, 1, 9, 0, 14, 1, 0, -1}},
     {7, 15, 15, 13}},
    {256,
     {{0, 15, 25, 0, -1, 20, 12, 0},
      {28, 0, 29, 24, 0, -1, 1, 20},
      {8, 0, 0, 1, 29, 0, -1, 21},
      {18, 30, 0, 0, 25, 26, 0, -1}},
     {31, 30, 28, 30}},
    {512,
     {{0, 30, 50, 25, -1, 43, 62, 0},
      {56, 0, 50, 23, 0, -1, 37, 26},
      {16, 0, 0, 27, 56, 0, -1, 43},
      {35, 56, 62, 0, 58, 3, 0, -1}},
     {63, 61, 55, 11}}};

class CcsdsLdpc final : public LinearCode {
  void fields(tandem::Fields& f) override {
    f("n", n_, 128).range(128, 512).doc("code bits: 128, 256 or 512; k = n / 2, the information first");
    f.source("CCSDS 231.0-B, TC Synchronization and Channel Coding: the LDPC codes");
    f.example(R"({"n": 128})");
  }

  void ready(const tandem::Environment&) override {
    if (!std::has_single_bit(static_cast<unsigned>(n_)))
      throw tandem::FieldError("n", "there is no code of " + std::to_string(n_) + " bits", "128, 256 or 512");
    const Circulants& table = *std::ranges::find(tables, n_, &Circulants::n);
    const int size = n_ / 8;
    std::vector<std::vector<std::uint32_t>> rows;
    for (int a = 0; a < 4; ++a)
      for (int i = 0; i < size; ++i) {
        auto& row = rows.emplace_back();
        const auto add = [&](int block, int shift) {
          row.push_back(static_cast<std::uint32_t>(block * size + (i + shift) % size));
        };
        for (int b = 0; b < 8; ++b)
          if (table.shift[a][b] >= 0) add(b, table.shift[a][b]);
        add(a, table.second[a]);
      }
    set_matrix(tandem::SparseMatrix(static_cast<std::size_t>(n_), rows), Information::first, 0, "n");
  }

  int n_ = 0;
};

}  // namespace
TANDEM_PLUGIN(CcsdsLdpc, tandem::Code, "ccsds-ldpc", "1.0.0",
              "the LDPC codes of CCSDS telecommand: (128,64), (256,128), (512,256)")
