// Metrics in any language: an executable that answers over pipes.
#include <tandem/metric.hpp>
#include <tandem/process/bridged.hpp>

namespace {
using namespace tandem;
using process::Answer;
using process::Description;
using process::Kind;
using process::Request;

struct Need final {
  const char* name;
  unsigned bit;
};
constexpr Need needs_by_name[] = {{"items", Metric::items},
                                  {"tokens", Metric::tokens},
                                  {"bits", Metric::bits},
                                  {"code_bits", Metric::code_bits},
                                  {"ledger", Metric::ledger}};

unsigned needs_of(const Description& description) {
  unsigned out = 0;
  for (const auto& given : description.list("needs")) {
    const auto* known = std::ranges::find_if(needs_by_name, [&](const Need& need) { return given == need.name; });
    if (known == std::end(needs_by_name))
      throw Error("describes itself wrongly: \"needs\" must hold names among items, tokens, bits, code_bits, ledger");
    out |= known->bit;
  }
  return out;
}

std::vector<std::string> quantities_of(const Description& description) {
  std::vector<std::string> out;
  for (const auto& given : description.list("quantities")) {
    if (!given.is_string()) throw Error("describes itself wrongly: \"quantities\" must hold names");
    out.push_back(given.get<std::string>());
  }
  if (out.empty()) throw Error("describes itself wrongly: \"quantities\" must hold a name at least");
  return out;
}

// Quantities are named in the description and numbered in rows.
int place_of(const std::string& name, const std::vector<std::string>& quantities) {
  const auto found = std::ranges::find(quantities, name);
  if (found == quantities.end())
    throw Error("describes itself wrongly: a row names the quantity \"" + name + "\", which there is not");
  return static_cast<int>(found - quantities.begin());
}

std::vector<Row> rows_of(const Description& description) {
  const auto quantities = quantities_of(description);
  std::vector<Row> out;
  for (const auto& given : description.list("rows")) {
    const Description row = Description::part(given, "rows");
    row.only({"name", "kind", "numerator", "denominator", "unit", "doc"});
    Row& made = out.emplace_back();
    made.name = row.text("name", "");
    if (made.name.empty() || made.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") != std::string::npos)
      throw Error("describes itself wrongly: a row's \"name\" must hold small letters, digits and hyphens");
    made.kind =
        static_cast<Row::Kind>(row.choice("kind", "mean", {"proportion", "share", "ratio", "mean", "function"}));
    if (made.kind != Row::Kind::function) made.numerator = place_of(row.text("numerator", ""), quantities);
    if (row.has("denominator")) made.denominator = place_of(row.text("denominator", ""), quantities);
    const bool quotient = made.kind == Row::Kind::share || made.kind == Row::Kind::ratio;
    if (quotient && made.denominator < 0)
      throw Error("describes itself wrongly: the row \"" + made.name + "\" needs a \"denominator\"");
    made.unit = row.text("unit", "");
    made.doc = row.text("doc", "");
  }
  if (out.empty()) throw Error("describes itself wrongly: \"rows\" must hold a row at least");
  return out;
}

// A frame's sums as doubles, exact below 2^53; docs/process.md has their order.
std::vector<double> ledger_values(std::span<const Ledger> ledger) {
  std::vector<double> out;
  for (const Ledger& frame : ledger) {
    for (const auto count :
         {frame.source_bits, frame.side_bits, frame.genie_bits, frame.coded_bits, frame.uses, frame.dimensions})
      out.push_back(static_cast<double>(count));
    out.push_back(frame.energy);
    out.push_back(static_cast<double>(frame.decode_failures));
  }
  return out;
}
constexpr std::size_t ledger_length = 8;

class ProcessMetric final : public process::Bridged<Metric> {
 public:
  ProcessMetric()
      : Bridged([](const Description& description) {
          description.only({"needs", "quantities", "rows"});
          needs_of(description);
          rows_of(description);
        }) {}

  void fields(Fields& f) override {
    bridge_.declare(f);
    f.example(R"({"command": ["python3"], "script": "metric.py"})");
  }
  void ready(const Environment& environment) override {
    bridge_.ready(environment);
    needs_ = needs_of(bridge_.description());
    quantities_ = quantities_of(bridge_.description());
    rows_ = rows_of(bridge_.description());
  }
  unsigned needs() const override { return needs_; }
  std::vector<std::string> quantities() const override { return quantities_; }
  std::vector<Row> rows() const override { return rows_; }

  void measure(const Exchange& exchange, std::span<double> out) const override {
    if (exchange.frames == 0) return;
    Request request(Kind::measure);
    request.number(exchange.frames).number(exchange.k).number(exchange.n);
    const auto add = [&](unsigned need, const auto* rows) {
      if (rows && (needs_ & need))
        request.rows(*rows);
      else
        request.no_rows();
    };
    add(items, exchange.items_sent), add(items, exchange.items_received);
    add(tokens, exchange.tokens_sent), add(tokens, exchange.tokens_received);
    add(bits, exchange.bits_sent), add(bits, exchange.bits_received);
    request.rows(exchange.wrong).rows(exchange.trusted);
    const auto column = [&](unsigned need, const auto& values) {
      if (needs_ & need)
        request.rows(values);
      else
        request.no_rows();
    };
    column(bits | code_bits, exchange.blocks), column(bits | code_bits, exchange.block_bits);
    column(bits | code_bits, exchange.information_errors), column(code_bits, exchange.code_errors);
    column(bits | code_bits, exchange.converged), column(bits | code_bits, exchange.iterations);
    const auto sums = needs_ & ledger ? ledger_values(exchange.ledger) : std::vector<double>{};
    request.rows(std::span<const double>(sums), ledger_length);
    const auto values = call(request, [&](Answer& answer) {
      auto rows = answer.rows<double>(exchange.frames, quantities_.size(), "quantities");
      answer.finish();
      return rows;
    });
    std::ranges::copy(values.values(), out.begin());
  }

  double evaluate(std::size_t row, std::span<const double> sums, std::uint64_t frames) const override {
    Request request(Kind::evaluate);
    request.number(row).number(frames).rows(sums, sums.size());
    return call(request, [](Answer& answer) {
      const double value = answer.real("value");
      answer.finish();
      return value;
    });
  }

 private:
  unsigned needs_ = 0;
  std::vector<std::string> quantities_;
  std::vector<Row> rows_;
};

}  // namespace
TANDEM_PLUGIN(ProcessMetric, tandem::Metric, "process-metric", "1.0.0", "a metric in any language, as an executable")
