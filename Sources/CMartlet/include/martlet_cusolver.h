// The part of cuSOLVER that Martlet uses: factorisations of dense matrices (CUDA 11 to 13). Matrices
// are column-major and lie, as do their workspaces, at addresses of the device.
#ifndef MARTLET_CUSOLVER_H
#define MARTLET_CUSOLVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "martlet_cuda.h"

typedef struct martlet_cusolver_handle *martlet_cusolver_handle_ref;

// Values of cuSOLVER's and cuBLAS's enumerations.
#define MARTLET_CUSOLVER_SUCCESS 0
#define MARTLET_CUSOLVER_ALLOC_FAILED 2
#define MARTLET_CUSOLVER_LOWER 0
#define MARTLET_CUSOLVER_UPPER 1
#define MARTLET_CUSOLVER_NO_TRANSPOSE 0
#define MARTLET_CUSOLVER_NO_VECTORS 0
#define MARTLET_CUSOLVER_VECTORS 1

#define MARTLET_CUSOLVER_HANDLE martlet_cusolver_handle_ref _Nonnull

// What there is of each function for every dtype: the field, the name for real and for complex
// matrices after "cusolverDn" and a letter for the dtype, arguments. All return a cusolverStatus_t.
// Sizes of workspaces count elements.
#define MARTLET_CUSOLVER_LOOPS(X) \
  X(potrf_size, "potrf_bufferSize", "potrf_bufferSize", \
    (MARTLET_CUSOLVER_HANDLE, int, int, uint64_t, int, int *_Nonnull)) \
  X(potrf, "potrf", "potrf", \
    (MARTLET_CUSOLVER_HANDLE, int, int, uint64_t, int, uint64_t, int, uint64_t)) \
  X(getrf_size, "getrf_bufferSize", "getrf_bufferSize", \
    (MARTLET_CUSOLVER_HANDLE, int, int, uint64_t, int, int *_Nonnull)) \
  X(getrf, "getrf", "getrf", \
    (MARTLET_CUSOLVER_HANDLE, int, int, uint64_t, int, uint64_t, uint64_t, uint64_t)) \
  X(getrs, "getrs", "getrs", \
    (MARTLET_CUSOLVER_HANDLE, int, int, int, uint64_t, int, uint64_t, uint64_t, int, uint64_t)) \
  X(geqrf_size, "geqrf_bufferSize", "geqrf_bufferSize", \
    (MARTLET_CUSOLVER_HANDLE, int, int, uint64_t, int, int *_Nonnull)) \
  X(geqrf, "geqrf", "geqrf", \
    (MARTLET_CUSOLVER_HANDLE, int, int, uint64_t, int, uint64_t, uint64_t, int, uint64_t)) \
  X(orgqr_size, "orgqr_bufferSize", "ungqr_bufferSize", \
    (MARTLET_CUSOLVER_HANDLE, int, int, int, uint64_t, int, uint64_t, int *_Nonnull)) \
  X(orgqr, "orgqr", "ungqr", \
    (MARTLET_CUSOLVER_HANDLE, int, int, int, uint64_t, int, uint64_t, uint64_t, int, uint64_t)) \
  X(syevd_size, "syevd_bufferSize", "heevd_bufferSize", \
    (MARTLET_CUSOLVER_HANDLE, int, int, int, uint64_t, int, uint64_t, int *_Nonnull)) \
  X(syevd, "syevd", "heevd", \
    (MARTLET_CUSOLVER_HANDLE, int, int, int, uint64_t, int, uint64_t, uint64_t, int, uint64_t)) \
  X(gesvd_size, "gesvd_bufferSize", "gesvd_bufferSize", \
    (MARTLET_CUSOLVER_HANDLE, int, int, int *_Nonnull)) \
  X(gesvd, "gesvd", "gesvd", \
    (MARTLET_CUSOLVER_HANDLE, signed char, signed char, int, int, uint64_t, int, uint64_t, \
     uint64_t, int, uint64_t, int, uint64_t, int, uint64_t, uint64_t))

#define MARTLET_CUSOLVER_FIELD(field, real, complex, arguments) int (*_Nonnull field) arguments;

/// The functions for matrices of one dtype.
typedef struct martlet_cusolver_loops {
  MARTLET_CUSOLVER_LOOPS(MARTLET_CUSOLVER_FIELD)
} martlet_cusolver_loops;

/// Functions of one open cuSOLVER.
typedef struct martlet_cusolver {
  int (*_Nonnull Create)(martlet_cusolver_handle_ref _Nullable *_Nonnull);
  int (*_Nonnull Destroy)(martlet_cusolver_handle_ref _Nonnull);
  int (*_Nonnull SetStream)(martlet_cusolver_handle_ref _Nonnull, martlet_cuda_stream_ref _Nonnull);
  martlet_cusolver_loops float32, float64, complex64, complex128;
} martlet_cusolver;

/// Opens cuSOLVER under `name` (a soname or an absolute path) and fills `table`. False leaves in
/// `message` why not, and `table` as it was.
bool martlet_cusolver_open(const char *_Nonnull name, martlet_cusolver *_Nonnull table,
                           char *_Nonnull message, int32_t message_bytes);

#endif
