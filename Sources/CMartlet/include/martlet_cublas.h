// The part of cuBLAS that Martlet uses (11 to 13). Matrices are column-major.
#ifndef MARTLET_CUBLAS_H
#define MARTLET_CUBLAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "martlet_cuda.h"

typedef struct martlet_cublas_handle *martlet_cublas_handle_ref;

// Values of cuBLAS's enumerations.
#define MARTLET_CUBLAS_SUCCESS 0
#define MARTLET_CUBLAS_ALLOC_FAILED 3
#define MARTLET_CUBLAS_NO_TRANSPOSE 0
#define MARTLET_CUBLAS_TRANSPOSE 1
/// Single precision is computed in single precision, not in TF32.
#define MARTLET_CUBLAS_DEFAULT_MATH 0

// handle, transA, transB, m, n, k, alpha, A, lda, B, ldb, beta, C, ldc. `alpha` and `beta` lie in
// host memory, the matrices at addresses of the device.
#define MARTLET_CUBLAS_GEMM \
  (martlet_cublas_handle_ref _Nonnull, int, int, int, int, int, const void *_Nonnull, uint64_t, \
   int, uint64_t, int, const void *_Nonnull, uint64_t, int)

// The same for matrices at equal distances: after each leading dimension the distance, in elements,
// which may be 0 but for C; last how many there are.
#define MARTLET_CUBLAS_BATCHED_GEMM \
  (martlet_cublas_handle_ref _Nonnull, int, int, int, int, int, const void *_Nonnull, uint64_t, \
   int, long long, uint64_t, int, long long, const void *_Nonnull, uint64_t, int, long long, int)

// One row per function: name after "cublas", arguments. All return a cublasStatus_t.
#define MARTLET_CUBLAS_FUNCTIONS(X) \
  X(Create_v2, (martlet_cublas_handle_ref _Nullable *_Nonnull)) \
  X(Destroy_v2, (martlet_cublas_handle_ref _Nonnull)) \
  X(GetVersion_v2, (martlet_cublas_handle_ref _Nonnull, int *_Nonnull)) \
  X(SetStream_v2, (martlet_cublas_handle_ref _Nonnull, martlet_cuda_stream_ref _Nonnull)) \
  X(SetMathMode, (martlet_cublas_handle_ref _Nonnull, int)) \
  X(Sgemm_v2, MARTLET_CUBLAS_GEMM) \
  X(Dgemm_v2, MARTLET_CUBLAS_GEMM) \
  X(Cgemm_v2, MARTLET_CUBLAS_GEMM) \
  X(Zgemm_v2, MARTLET_CUBLAS_GEMM) \
  X(SgemmStridedBatched, MARTLET_CUBLAS_BATCHED_GEMM) \
  X(DgemmStridedBatched, MARTLET_CUBLAS_BATCHED_GEMM) \
  X(CgemmStridedBatched, MARTLET_CUBLAS_BATCHED_GEMM) \
  X(ZgemmStridedBatched, MARTLET_CUBLAS_BATCHED_GEMM)

#define MARTLET_CUBLAS_FIELD(name, arguments) int (*_Nonnull name) arguments;

/// Functions of one open cuBLAS.
typedef struct martlet_cublas {
  MARTLET_CUBLAS_FUNCTIONS(MARTLET_CUBLAS_FIELD)
  /// From 11.4 on.
  const char *_Nullable (*_Nullable GetStatusName)(int);
} martlet_cublas;

/// Opens cuBLAS under `name` (a soname or an absolute path) and fills `table`. False leaves in
/// `message` why not, and `table` as it was.
bool martlet_cublas_open(const char *_Nonnull name, martlet_cublas *_Nonnull table,
                         char *_Nonnull message, int32_t message_bytes);

#endif
