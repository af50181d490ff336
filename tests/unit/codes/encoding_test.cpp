#include <algorithm>
#include <array>
#include <fstream>
#include <numeric>
#include <sstream>
#include <tandem/code.hpp>
#include <tandem/noise.hpp>

#include "support/support.hpp"

namespace {
using namespace tandem;
using test::make;

std::shared_ptr<Code> parity_check(const std::filesystem::path& path, const std::string& more = "") {
  return make<Code>("parity-check", R"({"matrix": ")" + path.string() + "\"" + more + "}");
}

// The rows of an alist, sorted: a second, simple reader.
std::vector<std::vector<std::uint32_t>> alist_rows(const std::filesystem::path& path) {
  std::istringstream in(test::read_file(path));
  std::size_t columns, rows, skip, weight;
  in >> columns >> rows >> skip >> weight;
  for (std::size_t i = 0; i < columns + rows; ++i) in >> skip;
  std::string line;
  std::getline(in, line);
  for (std::size_t i = 0; i < columns; ++i) std::getline(in, line);
  std::vector<std::vector<std::uint32_t>> out(rows);
  for (auto& row : out) {
    std::getline(in, line);
    std::istringstream entries(line);
    for (std::uint32_t entry; entries >> entry;)
      if (entry != 0) row.push_back(entry - 1);
    std::ranges::sort(row);
  }
  std::ranges::sort(out);
  return out;
}

std::vector<std::vector<std::uint32_t>> sorted_rows(const SparseMatrix& checks) {
  std::vector<std::vector<std::uint32_t>> out;
  for (std::size_t r = 0; r < checks.rows(); ++r) out.emplace_back(checks.row(r).begin(), checks.row(r).end());
  std::ranges::sort(out);
  return out;
}

// Not optimised with its callers: of a constant size g++ 12 warns of overflows that are not there.
[[gnu::noipa]] Bits random_bits(std::size_t rows, std::size_t length, std::uint64_t seed) {
  Bits bits(rows, length);
  Noise(seed, "information", 0).bits(bits);
  return bits;
}

// H c = 0, the information in its place, and linearity.
void check_encoder(const Code& code) {
  const std::size_t rows = 40;
  const Bits a = random_bits(rows, code.k(), 1), b = random_bits(rows, code.k(), 2);
  Bits sum = a;
  for (std::size_t i = 0; i < sum.size(); ++i) sum.values()[i] ^= b.values()[i];
  const Bits coded_a = code.encode(a), coded_b = code.encode(b), coded_sum = code.encode(sum);
  ASSERT_EQ(coded_a.rows(), rows);
  ASSERT_EQ(coded_a.row_length(), code.n());
  ASSERT_EQ(code.information_positions().size(), code.k());
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t i = 0; i < code.n(); ++i) {
      ASSERT_LE(coded_a[row][i], 1);
      ASSERT_EQ(coded_a[row][i] ^ coded_b[row][i], coded_sum[row][i]);
    }
    if (code.checks()->columns() == code.n()) {
      ASSERT_TRUE(code.checks()->satisfied(coded_a[row]));
    }
    for (std::size_t i = 0; i < code.k(); ++i) ASSERT_EQ(coded_a[row][code.information_positions()[i]], a[row][i]);
  }
}

struct Published final {
  const char* file;
  std::size_t rows, rank;
};
const Published published[] = {{"codes/ecct/LDPC_N49_K24.alist", 28, 25},
                               {"codes/ecct/LDPC_N121_K60.alist", 66, 61},
                               {"codes/ecct/LDPC_N121_K70.alist", 55, 51},
                               {"codes/ecct/LDPC_N121_K80.alist", 44, 41},
                               {"codes/ecct/CCSDS_N128_K64.alist", 64, 64},
                               {"codes/ecct/MACKAY_N96_K48.alist", 48, 48},
                               {"codes/ecct/BCH_N63_K45.txt", 18, 18},
                               {"codes/ecct/POLAR_N64_K32.txt", 32, 32},
                               {"codes/aff3ct/WIFI_540_648.alist", 108, 108},
                               {"codes/aff3ct/DEBUG_6_3.alist", 3, 3},
                               {"codes/aff3ct/Peeling_PureIRA_2400_3000.alist", 600, 600},
                               {"codes/aff3ct/10GBPS-ETHERNET_1723_2048.alist", 384, 325}};

TEST(ParityCheck, RanksOfPublishedMatrices) {
  for (const auto& [file, rows, rank] : published) {
    SCOPED_TRACE(file);
    TANDEM_REQUIRE_DATA(path, file);
    const auto code = parity_check(path);
    EXPECT_EQ(code->checks()->rows(), rows);
    EXPECT_EQ(code->n() - code->k(), rank);
    check_encoder(*code);
  }
}

TEST(ParityCheck, EveryRowOfThePublishedFileIsKept) {
  TANDEM_REQUIRE_DATA(path, "codes/ecct/LDPC_N121_K60.alist");
  EXPECT_EQ(sorted_rows(*parity_check(path)->checks()), alist_rows(path));
}

