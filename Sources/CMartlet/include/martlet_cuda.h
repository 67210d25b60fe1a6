// The part of CUDA's driver interface that Martlet uses, declared here so that it builds where no
// CUDA is installed. Names, types and values are those of CUDA 11.2 to 13.
#ifndef MARTLET_CUDA_H
#define MARTLET_CUDA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct martlet_cuda_context *martlet_cuda_context_ref;
typedef struct martlet_cuda_stream *martlet_cuda_stream_ref;
typedef struct martlet_cuda_event *martlet_cuda_event_ref;
typedef struct martlet_cuda_pool *martlet_cuda_pool_ref;
typedef struct martlet_cuda_module *martlet_cuda_module_ref;
typedef struct martlet_cuda_function *martlet_cuda_function_ref;

// Values of CUresult.
#define MARTLET_CUDA_SUCCESS 0
#define MARTLET_CUDA_OUT_OF_MEMORY 2
#define MARTLET_CUDA_ECC_UNCORRECTABLE 214
#define MARTLET_CUDA_NVLINK_UNCORRECTABLE 220
#define MARTLET_CUDA_CONTAINED 226
#define MARTLET_CUDA_ILLEGAL_ADDRESS 700
#define MARTLET_CUDA_LAUNCH_TIMEOUT 702
#define MARTLET_CUDA_CONTEXT_IS_DESTROYED 709
#define MARTLET_CUDA_ASSERT 710
#define MARTLET_CUDA_HARDWARE_STACK_ERROR 714
#define MARTLET_CUDA_ILLEGAL_INSTRUCTION 715
#define MARTLET_CUDA_MISALIGNED_ADDRESS 716
#define MARTLET_CUDA_INVALID_ADDRESS_SPACE 717
#define MARTLET_CUDA_INVALID_PC 718
#define MARTLET_CUDA_LAUNCH_FAILED 719
#define MARTLET_CUDA_TENSOR_MEMORY_LEAK 721

// Values of CUdevice_attribute.
#define MARTLET_CUDA_MAX_THREADS_PER_BLOCK 1
#define MARTLET_CUDA_MAX_BLOCK_X 2
#define MARTLET_CUDA_MAX_BLOCK_Y 3
#define MARTLET_CUDA_MAX_BLOCK_Z 4
#define MARTLET_CUDA_MAX_GRID_X 5
#define MARTLET_CUDA_MAX_GRID_Y 6
#define MARTLET_CUDA_MAX_GRID_Z 7
#define MARTLET_CUDA_MULTIPROCESSOR_COUNT 16
#define MARTLET_CUDA_CAPABILITY_MAJOR 75
#define MARTLET_CUDA_CAPABILITY_MINOR 76
#define MARTLET_CUDA_MEMORY_POOLS_SUPPORTED 115

// Values of CUpointer_attribute.
#define MARTLET_CUDA_POINTER_DEVICE 9

// Values of CUmemPool_attribute; each is a uint64_t.
#define MARTLET_CUDA_POOL_RELEASE_THRESHOLD 4
#define MARTLET_CUDA_POOL_RESERVED 5
#define MARTLET_CUDA_POOL_USED 7

// Flags and options.
#define MARTLET_CUDA_STREAM_NON_BLOCKING 1
#define MARTLET_CUDA_EVENT_DISABLE_TIMING 2
#define MARTLET_CUDA_HOST_PORTABLE 1
#define MARTLET_CUDA_JIT_ERROR_LOG 5
#define MARTLET_CUDA_JIT_ERROR_LOG_BYTES 6

