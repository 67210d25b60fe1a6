#include "martlet_addresses.h"

#include <sys/mman.h>
#include <unistd.h>

// With the page after it, so that the address one past the end belongs to nothing else.
static size_t whole(size_t bytes) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  return (bytes + page - 1) / page * page + page;
}

void *martlet_reserve_addresses(size_t bytes) {
  void *start = mmap(NULL, whole(bytes), PROT_NONE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return start != MAP_FAILED ? start : NULL;
}

void martlet_release_addresses(void *start, size_t bytes) { munmap(start, whole(bytes)); }