TEST(ParityCheck, TheTwoCopiesOfTheCcsdsMatrixAgree) {
  TANDEM_REQUIRE_DATA(path, "codes/ecct/CCSDS_N128_K64.alist");
  EXPECT_EQ(*parity_check(path)->checks(), *parity_check(test::data("codes/aff3ct/CCSDS_64_128.alist"))->checks());
}

TEST(ParityCheck, CcsdsMatrixIsItsCirculantTable) {
  TANDEM_REQUIRE_DATA(path, "codes/ecct/CCSDS_N128_K64.alist");
  // CCSDS 231: shifts of the 16 x 16 blocks, -1 for none; the diagonal blocks have a second one.
  const int shifts[4][8] = {
      {0, 2, 14, 6, -1, 0, 13, 0}, {6, 0, 0, 1, 0, -1, 0, 7}, {4, 1, 0, 14, 11, 0, -1, 3}, {0, 1, 9, 0, 14, 1, 0, -1}};
  const int second[4] = {7, 15, 15, 13};
  std::vector<std::vector<std::uint32_t>> rows;
  for (int a = 0; a < 4; ++a)
    for (int i = 0; i < 16; ++i) {
      auto& row = rows.emplace_back();
      for (int b = 0; b < 8; ++b)
        if (shifts[a][b] >= 0) row.push_back(static_cast<std::uint32_t>(16 * b + (i + shifts[a][b]) % 16));
      row.push_back(static_cast<std::uint32_t>(16 * a + (i + second[a]) % 16));
      std::ranges::sort(row);
    }
  std::ranges::sort(rows);
  EXPECT_EQ(sorted_rows(*parity_check(path)->checks()), rows);
}

TEST(ParityCheck, PuncturedQuasiCyclicCode) {
  TANDEM_REQUIRE_DATA(path, "codes/aff3ct/AR4JA_4096_8192.qc");
  const auto code = parity_check(path);
  EXPECT_EQ(code->k(), 4096u);
  EXPECT_EQ(code->n(), 8192u);
  EXPECT_EQ(code->checks()->columns(), 10240u);
  EXPECT_EQ(code->checks()->ones(), 30720u);
  check_encoder(*code);
}

TEST(ArrayLdpc, EqualsThePublishedMatrices) {
  const std::pair<const char*, const char*> pairs[] = {{R"({"p": 7, "rows": 4})", "codes/ecct/LDPC_N49_K24.alist"},
                                                       {R"({"p": 11, "rows": 6})", "codes/ecct/LDPC_N121_K60.alist"},
                                                       {R"({"p": 11, "rows": 5})", "codes/ecct/LDPC_N121_K70.alist"},
                                                       {R"({"p": 11, "rows": 4})", "codes/ecct/LDPC_N121_K80.alist"}};
  for (const auto& [fields, file] : pairs) {
    SCOPED_TRACE(file);
    TANDEM_REQUIRE_DATA(path, file);
    EXPECT_EQ(sorted_rows(*make<Code>("array-ldpc", fields)->checks()), alist_rows(path));
  }
}

TEST(ArrayLdpc, DimensionsFollowTheFormula) {
  for (const int p : {2, 3, 5, 7, 11, 13})
    for (int rows = 1; rows < p; ++rows) {
      const auto code =
          make<Code>("array-ldpc", "{\"p\": " + std::to_string(p) + ", \"rows\": " + std::to_string(rows) + "}");
      EXPECT_EQ(code->n(), static_cast<std::size_t>(p * p));
      EXPECT_EQ(code->k(), static_cast<std::size_t>(p * p - rows * p + rows - 1));
      check_encoder(*code);
    }
}

// All 2^24 codewords; the counts are those of an independent enumeration.
TEST(ArrayLdpc, WeightDistribution) {
  const auto code = make<Code>("array-ldpc");
  const std::size_t batch = 1 << 14;
  std::array<std::uint64_t, 50> count{};
  Bits information(batch, 24);
  for (std::size_t first = 0; first < std::size_t{1} << 24; first += batch) {
    for (std::size_t row = 0; row < batch; ++row)
      for (std::size_t i = 0; i < 24; ++i) information[row][i] = static_cast<std::uint8_t>(((first + row) >> i) & 1);
    const Bits codewords = code->encode(information);
    for (std::size_t row = 0; row < batch; ++row) {
      const std::uint8_t* word = codewords[row].data();
      std::uint8_t weight = 0;
      for (std::size_t i = 0; i < 49; ++i) weight = static_cast<std::uint8_t>(weight + word[i]);
      ++count[weight];
    }
  }
  for (std::size_t weight = 1; weight < 8; ++weight) EXPECT_EQ(count[weight], 0u);
  EXPECT_EQ(count[0], 1u);
  EXPECT_EQ(count[8], 147u);
  EXPECT_EQ(count[12], 7448u);
  EXPECT_EQ(count[14], 36540u);
  EXPECT_EQ(count[16], 195755u);
  EXPECT_EQ(count[18], 705600u);
  EXPECT_EQ(count[20], 1684914u);
  EXPECT_EQ(count[22], 2926280u);
  EXPECT_EQ(count[24], 3792061u);
  EXPECT_EQ(count[26], 3500364u);
}

