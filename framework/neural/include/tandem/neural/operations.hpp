#pragma once

#include <cstddef>
#include <tandem/complexity.hpp>
#include <tandem/neural/code_transformer.hpp>
#include <tandem/neural/language_model.hpp>
#include <tandem/neural/sentence_codec.hpp>

/// Floating-point operations of the networks, two a multiplication with its addition. What a profiler of modules counts, and
/// papers print (Counting::published): linear layers, and four multiplications a value for a LayerNorm.
namespace tandem::neural {

/// Of coding so many symbols, `end` among them, and of decoding them. The published code of gpt2 reads the whole prefix anew for
/// each symbol, and its profiler sees the head and the norms alone: the other matrices are of a class it does not know.
double operations_of(const LanguageShape& shape, std::size_t symbols, Counting counting);

/// Of decoding one word. `pairs`: of query and key, that one layer looks at; the published code computes them all.
double operations_of(const CodeTransformerShape& shape, std::size_t pairs, Counting counting);

/// Of sending and reading a sentence of so many words, in one part.
/// published: deepsc reads 29 words, whatever was sent, and each of them reads those before it anew; ut is counted as one pass
/// over all words with all its hops, its norms are of a class the profiler does not know. Else ut takes all hops, too:
/// what it takes in truth is for SentenceCodec to count.
double operations_of(const SentenceShape& shape, std::size_t words, Counting counting);

/// Of what a codec has done: see SentenceWork.
double operations_of(const SentenceShape& shape, const SentenceWork& work);

}  // namespace tandem::neural
