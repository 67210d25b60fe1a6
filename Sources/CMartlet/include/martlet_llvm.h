// The part of LLVM's C interface that Martlet uses, declared here so that it builds where no LLVM
// is installed. The functions are the same in libLLVM 15 to 21.
#ifndef MARTLET_LLVM_H
#define MARTLET_LLVM_H

#include <stddef.h>
#include <stdint.h>

typedef struct martlet_llvm_context *martlet_llvm_context_ref;
typedef struct martlet_llvm_module *martlet_llvm_module_ref;
typedef struct martlet_llvm_value *martlet_llvm_value_ref;
typedef struct martlet_llvm_buffer *martlet_llvm_buffer_ref;
typedef struct martlet_llvm_target *martlet_llvm_target_ref;
typedef struct martlet_llvm_machine *martlet_llvm_machine_ref;
typedef struct martlet_llvm_data_layout *martlet_llvm_data_layout_ref;
typedef struct martlet_llvm_error *martlet_llvm_error_ref;
typedef struct martlet_llvm_pass_options *martlet_llvm_pass_options_ref;
typedef struct martlet_llvm_jit *martlet_llvm_jit_ref;
typedef struct martlet_llvm_jit_builder *martlet_llvm_jit_builder_ref;
typedef struct martlet_llvm_machine_builder *martlet_llvm_machine_builder_ref;
typedef struct martlet_llvm_dylib *martlet_llvm_dylib_ref;
typedef struct martlet_llvm_generator *martlet_llvm_generator_ref;

// Values of LLVM's enumerations.
#define MARTLET_LLVM_OPTIMISE_DEFAULT 2
#define MARTLET_LLVM_OPTIMISE_LESS 1
#define MARTLET_LLVM_RELOCATION_PIC 2
#define MARTLET_LLVM_CODE_MODEL_SMALL 3
#define MARTLET_LLVM_LINKAGE_INTERNAL 8
#define MARTLET_LLVM_EMIT_ASSEMBLY 0
#define MARTLET_LLVM_EMIT_OBJECT 1
#define MARTLET_LLVM_VERIFIER_RETURNS_STATUS 2

/// A predicate on symbol names; NULL admits all.
typedef int (*martlet_llvm_symbol_filter)(void *_Nullable, void *_Nullable);

