/* A power cut and a failing disk as a shared library (LD_PRELOAD). The model: a file's durable content is what it held
   when it was last synced, and a name is durable once its directory was.
   POWER_DIR=folder      after each fsync or fdatasync the file is copied there, by its last name; after that of a
                         directory, what is gone from it is removed there too, and what was renamed in it is renamed
   POWER_FORGETS=suffix  syncs of files whose path ends so are not kept: as if the program did without
   POWER_FAIL_AT=n       the n-th sync fails with EIO; POWER_FAIL_FILE=suffix counts those of such files alone
   POWER_SLOW=suffix:ms  each sync of such a file takes so much longer
   POWER_TEAR=suffix:n   the n-th write to such a file writes its first half, and the process is killed
   POWER_FULL=suffix:n   the n-th write to such a file writes its first half, and from then on the disk is full */
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
#define FILES_MAX 1024

static int syncs, writes, fulls, renames;
static int kept_files;
static struct { char name[NAME_MAX + 1], directory[PATH_MAX]; } kept_file[FILES_MAX];
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

/* Which directory a kept file is of: what is gone from another one is none of its business. */
static int is_of(const char *name, const char *path) {
  for (int at = 0; at < kept_files; at++)
    if (!strcmp(kept_file[at].name, name) && !strcmp(kept_file[at].directory, path)) return 1;
  return 0;
}

static void note_file(const char *name, const char *path, size_t length) {
  if (kept_files == FILES_MAX || strlen(name) > NAME_MAX || length >= PATH_MAX) return;
  strcpy(kept_file[kept_files].name, name);
  memcpy(kept_file[kept_files].directory, path, length);
  kept_file[kept_files++].directory[length] = 0;
}

static void keep_names(const char *directory, const char *path) {
  char here[2 * PATH_MAX], kept[2 * PATH_MAX], target[2 * PATH_MAX];
  struct dirent *entry;
  int (*move)(const char *, const char *) = (int (*)(const char *, const char *))dlsym(RTLD_NEXT, "rename");
  for (int at = 0; at < renames; at++) {
    snprintf(kept, sizeof kept, "%s/%s", directory, renamed[at].from);
    snprintf(target, sizeof target, "%s/%s", directory, renamed[at].to);
    if (is_of(renamed[at].from, path) && !move(kept, target)) note_file(renamed[at].to, path, strlen(path));
  }
  renames = 0;
  DIR *all = opendir(directory);
  while (all && (entry = readdir(all))) {
    snprintf(here, sizeof here, "%s/%s", path, entry->d_name);
    snprintf(kept, sizeof kept, "%s/%s", directory, entry->d_name);
    if (is_of(entry->d_name, path) && access(here, F_OK)) unlink(kept);
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
  size_t length = base(path) - path - 1;
  path[length] = 0;
  if (!is_of(path + length + 1, path)) note_file(path + length + 1, path, length);
}

/* True if `fd` is of a file that `name` speaks of; `at` is then its number. */
static int spoken_of(const char *name, int fd, int *at) {
  const char *said = getenv(name), *colon = said ? strrchr(said, ':') : NULL;
  char path[PATH_MAX];
  if (!colon || !path_of(fd, path) || !ends_so(path, said, colon - said)) return 0;
  *at = atoi(colon + 1);
  return 1;
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
  int milliseconds;
  if (spoken_of("POWER_SLOW", fd, &milliseconds)) usleep(1000 * milliseconds);
  int result = real(fd);
  if (result == 0) keep(fd);
  return result;
}

typedef ssize_t (*positioned)(int, const void *, size_t, off_t);

static ssize_t written(int fd, const void *bytes, size_t size, off_t at, positioned real) {
  int number;
  if (spoken_of("POWER_TEAR", fd, &number) && ++writes == number) {
    real(fd, bytes, size / 2, at);
    raise(SIGKILL);
  }
  if (spoken_of("POWER_FULL", fd, &number) && ++fulls >= number) {
    if (fulls == number && size > 1) return real(fd, bytes, size / 2, at);
    errno = ENOSPC;
    return -1;
  }
  return real(fd, bytes, size, at);
}

static ssize_t appended(int fd, const void *bytes, size_t size, off_t unused) {
  (void)unused;
  ssize_t (*real)(int, const void *, size_t) = (ssize_t(*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
  return real(fd, bytes, size);
}

ssize_t write(int fd, const void *bytes, size_t size) { return written(fd, bytes, size, 0, appended); }

ssize_t pwrite64(int fd, const void *bytes, size_t size, off_t at) {
  return written(fd, bytes, size, at, (positioned)dlsym(RTLD_NEXT, "pwrite64"));
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
