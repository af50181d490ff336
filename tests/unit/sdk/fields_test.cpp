#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <tandem/component.hpp>

namespace tandem {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Kind = FieldSpec::Kind;

// One field of every kind.
class Everything : public Component {
 public:
  void fields(Fields& f) override {
    f("flag", flag, true).doc("a flag");
    f("small", small, 3).range(-5, 10).unit("iterations");
    f("long", big, std::int64_t{-7});
    f("count", count, std::size_t{4});
    f("real", real, 0.5).range(0, 1);
    f("text", text, "plain");
    f("way", way, "fast").choices({"fast", "exact"});
    f("maybe", maybe);
    f("perhaps", perhaps).range(0, 2);
    f("reals", reals, std::vector<double>{1, 2.5}).range(0, 100);
    f("integers", integers, std::vector<std::int64_t>{4, 5});
    f("strings", strings, std::vector<std::string>{"a"});
    f("any", any, R"({"x": 1})");
    f("file", file, "none").keywords({"none", "all"});
    f("part", part).role("code");
    f.source("a paper").licence("MIT").example(R"({"small": 2})");
  }

  bool flag = false;
  int small = 0;
  std::int64_t big = 0;
  std::size_t count = 0;
  double real = 0;
  std::string text, way;
  std::optional<std::int64_t> maybe = 9;
  std::optional<double> perhaps = 9;
  std::vector<double> reals;
  std::vector<std::int64_t> integers;
  std::vector<std::string> strings;
  Json any;
  File file;
  Part part;
};

template <class C = Everything>
void assign(C& component, const std::string& json, Fields::Resolver resolver = {}) {
  Fields fields(json, std::move(resolver));
  component.fields(fields);
  fields.finish();
}

TEST(Fields, DescribesEveryKind) {
  Everything all;
  Fields fields;
  all.fields(fields);
  std::vector<std::string> lines;
  for (const auto& spec : fields.specs())
    lines.push_back(spec->name + " " + std::string(name(spec->kind)) + " " + spec->default_value);
  EXPECT_THAT(
      lines, ElementsAre("flag boolean true", "small integer 3", "long integer -7", "count integer 4",
                         "real number 0.5", "text string \"plain\"", "way choice \"fast\"", "maybe integer null",
                         "perhaps number null", "reals numbers [1.0,2.5]", "integers integers [4,5]",
                         "strings strings [\"a\"]", "any any {\"x\": 1}", "file file \"none\"", "part component null"));
  const auto& specs = fields.specs();
  EXPECT_EQ(specs[0]->doc, "a flag");
  EXPECT_EQ(specs[1]->unit, "iterations");
  EXPECT_EQ(specs[1]->low, -5);
  EXPECT_EQ(specs[1]->high, 10);
  EXPECT_EQ(specs[3]->low, 0);
  EXPECT_EQ(specs[2]->low, -std::numeric_limits<double>::infinity());
  EXPECT_THAT(specs[6]->choices, ElementsAre("fast", "exact"));
  EXPECT_THAT(specs[13]->choices, ElementsAre("none", "all"));
  EXPECT_EQ(specs[14]->role, "code");
  EXPECT_FALSE(specs[0]->required);
  EXPECT_EQ(fields.source_text(), "a paper");
  EXPECT_EQ(fields.licence_text(), "MIT");
  EXPECT_EQ(fields.example_text(), R"({"small": 2})");
  EXPECT_EQ(Fields().licence_text(), "Apache-2.0");
}

void expect_defaults(const Everything& all) {
  EXPECT_TRUE(all.flag);
  EXPECT_EQ(all.small, 3);
  EXPECT_EQ(all.big, -7);
  EXPECT_EQ(all.count, 4u);
  EXPECT_EQ(all.real, 0.5);
  EXPECT_EQ(all.text, "plain");
  EXPECT_EQ(all.way, "fast");
  EXPECT_FALSE(all.maybe);
  EXPECT_FALSE(all.perhaps);
  EXPECT_THAT(all.reals, ElementsAre(1, 2.5));
  EXPECT_THAT(all.integers, ElementsAre(4, 5));
  EXPECT_THAT(all.strings, ElementsAre("a"));
  EXPECT_EQ(all.any.text, R"({"x": 1})");
  EXPECT_EQ(all.part.component, nullptr);
}

TEST(Fields, DescribingAndAnEmptyObjectGiveDefaults) {
  Everything described, assigned;
  Fields fields;
  described.fields(fields);
  expect_defaults(described);
  EXPECT_EQ(described.file.reference, "");
  assign(assigned, "{}");
  expect_defaults(assigned);
}

TEST(Fields, AssignsEveryKind) {
  Everything all;
  Fields::Resolver resolver;
  resolver.file = [](const FieldSpec& spec, const std::string& json) {
    EXPECT_EQ(spec.name, "file");
    return File{json, "/there", "", "00"};
  };
  const auto code = std::make_shared<Everything>();
  resolver.part = [&](const FieldSpec& spec, const std::string& json) {
    EXPECT_EQ(spec.name, "part");
    EXPECT_EQ(json, R"({"hamming":{"r":3}})");
    return code;
  };
  assign(all, R"({"flag": false, "small": -5, "long": -9223372036854775808, "count": 18446744073709551615, "real": 1,
                  "text": "ü\n", "way": "exact", "maybe": 0, "perhaps": 2, "reals": [], "integers": [-1], "strings": ["", "b"],
                  "any": [1, {"y": null}], "file": "data:x", "part": {"hamming": {"r": 3}}})",
         resolver);
  EXPECT_FALSE(all.flag);
  EXPECT_EQ(all.small, -5);
  EXPECT_EQ(all.big, std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(all.count, std::numeric_limits<std::size_t>::max());
  EXPECT_EQ(all.real, 1);
  EXPECT_EQ(all.text, "ü\n");
  EXPECT_EQ(all.way, "exact");
  EXPECT_EQ(all.maybe, 0);
  EXPECT_EQ(all.perhaps, 2);
  EXPECT_THAT(all.reals, IsEmpty());
  EXPECT_THAT(all.integers, ElementsAre(-1));
  EXPECT_THAT(all.strings, ElementsAre("", "b"));
  EXPECT_EQ(nlohmann::json::parse(all.any.text), nlohmann::json::parse(R"([1, {"y": null}])"));
  EXPECT_EQ(all.file.reference, "\"data:x\"");
  EXPECT_EQ(all.file.path, "/there");
  EXPECT_EQ(all.part.component, code);
}

