#include <sqlite3.h>

// sqlite3_config takes a variable number of arguments, which Swift cannot call.
//
// SQLite keeps a count of its memory under one lock for the whole process; connections on two
// threads then wait for each other at every allocation. Nobody reads that count.
static inline int vouch_sqlite_without_memory_count(void) {
  return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}
