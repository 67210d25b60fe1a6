// Calls of compiled kernels. All kernels share one signature, so no call site is generated.
#ifndef MARTLET_KERNEL_H
#define MARTLET_KERNEL_H

#include <stdint.h>

#include "martlet_floating_point.h"

/// Computes the iterations [begin, end) of a kernel.
typedef void (*martlet_kernel_function)(void *_Nullable const *_Nullable buffers,
                                        const int64_t *_Nullable integers, int64_t begin,
                                        int64_t end);

/// `function` must be a pointer that the compiler returned; buffers and integers must be what the
/// kernel's signature lists.
static inline void martlet_call_kernel(const void *_Nonnull function,
                                       void *_Nullable const *_Nullable buffers,
                                       const int64_t *_Nullable integers,
                                       int64_t begin, int64_t end) {
  ((martlet_kernel_function)function)(buffers, integers, begin, end);
}

/// The same between clearing and reading the floating-point flags, which it returns.
static inline uint32_t martlet_call_kernel_flags(const void *_Nonnull function,
                                                 void *_Nullable const *_Nullable buffers,
                                                 const int64_t *_Nullable integers,
                                                 int64_t begin, int64_t end) {
  martlet_fp_clear();
  martlet_call_kernel(function, buffers, integers, begin, end);
  return martlet_fp_flags();
}

/// Asks for memory that will be read or written soon, line by line. Any address will do.
static inline void martlet_prefetch(const void *_Nonnull address, int64_t bytes) {
  const char *start = (const char *)address;
  for (int64_t i = 0; i < bytes; i += 64) __builtin_prefetch(start + i, 0, 2);
}

#endif
