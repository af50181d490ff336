#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/process.hpp"
#include "unit/sdk/safetensors_files.hpp"

namespace tandem::test {

class SafetensorsTest : public testing::Test {
 protected:
  // The error that reading such a file gives; it must name the file.
  std::string refusal(const std::string& bytes) const {
    write_bytes(path_, bytes);
    try {
      const Safetensors file(path_);
    } catch (const Error& e) {
      EXPECT_THAT(e.what(), testing::StartsWith(path_ + ": "));
      return e.what();
    }
    return "accepted";
  }
  std::string refusal_of_header(const std::string& header, const std::string& data = {}) const {
    return refusal(safetensors(header, data));
  }
  // Of a file whose one entry, named w, is given.
  std::string refusal_of_entry(const std::string& entry, std::size_t data = 0) const {
    return refusal_of_header(R"({"w":)" + entry + "}", std::string(data, '\0'));
  }
  std::string in_tensor(const std::string& name, const std::string& message) const {
    return path_ + ": tensor \"" + name + "\": " + message;
  }

  test::TemporaryFolder folder_;
  std::string path_ = (folder_.path() / "weights.safetensors").string();
};

}  // namespace tandem::test
