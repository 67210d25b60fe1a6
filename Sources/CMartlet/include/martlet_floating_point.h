// The processor's floating-point state: sticky flags, and the control bits that decide results.
#ifndef MARTLET_FLOATING_POINT_H
#define MARTLET_FLOATING_POINT_H

#include <stdint.h>

#if !defined(__x86_64__)
#include <fenv.h>
#endif

// The values NumPy gives these flags.
#define MARTLET_FP_DIVIDE 1u
#define MARTLET_FP_OVERFLOW 2u
#define MARTLET_FP_UNDERFLOW 4u
#define MARTLET_FP_INVALID 8u

#if defined(__x86_64__)

// MXCSR: invalid 1, denormal 2, divide 4, overflow 8, underflow 16, inexact 32; control above.
#define MARTLET_MXCSR_EVENTS 0x1du
#define MARTLET_MXCSR_STICKY 0x3fu

static inline uint32_t martlet_fp_flags(void) {
  uint32_t state = __builtin_ia32_stmxcsr();
  return ((state >> 2) & 7u) | ((state & 1u) << 3);
}

// Writing the register drains the pipeline, so it is written only when there is something to clear.
static inline void martlet_fp_clear(void) {
  uint32_t state = __builtin_ia32_stmxcsr();
  if (state & MARTLET_MXCSR_EVENTS) __builtin_ia32_ldmxcsr(state & ~MARTLET_MXCSR_STICKY);
}

/// Rounding mode and flushing of subnormals, to be carried from one thread to another.
static inline uint32_t martlet_fp_control(void) {
  return __builtin_ia32_stmxcsr() & ~MARTLET_MXCSR_STICKY;
}

/// Sets the control bits and clears all flags.
static inline void martlet_fp_set_control(uint32_t control) {
  if (__builtin_ia32_stmxcsr() != control) __builtin_ia32_ldmxcsr(control);
}

/// Raises flags by hand, for values computed outside a kernel.
static inline void martlet_fp_raise(uint32_t flags) {
  uint32_t bits = ((flags & 7u) << 2) | ((flags >> 3) & 1u);
  __builtin_ia32_ldmxcsr(__builtin_ia32_stmxcsr() | bits);
}

#else

static inline uint32_t martlet_fp_flags(void) {
  int raised = fetestexcept(FE_DIVBYZERO | FE_OVERFLOW | FE_UNDERFLOW | FE_INVALID);
  return (raised & FE_DIVBYZERO ? MARTLET_FP_DIVIDE : 0)
      | (raised & FE_OVERFLOW ? MARTLET_FP_OVERFLOW : 0)
      | (raised & FE_UNDERFLOW ? MARTLET_FP_UNDERFLOW : 0)
      | (raised & FE_INVALID ? MARTLET_FP_INVALID : 0);
}

static inline void martlet_fp_clear(void) {
  if (martlet_fp_flags() != 0) feclearexcept(FE_ALL_EXCEPT);
}

static inline uint32_t martlet_fp_control(void) { return (uint32_t)fegetround(); }

static inline void martlet_fp_set_control(uint32_t control) {
  if (fegetround() != (int)control) fesetround((int)control);
  martlet_fp_clear();
}

static inline void martlet_fp_raise(uint32_t flags) {
  feraiseexcept((flags & MARTLET_FP_DIVIDE ? FE_DIVBYZERO : 0)
      | (flags & MARTLET_FP_OVERFLOW ? FE_OVERFLOW : 0)
      | (flags & MARTLET_FP_UNDERFLOW ? FE_UNDERFLOW : 0)
      | (flags & MARTLET_FP_INVALID ? FE_INVALID : 0));
}

#endif

/// The flags raised since they were last cleared, which clears them.
static inline uint32_t martlet_fp_take(void) {
  uint32_t flags = martlet_fp_flags();
  if (flags != 0) martlet_fp_clear();
  return flags;
}

#endif
