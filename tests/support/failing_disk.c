// Preloaded into a program: once the file named by FAILING_DISK_SWITCH exists, LMDB's writes of a
// meta page (through a descriptor of its own, opened with O_DSYNC) fail as those of a dying disk
// do.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static int fails(int descriptor) {
  const char* name = getenv("FAILING_DISK_SWITCH");
  if (name == NULL || access(name, F_OK) != 0) return 0;
  return (fcntl(descriptor, F_GETFL) & O_DSYNC) != 0;
}

ssize_t pwrite(int descriptor, const void* bytes, size_t count, off_t offset) {
  static ssize_t (*real)(int, const void*, size_t, off_t);
  if (real == NULL) real = (ssize_t(*)(int, const void*, size_t, off_t))dlsym(RTLD_NEXT, "pwrite");
  if (fails(descriptor)) {
    errno = EIO;
    return -1;
  }
  return real(descriptor, bytes, count, offset);
}

ssize_t pwrite64(int descriptor, const void* bytes, size_t count, off_t offset) {
  return pwrite(descriptor, bytes, count, offset);
}
