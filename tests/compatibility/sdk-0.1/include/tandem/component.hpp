#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <tandem/error.hpp>
#include <tandem/export.hpp>
#include <tandem/fields.hpp>

/// The SDK: what plugins and the host share.
namespace tandem {

/// How far the same input gives the same output: `none`; `build`: same library, machine type and thread setting;
/// `portable`: any x86-64 with FMA, any number of threads, any batch.
enum class Exactness : std::uint8_t { none, build, portable };
/// "none", "build" or "portable".
TANDEM_API std::string_view name(Exactness exactness);

/// What a component may know of its surroundings.
struct Environment final {
  int threads = 1;               ///< how many threads will call it at once
};

/// The root of every role. Life: create -> fields -> ready -> bind -> const calls, which are thread-safe: one instance
/// serves all threads. What a component computes depends on its fields, its files and the arguments alone, never on how
/// the host cuts batches.
class TANDEM_API Component {
 public:
  Component() = default;
  Component(const Component&) = delete;
  Component& operator=(const Component&) = delete;
  virtual ~Component();

  /// Declares every parameter once; see fields.hpp.
  virtual void fields(Fields&);
  /// Called once all fields are set. Throws FieldError for values that only the component can judge.
  virtual void ready(const Environment&);
  /// Called once for each component named in "with": a decoder's code, a coder's model, a model's tokenizer.
  /// `other` outlives this component. The default throws Error: most components are bound to nothing.
  virtual void bind(Component& other);

  /// What it promises as configured; `build` by default. A link has the least of its components' exactness.
  virtual Exactness exactness() const;
};

}  // namespace tandem
