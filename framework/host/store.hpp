#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tandem/error.hpp>
#include <vector>

#include "columns.hpp"
#include "statistics.hpp"

namespace tandem::host {

/// Another process, or another Store of this one, writes to the same file. The command exits with 75.
class Busy : public Error {
 public:
  using Error::Error;
};

struct UnitMetric {
  std::string name;
  Moments moments;              ///< without frames where the arm cannot feed the metric
  std::vector<Column> columns;  ///< one a quantity, or none

  bool operator==(const UnitMetric&) const = default;
};

/// What consecutive frames of one arm at one point gave. The key alone says which unit it is; arm, point and first
/// frame are for people who look into the file.
struct Unit {
  std::string key;  ///< sha256, 64 lower-case hexadecimal digits
  std::string arm, point;
  std::uint64_t first = 0, frames = 0;
  std::vector<double> ledger;  ///< sums
  Column wrong;                ///< a frame: 1 where what came out differs; may be empty
  std::vector<UnitMetric> metrics;

  bool operator==(const Unit&) const = default;
};

/// The results of a run folder: an SQLite file (write-ahead log, strict tables). Thread-safe.
///
/// One writer thread commits what was put at least once a second, and all of it in close(). What is committed survives
/// kill -9 of the process at any moment. After a failed write every put(), flush() and close() throws its Error; what
/// was committed stays. Errors name the file and tell a full disk, a read-only folder, a damaged file, something that
/// is no results file and the file of another version from each other. Paths with "?" or "#" are fine.
class Store {
 public:
  enum class Access : std::uint8_t {
    write,  ///< makes folder and file where missing; takes the lock `<path>-lock`, throws Busy when it is taken
    read    ///< the file must be there; no lock: works beside a run, and in a read-only folder
  };
  static std::unique_ptr<Store> open(const std::filesystem::path& path, Access access = Access::write);

  /// Commits what was put; errors are lost here, so call close() first.
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// Whether the unit was there at opening, or was put since. Keys are kept in memory: a look-up costs well under 1 us.
  bool has(const std::string& key) const;
  std::uint64_t size() const;
  /// Of all units, sorted.
  std::vector<std::string> keys() const;
  /// Names of the arms that units were put for, in the order of their first one.
  std::vector<std::string> arms();
  /// Whether a Store of this or another process has the file open to be written.
  static bool is_written(const std::filesystem::path& path);
  /// The unit, also when it is not committed yet. A damaged row gives nothing and a warning: it is to be computed
  /// again.
  std::optional<Unit> get(const std::string& key);
  /// Hands a unit to the writer; replaces one of the same key. Waits only while more than 64 MiB are in the queue.
  void put(Unit unit);
  /// Returns when everything put before is committed.
  void flush();
  /// flush(), then gives file and lock back. Later calls of put and get throw.
  void close();

  /// Where the results come from: config text, versions, build ids, CPU family. Committed at once.
  void note(const std::string& name, const std::string& text);
  std::map<std::string, std::string> notes();

  /// Sentences about rows that were ignored since the last call.
  std::vector<std::string> take_warnings();

 private:
  struct Impl;
  explicit Store(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tandem::host
