// Conditional distributions written down one by one, for textbook examples and tests.
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <tandem/model.hpp>

namespace {
using namespace tandem;
using nlohmann::json;

struct Rules {
  std::vector<std::string> spellings;  // of each symbol
  Token end = 0;
  std::map<std::string, std::vector<double>, std::less<>> distributions;  // context -> a value a symbol
  std::vector<double> uniform;
  std::size_t longest = 0;  // context, in bytes
};

class TableSession final : public Session, public Probabilities, public Cloneable {
 public:
  TableSession(std::shared_ptr<const Rules> rules, std::size_t streams)
      : rules_(std::move(rules)), histories_(streams), current_(streams, &rules_->uniform) {
    for (std::size_t s = 0; s < streams; ++s) look_up(s);
  }
  std::size_t streams() const override { return histories_.size(); }
  void step(std::span<const Token> last, std::span<const std::uint8_t> active) override {
    for (std::size_t s = 0; s < histories_.size(); ++s)
      if (active[s]) advance(s, last[s]);
  }
  std::span<const double> probabilities(std::size_t stream) const override { return *current_[stream]; }
  std::unique_ptr<Session> clone() const override {
    auto copy = std::make_unique<TableSession>(rules_, 0);
    copy->histories_ = histories_;
    copy->current_ = current_;
    return copy;
  }

  void advance(std::size_t stream, Token token) {
    auto& history = histories_[stream];
    if (token == rules_->end) {
      history.clear();
    } else {
      if (token >= rules_->spellings.size())
        throw Error("token " + std::to_string(token) + " is not in the model's vocabulary");
      history.push_back(token);
    }
    look_up(stream);
  }

 private:
  // The longest run of last symbols that is a context.
  void look_up(std::size_t stream) {
    auto& history = histories_[stream];
    current_[stream] = &rules_->uniform;
    std::string context;
    for (std::size_t length = 0;; ++length) {
      if (const auto found = rules_->distributions.find(context); found != rules_->distributions.end())
        current_[stream] = &found->second;
      if (length == history.size()) break;
      context.insert(0, rules_->spellings[history[history.size() - 1 - length]]);
      if (context.size() > rules_->longest) {
        history.erase(history.begin(), history.end() - static_cast<std::ptrdiff_t>(length + 1));
        break;
      }
    }
  }

