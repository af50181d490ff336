#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cerrno>
#include <nlohmann/json.hpp>

#include "support/support.hpp"

namespace tandem::test {

/// Fields of a component whose executable is child.py of this folder, which behaves as `fields` say.
inline std::string child_fields(nlohmann::json fields = nlohmann::json::object(),
                                nlohmann::json others = nlohmann::json::object()) {
  others["command"] = {"python3"};
  others["script"] = (source_dir() / "tests/unit/process/child.py").string();
  others["fields"] = std::move(fields);
  return others.dump();
}

/// Neither running nor waited for.
inline void expect_no_children() {
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

}  // namespace tandem::test
