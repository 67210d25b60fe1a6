#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "martlet_system.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

void martlet_wait_word(const void *word, uint32_t value) {
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

void martlet_wake_word(const void *word, int32_t count) {
  syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
}

uint64_t martlet_nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

// What a container's quota amounts to in whole processors, rounded up; 0 without a quota.
static int32_t quota_processors(void) {
  FILE *file = fopen("/sys/fs/cgroup/cpu.max", "re");
  if (file == NULL) return 0;
  long long quota = 0, period = 0;  // "max" in place of a quota reads as nothing.
  int got = fscanf(file, "%lld %lld", &quota, &period);
  fclose(file);
  return got == 2 && quota > 0 && period > 0 ? (int32_t)((quota + period - 1) / period) : 0;
}

int32_t martlet_available_processors(void) {
  cpu_set_t set;
  CPU_ZERO(&set);
  long count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 0;
  if (count < 1) count = sysconf(_SC_NPROCESSORS_ONLN);  // More than a cpu_set_t holds.
  if (count < 1) count = 1;
  int32_t quota = quota_processors();
  return quota > 0 && quota < count ? quota : (int32_t)count;
}

void martlet_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }

int32_t martlet_open_file(const char *path, int32_t flags, uint32_t mode) {
  return open(path, flags | O_NOFOLLOW | O_CLOEXEC, (mode_t)mode);
}

int32_t martlet_open_file_at(int32_t directory, const char *name, int32_t flags, uint32_t mode) {
  return openat(directory, name, flags | O_NOFOLLOW | O_CLOEXEC, (mode_t)mode);
}

void *martlet_symbol(void *library, const char *name) { return dlsym(library, name); }

void *martlet_open_library(const char *name, char *message, int32_t message_bytes) {
  if (name[0] != '/' && strchr(name, '/') != NULL) {
    snprintf(message, (size_t)message_bytes, "%s is not an absolute path", name);
    return NULL;
  }
  // RTLD_LOCAL keeps its symbols from other libraries. Not RTLD_DEEPBIND: it would tear the
  // library away from a replaced malloc, and the symbols of libLLVM carry versions anyway.
  void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) {
    const char *reason = dlerror();
    snprintf(message, (size_t)message_bytes, "%s", reason != NULL ? reason : name);
  }
  return library;
}

const char *martlet_library_path(const void *function) {
  Dl_info info;
  return dladdr(function, &info) != 0 ? info.dli_fname : NULL;
}

static _Thread_local int32_t current_device;

int32_t martlet_current_device(void) { return current_device; }

void martlet_set_current_device(int32_t number) { current_device = number; }
