// tandem train: networks learn, and neither threads nor kills change what.
#include <csignal>
#include <fstream>
#include <map>
#include <numeric>
#include <sstream>
#include <tandem/safetensors.hpp>

#include "support/process.hpp"
#include "support/support.hpp"

namespace {

using namespace tandem::test;

const std::string small_decoder = R"({"seed": 5, "train": {"code-transformer": {
  "architecture": "ARCHITECTURE", "code": {"array-ldpc": {"p": 7, "rows": 4}}, "modem": "bpsk", "channel": "awgn",
  "layers": 2, "width": 16, "words": WORDS, "batch": 64, "warm_up": 20, "rate": 0.004}}})";
const std::string small_model = R"({"seed": 5, "train": {"language-model": {
  "architecture": "ARCHITECTURE", "tokenizer": {"bytes": {"end": 10}}, "text": "corpus:prime", "held_out": "corpus:sample",
  "layers": 1, "width": 32, "heads": 4, "context": 32, "tokens": WORDS, "batch": 16, "warm_up": 20, "rate": 0.01, "average": 0.9,
  "device": "cpu"}}})";

const std::string small_codec = R"({"seed": 5, "train": {"sentence-codec": {
  "architecture": "ARCHITECTURE", "text": "corpus:prime", "held_out": "corpus:sample", "modem": "analog", "channel": "awgn",
  "other_channel": "rayleigh", "words": 200, "sentences": WORDS, "batch": 8, "warm_up": 10, "device": "cpu"}}})";

std::string config(std::string text, const std::string& architecture, int words) {
  text.replace(text.find("ARCHITECTURE"), 12, architecture);
  return text.replace(text.find("WORDS"), 5, std::to_string(words));
}

class Training : public ::testing::Test {
 protected:
  Command command(const std::string& text, const std::string& out, std::vector<std::string> more = {}) const {
    std::ofstream(folder_.path() / "train.json") << text;
    Command command;
    command.arguments = {(build_dir() / "bin/tandem").string(), "train", (folder_.path() / "train.json").string(), "--out", path(out).string()};
    command.arguments.insert(command.arguments.end(), more.begin(), more.end());
    command.environment["XDG_CACHE_HOME"] = folder_.path().string();
    command.seconds = 300;
    return command;
  }
  std::filesystem::path path(const std::string& out) const { return folder_.path() / out; }
  std::string weights(const std::string& out) const { return read_file(path(out) / "weights.safetensors"); }

  void learns(const std::string& text, const std::string& out, std::vector<std::string> more = {}) const {
    const Ended ended = run(command(text, out, std::move(more)));
    ASSERT_EQ(ended.code, 0) << ended.err;
  }

  /// A column of the curve at its end: the mean of the last `points`.
  double last(const std::string& out, std::size_t column, std::size_t points) const {
    std::istringstream lines(read_file(path(out) / "curve.csv"));
    std::vector<double> all;
    std::string value;
    std::getline(lines, value);
    for (std::string line; std::getline(lines, line);) {
      std::istringstream values(line);
      for (std::size_t i = 0; i <= column; ++i) std::getline(values, value, ',');
      all.push_back(std::stod(value));
    }
    EXPECT_GE(all.size(), points);
    return std::accumulate(all.end() - static_cast<std::ptrdiff_t>(points), all.end(), 0.0) / static_cast<double>(points);
  }

  /// Kills the training three times, then lets it end.
  void survives_kills(const std::string& text, const std::string& out, std::vector<std::string> more = {}) const {
    more.insert(more.end(), {"--checkpoint", "0"});
    int kills = 0;
    for (int tries = 0; kills < 3 && tries < 40; ++tries) {
      Process running(command(text, out, more));
      std::this_thread::sleep_for(std::chrono::milliseconds(100 + 67 * tries));
      running.send_signal(SIGKILL);
      if (running.wait().signal == 0) break;
      kills += std::filesystem::exists(path(out) / "checkpoint.safetensors");
    }
    EXPECT_GT(kills, 0);
    more.resize(more.size() - 2);
    learns(text, out, more);
  }

 private:
  TemporaryFolder folder_;
};

