#include "store.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <exception>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <unordered_set>

#include "database.hpp"
#include "stored_unit.hpp"

namespace tandem::host {
namespace {

constexpr std::int64_t application = 0x746E646D;  // "tndm", marks the file as ours
constexpr std::int64_t format_version = 1;
constexpr std::size_t most_queued = std::size_t{64} << 20;
constexpr auto gathering = std::chrono::milliseconds(300);
constexpr const char* closed = "the results are closed";

/// An advisory lock on a file beside the results, given back by the system when the process ends in whatever way.
class FolderLock {
 public:
  explicit FolderLock(const std::filesystem::path& path) {
    descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (descriptor_ < 0) {
      const int cause = errno;
      if (cause == ENOSPC || cause == EDQUOT)
        throw Error("cannot be made: the disk is full, or a quota is reached", path.string(),
                    "make room and run again");
      throw Error(fmt::format("cannot be made: {}", std::strerror(cause)), path.string(),
                  "is the folder read-only? Choose another one");
    }
    struct flock range {};
    range.l_type = F_WRLCK;
    range.l_whence = SEEK_SET;
    // Of the open file, not of the process: it also keeps two stores of one process apart.
    if (::fcntl(descriptor_, F_OFD_SETLK, &range) == 0) return;
    const int cause = errno;
    ::close(descriptor_);
    if (cause == EAGAIN || cause == EACCES)
      throw Busy("another run writes into this folder", path.parent_path().string(),
                 "wait for its end, or choose another folder");
    throw Error(fmt::format("cannot be locked: {}", std::strerror(cause)), path.string(),
                "choose a folder on another file system");
  }
  ~FolderLock() { ::close(descriptor_); }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int descriptor_;
};

std::filesystem::path beside(const std::filesystem::path& path, const char* ending) { return path.string() + ending; }

void check_kind(const std::filesystem::path& path) {
  std::error_code failed;
  const auto status = std::filesystem::status(path, failed);
  if (std::filesystem::is_directory(status))
    throw Error("is a folder, but should be a results file", path.string(), "choose another folder for the run");
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status))
    throw Error("is no regular file", path.string(), "choose another folder for the run");
}

void make_folder(const std::filesystem::path& folder) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (!std::filesystem::is_directory(folder))
    throw Error("cannot be made a folder: " + (failed ? failed.message() : std::string("something else is there")),
                folder.string(), "choose another folder for the run");
}

void make_tables(Database& database) {
  Transaction transaction(database);
  database.execute(R"(
    CREATE TABLE lanes (id INTEGER PRIMARY KEY, arm TEXT NOT NULL, point TEXT NOT NULL, UNIQUE (arm, point)) STRICT;
    CREATE TABLE units (key BLOB PRIMARY KEY NOT NULL CHECK (length(key) = 32),
                        lane INTEGER NOT NULL REFERENCES lanes (id), first INTEGER NOT NULL, frames INTEGER NOT NULL,
                        payload BLOB NOT NULL, checksum TEXT NOT NULL) STRICT;
    CREATE TABLE notes (name TEXT PRIMARY KEY NOT NULL, text TEXT NOT NULL) STRICT;)");
  database.execute(
      fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}", application, format_version).c_str());
  transaction.commit();
}

// Whether there is anything in it.
bool check_format(Database& database) {
  const std::string where = database.path().string();
  const std::int64_t owner = database.number("PRAGMA application_id"), version = database.number("PRAGMA user_version");
  if (owner == 0 && version == 0 && database.number("SELECT count(*) FROM sqlite_schema") == 0) return false;
  if (owner != application)
    throw Error("is a database, but no results file", where, "choose another folder for the run");
  if (version != format_version)
    throw Error(fmt::format("was written by another version of tandem: its format is {}, this version knows {}",
                            version, format_version),
                where, "use that version, or choose another folder for the run");
  return true;
}

std::unique_ptr<Database> open_to_write(const std::filesystem::path& path) {
  auto database = std::make_unique<Database>(path, Database::Open::write);
  const bool used = check_format(*database);
  // NORMAL never loses a commit but with the machine's power, and never damages the file.
  database->execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON");
  if (!used) make_tables(*database);
  return database;
}

std::unique_ptr<Database> open_to_read(const std::filesystem::path& path) {
  std::error_code failed;
  if (!std::filesystem::exists(path, failed)) throw Error("does not exist", path.string(), "has the run begun?");
  auto database = std::make_unique<Database>(path, Database::Open::read);
  // Beside a write-ahead log a reader needs a shared index, which it cannot make in a read-only folder. Without a log
  // the file is all there is.
  const int code = sqlite3_exec(database->handle(), "SELECT count(*) FROM sqlite_schema", nullptr, nullptr, nullptr);
  const auto log = beside(path, "-wal");
  if ((code & 0xFF) == SQLITE_CANTOPEN || (code & 0xFF) == SQLITE_READONLY)
    if (!std::filesystem::exists(log, failed) || std::filesystem::file_size(log, failed) == 0)
      database = std::make_unique<Database>(path, Database::Open::unchanging);
  if (!check_format(*database)) throw Error("holds no results yet", path.string(), "has the run begun?");
  return database;
}

}  // namespace

