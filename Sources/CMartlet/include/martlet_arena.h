// Where compiled functions take memory from while they run, and whom they call for the rest. A kernel
// finds the address of a `martlet_arena` in its launch table.
#ifndef MARTLET_ARENA_H
#define MARTLET_ARENA_H

#include <stddef.h>
#include <stdint.h>

/// What `call` does; part of the kernels' interface.
enum {
  /// Gives a mark of what is taken now.
  MARTLET_ARENA_MARK = 0,
  /// Frees what was taken since a mark, its first argument, but for the blocks that the others are
  /// addresses in.
  MARTLET_ARENA_RELEASE = 1,
  /// Multiplies two matrices, and gives 1; 0 where that is not its matter. See `product`.
  MARTLET_ARENA_PRODUCT = 2,
  /// Makes a list, and gives the address of its header: the arguments are the bytes of an element and
  /// how many there is to be room for. Where there is no memory it is a list without room.
  MARTLET_ARENA_LIST = 3,
  /// Gives a list room for more elements, and 1; 0 where there is no memory. The arguments are the
  /// header's address, the bytes of an element and how many there is to be room for.
  MARTLET_ARENA_GROW = 4,
  /// Takes the block that holds an address out of what is released, and a list's elements with its
  /// header.
  MARTLET_ARENA_PIN = 5,
};

/// The header of a list.
typedef struct martlet_list {
  int64_t data;
  int64_t count;
  int64_t capacity;
  /// Whether it was changed.
  int64_t changed;
  /// The arena's block of the elements; 0 for elements that are not the arena's.
  int64_t block;
} martlet_list;

/// Compiled code calls these functions by their places, which are part of the kernels' interface.
typedef struct martlet_arena {
  /// Memory that lives until it is released, or as long as the launch; NULL where there is none.
  void *_Nullable (*_Nonnull allocate)(struct martlet_arena *_Nonnull arena, int64_t bytes);
  /// Runs tasks `[0, count)` of the kernel's child of that number, and waits for them.
  void (*_Nonnull parallel)(struct martlet_arena *_Nonnull arena, int64_t child, int64_t count);
  /// Does one of the things above.
  int64_t (*_Nonnull call)(struct martlet_arena *_Nonnull arena, int64_t function,
                           const int64_t *_Nonnull arguments, int64_t count);
} martlet_arena;

/// What an arena is made of.
typedef struct martlet_arena_parts {
  /// Memory of at least so many bytes, aligned to 64, and how much it is; NULL where there is none.
  void *_Nullable (*_Nonnull take)(int64_t bytes, int64_t *_Nonnull capacity);
  /// Takes back what `take` gave.
  void (*_Nonnull give)(void *_Nonnull memory, int64_t capacity);
  void (*_Nonnull parallel)(martlet_arena *_Nonnull arena, int64_t child, int64_t count);
  /// Gets the arguments that `call` got.
  int64_t (*_Nonnull product)(const int64_t *_Nonnull arguments);
  /// Whose it is, for `parallel`.
  void *_Nullable context;
} martlet_arena_parts;

/// A new arena for one launch; NULL where there is no memory. Its memory is one thread's: the one
/// that `martlet_arena_shared` makes of it is for all.
martlet_arena *_Nullable martlet_arena_make(const martlet_arena_parts *_Nonnull parts);
void martlet_arena_set_context(martlet_arena *_Nonnull arena, void *_Nullable context);
void *_Nullable martlet_arena_context(martlet_arena *_Nonnull arena);
/// One through which each thread that calls it has an arena of its own, for the kernels of parallel
/// loops. It belongs to `arena`, and is the same each time. NULL where there is no memory.
martlet_arena *_Nullable martlet_arena_shared(martlet_arena *_Nonnull arena);
/// Frees an arena with all of its memory.
void martlet_arena_free(martlet_arena *_Nonnull arena);
/// Where the block begins that holds an address, and its size; NULL for an address elsewhere. A large
/// block (`is_given` is 1) is the caller's from then on, who gives it back as `give` does.
void *_Nullable martlet_arena_find(martlet_arena *_Nonnull arena, int64_t address,
                                   int64_t *_Nonnull capacity, int32_t *_Nonnull is_given);

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

/// Calls `call` of the arena at an address that a launch table held; 0 for no arena.
static inline int64_t martlet_arena_call(void *_Nullable arena, int64_t function,
                                         const int64_t *_Nonnull arguments, int64_t count) {
  martlet_arena *found = (martlet_arena *)arena;
  return found == NULL ? 0 : found->call(found, function, arguments, count);
}

#endif
