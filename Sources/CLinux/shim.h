// Calls that glibc shows only to programs built with _GNU_SOURCE, which the Swift module of glibc is
// not: bring a whole file system to disk, swap two names at once, make a pipe that no child inherits,
// and start a child without the files of its parent.
#include <spawn.h>
int syncfs(int fd);
int renameat2(int from, const char *old, int to, const char *name, unsigned int flags);
int pipe2(int ends[2], int flags);
int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);
