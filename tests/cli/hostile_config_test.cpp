// Configs that cannot run: each is refused with its own sentence and the exit code that scripts rely on.
#include <fstream>
#include <set>

#include "command_test.hpp"

namespace tandem::test {
namespace {

struct Hostile {
  std::string name;
  int code;
  std::string config;
  std::vector<std::string> says;                                          ///< all of these stand on stderr
  std::vector<std::string> arguments = {"run", "x.json", "--out", "out"};
};

void PrintTo(const Hostile& hostile, std::ostream* out) { *out << hostile.name; }

// bits_config with one part of it replaced.
std::string bits(const std::string& part, const std::string& replacement) {
  std::string text = bits_config;
  const std::size_t at = text.find(part);
  if (at == std::string::npos) throw std::logic_error("bits_config has no " + part);
  return text.replace(at, part.size(), replacement);
}

std::string graph(const std::string& nodes) {
  return R"({"graph": {)" + nodes + R"(}, "snr": {"es_n0_db": 0}, "metrics": ["ber"], "stop": {"frames": 10}})";
}

std::string text_link(const std::string& link) {
  return R"({"source": {"text-lines": {"path": "corpus:sample"}}, "link": {)" + link +
         R"("modem": "bpsk", "channel": "awgn"}, "snr": {"es_n0_db": 0}, "stop": {"frames": 10}})";
}

std::string repeated(const std::string& text, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += text;
  return out;
}

// An object of different keys that all stand for `value`.
std::string many_keys(int count, const std::string& value = "0") {
  std::string out = "{";
  for (int i = 0; i < count; ++i) out += (i ? ", \"" : "\"") + std::to_string(i) + "\": " + value;
  return out + "}";
}

const std::vector<Hostile>& broken_json() {
  static const std::vector<Hostile> cases = {
      {"empty_file", 2, "", {"x.json: is empty"}},
      {"only_a_comment", 2, "// nothing", {"x.json:1:11: the file ends too early"}},
      {"open_object", 2, "{", {"x.json:1:2: the file ends within an object"}},
      {"cut_short", 2, bits_config.substr(0, 58), {"the file ends within an object"}},
      {"open_list", 2, R"({"metrics": ["ber")", {"x.json:1:19: the file ends within a list"}},
      {"open_string", 2, "{\n  \"title", {"x.json:2:3: this string does not end on its line"}},
      {"open_comment", 2, "{\n/* what", {"x.json:2:1: this comment does not end"}},
      {"comma_before_brace", 2, bits("200}", "200,}"), {"x.json:6:26: a comma before '}'", "take the comma out"}},
      {"comma_before_bracket", 2, bits(R"("ber"])", R"("ber",])"), {"x.json:5:21: a comma before ']'"}},
      {"no_colon", 2, bits(R"("stop":)", R"("stop")"), {"x.json:6:10: a colon is expected behind the key \"stop\""}},
      {"no_comma", 2, bits("},\n  \"link\"", "}\n  \"link\""), {"x.json:3:3: a comma or '}' is expected here"}},
      {"quotes_of_another_kind", 2, "{'seed': 1}", {"x.json:1:2: a key in double quotes is expected here"}},
      {"two_values", 2, bits_config + "{}", {"x.json:8:1: something stands behind the end of the JSON value"}},
      {"nan", 2, bits("200", "NaN"), {"x.json:6:22: \"NaN\" is no JSON value"}},
      {"minus_infinity", 2, bits("[0, 3]", "[-Infinity]"), {"x.json:4:24: \"-Infinity\" is no JSON value"}},
      {"number_beyond_double", 2, bits("200", "1e999"), {"x.json:6:22: \"1e999\" is no JSON value"}},
      {"leading_zeros", 2, bits("200", "007"), {"x.json:6:22: \"007\" is no JSON value"}},
      {"duplicate_key", 2, bits(R"("modem": "bpsk")", R"("modem": "bpsk", "modem": "qpsk")"),
       {"x.json:3:29: the key \"modem\" stands here twice"}},
      {"zero_byte", 2, bits("200", std::string(1, '\0')), {"x.json:6:22: a zero byte"}},
      {"bad_escape", 2, bits("ber", "b\\qr"), {"x.json:5:15: this is not a valid JSON string"}},
      {"bytes_that_are_no_utf8", 2, bits("awgn", "aw\xff\xfegn"), {"x.json:3:40: this is not a valid JSON string"}},
      {"half_a_surrogate", 2, bits("bpsk", "\\ud800"), {"x.json:3:21: this is not a valid JSON string"}},
      {"control_character_in_key", 2, bits("\"stop\"", "\"st\\u001fop\""), {"x.json:6:3: a control character in a key"}},
      {"arrays_5000_deep", 2, repeated("[", 5000) + repeated("]", 5000), {"x.json:1:66: values are nested more than 64 levels deep"}},
      {"objects_100000_deep", 2, repeated("{\"a\":", 100'000), {"x.json:1:326: values are nested more than 64 levels deep"}},
      {"a_list", 2, "[]", {"x.json:1:1: a config is a JSON object"}},
      {"keys_100000", 2, many_keys(100'000), {"an object has more than 10000 keys"}},
      {"million_values", 2, "[" + repeated("0,", 1'500'000) + "0]", {"there are too many values (a config is a small file)"}},
      {"long_paths", 2, repeated("{\"" + std::string(100'000, 'k') + "\": ", 60) + "[" + repeated("0,", 100'000) + "0]", {"there are too many values"}},
      {"100_megabytes", 2, std::string(100'000'000, ' '), {"x.json: is larger than 16 MiB"}},
  };
  return cases;
}

const std::vector<Hostile>& wrong_values() {
  static const std::vector<Hostile> cases = {
      {"unknown_key", 2, bits("\"stop\"", "\"stopp\""), {"x.json:6:3: stopp: unknown key (did you mean \"stop\"?)"}},
      {"source_is_a_number", 2, bits(R"({"random-bits": {"length": 24}})", "7"), {"x.json:2:3: source: must be"}},
      {"link_is_a_list", 2, bits(R"({"modem": "bpsk", "channel": "awgn"})", "[]"), {"x.json:3:3: link: must be an object of floors"}},
      {"seed_negative", 2, bits("\"stop\"", "\"seed\": -1, \"stop\""), {"x.json:6:3: seed: must be a whole number from 0", "not -1"}},
      {"seed_broken", 2, bits("\"stop\"", "\"seed\": 1.5, \"stop\""), {"seed: must be a whole number from 0", "not 1.5"}},
      {"no_frames", 2, bits("\"frames\": 200", "\"min_frames\": 5"), {"x.json:6:3: stop: \"stop\" needs \"frames\""}},
      {"frames_zero", 2, bits("200", "0"), {"x.json:6:12: stop.frames: must be a whole number from 1 to 1000000000000, not 0"}},
      {"frames_negative", 2, bits("200", "-5"), {"stop.frames: must be a whole number from 1 to 1000000000000, not -5"}},
      {"frames_1e15", 2, bits("200", "1000000000000000"), {"stop.frames: must be a whole number from 1 to 1000000000000, not 1000000000000000"}},
      {"frames_in_words", 2, bits("200", "\"many\""), {"stop.frames: must be a whole number from 1 to 1000000000000, not \"many\""}},
      {"paired_in_words", 2, bits("200", "200, \"paired\": \"no\""), {"stop.paired: must be true or false"}},
      {"length_negative", 2, bits("24", "-3"), {"x.json:2:30: source.length: must be a whole number from 1 to 1048576, not -3"}},
      {"length_1e12", 2, bits("24", "1000000000000"), {"source.length: must be a whole number from 1 to 1048576, not 1000000000000"}},
      {"length_beyond_64_bits", 2, bits("24", "20000000000000000000000"), {"x.json:2:30: source.length: must be a whole number, not 2e+22"}},
      {"length_in_words", 2, bits("24", "\"long\""), {"x.json:2:30: source.length: must be a whole number, not \"long\""}},
      {"range_of_1e9_points", 2, bits("[0, 3]", R"({"from": 0, "to": 1000000000, "step": 1})"), {"x.json:4:11: snr.es_n0_db: this range is empty or has more than 100000 values"}},
      {"range_without_step", 2, bits("[0, 3]", R"({"from": 0, "to": 3})"), {"snr.es_n0_db: a range needs numbers \"from\", \"to\" and \"step\""}},
      {"range_of_step_zero", 2, bits("[0, 3]", R"({"from": 0, "to": 3, "step": 0})"), {"this range is empty", "\"step\" is above 0"}},
      {"list_without_points", 2, bits("[0, 3]", "[]"), {"snr.es_n0_db: an empty list has no points"}},
      {"snr_in_words", 2, bits("[0, 3]", "[\"high\"]"), {"snr.es_n0_db: must be a number of dB from -1000 to 1000"}},
      {"snr_of_1e6_db", 2, bits("[0, 3]", "1e6"), {"x.json:4:11: snr.es_n0_db: must be a number of dB from -1000 to 1000"}},
      {"snr_of_no_kind", 2, bits("\"es_n0_db\"", "\"es_no_db\""), {"x.json:4:11: snr.es_no_db: unknown key (did you mean \"es_n0_db\"?)", "snr: needs one of es_n0_db"}},
      {"snr_of_two_kinds", 2, bits("[0, 3]", "[0, 3], \"eb_n0_db\": 1"), {"\"snr\" holds one axis"}},
      {"label_without_convention", 2, bits("\"es_n0_db\"", "\"label_db\""), {"x.json:4:11: snr.label_db: needs a \"convention\"", "deepsc"}},
      {"convention_without_label", 2, bits("[0, 3]", "[0, 3], \"convention\": \"ut\""), {"x.json:4:31: snr.convention: says what \"label_db\" means, which there is not"}},
      {"convention_unknown", 2, bits("\"es_n0_db\": [0, 3]", "\"label_db\": 0, \"convention\": \"deep-sc\""), {"snr.convention: there is no convention \"deep-sc\" (did you mean \"deepsc\"?)"}},
      {"convention_a_number", 2, bits("\"es_n0_db\": [0, 3]", "\"label_db\": 0, \"convention\": 3"), {"snr.convention: must be the name of a convention"}},
      {"ledger_a_number", 2, bits("\"stop\"", "\"ledger\": 32, \"stop\""), {"x.json:6:3: ledger: must be an object"}},
      {"ledger_key_unknown", 2, bits("\"stop\"", "\"ledger\": {\"uses_a_valu\": 32}, \"stop\""), {"x.json:6:14: ledger.uses_a_valu: unknown key (did you mean \"uses_a_value\"?)"}},
      {"ledger_of_no_uses", 2, bits("\"stop\"", "\"ledger\": {\"uses_a_value\": 0}, \"stop\""), {"x.json:6:14: ledger.uses_a_value: must be a whole number from 1 to 1024, not 0"}},
      {"ledger_of_half_uses", 2, bits("\"stop\"", "\"ledger\": {\"uses_a_value\": 1.5}, \"stop\""), {"ledger.uses_a_value: must be a whole number from 1 to 1024, not 1.5"}},
      {"ledger_of_an_arm", 2, bits("\"stop\"", "\"arms\": {\"a\": {\"ledger.uses_a_value\": 2000}}, \"stop\""), {"x.json:6:18: ledger.uses_a_value: must be a whole number from 1 to 1024, not 2000"}},
      {"ledger_swept_over_bits", 2, bits("\"stop\"", "\"sweep\": {\"ledger.uses_a_value\": [1, 32]}, \"stop\""), {"x.json:6:13: sweep.ledger.uses_a_value: no arm has this field"}},
      {"label_of_bits_without_bits", 2,
       R"({"source": {"text-lines": {"path": "corpus:sample"}}, "link": {"codec": "amplitudes", "modem": "analog", "channel": "awgn"}, "snr": {"label_db": 0, "convention": "information-eb-n0"}, "stop": {"frames": 10}})",
       {"snr.label_db: the arm \"base\" sends no bits, so that it has no Eb/N0"}},
      {"values_into_a_code", 2,
       R"({"source": {"text-lines": {"path": "corpus:sample"}}, "link": {"codec": "amplitudes", "code": "array-ldpc", "modem": "bpsk", "channel": "awgn"}, "snr": {"es_n0_db": 0}, "stop": {"frames": 10}})",
       {"link.code: \"code\" takes bits, but \"codec\" gives features"}},
      {"million_points", 2, bits("\"stop\"", R"("sweep": {"source.length": {"from": 1, "to": 1000, "step": 1}, "seed": {"from": 1, "to": 1000, "step": 1}}, "stop")"),
       {"the axes make 2000000 points, more than 100000"}},
      {"arms_a_list", 2, bits("\"stop\"", "\"arms\": [], \"stop\""), {"x.json:6:3: arms: must be an object of at least one arm"}},
      {"arm_a_number", 2, bits("\"stop\"", "\"arms\": {\"a\": 3}, \"stop\""), {"x.json:6:12: arms.a: must be an object of addresses and values"}},
      {"arm_changes_the_seed", 2, bits("\"stop\"", "\"arms\": {\"a\": {\"seed\": 3}}, \"stop\""), {"arms.a.seed: an arm changes the link, the graph, the source or the ledger only"}},
      {"arm_adds_a_block_without_a_place", 2, bits("\"stop\"", "\"arms\": {\"a\": {\"link.check\": \"crc\"}}, \"stop\""),
       {"x.json:6:18: arms.a.link.check: the base has no place for this block (reserve it with \"check\": null in the base's link)"}},
      {"arm_leads_nowhere", 2, bits("\"stop\"", "\"arms\": {\"a\": {\"link.decoder.iterations\": 3}}, \"stop\""), {"x.json:6:18: arms.a.link.decoder.iterations: nothing stands at \"link.decoder\""}},
      {"metrics_a_word", 2, bits("[\"ber\"]", "\"ber\""), {"x.json:5:3: metrics: must be a list of metrics"}},
      {"metric_twice", 2, bits("[\"ber\"]", "[\"ber\", \"ber\"]"), {"x.json:5:22: metrics.1: the metric \"ber\" stands here twice"}},
      {"metric_that_nobody_feeds", 2, bits("[\"ber\"]", "[\"ber\", \"bleu\"]"), {"x.json:5:22: metrics.1: no arm has what \"bleu\" compares"}},
      {"metric_unknown", 2, bits("[\"ber\"]", "[\"blue\"]"), {"x.json:5:15: metrics.0: there is no metric \"blue\" (did you mean \"bleu\"?)"}},
      {"sweep_that_nobody_has", 2, bits("\"stop\"", "\"sweep\": {\"link.decoder.iterations\": [1, 2]}, \"stop\""), {"x.json:6:13: sweep.link.decoder.iterations: no arm has this address"}},
      {"sweep_of_an_unknown_field", 2, bits("\"stop\"", "\"sweep\": {\"source.lenght\": [1, 2]}, \"stop\""), {"x.json:6:13: sweep.source.lenght: no arm has this field (did you mean \"length\"?)"}},
      {"reference_unknown", 2, bits("[0, 3]", "0, \"reference\": \"best\""), {"snr.reference: is not the name of an arm"}},
      {"plugin_unknown", 2, bits("awgn", "awgm"), {"x.json:3:29: link.channel: there is no channel \"awgm\" (did you mean \"awgn\"?)"}},
      {"plugin_of_another_role", 2, bits("\"channel\": \"awgn\"", "\"channel\": \"bpsk\""), {"x.json:3:29: link.channel: \"bpsk\" is a modem, not a channel"}},
      {"plugin_of_another_version", 2, bits("bpsk", "bpsk@99.0"), {"link.modem: there is no modem \"bpsk\" of version 99.0"}},
      {"two_plugins_on_a_floor", 2, bits("\"bpsk\"", "{\"bpsk\": {}, \"qpsk\": {}}"), {"x.json:3:12: link.modem: "}},
      {"field_unknown", 2, bits("\"length\"", "\"lenght\""), {"x.json:2:30: source.lenght: unknown field (did you mean \"length\"?)"}},
      {"value_that_only_the_component_knows", 2, bits("\"modem\"", "\"code\": {\"array-ldpc\": {\"p\": 6}}, \"modem\""), {"x.json:3:36: link.code.p: ", "prime"}},
      {"floor_unknown", 2, bits("\"modem\": \"bpsk\"", "\"modem\": \"bpsk\", \"decodr\": \"bp\""), {"link.decodr: is neither a floor nor a block (did you mean \"decoder\"?)"}},
      {"array_ldpc_of_p_1e6", 2, bits("\"modem\"", "\"code\": {\"array-ldpc\": {\"p\": 1000003}}, \"modem\""), {"link.code.p: must be a whole number from 2 to 101, not 1000003"}},
      {"repetition_of_minus_one", 2, bits("\"modem\"", "\"code\": {\"repetition\": {\"n\": -1}}, \"modem\""), {"link.code.n: must be a whole number from 1 to 100000, not -1"}},
      {"floors_5000", 2, bits("{\"modem\": \"bpsk\", \"channel\": \"awgn\"}", many_keys(5000, "\"crc\"")), {"x.json:3:3: link: has more than 1000 floors"}},
      {"metrics_10000", 2, bits("[\"ber\"]", "[" + repeated("\"ber\", ", 10'000) + "\"ber\"]"), {"metrics.9999: the metric \"ber\" stands here twice"}},
      {"arms_of_a_large_base", 2, bits("\"length\": 24}},", "\"length\": 24, \"x\": \"" + std::string(1'000'000, 'x') + "\"}}, \"arms\": " + many_keys(300, "{}") + ","), {"these arms are too many for the size of what they change"}},
      {"no_source", 2, bits("\"source\": {\"random-bits\": {\"length\": 24}},", ""), {"x.json:1:1: there is no \"source\""}},
      {"no_link", 2, bits("\"link\": {\"modem\": \"bpsk\", \"channel\": \"awgn\"},", ""), {"x.json:1:1: there is no \"link\""}},
      {"no_channel", 2, bits(", \"channel\": \"awgn\"", ""), {"x.json:3:3: link: there is no channel (for example"}},
      {"no_modem", 2, bits("\"modem\": \"bpsk\", ", ""), {"x.json:3:3: link: there is no modem (for example"}},
      {"no_snr", 2, bits("\"snr\": {\"es_n0_db\": [0, 3]},", ""), {"x.json:3:29: link.channel: \"awgn\" needs an \"snr\""}},
      {"snr_for_bsc", 2, bits("\"awgn\"", "{\"bsc\": {\"flip\": 0.1}}"), {"x.json:4:3: snr: \"bsc\" takes no SNR (sweep a field of the channel instead)"}},
      {"eb_n0_without_bits", 2, bits("\"es_n0_db\"", "\"eb_n0_db\": 1, \"over\": 0, \"reference\""), {"snr.over: must be a whole number from 1"}},
      {"decoder_without_code", 2, bits("\"modem\"", "\"decoder\": \"bp\", \"modem\""), {"x.json:3:12: link.decoder: there is no code to decode"}},
      {"code_without_its_decoder", 2, bits("\"modem\"", "\"code\": \"uncoded\", \"decoder\": \"bp\", \"modem\""), {"x.json:3:31: link.decoder: "}},
      {"coder_for_bits", 2, bits("\"modem\"", "\"tokenizer\": \"bytes\", \"coder\": \"fixed\", \"modem\""), {"link.tokenizer: \"tokenizer\" takes items, but \"source\" gives bits"}},
      {"model_without_tokenizer", 2, text_link(R"("model": {"static": {"text": "corpus:prime"}}, )"), {"link.model: there is no tokenizer to give it symbols"}},
      {"coder_without_tokenizer", 2, text_link(R"("coder": "fixed", )"), {"link.coder: there is no tokenizer to give it tokens"}},
      {"text_without_coder", 2, text_link(R"("tokenizer": "bytes", )"), {"\"modem\" takes bits, but \"tokenizer\" gives tokens"}},
      {"field_needed", 2, R"({"source": "text-lines", "link": {"modem": "bpsk", "channel": "ideal"}, "stop": {"frames": 1}})", {"x.json:1:2: source: \"text-lines\" needs the field \"path\""}},
      {"extends_itself", 2, R"({"extends": "x.json"})", {"x.json:1:2: extends: configs extend each other more than 8 deep"}},
      {"extends_nothing", 2, R"({"extends": "y.json"})", {"y.json: does not exist"}},
      {"extends_a_number", 2, R"({"extends": 3})", {"x.json:1:2: extends: must be the path of another config"}},
      {"path_missing", 2, R"({"source": {"text-lines": {"path": "no.txt"}}, "link": {"modem": "bpsk", "channel": "ideal"}, "stop": {"frames": 1}})",
       {"x.json:1:28: source.path: \"no.txt\" does not exist"}},
      {"path_is_a_directory", 2, R"({"source": {"text-lines": {"path": "."}}, "link": {"modem": "bpsk", "channel": "ideal"}, "stop": {"frames": 1}})",
       {"x.json:1:28: source.path: \".\" is a directory, not a file"}},
      {"path_is_a_device", 2, R"({"source": {"text-lines": {"path": "/dev/zero"}}, "link": {"modem": "bpsk", "channel": "ideal"}, "stop": {"frames": 1}})",
       {"source.path: \"/dev/zero\" is not a regular file"}},
      {"path_is_a_list", 2, R"({"source": {"text-lines": {"path": []}}, "link": {"modem": "bpsk", "channel": "ideal"}, "stop": {"frames": 1}})",
       {"source.path: must be the path of a file or a reference such as corpus:sample"}},
      {"corpus_missing", 4, bits("{\"random-bits\": {\"length\": 24}}", "{\"text-lines\": {\"path\": \"corpus:nowhere\"}}"), {"x.json:2:29: source.path: \"corpus:nowhere\" is not there (look into "}},
      {"corpus_out_of_the_registry", 4, bits("{\"random-bits\": {\"length\": 24}}", "{\"text-lines\": {\"path\": \"corpus:../../etc/passwd\"}}"), {"\"corpus:../../etc/passwd\" is no name"}},
      {"data_not_listed", 4, bits("{\"random-bits\": {\"length\": 24}}", "{\"text-lines\": {\"path\": \"data:nothing\"}}"), {"\"data:nothing\" is not listed"}},
      {"data_without_its_folder", 4, bits("{\"random-bits\": {\"length\": 24}}", "{\"text-lines\": {\"path\": \"data:alice29\"}}"),
       {"\"data:alice29\" needs the folder TANDEM_DATA (put text/alice29.txt"}},
  };
  return cases;
}

const std::string sending = R"("source": {"random-bits": {"length": 8}}, "modem": {"bpsk": {}, "in": "source"}, "channel": {"awgn": {}, "in": "modem"}, )";

const std::vector<Hostile>& graphs() {
  static const std::vector<Hostile> cases = {
      {"graph_a_list", 2, R"({"graph": [], "stop": {"frames": 1}})", {"graph: must be an object of nodes"}},
      {"graph_beside_link", 2, bits("\"stop\"", "\"graph\": {}, \"stop\""), {"\"link\" and \"graph\" cannot both be given"}},
      {"graph_empty", 2, graph(""), {"graph: there is no source"}},
      {"graph_with_a_cycle", 2, graph(sending + R"("a": {"crc": {}, "in": "b"}, "b": {"crc": {}, "in": "a"}, "~modem": {"in": "channel"})"), {"graph.a: no chain from the source leads here (a cycle?)"}},
      {"graph_takes_from_itself", 2, graph(sending + R"("a": {"crc": {}, "in": "a"}, "~modem": {"in": "channel"})"), {"graph.a: no chain from the source leads here"}},
      {"graph_bound_in_a_circle", 2, graph(sending + R"("m": {"ppm": {"text": "corpus:prime"}, "with": "n"}, "n": {"ppm": {"text": "corpus:prime"}, "with": "m"}, "~modem": {"in": "channel"})"), {"graph.m: is bound to itself in a circle"}},
      {"graph_names_an_unknown_node", 2, graph(sending + R"("~modem": {"in": "chanel"})"), {"graph.~modem: \"in\" names the node \"chanel\", which there is not (did you mean \"channel\"?)"}},
      {"graph_receives_of_nothing", 2, graph(sending + R"("~coder": {"in": "channel"})"), {"graph.~coder: \"~coder\" names the node \"coder\", which there is not"}},
      {"graph_with_an_unknown_plugin", 2, graph(sending + R"("~modem": {"in": "channel"}, "x": {"bpks": {}, "in": "~modem"})"), {"graph.x: there is no plugin \"bpks\" (did you mean \"bpsk\"?)"}},
      {"graph_with_two_sources", 2, graph(sending + R"("other": {"random-bits": {}}, "~modem": {"in": "channel"})"), {"graph.other: there are two sources"}},
      {"graph_with_a_fork", 2, graph(sending + R"("a": {"crc": {}, "in": "source"}, "~modem": {"in": "channel"})"), {"graph.a: takes from \"source\", as \"modem\" does already"}},
      {"graph_without_channel", 2, graph(R"("source": {"random-bits": {"length": 8}}, "modem": {"bpsk": {}, "in": "source"})"), {"graph: there is no channel"}},
      {"graph_with_two_channels", 2, graph(sending + R"("~modem": {"in": "channel"}, "again": {"awgn": {}, "in": "~modem"})"), {"graph: there are two channels"}},
      {"graph_node_without_plugin", 2, graph(sending + R"("a": {"in": "modem"})"), {"graph.a: names no plugin"}},
      {"graph_node_with_two_plugins", 2, graph(sending + R"("a": {"crc": {}, "interleaver": {}, "in": "modem"})"), {"graph.a: names two plugins, \"crc\" and \"interleaver\""}},
      {"graph_node_a_word", 2, graph(sending + R"("a": "crc")"), {"graph.a: a node is an object"}},
      {"graph_in_a_number", 2, graph(sending + R"("a": {"crc": {}, "in": 3})"), {"graph.a: \"in\" must be the name of a node"}},
      {"graph_with_a_number", 2, graph(sending + R"("a": {"crc": {}, "in": "modem", "with": 3})"), {"graph.a: \"with\" must be the name of a node or a list of names"}},
      {"graph_receiving_half_with_plugin", 2, graph(sending + R"("~modem": {"bpsk": {}, "in": "channel"})"), {"graph.~modem: a receiving half has no plugin of its own, but \"bpsk\""}},
      {"graph_receiving_half_from_nowhere", 2, graph(sending + R"("~modem": {})"), {"graph.~modem: a receiving half needs \"in\""}},
      {"graph_channel_from_nowhere", 2, graph(R"("source": {"random-bits": {"length": 8}}, "channel": {"awgn": {}})"), {"graph.channel: a channel needs \"in\""}},
      {"graph_with_ports_that_do_not_fit", 2, graph(R"("source": {"random-bits": {"length": 8}}, "channel": {"awgn": {}, "in": "source"})"), {"graph.channel: \"channel\" takes symbols, but \"source\" gives bits"}},
      {"graph_that_never_receives", 2, graph(sending.substr(0, sending.size() - 2)), {"gives observation, but the source gives bits"}},
      {"graph_decoder_before_the_channel", 2, graph(R"("source": {"random-bits": {"length": 24}}, "code": {"array-ldpc": {}}, "decoder": {"bp": {}, "in": "source", "with": "code"}, "modem": {"bpsk": {}, "in": "decoder"}, "channel": {"awgn": {}, "in": "modem"}, "~modem": {"in": "channel"})"), {"graph.decoder: "}},
      {"graph_decoder_without_code", 2, graph(sending + R"("~modem": {"in": "channel"}, "decoder": {"bp": {}, "in": "~modem"})"), {"graph.decoder: a decoder is bound to one code"}},
  };
  return cases;
}

const std::vector<Hostile>& command_lines() {
  static const std::vector<Hostile> cases = {
      {"no_command_of_that_name", 2, "", {"walk"}, {"walk", "x.json"}},
      {"no_config", 2, "", {"config is required"}, {"run"}},
      {"config_missing", 2, "", {"none.json: does not exist"}, {"run", "none.json"}},
      {"config_a_directory", 2, "", {".: is a directory, not a config"}, {"run", "."}},
      {"option_unknown", 2, bits_config, {"--thread"}, {"run", "x.json", "--thread", "2"}},
      {"threads_zero", 2, bits_config, {"--threads: Value 0 not in range 1 to 1024"}, {"run", "x.json", "--threads", "0"}},
      {"threads_in_words", 2, bits_config, {"--threads", "two"}, {"run", "x.json", "--threads", "two"}},
      {"batch_zero", 2, bits_config, {"--batch: Value 0 not in range 1 to 1000000"}, {"run", "x.json", "--batch", "0"}},
      {"batch_negative", 2, bits_config, {"--batch", "-1"}, {"run", "x.json", "--batch", "-1"}},
      {"seconds_negative", 2, bits_config, {"--seconds: "}, {"run", "x.json", "--seconds", "-1"}},
      {"arm_unknown", 2, bits_config, {"--arm bas: there is no such arm (did you mean \"base\"?)"}, {"run", "x.json", "--arm", "bas"}},
      {"set_without_value", 2, bits_config, {"--set seed: is not of the form address=value"}, {"run", "x.json", "--set", "seed"}},
      {"set_without_address", 2, bits_config, {"--set =3: is not of the form address=value"}, {"run", "x.json", "--set", "=3"}},
      {"set_nowhere", 2, bits_config, {"--set link.decoder.iterations=3: nothing stands at \"link.decoder\""}, {"run", "x.json", "--set", "link.decoder.iterations=3"}},
      {"set_through_a_number", 2, bits_config, {"--set stop.frames.x=3: nothing can stand at \"stop.frames.x\""}, {"run", "x.json", "--set", "stop.frames.x=3"}},
      {"set_60000_deep", 2, bits_config, {"--set source.length=[[[", "nested more than 64 levels deep"}, {"run", "x.json", "--set", "source.length=" + repeated("[", 60'000) + repeated("]", 60'000)}},
      {"set_duplicate_keys", 2, bits_config, {"--set source", "stands here twice"}, {"run", "x.json", "--set", R"(source={"random-bits": {"length": 1, "length": 2}})"}},
      {"set_to_bytes_that_are_no_utf8", 2, bits_config, {"source.length=\xff: is not UTF-8"}, {"run", "x.json", "--set", "source.length=\xff"}},
      {"validate_set_of_no_utf8", 2, bits_config, {"--set \xff=3: is not UTF-8"}, {"validate", "x.json", "--set", "\xff=3"}},
      {"set_to_a_wrong_kind", 2, bits_config, {"source.length: must be a whole number"}, {"run", "x.json", "--set", "source.length=far"}},
      {"message_of_letters_for_bits", 2, bits_config, {"this link carries bits: the message must be made of 0 and 1"}, {"transmit", "x.json", "hello"}},
      {"point_that_is_not_there", 2, bits_config, {"--point es_n0_db=17: there is no such point"}, {"transmit", "x.json", "0101", "--point", "es_n0_db=17"}},
      {"describe_unknown", 2, "", {"there is no plugin \"bq\" (did you mean \"bp\"?)"}, {"describe", "bq"}},
      {"tokenize_unknown", 2, "", {"there is no tokenizer \"byte\" (did you mean \"bytes\"?)"}, {"tokenize", "byte"}},
      {"list_of_an_unknown_role", 2, "", {"there is no role \"decodr\" (did you mean \"decoder\"?)"}, {"list", "decodr"}},
      {"score_missing", 2, "", {"a.txt: does not exist"}, {"score", "a.txt", "x.json"}},
      {"score_a_directory", 2, "", {".: is a directory, not a text"}, {"score", ".", "x.json"}},
      {"score_of_different_lengths", 2, "one\ntwo\n", {"x.json: has 2 lines, /dev/null has 0"}, {"score", "/dev/null", "x.json"}},
      {"score_by_an_unknown_metric", 2, "one\n", {"there is no metric \"blue\" (did you mean \"bleu\"?)"}, {"score", "x.json", "x.json", "--metric", "blue"}},
  };
  return cases;
}

class HostileConfigTest : public CommandTest, public ::testing::WithParamInterface<Hostile> {};

TEST_P(HostileConfigTest, IsRefused) {
  const Hostile& hostile = GetParam();
  write("x.json", hostile.config);
  Command given = command(hostile.arguments);
  given.seconds = 30;
#ifndef __SANITIZE_ADDRESS__
  given.largest_memory = std::uint64_t{2} << 30;
#endif
  const Ended ended = expect(hostile.code, given);
  for (const auto& words : hostile.says) EXPECT_THAT(ended.err, ::testing::HasSubstr(words));
  EXPECT_EQ(ended.out, "");
  EXPECT_LT(ended.err.size(), 2'000'000u);
  EXPECT_FALSE(std::filesystem::exists(folder() / "out/results.csv"));
}

TEST(HostileConfigs, HaveAMessageEach) {
  std::set<std::vector<std::string>> messages;
  std::size_t cases = 0;
  for (const auto* table : {&broken_json(), &wrong_values(), &graphs(), &command_lines()})
    for (const auto& hostile : *table) {
      EXPECT_TRUE(messages.insert(hostile.says).second) << hostile.name;
      ++cases;
    }
  EXPECT_GE(cases, 150u);
}

const auto name_of = [](const ::testing::TestParamInfo<Hostile>& info) { return info.param.name; };
INSTANTIATE_TEST_SUITE_P(BrokenJson, HostileConfigTest, ::testing::ValuesIn(broken_json()), name_of);
INSTANTIATE_TEST_SUITE_P(WrongValues, HostileConfigTest, ::testing::ValuesIn(wrong_values()), name_of);
INSTANTIATE_TEST_SUITE_P(Graphs, HostileConfigTest, ::testing::ValuesIn(graphs()), name_of);
INSTANTIATE_TEST_SUITE_P(CommandLines, HostileConfigTest, ::testing::ValuesIn(command_lines()), name_of);

}  // namespace
}  // namespace tandem::test
