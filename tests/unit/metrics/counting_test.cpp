#include <algorithm>
#include <map>
#include <random>
#include <support/support.hpp>
#include <tandem/metric.hpp>

namespace {
using namespace tandem;
using test::make;

// Value of each row from the sums over the frames, as a host computes it; kind `function` left out.
std::map<std::string, double> values(const Metric& metric, const Exchange& exchange) {
  const std::size_t width = metric.quantities().size();
  std::vector<double> out(exchange.frames * width, -1), sums(width);
  metric.measure(exchange, out);
  for (std::size_t i = 0; i < out.size(); ++i) sums[i % width] += out[i];
  std::map<std::string, double> result;
  for (const auto& row : metric.rows()) {
    const double below =
        row.denominator < 0 ? static_cast<double>(exchange.frames) : sums[static_cast<std::size_t>(row.denominator)];
    result[row.name] = sums[static_cast<std::size_t>(row.numerator)] / below;
  }
  return result;
}

// Frames of 0 to 4 blocks with random errors.
struct Blocks {
  static constexpr std::size_t k = 24, n = 49;
  std::vector<std::uint32_t> blocks, bits, information_errors, code_errors, iterations;
  std::vector<std::uint8_t> converged, wrong, trusted;
  Exchange exchange;

  Blocks() {
    std::mt19937_64 random(8);
    const auto below = [&random](std::uint64_t bound) { return static_cast<std::uint32_t>(random() % bound); };
    for (int frame = 0; frame < 500; ++frame) {
      blocks.push_back(below(5));
      for (std::uint32_t block = 0; block < blocks.back(); ++block) {
        bits.push_back(block + 1 < blocks.back() ? k : 1 + below(k));
        const bool error = below(3) == 0;
        code_errors.push_back(error ? 1 + below(n) : 0);
        information_errors.push_back(error ? below(std::min(bits.back(), code_errors.back()) + 1) : 0);
        converged.push_back(below(2) != 0);
        iterations.push_back(below(51));
      }
      wrong.push_back(below(4) == 0);
      trusted.push_back(below(2) != 0);
    }
    exchange.frames = blocks.size();
    exchange.k = k;
    exchange.n = n;
    exchange.blocks = blocks;
    exchange.block_bits = bits;
    exchange.information_errors = information_errors;
    exchange.code_errors = code_errors;
    exchange.converged = converged;
    exchange.iterations = iterations;
    exchange.wrong = wrong;
    exchange.trusted = trusted;
  }
  template <class Predicate>
  double count(Predicate predicate) const {
    double sum = 0;
    for (std::size_t i = 0; i < bits.size(); ++i) sum += predicate(i);
    return sum;
  }
};

TEST(Ber, IsErrorsOverBits) {
  const Blocks b;
  const auto got = values(*make<Metric>("ber"), b.exchange);
  const double total = b.count([&](auto i) { return b.bits[i]; });
  EXPECT_DOUBLE_EQ(got.at("info"), b.count([&](auto i) { return b.information_errors[i]; }) / total);
  EXPECT_DOUBLE_EQ(got.at("code"),
                   b.count([&](auto i) { return b.code_errors[i]; }) / static_cast<double>(b.bits.size() * Blocks::n));
}

TEST(Bler, CountsBlocksByWhatIsWrongInThem) {
  const Blocks b;
  const auto got = values(*make<Metric>("bler"), b.exchange);
  const auto blocks = static_cast<double>(b.bits.size());
  EXPECT_DOUBLE_EQ(got.at("info"), b.count([&](auto i) { return b.information_errors[i] > 0; }) / blocks);
  EXPECT_DOUBLE_EQ(got.at("code"), b.count([&](auto i) { return b.code_errors[i] > 0; }) / blocks);
  EXPECT_DOUBLE_EQ(got.at("undetected"),
                   b.count([&](auto i) { return b.code_errors[i] > 0 && b.converged[i]; }) / blocks);
}

TEST(Decoder, ReportsIterationsAndConvergenceABlock) {
  const Blocks b;
  const auto got = values(*make<Metric>("decoder"), b.exchange);
  const auto blocks = static_cast<double>(b.bits.size());
  EXPECT_DOUBLE_EQ(got.at("iterations"), b.count([&](auto i) { return b.iterations[i]; }) / blocks);
  EXPECT_DOUBLE_EQ(got.at("converged"), b.count([&](auto i) { return b.converged[i]; }) / blocks);
}

TEST(Frame, CountsWrongFramesAndThoseNoCheckNoticed) {
  const Blocks b;
  const auto got = values(*make<Metric>("frame"), b.exchange);
  double wrong = 0, undetected = 0;
  for (std::size_t i = 0; i < b.exchange.frames; ++i) {
    wrong += b.wrong[i];
    undetected += b.wrong[i] && b.trusted[i];
  }
  EXPECT_DOUBLE_EQ(got.at("errors"), wrong / static_cast<double>(b.exchange.frames));
  EXPECT_DOUBLE_EQ(got.at("undetected"), undetected / static_cast<double>(b.exchange.frames));
  for (const auto& row : make<Metric>("frame")->rows()) EXPECT_EQ(row.kind, Row::Kind::proportion);
}

TEST(BerAndBler, CompareTheBitsThemselvesWithoutACode) {
  std::mt19937_64 random(2);
  Bits sent, received;
  double bits = 0, errors = 0, wrong = 0;
  for (int frame = 0; frame < 300; ++frame) {
    const auto row = sent.append(static_cast<std::size_t>(random() % 40));
    for (auto& bit : row) bit = random() % 2 != 0;
    received.append(row);
    double here = 0;
    for (auto& bit : received[static_cast<std::size_t>(frame)])
      if (random() % 16 == 0) {
        bit ^= 1;
        ++here;
      }
    bits += static_cast<double>(row.size());
    errors += here;
    wrong += here > 0;
  }
  Exchange exchange;
  exchange.frames = sent.rows();
  exchange.bits_sent = &sent;
  exchange.bits_received = &received;
  for (const auto& [name, value] : values(*make<Metric>("ber"), exchange))
    EXPECT_DOUBLE_EQ(value, errors / bits) << name;
  const auto bler = values(*make<Metric>("bler"), exchange);
  EXPECT_DOUBLE_EQ(bler.at("info"), wrong / 300);
  EXPECT_DOUBLE_EQ(bler.at("code"), wrong / 300);
}

TEST(Ber, BitsThatNeverArriveAreWrong) {
  Bits sent, received;
  sent.append(std::vector<std::uint8_t>{1, 0, 1, 1});
  received.append(std::vector<std::uint8_t>{1, 1});
  Exchange exchange;
  exchange.frames = 1;
  exchange.bits_sent = &sent;
  exchange.bits_received = &received;
  EXPECT_DOUBLE_EQ(values(*make<Metric>("ber"), exchange).at("info"), 3.0 / 4);
}

TEST(TokenAccuracy, IsTheShareOfSentPositionsThatCameOutEqual) {
  Tokens sent, received;
  sent.append(std::vector<Token>{1, 2, 3, 4});
  received.append(std::vector<Token>{1, 9, 3});
  sent.append(std::vector<Token>{5});
  received.append(std::vector<Token>{5, 6, 7});
  sent.append(std::vector<Token>{});
  received.append(std::vector<Token>{8});
  Exchange exchange;
  exchange.frames = 3;
  exchange.tokens_sent = &sent;
  exchange.tokens_received = &received;
  EXPECT_DOUBLE_EQ(values(*make<Metric>("token-accuracy"), exchange).at("equal"), 3.0 / 5);
}

TEST(Compression, CountsCharactersAndBytes) {
  Bytes items;
  for (const std::string text : {"abc", "\xC3\xBC\xE2\x82\xAC", "\xF0\x9F\x98\x80", ""})
    std::ranges::copy(text, items.append(text.size()).begin());
  const std::vector<Ledger> ledger{{.coded_bits = 10}, {.coded_bits = 7}, {.coded_bits = 4}, {.coded_bits = 1}};
  Exchange exchange;
  exchange.frames = 4;
  exchange.items_sent = &items;
  exchange.ledger = ledger;
  const auto got = values(*make<Metric>("compression"), exchange);
  EXPECT_DOUBLE_EQ(got.at("bits-per-character"), 22.0 / 6);
  EXPECT_DOUBLE_EQ(got.at("bits-per-byte"), 22.0 / 12);
}

TEST(Metrics, SayWhatTheyNeedAndMissWithASentence) {
  const std::pair<const char*, unsigned> expected[] = {{"ber", Metric::bits},
                                                       {"bler", Metric::bits},
                                                       {"frame", 0},
                                                       {"decoder", Metric::code_bits},
                                                       {"bleu", Metric::items},
                                                       {"token-accuracy", Metric::tokens},
                                                       {"compression", Metric::items | Metric::ledger}};
  for (const auto& [name, needs] : expected) {
    const auto metric = make<Metric>(name);
    EXPECT_EQ(metric->needs(), needs) << name;
    Exchange exchange;
    exchange.frames = 2;
    std::vector<double> out(2 * metric->quantities().size());
    EXPECT_THROW(metric->measure(exchange, out), Error) << name;
    exchange.frames = 0;
    metric->measure(exchange, {});
  }
}

TEST(Metrics, ValuesOfAFrameDependOnThatFrameAlone) {
  const Blocks b;
  for (const char* name : {"ber", "bler", "decoder", "frame"}) {
    const auto metric = make<Metric>(name);
    const std::size_t width = metric->quantities().size();
    std::vector<double> all(b.exchange.frames * width);
    metric->measure(b.exchange, all);
    std::size_t block = 0;
    for (std::size_t frame = 0; frame < b.exchange.frames; ++frame) {
      Exchange one = b.exchange;
      one.frames = 1;
      one.blocks = b.exchange.blocks.subspan(frame, 1);
      const std::size_t count = one.blocks[0];
      one.block_bits = b.exchange.block_bits.subspan(block, count);
      one.information_errors = b.exchange.information_errors.subspan(block, count);
      one.code_errors = b.exchange.code_errors.subspan(block, count);
      one.converged = b.exchange.converged.subspan(block, count);
      one.iterations = b.exchange.iterations.subspan(block, count);
      one.wrong = b.exchange.wrong.subspan(frame, 1);
      one.trusted = b.exchange.trusted.subspan(frame, 1);
      block += count;
      std::vector<double> out(width);
      metric->measure(one, out);
      EXPECT_TRUE(std::equal(out.begin(), out.end(), all.begin() + static_cast<std::ptrdiff_t>(frame * width)))
          << name << frame;
    }
  }
}
}  // namespace
