#pragma once

#include <fstream>
#include <random>
#include <sstream>
#include <string>

#include "archive/archive.hpp"
#include "support/process.hpp"
#include "support/support.hpp"

namespace tandem::archive::test {

/// Methods with blocks of 1 KiB, described in a folder of their own.
class Methods {
 public:
  Method method(const std::string& name = "small", const std::string& model = R"({"ppm": {"order": 3, "adapt": "stream"}})",
                const std::string& tokenizer = R"("bytes")") const {
    const auto path = folder_.path() / (name + ".json");
    std::ofstream(path) << R"({"tokenizer": )" << tokenizer << R"(, "model": )" << model
                        << R"(, "coder": {"arithmetic": {"end": "bytes", "max_tokens": 1024}}, "block": 1024, "together": 2})";
    return Method(path.string(), catalogue_, registry_);
  }
  const host::Catalogue& catalogue() const { return catalogue_; }
  const host::Registry& registry() const { return registry_; }
  std::string path(const std::string& name) const { return (folder_.path() / (name + ".json")).string(); }

 private:
  tandem::test::TemporaryFolder folder_;
  host::Catalogue catalogue_{{tandem::test::build_dir() / "lib/tandem/plugins"}};
  host::Registry registry_{(tandem::test::source_dir() / "registry").string()};
};

inline std::string packed(const std::string& content, const Method& method, const std::optional<Info>& info = {}, int threads = 1, Summary* summary = nullptr) {
  std::istringstream in(content);
  std::ostringstream out;
  const Summary sum = compress(in, out, method, info, {threads, false, {}});
  if (summary) *summary = sum;
  return out.str();
}

struct Unpacked {
  std::string content, error;
  Contents contents;
};
/// What comes out, or the error that it ends in.
inline Unpacked unpacked(const std::string& container, const Method& method, bool recover = false, int threads = 1, std::uint64_t most = 0) {
  std::istringstream in(container);
  std::ostringstream out;
  ReadOptions options;
  options.threads = threads;
  options.place = "x.tdm";
  options.recover = recover;
  options.most = most;
  options.method = [&](const std::optional<Description>& description) {
    if (description && description->fingerprint != method.description().fingerprint) throw Error("another method");
    return method;
  };
  Unpacked result;
  try {
    result.contents = decompress(in, out, options);
  } catch (const Error& e) {
    result.error = e.what();
  }
  result.content = out.str();
  return result;
}

/// Text with words that come again, then bytes that nothing predicts, then zeros.
inline std::string mixed_content(std::size_t size, std::uint64_t seed = 1) {
  std::mt19937_64 random(seed);
  const char* words[] = {"channel ", "noise ", "the ", "of a ", "language, ", "models\n"};
  std::string out;
  while (out.size() < size / 3) out += words[random() % 6];
  while (out.size() < 2 * size / 3) out += static_cast<char>(random());
  out.resize(size, '\0');
  return out;
}

/// Whether `part` is made of whole blocks of the content, in their order.
inline bool is_made_of_blocks(const std::string& part, const std::string& content, std::size_t block = 1024) {
  std::size_t at = 0;
  for (std::size_t begin = 0; begin < content.size() && at < part.size(); begin += block) {
    const std::string next = content.substr(begin, block);
    if (part.compare(at, next.size(), next) == 0) at += next.size();
  }
  return at == part.size();
}

}  // namespace tandem::archive::test