struct Store::Impl {
  std::filesystem::path path;
  std::unique_ptr<FolderLock> lock;

  std::mutex database_mutex;  // never held together with `mutex`
  std::unique_ptr<Database> database;

  mutable std::mutex mutex;  // all below
  std::condition_variable wake, progress;
  std::unordered_set<UnitKey, UnitKeyHash> keys;
  std::vector<std::shared_ptr<const StoredUnit>> queue;
  std::unordered_map<UnitKey, std::shared_ptr<const StoredUnit>, UnitKeyHash> pending;  // queued or being written
  std::size_t pending_bytes = 0;
  std::uint64_t put = 0, committed = 0;
  int flushing = 0;
  bool closing = false;
  std::exception_ptr failure;
  std::vector<std::string> warnings;
  std::thread writer;

  void load_keys() {
    keys.reserve(static_cast<std::size_t>(database->number("SELECT count(*) FROM units")));
    Statement all(*database, "SELECT key FROM units");
    while (all.step()) {
      const auto bytes = all.bytes(0);
      if (UnitKey key; bytes.size() == key.size()) {
        std::ranges::copy(bytes, key.begin());
        keys.insert(key);
      }
    }
  }

  void write(const std::vector<std::shared_ptr<const StoredUnit>>& units) {
    const std::lock_guard guard(database_mutex);
    Transaction transaction(*database);
    Statement lane(*database, "INSERT OR IGNORE INTO lanes (arm, point) VALUES (?, ?)");
    Statement row(
        *database,
        "INSERT OR REPLACE INTO units SELECT ?1, id, ?2, ?3, ?4, ?5 FROM lanes WHERE arm = ?6 AND point = ?7");
    for (const auto& unit : units) {
      lane.bind(1, unit->arm);
      lane.bind(2, unit->point);
      lane.step();
      const std::string sum = checksum(unit->key, unit->payload);
      row.bind(1, std::span<const std::uint8_t>(unit->key));
      row.bind(2, static_cast<std::int64_t>(unit->first));
      row.bind(3, static_cast<std::int64_t>(unit->frames));
      row.bind(4, std::span<const std::uint8_t>(unit->payload));
      row.bind(5, sum);
      row.bind(6, unit->arm);
      row.bind(7, unit->point);
      row.step();
    }
    transaction.commit();
  }

  void write_loop() {
    std::unique_lock guard(mutex);
    for (;;) {
      wake.wait(guard, [&] { return closing || !queue.empty(); });
      if (queue.empty()) return;
      wake.wait_for(guard, gathering, [&] { return closing || flushing > 0 || pending_bytes > most_queued / 4; });
      const auto units = std::exchange(queue, {});
      guard.unlock();
      std::exception_ptr failed;
      try {
        write(units);
      } catch (...) {
        failed = std::current_exception();
      }
      guard.lock();
      if (failed) {
        failure = failed;
        progress.notify_all();
        return;
      }
      for (const auto& unit : units) {
        if (const auto known = pending.find(unit->key); known != pending.end() && known->second == unit)
          pending.erase(known);
        pending_bytes -= unit->payload.size();
      }
      committed += units.size();
      progress.notify_all();
    }
  }

  void check_open() const {
    if (failure) std::rethrow_exception(failure);
    if (closing) throw Error(closed, path.string());
  }
  void warn(const std::string& key, const std::string& reason) {
    const std::lock_guard guard(mutex);
    warnings.push_back(fmt::format("{}: the unit {} is damaged and will be computed again ({})", path.string(),
                                   key.substr(0, 12), reason));
  }
};

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

std::unique_ptr<Store> Store::open(const std::filesystem::path& path, Access access) {
  auto impl = std::make_unique<Impl>();
  impl->path = path;
  if (access == Access::write) {
    make_folder(std::filesystem::absolute(path).parent_path());
    check_kind(path);
    impl->lock = std::make_unique<FolderLock>(beside(std::filesystem::absolute(path), "-lock"));
    impl->database = open_to_write(path);
  } else {
    check_kind(path);
    impl->database = open_to_read(path);
  }
  impl->load_keys();
  if (access == Access::write) impl->writer = std::thread([&self = *impl] { self.write_loop(); });
  return std::unique_ptr<Store>(new Store(std::move(impl)));
}

Store::~Store() {
  try {
    close();
  } catch (const std::exception&) {
    // Whoever must know calls close() first.
  }
}

bool Store::has(const std::string& key) const {
  const UnitKey binary = parse_key(key);
  const std::lock_guard guard(impl_->mutex);
  return impl_->keys.contains(binary);
}

std::uint64_t Store::size() const {
  const std::lock_guard guard(impl_->mutex);
  return impl_->keys.size();
}

std::vector<std::string> Store::keys() const {
  std::vector<std::string> out;
  {
    const std::lock_guard guard(impl_->mutex);
    for (const UnitKey& key : impl_->keys) out.push_back(text_of(key));
  }
  std::ranges::sort(out);
  return out;
}

