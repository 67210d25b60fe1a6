// The part of OpenCL 1.2 that Martlet uses, declared here so that it builds where no OpenCL is
// installed. Every later version has it too.
#ifndef MARTLET_OPENCL_H
#define MARTLET_OPENCL_H

#include <stddef.h>
#include <stdint.h>

typedef struct martlet_cl_platform *martlet_cl_platform;
typedef struct martlet_cl_device *martlet_cl_device;
typedef struct martlet_cl_context *martlet_cl_context;
typedef struct martlet_cl_queue *martlet_cl_queue;
typedef struct martlet_cl_memory *martlet_cl_memory;
typedef struct martlet_cl_program *martlet_cl_program;
typedef struct martlet_cl_kernel *martlet_cl_kernel;
typedef struct martlet_cl_event *martlet_cl_event;

// Values of OpenCL's enumerations.
#define MARTLET_CL_PLATFORM_VERSION 0x0901
#define MARTLET_CL_PLATFORM_NAME 0x0902
#define MARTLET_CL_DEVICE_TYPE_ALL 0xffffffff
#define MARTLET_CL_DEVICE_TYPE_CPU 2
#define MARTLET_CL_DEVICE_TYPE 0x1000
#define MARTLET_CL_DEVICE_MAX_COMPUTE_UNITS 0x1002
#define MARTLET_CL_DEVICE_MAX_WORK_GROUP_SIZE 0x1004
#define MARTLET_CL_DEVICE_MAX_WORK_ITEM_SIZES 0x1005
#define MARTLET_CL_DEVICE_MAX_MEMORY_ALLOCATION 0x1010
#define MARTLET_CL_DEVICE_MEMORY_ALIGNMENT 0x1019
#define MARTLET_CL_DEVICE_FLOAT_CONFIGURATION 0x101b
#define MARTLET_CL_DEVICE_MEMORY 0x101f
#define MARTLET_CL_DEVICE_IS_LITTLE_ENDIAN 0x1026
#define MARTLET_CL_DEVICE_IS_AVAILABLE 0x1027
#define MARTLET_CL_DEVICE_HAS_COMPILER 0x1028
#define MARTLET_CL_DEVICE_NAME 0x102b
#define MARTLET_CL_DRIVER_VERSION 0x102d
#define MARTLET_CL_DEVICE_PROFILE 0x102e
#define MARTLET_CL_DEVICE_VERSION 0x102f
#define MARTLET_CL_DEVICE_EXTENSIONS 0x1030
#define MARTLET_CL_FLOAT_DIVIDES_CORRECTLY 0x80
#define MARTLET_CL_MEMORY_READ_WRITE 1
#define MARTLET_CL_PROGRAM_BINARY_SIZES 0x1165
#define MARTLET_CL_PROGRAM_BINARIES 0x1166
#define MARTLET_CL_PROGRAM_BUILD_LOG 0x1183
#define MARTLET_CL_KERNEL_WORK_GROUP_SIZE 0x11b0
#define MARTLET_CL_EVENT_STATUS 0x11d3

#define MARTLET_CL_EVENTS \
  uint32_t, const martlet_cl_event _Nonnull *_Nullable, martlet_cl_event _Nullable *_Nullable

