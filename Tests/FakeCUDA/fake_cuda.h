// What the parts of the fake GPU share. Everything is guarded by `lock`.
#ifndef FAKE_CUDA_H
#define FAKE_CUDA_H

#include <complex.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SUCCESS = 0 };

struct stream;
struct block;

extern pthread_mutex_t lock;
// An error that pending work ends with, where a test wants one.
extern int broken_next;

// Counts a call; under the lock. What it returns is returned to the caller unless it is 0.
int enter(const char *name, bool needs_context);
// Notes what a driver would not have forgiven.
void misuse(const char *format, ...);
// Makes an object reachable for good, so that a leak checker finds no fault with it.
void *keep(void *object);
// Adds work to a stream, which frees the argument. It returns an error that stays, or 0.
void enqueue(struct stream *stream, int (*run)(void *), void *argument);
// The memory, the GPU's or pinned memory of the host, that holds these bytes; NULL for none.
struct block *containing(uint64_t address, size_t bytes, bool is_host);

#define LEAVE(result)            \
  {                              \
    int leaving = (result);      \
    pthread_mutex_unlock(&lock); \
    return leaving;              \
  }

// An element of a matrix of a kind: s, d, c or z as BLAS calls them.
static inline complex double get(int kind, const void *from, size_t n) {
  switch (kind) {
    case 's': return ((const float *)from)[n];
    case 'd': return ((const double *)from)[n];
    case 'c': return ((const complex float *)from)[n];
    default: return ((const complex double *)from)[n];
  }
}
static inline void put(int kind, void *to, size_t n, complex double value) {
  switch (kind) {
    case 's': ((float *)to)[n] = (float)creal(value); break;
    case 'd': ((double *)to)[n] = creal(value); break;
    case 'c': ((complex float *)to)[n] = (complex float)value; break;
    default: ((complex double *)to)[n] = value;
  }
}
static inline size_t item_size(int kind) { return kind == 's' ? 4 : kind == 'z' ? 16 : 8; }
static inline int real_kind(int kind) { return kind == 's' || kind == 'c' ? 's' : 'd'; }
static inline void *at(uint64_t address) { return (void *)(uintptr_t)address; }

#endif
