#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "command.hpp"
#include "host/engine.hpp"

namespace tandem::cli {
namespace {

// A file that holds the message while it is sent: a source reads files.
class MessageFile {
 public:
  explicit MessageFile(const std::string& message) {
    std::error_code failed;
    std::string name = (std::filesystem::temp_directory_path(failed) / "tandem-message-XXXXXX").string();
    const int descriptor = mkstemp(name.data());
    if (descriptor < 0) throw Error("no temporary file can be made", name);
    close(descriptor);
    path_ = name;
    std::ofstream(path_, std::ios::binary) << message;
  }
  ~MessageFile() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::string bits_text(std::span<const std::uint8_t> bits) {
  std::string text;
  for (std::size_t i = 0; i < bits.size() && i < 96; ++i) text += static_cast<char>('0' + bits[i]);
  return bits.size() > 96 ? text + "..." : text;
}

std::string values_text(std::span<const float> values) {
  std::string text;
  for (std::size_t i = 0; i < values.size() && i < 16; ++i) text += fmt::format("{}{:.2f}", i == 0 ? "" : " ", values[i]);
  return values.size() > 16 ? text + " ..." : text;
}

std::string printable(std::span<const std::uint8_t> bytes) {
  std::string text;
  for (const auto byte : bytes) text += byte < 32 || byte == 127 ? fmt::format("\\x{:02x}", byte) : std::string(1, static_cast<char>(byte));
  return text;
}

std::size_t nearest_point(const host::Plan& plan, const host::PlannedArm& arm, const std::vector<std::string>& wanted) {
  if (wanted.empty()) return arm.points.size() / 2;
  for (std::size_t p = 0; p < arm.points.size(); ++p) {
    bool all = true;
    for (const auto& want : wanted) {
      bool found = false;
      for (std::size_t i = 0; i < plan.config.axes.size(); ++i) {
        const auto& value = arm.points[p].values[i];
        const auto text = plan.config.axes[i].address + "=";
        if (!value || !want.starts_with(text)) continue;
        const auto given = host::Ordered::parse(want.substr(text.size()), nullptr, false);
        found = want.substr(text.size()) == host::shown(value) || (given.is_number() && value->is_number() && given.get<double>() == value->get<double>());
      }
      all = all && found;
    }
    if (all) return p;
  }
  throw host::Refusal(host::Problem{{"--point " + wanted[0], 0, 0}, {}, "there is no such point", "tandem plan shows all", host::Exit::usage});
}

void show(const host::Plan& plan, std::size_t a, std::size_t p, const host::Engine& engine) {
  const auto& arm = plan.arms[a];
  const auto& point = arm.points[p];
  const host::Link& link = engine.link(a, point.variant);
  const auto sent = link.transmitter->send(0, 1);
  const float n0 = point.es_n0_db ? host::noise_density(*point.es_n0_db) : 0.0f;
  const auto received = link.receiver->receive(*sent, 0, n0);
  const bool text = !link.transmitter->source_of_bits();
  fmt::print("{}{}\n", arm.name, point.es_n0_db ? fmt::format(", Es/N0 {:.2f} dB", *point.es_n0_db) : "");
  fmt::print("  message    {}\n", text ? printable(sent->items[0]) : bits_text(sent->items[0]));
  if (sent->tokens.rows()) {
    const auto tokens = sent->tokens[0];
    fmt::print("  tokens     {}: {}{}\n", tokens.size(), fmt::join(tokens.first(std::min<std::size_t>(tokens.size(), 20)), " "), tokens.size() > 20 ? " ..." : "");
  }
  if (!link.transmitter->digital())
    fmt::print("  values     {}: {}\n", sent->features.row_length(0), values_text(sent->features[0]));
  else if (sent->bits.rows())
    fmt::print("  bits       {}: {}\n", sent->bits.row_length(0), bits_text(sent->bits[0]));
  if (const Code* code = link.transmitter->code()) fmt::print("  blocks     {} of {} bits, each sent as {} bits\n", sent->blocks[0], code->k(), code->n());
  fmt::print("  uses       {}, energy {:.6g}\n", sent->ledger[0].uses, sent->ledger[0].energy);
  if (received.code_errors.size()) {
    std::uint64_t left = 0, blocks = 0, wrong = 0;
    for (const auto errors : received.information_errors) left += errors, ++blocks, wrong += errors > 0;
    fmt::print("  decoded    {} of {} information bits wrong, {} of {} blocks\n", left, sent->bits.row_length(0), wrong, blocks);
  }
  const auto out = text ? std::as_const(received.items)[0] : std::as_const(received.bits)[0];
  fmt::print("  received   {}\n  {}\n", text ? printable(out) : bits_text(out), received.wrong[0] ? "differs from what was sent" : "as sent");
}

}  // namespace

void add_transmit(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand("transmit", "send one message through the link and show each stage");
  command->footer("tandem transmit configs/quickstart.json \"The ferry is late.\" --point unified_snr_db=1");
  auto options = std::make_shared<ConfigOptions>();
  auto message = std::make_shared<std::string>();
  auto points = std::make_shared<std::vector<std::string>>();
  options->add_to(*command);
  command->add_option("message", *message, "a text, or bits such as 0110 for a link of bits")->required();
  command->add_option("--point", *points, "axis=value: where to send it; default the middle of each axis")->allow_extra_args(false);
  command->callback([&context, options, message, points] {
    // The count of a unified SNR is that of the config's own source: it comes first.
    host::Plan plan = options->plan(context);
    for (const auto& warning : plan.warnings) fmt::print(stderr, "{}\n", warning);
    { host::Engine counting(plan, context.catalogue(), nullptr, {}); }
    const auto& source = plan.arms[0].variants.at(0).graph;
    const bool bits = source.nodes[source.chain[0]].stage.plugin->manifest.gives == "bits";
    if (bits && message->find_first_not_of("01") != std::string::npos)
      throw host::Refusal(host::Problem{{}, {}, "this link carries bits: the message must be made of 0 and 1", {}, host::Exit::usage});
    if (message->empty()) throw host::Refusal(host::Problem{{}, {}, "the message is empty", {}, host::Exit::usage});
    const MessageFile file(*message);
    ConfigOptions own = *options;
    host::Ordered stage = {{bits ? "bit-lines" : "file", {{"path", file.path()}}}};
    own.sets.push_back("source=" + stage.dump());
    host::Config config = own.load();
    for (auto& axis : config.axes)
      if (axis.snr) axis.address = "es_n0_db";
    host::Plan sending = host::make_plan(std::move(config), context.catalogue(), context.registry());
    host::Engine engine(sending, context.catalogue(), nullptr, {});
    bool first = true;
    for (std::size_t a = 0; a < plan.arms.size(); ++a) {
      if (!plan.arms[a].skipped.empty()) continue;
      const std::size_t p = nearest_point(plan, plan.arms[a], *points);
      sending.arms[a].points[p].es_n0_db = plan.arms[a].points[p].es_n0_db;
      if (!first) fmt::print("\n");
      first = false;
      show(sending, a, p, engine);
    }
  });
}

}  // namespace tandem::cli
