#define _GNU_SOURCE
#include "CSwiftMemory.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "martlet_memory.h"

#define HIDDEN __attribute__((visibility("hidden")))

enum { RESERVE_BYTES = 8 << 20, LARGEST = 256 << 10, UNIT = 64, CLASSES = 15 };

// MARK: The reserve

// Blocks of 128, 256, … bytes, each with a header that says its class. A header takes as much as the
// largest alignment that Swift's objects here ask for, so all memory has that. What is freed is kept
// for the next block of its class.
typedef struct header {
  uint32_t class;
  struct header *next;
} header;

static char *reserve;
static size_t used;
static header *freed[CLASSES];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static bool is_reserved(const void *memory) {
  return (uintptr_t)memory - (uintptr_t)reserve < RESERVE_BYTES && reserve != NULL;
}

static size_t block_bytes(uint32_t class) { return (size_t)2 * UNIT << class; }

static void *take_reserved(size_t bytes) {
  if (reserve == NULL || bytes > LARGEST) return NULL;
  uint32_t class = 0;
  while (block_bytes(class) < bytes + UNIT) class++;
  pthread_mutex_lock(&lock);
  header *found = freed[class];
  if (found != NULL) {
    freed[class] = found->next;
  } else if (RESERVE_BYTES - used >= block_bytes(class)) {
    found = (header *)(reserve + used);
    used += block_bytes(class);
    found->class = class;
  }
  pthread_mutex_unlock(&lock);
  martlet_set_memory_short(true);
  return found == NULL ? NULL : (char *)found + UNIT;
}

static void free_reserved(void *memory) {
  header *own = (header *)((char *)memory - UNIT);
  pthread_mutex_lock(&lock);
  own->next = freed[own->class];
  freed[own->class] = own;
  pthread_mutex_unlock(&lock);
}

static size_t reserved_bytes(const void *memory) {
  return block_bytes(((const header *)((const char *)memory - UNIT))->class) - UNIT;
}

// MARK: The process's own functions

static void *(*own_malloc)(size_t);
static void *(*own_calloc)(size_t, size_t);
static void *(*own_realloc)(void *, size_t);
static void (*own_free)(void *);
static int (*own_posix_memalign)(void **, size_t, size_t);
static void *(*own_aligned_alloc)(size_t, size_t);
static size_t (*own_usable_size)(void *);

// Found before any of Swift's initialisers run; these functions are hidden, so the search finds the
// process's, which a program may have replaced.
__attribute__((constructor(101))) static void find_own(void) {
  own_malloc = dlsym(RTLD_DEFAULT, "malloc");
  own_calloc = dlsym(RTLD_DEFAULT, "calloc");
  own_realloc = dlsym(RTLD_DEFAULT, "realloc");
  own_free = dlsym(RTLD_DEFAULT, "free");
  own_posix_memalign = dlsym(RTLD_DEFAULT, "posix_memalign");
  own_aligned_alloc = dlsym(RTLD_DEFAULT, "aligned_alloc");
  own_usable_size = dlsym(RTLD_DEFAULT, "malloc_usable_size");
}

static const char here;
// Of Swift's runtime.
extern void *swift_slowAlloc(size_t bytes, size_t alignment);

long martlet_take_swift_reserve(void) {
  Dl_info own, runtime;
  if (reserve != NULL) return RESERVE_BYTES;
  if (dladdr(&here, &own) == 0 || dladdr((void *)swift_slowAlloc, &runtime) == 0) return 0;
  if (own.dli_fbase != runtime.dli_fbase) return 0;
  void *memory = mmap(NULL, RESERVE_BYTES, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return 0;
  reserve = memory;
  return RESERVE_BYTES;
}

// MARK: What the extension calls

HIDDEN void *malloc(size_t bytes) {
  void *memory = own_malloc(bytes);
  return memory != NULL ? memory : take_reserved(bytes);
}

HIDDEN void free(void *memory) {
  if (is_reserved(memory)) {
    free_reserved(memory);
  } else {
    own_free(memory);
  }
}

HIDDEN void *calloc(size_t count, size_t bytes) {
  void *memory = own_calloc(count, bytes);
  size_t all;
  if (memory != NULL || __builtin_mul_overflow(count, bytes, &all)) return memory;
  memory = take_reserved(all);
  return memory == NULL ? NULL : memset(memory, 0, all);
}

HIDDEN void *realloc(void *old, size_t bytes) {
  if (!is_reserved(old)) {
    void *memory = own_realloc(old, bytes);
    if (memory != NULL || bytes == 0) return memory;
    memory = take_reserved(bytes);
    if (memory == NULL || old == NULL) return memory;
    size_t kept = own_usable_size(old);
    memcpy(memory, old, kept < bytes ? kept : bytes);
    own_free(old);
    return memory;
  }
  size_t kept = reserved_bytes(old);
  if (bytes <= kept) return old;
  void *memory = malloc(bytes);
  if (memory == NULL) return NULL;
  memcpy(memory, old, kept);
  free_reserved(old);
  return memory;
}

HIDDEN int posix_memalign(void **place, size_t alignment, size_t bytes) {
  int failed = own_posix_memalign(place, alignment, bytes);
  // More alignment than the reserve's has no object of Swift's.
  if (failed != ENOMEM || alignment > UNIT) return failed;
  *place = take_reserved(bytes);
  return *place == NULL ? ENOMEM : 0;
}

HIDDEN void *aligned_alloc(size_t alignment, size_t bytes) {
  void *memory = own_aligned_alloc(alignment, bytes);
  return memory != NULL || alignment > UNIT ? memory : take_reserved(bytes);
}

HIDDEN size_t malloc_usable_size(void *memory) {
  return is_reserved(memory) ? reserved_bytes(memory) : own_usable_size(memory);
}
