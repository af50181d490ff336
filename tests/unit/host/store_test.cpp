#include "host/store.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <functional>
#include <random>

#include "host/sha256.hpp"
#include "host/stored_unit.hpp"

namespace tandem::host {
namespace {

namespace fs = std::filesystem;

class StoreTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "tandem-store-XXXXXX").string();
    folder = ::mkdtemp(pattern.data());
    path = folder / "results.sqlite";
  }
  void TearDown() override {
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  }

  // The message of the Error that opening gives; empty when it opens.
  std::string refusal(Store::Access access = Store::Access::write) const {
    try {
      Store::open(path, access);
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find(folder.string()), std::string::npos) << error.what();
      return error.message();
    }
    return {};
  }
  void sql(const std::string& statement) const {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, statement.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(database);
    sqlite3_close(database);
  }
  void expect_intact() const {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
    std::string answer;
    const auto keep = [](void* to, int, char** values, char**) {
      *static_cast<std::string*>(to) += values[0];
      return 0;
    };
    EXPECT_EQ(sqlite3_exec(database, "PRAGMA integrity_check; PRAGMA foreign_key_check", keep, &answer, nullptr),
              SQLITE_OK);
    EXPECT_EQ(answer, "ok");
    sqlite3_close(database);
  }

  fs::path folder, path;
};

// Unit i: everything in it follows from i.
Unit make_unit(std::uint64_t i, std::size_t bytes = 300) {
  std::mt19937_64 random(i);
  Unit unit;
  unit.key = sha256(std::to_string(i));
  unit.arm = "arm " + std::to_string(i % 3);
  unit.point = "es_n0_db = " + std::to_string(i % 5);
  unit.first = 16 * i;
  unit.frames = 16;
  for (int l = 0; l < 8; ++l)
    unit.ledger.push_back(std::ldexp(static_cast<double>(random() >> 11), -static_cast<int>(random() % 90)));
  unit.wrong.resize(bytes);
  for (auto& byte : unit.wrong) byte = static_cast<std::uint8_t>(random());
  for (const char* name : {"ber", "bleu"}) {
    UnitMetric metric{name, {}, {}};
    for (int frame = 0; frame < 16; ++frame)
      metric.moments.add_frame(std::vector<double>{0.1 * static_cast<double>(random() % 7), -1e300, 3});
    metric.columns = {{}, {1, 2, 3}, encode_column(std::vector<double>(16, 0.25))};
    unit.metrics.push_back(std::move(metric));
  }
  unit.metrics.push_back({"not fed", {}, {}});
  return unit;
}