std::vector<std::string> Store::arms() {
  const std::lock_guard guard(impl_->database_mutex);
  if (!impl_->database) throw Error(closed, impl_->path.string());
  Statement rows(*impl_->database, "SELECT arm FROM lanes WHERE arm <> '' GROUP BY arm ORDER BY min(id)");
  std::vector<std::string> out;
  while (rows.step()) out.push_back(rows.text(0));
  return out;
}

bool Store::is_written(const std::filesystem::path& path) {
  const int descriptor = ::open(beside(path, "-lock").c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return false;
  struct flock range {};
  range.l_type = F_RDLCK;
  range.l_whence = SEEK_SET;
  const bool taken = ::fcntl(descriptor, F_OFD_GETLK, &range) == 0 && range.l_type != F_UNLCK;
  ::close(descriptor);
  return taken;
}

std::optional<Unit> Store::get(const std::string& key) {
  const UnitKey binary = parse_key(key);
  {
    const std::lock_guard guard(impl_->mutex);
    if (impl_->closing) throw Error(closed, impl_->path.string());
    if (!impl_->keys.contains(binary)) return std::nullopt;
    // A unit leaves `pending` only after it is in the file.
    if (const auto known = impl_->pending.find(binary); known != impl_->pending.end())
      return to_unit(key, known->second->arm, known->second->point, known->second->payload);
  }
  try {
    std::string arm, point, sum;
    std::vector<std::uint8_t> payload;
    {
      const std::lock_guard guard(impl_->database_mutex);
      if (!impl_->database) return std::nullopt;
      Statement row(*impl_->database,
                    "SELECT arm, point, payload, checksum FROM units JOIN lanes ON lanes.id = lane WHERE key = ?");
      row.bind(1, std::span<const std::uint8_t>(binary));
      if (!row.step()) throw Error("its row is gone");
      arm = row.text(0);
      point = row.text(1);
      const auto bytes = row.bytes(2);
      payload.assign(bytes.begin(), bytes.end());
      sum = row.text(3);
    }
    if (checksum(binary, payload) != sum) throw Error("its checksum is wrong");
    return to_unit(key, std::move(arm), std::move(point), payload);
  } catch (const Error& error) {
    impl_->warn(key, error.message());
    const std::lock_guard guard(impl_->mutex);
    impl_->keys.erase(binary);
    return std::nullopt;
  }
}

void Store::put(Unit unit) {
  auto stored = std::make_shared<const StoredUnit>(to_stored(std::move(unit)));
  std::unique_lock guard(impl_->mutex);
  impl_->check_open();
  if (!impl_->writer.joinable()) throw Error("was opened to be read only", impl_->path.string());
  impl_->progress.wait(guard, [&] { return impl_->pending_bytes <= most_queued || impl_->failure || impl_->closing; });
  impl_->check_open();
  impl_->keys.insert(stored->key);
  impl_->pending[stored->key] = stored;
  impl_->pending_bytes += stored->payload.size();
  impl_->queue.push_back(std::move(stored));
  ++impl_->put;
  impl_->wake.notify_one();
}

void Store::flush() {
  std::unique_lock guard(impl_->mutex);
  impl_->check_open();
  const std::uint64_t all = impl_->put;
  ++impl_->flushing;
  impl_->wake.notify_one();
  impl_->progress.wait(guard, [&] { return impl_->committed >= all || impl_->failure; });
  --impl_->flushing;
  if (impl_->failure) std::rethrow_exception(impl_->failure);
}

void Store::close() {
  {
    const std::lock_guard guard(impl_->mutex);
    if (impl_->closing) return;
    impl_->closing = true;
  }
  impl_->wake.notify_all();
  impl_->progress.notify_all();
  if (impl_->writer.joinable()) impl_->writer.join();
  {
    const std::lock_guard guard(impl_->database_mutex);
    impl_->database.reset();
    impl_->lock.reset();
  }
  const std::lock_guard guard(impl_->mutex);
  if (impl_->failure) std::rethrow_exception(impl_->failure);
}

void Store::note(const std::string& name, const std::string& text) {
  const std::lock_guard guard(impl_->database_mutex);
  if (!impl_->database) throw Error(closed, impl_->path.string());
  Statement row(*impl_->database, "INSERT OR REPLACE INTO notes VALUES (?, ?)");
  row.bind(1, name);
  row.bind(2, text);
  row.step();
}

std::map<std::string, std::string> Store::notes() {
  const std::lock_guard guard(impl_->database_mutex);
  if (!impl_->database) throw Error(closed, impl_->path.string());
  Statement rows(*impl_->database, "SELECT name, text FROM notes");
  std::map<std::string, std::string> out;
  while (rows.step()) out[rows.text(0)] = rows.text(1);
  return out;
}

std::vector<std::string> Store::take_warnings() {
  const std::lock_guard guard(impl_->mutex);
  return std::exchange(impl_->warnings, {});
}

}  // namespace tandem::host
