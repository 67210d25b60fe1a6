// The part of CBLAS that Martlet uses, from whichever BLAS there is: that of NumPy's wheel, which is
// in the process already and counts in 64 bits, or one of the system's, which counts in 32.
#ifndef MARTLET_BLAS_H
#define MARTLET_BLAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Values of CBLAS's enumerations.
#define MARTLET_BLAS_ROW_MAJOR 101
#define MARTLET_BLAS_COLUMN_MAJOR 102
#define MARTLET_BLAS_NO_TRANSPOSE 111
#define MARTLET_BLAS_TRANSPOSE 112
#define MARTLET_BLAS_CONJUGATE_TRANSPOSE 113
#define MARTLET_BLAS_UPPER 121

// One row per function: its name after "cblas_".
#define MARTLET_BLAS_FUNCTIONS(X)                                                              \
  X(sgemm) X(dgemm) X(cgemm) X(zgemm) X(sgemv) X(dgemv) X(cgemv) X(zgemv) X(sdot) X(ddot)      \
  X(cdotu_sub) X(zdotu_sub) X(cdotc_sub) X(zdotc_sub) X(ssyrk) X(dsyrk) X(csyrk) X(zsyrk)

// One row per routine of LAPACK: its name for real and for complex matrices.
#define MARTLET_LAPACK_ROUTINES(X)                                                             \
  X(dgesv, zgesv) X(dgetrf, zgetrf) X(dpotrf, zpotrf) X(dgeqrf, zgeqrf) X(dorgqr, zungqr)      \
  X(dgesdd, zgesdd) X(dgeev, zgeev) X(dsyevd, zheevd) X(dgelsd, zgelsd)
#define MARTLET_LAPACK_ROUTINE_COUNT 9

#define MARTLET_BLAS_FIELD(name) void *_Nonnull name;

/// A task of OpenBLAS: the number of the thread that does it, which no other task of the process has
/// at the same time, the task, and what is passed on.
typedef void (*martlet_openblas_task)(int thread, void *_Nonnull task, int data);
/// What does OpenBLAS's tasks: `count` of them, `bytes` apart. They wait for each other, so all must
/// run at the same time.
typedef void (*martlet_openblas_crew)(int wait, martlet_openblas_task _Nonnull run, int count,
                                      size_t bytes, void *_Nonnull tasks, int data);

/// How many threads OpenBLAS uses, and who they are; NULL where a library does not let us.
typedef struct martlet_openblas_threads {
  void (*_Nullable set_count)(int);
  int (*_Nullable count)(void);
  void (*_Nullable set_crew)(martlet_openblas_crew _Nullable);
} martlet_openblas_threads;

/// Functions of one open BLAS.
typedef struct martlet_blas {
  /// Addresses; call them by the functions below.
  MARTLET_BLAS_FUNCTIONS(MARTLET_BLAS_FIELD)
  /// Whether sizes are 64-bit integers.
  bool is_wide;
  martlet_openblas_threads threads;
  /// The name the library was opened under.
  const char *_Nonnull name;
  /// Of LAPACK's routines, each for real matrices and then for complex ones; NULL where the library
  /// has none. Call them by the functions of `martlet_lapack.h`.
  void *_Nullable lapack[2 * MARTLET_LAPACK_ROUTINE_COUNT];
} martlet_blas;

/// Opens the first BLAS with all these functions: the OpenBLAS that NumPy has loaded, else the
/// system's. With `override` (an absolute path) only that one. NULL leaves in `message` why the last
/// one failed. Not thread-safe: call it under a lock, once.
const martlet_blas *_Nullable martlet_blas_open(const char *_Nullable override,
                                                char *_Nonnull message, int32_t message_bytes);

/// The threads of every OpenBLAS that the process has loaded, at most `room`; returns how many.
int32_t martlet_loaded_openblas(martlet_openblas_threads *_Nonnull found, int32_t room);

// MARK: - Calls; in row-major order where they don't take it

#define MARTLET_BLAS_IN const void *_Nonnull
#define MARTLET_BLAS_OUT void *_Nonnull

// Pointers are untyped, since the complex functions take their scalars by address and Swift has raw
// storage anyway. Who calls keeps sizes within 32 bits where the library is not wide.
#define MARTLET_BLAS_DEFINE_GEMM(name, SCALAR)                                                    \
  static inline void martlet_blas_##name(                                                         \
      const martlet_blas *_Nonnull blas, int order, int left, int right, int64_t m, int64_t n,     \
      int64_t k, SCALAR alpha, MARTLET_BLAS_IN a, int64_t lda, MARTLET_BLAS_IN b, int64_t ldb, SCALAR beta,  \
      MARTLET_BLAS_OUT c, int64_t ldc) {                                                          \
    typedef void (*wide)(int, int, int, int64_t, int64_t, int64_t, SCALAR, const void *, int64_t, \
                         const void *, int64_t, SCALAR, void *, int64_t);                         \
    typedef void (*narrow)(int, int, int, int, int, int, SCALAR, const void *, int, const void *, \
                           int, SCALAR, void *, int);                                             \
    if (blas->is_wide) {                                                                          \
      ((wide)blas->name)(order, left, right, m, n, k, alpha, a, lda, b, ldb,     \
                         beta, c, ldc);                                                           \
    } else {                                                                                      \
      ((narrow)blas->name)(order, left, right, (int)m, (int)n, (int)k, alpha, a, \
                           (int)lda, b, (int)ldb, beta, c, (int)ldc);                             \
    }                                                                                             \
  }