// One row per function: name after "cu", arguments. All return a CUresult. Device addresses are
// 64-bit numbers.
#define MARTLET_CUDA_FUNCTIONS(X) \
  X(Init, (unsigned)) \
  X(DriverGetVersion, (int *_Nonnull)) \
  X(GetErrorName, (int, const char *_Nullable *_Nonnull)) \
  X(GetErrorString, (int, const char *_Nullable *_Nonnull)) \
  X(DeviceGetCount, (int *_Nonnull)) \
  X(DeviceGet, (int *_Nonnull, int)) \
  X(DeviceGetName, (char *_Nonnull, int, int)) \
  X(DeviceTotalMem_v2, (size_t *_Nonnull, int)) \
  X(DeviceGetAttribute, (int *_Nonnull, int, int)) \
  X(DevicePrimaryCtxRetain, (martlet_cuda_context_ref _Nullable *_Nonnull, int)) \
  X(DevicePrimaryCtxRelease_v2, (int)) \
  X(CtxPushCurrent_v2, (martlet_cuda_context_ref _Nonnull)) \
  X(CtxPopCurrent_v2, (martlet_cuda_context_ref _Nullable *_Nonnull)) \
  X(MemGetInfo_v2, (size_t *_Nonnull, size_t *_Nonnull)) \
  X(MemAlloc_v2, (uint64_t *_Nonnull, size_t)) \
  X(MemFree_v2, (uint64_t)) \
  X(MemHostAlloc, (void *_Nullable *_Nonnull, size_t, unsigned)) \
  X(MemFreeHost, (void *_Nonnull)) \
  X(MemcpyHtoDAsync_v2, (uint64_t, const void *_Nonnull, size_t, martlet_cuda_stream_ref _Nonnull)) \
  X(MemcpyDtoHAsync_v2, (void *_Nonnull, uint64_t, size_t, martlet_cuda_stream_ref _Nonnull)) \
  X(MemcpyDtoDAsync_v2, (uint64_t, uint64_t, size_t, martlet_cuda_stream_ref _Nonnull)) \
  X(StreamCreate, (martlet_cuda_stream_ref _Nullable *_Nonnull, unsigned)) \
  X(StreamDestroy_v2, (martlet_cuda_stream_ref _Nonnull)) \
  X(StreamSynchronize, (martlet_cuda_stream_ref _Nonnull)) \
  X(StreamWaitEvent, (martlet_cuda_stream_ref _Nonnull, martlet_cuda_event_ref _Nonnull, \
    unsigned)) \
  X(PointerGetAttribute, (void *_Nonnull, int, uint64_t)) \
  X(EventCreate, (martlet_cuda_event_ref _Nullable *_Nonnull, unsigned)) \
  X(EventDestroy_v2, (martlet_cuda_event_ref _Nonnull)) \
  X(EventRecord, (martlet_cuda_event_ref _Nonnull, martlet_cuda_stream_ref _Nonnull)) \
  X(EventSynchronize, (martlet_cuda_event_ref _Nonnull)) \
  X(ModuleLoadDataEx, (martlet_cuda_module_ref _Nullable *_Nonnull, const void *_Nonnull, \
    unsigned, int *_Nullable, void *_Nullable *_Nullable)) \
  X(ModuleUnload, (martlet_cuda_module_ref _Nonnull)) \
  X(ModuleGetFunction, (martlet_cuda_function_ref _Nullable *_Nonnull, \
    martlet_cuda_module_ref _Nonnull, const char *_Nonnull)) \
  X(LaunchKernel, (martlet_cuda_function_ref _Nonnull, unsigned, unsigned, unsigned, unsigned, \
    unsigned, unsigned, unsigned, martlet_cuda_stream_ref _Nonnull, \
    void *_Nullable *_Nullable, void *_Nullable *_Nullable))

// What drivers before 11.2 lack.
#define MARTLET_CUDA_POOL_FUNCTIONS(X) \
  X(DeviceGetDefaultMemPool, (martlet_cuda_pool_ref _Nullable *_Nonnull, int)) \
  X(MemPoolSetAttribute, (martlet_cuda_pool_ref _Nonnull, int, void *_Nonnull)) \
  X(MemPoolGetAttribute, (martlet_cuda_pool_ref _Nonnull, int, void *_Nonnull)) \
  X(MemPoolTrimTo, (martlet_cuda_pool_ref _Nonnull, size_t)) \
  X(MemAllocAsync, (uint64_t *_Nonnull, size_t, martlet_cuda_stream_ref _Nonnull)) \
  X(MemFreeAsync, (uint64_t, martlet_cuda_stream_ref _Nonnull))

#define MARTLET_CUDA_FIELD(name, arguments) int (*_Nonnull name) arguments;
#define MARTLET_CUDA_POOL_FIELD(name, arguments) int (*_Nullable name) arguments;

/// Functions of one open driver.
typedef struct martlet_cuda {
  MARTLET_CUDA_FUNCTIONS(MARTLET_CUDA_FIELD)
  /// All or none of these are there.
  MARTLET_CUDA_POOL_FUNCTIONS(MARTLET_CUDA_POOL_FIELD)
} martlet_cuda;

/// Opens the driver under `name` (a soname or an absolute path) and fills `table`. False leaves in
/// `message` why not, and `table` as it was.
bool martlet_cuda_open(const char *_Nonnull name, martlet_cuda *_Nonnull table,
                       char *_Nonnull message, int32_t message_bytes);

#endif
