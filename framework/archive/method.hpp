#pragma once

#include <memory>
#include <span>
#include <string>
#include <tandem/coder.hpp>
#include <vector>

#include "container.hpp"
#include "host/catalogue.hpp"
#include "host/json_document.hpp"
#include "host/registry.hpp"

namespace tandem::archive {

/// What became of a block: its bytes, or why there are none.
struct Coding {
  Bytes bytes;
  std::string fault;
};

/// How blocks are coded: by a tokenizer, a model and a coder, as a config's link has them. Immutable and thread-safe.
class Method {
 public:
  /// `name` is that of a shipped method, or the path of a file that describes one. Throws host::Refusal.
  Method(const std::string& name, const host::Catalogue& catalogue, const host::Registry& registry);

  const Description& description() const { return description_; }
  const std::string& name() const { return name_; }
  Exactness exactness() const { return exactness_; }
  std::uint64_t block() const { return block_; }          ///< bytes a block, where none are asked for
  std::size_t together() const { return together_; }      ///< blocks that are best coded at once

  /// Each block coded. Blocks do not know of each other. Where `verify`, each is decoded again, and has to come back.
  std::vector<Coding> encode(std::span<const Bytes> blocks, bool verify) const;
  /// The contents again; of damaged bytes anything, or a fault.
  std::vector<Coding> decode(std::span<const Bytes> coded) const;
  /// Whether it comes with Tandem.
  bool shipped() const { return shipped_; }

 private:
  std::string name_;
  bool shipped_ = false;
  Description description_;
  Exactness exactness_ = Exactness::portable;
  std::uint64_t block_ = 0;
  std::size_t together_ = 1;
  std::shared_ptr<Tokenizer> tokenizer_;
  std::shared_ptr<Model> model_;  // may be null
  std::shared_ptr<Coder> coder_;
};

/// The names of the shipped methods, sorted.
std::vector<std::string> method_names(const host::Registry& registry);

/// What a container was coded with, found here again: the shipped method of its name, or `given`. What a container says is
/// compared and never run: a description can name any plugin, those that start programs, too. Throws host::Refusal with
/// `place`, the container's name, and with what is different.
Method method_for(const Description& description, const std::string& given, const std::string& place, const host::Catalogue& catalogue,
                  const host::Registry& registry);
/// A description's text as JSON; null where it is none, or nested so deeply that nobody has written it.
host::Ordered json_of(const Description& description);

}  // namespace tandem::archive
