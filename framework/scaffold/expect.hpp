#pragma once

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <tandem/component.hpp>

/// Ends the test with a message unless `kept`.
inline void expect(const char* what, bool kept) {
  if (kept) return;
  std::printf("%s: not so\n", what);
  std::exit(1);
}
inline void expect_near(const char* what, double value, double wanted, double tolerance) {
  if (std::abs(value - wanted) <= tolerance) return;
  std::printf("%s is %g, expected was %g within %g\n", what, value, wanted, tolerance);
  std::exit(1);
}

/// Sets a component's fields as the host does, and makes it ready.
inline void set_fields(tandem::Component& component, const std::string& json_object) {
  tandem::Fields fields(json_object, {});
  component.fields(fields);
  fields.finish();
  component.ready({});
}