TEST(ArrayLdpc, RefusesWhatIsNoCode) {
  EXPECT_THROW(make<Code>("array-ldpc", R"({"p": 9})"), FieldError);
  EXPECT_THROW(make<Code>("array-ldpc", R"({"p": 5, "rows": 5})"), FieldError);
  EXPECT_STREQ(make<Code>("array-ldpc")->default_decoder(), "bp");
}

class Information : public ::testing::Test {
 protected:
  void SetUp() override {
    path_ = std::filesystem::path(::testing::TempDir()) / ("tandem-information-" + std::to_string(::getpid()) + ".txt");
    std::ofstream(path_) << "1 1 0 1 1 0 0\n1 0 1 1 0 1 0\n0 1 1 1 0 0 1\n";
  }
  void TearDown() override { std::filesystem::remove(path_); }
  std::vector<std::uint32_t> positions(const std::string& information) const {
    const auto code = parity_check(path_, ", \"information\": " + information);
    check_encoder(*code);
    return {code->information_positions().begin(), code->information_positions().end()};
  }
  std::filesystem::path path_;
};

TEST_F(Information, FirstLastOrListed) {
  using Positions = std::vector<std::uint32_t>;
  EXPECT_EQ(positions("\"first\""), (Positions{0, 1, 2, 3}));
  // Columns 0, 1, 2 add up to nothing, so the parity bits are 0, 1 and 3.
  EXPECT_EQ(positions("\"last\""), (Positions{2, 4, 5, 6}));
  EXPECT_EQ(positions("[6, 4, 2, 5]"), (Positions{6, 4, 2, 5}));
}

TEST_F(Information, RefusesWhatIsNoInformationSet) {
  for (const char* wrong :
       {"[3, 4, 5, 6]", "[0, 1, 2]", "[0, 1, 2, 3, 4]", "[0, 0, 1, 2]", "[0, 1, 2, 7]", "[0, 1, 2, -1]",
        "[0, 1, 2, 1.5]", "[0, 1, 2, 99999999999]", "[]", "\"middle\"", "3", "null", "{}", "[[0]]"}) {
    try {
      parity_check(path_, std::string(", \"information\": ") + wrong);
      ADD_FAILURE() << wrong << " was accepted";
    } catch (const FieldError& error) {
      EXPECT_EQ(error.field(), "information") << wrong;
    }
  }
}

TEST(ParityCheck, RefusesRowsOfAnotherLength) {
  EXPECT_THROW(make<Code>("array-ldpc")->encode(Bits(3, 25)), Error);
  EXPECT_EQ(make<Code>("array-ldpc")->encode(Bits()).rows(), 0u);
}

TEST(Repetition, AddsLlrs) {
  const auto code = make<Code>("repetition", R"({"n": 3})");
  EXPECT_EQ(code->k(), 1u);
  EXPECT_EQ(code->n(), 3u);
  const Bits information = random_bits(40, 1, 3), codewords = code->encode(information);
  for (std::size_t row = 0; row < 40; ++row) {
    for (const auto bit : codewords[row]) EXPECT_EQ(bit, information[row][0]);
    EXPECT_TRUE(code->checks()->satisfied(codewords[row]));
  }
  const float infinity = std::numeric_limits<float>::infinity();
  Reception reception;
  for (const std::array row : {std::array{-1.f, -1.f, 3.f},
                               {-1.f, -1.f, 1.5f},
                               {1.f, -1.f, 0.f},
                               {-infinity, 5.f, 5.f},
                               {infinity, -infinity, -1.f},
                               {infinity, -infinity, 0.f}})
    reception.llr.append(row);
  const Decoded decoded = dynamic_cast<const Decoding&>(*code).decode(reception);
  EXPECT_TRUE(std::ranges::equal(decoded.info.values(), std::array{0, 1, 0, 1, 1, 0}));
  EXPECT_TRUE(std::ranges::equal(decoded.codeword[1], std::array{1, 1, 1}));
  EXPECT_EQ(make<Code>("repetition", R"({"n": 1})")->checks(), nullptr);
}

TEST(Uncoded, DecidesEachBit) {
  const auto code = make<Code>("uncoded", R"({"k": 4})");
  EXPECT_EQ(make<Code>("uncoded")->n(), 24u);
  EXPECT_EQ(code->checks(), nullptr);
  const Bits information = random_bits(5, 4, 3);
  EXPECT_EQ(code->encode(information), information);
  Reception reception;
  reception.llr.append(std::array{-1.f, 0.f, -0.f, std::numeric_limits<float>::infinity()});
  const Decoded decoded = dynamic_cast<const Decoding&>(*code).decode(reception);
  EXPECT_TRUE(std::ranges::equal(decoded.codeword[0], std::array{1, 0, 0, 0}));
  EXPECT_EQ(decoded.info, decoded.codeword);
  EXPECT_EQ(decoded.converged[0], 1);
}

}  // namespace
