#pragma once

#include <memory>
#include <span>
#include <string>
#include <tandem/coder.hpp>
#include <vector>

#include "container.hpp"
#include "host/catalogue.hpp"
#include "host/registry.hpp"

namespace tandem::archive {

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

  /// The bytes of each block; none where it cannot be coded. Blocks do not know of each other.
  std::vector<std::optional<Bytes>> encode(std::span<const Bytes> blocks) const;
  /// The contents again; of damaged bytes anything, at most `largest_block` of it, or none.
  std::vector<std::optional<Bytes>> decode(std::span<const Bytes> coded) const;

 private:
  std::string name_;
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

}  // namespace tandem::archive
