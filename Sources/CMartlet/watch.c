#include "martlet_watch.h"

#include "martlet_system.h"

// Somebody who presses Ctrl-C waits no longer than a fraction of a second; looking takes less than a
// microsecond, but may have to wait for an interpreter's lock.
static const uint64_t interval = 50000000;
// Iterations between two calls: of the cheapest loops some ten microseconds, of dear ones some ten
// milliseconds.
static const int64_t steps = 1 << 18;

static int32_t (*_Atomic registered)(martlet_watch *);

void martlet_watch_register(int32_t (*look)(martlet_watch *)) { registered = look; }

bool martlet_watch_look(martlet_watch *watch) {
  if (martlet_watch_is_stopped(watch)) return true;
  int32_t (*look)(martlet_watch *) = registered;
  if (look == NULL || !pthread_equal(watch->thread, pthread_self())) return false;
  uint64_t now = martlet_nanoseconds();
  if (watch->next == 0) watch->next = now + interval;
  if (now < watch->next) return false;
  if (look(watch) != 0) martlet_watch_stop(watch);
  watch->next = martlet_nanoseconds() + interval;
  return martlet_watch_is_stopped(watch);
}

int64_t martlet_watch_pause(martlet_watch *watch) {
  return martlet_watch_look(watch) ? -1 : steps;
}

static _Thread_local martlet_watch *current;

martlet_watch *martlet_watch_current(void) { return current; }

void martlet_watch_set_current(martlet_watch *watch) { current = watch; }
