# Statistics, columns of values and the store of a run folder.
add_library(tandem-results STATIC columns.cpp database.cpp sha256.cpp statistics.cpp store.cpp
  stored_unit.cpp)
target_include_directories(tandem-results PUBLIC ..)
target_link_libraries(tandem-results PUBLIC Tandem::tandem nlohmann_json::nlohmann_json fmt::fmt-header-only
  SQLite::SQLite3 ${TANDEM_ZSTD} ${TANDEM_MD} Threads::Threads)
