// The part of NVRTC, CUDA's compiler at run time, that Martlet uses (11.2 to 13).
#ifndef MARTLET_NVRTC_H
#define MARTLET_NVRTC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct martlet_nvrtc_program *martlet_nvrtc_program_ref;

// Values of nvrtcResult.
#define MARTLET_NVRTC_SUCCESS 0
#define MARTLET_NVRTC_ERROR_COMPILATION 6

// One row per function: result, name after "nvrtc", arguments.
#define MARTLET_NVRTC_FUNCTIONS(X) \
  X(const char *_Nullable, GetErrorString, (int)) \
  X(int, Version, (int *_Nonnull, int *_Nonnull)) \
  X(int, GetNumSupportedArchs, (int *_Nonnull)) \
  X(int, GetSupportedArchs, (int *_Nonnull)) \
  X(int, CreateProgram, (martlet_nvrtc_program_ref _Nullable *_Nonnull, const char *_Nonnull, \
    const char *_Nonnull, int, const char *_Nonnull const *_Nullable, \
    const char *_Nonnull const *_Nullable)) \
  X(int, DestroyProgram, (martlet_nvrtc_program_ref _Nullable *_Nonnull)) \
  X(int, CompileProgram, (martlet_nvrtc_program_ref _Nonnull, int, \
    const char *_Nullable const *_Nullable)) \
  X(int, GetProgramLogSize, (martlet_nvrtc_program_ref _Nonnull, size_t *_Nonnull)) \
  X(int, GetProgramLog, (martlet_nvrtc_program_ref _Nonnull, char *_Nonnull)) \
  X(int, GetCUBINSize, (martlet_nvrtc_program_ref _Nonnull, size_t *_Nonnull)) \
  X(int, GetCUBIN, (martlet_nvrtc_program_ref _Nonnull, char *_Nonnull)) \
  X(int, GetPTXSize, (martlet_nvrtc_program_ref _Nonnull, size_t *_Nonnull)) \
  X(int, GetPTX, (martlet_nvrtc_program_ref _Nonnull, char *_Nonnull))

#define MARTLET_NVRTC_FIELD(result, name, arguments) result (*_Nonnull name) arguments;

/// Functions of one open NVRTC.
typedef struct martlet_nvrtc {
  MARTLET_NVRTC_FUNCTIONS(MARTLET_NVRTC_FIELD)
} martlet_nvrtc;

/// Opens NVRTC under `name` (a soname or an absolute path) and fills `table`. False leaves in
/// `message` why not, and `table` as it was.
bool martlet_nvrtc_open(const char *_Nonnull name, martlet_nvrtc *_Nonnull table,
                        char *_Nonnull message, int32_t message_bytes);

#endif