// One row per function: result, name after "LLVM", arguments.
#define MARTLET_LLVM_FUNCTIONS(X) \
  X(void, ParseCommandLineOptions, \
    (int, const char *_Nonnull const *_Nonnull, const char *_Nullable)) \
  X(martlet_llvm_context_ref _Nonnull, ContextCreate, (void)) \
  X(void, ContextDispose, (martlet_llvm_context_ref _Nonnull)) \
  X(void, DisposeMessage, (char *_Nullable)) \
  X(martlet_llvm_buffer_ref _Nonnull, CreateMemoryBufferWithMemoryRangeCopy, \
    (const char *_Nonnull, size_t, const char *_Nonnull)) \
  X(const char *_Nonnull, GetBufferStart, (martlet_llvm_buffer_ref _Nonnull)) \
  X(size_t, GetBufferSize, (martlet_llvm_buffer_ref _Nonnull)) \
  X(void, DisposeMemoryBuffer, (martlet_llvm_buffer_ref _Nonnull)) \
  X(int, ParseIRInContext, (martlet_llvm_context_ref _Nonnull, martlet_llvm_buffer_ref _Nonnull, \
    martlet_llvm_module_ref _Nullable *_Nonnull, char *_Nullable *_Nonnull)) \
  X(void, DisposeModule, (martlet_llvm_module_ref _Nonnull)) \
  X(void, SetTarget, (martlet_llvm_module_ref _Nonnull, const char *_Nonnull)) \
  X(void, SetDataLayout, (martlet_llvm_module_ref _Nonnull, const char *_Nonnull)) \
  X(int, VerifyModule, (martlet_llvm_module_ref _Nonnull, int, char *_Nullable *_Nonnull)) \
  X(char *_Nonnull, PrintModuleToString, (martlet_llvm_module_ref _Nonnull)) \
  X(martlet_llvm_value_ref _Nullable, GetNamedFunction, \
    (martlet_llvm_module_ref _Nonnull, const char *_Nonnull)) \
  X(void, SetValueName2, (martlet_llvm_value_ref _Nonnull, const char *_Nonnull, size_t)) \
  X(martlet_llvm_value_ref _Nullable, GetFirstFunction, (martlet_llvm_module_ref _Nonnull)) \
  X(martlet_llvm_value_ref _Nullable, GetNextFunction, (martlet_llvm_value_ref _Nonnull)) \
  X(martlet_llvm_value_ref _Nullable, GetFirstGlobal, (martlet_llvm_module_ref _Nonnull)) \
  X(martlet_llvm_value_ref _Nullable, GetNextGlobal, (martlet_llvm_value_ref _Nonnull)) \
  X(void, SetLinkage, (martlet_llvm_value_ref _Nonnull, int)) \
  X(int, IsDeclaration, (martlet_llvm_value_ref _Nonnull)) \
  X(char *_Nonnull, GetDefaultTargetTriple, (void)) \
  X(char *_Nonnull, GetHostCPUName, (void)) \
  X(char *_Nonnull, GetHostCPUFeatures, (void)) \
  X(int, GetTargetFromTriple, (const char *_Nonnull, \
    martlet_llvm_target_ref _Nullable *_Nonnull, char *_Nullable *_Nonnull)) \
  X(martlet_llvm_machine_ref _Nullable, CreateTargetMachine, (martlet_llvm_target_ref _Nonnull, \
    const char *_Nonnull, const char *_Nonnull, const char *_Nonnull, int, int, int)) \
  X(void, DisposeTargetMachine, (martlet_llvm_machine_ref _Nonnull)) \
  X(martlet_llvm_data_layout_ref _Nonnull, CreateTargetDataLayout, \
    (martlet_llvm_machine_ref _Nonnull)) \
  X(char *_Nonnull, CopyStringRepOfTargetData, (martlet_llvm_data_layout_ref _Nonnull)) \
  X(void, DisposeTargetData, (martlet_llvm_data_layout_ref _Nonnull)) \
  X(int, TargetMachineEmitToMemoryBuffer, (martlet_llvm_machine_ref _Nonnull, \
    martlet_llvm_module_ref _Nonnull, int, char *_Nullable *_Nonnull, \
    martlet_llvm_buffer_ref _Nullable *_Nonnull)) \
  X(martlet_llvm_pass_options_ref _Nonnull, CreatePassBuilderOptions, (void)) \
  X(void, DisposePassBuilderOptions, (martlet_llvm_pass_options_ref _Nonnull)) \
  X(martlet_llvm_error_ref _Nullable, RunPasses, (martlet_llvm_module_ref _Nonnull, \
    const char *_Nonnull, martlet_llvm_machine_ref _Nonnull, \
    martlet_llvm_pass_options_ref _Nonnull)) \
  X(char *_Nonnull, GetErrorMessage, (martlet_llvm_error_ref _Nonnull)) \
  X(void, DisposeErrorMessage, (char *_Nonnull)) \
  X(martlet_llvm_machine_builder_ref _Nonnull, OrcJITTargetMachineBuilderCreateFromTargetMachine, \
    (martlet_llvm_machine_ref _Nonnull)) \
  X(martlet_llvm_jit_builder_ref _Nonnull, OrcCreateLLJITBuilder, (void)) \
  X(void, OrcLLJITBuilderSetJITTargetMachineBuilder, \
    (martlet_llvm_jit_builder_ref _Nonnull, martlet_llvm_machine_builder_ref _Nonnull)) \
  X(martlet_llvm_error_ref _Nullable, OrcCreateLLJIT, \
    (martlet_llvm_jit_ref _Nullable *_Nonnull, martlet_llvm_jit_builder_ref _Nonnull)) \
  X(martlet_llvm_dylib_ref _Nonnull, OrcLLJITGetMainJITDylib, (martlet_llvm_jit_ref _Nonnull)) \
  X(char, OrcLLJITGetGlobalPrefix, (martlet_llvm_jit_ref _Nonnull)) \
  X(martlet_llvm_error_ref _Nullable, OrcCreateDynamicLibrarySearchGeneratorForProcess, \
    (martlet_llvm_generator_ref _Nullable *_Nonnull, char, martlet_llvm_symbol_filter _Nullable, \
    void *_Nullable)) \
  X(void, OrcJITDylibAddGenerator, \
    (martlet_llvm_dylib_ref _Nonnull, martlet_llvm_generator_ref _Nonnull)) \
  X(martlet_llvm_error_ref _Nullable, OrcLLJITAddObjectFile, (martlet_llvm_jit_ref _Nonnull, \
    martlet_llvm_dylib_ref _Nonnull, martlet_llvm_buffer_ref _Nonnull)) \
  X(martlet_llvm_error_ref _Nullable, OrcLLJITLookup, \
    (martlet_llvm_jit_ref _Nonnull, uint64_t *_Nonnull, const char *_Nonnull))

#define MARTLET_LLVM_FIELD(result, name, arguments) result (*_Nonnull name) arguments;

/// Functions of one open libLLVM.
typedef struct martlet_llvm {
  MARTLET_LLVM_FUNCTIONS(MARTLET_LLVM_FIELD)
  /// Major version, for what differs between versions.
  int32_t version;
  /// The name the library was opened under.
  const char *_Nonnull name;
} martlet_llvm;

/// Opens the first libLLVM found with all these functions and initialises its native target. With
/// `override` (an absolute path) only that one. NULL leaves in `message` why the last one failed.
/// Not thread-safe: call it under a lock, once.
const martlet_llvm *_Nullable martlet_llvm_open(const char *_Nullable override,
                                                char *_Nonnull message, int32_t message_bytes);

#endif