// A network that knows nothing starts at ln 2 = 0.69 nats a bit or above; knowing how often bits are wrong, 0.21.
TEST_F(Training, ADecoderLearns) {
  learns(config(small_decoder, "crossmpt", 80000), "cross");
  EXPECT_LT(last("cross", 1, 50), 0.12);
  learns(config(small_decoder, "ecct", 80000), "self");
  EXPECT_LT(last("self", 1, 50), 0.12);
  const tandem::Safetensors file((path("self") / "weights.safetensors").string());
  EXPECT_EQ(file.metadata("architecture"), "ecct");
  EXPECT_EQ(file.metadata("words"), "80000");
  const auto card = read_file(path("self") / "card.md");
  EXPECT_NE(card.find(file.metadata("matrix")), std::string::npos);
  EXPECT_EQ(card.find("unfinished"), std::string::npos);
}

// The recipe of the codes whose networks are not shipped: a smoke training each, from 0.7 nats a bit and more to less than half.
TEST_F(Training, OtherCodesLearnByTheRecipe) {
  for (const char* code : {R"({"bch": {"n": 31, "k": 16}})", R"({"polar": {"n": 64, "k": 48}})", R"("ccsds-ldpc")"}) {
    Command command = this->command("{}", "other");
    command.arguments[2] = (source_dir() / "configs/train-ecct-table.json").string();
    const std::string field = "train.code-transformer.";
    for (const auto& set : {field + "code=" + code, field + "words=12800", field + "warm_up=20", field + "layers=1", field + "batch=64"})
      command.arguments.insert(command.arguments.end(), {"--set", set});
    std::filesystem::remove_all(path("other"));
    const Ended ended = run(command);
    ASSERT_EQ(ended.code, 0) << code << ended.err;
    EXPECT_LT(last("other", 1, 20), 0.35) << code;
  }
}

TEST_F(Training, ThreadsAndKillsChangeNothing) {
  const auto text = config(small_decoder, "crossmpt", 24000);
  learns(text, "one", {"--threads", "1"});
  learns(text, "two", {"--threads", "2"});
  EXPECT_TRUE(weights("one") == weights("two"));
  survives_kills(text, "killed");
  EXPECT_TRUE(weights("one") == weights("killed"));
  EXPECT_EQ(read_file(path("one") / "curve.csv"), read_file(path("killed") / "curve.csv"));
}

TEST_F(Training, SuspendsInTimeAndGoesOn) {
  const auto text = config(small_decoder, "crossmpt", 48000);
  const Ended suspended = run(command(text, "some", {"--seconds", "0.5"}));
  EXPECT_EQ(suspended.code, 75) << suspended.err;
  EXPECT_NE(read_file(path("some") / "card.md").find("unfinished"), std::string::npos);
  learns(text, "some");
  learns(text, "whole");
  EXPECT_TRUE(weights("some") == weights("whole"));
}

// The program for machines that only train.
TEST_F(Training, TandemTrainDoesTheSame) {
  const auto text = config(small_decoder, "ecct", 6400);
  learns(text, "one");
  Command other = command(text, "two", {"--threads", "1"});
  other.arguments[0] = (build_dir() / "bin/tandem-train").string();
  other.arguments.erase(other.arguments.begin() + 1);
  const Ended ended = run(other);
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_TRUE(weights("one") == weights("two"));
  other.arguments.push_back("--seed");
  EXPECT_EQ(run(other).code, 2);
}

TEST_F(Training, RefusesACheckpointOfOtherSettings) {
  learns(config(small_decoder, "crossmpt", 640), "one");
  const Ended ended = run(command(config(small_decoder, "crossmpt", 1280), "one"));
  EXPECT_EQ(ended.code, 1);
  EXPECT_NE(ended.err.find("holds a training of other settings"), std::string::npos) << ended.err;
}

TEST_F(Training, AFinishedOneIsLeftAlone) {
  const auto text = config(small_decoder, "crossmpt", 640);
  learns(text, "one");
  const auto card = read_file(path("one") / "card.md"), before = weights("one");
  learns(text, "one", {"--threads", "1"});
  EXPECT_EQ(read_file(path("one") / "card.md"), card);
  EXPECT_TRUE(weights("one") == before);
}

