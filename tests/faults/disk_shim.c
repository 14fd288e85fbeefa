/* Makes the disk of one process slow: each flush takes so many milliseconds longer as the file that QF_TEST_DISK names
   says. Built and preloaded by the tests of the fault matrix alone. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static volatile int64_t *delay_ms;

__attribute__((constructor)) static void open_delay(void) {
  const char *path = getenv("QF_TEST_DISK");
  int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (file < 0) return;
  void *page = mmap(NULL, sizeof *delay_ms, PROT_READ, MAP_SHARED, file, 0);
  if (page != MAP_FAILED) delay_ms = page;
}

static int slowly(const char *name, int file) {
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  if (delay_ms && *delay_ms > 0) usleep((useconds_t)*delay_ms * 1000);
  return real(file);
}

int fsync(int file) { return slowly("fsync", file); }
int fdatasync(int file) { return slowly("fdatasync", file); }
