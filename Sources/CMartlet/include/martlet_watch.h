// How long work that runs for somebody learns that it shall stop: it asks a watch now and then.
#ifndef MARTLET_WATCH_H
#define MARTLET_WATCH_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// One for each call. Compiled kernels find its address in their launch table, and call the function
/// at its first word, which is part of their interface.
typedef struct martlet_watch {
  /// Gives how much work may be done before it wants to be called again, in iterations of loops; a
  /// negative number if the kernel is to end at once. From any thread that works for the call.
  int64_t (*_Nullable pause)(struct martlet_watch *_Nonnull watch);
  /// Not 0 once the work was stopped.
  int32_t stopped;
  /// The thread of the call, the only one that looks whether something has come up.
  pthread_t thread;
  /// When it looks next, in nanoseconds; 0 at first.
  uint64_t next;
  /// What the call was given, if nobody else keeps its memory while other code runs, and who does
  /// then: `keeper` is for the caller to let go.
  const void *_Nullable const *_Nullable arguments;
  int64_t argument_count;
  void *_Nullable keeper;
} martlet_watch;

/// Calls what was registered below, if the time has come; true if the work shall end.
bool martlet_watch_look(martlet_watch *_Nonnull watch);
/// What kernels call.
int64_t martlet_watch_pause(martlet_watch *_Nonnull watch);

/// The watch of the work that this thread does for one that waits for it; NULL for none. Launches
/// look at it between tasks.
martlet_watch *_Nullable martlet_watch_current(void);
void martlet_watch_set_current(martlet_watch *_Nullable watch);

/// What to do when work has run for a while, on the thread of the call: it gives other than 0 to end
/// the work. Nobody looks without it.
void martlet_watch_register(int32_t (*_Nonnull look)(martlet_watch *_Nonnull watch));

/// Prepares a watch for a call on this thread.
static inline void martlet_watch_begin(martlet_watch *_Nonnull watch) {
  watch->pause = martlet_watch_pause;
  watch->stopped = 0;
  watch->thread = pthread_self();
  watch->next = 0;
  watch->arguments = NULL;
  watch->argument_count = 0;
  watch->keeper = NULL;
}

/// Has the work end soon.
static inline void martlet_watch_stop(martlet_watch *_Nonnull watch) {
  __atomic_store_n(&watch->stopped, 1, __ATOMIC_RELEASE);
}

/// Whether the work was stopped.
static inline bool martlet_watch_is_stopped(const martlet_watch *_Nonnull watch) {
  return __atomic_load_n(&watch->stopped, __ATOMIC_ACQUIRE) != 0;
}

#endif
