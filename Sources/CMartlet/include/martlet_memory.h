// Memory that can fail. Swift's own allocations abort when memory runs out; array storage must
// report it instead, so all of it comes from here.
#ifndef MARTLET_MEMORY_H
#define MARTLET_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// From this many bytes on, memory is mapped directly, aligned for huge pages.
#define MARTLET_HUGE_BYTES ((size_t)4 << 20)

/// Returns memory of at least `bytes`, or NULL. Up to 1024 bytes it is aligned as malloc aligns,
/// above that to 64 bytes, from `MARTLET_HUGE_BYTES` on to 2 MiB.
void *_Nullable martlet_allocate(size_t bytes);

/// As `martlet_allocate`, filled with zeros; large memory is zeroed by the kernel when touched.
void *_Nullable martlet_allocate_zeroed(size_t bytes);

/// Frees what the two functions above returned; `bytes` is the size that was asked for.
void martlet_free(void *_Nullable memory, size_t bytes);

/// Fault injection for tests: the `n`-th next allocation of the calling thread (counted from 1)
/// returns NULL. With `and_after`, every one after it does too. `n < 0` switches it off.
void martlet_fail_after(long n, bool and_after);

/// Whether fault injection is on in this thread: caches of free memory must then pass every
/// request down.
bool martlet_faults_armed(void);

/// Allocations made so far, and bytes allocated and not freed.
int64_t martlet_allocation_count(void);
int64_t martlet_bytes_in_use(void);

/// Whether Swift's own objects come from a reserve, because the process's memory has ended
/// (`CSwiftMemory`): nothing more may be promised then.
static inline bool martlet_memory_is_short(void) {
  extern bool martlet_memory_short;
  return __atomic_load_n(&martlet_memory_short, __ATOMIC_RELAXED);
}
void martlet_set_memory_short(bool is_short);

/// Whether the process can have so many bytes more; of many this is known for the moment only.
bool martlet_has_room(size_t bytes);

/// The Swift runtime's count of references to an object.
size_t swift_retainCount(const void *_Nonnull object);

/// Bytes of memory in this machine, or in the limit of this process's control group if smaller.
int64_t martlet_physical_memory(void);

#endif
