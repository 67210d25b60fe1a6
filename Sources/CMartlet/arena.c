#include "martlet_arena.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

// Small blocks are cut from chunks, larger ones are taken one by one. What is released is kept for
// the next block of its size: sizes come in four steps between two powers of two.
enum { SMALLEST_EXPONENT = 6, LARGEST_EXPONENT = 46, SMALL_BYTES = 4096, CHUNK_BYTES = 1 << 16 };
enum { LIST_COUNT = (LARGEST_EXPONENT - SMALLEST_EXPONENT + 2) * 4, DESCRIPTORS = 64 };

typedef struct block {
  struct block *next;
  char *start;
  int64_t capacity;
  int32_t list;
} block;

// Descriptors of blocks, many at a time.
typedef struct shelf {
  struct shelf *next;
  block blocks[DESCRIPTORS];
} shelf;

typedef struct chunk {
  struct chunk *next;
  char *memory;
  int64_t capacity;
} chunk;

typedef struct arena arena;

// Through which threads find their own.
typedef struct {
  martlet_arena interface;
  uint64_t number;
  arena *parent;
  pthread_mutex_t lock;
  arena *all;
} shared_arena;

struct arena {
  martlet_arena interface;
  martlet_arena_parts parts;
  // In use, the newest first.
  block *live;
  block *free[LIST_COUNT];
  block *spare;
  shelf *shelves;
  chunk *chunks;
  char *next, *end;
  // What no release frees.
  block *pinned;
  // What a list is that there was no memory for, and the elements that it shows.
  martlet_list broken;
  char nothing[1024];
  shared_arena *shared;
  // Of one that is a thread's.
  arena *other;
  pthread_t thread;
};

// MARK: Blocks

static int list_for(int64_t bytes, int64_t *capacity) {
  if (bytes <= 1 << SMALLEST_EXPONENT) {
    *capacity = 1 << SMALLEST_EXPONENT;
    return 0;
  }
  int exponent = 63 - __builtin_clzll((unsigned long long)(bytes - 1));
  int64_t quarter = ((bytes - 1) >> (exponent - 2)) - 4;
  *capacity = (quarter + 5) << (exponent - 2);
  return (exponent - SMALLEST_EXPONENT) * 4 + (int)quarter + 1;
}

static block *descriptor(arena *own) {
  if (own->spare == NULL) {
    shelf *more = malloc(sizeof(shelf));
    if (more == NULL) return NULL;
    more->next = own->shelves;
    own->shelves = more;
    for (int i = 0; i < DESCRIPTORS; i++) {
      more->blocks[i].next = own->spare;
      own->spare = &more->blocks[i];
    }
  }
  block *found = own->spare;
  own->spare = found->next;
  return found;
}

static char *cut(arena *own, int64_t capacity) {
  if (own->end - own->next < capacity) {
    chunk *more = malloc(sizeof(chunk));
    if (more == NULL) return NULL;
    more->memory = own->parts.take(CHUNK_BYTES, &more->capacity);
    if (more->memory == NULL) {
      free(more);
      return NULL;
    }
    more->next = own->chunks;
    own->chunks = more;
    own->next = more->memory;
    own->end = more->memory + more->capacity;
  }
  char *start = own->next;
  own->next += capacity;
  return start;
}

static void *allocate(martlet_arena *interface, int64_t bytes) {
  arena *own = (arena *)interface;
  if (bytes < 0 || bytes > (int64_t)1 << LARGEST_EXPONENT) return NULL;
  int64_t capacity;
  int list = list_for(bytes, &capacity);
  block *found = own->free[list];
  if (found != NULL) {
    own->free[list] = found->next;
  } else {
    found = descriptor(own);
    if (found == NULL) return NULL;
    found->list = list;
    if (capacity <= SMALL_BYTES) {
      // To whole lines of the cache.
      found->capacity = (capacity + 63) & ~(int64_t)63;
      found->start = cut(own, found->capacity);
    } else {
      found->start = own->parts.take(capacity, &found->capacity);
    }
    if (found->start == NULL) {
      found->next = own->spare;
      own->spare = found;
      return NULL;
    }
  }
  found->next = own->live;
  own->live = found;
  return found->start;
}

static int holds(const block *it, const int64_t *addresses, int64_t count) {
  for (int64_t i = 0; i < count; i++) {
    int64_t distance = addresses[i] - (int64_t)(intptr_t)it->start;
    if (distance >= 0 && distance < it->capacity) return 1;
  }
  return 0;
}

