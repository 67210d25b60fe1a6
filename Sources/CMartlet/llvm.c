#include "martlet_llvm.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "martlet_system.h"

static martlet_llvm table;

struct candidate {
  const char *name;
  int32_t version;
};

// 19 first: the one that every kernel is tested with. Then newer before older.
static const struct candidate candidates[] = {
    {"libLLVM.so.19.1", 19}, {"libLLVM-19.so.1", 19}, {"libLLVM-19.so", 19},
    {"libLLVM.so.20.1", 20}, {"libLLVM-20.so", 20},   {"libLLVM.so.21.1", 21},
    {"libLLVM-21.so", 21},   {"libLLVM.so.18.1", 18}, {"libLLVM-18.so.18.1", 18},
    {"libLLVM-18.so.1", 18}, {"libLLVM-18.so", 18},   {"libLLVM-17.so.1", 17},
    {"libLLVM-17.so", 17},   {"libLLVM-16.so.1", 16}, {"libLLVM-16.so", 16},
    {"libLLVM-15.so.1", 15}, {"libLLVM-15.so", 15},
};

#if defined(__x86_64__)
#define NATIVE "X86"
#elif defined(__aarch64__)
#define NATIVE "AArch64"
#elif defined(__riscv)
#define NATIVE "RISCV"
#elif defined(__powerpc64__)
#define NATIVE "PowerPC"
#elif defined(__s390x__)
#define NATIVE "SystemZ"
#else
#define NATIVE "Native"
#endif

// What LLVMInitializeNativeTarget and its kin call; in LLVM's headers those are inline.
static bool initialise_target(void *library, char *message, size_t message_bytes) {
  static const char *const names[] = {
      "LLVMInitialize" NATIVE "TargetInfo", "LLVMInitialize" NATIVE "Target",
      "LLVMInitialize" NATIVE "TargetMC", "LLVMInitialize" NATIVE "AsmPrinter"};
  for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
    void (*initialise)(void) = (void (*)(void))dlsym(library, names[i]);
    if (initialise == NULL) {
      snprintf(message, message_bytes, "it has no %s", names[i]);
      return false;
    }
    initialise();
  }
  return true;
}

static int32_t version_of(void *library, int32_t otherwise) {
  void (*get)(unsigned *, unsigned *, unsigned *) =
      (void (*)(unsigned *, unsigned *, unsigned *))dlsym(library, "LLVMGetVersion");
  if (get == NULL) return otherwise;
  unsigned major = 0, minor = 0, patch = 0;
  get(&major, &minor, &patch);
  return (int32_t)major;
}

// Only a library that has everything changes the table.
static bool fill(void *library, const char *name, int32_t version, char *message,
                 size_t message_bytes) {
  martlet_llvm found;
  const char *missing = NULL;
#define LOAD(result, function, arguments)                                   \
  {                                                                         \
    void *address = dlsym(library, "LLVM" #function);                       \
    if (address == NULL) missing = "LLVM" #function;                        \
    memcpy((char *)&found + offsetof(martlet_llvm, function), &address, sizeof address); \
  }
  MARTLET_LLVM_FUNCTIONS(LOAD)
#undef LOAD
  if (missing != NULL) {
    snprintf(message, message_bytes, "%s has no function %s", name, missing);
    return false;
  }
  found.version = version_of(library, version);
  if (found.version < 15) {
    snprintf(message, message_bytes, "%s is LLVM %d; Martlet needs 15 or later", name,
             (int)found.version);
    return false;
  }
  char *kept = strdup(name);
  found.name = kept != NULL ? kept : "libLLVM";
  if (!initialise_target(library, message, message_bytes)) return false;
  // Strength reduction of loops takes up to half of the time to compile and gains nothing for
  // kernels, whose addresses are simple. LLVM offers no other switch for it.
  const char *const options[] = {"martlet", "-disable-lsr"};
  found.ParseCommandLineOptions(2, options, NULL);
  table = found;
  return true;
}

const martlet_llvm *martlet_llvm_open(const char *override, char *message,
                                      int32_t message_bytes) {
  size_t bytes = (size_t)message_bytes;
  if (override != NULL) {
    if (override[0] != '/') {
      snprintf(message, bytes, "%s is not an absolute path", override);
      return NULL;
    }
    void *library = martlet_open_library(override, message, message_bytes);
    // LLVM 15 and 16 cannot say their version; taking 15 is safe for both.
    return library != NULL && fill(library, override, 15, message, bytes) ? &table : NULL;
  }
  for (size_t i = 0; i < sizeof candidates / sizeof *candidates; ++i) {
    void *library = martlet_open_library(candidates[i].name, message, message_bytes);
    if (library == NULL) continue;
    if (fill(library, candidates[i].name, candidates[i].version, message, bytes)) return &table;
    // A rejected library stays open: closing a libLLVM runs destructors that others may need.
  }
  return NULL;
}
