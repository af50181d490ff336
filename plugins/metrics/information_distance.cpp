// How much a text tells about another one, by what a language model would spend on it: the length of its arithmetic code alone,
// and behind the other one.
#include <algorithm>
#include <cmath>
#include <tandem/math.hpp>
#include <tandem/model.hpp>
#include <vector>

#include "texts.hpp"

namespace {
using namespace tandem;

class InformationDistance final : public Metric, public ComparesTexts {
  void fields(Fields& f) override {
    f("tokenizer", tokenizer_).role("tokenizer").required().doc("of both texts; what it has no token for is left out");
    f("model", model_).role("model").required().doc("that predicts them, and learns on the way: a small network that was trained on single lines takes nothing from the line before");
    f.source("Bennett, Gacs, Li, Vitanyi, Zurek: Information distance, IEEE Trans. Inf. Theory 44(4), 1998; with a language model: GPT-AC, arXiv 2308.06942");
    f.example(R"({"tokenizer": {"bytes": {"end": 10}}, "model": {"ppm": {"text": "corpus:prime", "adapt": "stream"}}})");
  }
  void ready(const Environment&) override {
    try {
      model_.component->bind(*tokenizer_.component);
    } catch (const FieldError& e) {
      throw FieldError("model." + e.field(), e.message(), e.hint());
    }
  }

  unsigned needs() const override { return items; }
  std::vector<std::string> quantities() const override { return {"received", "received-given-sent", "distance"}; }
  std::vector<Row> rows() const override {
    using enum Row::Kind;
    return {{"normalised", mean, 2, -1, "", "mean over frames of max(C(a|b), C(b|a)) / max(C(a), C(b)): 0 for the same text, about 1 for strangers"},
            {"given-sent", mean, 1, -1, "bits", "code length of the received text behind the sent one and a line's end"},
            {"alone", mean, 0, -1, "bits", "code length of the received text alone"}};
  }

  void measure(const Exchange& exchange, std::span<double> out) const override {
    const metrics::Texts texts(exchange);
    for (std::size_t frame = 0; frame < exchange.frames; ++frame) {
      const auto sent = tokens_of(texts.sent(frame)), received = tokens_of(texts.received(frame));
      const double alone = bits_of(received, {}), behind = bits_of(received, sent);
      const double most = std::max(alone, bits_of(sent, {}));
      out[3 * frame] = alone;
      out[3 * frame + 1] = behind;
      // The same text tells everything, whatever a model that learns nothing on the way makes of it.
      out[3 * frame + 2] = sent == received || most == 0 ? 0 : std::max(behind, bits_of(sent, received)) / most;
    }
  }

  std::vector<Token> tokens_of(std::string_view text) const {
    const auto& tokenizer = dynamic_cast<const Tokenizer&>(*tokenizer_.component);
    const auto encoded = [&](std::span<const std::uint8_t> bytes) {
      Bytes items;
      items.append(bytes);
      const Tokens row = tokenizer.encode(items);
      return std::vector<Token>(row[0].begin(), row[0].end());
    };
    const std::span bytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
    try {
      return encoded(bytes);
    } catch (const Error&) {
    }
    std::vector<std::uint8_t> known;
    for (const std::uint8_t byte : bytes) try {
        encoded({&byte, 1});
        known.push_back(byte);
      } catch (const Error&) {
      }
    return encoded(known);
  }

  /// Of the text and its end, behind another one and its end.
  double bits_of(std::span<const Token> text, std::span<const Token> before) const {
    const auto& model = dynamic_cast<const Model&>(*model_.component);
    const Token end = model.vocabulary().end;
    const auto session = open_distribution(model, 1);
    constexpr std::uint8_t active[] = {1};
    const auto pass = [&](Token token) { session->step({&token, 1}, active); };
    for (const Token token : before) pass(token);
    if (!before.empty()) pass(end);
    double nats = 0;
    const double one = session->distribution().bits() * math::log(2.0);
    for (std::size_t i = 0; i <= text.size(); ++i) {
      const Token token = i < text.size() ? text[i] : end;
      nats += one - math::log(static_cast<double>(session->distribution().interval(0, token).frequency));
      if (i < text.size()) pass(token);
    }
    return nats / math::log(2.0);
  }

  Exactness exactness() const override { return model_.component ? model_.component->exactness() : Exactness::portable; }

  Part tokenizer_, model_;
};
}  // namespace
TANDEM_PLUGIN(InformationDistance, tandem::Metric, "information-distance", "1.0.0", "distance of two texts by the bits that one saves on the other")
