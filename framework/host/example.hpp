#pragma once

#include "json_document.hpp"
#include "manifest.hpp"

namespace tandem::host {

/// The smallest experiment that uses a plugin: the plugin with the fields of its example, what it says it stands beside,
/// and the usual stages around them. A trainer's is a training. What `describe --config` prints and `check` runs.
/// `fields` replaces the example's fields where it is an object.
Ordered example_experiment(const Manifest& manifest, const Ordered& fields = {});

}  // namespace tandem::host
