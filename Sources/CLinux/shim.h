// What the Swift module of glibc lacks: how malloc behaves, and calls that glibc shows only to
// programs built with _GNU_SOURCE: bring a whole file system to disk, swap two names at once, make a
// pipe that no child inherits, and start a child without the files of its parent.
#include <malloc.h>
#include <spawn.h>
int syncfs(int fd);
int renameat2(int from, const char *old, int to, const char *name, unsigned int flags);
int pipe2(int ends[2], int flags);
int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);
