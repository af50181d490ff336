#include "host/sha256.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <tandem/error.hpp>
#include <vector>

namespace tandem::host {
namespace {

// Vectors of FIPS 180-4 and of NIST's example values.
TEST(Sha256, PublishedVectors) {
  EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256(std::vector<std::uint8_t>{'a', 'b', 'c'}), sha256("abc"));
}

TEST(Sha256, OfAFileThatNeedsSeveralPieces) {
  const auto path = std::filesystem::temp_directory_path() / ("tandem-sha256-" + std::to_string(::getpid()));
  std::ofstream(path, std::ios::binary) << std::string(1'000'000, 'a');
  EXPECT_EQ(sha256_of_file(path), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  EXPECT_EQ(sha256(std::string(1'000'000, 'a')), sha256_of_file(path));
  std::ofstream(path, std::ios::binary | std::ios::trunc);
  EXPECT_EQ(sha256_of_file(path), sha256(""));
  std::filesystem::remove(path);
}

TEST(Sha256, OfWhatIsNoFileIsAnError) {
  EXPECT_THROW(sha256_of_file("/no/such/file"), Error);
  EXPECT_THROW(sha256_of_file(std::filesystem::temp_directory_path()), Error);
  EXPECT_THROW(sha256_of_file(""), Error);
}

}  // namespace
}  // namespace tandem::host
