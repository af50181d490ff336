#pragma once

#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "method.hpp"

namespace tandem::archive {

struct Progress {
  std::uint64_t content = 0, file = 0;  ///< bytes so far, of the original and of the compressed file
};

struct Options {
  int threads = 1;                                 ///< changes no byte
  bool verify = false;                             ///< compress: every coded block is decoded again before it is written
  std::function<void(const Progress&)> progress;   ///< called now and then from the calling thread
};

struct Summary {
  std::uint64_t content = 0, file = 0, blocks = 0, stored = 0;
  std::string fault;  ///< why a block could not be coded, of the first that could not
};

/// Writes what `in` yields as a container: block by block, with memory for a few blocks a thread. At most 0.1 % and 64 bytes
/// longer than what it holds, where blocks have 32 KiB or more. Throws Error where a stream fails.
Summary compress(std::istream& in, std::ostream& out, const Method& method, const std::optional<Info>& info, const Options& options);

/// What cannot be read of a container, in the order of the file.
struct Loss {
  std::uint64_t place = 0;       ///< in the container
  std::string what;              ///< "block 3 (bytes 3145728 to 4194303)"
  std::string why;
};

struct Contents {
  std::optional<Info> info;
  std::optional<Description> description;
  Summary summary;
  std::vector<Loss> losses;      ///< only where recovery was asked for
};

struct ReadOptions : Options {
  std::string place;             ///< the container's name, for messages
  bool recover = false;          ///< gives what is whole instead of throwing at the first damage
  std::uint64_t most = 0;        ///< bytes that may come out; 0: a thousand times the container and 1 GiB
  /// The method that a description is of; of none, where recovery finds none: the one that was given, or an Error.
  std::function<Method(const std::optional<Description>&)> method;
};

/// The contents of a container to `out`. Nothing comes out that fails its check. Throws Error naming block and place at the first
/// damage, host::Refusal before the first coded block where the method is not here, and as soon as more would come out than may.
Contents decompress(std::istream& in, std::ostream& out, const ReadOptions& options);

/// Reads heads alone. Throws Error as decompress does for damaged heads, without looking at the contents.
Contents inspect(std::istream& in, const std::string& place, const std::function<void(const BlockHead&)>& block = {});

}  // namespace tandem::archive