// Runs in a child of its own; the child must leave with 0. Children are made only while no store is open.
void in_child(const std::function<int()>& body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST_F(StoreTest, EverythingComesBack) {
  path = folder / "a folder/with ?#% in it/results.sqlite";
  const Unit unit = make_unit(1);
  {
    const auto store = Store::open(path);
    EXPECT_FALSE(store->has(unit.key));
    EXPECT_EQ(store->get(unit.key), std::nullopt);
    store->put(unit);
    EXPECT_TRUE(store->has(unit.key));
    EXPECT_EQ(store->get(unit.key), unit);  // perhaps not committed yet
    store->flush();
    EXPECT_EQ(store->get(unit.key), unit);
    store->note("config", "{\"seed\": 1}");
    store->note("version", "0");
    store->note("version", "1");
    store->put(make_unit(2));
    store->close();
    store->close();
    EXPECT_THROW(store->put(unit), Error);
    EXPECT_THROW(store->get(unit.key), Error);
  }
  for (const auto access : {Store::Access::read, Store::Access::write}) {
    const auto store = Store::open(path, access);
    EXPECT_EQ(store->size(), 2u);
    EXPECT_EQ(store->get(unit.key), unit);
    EXPECT_EQ(store->get(make_unit(2).key), make_unit(2));
    EXPECT_EQ(store->notes(), (std::map<std::string, std::string>{{"config", "{\"seed\": 1}"}, {"version", "1"}}));
    EXPECT_TRUE(store->take_warnings().empty());
  }
  expect_intact();
}

TEST_F(StoreTest, AUnitIsReplacedByAnotherOfItsKey) {
  Unit unit = make_unit(1);
  const auto store = Store::open(path);
  store->put(unit);
  unit.ledger[0] = 7;
  store->put(unit);
  EXPECT_EQ(store->get(unit.key)->ledger[0], 7);
  store->flush();
  EXPECT_EQ(store->get(unit.key)->ledger[0], 7);
  EXPECT_EQ(store->size(), 1u);
}

TEST_F(StoreTest, WhatIsNoKeyIsAnError) {
  const auto store = Store::open(path);
  for (const std::string key :
       {"", "abc", "G000000000000000000000000000000000000000000000000000000000000000", "'; DROP TABLE units; --"})
    EXPECT_THROW(store->has(key), Error);
}

TEST_F(StoreTest, ManyKeysAreKnownAtOnce) {
  constexpr std::uint64_t count = 100'000;
  {
    const auto store = Store::open(path);
    Unit unit;
    for (std::uint64_t i = 0; i < count; ++i) {
      unit.key = sha256(std::to_string(i));
      store->put(unit);
    }
    store->close();
  }
  const auto store = Store::open(path);
  EXPECT_EQ(store->size(), count);
  std::uint64_t known = 0;
  for (std::uint64_t i = 0; i < 2 * count; ++i) known += store->has(sha256(std::to_string(i)));
  EXPECT_EQ(known, count);
}

TEST_F(StoreTest, KeysAndArmsCanBeListed) {
  EXPECT_FALSE(Store::is_written(path));
  const auto store = Store::open(path);
  EXPECT_TRUE(Store::is_written(path));
  std::vector<std::string> keys;
  for (const std::uint64_t i : {5, 1, 3, 4}) {  // arms 2, 1, 0, 1
    store->put(make_unit(i));
    store->flush();
    keys.push_back(sha256(std::to_string(i)));
  }
  Unit counted = make_unit(6);
  counted.arm.clear();  // what no arm did is no arm
  store->put(counted);
  keys.push_back(counted.key);
  std::ranges::sort(keys);
  EXPECT_EQ(store->keys(), keys);
  store->flush();
  EXPECT_EQ(store->arms(), (std::vector<std::string>{"arm 2", "arm 1", "arm 0"}));
  store->close();
  EXPECT_FALSE(Store::is_written(path));
  const auto again = Store::open(path, Store::Access::read);
  EXPECT_EQ(again->keys(), keys);
  EXPECT_FALSE(Store::is_written(path));
}

TEST_F(StoreTest, TwoWritersInOneFolderAreRefused) {
  {
    const auto store = Store::open(path);
    EXPECT_THROW(Store::open(path), Busy);
    store->put(make_unit(1));
    store->flush();
    const auto reader = Store::open(path, Store::Access::read);
    EXPECT_EQ(reader->get(make_unit(1).key), make_unit(1));
    EXPECT_THROW(reader->put(make_unit(2)), Error);
  }
  // Of another process, which ends without a word.
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto store = Store::open(path);
    if (::write(ready[1], "x", 1) == 1) ::pause();
    ::_exit(0);
  }
  char byte;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  EXPECT_THROW(Store::open(path), Busy);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  ::close(ready[0]);
  ::close(ready[1]);
  EXPECT_EQ(refusal(), "");
}

