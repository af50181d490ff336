#include "database.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <tandem/error.hpp>

namespace tandem::host {
namespace {

// A path inside an SQLite URI.
std::string escaped(const std::string& path) {
  std::string out;
  for (const char c : path) {
    if (c == '%' || c == '?' || c == '#')
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    else
      out += c;
  }
  return out;
}

}  // namespace

// An absolute path never looks like a URI, whatever SQLite was built with.
Database::Database(std::filesystem::path path, Open how) : path_(std::move(path)) {
  const std::string absolute = std::filesystem::absolute(path_).string();
  const std::string name = how == Open::unchanging ? "file:" + escaped(absolute) + "?immutable=1" : absolute;
  const int flags = how == Open::write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
  sqlite3* connection = nullptr;
  const int code = sqlite3_open_v2(
      name.c_str(), &connection,
      flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | (how == Open::unchanging ? SQLITE_OPEN_URI : 0), nullptr);
  connection_.reset(connection);
  if (code != SQLITE_OK) fail(code);
  sqlite3_busy_timeout(connection, 10'000);
}

void Database::fail(int code) const {
  // SQLite does not keep the cause when a COMMIT fails; then errno still has it.
  const int seen = (code & 0xFF) == SQLITE_IOERR ? errno : 0;
  const int kept = connection_ ? sqlite3_system_errno(connection_.get()) : 0;
  const int cause = kept != 0 ? kept : seen;
  const std::string reason = cause != 0    ? std::strerror(cause)
                             : connection_ ? sqlite3_errmsg(connection_.get())
                                           : sqlite3_errstr(code);
  const std::string where = path_.string();
  const int kind = code & 0xFF;
  const bool full =
      kind == SQLITE_FULL || (kind == SQLITE_IOERR && (cause == ENOSPC || cause == EDQUOT || cause == EFBIG));
  if (full)
    throw Error("cannot grow: the disk is full, or a quota or file size limit is reached", where,
                "what was committed is kept: make room and run again");
  switch (kind) {
    case SQLITE_IOERR:
      throw Error("cannot be read or written: " + reason, where, "is the disk in order? What was committed is kept");
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
      throw Error("cannot be opened for this: " + reason, where, "may file and folder be read, and written by a run?");
    case SQLITE_NOTADB:
      throw Error("is no results file", where, "move it away, or choose another folder");
    case SQLITE_CORRUPT:
      throw Error("is damaged: " + reason, where,
                  "move it away and run again, or rescue what is left with the command .recover of sqlite3");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      throw Error("is locked by another program", where, "end the program that has the file open, and try again");
    default:
      throw Error(fmt::format("SQLite fails: {} ({})", reason, code), where);
  }
}

void Database::execute(const char* sql) {
  errno = 0;
  const int code = sqlite3_exec(connection_.get(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(code);
}

std::int64_t Database::number(const char* sql) {
  Statement statement(*this, sql);
  return statement.step() ? statement.number(0) : 0;
}

Statement::Statement(Database& database, const char* sql) : database_(database) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v2(database.handle(), sql, -1, &statement, nullptr);
  statement_.reset(statement);
  if (code != SQLITE_OK) database.fail(code);
}

void Statement::bind(int index, std::int64_t value) {
  if (const int code = sqlite3_bind_int64(statement_.get(), index, value); code != SQLITE_OK) database_.fail(code);
}

void Statement::bind(int index, std::string_view text) {
  const int code = sqlite3_bind_text64(statement_.get(), index, text.data() ? text.data() : "", text.size(),
                                       SQLITE_STATIC, SQLITE_UTF8);
  if (code != SQLITE_OK) database_.fail(code);
}

void Statement::bind(int index, std::span<const std::uint8_t> bytes) {
  const void* data = bytes.empty() ? static_cast<const void*>("") : bytes.data();
  if (const int code = sqlite3_bind_blob64(statement_.get(), index, data, bytes.size(), SQLITE_STATIC);
      code != SQLITE_OK)
    database_.fail(code);
}

bool Statement::step() {
  errno = 0;
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  // The failure is told by the step; the reset would only repeat it.
  if (code != SQLITE_DONE) {
    const auto reset = [](sqlite3_stmt* statement) { sqlite3_reset(statement); };
    const std::unique_ptr<sqlite3_stmt, decltype(reset)> after(statement_.get(), reset);
    database_.fail(code);
  }
  sqlite3_reset(statement_.get());
  return false;
}

std::string Statement::text(int column) const {
  const auto raw = bytes(column);
  return {raw.begin(), raw.end()};
}

std::span<const std::uint8_t> Statement::bytes(int column) const {
  const auto* data = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_.get(), column));
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

}  // namespace tandem::host