TEST(Fields, ADefaultFileIsResolvedToo) {
  Everything all;
  Fields::Resolver resolver;
  resolver.file = [](const FieldSpec&, const std::string& json) { return File{json, "", "none", ""}; };
  assign(all, "{}", resolver);
  EXPECT_EQ(all.file.reference, "\"none\"");
}

TEST(Fields, NullLeavesAnOptionalFieldOut) {
  Everything all;
  assign(all, R"({"maybe": null, "perhaps": null, "part": null, "file": null})");
  EXPECT_FALSE(all.maybe);
  EXPECT_FALSE(all.perhaps);
}

// The field that is named and what is said about it; empty when nothing is wrong.
using Fault = std::pair<std::string, std::string>;
Fault fault(const std::string& json) {
  try {
    Everything all;
    assign(all, json);
  } catch (const FieldError& e) {
    return {e.field(), e.message()};
  }
  return {};
}

TEST(Fields, RefusesValuesOfTheWrongKind) {
  const std::pair<const char*, std::vector<const char*>> wrong[] = {
      {"flag", {"1", "\"true\"", "null", "[]"}},
      {"small", {"true", "1.5", "1.0", "\"3\"", "null", "[3]", "3000000000", "-3000000000", "1e3"}},
      {"long", {"9223372036854775808", "0.5", "false"}},
      {"count", {"-1", "18446744073709551616", "2.5", "true"}},
      {"real", {"true", "\"0.5\"", "null", "[]"}},
      {"text", {"1", "null", "{}"}},
      {"way", {"1", "null"}},
      {"maybe", {"1.5", "true", "\"\""}},
      {"perhaps", {"true", "\"\""}},
      {"reals", {"1", "[true]", "[\"1\"]", "[null]", "{}", "{\"a\": 1}"}},
      {"integers", {"1", "[1.5]", "[true]", "[9223372036854775808]"}},
      {"strings", {"\"a\"", "[1]", "[null]"}}};
  for (const auto& [field, values] : wrong)
    for (const char* value : values) {
      const auto [named, message] = fault("{\"" + std::string(field) + "\": " + value + "}");
      EXPECT_EQ(named, field) << value;
      EXPECT_THAT(message, HasSubstr("must be")) << value;
    }
}

