#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <tandem/neural/language_model.hpp>
#include <vector>

/// One implementation of a Llama network. One thread.
class LanguagePeer {
 public:
  using Windows = std::vector<std::vector<tandem::Token>>;  ///< of as many tokens each
  using See = std::function<void(std::size_t stream, std::size_t position, std::span<const float> logits)>;

  virtual ~LanguagePeer() = default;
  /// Reads each window from its first position on, token by token, as a coder must: `see` has every token's logits before the
  /// next token of its window is read.
  virtual void read(const Windows& windows, const See& see) = 0;
};

/// plain_llama.cpp, with the project's options and with those of a compiler that may do what it likes.
std::unique_ptr<LanguagePeer> plain_llama(const tandem::neural::LanguageShape& shape, std::span<const float> parameters);
std::unique_ptr<LanguagePeer> plain_llama_fast(const tandem::neural::LanguageShape& shape, std::span<const float> parameters);
