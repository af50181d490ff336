// A Markov source of a fixed order, estimated from counts: every order interpolated with the one below.
#include <optional>

#include "context_model.hpp"

namespace {
using namespace tandem;

class Stream final {
 public:
  using Primed = std::shared_ptr<const models::ContextTrie::Nodes>;
  explicit Stream(const models::ContextSettings& settings) : path_(settings) {}
  Stream(const models::ContextSettings& settings, const std::shared_ptr<const Primed>& primed, bool learns)
      : path_(settings, *primed, learns) {}

  void restart() { path_.restart(); }
  void step(Token symbol) {
    path_.look_up(symbol);
    if (path_.learns()) path_.learn(0);
    path_.move();
  }
  void predict(std::span<double> out) const {
    std::ranges::fill(out, 0.0);
    double weight = 1;
    for (int order = path_.depth(); order >= 0; --order) {
      const auto& context = path_.context(order);
      const double all = static_cast<double>(context.total) + static_cast<double>(context.distinct);
      if (context.distinct == 0) continue;
      for (const auto& child : path_.seen(order)) out[child.symbol] += weight / all * child.count;
      weight *= context.distinct / all;
    }
    for (double& p : out) p += weight / static_cast<double>(out.size());
  }
  Primed finish() && { return std::move(path_).finish(); }

 private:
  models::ContextPath path_;
};

class Markov final : public models::ContextModel<Stream> {
 public:
  void fields(Fields& f) override {
    declare_contexts(f, 3);
    f.source(
        "Witten and Bell 1991, method C: with n symbols seen behind a context, d of them distinct, and c of them s: "
        "p_k(s) = (c + d p_(k-1)(s)) / (n + d), p_(-1) = 1 / V");
    f.example(R"({"text": "corpus:prime", "order": 3})");
  }
};

}  // namespace
TANDEM_PLUGIN(Markov, tandem::Model, "markov", "1.0.0", "interpolated counts of the last symbols")
