#include "results_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "host/problem.hpp"

namespace tandem::report {
namespace {

[[noreturn]] void refuse(const std::string& file, int line, int column, std::string message, std::string hint = {}) {
  throw host::Refusal(host::Problem{{file, line, column}, {}, std::move(message), std::move(hint), host::Exit::usage});
}

// A text file line by line, for messages that name the place.
class Lines {
 public:
  Lines(std::istream& in, std::string name) : in_(in), name_(std::move(name)) {}

  bool next() {
    if (!std::getline(in_, text)) return false;
    if (text.ends_with('\r')) text.pop_back();
    ++number;
    return true;
  }
  [[noreturn]] void refuse_here(std::string message, std::string hint = {}, std::size_t column = 0) const {
    refuse(name_, number, static_cast<int>(column) + 1, std::move(message), std::move(hint));
  }

  std::string text;
  int number = 0;

 private:
  std::istream& in_;
  std::string name_;
};

std::ifstream opened(const std::string& path, const std::string& name) {
  std::ifstream in(path, std::ios::binary);
  std::error_code failed;
  if (!in || std::filesystem::is_directory(path, failed)) refuse(name, 0, 0, "cannot be read");
  return in;
}

struct Cell {
  std::string text;
  std::size_t column = 0;
};

// Commas part cells; in quotes they do not, and a quote is doubled (RFC 4180).
std::vector<Cell> cells_of(const Lines& line) {
  std::vector<Cell> out(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.text.size(); ++i) {
    const char c = line.text[i];
    if (quoted && c == '"' && i + 1 < line.text.size() && line.text[i + 1] == '"') {
      out.back().text += line.text[i++];
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      out.push_back({{}, i + 1});
    } else {
      out.back().text += c;
    }
  }
  if (quoted) line.refuse_here("a quote is not closed", {}, out.back().column);
  return out;
}

double number_in(const Lines& line, const Cell& cell) {
  const auto value = number_of(cell.text);
  if (!value) line.refuse_here("\"" + cell.text.substr(0, 60) + "\" is not a number", {}, cell.column);
  return *value;
}

constexpr const char* columns[] = {"metric", "value", "low", "high", "count", "of", "frames"};

ResultsTable table_of(std::istream& in, const std::string& name) {
  ResultsTable table;
  table.path = name;
  Lines line(in, name);
  if (!line.next() || !line.text.starts_with("# tandem "))
    line.refuse_here("is not a table of results", "its first line begins with \"# tandem\"");
  table.made_by = line.text.substr(9);
  if (!line.next()) line.refuse_here("ends before its header");
  const auto header = cells_of(line);
  const std::size_t fixed = std::size(columns);
  bool fits = header.size() > fixed && header[0].text == "arm";
  for (std::size_t i = 0; fits && i < fixed; ++i) fits = header[header.size() - fixed + i].text == columns[i];
  if (!fits) line.refuse_here("is not the header of a table of results", "arm,AXIS...,metric,value,low,high,count,of,frames");
  for (std::size_t i = 1; i + fixed < header.size(); ++i) table.axes.push_back(header[i].text);
  while (line.next()) {
    const auto cells = cells_of(line);
    if (cells.size() != header.size()) line.refuse_here(fmt::format("has {} cells, the header has {}", cells.size(), header.size()));
    ResultsTable::Row row;
    row.line = line.number;
    row.arm = cells[0].text;
    for (std::size_t i = 0; i < table.axes.size(); ++i) row.point.push_back(cells[1 + i].text);
    const Cell* cell = &cells[1 + table.axes.size()];
    row.metric = cell[0].text;
    row.value = number_in(line, cell[1]);
    row.low = number_in(line, cell[2]);
    row.high = number_in(line, cell[3]);
    if (!cell[4].text.empty()) row.count = number_in(line, cell[4]);
    if (!cell[5].text.empty()) row.of = number_in(line, cell[5]);
    row.frames = number_in(line, cell[6]);
    table.rows.push_back(std::move(row));
  }
  return table;
}

}  // namespace

std::optional<double> number_of(const std::string& cell) {
  double value = 0;
  const char* end = cell.data() + cell.size();
  const auto [at, error] = std::from_chars(cell.data(), end, value);
  if (error == std::errc::result_out_of_range && at == end) return std::nullopt;
  return error == std::errc() && at == end ? std::optional(value) : std::nullopt;
}

std::vector<std::string> ResultsTable::metrics() const {
  std::vector<std::string> out;
  for (const Row& row : rows)
    if (!std::ranges::count(out, row.metric)) out.push_back(row.metric);
  return out;
}

ResultsTable parse_results(const std::string& text, const std::string& name) {
  std::istringstream in(text);
  return table_of(in, name);
}

ResultsTable read_results(const std::string& folder) {
  const std::string path = (std::filesystem::path(folder) / "results.csv").string();
  std::error_code failed;
  if (!std::filesystem::exists(folder, failed)) refuse(folder, 0, 0, "does not exist", "a run's folder is meant");
  if (!std::filesystem::is_directory(folder, failed)) refuse(folder, 0, 0, "is not a folder", "a run's folder is meant");
  if (!std::filesystem::exists(path, failed))
    refuse(folder, 0, 0, "has no results.csv", "tandem run CONFIG --out " + folder + " writes it");
  auto in = opened(path, path);
  ResultsTable table = table_of(in, path);
  if (table.rows.empty()) refuse(path, 0, 0, "has no results yet", "no point of the run is finished");
  return table;
}

CurveTable read_curve(const std::string& path, const std::string& name) {
  auto in = opened(path, name);
  Lines line(in, name);
  CurveTable curve;
  constexpr const char* how = "# LABEL; dotted, or # LABEL; dashed";
  const auto trimmed = [](const std::string& text) {
    const std::size_t from = text.find_first_not_of(" \t");
    return from == std::string::npos ? std::string() : text.substr(from, text.find_last_not_of(" \t") - from + 1);
  };
  const std::size_t semicolon = line.next() ? line.text.rfind(';') : std::string::npos;
  if (semicolon == std::string::npos || line.text[0] != '#') line.refuse_here("does not say what the curve is", how);
  curve.label = trimmed(line.text.substr(1, semicolon - 1));
  const std::string kind = trimmed(line.text.substr(semicolon + 1));
  if (curve.label.empty() || (kind != "dotted" && kind != "dashed")) line.refuse_here("does not say what the curve is", how);
  curve.dotted = kind == "dotted";
  if (!line.next()) line.refuse_here("ends before its header", "es_n0_db,bler.code");
  const auto header = cells_of(line);
  if (header.size() != 2) line.refuse_here("is not the name of an axis and that of a metric", "es_n0_db,bler.code");
  curve.axis = header[0].text;
  curve.metric = header[1].text;
  while (line.next()) {
    if (line.text.empty()) continue;
    const auto cells = cells_of(line);
    if (cells.size() != 2) line.refuse_here(fmt::format("has {} cells instead of 2", cells.size()));
    const double x = number_in(line, cells[0]), value = number_in(line, cells[1]);
    if (!std::isfinite(x) || !std::isfinite(value)) line.refuse_here("is not finite");
    if (!curve.points.empty() && x <= curve.points.back().first) line.refuse_here("does not come after the line before", "x has to rise");
    curve.points.emplace_back(x, value);
  }
  if (curve.points.empty()) line.refuse_here("ends before its first point");
  return curve;
}

}  // namespace tandem::report
