// DLPack's structures, in which array libraries pass each other memory (versions 0.8 and 1.x).
#ifndef MARTLET_DLPACK_H
#define MARTLET_DLPACK_H

#include <stdint.h>

// Values of DLDeviceType.
#define MARTLET_DLPACK_CPU 1
#define MARTLET_DLPACK_CUDA 2
#define MARTLET_DLPACK_CUDA_HOST 3
#define MARTLET_DLPACK_CUDA_MANAGED 13

// Values of DLDataTypeCode.
#define MARTLET_DLPACK_INT 0
#define MARTLET_DLPACK_UINT 1
#define MARTLET_DLPACK_FLOAT 2
#define MARTLET_DLPACK_BFLOAT 4
#define MARTLET_DLPACK_COMPLEX 5
#define MARTLET_DLPACK_BOOL 6

// Bits of the flags of a tensor with a version.
#define MARTLET_DLPACK_READ_ONLY 1
#define MARTLET_DLPACK_IS_COPIED 2

typedef struct martlet_dlpack_tensor {
  void *_Nullable data;
  int32_t device_type, device_number;
  int32_t rank;
  uint8_t type_code, type_bits;
  uint16_t type_lanes;
  int64_t *_Nullable shape;
  /// In elements; NULL for C order.
  int64_t *_Nullable strides;
  uint64_t byte_offset;
} martlet_dlpack_tensor;

/// What a capsule named "dltensor" holds.
typedef struct martlet_dlpack_managed {
  martlet_dlpack_tensor tensor;
  void *_Nullable context;
  void (*_Nullable deleter)(struct martlet_dlpack_managed *_Nonnull);
} martlet_dlpack_managed;

/// What a capsule named "dltensor_versioned" holds.
typedef struct martlet_dlpack_versioned {
  uint32_t major, minor;
  void *_Nullable context;
  void (*_Nullable deleter)(struct martlet_dlpack_versioned *_Nonnull);
  uint64_t flags;
  martlet_dlpack_tensor tensor;
} martlet_dlpack_versioned;

#endif
