// The part of cuFFT that Martlet uses (CUDA 11 to 13).
#ifndef MARTLET_CUFFT_H
#define MARTLET_CUFFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "martlet_cuda.h"

// Values of cuFFT's enumerations.
#define MARTLET_CUFFT_SUCCESS 0
#define MARTLET_CUFFT_ALLOC_FAILED 2
#define MARTLET_CUFFT_R2C 0x2a
#define MARTLET_CUFFT_C2R 0x2c
#define MARTLET_CUFFT_C2C 0x29
#define MARTLET_CUFFT_D2Z 0x6a
#define MARTLET_CUFFT_Z2D 0x6c
#define MARTLET_CUFFT_Z2Z 0x69
#define MARTLET_CUFFT_FORWARD (-1)
#define MARTLET_CUFFT_INVERSE 1

// One row per function: name after "cufft", arguments. All return a cufftResult. A plan is a number;
// what is transformed lies at addresses of the device.
#define MARTLET_CUFFT_FUNCTIONS(X) \
  X(GetVersion, (int *_Nonnull)) \
  X(Create, (int *_Nonnull)) \
  X(Destroy, (int)) \
  X(SetAutoAllocation, (int, int)) \
  X(SetWorkArea, (int, uint64_t)) \
  X(SetStream, (int, martlet_cuda_stream_ref _Nonnull)) \
  X(MakePlanMany64, (int, int, long long *_Nonnull, long long *_Nullable, long long, long long, \
    long long *_Nullable, long long, long long, int, long long, size_t *_Nonnull)) \
  X(ExecC2C, (int, uint64_t, uint64_t, int)) \
  X(ExecZ2Z, (int, uint64_t, uint64_t, int)) \
  X(ExecR2C, (int, uint64_t, uint64_t)) \
  X(ExecD2Z, (int, uint64_t, uint64_t)) \
  X(ExecC2R, (int, uint64_t, uint64_t)) \
  X(ExecZ2D, (int, uint64_t, uint64_t))

#define MARTLET_CUFFT_FIELD(name, arguments) int (*_Nonnull name) arguments;

/// Functions of one open cuFFT.
typedef struct martlet_cufft {
  MARTLET_CUFFT_FUNCTIONS(MARTLET_CUFFT_FIELD)
} martlet_cufft;

/// Opens cuFFT under `name` (a soname or an absolute path) and fills `table`. False leaves in
/// `message` why not, and `table` as it was.
bool martlet_cufft_open(const char *_Nonnull name, martlet_cufft *_Nonnull table,
                        char *_Nonnull message, int32_t message_bytes);

#endif
