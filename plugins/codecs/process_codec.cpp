// Joint source-channel systems in any language: an executable that answers over pipes.
#include <tandem/codec.hpp>
#include <tandem/process/bridged.hpp>

namespace {
using namespace tandem;
using process::Answer;
using process::Description;
using process::Kind;
using process::Request;

class ProcessCodec final : public process::Bridged<Codec> {
 public:
  ProcessCodec() : Bridged([](const Description& description) { description.only({}); }) {}

  void fields(Fields& f) override {
    bridge_.declare(f);
    f.example(R"({"command": ["python3"], "script": "codec.py"})");
  }
  void ready(const Environment& environment) override {
    bridge_.ready(environment);
    bridge_.description();
  }
  Features encode(const Bytes& items) const override { return answer<float>(Kind::encode_items, items, "features"); }
  Bytes decode(const Features& features) const override {
    return answer<std::uint8_t>(Kind::decode_features, features, "items");
  }

 private:
  template <class To, class From>
  Ragged<To> answer(Kind kind, const Ragged<From>& rows, const char* what) const {
    if (rows.rows() == 0) return {};
    Request request(kind);
    return call(request.rows(rows), [&](Answer& answer) {
      auto out = answer.rows<To>(rows.rows(), what);
      answer.finish();
      return out;
    });
  }
};

}  // namespace
TANDEM_PLUGIN(ProcessCodec, tandem::Codec, "process-codec", "1.0.0", "a joint system in any language, as an executable")
