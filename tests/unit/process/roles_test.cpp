// Executables as channel, decoder, codec and metric, against what they should compute.
#include <gmock/gmock.h>

#include <cmath>
#include <random>
#include <tandem/channel.hpp>
#include <tandem/code.hpp>
#include <tandem/codec.hpp>
#include <tandem/metric.hpp>
#include <thread>

#include "children.hpp"
#include "support/process.hpp"

namespace tandem::test {
namespace {
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Bits rows_of(const std::vector<std::string>& texts) {
  Bits out;
  for (const auto& text : texts) std::ranges::copy(text, out.append(text.size()).begin());
  return out;
}

Symbols ones(std::initializer_list<std::size_t> lengths, int dimensions_per_use = 1) {
  Symbols out{{}, dimensions_per_use};
  for (const auto length : lengths) std::ranges::fill(out.values.append(length), 1.0f);
  return out;
}

Reception reception_of(std::size_t rows, std::size_t n) {
  Reception out;
  out.llr = Ragged<float>(rows, n);
  Noise(3, "llr", 0).normals(out.llr);
  out.y = out.llr;
  return out;
}

std::string refusal(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "(nothing was thrown)";
}

TEST(ProcessChannel, AddsTheNoiseOfItsFrames) {
  const auto channel = make<Channel>("process-channel", child_fields());
  EXPECT_TRUE(channel->has_snr());
  EXPECT_TRUE(channel->linear());
  EXPECT_EQ(channel->exactness(), Exactness::portable);
  EXPECT_FALSE(dynamic_cast<const Law&>(*channel).applies());
  const Noise noise(1, "channel", 40);
  const Symbols x = ones({4, 0, 6}, 2);
  const Observation out = channel->transmit(x, 0.5f, noise);
  ASSERT_EQ(out.y.values.rows(), 3u);
  EXPECT_EQ(out.y.dimensions_per_use, 2);
  EXPECT_EQ(out.n0, 0.5f);
  for (std::size_t row = 0; row < 3; ++row) {
    std::vector<float> normals(x.values.row_length(row));
    noise.normals(row, normals);
    const auto y = out.y.values[row];
    ASSERT_EQ(y.size(), normals.size());
    for (std::size_t i = 0; i < y.size(); ++i) EXPECT_EQ(y[i], 1 + 0.5f * normals[i]);  // sqrt(N0 / 2) = 1 / 2
    EXPECT_EQ(out.csi.row_length(row), y.size() / 2);
    EXPECT_EQ(out.h.row_length(row), y.size() / 2);
  }
}

TEST(ProcessChannel, IsTheSameForAnyBatchAndThread) {
  const auto channel = make<Channel>("process-channel", child_fields({}, {{"processes", 2}}));
  constexpr std::size_t frames = 64, length = 7;
  const auto sent = [](std::size_t rows) {
    Symbols out{Ragged<float>(rows, length), 1};
    std::ranges::fill(out.values.values(), -1.0f);
    return out;
  };
  const Observation whole = channel->transmit(sent(frames), 1, Noise(9, "channel", 0));
  for (const std::size_t batch : {1u, 3u}) {
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < 4; ++t)
      threads.emplace_back([&, t] {
        for (std::size_t first = t * batch; first < frames; first += 4 * batch) {
          const std::size_t rows = std::min(batch, frames - first);
          const Observation out = channel->transmit(sent(rows), 1, Noise(9, "channel", first));
          for (std::size_t row = 0; row < rows; ++row)
            EXPECT_TRUE(std::ranges::equal(out.y.values[row], whole.y.values[first + row]));
        }
      });
    for (auto& thread : threads) thread.join();
  }
}

TEST(ProcessChannel, SharesNoiseAmongFramesThatItAsksFor) {
  const nlohmann::json noise = {{{"kind", "normals"}, {"frames", 4}}, {{"kind", "uniforms"}, {"values", 2}}};
  const auto channel = make<Channel>("process-channel", child_fields({{"description", {{"noise", noise}}}}));
  const Observation out = channel->transmit(ones({5, 5, 5, 5, 5}), 2, Noise(9, "channel", 2));
  const auto same = [&](std::size_t a, std::size_t b) { return std::ranges::equal(out.y.values[a], out.y.values[b]); };
  EXPECT_TRUE(same(0, 1));   // frames 2 and 3
  EXPECT_FALSE(same(1, 2));  // 3 and 4
  EXPECT_TRUE(same(2, 4));   // 4 and 6
}

TEST(ProcessChannel, GivesLikelihoodsWhenItHasALaw) {
  const auto channel = make<Channel>("process-channel", child_fields({{"description", {{"law", true}}}}));
  const auto& law = dynamic_cast<const Law&>(*channel);
  EXPECT_TRUE(law.applies());
  const Observation observation{.y = ones({4, 2}, 2), .h = {}, .csi = {}, .n0 = 0.5f};
  Ragged<float> out;
  law.log_likelihood(observation, std::array{-1.0f, 1.0f}, out);
  ASSERT_EQ(out.rows(), 2u);
  EXPECT_THAT(out[0], ElementsAre(-8.0f, -8.0f));  // -(2^2 + 0^2) / N0
  EXPECT_THAT(out[1], ElementsAre(-8.0f));
}

TEST(ProcessDecoder, IsToldItsCodeAndDecides) {
  const TemporaryFolder folder;
  const auto told = folder.path() / "told.json";
  const auto code = make<Code>("array-ldpc");
  const auto decoder = make<Decoder>("process-decoder", child_fields({{"told", told.string()}}));
  EXPECT_FALSE(std::filesystem::exists(told));  // started once it knows its code
  EXPECT_EQ(decoder->exactness(), Exactness::none);
  decoder->bind(*code);
  EXPECT_EQ(decoder->exactness(), Exactness::portable);
  const auto hello = nlohmann::json::parse(read_file(told));
  EXPECT_EQ(hello["role"], "decoder");
  EXPECT_EQ(hello["code"]["n"], 49);
  EXPECT_EQ(hello["code"]["k"], 24);
  EXPECT_EQ(hello["code"]["checks"].size(), code->checks()->rows());
  EXPECT_EQ(hello["code"]["information_positions"].size(), 24u);

  Reception reception = reception_of(100, 49);
  const Bits word = code->encode(rows_of({std::string(24, '\1')}));
  for (std::size_t i = 0; i < 49; ++i) reception.llr[99][i] = word[0][i] ? -1.0f : 1.0f;
  const Decoded out = decoder->decode(reception);
  for (std::size_t row = 0; row < 100; ++row) {
    for (std::size_t i = 0; i < 49; ++i) EXPECT_EQ(out.codeword[row][i], reception.llr[row][i] < 0);
    for (std::size_t i = 0; i < 24; ++i)
      EXPECT_EQ(out.info[row][i], out.codeword[row][code->information_positions()[i]]);
    EXPECT_EQ(out.converged[row], code->checks()->satisfied(out.codeword[row]));
    EXPECT_EQ(out.iterations[row], 7u);
  }
  EXPECT_EQ(out.converged[99], 1);
}

TEST(ProcessDecoder, GetsWhatItNeeds) {
  const auto code = make<Code>("array-ldpc");
  for (const auto& [needs, meant] : {std::pair{"llr", Needs::llr}, {"y", Needs::y}, {"both", Needs::both}}) {
    const auto decoder = make<Decoder>("process-decoder", child_fields({{"description", {{"needs", needs}}}}));
    decoder->bind(*code);
    EXPECT_EQ(decoder->needs(), meant);
    Reception reception = reception_of(2, 49);
    reception.y = Ragged<float>(2, 49);
    std::ranges::fill(reception.y.values(), -1.0f);
    EXPECT_EQ(decoder->decode(reception).codeword[1][5], meant == Needs::y ? 1 : reception.llr[1][5] < 0);
  }
}

TEST(ProcessDecoder, TakesFramesLargerThanAnyPipe) {
  const auto code = make<Code>("array-ldpc");
  const auto decoder = make<Decoder>("process-decoder", child_fields());
  decoder->bind(*code);
  const Reception reception = reception_of(20'000, 49);  // 4 MB to it, 1 MB back
  const Decoded out = decoder->decode(reception);
  ASSERT_EQ(out.codeword.rows(), 20'000u);
  EXPECT_EQ(out.codeword[19'999][48], reception.llr[19'999][48] < 0);
}

TEST(ProcessCodec, GoesThereAndBack) {
  const auto codec = make<Codec>("process-codec", child_fields());
  const Bytes items = rows_of({"one", "", "three"});
  const Features features = codec->encode(items);
  ASSERT_EQ(features.rows(), 3u);
  EXPECT_THAT(features[0], ElementsAre(6, 15, 6, 14, 6, 5));
  EXPECT_EQ(codec->decode(features), items);
}

TEST(ProcessMetric, CountsAndEvaluates) {
  const auto metric = make<Metric>("process-metric", child_fields());
  EXPECT_EQ(metric->needs(), static_cast<unsigned>(Metric::bits));
  EXPECT_THAT(metric->quantities(), ElementsAre("errors", "bits"));
  const auto rows = metric->rows();
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].name, "wrong");
  EXPECT_EQ(rows[0].kind, Row::Kind::share);
  EXPECT_EQ(rows[0].denominator, 1);
  const Bits sent = rows_of({"0000", "0000"}), received = rows_of({"0000", "1001"});
  Exchange exchange;
  exchange.frames = 2;
  exchange.bits_sent = &sent;
  exchange.bits_received = &received;
  std::vector<double> out(4);
  metric->measure(exchange, out);
  EXPECT_THAT(out, ElementsAre(0, 4, 2, 4));
  EXPECT_EQ(metric->evaluate(1, std::array{6.0, 8.0}, 4), 1001.5);
}

TEST(ProcessComponent, CallsWithoutRowsAskNobody) {
  const auto fields = child_fields({{"fault", "exit"}});
  const Symbols none{Ragged<float>(0, 8), 1};
  const auto channel = make<Channel>("process-channel", fields);
  EXPECT_EQ(channel->transmit(none, 1, Noise(1, "channel", 0)).y.values.rows(), 0u);
  Ragged<float> likelihoods(2, 2);
  const std::array point{1.0f};
  dynamic_cast<const Law&>(*channel).log_likelihood({.y = none, .h = {}, .csi = {}, .n0 = 1}, point, likelihoods);
  EXPECT_EQ(likelihoods.rows(), 0u);
  // Its codewords need not hold the information bits.
  const auto code = make<Code>("polar", R"({"n": 8, "k": 4, "systematic": false})");
  EXPECT_NE(code->information_positions().size(), code->k());
  const auto decoder = make<Decoder>("process-decoder", fields);
  decoder->bind(*code);
  EXPECT_EQ(decoder->decode({}).codeword.rows(), 0u);
  EXPECT_EQ(decoder->decode({}).info.rows(), 0u);
  const auto codec = make<Codec>("process-codec", fields);
  EXPECT_EQ(codec->encode({}).rows(), 0u);
  EXPECT_EQ(codec->decode({}).rows(), 0u);
  make<Metric>("process-metric", fields)->measure({}, {});
}

TEST(ProcessComponent, DescriptionsThatDoNotSuitAreRefused) {
  const auto says = [](const char* plugin, nlohmann::json description) {
    return refusal([&] {
      const auto made = make_component(plugin, child_fields({{"description", std::move(description)}}));
      if (auto* decoder = dynamic_cast<Decoder*>(made.get())) decoder->bind(*make<Code>("array-ldpc"));
    });
  };
  EXPECT_THAT(says("process-channel", {{"protocol", 2}}), HasSubstr("speaks protocol 2, this Tandem speaks 1"));
  EXPECT_THAT(says("process-channel", {{"protocol", nullptr}}), HasSubstr("describes itself without \"protocol\""));
  EXPECT_THAT(says("process-channel", {{"exactness", "perfect"}}),
              HasSubstr("\"exactness\" must be one of none, build, portable"));
  EXPECT_THAT(says("process-channel", {{"noises", 1}}), HasSubstr("unknown key \"noises\""));
  EXPECT_THAT(says("process-channel", {{"noise", "normals"}}), HasSubstr("\"noise\" must be a list"));
  EXPECT_THAT(says("process-channel", {{"noise", {{{"kind", "white"}}}}}),
              HasSubstr("\"kind\" must be one of normals, uniforms"));
  EXPECT_THAT(says("process-channel", {{"noise", {{{"values", 1000}}}}}),
              HasSubstr("\"values\" must be a whole number from 1 to 64"));
  const nlohmann::json most = {{"values", 64}};
  EXPECT_THAT(says("process-channel", {{"noise", {most, most, most, most}}}), "(nothing was thrown)");
  EXPECT_THAT(says("process-channel", {{"noise", {most, most, most, most, {{"values", 1}}}}}),
              HasSubstr("asks for more than 256 values a dimension"));
  EXPECT_THAT(says("process-channel", {{"law", 1}}), HasSubstr("\"law\" must be true or false"));
  EXPECT_THAT(says("process-decoder", {{"needs", "all"}}), HasSubstr("\"needs\" must be one of llr, y, both"));
  EXPECT_THAT(says("process-metric", {{"needs", {"bytes"}}}), HasSubstr("among items, tokens"));
  EXPECT_THAT(says("process-metric", {{"quantities", {"errors"}}}),
              HasSubstr("names the quantity \"bits\", which there is not"));
  EXPECT_THAT(says("process-metric", {{"rows", {{{"name", "a.b"}}}}}), HasSubstr("small letters, digits and hyphens"));
  EXPECT_THAT(says("process-metric", {{"rows", nlohmann::json::array()}}), HasSubstr("must hold a row at least"));
}

}  // namespace
}  // namespace tandem::test
