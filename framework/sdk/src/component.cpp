// The key functions of every class that crosses the boundary: their type information lives in libtandem alone, so that
// casts and exceptions work between libraries.
#include <tandem/block.hpp>
#include <tandem/channel.hpp>
#include <tandem/code.hpp>
#include <tandem/codec.hpp>
#include <tandem/coder.hpp>
#include <tandem/complexity.hpp>
#include <tandem/component.hpp>
#include <tandem/decoding.hpp>
#include <tandem/explain.hpp>
#include <tandem/metric.hpp>
#include <tandem/model.hpp>
#include <tandem/modem.hpp>
#include <tandem/source.hpp>
#include <tandem/tokenizer.hpp>
#include <tandem/trainable.hpp>

namespace tandem {

std::string_view name(Port port) {
  constexpr std::string_view names[] = {"items", "tokens", "bits", "features", "symbols", "observation", "reception"};
  return names[static_cast<std::size_t>(port)];
}

std::string_view name(Exactness exactness) {
  constexpr std::string_view names[] = {"none", "build", "portable"};
  return names[static_cast<std::size_t>(exactness)];
}

Component::~Component() = default;
void Component::fields(Fields&) {}
void Component::ready(const Environment&) {}
void Component::bind(Component&) { throw Error("this component is bound to nothing", {}, "take \"with\" out"); }
Exactness Component::exactness() const { return Exactness::build; }

Source::~Source() = default;
Port Source::yields() const { return Port::items; }

Tokenizer::~Tokenizer() = default;
Session::~Session() = default;
Model::~Model() = default;
Distribution::~Distribution() = default;
Probabilities::~Probabilities() = default;
Logits::~Logits() = default;
Decisions::~Decisions() = default;
Cloneable::~Cloneable() = default;
CodingSession::~CodingSession() = default;
Coder::~Coder() = default;

Decoding::~Decoding() = default;
Needs Decoding::needs() const { return Needs::llr; }
Code::~Code() = default;
const SparseMatrix* Code::checks() const { return nullptr; }
std::span<const std::uint32_t> Code::information_positions() const { return {}; }
const char* Code::default_decoder() const { return nullptr; }
Decoder::~Decoder() = default;

Channel::~Channel() = default;
bool Channel::has_snr() const { return true; }
bool Channel::linear() const { return true; }
Law::~Law() = default;
bool Law::applies() const { return true; }

Modem::~Modem() = default;
DigitalModem::~DigitalModem() = default;
AnalogModem::~AnalogModem() = default;

Codec::~Codec() = default;
Complexity::~Complexity() = default;
Explains::~Explains() = default;
ExactDecoding::~ExactDecoding() = default;
Block::~Block() = default;
Soft::~Soft() = default;

Metric::~Metric() = default;
double Metric::evaluate(std::size_t, std::span<const double>, std::uint64_t) const {
  throw Error("this metric has no row of kind function");
}
ComparesTexts::~ComparesTexts() = default;

Progress::~Progress() = default;
Trainable::~Trainable() = default;
Trainer::~Trainer() = default;

}  // namespace tandem
