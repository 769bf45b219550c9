// Two calls of Linux that glibc shows only to programs built with _GNU_SOURCE, which the Swift
// module of glibc is not: bring a whole file system to disk, and swap two names at once.
int syncfs(int fd);
int renameat2(int from, const char *old, int to, const char *name, unsigned int flags);