#define MARTLET_BLAS_DEFINE_GEMV(name, SCALAR)                                                    \
  static inline void martlet_blas_##name(                                                         \
      const martlet_blas *_Nonnull blas, int form, int64_t m, int64_t n, SCALAR alpha,            \
      MARTLET_BLAS_IN a, int64_t lda, MARTLET_BLAS_IN x, int64_t incx, SCALAR beta,               \
      MARTLET_BLAS_OUT y, int64_t incy) {                                                         \
    typedef void (*wide)(int, int, int64_t, int64_t, SCALAR, const void *, int64_t, const void *, \
                         int64_t, SCALAR, void *, int64_t);                                       \
    typedef void (*narrow)(int, int, int, int, SCALAR, const void *, int, const void *, int,      \
                           SCALAR, void *, int);                                                  \
    if (blas->is_wide) {                                                                          \
      ((wide)blas->name)(MARTLET_BLAS_ROW_MAJOR, form, m, n, alpha, a, lda, x, incx, beta, y,     \
                         incy);                                                                   \
    } else {                                                                                      \
      ((narrow)blas->name)(MARTLET_BLAS_ROW_MAJOR, form, (int)m, (int)n, alpha, a, (int)lda, x,   \
                           (int)incx, beta, y, (int)incy);                                        \
    }                                                                                             \
  }

// The upper triangle.
#define MARTLET_BLAS_DEFINE_SYRK(name, SCALAR)                                                    \
  static inline void martlet_blas_##name(                                                         \
      const martlet_blas *_Nonnull blas, int form, int64_t n, int64_t k, SCALAR alpha,            \
      MARTLET_BLAS_IN a, int64_t lda, SCALAR beta, MARTLET_BLAS_OUT c, int64_t ldc) {             \
    typedef void (*wide)(int, int, int, int64_t, int64_t, SCALAR, const void *, int64_t, SCALAR,  \
                         void *, int64_t);                                                        \
    typedef void (*narrow)(int, int, int, int, int, SCALAR, const void *, int, SCALAR, void *,    \
                           int);                                                                  \
    if (blas->is_wide) {                                                                          \
      ((wide)blas->name)(MARTLET_BLAS_ROW_MAJOR, MARTLET_BLAS_UPPER, form, n, k, alpha, a, lda,   \
                         beta, c, ldc);                                                           \
    } else {                                                                                      \
      ((narrow)blas->name)(MARTLET_BLAS_ROW_MAJOR, MARTLET_BLAS_UPPER, form, (int)n, (int)k,      \
                           alpha, a, (int)lda, beta, c, (int)ldc);                                \
    }                                                                                             \
  }

#define MARTLET_BLAS_DEFINE_DOT(name, RESULT)                                                     \
  static inline RESULT martlet_blas_##name(const martlet_blas *_Nonnull blas, int64_t n,          \
                                           MARTLET_BLAS_IN x, int64_t incx, MARTLET_BLAS_IN y,    \
                                           int64_t incy) {                                        \
    typedef RESULT (*wide)(int64_t, const void *, int64_t, const void *, int64_t);                \
    typedef RESULT (*narrow)(int, const void *, int, const void *, int);                          \
    return blas->is_wide ? ((wide)blas->name)(n, x, incx, y, incy)                                \
                         : ((narrow)blas->name)((int)n, x, (int)incx, y, (int)incy);              \
  }

#define MARTLET_BLAS_DEFINE_DOT_SUB(name)                                                         \
  static inline void martlet_blas_##name(const martlet_blas *_Nonnull blas, int64_t n,            \
                                         MARTLET_BLAS_IN x, int64_t incx, MARTLET_BLAS_IN y,      \
                                         int64_t incy, MARTLET_BLAS_OUT result) {                 \
    typedef void (*wide)(int64_t, const void *, int64_t, const void *, int64_t, void *);          \
    typedef void (*narrow)(int, const void *, int, const void *, int, void *);                    \
    if (blas->is_wide) {                                                                          \
      ((wide)blas->name)(n, x, incx, y, incy, result);                                            \
    } else {                                                                                      \
      ((narrow)blas->name)((int)n, x, (int)incx, y, (int)incy, result);                           \
    }                                                                                             \
  }

MARTLET_BLAS_DEFINE_GEMM(sgemm, float)
MARTLET_BLAS_DEFINE_GEMM(dgemm, double)
MARTLET_BLAS_DEFINE_GEMM(cgemm, MARTLET_BLAS_IN)
MARTLET_BLAS_DEFINE_GEMM(zgemm, MARTLET_BLAS_IN)
MARTLET_BLAS_DEFINE_GEMV(sgemv, float)
MARTLET_BLAS_DEFINE_GEMV(dgemv, double)
MARTLET_BLAS_DEFINE_GEMV(cgemv, MARTLET_BLAS_IN)
MARTLET_BLAS_DEFINE_GEMV(zgemv, MARTLET_BLAS_IN)
MARTLET_BLAS_DEFINE_SYRK(ssyrk, float)
MARTLET_BLAS_DEFINE_SYRK(dsyrk, double)
MARTLET_BLAS_DEFINE_SYRK(csyrk, MARTLET_BLAS_IN)
MARTLET_BLAS_DEFINE_SYRK(zsyrk, MARTLET_BLAS_IN)
MARTLET_BLAS_DEFINE_DOT(sdot, float)
MARTLET_BLAS_DEFINE_DOT(ddot, double)
MARTLET_BLAS_DEFINE_DOT_SUB(cdotu_sub)
MARTLET_BLAS_DEFINE_DOT_SUB(zdotu_sub)
MARTLET_BLAS_DEFINE_DOT_SUB(cdotc_sub)
MARTLET_BLAS_DEFINE_DOT_SUB(zdotc_sub)

#endif
