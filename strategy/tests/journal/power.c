/* A power cut as a shared library (LD_PRELOAD): a file's durable content is what it held when it was last synced.
   After each fsync or fdatasync the file is copied into POWER_DIR; after that of a directory, what is gone from it is
   removed there too. With POWER_FAIL_AT=n the n-th sync fails with EIO. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int syncs;

static void forget(const char *directory, const char *path) {
  char here[PATH_MAX], kept[PATH_MAX];
  struct dirent *entry;
  DIR *all = opendir(directory);
  while (all && (entry = readdir(all))) {
    snprintf(here, sizeof here, "%s/%s", path, entry->d_name);
    snprintf(kept, sizeof kept, "%s/%s", directory, entry->d_name);
    if (access(here, F_OK)) unlink(kept);
  }
  if (all) closedir(all);
}

static void keep(int fd) {
  char link[64], path[PATH_MAX], kept[PATH_MAX], fresh[PATH_MAX + 8], block[65536];
  const char *directory = getenv("POWER_DIR");
  struct stat about;
  ssize_t size;
  if (!directory || fstat(fd, &about)) return;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  size = readlink(link, path, sizeof path - 1);
  if (size < 0) return;
  path[size] = 0;
  if (S_ISDIR(about.st_mode)) return forget(directory, path);
  snprintf(kept, sizeof kept, "%s/%s", directory, strrchr(path, '/') + 1);
  snprintf(fresh, sizeof fresh, "%s.new", kept);
  int out = open(fresh, O_WRONLY | O_CREAT | O_TRUNC, 0600), in = open(path, O_RDONLY);
  while (in >= 0 && out >= 0 && (size = read(in, block, sizeof block)) > 0)
    if (write(out, block, size) != size) abort();
  close(in);
  close(out);
  rename(fresh, kept);
}

static int synced(const char *name, int fd) {
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  const char *fails = getenv("POWER_FAIL_AT");
  if (fails && ++syncs == atoi(fails)) {
    errno = EIO;
    return -1;
  }
  int result = real(fd);
  if (result == 0) keep(fd);
  return result;
}

int fsync(int fd) { return synced("fsync", fd); }
int fdatasync(int fd) { return synced("fdatasync", fd); }