// One row per function: result, name after "cl", arguments. Callbacks are always NULL here.
#define MARTLET_OPENCL_FUNCTIONS(X) \
  X(int32_t, GetPlatformIDs, \
    (uint32_t, martlet_cl_platform _Nullable *_Nullable, uint32_t *_Nullable)) \
  X(int32_t, GetPlatformInfo, \
    (martlet_cl_platform _Nonnull, uint32_t, size_t, void *_Nullable, size_t *_Nullable)) \
  X(int32_t, GetDeviceIDs, (martlet_cl_platform _Nonnull, uint64_t, uint32_t, \
    martlet_cl_device _Nullable *_Nullable, uint32_t *_Nullable)) \
  X(int32_t, GetDeviceInfo, \
    (martlet_cl_device _Nonnull, uint32_t, size_t, void *_Nullable, size_t *_Nullable)) \
  X(martlet_cl_context _Nullable, CreateContext, (const intptr_t *_Nullable, uint32_t, \
    const martlet_cl_device _Nonnull *_Nonnull, void *_Nullable, void *_Nullable, \
    int32_t *_Nonnull)) \
  X(int32_t, ReleaseContext, (martlet_cl_context _Nonnull)) \
  X(martlet_cl_queue _Nullable, CreateCommandQueue, \
    (martlet_cl_context _Nonnull, martlet_cl_device _Nonnull, uint64_t, int32_t *_Nonnull)) \
  X(int32_t, ReleaseCommandQueue, (martlet_cl_queue _Nonnull)) \
  X(int32_t, Flush, (martlet_cl_queue _Nonnull)) \
  X(int32_t, Finish, (martlet_cl_queue _Nonnull)) \
  X(martlet_cl_memory _Nullable, CreateBuffer, \
    (martlet_cl_context _Nonnull, uint64_t, size_t, void *_Nullable, int32_t *_Nonnull)) \
  X(int32_t, ReleaseMemObject, (martlet_cl_memory _Nonnull)) \
  X(int32_t, EnqueueReadBuffer, (martlet_cl_queue _Nonnull, martlet_cl_memory _Nonnull, \
    uint32_t, size_t, size_t, void *_Nonnull, MARTLET_CL_EVENTS)) \
  X(int32_t, EnqueueWriteBuffer, (martlet_cl_queue _Nonnull, martlet_cl_memory _Nonnull, \
    uint32_t, size_t, size_t, const void *_Nonnull, MARTLET_CL_EVENTS)) \
  X(int32_t, EnqueueCopyBuffer, (martlet_cl_queue _Nonnull, martlet_cl_memory _Nonnull, \
    martlet_cl_memory _Nonnull, size_t, size_t, size_t, MARTLET_CL_EVENTS)) \
  X(int32_t, EnqueueNDRangeKernel, (martlet_cl_queue _Nonnull, martlet_cl_kernel _Nonnull, \
    uint32_t, const size_t *_Nullable, const size_t *_Nonnull, const size_t *_Nullable, \
    MARTLET_CL_EVENTS)) \
  X(martlet_cl_program _Nullable, CreateProgramWithSource, (martlet_cl_context _Nonnull, \
    uint32_t, const char *_Nonnull const *_Nonnull, const size_t *_Nullable, int32_t *_Nonnull)) \
  X(martlet_cl_program _Nullable, CreateProgramWithBinary, (martlet_cl_context _Nonnull, \
    uint32_t, const martlet_cl_device _Nonnull *_Nonnull, const size_t *_Nonnull, \
    const unsigned char *_Nullable const *_Nonnull, int32_t *_Nullable, int32_t *_Nonnull)) \
  X(int32_t, BuildProgram, (martlet_cl_program _Nonnull, uint32_t, \
    const martlet_cl_device _Nonnull *_Nullable, const char *_Nullable, void *_Nullable, \
    void *_Nullable)) \
  X(int32_t, GetProgramInfo, \
    (martlet_cl_program _Nonnull, uint32_t, size_t, void *_Nullable, size_t *_Nullable)) \
  X(int32_t, GetProgramBuildInfo, (martlet_cl_program _Nonnull, martlet_cl_device _Nonnull, \
    uint32_t, size_t, void *_Nullable, size_t *_Nullable)) \
  X(int32_t, ReleaseProgram, (martlet_cl_program _Nonnull)) \
  X(martlet_cl_kernel _Nullable, CreateKernel, \
    (martlet_cl_program _Nonnull, const char *_Nonnull, int32_t *_Nonnull)) \
  X(int32_t, ReleaseKernel, (martlet_cl_kernel _Nonnull)) \
  X(int32_t, GetKernelWorkGroupInfo, (martlet_cl_kernel _Nonnull, martlet_cl_device _Nonnull, \
    uint32_t, size_t, void *_Nullable, size_t *_Nullable)) \
  X(int32_t, SetKernelArg, (martlet_cl_kernel _Nonnull, uint32_t, size_t, const void *_Nullable)) \
  X(int32_t, GetEventInfo, \
    (martlet_cl_event _Nonnull, uint32_t, size_t, void *_Nullable, size_t *_Nullable)) \
  X(int32_t, ReleaseEvent, (martlet_cl_event _Nonnull))

#define MARTLET_OPENCL_FIELD(result, name, arguments) result (*_Nonnull name) arguments;

/// Functions of the open loader.
typedef struct martlet_opencl {
  MARTLET_OPENCL_FUNCTIONS(MARTLET_OPENCL_FIELD)
  /// The file it was loaded from.
  const char *_Nonnull path;
} martlet_opencl;

/// Opens the ICD loader, which leads to the platforms installed. NULL leaves the reason in
/// `message`. Not thread-safe: call it once.
const martlet_opencl *_Nullable martlet_opencl_open(char *_Nonnull message,
                                                    int32_t message_bytes);

#endif
