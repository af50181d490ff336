// Binary BCH codes: narrow sense, primitive.
#include <array>
#include <bit>

#include "linear_code.hpp"

namespace {

// x^m + ... + 1 by degree m, a bit a coefficient.
constexpr std::array<std::uint32_t, 11> primitive = {0,         0,    0,     0b1011, 0b10011, 0b100101,
                                                     0b1000011, 0x89, 0x11d, 0x211,  0x409};

/// Polynomials over GF(2), lowest coefficient first.
using Polynomial = std::vector<std::uint8_t>;

// The product of x - alpha^i over the cyclotomic coset of `first`, over the field that `powers` and `logarithms` give.
Polynomial minimal_polynomial(std::uint32_t first, const std::vector<std::uint32_t>& powers,
                              const std::vector<std::uint32_t>& logarithms) {
  const auto order = static_cast<std::uint32_t>(powers.size());
  std::vector<std::uint32_t> product = {1};
  std::uint32_t exponent = first;
  do {
    product.insert(product.begin(), 0);
    for (std::size_t i = 0; i + 1 < product.size(); ++i)
      if (product[i + 1] != 0) product[i] ^= powers[(logarithms[product[i + 1]] + exponent) % order];
    exponent = 2 * exponent % order;
  } while (exponent != first);
  return {product.begin(), product.end()};
}

Polynomial operator*(const Polynomial& a, const Polynomial& b) {
  Polynomial product(a.size() + b.size() - 1, 0);
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t j = 0; j < b.size(); ++j)
      product[i + j] = static_cast<std::uint8_t>(product[i + j] ^ (a[i] & b[j]));
  return product;
}

// (x^n - 1) / g.
Polynomial cofactor(std::size_t n, const Polynomial& g) {
  Polynomial rest(n + 1, 0), quotient(n + 2 - g.size(), 0);
  rest[0] = rest[n] = 1;
  for (std::size_t i = quotient.size(); i-- > 0;) {
    quotient[i] = rest[i + g.size() - 1];
    if (quotient[i])
      for (std::size_t j = 0; j < g.size(); ++j) rest[i + j] ^= g[j];
  }
  return quotient;
}

class Bch final : public LinearCode {
  void fields(tandem::Fields& f) override {
    f("n", n_, 63).range(7, 1023).doc("code bits, 2^m - 1 with m from 3 to 10");
    f("k", k_, 45)
        .range(1, 1013)
        .doc(
            "information bits, one of the sizes that a whole number t of correctable errors gives; they stand last, "
            "behind "
            "the n - k parity bits");
    f("checks", form_, "cyclic")
        .choices({"cyclic", "standard"})
        .doc(
            "the parity-check matrix of the same code that decoders see: cyclic, the n - k shifts of the parity "
            "polynomial; standard, [I | P]");
    f.source(
        "R. C. Bose and D. K. Ray-Chaudhuri, \"On a class of error correcting binary group codes\", Information and "
        "Control 3, 1960; MacWilliams and Sloane, The Theory of Error-Correcting Codes, 1977, chapters 7 and 9");
    f.example(R"({"n": 63, "k": 45})");
  }

  void ready(const tandem::Environment&) override {
    if (!std::has_single_bit(static_cast<unsigned>(n_) + 1))
      throw tandem::FieldError("n", std::to_string(n_) + " is not of the form 2^m - 1",
                               "7, 15, 31, 63, 127, 255, 511 or 1023");
    const auto n = static_cast<std::size_t>(n_), k = static_cast<std::size_t>(k_);
    const Polynomial reciprocal = cofactor(n, generator(n, k));
    std::vector<std::vector<std::uint32_t>> rows(n - k);
    for (std::size_t r = 0; r < rows.size(); ++r)
      for (std::size_t i = 0; i <= k; ++i)
        if (reciprocal[k - i]) rows[r].push_back(static_cast<std::uint32_t>(r + i));
    if (form_ == "standard") rows = standard(n, rows);
    std::vector<std::uint32_t> information;
    for (std::size_t i = n - k; i < n; ++i) information.push_back(static_cast<std::uint32_t>(i));
    set_matrix(tandem::SparseMatrix(n, rows), std::move(information), 0, "k");
  }

  /// The least common multiple of the minimal polynomials of alpha, alpha^2, ... that leaves k information bits.
  static Polynomial generator(std::size_t n, std::size_t k) {
    std::vector<std::uint32_t> powers(n), logarithms(n + 1, 0);
    for (std::uint32_t i = 0, x = 1; i < n; ++i) {
      powers[i] = x;
      logarithms[x] = i;
      x <<= 1;
      if (x > n) x ^= primitive[static_cast<std::size_t>(std::bit_width(n))];
    }
    std::vector<std::uint8_t> root(n, 0);
    Polynomial product = {1};
    std::string sizes;
    for (std::uint32_t first = 1; first < n; first += 2) {
      if (root[first]) continue;
      const Polynomial minimal = minimal_polynomial(first, powers, logarithms);
      for (std::size_t i = 1, exponent = first; i < minimal.size(); ++i, exponent = 2 * exponent % n)
        root[exponent] = 1;
      if (product.size() + minimal.size() - 1 > n) break;
      product = product * minimal;
      const std::size_t left = n + 1 - product.size();
      if (left == k) return product;
      sizes += (sizes.empty() ? "" : ", ") + std::to_string(left);
    }
    throw tandem::FieldError(
        "k", "there is no BCH code of " + std::to_string(n) + " bits with " + std::to_string(k) + " information bits",
        "one of " + sizes);
  }

  /// Reduced so that the first columns form the identity.
  static std::vector<std::vector<std::uint32_t>> standard(std::size_t n,
                                                          const std::vector<std::vector<std::uint32_t>>& rows) {
    gf2::Dense reduced(rows.size(), n);
    std::vector<std::uint32_t> order;
    for (std::uint32_t r = 0; r < rows.size(); ++r) {
      order.push_back(r);
      for (const auto c : rows[r]) reduced.flip(r, c);
    }
    gf2::reduce(reduced, order);
    std::vector<std::vector<std::uint32_t>> out(rows.size());
    for (std::size_t r = 0; r < rows.size(); ++r)
      for (std::uint32_t c = 0; c < n; ++c)
        if (reduced.get(r, c)) out[r].push_back(c);
    return out;
  }

  int n_ = 0, k_ = 0;
  std::string form_;
};

}  // namespace
TANDEM_PLUGIN(Bch, tandem::Code, "bch", "1.0.0", "binary primitive narrow-sense BCH codes, systematic")
