#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "martlet_system.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
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

void martlet_wait_word_for(const void *word, uint32_t value, uint64_t nanoseconds) {
  struct timespec limit = {(time_t)(nanoseconds / 1000000000u), (long)(nanoseconds % 1000000000u)};
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, &limit, NULL, 0);
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

bool martlet_is_main_thread(void) { return (pid_t)syscall(SYS_gettid) == getpid(); }

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

// What `visit_image` looks for, and what it found.
struct build_id_search {
  uintptr_t address;
  uint8_t *bytes;
  int32_t room, count;
};

// Notes are triples of a name, a description and a type, the first two padded to four bytes.
static void read_notes(const char *at, size_t size, struct build_id_search *search) {
  while (size >= sizeof(ElfW(Nhdr))) {
    const ElfW(Nhdr) *note = (const ElfW(Nhdr) *)at;
    size_t name = ((size_t)note->n_namesz + 3) & ~(size_t)3;
    size_t description = ((size_t)note->n_descsz + 3) & ~(size_t)3;
    if (name > size - sizeof *note || description > size - sizeof *note - name) return;
    const char *text = at + sizeof *note;
    if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4 && memcmp(text, "GNU", 4) == 0 &&
        note->n_descsz <= (size_t)search->room) {
      memcpy(search->bytes, text + name, note->n_descsz);
      search->count = (int32_t)note->n_descsz;
      return;
    }
    at += sizeof *note + name + description;
    size -= sizeof *note + name + description;
  }
}

static int visit_image(struct dl_phdr_info *image, size_t size, void *argument) {
  (void)size;
  struct build_id_search *search = argument;
  bool is_here = false;
  for (int i = 0; i < image->dlpi_phnum; ++i) {
    const ElfW(Phdr) *part = &image->dlpi_phdr[i];
    uintptr_t start = image->dlpi_addr + part->p_vaddr;
    if (part->p_type == PT_LOAD && search->address - start < part->p_memsz) is_here = true;
  }
  if (!is_here) return 0;
  for (int i = 0; i < image->dlpi_phnum && search->count == 0; ++i) {
    const ElfW(Phdr) *part = &image->dlpi_phdr[i];
    if (part->p_type == PT_NOTE) {
      read_notes((const char *)(image->dlpi_addr + part->p_vaddr), part->p_memsz, search);
    }
  }
  return 1;
}

int32_t martlet_build_id(const void *function, uint8_t *bytes, int32_t room) {
  struct build_id_search search = {(uintptr_t)function, bytes, room, 0};
  dl_iterate_phdr(visit_image, &search);
  return search.count;
}

static _Thread_local int32_t current_device;

int32_t martlet_current_device(void) { return current_device; }

void martlet_set_current_device(int32_t number) { current_device = number; }

#if defined(__x86_64__)
#include <cpuid.h>

int32_t martlet_processor_words(uint32_t *words) {
  // Leaf, subleaf, and which of eax, ebx, ecx, edx say what the processor can: others hold the
  // number of the core, or what the operating system has switched on at the moment.
  static const struct {
    uint32_t leaf, subleaf, mask;
  } parts[] = {
      {0, 0, 15},          {1, 0, 13},          {7, 0, 15},          {7, 1, 15},
      {7, 2, 8},           {0xd, 1, 1},         {0x14, 0, 2},        {0x19, 0, 2},
      {0x1e, 1, 1},        {0x24, 0, 2},        {0x80000001u, 0, 12}, {0x80000008u, 0, 2},
  };
  // Each question takes microseconds in a virtual machine, so those without an answer are left out.
  uint32_t highest = 0, ecx1 = 0;
  int32_t count = 0;
  for (size_t i = 0; i < sizeof parts / sizeof *parts; ++i) {
    if (parts[i].leaf < 0x80000000u && parts[i].leaf > highest) continue;
    uint32_t found[4];
    __cpuid_count(parts[i].leaf, parts[i].subleaf, found[0], found[1], found[2], found[3]);
    if (parts[i].leaf == 0) highest = found[0];
    if (parts[i].leaf == 1) ecx1 = found[2];
    for (int r = 0; r < 4; ++r) {
      if (parts[i].mask >> r & 1) words[count++] = found[r];
    }
  }
  // Which registers the system saves: without that, wide vectors are not to be used.
  uint32_t low = 0, high = 0;
  if (ecx1 >> 27 & 1) __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  words[count++] = low;
  words[count++] = high;
  return count;
}

int32_t martlet_x86_level(void) {
  // These know too whether the system saves the registers.
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("x86-64-v3")) return 0;
  return __builtin_cpu_supports("x86-64-v4") ? 4 : 3;
}
#else
int32_t martlet_x86_level(void) { return 0; }

int32_t martlet_processor_words(uint32_t *words) {
  (void)words;
  return 0;
}
#endif
