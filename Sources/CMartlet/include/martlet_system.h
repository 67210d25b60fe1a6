// System calls that Swift cannot reach: variadic functions, macros, spin hints.
#ifndef MARTLET_SYSTEM_H
#define MARTLET_SYSTEM_H

#include <stdbool.h>
#include <stdint.h>

/// Tells the processor that this thread is spinning.
static inline void martlet_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

/// Sleeps while `*word == value`; may return early.
void martlet_wait_word(const void *_Nonnull word, uint32_t value);
/// The same for at most so many nanoseconds.
void martlet_wait_word_for(const void *_Nonnull word, uint32_t value, uint64_t nanoseconds);
/// Wakes up to `count` threads that sleep on `word`.
void martlet_wake_word(const void *_Nonnull word, int32_t count);

/// Nanoseconds of a clock that never jumps.
uint64_t martlet_nanoseconds(void);

/// Processors this process may run on, by its affinity and its control group's quota; at least 1.
int32_t martlet_available_processors(void);

/// Whether this is the process's first thread.
bool martlet_is_main_thread(void);

/// Names the calling thread, for debuggers and `top -H`.
void martlet_name_thread(const char *_Nonnull name);

/// Opens a file as `open` does, without following a link and closed on exec; -1 on error.
int32_t martlet_open_file(const char *_Nonnull path, int32_t flags, uint32_t mode);
/// The same, relative to an open directory.
int32_t martlet_open_file_at(int32_t directory, const char *_Nonnull name, int32_t flags,
                             uint32_t mode);

/// A symbol of the library opened under a fixed soname or absolute path; NULL when it isn't there.
void *_Nullable martlet_symbol(void *_Nonnull library, const char *_Nonnull name);

/// Opens one library: a soname without any slash, or an absolute path. Anything else, which would
/// depend on the working directory, is refused. NULL leaves a message in `message`.
void *_Nullable martlet_open_library(const char *_Nonnull name, char *_Nonnull message,
                                     int32_t message_bytes);

/// The file an open library's function was loaded from, or NULL.
const char *_Nullable martlet_library_path(const void *_Nonnull function);

/// What identifies the build of the program or library that `function` is part of, at most `room`
/// bytes; 0 where its linker left nothing.
int32_t martlet_build_id(const void *_Nonnull function, uint8_t *_Nonnull bytes, int32_t room);

/// The highest of the levels 3 and 4 of x86-64 that this processor and system have, else 0.
int32_t martlet_x86_level(void);

/// What tells this processor's abilities from another's, at most 64 words; 0 where Martlet does not
/// know how to ask.
int32_t martlet_processor_words(uint32_t *_Nonnull words);

/// Which device a thread makes new arrays on: a number that `Placement` gives out, 0 for the
/// process's default.
int32_t martlet_current_device(void);
void martlet_set_current_device(int32_t number);

#endif
