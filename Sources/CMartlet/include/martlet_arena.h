// What a kernel may ask of its host while it runs.
#ifndef MARTLET_ARENA_H
#define MARTLET_ARENA_H

#include <stddef.h>
#include <stdint.h>

/// Compiled code calls both functions by their places, which are part of the kernels' interface.
typedef struct martlet_arena {
  /// Memory that lives as long as the launch at least; NULL where there is none.
  void *_Nullable (*_Nonnull allocate)(struct martlet_arena *_Nonnull arena, int64_t bytes);
  /// Runs tasks `[0, count)` of the kernel's child of that number, and waits for them.
  void (*_Nonnull parallel)(struct martlet_arena *_Nonnull arena, int64_t child, int64_t count);
  void *_Nullable context;
} martlet_arena;

/// Calls `allocate` of the arena at an address that a launch table held; NULL for no arena.
static inline void *_Nullable martlet_arena_allocate(void *_Nullable arena, int64_t bytes) {
  martlet_arena *found = (martlet_arena *)arena;
  return found == NULL ? NULL : found->allocate(found, bytes);
}

/// Calls `parallel` of the arena at an address that a launch table held.
static inline void martlet_arena_parallel(void *_Nullable arena, int64_t child, int64_t count) {
  martlet_arena *found = (martlet_arena *)arena;
  if (found != NULL) found->parallel(found, child, count);
}

#endif
