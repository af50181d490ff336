// The decoders ecct and crossmpt with weights that mean nothing: what they do around the network.
#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <tandem/error.hpp>
#include <tandem/neural/code_transformer.hpp>

#include "link.hpp"
#include "support/process.hpp"

namespace {
using namespace link_test;
using neural::CodeTransformer;
using Attention = neural::CodeTransformerShape::Attention;

class Transformers : public ::testing::TestWithParam<const char*> {
 protected:
  std::string name() const { return GetParam(); }
  Attention attention() const { return name() == "ecct" ? Attention::self : Attention::cross; }

  /// Weights of two layers of width 16 for `code`, with notes.
  std::string weights(const Code& code, const std::string& architecture, const std::string& matrix, const std::string& heads = "8") const {
    CodeTransformer model({.attention = attention(), .n = code.n(), .m = code.checks()->rows(), .layers = 2, .width = 16, .heads = 8}, *code.checks());
    model.initialize(3);
    SafetensorsWriter file;
    file.metadata("architecture", architecture);
    file.metadata("matrix", matrix);
    file.metadata("heads", heads);
    model.save(file, Safetensors::Type::f32);
    const auto path = (folder_.path() / (architecture + matrix.substr(0, 4) + heads + ".safetensors")).string();
    file.write(path);
    return path;
  }
  std::shared_ptr<Decoder> decoder(const std::string& path, Code& code, const std::string& more = "") const {
    return make_decoder(name(), "{\"weights\": \"" + path + "\"" + more + "}", code);
  }
  std::string refusal(const std::string& path, Code& code) const {
    try {
      decoder(path, code);
    } catch (const Error& error) {
      return error.what();
    }
    return "accepted";
  }

 private:
  test::TemporaryFolder folder_;
};

/// Received words: those of Frames, with y for the decoders.
Reception received(const Code& code, double eb_n0_db, std::size_t rows) {
  Reception reception = Frames(code, eb_n0_db, 0, rows).reception;
  reception.y = reception.llr;
  for (float& value : reception.y.values()) value *= 0.1f;
  return reception;
}

TEST_P(Transformers, TheStopLeavesCodewordsAloneAndChangesNothingElse) {
  const auto code = make_code("array-ldpc{}");
  const auto path = weights(*code, name(), neural::fingerprint(*code->checks()));
  const auto reception = received(*code, 7, 300);
  const Decoded all = decoder(path, *code)->decode(reception), some = decoder(path, *code, R"(, "stop": true)")->decode(reception);
  std::size_t stopped = 0;
  for (std::size_t row = 0; row < 300; ++row) {
    std::vector<std::uint8_t> hard;
    for (const float y : reception.y[row]) hard.push_back(y < 0);
    EXPECT_EQ(all.iterations[row], 1u);
    if (code->checks()->satisfied(hard)) {
      ++stopped;
      EXPECT_EQ(some.iterations[row], 0u);
      EXPECT_TRUE(some.converged[row]);
      EXPECT_TRUE(std::ranges::equal(some.codeword[row], hard));
    } else {
      EXPECT_EQ(some.iterations[row], 1u);
      EXPECT_TRUE(std::ranges::equal(some.codeword[row], all.codeword[row]));
      EXPECT_TRUE(std::ranges::equal(some.info[row], all.info[row]));
    }
  }
  EXPECT_GT(stopped, 50u);
  EXPECT_LT(stopped, 290u);
}

TEST_P(Transformers, TakeAnyValue) {
  const auto code = make_code("array-ldpc{}");
  const auto subject = decoder(weights(*code, name(), neural::fingerprint(*code->checks())), *code);
  Reception odd = received(*code, 4, 4);
  odd.y[0][0] = std::numeric_limits<float>::quiet_NaN();
  odd.y[1][0] = std::numeric_limits<float>::infinity();
  odd.y[2][0] = 1e30f;
  odd.y[3][0] = 16;
  Reception plain = odd;
  plain.y[0][0] = 0;
  plain.y[1][0] = plain.y[2][0] = 16;
  EXPECT_EQ(subject->decode(odd).codeword, subject->decode(plain).codeword);
  EXPECT_EQ(subject->decode(Reception{}).codeword.rows(), 0u);
}

TEST_P(Transformers, RefuseWhatIsNotTheirs) {
  const auto code = make_code("array-ldpc{}");
  const auto matrix = neural::fingerprint(*code->checks());
  const auto fine = weights(*code, name(), matrix);
  EXPECT_EQ(refusal(fine, *code), "accepted");
  EXPECT_THAT(refusal(weights(*code, "gpt2", matrix), *code), testing::HasSubstr("of the kind \"gpt2\""));
  EXPECT_THAT(refusal(weights(*code, name(), "00" + matrix.substr(2)), *code), testing::HasSubstr("were trained for another parity-check matrix"));
  for (const char* heads : {"0", "", "x", "-1", "99999999999999999999", "5"})
    EXPECT_NE(refusal(weights(*code, name(), matrix, heads), *code), "accepted") << heads;
  const auto other = make_code(R"(array-ldpc{"p": 7, "rows": 3})");
  EXPECT_NE(refusal(fine, *other), "accepted");
}

// A file of a few kilobytes that claims a network of gigabytes.
TEST_P(Transformers, AClaimedSizeIsNotAllocated) {
  const auto code = make_code("array-ldpc{}");
  const test::TemporaryFolder folder;
  SafetensorsWriter file;
  file.metadata("matrix", neural::fingerprint(*code->checks()));
  file.metadata("heads", "256");
  const std::size_t tokens = code->n() + code->checks()->rows();
  file.add("embedding", {tokens, 4096}, std::vector<float>(tokens * 4096), Safetensors::Type::f16);
  for (int layer = 0; layer < 900; ++layer) file.add("layers." + std::to_string(layer) + ".attention.query.weight", {0}, {});
  const auto path = (folder.path() / "claim.safetensors").string();
  file.write(path);
  EXPECT_THAT(refusal(path, *code), testing::HasSubstr("values, but a network of 900 layers"));
}

INSTANTIATE_TEST_SUITE_P(Both, Transformers, ::testing::Values("ecct", "crossmpt"), [](const auto& info) { return std::string(info.param); });

}  // namespace
