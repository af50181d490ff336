#include <bit>
#include <cmath>
#include <tandem/coder.hpp>

#include "models.hpp"
#include "support/support.hpp"

namespace {
using namespace tandem;
using namespace tandem::test;

std::shared_ptr<Coder> bound(const Model& model, const std::string& fields = "{}", const char* name = "arithmetic") {
  auto coder = make<Coder>(name, fields);
  coder->bind(const_cast<Model&>(model));
  return coder;
}

void expect_round_trip(const Coder& coder, const Tokens& rows) {
  const auto back = coder.decode(coder.encode(rows).bits);
  EXPECT_TRUE(back.tokens == rows);
  EXPECT_EQ(back.clean, std::vector<std::uint8_t>(rows.rows(), 1));
}

// `end` all but impossible within the message and all but certain behind it, so that it adds nothing.
std::vector<double> aixi(const History& history) {
  switch (history.size()) {
    case 0:
      return {.45, .3, .25, 0};
    case 1:
      return {.2, .6, .2, 0};
    case 2:
      return {.2, .45, .35, 0};
    case 3:
      return {.6, .2, .2, 0};
    default:
      return {0, 0, 0, 1};
  }
}

TEST(Arithmetic, CodesTheExample) {
  const ProbabilityModel model(4, 3, aixi);
  const auto message = rows_of({{0, 1, 2, 1}});
  EXPECT_EQ(text_of(bound(model)->encode(message).bits[0]), "0101010");
  EXPECT_EQ(text_of(bound(model, R"({"end": "bytes"})")->encode(message).bits[0]), "01010011");
}

TEST(Arithmetic, ReturnsWhatItWasGivenWhateverTheModelOffers) {
  const auto rows = random_rows(70, 60, 16, 5, 1);
  const auto probabilities = contextual(16);
  const Predict frequencies = [&](const History& history) {
    std::vector<std::uint32_t> f(16);
    round_distribution(probabilities(history), 12, f);
    return std::vector<double>(f.begin(), f.end());
  };
  for (const char* end : {"bits", "bytes"}) {
    const std::string fields = std::string(R"({"end": ")") + end + "\"}";
    expect_round_trip(*bound(ProbabilityModel(16, 5, probabilities), fields), rows);
    expect_round_trip(*bound(LogitModel(16, 5, probabilities), fields), rows);
    expect_round_trip(*bound(DistributionModel<12>(16, 5, frequencies), fields), rows);
    expect_round_trip(*bound(DecisionModel(16, 5, probabilities), fields), rows);
    expect_round_trip(*bound(ProbabilityModel(16, 5, probabilities), fields), Tokens{});
  }
}

// The ideal length of a row under the frequencies that are coded; the prefix rule costs at most one bit and a part
// more.
TEST(Arithmetic, ComesWithinTwoBitsOfTheCodeLength) {
  const auto probabilities = contextual(40);
  const ProbabilityModel model(40, 39, probabilities);
  const auto rows = random_rows(100, 80, 40, 39, 2);
  const auto bits = bound(model)->encode(rows).bits;
  std::vector<std::uint32_t> f(40);
  for (std::size_t row = 0; row < rows.rows(); ++row) {
    double ideal = 0;
    History history;
    for (std::size_t i = 0; i <= rows[row].size(); ++i) {
      const Token token = i < rows[row].size() ? rows[row][i] : 39;
      round_distribution(probabilities(history), 30, f);
      ideal += 30 - std::log2(f[token]);
      history.push_back(token);
    }
    EXPECT_GE(static_cast<double>(bits.row_length(row)), ideal - 1e-6);
    EXPECT_LT(static_cast<double>(bits.row_length(row)), ideal + 2.001);
  }
}

TEST(Arithmetic, ComesWithinTenPartsInAMillionOnAMegabyte) {
  std::vector<double> p(257);
  Random random(3);
  double sum = 0;
  for (auto& value : p) sum += value = std::pow(random.real(), 6) + 1e-6;
  sum -= std::exchange(p[256], 0);
  for (auto& value : p) value /= sum;
  const ProbabilityModel model(257, 256, [&p](const History&) { return p; });
  std::vector<double> cumulative;
  for (double total = 0; const double value : p) cumulative.push_back(total += value);
  Tokens row;
  double ideal = 30;
  for (auto& token : row.append(1'000'000)) {
    const auto place = std::upper_bound(cumulative.begin(), cumulative.begin() + 255, random.real());
    token = static_cast<Token>(place - cumulative.begin());
    ideal -= std::log2(p[token]);
  }
  const auto coder = bound(model, R"({"max_tokens": 1000000})");
  const auto bits = coder->encode(row).bits;
  EXPECT_LE(static_cast<double>(bits.size()), ideal * 1.00001 + 64);
  EXPECT_TRUE(coder->decode(bits).tokens == row);
}

// A chunk is predicted as a row of its own would be, whichever chunks are beside it: together they take what the rows take.
TEST(Arithmetic, ChunksKnowNothingOfEachOther) {
  const auto probabilities = contextual(40);
  const ProbabilityModel model(40, 39, probabilities);
  std::vector<std::uint32_t> f(40);
  for (const std::size_t length : {0u, 1u, 9u, 10u, 11u, 639u, 640u, 641u, 2'000u}) {  // 64 chunks of 10 stand side by side
    const auto rows = random_rows(1, static_cast<int>(length) + 1, 40, 39, 7 + length);
    const auto row = rows[0];
    double ideal = 0;
    History history;
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i % 10 == 0) history.clear();
      round_distribution(probabilities(history), 30, f);
      ideal += 30 - std::log2(f[row[i]]);
      history.push_back(row[i]);
    }
    const double digits = static_cast<double>(std::bit_width(row.size()));
    const auto coder = bound(model, R"({"chunk": 10})");
    const auto bits = coder->encode(rows).bits;
    EXPECT_GE(static_cast<double>(bits.size()), ideal + 5 + digits - 1e-6);
    EXPECT_LT(static_cast<double>(bits.size()), ideal + 5 + digits + 2.001);
    expect_round_trip(*coder, rows);
    expect_round_trip(*bound(model, R"({"chunk": 10, "end": "bytes"})"), rows);
  }
}