TEST_F(Training, ADamagedCheckpointIsNamed) {
  const auto text = config(small_decoder, "crossmpt", 640);
  learns(text, "one");
  const auto file = path("one") / "checkpoint.safetensors";
  const auto whole = read_file(file);
  const auto refused = [&](const std::string& key, const std::string& value) {
    auto damaged = whole;
    const auto at = damaged.find("\"" + key + "\":\"") + key.size() + 4;
    damaged.replace(at, value.size(), value);
    std::ofstream(file, std::ios::binary) << damaged;
    const Ended ended = run(command(text, "one"));
    EXPECT_EQ(ended.code, 1) << key << ended.out;
    EXPECT_NE(ended.err.find("checkpoint.safetensors: the note '" + key + "'"), std::string::npos) << ended.err;
  };
  refused("steps", "x");
  refused("steps", "-");
  refused("seconds", "n");
  std::ofstream(file, std::ios::binary) << whole.substr(0, whole.size() / 2);
  EXPECT_EQ(run(command(text, "one")).code, 1);
}

TEST_F(Training, SaysWhatIsWrongWithAConfig) {
  const auto refused = [&](const std::string& text) {
    const Ended ended = run(command(text, "none"));
    EXPECT_EQ(ended.code, 2) << ended.out << ended.err;
    return ended.err;
  };
  EXPECT_NE(refused(R"({"seed": 1})").find("a training names its trainer"), std::string::npos);
  EXPECT_NE(refused(R"({"train": "bp"})").find("trainer"), std::string::npos);
  EXPECT_NE(refused(R"({"train": "code-transformer", "link": {}})").find("is no key of a training"), std::string::npos);
  EXPECT_NE(refused(config(small_decoder, "gru", 10)).find("train.architecture"), std::string::npos);
}

using LloydMaxTraining = Training;

TEST_F(LloydMaxTraining, GivesTheShippedLevels) {
  const auto text = read_file(source_dir() / "configs/train-levels-amplitudes.json");
  learns(text, "one");
  EXPECT_TRUE(weights("one") == read_file(source_dir() / "registry/models/levels-amplitudes.safetensors"));
  const auto card = read_file(path("one") / "card.md");
  learns(text, "one");
  EXPECT_EQ(read_file(path("one") / "card.md"), card) << "what is finished is left alone";
}

TEST_F(LloydMaxTraining, RefusesMoreLevelsThanValues) {
  const Ended ended = run(command(R"({"train": {"lloyd-max-levels": {"codec": "amplitudes", "text": "corpus:prime", "bits": 10}}})", "one"));
  EXPECT_EQ(ended.code, 2);
  EXPECT_NE(ended.err.find("train.bits: there are "), std::string::npos) << ended.err;
}

// What trains these networks needs libtorch, which a build may lack.
class SentenceTraining : public Training {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(build_dir() / "lib/tandem/plugins/sentence-codec.so")) GTEST_SKIP() << "needs libtorch";
  }
};

// Who knows nothing guesses one of 200 words and 4 marks: 5.3 nats a word; who knows how often each occurs, 4.4 nats.
TEST_F(SentenceTraining, EveryArchitectureLearns) {
  for (const char* architecture : {"deepsc", "ut", "ut-quantized"}) {
    learns(config(small_codec, architecture, 1600), architecture, {"--threads", "1"});
    EXPECT_LT(last(architecture, 1, 10), 4) << architecture;
    const tandem::Safetensors file((path(architecture) / "weights.safetensors").string());
    EXPECT_EQ(file.metadata("sentences"), "1600");
    const auto card = read_file(path(architecture) / "card.md");
    for (const char* line : {"| held out | ", "| vocabulary | 200 words", "1600 sentences of 1600 asked for"})
      EXPECT_NE(card.find(line), std::string::npos) << card;
    EXPECT_EQ(card.find("unfinished"), std::string::npos);
  }
}

// With dropout and the network that measures information, whose states a checkpoint holds, too.
TEST_F(SentenceTraining, KillsChangeNothing) {
  const auto text = config(small_codec, "deepsc", 240);
  const std::vector<std::string> more = {"--threads", "1", "--set", "train.sentence-codec.mutual_information=0.01", "--set", "train.sentence-codec.dropout=0.1"};
  learns(text, "whole", more);
  survives_kills(text, "killed", more);
  EXPECT_TRUE(weights("whole") == weights("killed"));
  EXPECT_EQ(read_file(path("whole") / "curve.csv"), read_file(path("killed") / "curve.csv"));
}

