// Fault injection for the crash tests, loaded with LD_PRELOAD.
//
// Counts the calls that change a file below FAULT_ROOT (open for writing or creating, write,
// fsync, rename, truncate, unlink, mkdir) and at the FAULT_AT-th of them does FAULT_HOW:
//   kill    ends the process as SIGKILL would, before the call
//   torn    writes half of the bytes, then ends the process (other calls: as kill)
//   EIO     lets this one call fail
//   ENOSPC  lets this call and every later one that needs room fail, as a full disk does
//   EROFS   lets every call fail from here on
// FAULT_COUNTER names a file of at least eight bytes that receives the number of calls.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { NONE, KILL, TORN, ONCE, STICKY };

static char root[PATH_MAX];
static size_t root_length;
static long fault_at;
static int how, code, is_room_only;
static volatile long *counter;
static long own_counter;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void prepare(void) {
  counter = &own_counter;
  const char *text = getenv("FAULT_ROOT");
  if (!text || !realpath(text, root)) return;
  root_length = strlen(root);
  text = getenv("FAULT_AT");
  fault_at = text ? atol(text) : 0;
  text = getenv("FAULT_HOW");
  if (!text) text = "";
  if (!strcmp(text, "kill")) how = KILL;
  else if (!strcmp(text, "torn")) how = TORN;
  else if (!strcmp(text, "EIO")) how = ONCE, code = EIO;
  else if (!strcmp(text, "ENOSPC")) how = STICKY, code = ENOSPC, is_room_only = 1;
  else if (!strcmp(text, "EROFS")) how = STICKY, code = EROFS;
  text = getenv("FAULT_COUNTER");
  if (text) {
    int fd = syscall(SYS_openat, AT_FDCWD, text, O_RDWR | O_CLOEXEC, 0);
    if (fd >= 0) {
      void *map = mmap(NULL, sizeof(long), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
      if (map != MAP_FAILED) counter = map;
      syscall(SYS_close, fd);
    }
  }
}

static int is_below(const char *path) {
  return !strncmp(path, root, root_length) && (path[root_length] == '/' || !path[root_length]);
}

static int concerns_path(int folder, const char *path) {
  pthread_once(&once, prepare);
  if (!root_length || !path) return 0;
  if (path[0] == '/') return is_below(path);
  char base[PATH_MAX + 1];
  char link[64];
  snprintf(link, sizeof link, folder == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/%d", folder);
  ssize_t n = readlink(link, base, PATH_MAX);
  if (n < 0) return 0;
  base[n] = 0;
  return is_below(base);
}

static int concerns_fd(int fd) {
  pthread_once(&once, prepare);
  if (!root_length) return 0;
  char link[64], path[PATH_MAX + 1];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t n = readlink(link, path, PATH_MAX);
  if (n <= 0) return 0;
  path[n] = 0;
  return is_below(path);
}

static void end(void) { syscall(SYS_kill, getpid(), SIGKILL); for (;;) pause(); }

// 0: go on. 1: fail with errno. 2: tear this write.
static int strike(int needs_room, int is_write) {
  long n = __sync_add_and_fetch(counter, 1);
  if (!fault_at || how == NONE || n < fault_at) return 0;
  if (how == STICKY) {
    if (is_room_only && !needs_room) return 0;
    errno = code;
    return 1;
  }
  if (n != fault_at) return 0;
  if (how == TORN && is_write) return 2;
  if (how == KILL || how == TORN) end();
  errno = code;
  return 1;
}

#define REAL(name) static __typeof__(name) *real; if (!real) real = dlsym(RTLD_NEXT, #name)

static int changes(int flags) {
  return (flags & O_CREAT) || (flags & O_TRUNC) || (flags & O_TMPFILE) == O_TMPFILE;
}

#define OPEN(name)                                                              \
  int name(const char *path, int flags, ...) {                                  \
    mode_t mode = 0;                                                            \
    if (changes(flags)) { va_list a; va_start(a, flags); mode = va_arg(a, mode_t); va_end(a); } \
    REAL(name);                                                                 \
    if (changes(flags) && concerns_path(AT_FDCWD, path) && strike(1, 0)) return -1; \
    return real(path, flags, mode);                                             \
  }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                            \
  int name(int folder, const char *path, int flags, ...) {                      \
    mode_t mode = 0;                                                            \
    if (changes(flags)) { va_list a; va_start(a, flags); mode = va_arg(a, mode_t); va_end(a); } \
    REAL(name);                                                                 \
    if (changes(flags) && concerns_path(folder, path) && strike(1, 0)) return -1; \
    return real(folder, path, flags, mode);                                     \
  }
OPENAT(openat)
OPENAT(openat64)

int creat(const char *path, mode_t mode) { return open(path, O_CREAT | O_WRONLY | O_TRUNC, mode); }

ssize_t write(int fd, const void *bytes, size_t count) {
  REAL(write);
  if (concerns_fd(fd)) {
    int what = strike(1, 1);
    if (what == 1) return -1;
    if (what == 2) { real(fd, bytes, count / 2); end(); }
  }
  return real(fd, bytes, count);
}

#define PWRITE(name, offset_type)                                               \
  ssize_t name(int fd, const void *bytes, size_t count, offset_type at) {       \
    REAL(name);                                                                 \
    if (concerns_fd(fd)) {                                                      \
      int what = strike(1, 1);                                                  \
      if (what == 1) return -1;                                                 \
      if (what == 2) { real(fd, bytes, count / 2, at); end(); }                 \
    }                                                                           \
    return real(fd, bytes, count, at);                                          \
  }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

ssize_t writev(int fd, const struct iovec *parts, int count) {
  REAL(writev);
  if (concerns_fd(fd) && strike(1, 0)) return -1;
  return real(fd, parts, count);
}

#define ON_FD(name, needs_room)                                                 \
  int name(int fd) { REAL(name); if (concerns_fd(fd) && strike(needs_room, 0)) return -1; return real(fd); }
ON_FD(fsync, 1)
ON_FD(fdatasync, 1)
ON_FD(syncfs, 1)

int ftruncate(int fd, off_t length) {
  REAL(ftruncate);
  if (concerns_fd(fd) && strike(0, 0)) return -1;
  return real(fd, length);
}
int ftruncate64(int fd, off64_t length) {
  REAL(ftruncate64);
  if (concerns_fd(fd) && strike(0, 0)) return -1;
  return real(fd, length);
}

#define ON_PATH(name, needs_room)                                               \
  int name(const char *path) { REAL(name); if (concerns_path(AT_FDCWD, path) && strike(needs_room, 0)) return -1; return real(path); }
ON_PATH(unlink, 0)
ON_PATH(rmdir, 0)

int unlinkat(int folder, const char *path, int flags) {
  REAL(unlinkat);
  if (concerns_path(folder, path) && strike(0, 0)) return -1;
  return real(folder, path, flags);
}
int mkdir(const char *path, mode_t mode) {
  REAL(mkdir);
  if (concerns_path(AT_FDCWD, path) && strike(1, 0)) return -1;
  return real(path, mode);
}
int rename(const char *from, const char *to) {
  REAL(rename);
  if (concerns_path(AT_FDCWD, to) && strike(0, 0)) return -1;
  return real(from, to);
}
int renameat(int a, const char *from, int b, const char *to) {
  REAL(renameat);
  if (concerns_path(b, to) && strike(0, 0)) return -1;
  return real(a, from, b, to);
}
int renameat2(int a, const char *from, int b, const char *to, unsigned flags) {
  REAL(renameat2);
  if (concerns_path(b, to) && strike(0, 0)) return -1;
  return real(a, from, b, to, flags);
}