// Whatever the bits say of the length: no more comes out than they can hold.
TEST(Arithmetic, DamagedChunksEnd) {
  const ProbabilityModel model(40, 39, contextual(40));
  const auto rows = random_rows(1, 300, 40, 39, 5);
  const auto coder = bound(model, R"({"chunk": 16, "max_tokens": 1000000})");
  const auto whole = coder->encode(rows).bits;
  Random random(8);
  for (int attempt = 0; attempt < 300; ++attempt) {
    Bits bits;
    const auto part = whole[0].first(random.below(whole[0].size() + 1));
    const auto row = bits.append(part.size());
    std::ranges::copy(part, row.begin());
    for (std::uint64_t flips = random.below(4); flips-- > 0 && !row.empty();) row[random.below(row.size())] ^= 1;
    EXPECT_LE(coder->decode(bits).tokens.row_length(0), 50'000u);
  }
}

TEST(Arithmetic, BatchesAndStreamsChangeNothing) {
  const ProbabilityModel model(30, 7, contextual(30));
  const auto rows = random_rows(130, 50, 30, 7, 4);
  const auto reference = bound(model)->encode(rows).bits;
  EXPECT_LE(model.most_streams, 64u);
  for (const int streams : {1, 3, 64, 4096})
    EXPECT_TRUE(bound(model, "{\"streams\": " + std::to_string(streams) + "}")->encode(rows).bits == reference);
  const auto coder = bound(model);
  for (const std::size_t batch : {1, 3, 64}) {
    Bits joined;
    Tokens returned;
    for (std::size_t first = 0; first < rows.rows(); first += batch) {
      Tokens part;
      for (std::size_t row = first; row < std::min(first + batch, rows.rows()); ++row) part.append(rows[row]);
      const auto bits = coder->encode(part).bits;
      const auto back = coder->decode(bits);
      for (std::size_t row = 0; row < bits.rows(); ++row) {
        joined.append(bits[row]);
        returned.append(back.tokens[row]);
      }
    }
    EXPECT_TRUE(joined == reference);
    EXPECT_TRUE(returned == rows);
  }
}

TEST(Arithmetic, IgnoresWhateverFollowsARow) {
  const ProbabilityModel model(20, 19, contextual(20));
  const auto coder = bound(model);
  const auto rows = random_rows(300, 12, 20, 19, 5);
  const auto bits = coder->encode(rows).bits;
  Random random(6);
  for (const int kind : {0, 1, 2}) {
    Bits longer;
    for (std::size_t row = 0; row < bits.rows(); ++row) {
      const auto own = bits[row];
      const auto all = longer.append(own.size() + random.below(100));
      std::ranges::copy(own, all.begin());
      for (auto& bit : all.subspan(own.size()))
        bit = static_cast<std::uint8_t>(kind == 2 ? random.below(2) : static_cast<std::uint64_t>(kind));
    }
    const auto back = coder->decode(longer);
    EXPECT_TRUE(back.tokens == rows);
    EXPECT_EQ(back.clean, std::vector<std::uint8_t>(rows.rows(), 1));
  }
}

// With 64 equally probable symbols a decoder takes 6 bits for each, its own 64 and those of the end behind the row.
TEST(Arithmetic, StopsBehindEveryTruncationAndCorruption) {
  const ProbabilityModel model(64, 63, [](const History&) { return std::vector<double>(64, 1.0 / 64); });
  const auto coder = bound(model);
  const auto rows = random_rows(1, 200, 64, 63, 7);
  const auto bits = coder->encode(rows).bits;
  Bits damaged;
  for (std::size_t length = 0; length <= bits.size(); ++length) damaged.append(bits[0].first(length));
  Random random(8);
  for (int i = 0; i < 10'000; ++i) {
    const auto row = damaged.append(bits.size());
    std::ranges::copy(bits[0], row.begin());
    for (auto flips = 1 + random.below(8); flips-- > 0;) row[random.below(row.size())] ^= 1;
  }
  const auto back = coder->decode(damaged);
  ASSERT_EQ(back.tokens.rows(), damaged.rows());
  ASSERT_EQ(back.clean.size(), damaged.rows());
  std::size_t stopped = 0;
  for (std::size_t row = 0; row < damaged.rows(); ++row) {
    EXPECT_LE(back.tokens.row_length(row) * 6, damaged.row_length(row) + 64);
    for (const Token token : back.tokens[row]) ASSERT_LT(token, 63u);
    stopped += !back.clean[row];
  }
  EXPECT_GT(stopped, 100u);
  EXPECT_EQ(back.clean[bits.size()], 1);
}

// Tokens that cost next to nothing use up no bits: max_tokens ends the decoding.
TEST(Arithmetic, StopsAtMaxTokens) {
  const ProbabilityModel model(2, 1, [](const History&) { return std::vector<double>{1, 0}; });
  const auto coder = bound(model, R"({"max_tokens": 1000})");
  const auto back = coder->decode(bits_of("0"));
  EXPECT_EQ(back.tokens.row_length(0), 1000u);
  EXPECT_EQ(back.clean[0], 0);
  expect_round_trip(*coder, rows_of({History(1000, 0), {}}));
  try {
    coder->encode(rows_of({{0}, History(1001, 0)}));
    FAIL() << "a longer row was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.where(), "row 1");
  }
}

TEST(Arithmetic, CodesAVocabularyOfOneInNoBits) {
  const ProbabilityModel model(1, 0, [](const History&) { return std::vector<double>{1}; });
  const auto coder = bound(model);
  EXPECT_EQ(coder->encode(rows_of({{}, {}})).bits.size(), 0u);
  expect_round_trip(*coder, rows_of({{}, {}}));
}

TEST(Arithmetic, RefusesWhatItCannotCode) {
  const ProbabilityModel model(4, 3, contextual(4));
  const auto coder = bound(model);
  EXPECT_THROW(coder->encode(rows_of({{0, 4}})), Error);
  EXPECT_THROW(coder->encode(rows_of({{0, 3}})), Error);
  EXPECT_THROW(make<Coder>("arithmetic")->encode(rows_of({{0}})), Error);
  TestTokenizer tokenizer(4, 3);
  EXPECT_THROW(make<Coder>("arithmetic")->bind(tokenizer), Error);
  EXPECT_THROW(make<Coder>("arithmetic", R"({"end": "none"})"), FieldError);
  const ProbabilityModel broken(4, 3, [](const History&) { return std::vector<double>(4, 0.3); });
  EXPECT_THROW(bound(broken)->encode(rows_of({{0}})), Error);
}

// The published registers, written down once more, a symbol at a time and with all intervals spelled out.
struct Published {
  static constexpr std::int64_t top = std::int64_t{1} << 31, half = top / 2, quarter = top / 4;
  static std::string encode(const Predict& predict, std::span<const Token> row, Token end) {
    std::int64_t low = 0, high = top, pending = 0;
    std::string out;
    const auto emit = [&](char bit) {
      out += bit;
      for (; pending > 0; --pending) out += bit == '0' ? '1' : '0';
    };
    History history;
    for (std::size_t i = 0; i <= row.size(); ++i) {
      const Token token = i < row.size() ? row[i] : end;
      double below = 0;
      const auto p = predict(history);
      for (Token t = 0; t < token; ++t) below += p[t];
      const double above = below + p[token];
      history.push_back(token);
      const auto width = static_cast<double>(high - low + 1);
      high = low + static_cast<std::int64_t>(width * above);
      low = low + static_cast<std::int64_t>(width * below);
      for (;;) {
        if (high < half) {
          emit('0');
          low *= 2, high *= 2;
        } else if (low >= half) {
          emit('1');
          low = 2 * (low - half), high = 2 * (high - half);
        } else {
          break;
        }
      }
      while (low >= quarter && high < 3 * quarter) {
        low = 2 * (low - quarter), high = 2 * (high - quarter);
        ++pending;
      }
    }
    ++pending;
    emit(low < quarter ? '0' : '1');
    return out;
  }
};

TEST(Arithmetic31, SendsThePublishedBits) {
  const auto predict = contextual(50);
  const auto rows = random_rows(70, 60, 50, 49, 9);
  const ProbabilityModel model(50, 49, predict);
  const auto coder = bound(model, "{}", "arithmetic-31");
  const auto bits = coder->encode(rows).bits;
  for (std::size_t row = 0; row < rows.rows(); ++row)
    EXPECT_EQ(text_of(bits[row]), Published::encode(predict, rows[row], 49)) << row;
  expect_round_trip(*coder, rows);
}

TEST(Arithmetic31, ReturnsWhatItWasGivenWhateverTheModelOffers) {
  const auto rows = random_rows(70, 60, 16, 5, 10);
  const auto probabilities = contextual(16);
  const Predict frequencies = [&](const History& history) {
    std::vector<std::uint32_t> f(16);
    round_distribution(probabilities(history), 20, f);
    return std::vector<double>(f.begin(), f.end());
  };
  const Predict fractions = [&](const History& history) {
    auto f = frequencies(history);
    for (auto& value : f) value *= 0x1p-20;
    return f;
  };
  expect_round_trip(*bound(LogitModel(16, 5, probabilities), "{}", "arithmetic-31"), rows);
  const DistributionModel<20> integers(16, 5, frequencies);
  const auto coder = bound(integers, "{}", "arithmetic-31");
  expect_round_trip(*coder, rows);
  const ProbabilityModel reals(16, 5, fractions);
  EXPECT_TRUE(coder->encode(rows).bits == bound(reals, "{}", "arithmetic-31")->encode(rows).bits);
  EXPECT_TRUE(coder->encode(rows).bits == bound(integers, R"({"streams": 7})", "arithmetic-31")->encode(rows).bits);
  const DecisionModel decisions(16, 5, probabilities);
  EXPECT_THROW(bound(decisions, "{}", "arithmetic-31")->encode(rows), Error);
}

TEST(Arithmetic31, IgnoresWhateverFollowsARowAndStopsBehindDamage) {
  const ProbabilityModel model(20, 19, contextual(20));
  const auto coder = bound(model, "{}", "arithmetic-31");
  const auto rows = random_rows(100, 30, 20, 19, 11);
  const auto bits = coder->encode(rows).bits;
  Random random(12);
  Bits longer, damaged;
  for (int i = 0; i < 10'000; ++i) {
    const auto own = bits[static_cast<std::size_t>(i) % bits.rows()];
    auto all = longer.append(own.size() + random.below(100));
    std::ranges::copy(own, all.begin());
    for (auto& bit : all.subspan(own.size())) bit = static_cast<std::uint8_t>(random.below(2));
    all = damaged.append(random.below(own.size() + 1));
    std::ranges::copy(own.first(all.size()), all.begin());
    if (!all.empty()) all[random.below(all.size())] ^= 1;
  }
  const auto back = coder->decode(longer);
  for (std::size_t row = 0; row < longer.rows(); ++row) {
    ASSERT_TRUE(std::ranges::equal(back.tokens[row], rows[row % rows.rows()])) << row;
    ASSERT_EQ(back.clean[row], 1);
  }
  const auto stopped = coder->decode(damaged);
  ASSERT_EQ(stopped.tokens.rows(), damaged.rows());
  for (const Token token : stopped.tokens.values()) ASSERT_LT(token, 19u);
}

TEST(Arithmetic31, RefusesRowsThatItsRegistersCannotHold) {
  const ProbabilityModel never(3, 2, [](const History&) { return std::vector<double>{.5, 0, .5}; });
  EXPECT_THROW(bound(never, "{}", "arithmetic-31")->encode(rows_of({{1}})), Error);
  // Everything that it does accept comes back, also with probabilities at the edge of the registers.
  Random random(13);
  std::size_t accepted = 0, refused = 0;
  for (int trial = 0; trial < 3'000; ++trial) {
    const double tiny = std::ldexp(1.0, -static_cast<int>(20 + random.below(12)));
    const std::uint64_t order = random.below(3);
    const ProbabilityModel model(3, 2, [=](const History&) {
      std::vector<double> p = {tiny, tiny, tiny};
      p[order] = 1 - 2 * tiny;
      return p;
    });
    const auto coder = bound(model, "{}", "arithmetic-31");
    const auto rows = random_rows(1, 6, 3, 2, random.next());
    Bits bits;
    try {
      bits = coder->encode(rows).bits;
    } catch (const Error& error) {
      EXPECT_EQ(error.where(), "row 0");
      ++refused;
      continue;
    }
    ++accepted;
    const auto back = coder->decode(bits);
    ASSERT_TRUE(back.tokens == rows) << trial;
  }
  EXPECT_GT(accepted, 1'000u);
  EXPECT_GT(refused, 10u);
}

TEST(Arithmetic31, StopsOnRepeatsWhenAsked) {
  const ProbabilityModel model(4, 3, [](const History&) { return std::vector<double>(4, .25); });
  const auto bits = bound(model, "{}", "arithmetic-31")->encode(rows_of({{0, 1, 1, 1, 2}, {1, 1, 0, 1}})).bits;
  const auto back = bound(model, R"({"stop_on_repeat": 3})", "arithmetic-31")->decode(bits);
  EXPECT_TRUE(back.tokens == rows_of({{0, 1, 1, 1}, {1, 1, 0, 1}}));
  EXPECT_EQ(back.clean, (std::vector<std::uint8_t>{0, 1}));
}
}  // namespace
