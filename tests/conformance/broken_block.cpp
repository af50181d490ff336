// A parity bit behind every row, bits of the row exchanged.
#include <algorithm>
#include <numeric>
#include <tandem/block.hpp>
#include <utility>
#include <vector>

#include "fault.hpp"

namespace {
using namespace tandem;

class BrokenBlock final : public Block, public Soft {
 public:
  void fields(Fields& f) override {
    fault_.declare(f, {"none", "ports-late", "gives-another-port", "never-turns-back", "lost-row", "trusts-everything", "trusts-nothing", "throws-on-damage", "throws-on-empty", "grows-empty-rows",
                       "soft-of-the-wrong-sign", "soft-forgets-the-parity"});
    f.example("{}");
  }
  Exactness exactness() const override { return Exactness::portable; }
  Port takes() const override { return fault_.is("ports-late") ? Port::items : Port::bits; }
  Port gives() const override { return Port::bits; }

  Batch forward(Batch in) const override {
    Bytes out;
    for (std::size_t row = 0; row < in.bytes.rows(); ++row) {
      if (fault_.is("lost-row") && row == 3) continue;
      const auto from = std::as_const(in.bytes)[row];
      if (fault_.is("throws-on-empty") && from.empty()) throw Error("a row without bits");
      const auto to = out.append(from.size() + 1);
      std::ranges::reverse_copy(from, to.begin());
      to.back() = std::accumulate(from.begin(), from.end(), 0u) % 2;
    }
    in.bytes = std::move(out);
    if (fault_.is("gives-another-port")) in.port = Port::items;
    return in;
  }
  Batch backward(Batch in) const override {
    Bytes out;
    for (std::size_t row = 0; row < in.bytes.rows(); ++row) {
      const auto from = std::as_const(in.bytes)[row];
      const bool odd = std::accumulate(from.begin(), from.end(), 0u) % 2;
      if (fault_.is("throws-on-damage") && odd) throw Error("the parity is odd");
      const auto to = out.append(from.empty() ? 0 : from.size() - (fault_.is("grows-empty-rows") && from.size() == 1 ? 0 : 1));
      if (fault_.is("never-turns-back"))
        std::ranges::copy(from.first(to.size()), to.begin());
      else
        std::ranges::reverse_copy(from.first(to.size()), to.begin());
      if (odd || fault_.is("trusts-nothing")) in.trusted[row] = 0;
      if (fault_.is("trusts-everything")) in.trusted[row] = 1;
    }
    in.bytes = std::move(out);
    return in;
  }
  Reception backward(Reception in) const override {
    for (auto* values : {&in.llr, &in.y}) {
      Ragged<float> out;
      for (std::size_t row = 0; row < values->rows(); ++row) {
        const auto from = std::as_const(*values)[row];
        const auto to = out.append(from.empty() ? 0 : from.size() - (fault_.is("soft-forgets-the-parity") ? 0 : 1));
        std::ranges::reverse_copy(from.first(to.size()), to.begin());
        if (fault_.is("soft-of-the-wrong-sign"))
          for (float& value : to) value = -value;
      }
      *values = std::move(out);
    }
    return in;
  }

 private:
  broken::Fault fault_;
};

}  // namespace
TANDEM_PLUGIN(BrokenBlock, tandem::Block, "broken-block", "1.0.0", "a block that breaks a promise")
