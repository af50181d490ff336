#include "unit/sdk/safetensors_test.hpp"

#include <bit>
#include <limits>

#include "support/support.hpp"

namespace tandem {
namespace {
using test::damaged;
using test::intact_files;
using test::read_all;
using test::safetensors;
using test::write_bytes;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;
using Type = Safetensors::Type;
using SafetensorsTest = test::SafetensorsTest;

TEST_F(SafetensorsTest, ReadsTheTableAndEveryType) {
  const auto bytes = intact_files()[0];
  write_bytes(path_, bytes);
  const Safetensors file(path_);
  EXPECT_EQ(file.path(), path_);
  ASSERT_EQ(file.tensors().size(), 16u);
  EXPECT_TRUE(std::ranges::is_sorted(file.tensors(), {}, &Safetensors::Tensor::name));
  const std::map<std::string, std::pair<Type, std::size_t>> expected = {
      {"flags", {Type::boolean, 1}}, {"a", {Type::u8, 1}},  {"b", {Type::i8, 1}},  {"c", {Type::f8_e5m2, 1}},
      {"d", {Type::f8_e4m3, 1}},     {"e", {Type::i16, 2}}, {"f", {Type::u16, 2}}, {"half", {Type::f16, 2}},
      {"brain", {Type::bf16, 2}},    {"g", {Type::i32, 4}}, {"h", {Type::u32, 4}}, {"w", {Type::f32, 4}},
      {"empty", {Type::f32, 4}},     {"i", {Type::i64, 8}}, {"j", {Type::u64, 8}}, {"double", {Type::f64, 8}}};
  for (const auto& tensor : file.tensors()) {
    ASSERT_TRUE(expected.contains(tensor.name)) << tensor.name;
    EXPECT_EQ(tensor.type, expected.at(tensor.name).first) << tensor.name;
    EXPECT_EQ(tensor.bytes.size(), tensor.elements() * expected.at(tensor.name).second) << tensor.name;
  }
  EXPECT_THAT(file["w"].shape, ElementsAre(2, 1, 2));
  EXPECT_THAT(file["double"].shape, ElementsAre());
  EXPECT_EQ(file["double"].elements(), 1u);
  EXPECT_EQ(file["empty"].elements(), 0u);
  EXPECT_THAT(file.floats("half", {2, 2}), ElementsAre(1, -2.5f, 0x1p-24f, 65504));
  EXPECT_THAT(file.floats("brain", {2}), ElementsAre(1.5f, -0x1.fep127f));
  EXPECT_THAT(file.floats("w", {2, 1, 2}),
              ElementsAre(1, 0, std::numeric_limits<float>::denorm_min(), std::numeric_limits<float>::max()));
  EXPECT_TRUE(std::signbit(file.floats("w", {2, 1, 2})[1]));
  EXPECT_THAT(file.floats("double", {}), ElementsAre(0.1f));
  EXPECT_THAT(file.floats("empty", {0, 7}), ElementsAre());
  EXPECT_EQ(file.metadata().size(), 2u);
  EXPECT_EQ(file.metadata("format"), "pt");
  EXPECT_EQ(file.metadata("card"), "\xc3\xa9\n");
  EXPECT_TRUE(file.contains("w"));
  EXPECT_FALSE(file.contains("v"));
  EXPECT_FALSE(file.contains("__metadata__"));
  for (const auto& intact : intact_files()) {
    write_bytes(path_, intact);
    EXPECT_NO_THROW(read_all(path_, intact));
  }
}

TEST_F(SafetensorsTest, RefusesValuesThatAreNotWhatIsAskedFor) {
  write_bytes(path_, intact_files()[0]);
  const Safetensors file(path_);
  const auto message = [](auto&& act) -> std::string {
    try {
      act();
    } catch (const Error& e) {
      return e.what();
    }
    return "accepted";
  };
  EXPECT_EQ(message([&] { file["v"]; }), in_tensor("v", "is not in the file"));
  EXPECT_EQ(message([&] { file.floats("v", {1}); }), in_tensor("v", "is not in the file"));
  EXPECT_EQ(message([&] { file.floats("half", {4}); }), in_tensor("half", "has the shape [2, 2], not [4]"));
  EXPECT_EQ(message([&] { file.floats("half", {1, 2, 2}); }), in_tensor("half", "has the shape [2, 2], not [1, 2, 2]"));
  EXPECT_EQ(message([&] { file.floats("double", {1}); }), in_tensor("double", "has the shape [], not [1]"));
  for (const auto& [name, type] :
       std::map<std::string, std::string>{{"flags", "BOOL"}, {"e", "I16"}, {"c", "F8_E5M2"}, {"j", "U64"}})
    EXPECT_EQ(message([&] { file.floats(name, file[name].shape); }),
              in_tensor(name, "holds " + type + ", not floating-point values"));
  EXPECT_EQ(message([&] { file.metadata("author"); }), path_ + ": __metadata__ has no \"author\"");
}

TEST_F(SafetensorsTest, RefusesValuesThatAreNotFinite) {
  const auto refused = [&](const char* type, auto value) {
    const std::string entry = std::string(R"({"w":{"dtype":")") + type + R"(","shape":[2],"data_offsets":[0,)" +
                              std::to_string(2 * sizeof value) + "]}}";
    std::string data(sizeof value, '\0');
    data.append(reinterpret_cast<const char*>(&value), sizeof value);
    write_bytes(path_, safetensors(entry, data));
    const Safetensors file(path_);
    try {
      file.floats("w", {2});
    } catch (const Error& e) {
      EXPECT_EQ(e.what(), in_tensor("w", "value 1 is not a finite float"));
      return true;
    }
    return false;
  };
  for (const int bits : {0x7c00, 0xfc00, 0x7e00, 0x7c01}) EXPECT_TRUE(refused("F16", static_cast<std::uint16_t>(bits)));
  for (const int bits : {0x7f80, 0xff80, 0x7fc0, 0x7f81})
    EXPECT_TRUE(refused("BF16", static_cast<std::uint16_t>(bits)));
  for (const float sign : {1.0f, -1.0f}) {
    EXPECT_TRUE(refused("F32", sign * std::numeric_limits<float>::infinity()));
    EXPECT_TRUE(refused("F32", sign * std::numeric_limits<float>::quiet_NaN()));
    EXPECT_TRUE(refused("F64", sign * std::numeric_limits<double>::infinity()));
    EXPECT_TRUE(refused("F64", sign * std::numeric_limits<double>::quiet_NaN()));
    // Midway between the largest float and the next power of two: a tie goes to even, which is out of range.
    EXPECT_TRUE(refused("F64", sign * 0x1.ffffffp127));
    EXPECT_FALSE(refused("F64", sign * std::nextafter(0x1.ffffffp127, 0.0)));
  }
}

// The value by the definition of a binary interchange format (IEEE 754, 3.4).
double defined_value(unsigned bits, int exponent_bits, int fraction_bits) {
  const int exponent = static_cast<int>(bits >> fraction_bits) & ((1 << exponent_bits) - 1);
  const int fraction = static_cast<int>(bits) & ((1 << fraction_bits) - 1);
  const int bias = (1 << (exponent_bits - 1)) - 1;
  const double magnitude = exponent == 0 ? std::ldexp(fraction, 1 - bias - fraction_bits)
                                         : std::ldexp(fraction + (1 << fraction_bits), exponent - bias - fraction_bits);
  return bits >> (exponent_bits + fraction_bits) ? -magnitude : magnitude;
}

TEST_F(SafetensorsTest, WidensEveryHalfExactly) {
  for (const auto& [type, exponent_bits, fraction_bits] : {std::tuple("F16", 5, 10), std::tuple("BF16", 8, 7)}) {
    std::string data;
    std::vector<double> expected;
    for (unsigned bits = 0; bits < 65536; ++bits) {
      if ((bits >> fraction_bits & ((1u << exponent_bits) - 1)) + 1 == 1u << exponent_bits) continue;  // not finite
      data += {static_cast<char>(bits), static_cast<char>(bits >> 8)};
      expected.push_back(defined_value(bits, exponent_bits, fraction_bits));
    }
    const std::string size = std::to_string(expected.size());
    write_bytes(path_, safetensors(std::string(R"({"w":{"dtype":")") + type + R"(","shape":[)" + size +
                                       R"(],"data_offsets":[0,)" + std::to_string(data.size()) + "]}}",
                                   data));
    const auto values = Safetensors(path_).floats("w", {expected.size()});
    for (std::size_t i = 0; i < expected.size(); ++i) {
      ASSERT_EQ(values[i], expected[i]) << type << " " << i;
      ASSERT_EQ(std::signbit(values[i]), std::signbit(expected[i])) << type << " " << i;
    }
  }
}

TEST_F(SafetensorsTest, ReadsManyTensorsButNotMoreThanAMillion) {
  std::string header = "{";
  int listed = 0;
  const auto list = [&](int count) {
    header.back() = listed == 0 ? '{' : ',';
    while (listed < count)
      header += "\"" + std::to_string(listed++) + R"(":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},)";
    header.back() = '}';
  };
  list(100'000);
  write_bytes(path_, safetensors(header));
  {
    const Safetensors file(path_);
    EXPECT_EQ(file.tensors().size(), 100'000u);
    EXPECT_TRUE(file.contains("99999"));
    EXPECT_FALSE(file.contains("100000"));
  }
  list(1'000'001);
  EXPECT_THAT(refusal_of_header(header), HasSubstr("there are more than 1000000 tensors"));
}

TEST_F(SafetensorsTest, SurvivesDamage) {
  std::mt19937_64 random(20260708);
  const auto files = intact_files();
  int accepted = 0;
  for (int run = 0; run < 10'000; ++run) {
    const std::string bytes = damaged(files[random() % files.size()], random);
    write_bytes(path_, bytes);
    try {
      read_all(path_, bytes);
      ++accepted;
    } catch (const Error& e) {
      ASSERT_THAT(e.what(), StartsWith(path_ + ": ")) << run;
    } catch (const std::exception& e) {
      FAIL() << "run " << run << ": " << e.what() << "\n" << bytes;
    }
  }
  EXPECT_GT(accepted, 500);
  EXPECT_LT(accepted, 6000);
}

TEST_F(SafetensorsTest, LoadsTheReleasedDecoders) {
  for (const char* channel : {"awgn", "rayleigh"}) {
    TANDEM_REQUIRE_DATA(path, std::string("llm-sscc/ecct_49_24_") + channel + ".safetensors");
    const Safetensors file(path.string());
    // Embedding, 6 layers of 16, two norms of 2 and two outputs of 2; 82,671 weights.
    EXPECT_EQ(file.tensors().size(), 1u + 6 * 16 + 8);
    std::size_t weights = 0;
    for (const auto& tensor : file.tensors()) {
      EXPECT_EQ(tensor.type, Type::f32) << tensor.name;
      weights += file.floats(tensor.name, tensor.shape).size();
    }
    EXPECT_EQ(weights, 82'671u);
    EXPECT_THAT(file["embedding"].shape, ElementsAre(77, 32));
    EXPECT_THAT(file["layers.5.attention.query.weight"].shape, ElementsAre(32, 32));
    EXPECT_THAT(file["layers.0.feed_forward.0.weight"].shape, ElementsAre(128, 32));
    EXPECT_THAT(file["layers.0.feed_forward.1.weight"].shape, ElementsAre(32, 128));
    EXPECT_THAT(file["head.weight"].shape, ElementsAre(1, 32));
    EXPECT_THAT(file["output.weight"].shape, ElementsAre(49, 77));
    EXPECT_THAT(file["output.bias"].shape, ElementsAre(49));
    EXPECT_EQ(file.metadata("system"), "ECCT of LLM-SSCC");
    EXPECT_EQ(file.metadata("channel"), std::string(channel) == "awgn" ? "AWGN" : "Rayleigh");
  }
}

}  // namespace
}  // namespace tandem
