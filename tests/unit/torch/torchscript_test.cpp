// Modules of others, made here as others would.
#include <gmock/gmock.h>
#include <torch/script.h>

#include <fstream>
#include <tandem/model.hpp>

#include "support/process.hpp"
#include "support/support.hpp"

namespace {
using namespace tandem;

/// Gives the token behind the last one, and the one behind that less, whatever stood before; `shift` tells how far behind.
std::string module_file(const test::TemporaryFolder& folder, const std::string& body) {
  torch::jit::Module module("successor");
  module.register_parameter("shift", torch::tensor(1.0f), false);
  module.define("def forward(self, tokens):\n" + body);
  const auto path = (folder.path() / "module.pt").string();
  module.save(path);
  return path;
}
const std::string successor =
    "    ids = torch.arange(257)\n"
    "    return -torch.abs(ids - (tokens.unsqueeze(-1) + self.shift))\n";

std::shared_ptr<Model> bound(const std::string& path) {
  auto model = test::make<Model>("torchscript", "{\"module\": \"" + path + "\"}");
  model->bind(*test::make<Tokenizer>("bytes"));
  return model;
}

TEST(TorchScript, PredictsWhatTheModuleSays) {
  const test::TemporaryFolder folder;
  const auto model = bound(module_file(folder, successor));
  EXPECT_EQ(model->exactness(), Exactness::build);
  const Token seed[] = {256};
  const auto session = model->open(2, seed);
  const Token tokens[] = {10, 20};
  const std::uint8_t active[] = {1, 0};
  session->step(tokens, active);
  const auto& logits = dynamic_cast<const Logits&>(*session);
  EXPECT_EQ(logits.logits(0)[11], 0);
  EXPECT_EQ(logits.logits(0)[14], -3);
  EXPECT_EQ(logits.logits(1)[256], -1);  // still behind the seed
  const Token unknown[] = {257, 0};
  EXPECT_THROW(session->step(unknown, active), Error);
}

TEST(TorchScript, RefusesWhatIsNoLanguageModel) {
  const test::TemporaryFolder folder;
  const auto refusal = [&](const std::string& path) -> std::string {
    try {
      const Token seed[] = {1};
      bound(path)->open(1, seed);
    } catch (const Error& error) {
      return error.what();
    }
    return "accepted";
  };
  EXPECT_THAT(refusal(module_file(folder, "    return tokens\n")), testing::HasSubstr("must give logits {1, 1, 257}"));
  EXPECT_THAT(refusal(module_file(folder, "    return 3\n")), testing::HasSubstr("not a tensor"));
  std::ofstream(folder.path() / "junk.pt") << "junk";
  EXPECT_THAT(refusal((folder.path() / "junk.pt").string()), testing::HasSubstr("is no TorchScript module"));
}

}  // namespace