static void release(arena *own, const int64_t *arguments, int64_t count) {
  block **place = &own->live;
  while (*place != NULL && (int64_t)(intptr_t)*place != arguments[0]) {
    block *it = *place;
    if (holds(it, arguments + 1, count - 1)) {
      place = &it->next;
      continue;
    }
    *place = it->next;
    block **free = it->list < 0 ? &own->spare : &own->free[it->list];
    it->next = *free;
    *free = it;
  }
}

// MARK: Lists

// Swaps the memory of two blocks, each of which keeps its place among the others.
static void swap(block *a, block *b) {
  char *start = a->start;
  int64_t capacity = a->capacity;
  int32_t list = a->list;
  a->start = b->start, a->capacity = b->capacity, a->list = b->list;
  b->start = start, b->capacity = capacity, b->list = list;
}

// Frees the newest block.
static void drop(arena *own) {
  block *it = own->live;
  own->live = it->next;
  it->next = own->free[it->list];
  own->free[it->list] = it;
}

static int64_t make_list(arena *own, int64_t bytes, int64_t capacity) {
  own->broken = (martlet_list){(int64_t)(intptr_t)own->nothing, 0, 0, 0, 0};
  int64_t broken = (int64_t)(intptr_t)&own->broken;
  int64_t size;
  if (__builtin_mul_overflow(bytes, capacity, &size)) return broken;
  martlet_list *made = allocate(&own->interface, sizeof(martlet_list));
  if (made == NULL) return broken;
  void *data = allocate(&own->interface, size);
  if (data == NULL) return broken;
  *made = (martlet_list){(int64_t)(intptr_t)data, 0, capacity, 0, (int64_t)(intptr_t)own->live};
  return (int64_t)(intptr_t)made;
}

static int64_t grow(arena *own, martlet_list *list, int64_t bytes, int64_t count) {
  if (list == &own->broken) return 0;
  int64_t capacity = list->capacity > INT64_MAX / 2 ? INT64_MAX : list->capacity * 2;
  if (capacity < count) capacity = count;
  if (capacity < 4) capacity = 4;
  int64_t size;
  if (__builtin_mul_overflow(bytes, capacity, &size)) return 0;
  void *data = allocate(&own->interface, size);
  if (data == NULL) return 0;
  memcpy(data, (void *)(intptr_t)list->data, (size_t)(list->count * bytes));
  block *fresh = own->live;
  if (list->block != 0) {
    // The elements' block stays where it was, older than what was taken since.
    swap((block *)(intptr_t)list->block, fresh);
    drop(own);
  } else {
    // The caller's own list, whose elements live as long as the launch.
    own->live = fresh->next;
    fresh->next = own->pinned;
    own->pinned = fresh;
    list->block = (int64_t)(intptr_t)fresh;
  }
  list->data = (int64_t)(intptr_t)data;
  list->capacity = capacity;
  return 1;
}

// Moves a block's memory to one that no release sees. The block itself may be a mark, so it stays.
static block *pin_block(arena *own, block *it) {
  block *kept = descriptor(own);
  // Without memory for that it is freed with the iteration, as nothing else can be done.
  if (kept == NULL) return it;
  *kept = *it;
  kept->next = own->pinned;
  own->pinned = kept;
  it->start = NULL, it->capacity = 0, it->list = -1;
  return kept;
}

static void pin(arena *own, int64_t address) {
  if (address == (int64_t)(intptr_t)&own->broken) return;
  for (block *it = own->live; it != NULL; it = it->next) {
    if (it->start == NULL || !holds(it, &address, 1)) continue;
    pin_block(own, it);
    return;
  }
}

static void pin_list(arena *own, martlet_list *list) {
  if (list == &own->broken || list->block == 0) return;
  block *data = (block *)(intptr_t)list->block;
  for (block *it = own->live; it != NULL; it = it->next) {
    if (it == data) {
      list->block = (int64_t)(intptr_t)pin_block(own, it);
      break;
    }
  }
  pin(own, (int64_t)(intptr_t)list);
}

static int64_t call(martlet_arena *interface, int64_t function, const int64_t *arguments,
                    int64_t count) {
  arena *own = (arena *)interface;
  switch (function) {
    case MARTLET_ARENA_MARK: return (int64_t)(intptr_t)own->live;
    case MARTLET_ARENA_RELEASE: release(own, arguments, count); return 0;
    case MARTLET_ARENA_PRODUCT: return own->parts.product(arguments);
    case MARTLET_ARENA_LIST: return make_list(own, arguments[0], arguments[1]);
    case MARTLET_ARENA_GROW:
      return grow(own, (martlet_list *)(intptr_t)arguments[0], arguments[1], arguments[2]);
    case MARTLET_ARENA_PIN:
      if (count > 1) {
        pin_list(own, (martlet_list *)(intptr_t)arguments[0]);
      } else {
        pin(own, arguments[0]);
      }
      return 0;
    default: return 0;
  }
}