  std::shared_ptr<const Rules> rules_;
  std::vector<std::vector<Token>> histories_;  // since the last end, as long as they can matter
  std::vector<const std::vector<double>*> current_;
};

class Table final : public Model {
 public:
  void fields(Fields& f) override {
    f("distributions", distributions_, "null")
        .doc(
            "an object: context (the last symbols since the frame's beginning, joined) -> {symbol: probability}. The "
            "longest "
            "context that fits holds; \"\" fits always; symbols not named have probability 0; where nothing fits, all "
            "symbols are equally likely");
    f("file", file_).doc("a JSON file with such an object, instead of `distributions`");
    f("symbols", symbols_, {})
        .doc("the vocabulary in id order when no tokenizer is bound; a tokenizer's spellings otherwise");
    f("end", end_, "")
        .doc(
            "the name of the symbol that ends a frame. Without a tokenizer and such a symbol frames have no "
            "end: both sides must know their lengths");
    f.source("Deletang et al. 2023, arXiv 2309.10668, figure 1 (the example AIXI)");
    f.example(R"({"end": "end", "distributions": {"": {"e": 0.5, "t": 0.25, "end": 0.25}, "th": {"e": 1}}})");
  }
  void ready(const Environment&) override {
    if ((distributions_.text != "null") == !file_.path.empty())
      throw FieldError("distributions", "either this or `file` must be given");
    if (symbols_.size() > 65'536) throw FieldError("symbols", "more than 65536 symbols");
    std::string text = distributions_.text, where = "distributions";
    if (!file_.path.empty()) {
      std::ifstream in(file_.path, std::ios::binary);
      if (!in) throw FieldError("file", "cannot be read: " + file_.reference);
      text.assign(std::istreambuf_iterator<char>(in), {});
      where = "file";
    }
    source_field_ = where;
    try {
      given_ = json::parse(text);
    } catch (const json::exception& error) {
      throw FieldError(where, std::string("is not JSON: ") + error.what());
    }
    if (!symbols_.empty()) {
      const auto size = static_cast<Token>(symbols_.size());
      Token end = size;
      for (Token id = 0; id < size; ++id)
        if (!end_.empty() && symbols_[id] == end_) end = id;
      if (!end_.empty() && end == size) throw FieldError("end", "\"" + end_ + "\" is not among the symbols");
      build(symbols_, end, "table:" + json(symbols_).dump() + (end == size ? "" : end_));
    }
  }
  void bind(Component& other) override {
    const auto* tokenizer = dynamic_cast<const Tokenizer*>(&other);
    if (!tokenizer) throw Error("a model is bound to a tokenizer", {}, "name the tokenizer in \"with\"");
    const Vocabulary vocabulary = tokenizer->vocabulary();
    std::vector<std::string> spellings;
    for (Token id = 0; id < vocabulary.size; ++id)
      spellings.push_back(id == vocabulary.end ? end_ : tokenizer->spell(id));
    build(spellings, vocabulary.end, vocabulary.fingerprint);
  }

  Vocabulary vocabulary() const override {
    require_rules();
    return {static_cast<std::uint32_t>(rules_->spellings.size()), rules_->end, fingerprint_};
  }
  std::unique_ptr<Session> open(std::size_t streams, std::span<const Token> seed) const override {
    require_rules();
    auto session = std::make_unique<TableSession>(rules_, streams);
    for (std::size_t s = 0; s < streams; ++s)
      for (const Token token : seed) session->advance(s, token);
    return session;
  }
  Exactness exactness() const override { return Exactness::portable; }

 private:
  void require_rules() const {
    if (!rules_) throw Error("the table has no symbols", {}, "give `symbols` or name a tokenizer in \"with\"");
  }
  void build(const std::vector<std::string>& spellings, Token end, std::string fingerprint) {
    Rules rules{.spellings = spellings, .end = end, .distributions = {}, .uniform = {}};
    rules.uniform.assign(spellings.size(), 1.0 / static_cast<double>(spellings.size()));
    std::map<std::string, Token, std::less<>> ids;
    for (Token id = 0; id < spellings.size(); ++id)
      if ((!spellings[id].empty() || id == end) && !ids.emplace(spellings[id], id).second)
        throw FieldError("symbols", "\"" + spellings[id] + "\" names two symbols");
    if (!given_.is_object()) throw FieldError(source_field_, "must be an object of contexts");
    for (const auto& [context, entries] : given_.items()) {
      rules.longest = std::max(rules.longest, context.size());
      rules.distributions.emplace(context, row(context, entries, ids, spellings.size()));
    }
    fingerprint_ = std::move(fingerprint);
    rules_ = std::make_shared<const Rules>(std::move(rules));
  }
  std::vector<double> row(const std::string& context, const json& entries,
                          const std::map<std::string, Token, std::less<>>& ids, std::size_t size) const {
    const std::string place = "context \"" + context + "\"";
    if (!entries.is_object()) throw FieldError(source_field_, place + " must be an object of symbols");
    std::vector<double> values(size);
    double sum = 0;
    for (const auto& [symbol, value] : entries.items()) {
      const auto id = ids.find(symbol);
      if (id == ids.end()) throw FieldError(source_field_, place + ": \"" + symbol + "\" is no symbol");
      if (!value.is_number() || !(value.get<double>() >= 0) || value.get<double>() > 1)
        throw FieldError(source_field_, place + ": \"" + symbol + "\" needs a probability from 0 to 1");
      sum += values[id->second] = value.get<double>();
    }
    if (!(sum > 1 - 1e-6 && sum < 1 + 1e-6))
      throw FieldError(source_field_, place + ": the probabilities sum to " + std::to_string(sum));
    return values;
  }

  Json distributions_;
  File file_;
  std::vector<std::string> symbols_;
  std::string end_, source_field_, fingerprint_;
  json given_;
  std::shared_ptr<const Rules> rules_;
};

}  // namespace
TANDEM_PLUGIN(Table, tandem::Model, "table", "1.0.0", "conditional distributions given as JSON")
