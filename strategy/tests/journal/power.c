/* A power cut and a failing disk as a shared library (LD_PRELOAD). The model: a file's durable content is what it held
   when it was last synced, and a name is durable once its directory was.
   POWER_DIR=folder      after each fsync or fdatasync the file is copied there, by its last name; after that of a
                         directory, what is gone from it is removed there too, and what was renamed in it is renamed
   POWER_FORGETS=suffix  syncs of files whose path ends so are not kept: as if the program did without
   POWER_FAIL_AT=n       the n-th sync fails with EIO; POWER_FAIL_FILE=suffix counts those of such files alone
   POWER_TEAR=suffix:n   the n-th write to such a file writes its first half, and the process is killed */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RENAMES_MAX 64

static int syncs, writes, renames;
static struct { char from[NAME_MAX + 1], to[NAME_MAX + 1]; } renamed[RENAMES_MAX];

static const char *base(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

static int path_of(int fd, char *path) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t size = readlink(link, path, PATH_MAX - 1);
  if (size < 0) return 0;
  path[size] = 0;
  return 1;
}

static int ends_so(const char *path, const char *suffix, size_t length) {
  size_t whole = strlen(path);
  return whole >= length && !strncmp(path + whole - length, suffix, length);
}

static void keep_names(const char *directory, const char *path) {
  char here[2 * PATH_MAX], kept[2 * PATH_MAX], target[2 * PATH_MAX];
  struct dirent *entry;
  int (*move)(const char *, const char *) = (int (*)(const char *, const char *))dlsym(RTLD_NEXT, "rename");
  for (int at = 0; at < renames; at++) {
    snprintf(kept, sizeof kept, "%s/%s", directory, renamed[at].from);
    snprintf(target, sizeof target, "%s/%s", directory, renamed[at].to);
    move(kept, target);
  }
  renames = 0;
  DIR *all = opendir(directory);
  while (all && (entry = readdir(all))) {
    snprintf(here, sizeof here, "%s/%s", path, entry->d_name);
    snprintf(kept, sizeof kept, "%s/%s", directory, entry->d_name);
    if (access(here, F_OK)) unlink(kept);
  }
  if (all) closedir(all);
}

static void keep(int fd) {
  char path[PATH_MAX], kept[2 * PATH_MAX], fresh[2 * PATH_MAX + 8], block[65536];
  const char *directory = getenv("POWER_DIR"), *forgets = getenv("POWER_FORGETS");
  struct stat about;
  ssize_t size;
  if (!directory || fstat(fd, &about) || !path_of(fd, path)) return;
  if (forgets && ends_so(path, forgets, strlen(forgets))) return;
  if (S_ISDIR(about.st_mode)) {
    keep_names(directory, path);
    return;
  }
  snprintf(kept, sizeof kept, "%s/%s", directory, base(path));
  snprintf(fresh, sizeof fresh, "%s.kept", kept);
  int out = open(fresh, O_WRONLY | O_CREAT | O_TRUNC, 0600), in = open(path, O_RDONLY);
  ssize_t (*real)(int, const void *, size_t) = (ssize_t(*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
  while (in >= 0 && out >= 0 && (size = read(in, block, sizeof block)) > 0)
    if (real(out, block, size) != size) abort();
  close(in);
  close(out);
  int (*move)(const char *, const char *) = (int (*)(const char *, const char *))dlsym(RTLD_NEXT, "rename");
  move(fresh, kept);
}

static int synced(const char *name, int fd) {
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  const char *fails = getenv("POWER_FAIL_AT"), *file = getenv("POWER_FAIL_FILE");
  char path[PATH_MAX];
  int counts = fails && (!file || (path_of(fd, path) && ends_so(path, file, strlen(file))));
  if (counts && ++syncs == atoi(fails)) {
    errno = EIO;
    return -1;
  }
  int result = real(fd);
  if (result == 0) keep(fd);
  return result;
}

/* The bytes of this write that the process lives to write: all, or half and then no more. */
static size_t lives_for(int fd, size_t size, int *dies) {
  const char *tear = getenv("POWER_TEAR"), *colon = tear ? strrchr(tear, ':') : NULL;
  char path[PATH_MAX];
  *dies = colon && path_of(fd, path) && ends_so(path, tear, colon - tear) && ++writes == atoi(colon + 1);
  return *dies ? size / 2 : size;
}

ssize_t write(int fd, const void *bytes, size_t size) {
  ssize_t (*real)(int, const void *, size_t) = (ssize_t(*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
  int dies;
  ssize_t done = real(fd, bytes, lives_for(fd, size, &dies));
  if (dies) raise(SIGKILL);
  return done;
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off_t at) {
  ssize_t (*real)(int, const void *, size_t, off_t) =
      (ssize_t(*)(int, const void *, size_t, off_t))dlsym(RTLD_NEXT, "pwrite64");
  int dies;
  ssize_t done = real(fd, bytes, lives_for(fd, size, &dies), at);
  if (dies) raise(SIGKILL);
  return done;
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t at) { return pwrite64(fd, bytes, size, at); }

int rename(const char *from, const char *to) {
  int (*real)(const char *, const char *) = (int (*)(const char *, const char *))dlsym(RTLD_NEXT, "rename");
  int result = real(from, to);
  if (result == 0 && getenv("POWER_DIR") && renames < RENAMES_MAX) {
    snprintf(renamed[renames].from, NAME_MAX, "%s", base(from));
    snprintf(renamed[renames++].to, NAME_MAX, "%s", base(to));
  }
  return result;
}

int fsync(int fd) { return synced("fsync", fd); }
int fdatasync(int fd) { return synced("fdatasync", fd); }