// MARK: Arenas

martlet_arena *martlet_arena_make(const martlet_arena_parts *parts) {
  arena *own = calloc(1, sizeof(arena));
  if (own == NULL) return NULL;
  own->parts = *parts;
  own->interface = (martlet_arena){allocate, parts->parallel, call};
  return &own->interface;
}

static void give_back(arena *own, block *blocks) {
  for (; blocks != NULL; blocks = blocks->next) {
    if (blocks->capacity > SMALL_BYTES) own->parts.give(blocks->start, blocks->capacity);
  }
}

void martlet_arena_free(martlet_arena *interface) {
  arena *own = (arena *)interface;
  if (own->shared != NULL) {
    for (arena *it = own->shared->all; it != NULL;) {
      arena *next = it->other;
      martlet_arena_free(&it->interface);
      it = next;
    }
    pthread_mutex_destroy(&own->shared->lock);
    free(own->shared);
  }
  give_back(own, own->live);
  give_back(own, own->pinned);
  for (int i = 0; i < LIST_COUNT; i++) give_back(own, own->free[i]);
  for (chunk *it = own->chunks; it != NULL;) {
    chunk *next = it->next;
    own->parts.give(it->memory, it->capacity);
    free(it);
    it = next;
  }
  for (shelf *it = own->shelves; it != NULL;) {
    shelf *next = it->next;
    free(it);
    it = next;
  }
  free(own);
}

void *martlet_arena_find(martlet_arena *interface, int64_t address, int64_t *capacity,
                         int32_t *is_given) {
  arena *own = (arena *)interface;
  block **place = &own->live;
  for (int isPinned = 0; isPinned < 2; place = &(*place)->next) {
    while (*place == NULL && isPinned < 2) {
      isPinned++;
      place = &own->pinned;
      if (isPinned == 2) return NULL;
    }
    block *it = *place;
    if (!holds(it, &address, 1)) continue;
    *capacity = it->capacity;
    *is_given = it->capacity > SMALL_BYTES;
    char *start = it->start;
    if (*is_given) {
      *place = it->next;
      it->next = own->spare;
      own->spare = it;
    }
    return start;
  }
  return NULL;
}

void martlet_arena_set_context(martlet_arena *interface, void *context) {
  ((arena *)interface)->parts.context = context;
}

void *martlet_arena_context(martlet_arena *interface) {
  return ((arena *)interface)->parts.context;
}

// MARK: Threads

// The last one that this thread found, and through which: numbers are never used twice.
static _Thread_local struct {
  uint64_t number;
  arena *own;
} last;

static arena *thread_arena(shared_arena *shared) {
  if (last.number == shared->number) return last.own;
  pthread_t thread = pthread_self();
  pthread_mutex_lock(&shared->lock);
  arena *own = shared->all;
  while (own != NULL && !pthread_equal(own->thread, thread)) own = own->other;
  if (own == NULL) {
    own = (arena *)martlet_arena_make(&shared->parent->parts);
    if (own != NULL) {
      own->thread = thread;
      own->other = shared->all;
      shared->all = own;
    }
  }
  pthread_mutex_unlock(&shared->lock);
  if (own != NULL) {
    last.number = shared->number;
    last.own = own;
  }
  return own;
}

static void *shared_allocate(martlet_arena *interface, int64_t bytes) {
  arena *own = thread_arena((shared_arena *)interface);
  return own == NULL ? NULL : allocate(&own->interface, bytes);
}

// A kernel of a parallel loop has no such loops itself.
static void shared_parallel(martlet_arena *interface, int64_t child, int64_t count) {
  (void)interface, (void)child, (void)count;
}

static int64_t shared_call(martlet_arena *interface, int64_t function, const int64_t *arguments,
                           int64_t count) {
  arena *own = thread_arena((shared_arena *)interface);
  return own == NULL ? 0 : call(&own->interface, function, arguments, count);
}

martlet_arena *martlet_arena_shared(martlet_arena *interface) {
  static _Atomic uint64_t count;
  arena *own = (arena *)interface;
  if (own->shared == NULL) {
    shared_arena *made = calloc(1, sizeof(shared_arena));
    if (made == NULL) return NULL;
    made->interface = (martlet_arena){shared_allocate, shared_parallel, shared_call};
    made->number = ++count;
    made->parent = own;
    pthread_mutex_init(&made->lock, NULL);
    own->shared = made;
  }
  return &own->shared->interface;
}
