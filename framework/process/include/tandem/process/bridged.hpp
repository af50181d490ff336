#pragma once

#include <tandem/process/bridge.hpp>

namespace tandem::process {

/// A component of `Role` that is an executable, but for what its role computes.
template <class Role>
class Bridged : public Role {
 public:
  Exactness exactness() const override { return bridge_.exactness(); }

 protected:
  explicit Bridged(Bridge::Check check) : bridge_(Role::role, std::move(check)) {}
  template <class Read>
  auto call(const Request& request, Read&& read) const {
    return bridge_.pool().call(request, std::forward<Read>(read));
  }

  Bridge bridge_;
};

}  // namespace tandem::process
