#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace tandem::host {

/// An SQLite connection whose failures are Errors that name the file and the cause. One thread at a time.
class Database {
 public:
  enum class Open : std::uint8_t {
    write,      ///< made where missing
    read,       ///< must be there
    unchanging  ///< the same, and nobody writes: neither locks nor files beside it are made
  };
  /// Opens lazily, as SQLite does: the first statement tells whether it is a database.
  Database(std::filesystem::path path, Open how);

  void execute(const char* sql);
  std::int64_t number(const char* sql);
  const std::filesystem::path& path() const { return path_; }
  sqlite3* handle() const { return connection_.get(); }
  /// Throws what went wrong as an Error: full disk, read-only, damaged, no database, or SQLite's own words.
  [[noreturn]] void fail(int code) const;

 private:
  struct Closer {
    void operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }
  };
  std::filesystem::path path_;
  std::unique_ptr<sqlite3, Closer> connection_;
};

/// A prepared statement; parameters and columns count from 1 and 0 as in SQLite. Bound bytes must live until the step.
class Statement {
 public:
  Statement(Database& database, const char* sql);

  void bind(int index, std::int64_t value);
  void bind(int index, std::string_view text);
  void bind(int index, std::span<const std::uint8_t> bytes);
  /// Whether there is a row; after the last one the statement starts anew.
  bool step();
  std::int64_t number(int column) const { return sqlite3_column_int64(statement_.get(), column); }
  std::string text(int column) const;
  /// Lives until the next step.
  std::span<const std::uint8_t> bytes(int column) const;

 private:
  struct Closer {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  Database& database_;
  std::unique_ptr<sqlite3_stmt, Closer> statement_;
};

/// Undone unless committed.
class Transaction {
 public:
  explicit Transaction(Database& database) : database_(database) { database.execute("BEGIN IMMEDIATE"); }
  ~Transaction() {
    if (!committed_) sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit() {
    database_.execute("COMMIT");
    committed_ = true;
  }

 private:
  Database& database_;
  bool committed_ = false;
};

}  // namespace tandem::host
