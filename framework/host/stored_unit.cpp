#include "stored_unit.hpp"

#include <fmt/format.h>

#include "bytes.hpp"
#include "sha256.hpp"

namespace tandem::host {
namespace {

[[noreturn]] void damaged() { throw Error("a unit is damaged"); }

void write_doubles(ByteWriter& out, const std::vector<double>& values) {
  out.varint(values.size());
  for (const double value : values) out.f64(value);
}
std::vector<double> read_doubles(ByteReader& in) {
  std::vector<double> out(in.count(sizeof(double)));
  for (double& value : out) value = in.f64();
  return out;
}

void write(ByteWriter& out, const Moments& moments) {
  out.varint(moments.frames);
  for (const auto* values : {&moments.sums, &moments.products, &moments.least, &moments.largest})
    write_doubles(out, *values);
  out.varint(moments.nonzero.size());
  for (const auto count : moments.nonzero) out.varint(count);
}
Moments read_moments(ByteReader& in) {
  Moments moments;
  moments.frames = in.varint();
  for (auto* values : {&moments.sums, &moments.products, &moments.least, &moments.largest}) *values = read_doubles(in);
  moments.nonzero.resize(in.count(1));
  for (auto& count : moments.nonzero) count = in.varint();
  const std::size_t n = moments.sums.size();
  if (moments.products.size() != n * (n + 1) / 2 || moments.least.size() != n || moments.largest.size() != n ||
      moments.nonzero.size() != n)
    damaged();
  return moments;
}

}  // namespace

UnitKey parse_key(const std::string& text) {
  const auto digit = [&](char c) -> unsigned {
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
    throw Error("\"" + text + "\" is no unit key: 64 lower-case hexadecimal digits");
  };
  UnitKey key;
  if (text.size() != 2 * key.size()) digit('?');
  for (std::size_t i = 0; i < key.size(); ++i)
    key[i] = static_cast<std::uint8_t>(digit(text[2 * i]) << 4 | digit(text[2 * i + 1]));
  return key;
}

std::string text_of(const UnitKey& key) {
  std::string out;
  for (const std::uint8_t byte : key) out += fmt::format("{:02x}", byte);
  return out;
}

StoredUnit to_stored(Unit unit) {
  const UnitKey key = parse_key(unit.key);
  ByteWriter out;
  out.varint(unit.first);
  out.varint(unit.frames);
  write_doubles(out, unit.ledger);
  out.bytes(unit.wrong);
  out.varint(unit.metrics.size());
  for (const auto& metric : unit.metrics) {
    out.text(metric.name);
    write(out, metric.moments);
    out.varint(metric.columns.size());
    for (const auto& column : metric.columns) out.bytes(column);
  }
  return {key, std::move(unit.arm), std::move(unit.point), unit.first, unit.frames, out.take()};
}

Unit to_unit(const std::string& key, std::string arm, std::string point, std::span<const std::uint8_t> payload) {
  ByteReader in(payload, damaged);
  Unit unit;
  unit.key = key;
  unit.arm = std::move(arm);
  unit.point = std::move(point);
  unit.first = in.varint();
  unit.frames = in.varint();
  unit.ledger = read_doubles(in);
  unit.wrong = in.bytes();
  for (std::size_t metrics = in.count(1); metrics > 0; --metrics) {
    auto& metric = unit.metrics.emplace_back();
    metric.name = in.text();
    metric.moments = read_moments(in);
    for (std::size_t columns = in.count(1); columns > 0; --columns) metric.columns.push_back(in.bytes());
  }
  if (!in.empty()) damaged();
  return unit;
}

std::string checksum(const UnitKey& key, std::span<const std::uint8_t> payload) {
  std::vector<std::uint8_t> all(key.begin(), key.end());
  all.insert(all.end(), payload.begin(), payload.end());
  return sha256(std::span<const std::uint8_t>(all));
}

}  // namespace tandem::host
