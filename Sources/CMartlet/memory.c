#include "martlet_memory.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { small_bytes = 1024, cache_line = 64 };
static const size_t huge_page = (size_t)2 << 20;

// Faults hit one thread, so that tests can run side by side.
static _Thread_local long fail_countdown = -1;
static _Thread_local bool fail_and_after;
static atomic_int armed_threads;
static atomic_int_least64_t allocation_count;
static atomic_int_least64_t bytes_in_use;

void martlet_fail_after(long n, bool and_after) {
  atomic_fetch_add(&armed_threads, (n >= 0) - (fail_countdown >= 0));
  fail_countdown = n >= 0 ? n : -1;
  fail_and_after = and_after;
}

bool martlet_faults_armed(void) {
  return atomic_load_explicit(&armed_threads, memory_order_relaxed) > 0 && fail_countdown >= 0;
}

static bool must_fail(void) {
  if (!martlet_faults_armed()) return false;
  if (fail_countdown > 1) {
    --fail_countdown;
    return false;
  }
  if (!fail_and_after) martlet_fail_after(-1, false);
  return true;
}

static void count(size_t bytes) {
  atomic_fetch_add_explicit(&allocation_count, 1, memory_order_relaxed);
  atomic_fetch_add_explicit(&bytes_in_use, (int64_t)bytes, memory_order_relaxed);
}

static size_t whole_huge_pages(size_t bytes) {
  return (bytes + huge_page - 1) & ~(huge_page - 1);
}

// First touch of 4 KiB pages runs at a fifth of the speed of huge pages.
static void *map_huge(size_t bytes) {
  if (bytes > (size_t)1 << 60) return NULL;
  size_t length = whole_huge_pages(bytes);
  char *start = mmap(NULL, length + huge_page, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED) return NULL;
  char *aligned = (char *)whole_huge_pages((size_t)start);
  if (aligned > start) munmap(start, (size_t)(aligned - start));
  size_t rest = huge_page - (size_t)(aligned - start);
  if (rest > 0) munmap(aligned + length, rest);
#ifdef MADV_HUGEPAGE
  madvise(aligned, length, MADV_HUGEPAGE);  // Only a wish: refusal leaves small pages.
#endif
  return aligned;
}

static void *allocate(size_t bytes) {
  if (bytes <= small_bytes) return malloc(bytes > 0 ? bytes : 1);
  if (bytes >= MARTLET_HUGE_BYTES) return map_huge(bytes);
  void *memory = NULL;
  return posix_memalign(&memory, cache_line, bytes) == 0 ? memory : NULL;
}

void *martlet_allocate(size_t bytes) {
  if (must_fail()) return NULL;
  void *memory = allocate(bytes);
  if (memory != NULL) count(bytes);
  return memory;
}

void *martlet_allocate_zeroed(size_t bytes) {
  if (must_fail()) return NULL;
  void *memory = allocate(bytes);
  if (memory == NULL) return NULL;
  count(bytes);
  if (bytes < MARTLET_HUGE_BYTES) memset(memory, 0, bytes);
  return memory;
}

void martlet_free(void *memory, size_t bytes) {
  if (memory == NULL) return;
  atomic_fetch_sub_explicit(&bytes_in_use, (int64_t)bytes, memory_order_relaxed);
  if (bytes >= MARTLET_HUGE_BYTES) {
    munmap(memory, whole_huge_pages(bytes));
  } else {
    free(memory);
  }
}

bool martlet_memory_short;

void martlet_set_memory_short(bool is_short) {
  __atomic_store_n(&martlet_memory_short, is_short, __ATOMIC_RELAXED);
}

bool martlet_has_room(size_t bytes) {
  void *volatile memory = malloc(bytes);  // Volatile, or compilers leave both calls out.
  free(memory);
  return memory != NULL;
}

int64_t martlet_allocation_count(void) { return atomic_load(&allocation_count); }
int64_t martlet_bytes_in_use(void) { return atomic_load(&bytes_in_use); }

int64_t martlet_physical_memory(void) {
  int64_t bytes = (int64_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE);
  FILE *limit_file = fopen("/sys/fs/cgroup/memory.max", "re");
  if (limit_file != NULL) {
    long long limit = 0;  // The file says "max" when there is no limit: then nothing is read.
    if (fscanf(limit_file, "%lld", &limit) == 1 && limit > 0 && limit < bytes) bytes = limit;
    fclose(limit_file);
  }
  return bytes;
}
