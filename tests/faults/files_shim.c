/* Lets one process make no new file, as on a disk without inodes, while the file that QF_TEST_FILES names says other
   than 0. What is there already can be opened and written. Built and preloaded by the tests of the fault matrix alone. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static volatile int64_t *full;

__attribute__((constructor)) static void open_switch(void) {
  int (*real)(const char *, int, ...) = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open");
  const char *path = getenv("QF_TEST_FILES");
  int file = path ? real(path, O_RDONLY | O_CLOEXEC) : -1;
  if (file < 0) return;
  void *page = mmap(NULL, sizeof *full, PROT_READ, MAP_SHARED, file, 0);
  if (page != MAP_FAILED) full = page;
}

static int refused(int folder, const char *path, int flags) {
  struct stat there;
  return full && *full && (flags & O_CREAT) && fstatat(folder, path, &there, 0) != 0;
}

#define OPEN(name)                                                                       \
  int name(const char *path, int flags, ...) {                                           \
    va_list more;                                                                        \
    va_start(more, flags);                                                               \
    mode_t mode = va_arg(more, mode_t);                                                  \
    va_end(more);                                                                        \
    if (refused(AT_FDCWD, path, flags)) return errno = ENOSPC, -1;                       \
    return ((int (*)(const char *, int, ...))dlsym(RTLD_NEXT, #name))(path, flags, mode); \
  }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                                                  \
  int name(int folder, const char *path, int flags, ...) {                                            \
    va_list more;                                                                                     \
    va_start(more, flags);                                                                            \
    mode_t mode = va_arg(more, mode_t);                                                               \
    va_end(more);                                                                                     \
    if (refused(folder, path, flags)) return errno = ENOSPC, -1;                                      \
    return ((int (*)(int, const char *, int, ...))dlsym(RTLD_NEXT, #name))(folder, path, flags, mode); \
  }
OPENAT(openat)
OPENAT(openat64)

int mkdir(const char *path, mode_t mode) {
  if (full && *full) return errno = ENOSPC, -1;
  return ((int (*)(const char *, mode_t))dlsym(RTLD_NEXT, "mkdir"))(path, mode);
}