TEST_F(StoreTest, KillingTheWriterLosesNothingThatWasCommitted) {
  std::mt19937_64 random(5);
  std::uint64_t committed = 0;  // units 0 .. committed - 1
  for (int round = 0; round < 20; ++round) {
    int report[2];
    ASSERT_EQ(::pipe(report), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      const auto store = Store::open(path);
      for (std::uint64_t i = committed;;) {
        for (int batch = 0; batch < 7; ++batch) store->put(make_unit(i++, 2000));
        store->flush();
        if (::write(report[1], &i, sizeof i) != sizeof i) ::_exit(1);
      }
    }
    ::close(report[1]);
    std::uint64_t reported;
    // Every other round surely gets beyond its first commit; the rest may end while the file is being opened.
    if (round % 2 == 0 && ::read(report[0], &reported, sizeof reported) == sizeof reported) committed = reported;
    ::usleep(static_cast<useconds_t>(random() % 60'000));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    while (::read(report[0], &reported, sizeof reported) == sizeof reported) committed = reported;
    ::close(report[0]);
    expect_intact();
    const auto store = Store::open(path);
    EXPECT_GE(store->size(), committed);
    EXPECT_LE(store->size(), committed + 7);
    for (std::uint64_t i = 0; i < committed; i += 1 + i % 3)
      ASSERT_EQ(store->get(make_unit(i).key), make_unit(i, 2000));
  }
  EXPECT_GE(committed, 70u);
}

TEST_F(StoreTest, AFullDiskIsToldAndKeepsWhatWasCommitted) {
  int report[2];
  ASSERT_EQ(::pipe(report), 0);
  in_child([&] {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{1 << 20, 1 << 20};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    std::uint64_t i = 0;
    try {
      const auto store = Store::open(path);
      try {
        for (; i < 1000; ++i) {
          store->put(make_unit(i, 20'000));
          store->flush();
        }
        return 1;
      } catch (const Error& error) {
        if (error.message().find("disk is full") == std::string::npos || error.where() != path.string()) return 2;
      }
      for (int again = 0; again < 2; ++again) try {
          again ? store->close() : store->put(make_unit(0));
          return 3;
        } catch (const Error& error) {
          if (error.message().find("disk is full") == std::string::npos) return 4;
        }
    } catch (...) {
      return 5;
    }
    return ::write(report[1], &i, sizeof i) == sizeof i ? 0 : 6;
  });
  ::close(report[1]);
  std::uint64_t committed = 0;
  ASSERT_EQ(::read(report[0], &committed, sizeof committed), static_cast<ssize_t>(sizeof committed));
  ::close(report[0]);
  EXPECT_GT(committed, 10u);
  expect_intact();
  const auto store = Store::open(path);
  for (std::uint64_t i = 0; i < committed; ++i) EXPECT_EQ(store->get(make_unit(i).key), make_unit(i, 20'000));
  store->put(make_unit(1000));
  store->close();
}

TEST_F(StoreTest, AReadOnlyFolderIsToldAndCanBeRead) {
  { Store::open(path)->put(make_unit(1)); }
  fs::remove(path.string() + "-lock");
  ::chmod(folder.c_str(), 0555);
  in_child([&] {
    if (::getuid() == 0 && ::setuid(65534) != 0) return 1;
    if (refusal().find("Permission denied") == std::string::npos) return 2;
    const auto store = Store::open(path, Store::Access::read);
    return store->get(make_unit(1).key) == make_unit(1) && store->size() == 1 ? 0 : 3;
  });
  ::chmod(folder.c_str(), 0755);
}

TEST_F(StoreTest, PlacesWhereNoFileCanBeAreTold) {
  fs::create_directory(path);
  EXPECT_NE(refusal().find("is a folder"), std::string::npos);
  EXPECT_NE(refusal(Store::Access::read).find("is a folder"), std::string::npos);
  std::ofstream(folder / "file") << "text";
  path = folder / "file/results.sqlite";
  EXPECT_NE(refusal().find("cannot be made a folder"), std::string::npos);
  path = folder / "none/results.sqlite";
  EXPECT_EQ(refusal(Store::Access::read), "does not exist");
  EXPECT_THROW(Store::open("/proc/tandem/results.sqlite"), Error);
  EXPECT_THROW(Store::open("/dev/null"), Error);
}

TEST_F(StoreTest, OtherFilesAreToldAndLeftAlone) {
  const std::string text(5000, 'x');
  std::ofstream(path) << text;
  EXPECT_EQ(refusal(), "is no results file");
  EXPECT_EQ(sha256_of_file(path), sha256(text));
  fs::remove(path);
  sql("CREATE TABLE people (name TEXT)");
  EXPECT_EQ(refusal(), "is a database, but no results file");
  fs::remove(path);
  std::ofstream(path).close();  // an empty file is a new one
  EXPECT_NE(refusal(Store::Access::read), "");
  EXPECT_EQ(refusal(), "");
  sql("PRAGMA user_version = 9");
  EXPECT_EQ(refusal(), "was written by another version of tandem: its format is 9, this version knows 1");
}

TEST_F(StoreTest, ADamagedRowIsComputedAgain) {
  {
    const auto store = Store::open(path);
    for (int i = 0; i < 3; ++i) store->put(make_unit(static_cast<std::uint64_t>(i)));
  }
  const auto at = [](int i) { return "key = x'" + make_unit(static_cast<std::uint64_t>(i)).key + "'"; };
  sql("UPDATE units SET payload = CAST(zeroblob(90) AS BLOB) WHERE " + at(0) +
      "; UPDATE units SET payload = (SELECT payload FROM units WHERE " + at(2) +
      "), checksum = (SELECT checksum FROM units WHERE " + at(2) + ") WHERE " + at(1));
  const auto store = Store::open(path);
  for (const std::uint64_t i : {0u, 1u}) {
    EXPECT_TRUE(store->has(make_unit(i).key));
    EXPECT_EQ(store->get(make_unit(i).key), std::nullopt);
    EXPECT_FALSE(store->has(make_unit(i).key));
    const auto warnings = store->take_warnings();
    ASSERT_EQ(warnings.size(), 1u);
    EXPECT_NE(warnings[0].find(make_unit(i).key.substr(0, 12)), std::string::npos);
    store->put(make_unit(i));
    store->flush();
    EXPECT_EQ(store->get(make_unit(i).key), make_unit(i));
  }
  EXPECT_EQ(store->get(make_unit(2).key), make_unit(2));
}

// Bytes of a good file are changed, or its end is cut: opening tells, or each unit is right or missing, never wrong.
TEST_F(StoreTest, DamagedFilesGiveErrorsOrRightUnits) {
  constexpr std::uint64_t units = 40;
  {
    const auto store = Store::open(path);
    for (std::uint64_t i = 0; i < units; ++i) store->put(make_unit(i));
  }
  std::string good;
  {
    std::ifstream in(path, std::ios::binary);
    good.assign(std::istreambuf_iterator<char>(in), {});
  }
  std::mt19937_64 random(6);
  int refused = 0, missing = 0;
  for (int round = 0; round < 200; ++round) {
    std::string bad = good;
    if (round % 4 == 0) bad.resize(random() % bad.size());
    const std::size_t start = bad.empty() ? 0 : random() % bad.size();
    for (std::size_t i = start; i < std::min(bad.size(), start + (random() % 4 ? 4 : 5000)); ++i)
      bad[i] = static_cast<char>(random());
    for (const char* ending : {"", "-wal", "-shm"}) fs::remove(path.string() + ending);
    std::ofstream(path, std::ios::binary) << bad;
    try {
      const auto store = Store::open(path);
      for (std::uint64_t i = 0; i < units; ++i) {
        auto unit = store->get(make_unit(i).key);
        missing += !unit;
        if (!unit) continue;
        Unit expected = make_unit(i);
        unit->arm = expected.arm;  // for people, not guarded
        unit->point = expected.point;
        EXPECT_EQ(*unit, expected);
      }
      store->put(make_unit(0));
      store->close();
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find(path.string()), std::string::npos) << error.what();
      ++refused;
    }
  }
  EXPECT_GT(refused, 0);
  EXPECT_GT(missing, 0);
}

// Behind a right checksum nothing may be taken on trust either: another program may have written it.
TEST(StoredUnits, DamagedBytesAreAnErrorOrAUnit) {
  const auto good = to_stored(make_unit(1)).payload;
  EXPECT_EQ(to_unit(make_unit(1).key, "arm 1", "es_n0_db = 1", good), make_unit(1));
  int refused = 0;
  const auto attempt = [&](const std::vector<std::uint8_t>& payload) {
    try {
      to_unit({}, {}, {}, payload);
    } catch (const Error&) {
      ++refused;
    }
  };
  for (std::size_t cut = 0; cut < good.size(); ++cut)
    attempt({good.begin(), good.begin() + static_cast<std::ptrdiff_t>(cut)});
  EXPECT_EQ(static_cast<std::size_t>(refused), good.size());
  std::mt19937_64 random(7);
  for (int i = 0; i < 20'000; ++i) {
    auto bad = good;
    for (int change = 0; change < 3; ++change) bad[random() % bad.size()] = static_cast<std::uint8_t>(random());
    attempt(bad);
    std::vector<std::uint8_t> noise(random() % 60);
    for (auto& byte : noise) byte = static_cast<std::uint8_t>(random() >> random() % 56);
    attempt(noise);
  }
  EXPECT_GT(refused, 20'000);
}

}  // namespace
}  // namespace tandem::host
