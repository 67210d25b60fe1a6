// The part of CBLAS that Martlet uses, from whichever BLAS is installed (32-bit integers).
#ifndef MARTLET_BLAS_H
#define MARTLET_BLAS_H

#include <stdint.h>

// Values of CBLAS's enumerations.
#define MARTLET_BLAS_ROW_MAJOR 101
#define MARTLET_BLAS_COLUMN_MAJOR 102
#define MARTLET_BLAS_NO_TRANSPOSE 111
#define MARTLET_BLAS_TRANSPOSE 112
#define MARTLET_BLAS_CONJUGATE_TRANSPOSE 113
#define MARTLET_BLAS_UPPER 121
#define MARTLET_BLAS_LOWER 122

#define MARTLET_BLAS_IN const void *_Nonnull
#define MARTLET_BLAS_OUT void *_Nonnull

// order, transA, transB, M, N, K, alpha, A, lda, B, ldb, beta, C, ldc. Pointers are untyped, since
// the complex functions take their scalars by address and Swift has raw storage anyway.
#define MARTLET_BLAS_GEMM(SCALAR) \
  (int, int, int, int, int, int, SCALAR, MARTLET_BLAS_IN, int, MARTLET_BLAS_IN, int, SCALAR, \
   MARTLET_BLAS_OUT, int)
// order, transA, M, N, alpha, A, lda, x, incx, beta, y, incy.
#define MARTLET_BLAS_GEMV(SCALAR) \
  (int, int, int, int, SCALAR, MARTLET_BLAS_IN, int, MARTLET_BLAS_IN, int, SCALAR, \
   MARTLET_BLAS_OUT, int)
// order, uplo, trans, N, K, alpha, A, lda, beta, C, ldc.
#define MARTLET_BLAS_SYRK(SCALAR) \
  (int, int, int, int, int, SCALAR, MARTLET_BLAS_IN, int, SCALAR, MARTLET_BLAS_OUT, int)

// One row per function: result, name after "cblas_", arguments.
#define MARTLET_BLAS_FUNCTIONS(X) \
  X(void, sgemm, MARTLET_BLAS_GEMM(float)) \
  X(void, dgemm, MARTLET_BLAS_GEMM(double)) \
  X(void, cgemm, MARTLET_BLAS_GEMM(MARTLET_BLAS_IN)) \
  X(void, zgemm, MARTLET_BLAS_GEMM(MARTLET_BLAS_IN)) \
  X(void, sgemv, MARTLET_BLAS_GEMV(float)) \
  X(void, dgemv, MARTLET_BLAS_GEMV(double)) \
  X(void, cgemv, MARTLET_BLAS_GEMV(MARTLET_BLAS_IN)) \
  X(void, zgemv, MARTLET_BLAS_GEMV(MARTLET_BLAS_IN)) \
  X(float, sdot, (int, MARTLET_BLAS_IN, int, MARTLET_BLAS_IN, int)) \
  X(double, ddot, (int, MARTLET_BLAS_IN, int, MARTLET_BLAS_IN, int)) \
  X(void, cdotu_sub, (int, MARTLET_BLAS_IN, int, MARTLET_BLAS_IN, int, MARTLET_BLAS_OUT)) \
  X(void, zdotu_sub, (int, MARTLET_BLAS_IN, int, MARTLET_BLAS_IN, int, MARTLET_BLAS_OUT)) \
  X(void, cdotc_sub, (int, MARTLET_BLAS_IN, int, MARTLET_BLAS_IN, int, MARTLET_BLAS_OUT)) \
  X(void, zdotc_sub, (int, MARTLET_BLAS_IN, int, MARTLET_BLAS_IN, int, MARTLET_BLAS_OUT)) \
  X(void, ssyrk, MARTLET_BLAS_SYRK(float)) \
  X(void, dsyrk, MARTLET_BLAS_SYRK(double)) \
  X(void, csyrk, MARTLET_BLAS_SYRK(MARTLET_BLAS_IN)) \
  X(void, zsyrk, MARTLET_BLAS_SYRK(MARTLET_BLAS_IN))

#define MARTLET_BLAS_FIELD(result, name, arguments) result (*_Nonnull name) arguments;

/// Functions of one open BLAS.
typedef struct martlet_blas {
  MARTLET_BLAS_FUNCTIONS(MARTLET_BLAS_FIELD)
  /// OpenBLAS only.
  void (*_Nullable set_thread_count)(int);
  int (*_Nullable thread_count)(void);
  /// The name the library was opened under.
  const char *_Nonnull name;
  /// For `martlet_symbol`: LAPACK lies in the same library in OpenBLAS.
  void *_Nonnull library;
} martlet_blas;

/// Opens the first BLAS found with all these functions. With `override` (an absolute path) only
/// that one. NULL leaves in `message` why the last one failed. Not thread-safe: call it under a
/// lock, once.
const martlet_blas *_Nullable martlet_blas_open(const char *_Nullable override,
                                                char *_Nonnull message, int32_t message_bytes);

#endif
