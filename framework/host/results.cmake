# Statistics, columns of values and the store of a run folder.
add_library(tandem-results STATIC columns.cpp database.cpp paired.cpp statistics.cpp store.cpp
  stored_unit.cpp)
target_link_libraries(tandem-results PUBLIC tandem-loading SQLite::SQLite3 ${TANDEM_ZSTD} Threads::Threads)