// As the quantized network is trained: its transformer first, then the quantizer alone.
TEST_F(SentenceTraining, StagesTakeUpWhatThereIs) {
  const std::vector<std::string> exact = {"--threads", "1", "--set", "train.sentence-codec.precision=f32"};
  learns(config(small_codec, "ut", 160), "first", exact);
  auto more = exact;
  more.insert(more.end(), {"--set", "train.sentence-codec.start=" + (path("first") / "weights.safetensors").string(), "--set",
                           "train.sentence-codec.quantizer_alone=true"});
  learns(config(small_codec, "ut-quantized", 160), "second", more);
  const tandem::Safetensors first((path("first") / "weights.safetensors").string()), second((path("second") / "weights.safetensors").string());
  for (const auto& tensor : first.tensors()) {
    const auto before = first.floats(tensor.name, tensor.shape), after = second.floats(tensor.name, tensor.shape);
    for (std::size_t i = 0; i < before.size(); i += 97) ASSERT_NEAR(before[i], after[i], 1e-4) << tensor.name;
  }
  EXPECT_EQ(second.tensors().size(), first.tensors().size() + 4);
  const auto refused = [&](const std::string& architecture, const std::string& set) {
    auto arguments = more;
    arguments.insert(arguments.end(), {"--set", set});
    const Ended ended = run(command(config(small_codec, architecture, 16), "none", arguments));
    EXPECT_EQ(ended.code, 2) << ended.out << ended.err;
    return ended.err;
  };
  EXPECT_NE(refused("ut", "train.sentence-codec.batch=8").find("quantizer_alone"), std::string::npos);
  EXPECT_NE(refused("deepsc", "train.sentence-codec.quantizer_alone=false").find("are weights of the architecture ut"), std::string::npos);
  EXPECT_NE(refused("ut-quantized", "train.sentence-codec.batch=6").find("batch: must be a multiple of 4"), std::string::npos);
  EXPECT_NE(refused("ut-quantized", "train.sentence-codec.channel=bsc").find("channel"), std::string::npos);
}

// What trains language models needs libtorch, which a build may lack.
class LanguageTraining : public Training {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(build_dir() / "lib/tandem/plugins/language-model.so")) GTEST_SKIP() << "needs libtorch";
  }
};

// Bits a byte of a text that was never learned from; its bytes alone take 4.4.
TEST_F(LanguageTraining, EveryArchitectureLearns) {
  for (const char* architecture : {"lmic", "gpt2", "llama"}) {
    learns(config(small_model, architecture, 150000), architecture, {"--threads", "1"});
    EXPECT_LT(last(architecture, 3, 1), 3.9) << architecture;
  }
  learns(config(small_model, "lstm", 300000), "lstm",
         {"--threads", "1", "--set", "train.language-model.width=64", "--set", "train.language-model.rate=0.03"});
  EXPECT_LT(last("lstm", 3, 1), 3.7);
}

TEST_F(LanguageTraining, GoesOnWithItsOwnTextOnly) {
  auto text = config(small_model, "llama", 5120);
  const auto own = path("text.txt");
  text.replace(text.find("corpus:prime"), 12, own.string());
  std::ofstream(own) << read_file(source_dir() / "registry/corpora/prime.txt");
  learns(text, "one", {"--threads", "1"});
  const auto card = read_file(path("one") / "card.md");
  EXPECT_NE(card.find("| held out | "), std::string::npos);
  learns(text, "one", {"--threads", "1"});
  EXPECT_EQ(read_file(path("one") / "card.md"), card);
  std::ofstream(own, std::ios::app) << "One line more.\n";
  const Ended ended = run(command(text, "one"));
  EXPECT_EQ(ended.code, 1);
  EXPECT_NE(ended.err.find("holds a training of other settings"), std::string::npos) << ended.err;
}

TEST_F(LanguageTraining, KillsChangeNothing) {
  const auto text = config(small_model, "llama", 100000);
  learns(text, "whole", {"--threads", "1"});
  survives_kills(text, "killed", {"--threads", "1"});
  EXPECT_TRUE(weights("whole") == weights("killed"));
}

}  // namespace
