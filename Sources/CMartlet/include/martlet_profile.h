// Whether what happens is recorded, and what a thread that records must remember.
#ifndef MARTLET_PROFILE_H
#define MARTLET_PROFILE_H

#include <stdbool.h>
#include <stdint.h>

__attribute__((visibility("hidden"))) extern int32_t martlet_profile_flag;

/// Whether a profile is being recorded: what every place that could record asks first.
static inline bool martlet_is_profiling(void) {
  return __builtin_expect(__atomic_load_n(&martlet_profile_flag, __ATOMIC_RELAXED) != 0, 0);
}

static inline void martlet_set_profiling(bool value) {
  __atomic_store_n(&martlet_profile_flag, value, __ATOMIC_RELEASE);
}

typedef struct martlet_profile_thread {
  /// Nanoseconds of the spans that have ended inside of the one that runs.
  uint64_t inner;
  /// The number of the thread among those that recorded something, from 1; 0 before.
  int32_t number;
  /// The line of the program, by its number, where it cannot be looked up now; -1 where it can.
  int32_t pinned;
  /// The line that wrote the pending work which is being evaluated; 0 for none.
  int32_t written;
} martlet_profile_thread;

/// That of the calling thread.
martlet_profile_thread *_Nonnull martlet_profile_current(void);

#endif
