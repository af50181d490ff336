#pragma once

#include <cstddef>
#include <string>
#include <tandem/batch.hpp>

#include "byte_pairs.hpp"

namespace tandem::tokenizers::bpe {

/// Ids: 0 .. 255 are the bytes, 256 is the end, 257 + rank what the merge of that rank makes.
constexpr Token end = 256;
constexpr std::size_t least_size = 257, largest_size = std::size_t{1} << 20, largest_file = std::size_t{1} << 26;

/// The vocabulary file, ASCII. Line 1: "tandem-bpe version=1 size=SIZE pieces=gpt2". Then SIZE - 257 lines, the merges
/// in the order of their ranks: what the left symbol spells, a blank, what the right one spells. Bytes 33 .. 126 are
/// written as they are, but the backslash and all others as \xHH. Each line ends with a line feed.
std::string to_text(const Merges& merges);
/// The reverse. Throws FieldError on the field `vocabulary`, naming the file `name` and the line.
Merges from_text(const std::string& text, const std::string& name);

}  // namespace tandem::tokenizers::bpe