TEST(Fields, RefusesValuesThatAreNotAllowed) {
  EXPECT_EQ(fault(R"({"small": 11})"), Fault("small", "must be from -5 to 10, not 11"));
  EXPECT_EQ(fault(R"({"small": -6})"), Fault("small", "must be from -5 to 10, not -6"));
  EXPECT_EQ(fault(R"({"real": 1.0000001})").first, "real");
  EXPECT_EQ(fault(R"({"perhaps": -0.5})"), Fault("perhaps", "must be from 0 to 2, not -0.5"));
  EXPECT_EQ(fault(R"({"reals": [1, 101]})"), Fault("reals", "must be from 0 to 100, not 101"));
  EXPECT_EQ(fault(R"({"way": "quick"})"), Fault("way", "must be one of fast, exact, not \"quick\""));
  EXPECT_EQ(fault(R"({"small": 10, "real": 0, "perhaps": 0, "reals": [0, 100]})").first, "");
}

TEST(Fields, NamesAnUnknownKey) {
  EXPECT_EQ(fault(R"({"smal": 1})"), Fault("smal", "unknown field"));
  EXPECT_EQ(fault(R"({"": 1})"), Fault("", "unknown field"));
}

TEST(Fields, ShortensLongValuesInMessages) {
  const auto [field, message] = fault("{\"flag\": \"" + std::string(100'000, 'x') + "\"}");
  EXPECT_EQ(field, "flag");
  EXPECT_LT(message.size(), 200u);
}

TEST(Fields, RequiredFieldsMustBeGiven) {
  class Needy : public Component {
   public:
    void fields(Fields& f) override { f("matrix", matrix).required(); }
    File matrix;
  };
  Needy needy;
  EXPECT_THROW(assign(needy, "{}"), FieldError);
  EXPECT_THROW(assign(needy, R"({"matrix": null})"), FieldError);
  EXPECT_NO_THROW(assign(needy, R"({"matrix": "a.alist"})"));
  Fields described;
  needy.fields(described);
  EXPECT_TRUE(described.specs()[0]->required);
}

TEST(Fields, AFieldIsDeclaredOnce) {
  class Double : public Component {
   public:
    void fields(Fields& f) override {
      f("a", a, 1);
      f("a", b, 1);
    }
    int a, b;
  };
  Double twice;
  EXPECT_THROW(assign(twice, "{}"), FieldError);
}

TEST(Fields, RefusesTextThatIsNoObject) {
  const std::string deep = "{\"any\": " + std::string(100'000, '[') + std::string(100'000, ']') + "}";
  for (const std::string& text :
       {std::string(), std::string("{"), std::string("[]"), std::string("null"), std::string("{} x"),
        std::string("{\"text\": \"\xff\"}"), std::string("{\"real\": 1e999}"), deep}) {
    Everything all;
    EXPECT_THROW(assign(all, text), Error) << text.substr(0, 20);
  }
}

}  // namespace
}  // namespace tandem
