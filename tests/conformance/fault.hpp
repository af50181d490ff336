#pragma once

#include <string>
#include <tandem/fields.hpp>

namespace tandem::broken {

/// The field `fault` of a component that is correct until this field names the promise that it is to break.
class Fault final {
 public:
  void declare(Fields& f, std::initializer_list<const char*> faults) { f("fault", name_, "none").choices(faults).doc("the promise that it breaks"); }
  bool is(std::string_view fault) const { return name_ == fault; }

 private:
  std::string name_ = "none";
};

}  // namespace tandem::broken
