// Payloads: what is written, and what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <tandem/batch.hpp>
#include <tandem/process/message.hpp>

namespace tandem::process {
namespace {
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Payload payload_of(const Request& request) {
  Payload out;
  for (const iovec& part : request.parts()) {
    const auto* bytes = static_cast<const std::byte*>(part.iov_base);
    out.insert(out.end(), bytes, bytes + part.iov_len);
  }
  EXPECT_EQ(out.size(), request.length());
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

TEST(Message, RowsOfOneLength) {
  Ragged<float> rows(2, 3);
  for (std::size_t i = 0; i < 6; ++i) rows.values()[i] = static_cast<float>(i);
  Request request(Kind::transmit);
  request.rows(rows);
  const Payload bytes = payload_of(request);
  ASSERT_EQ(bytes.size(), 16u + 24u);
  EXPECT_EQ(bytes[0], std::byte{2});
  EXPECT_EQ(bytes[8], std::byte{3});
  Answer answer(bytes);
  EXPECT_EQ(answer.rows<float>(2, 3, "values"), rows);
  answer.finish();
}

TEST(Message, RowsOfDifferentLengthsArePaddedToEight) {
  Bits rows;
  for (const std::size_t length : {3u, 0u, 2u}) std::ranges::fill(rows.append(length), std::uint8_t{1});
  Request request(Kind::decode);
  request.rows(rows).no_rows().real(0.5).number(7);
  const Payload bytes = payload_of(request);
  EXPECT_EQ(bytes.size(), 16u + 24u + 8u + 16u + 8u + 8u);
  Answer answer(bytes);
  EXPECT_EQ(answer.rows<std::uint8_t>(3, "bits"), rows);
  EXPECT_TRUE(answer.skip_empty("nothing"));
  EXPECT_EQ(answer.real("half"), 0.5);
  EXPECT_THAT(refusal([&] { answer.finish(); }), HasSubstr("8 bytes too many"));
}

TEST(Message, ClaimsBeyondThePayloadAreRefused) {
  const auto answer_of = [](std::vector<std::uint64_t> words) {
    const auto bytes = std::as_bytes(std::span(words));
    return Answer(Payload(bytes.begin(), bytes.end()));
  };
  constexpr std::uint64_t huge = std::uint64_t{1} << 62, varying = ~std::uint64_t{0};
  const auto too_short = HasSubstr("ends before all of its values");
  EXPECT_THAT(refusal([&] { answer_of({}).rows<float>(1, "values"); }), too_short);
  EXPECT_THAT(refusal([&] { answer_of({1}).rows<float>(1, "values"); }), too_short);
  EXPECT_THAT(refusal([&] { answer_of({1, huge}).rows<double>(1, "values"); }), too_short);
  EXPECT_THAT(refusal([&] { answer_of({4, huge}).rows<float>(4, "values"); }), too_short);
  EXPECT_THAT(refusal([&] { answer_of({1, varying}).rows<float>(1, "values"); }), too_short);
  EXPECT_THAT(refusal([&] { answer_of({1, varying, huge}).rows<float>(1, "values"); }), too_short);
  EXPECT_THAT(refusal([&] { answer_of({2, varying, 1, varying, 0}).rows<float>(2, "values"); }), too_short);
  EXPECT_THAT(refusal([&] { answer_of({1, 3, 0}).rows<float>(1, "values"); }), too_short);
  EXPECT_THAT(refusal([&] {
                answer_of({huge, 0}).rows<float>(1, "values");
              }),
              HasSubstr("4611686018427387904 rows of values, 1 were asked for"));
  EXPECT_THAT(refusal([&] { answer_of({1, 2, 0}).rows<float>(1, 3, "values"); }), HasSubstr("another length than 3"));
  const auto nan = std::bit_cast<std::uint64_t>(std::nan(""));
  EXPECT_THAT(refusal([&] { answer_of({1, 1, nan}).rows<double>(1, "values"); }), HasSubstr("not a number"));
}

TEST(Message, WhateverComesIsReadOrRefused) {
  std::mt19937_64 random(5);
  std::size_t read = 0, refused = 0;
  for (int i = 0; i < 200'000; ++i) {
    std::vector<std::uint64_t> words(random() % 8);
    for (auto& word : words) word = random() % 4 == 0 ? random() : random() % 5 == 0 ? ~std::uint64_t{0} : random() % 4;
    const auto bytes = std::as_bytes(std::span(words));
    Answer answer(Payload(
        bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(bytes.size() - (bytes.empty() ? 0 : random() % 8))));
    try {
      const std::size_t rows = random() % 4;
      const auto got = answer.rows<std::uint8_t>(rows, "values");
      EXPECT_EQ(got.rows(), rows);
      EXPECT_LE(got.size(), bytes.size());
      ++read;
    } catch (const Error&) {
      ++refused;
    }
  }
  EXPECT_GT(read, 1000u);
  EXPECT_GT(refused, 1000u);
}

}  // namespace
}  // namespace tandem::process
