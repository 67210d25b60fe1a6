#include "martlet_blas.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "martlet_system.h"

static martlet_blas table;

// Only a library that has everything changes the table.
static bool fill(void *library, const char *name, char *message, size_t message_bytes) {
  martlet_blas found;
  const char *missing = NULL;
#define LOAD(result, function, arguments)                                   \
  {                                                                         \
    void *address = dlsym(library, "cblas_" #function);                     \
    if (address == NULL) missing = "cblas_" #function;                      \
    memcpy((char *)&found + offsetof(martlet_blas, function), &address, sizeof address); \
  }
  MARTLET_BLAS_FUNCTIONS(LOAD)
#undef LOAD
  if (missing != NULL) {
    snprintf(message, message_bytes, "%s has no function %s", name, missing);
    return false;
  }
  found.set_thread_count = (void (*)(int))dlsym(library, "openblas_set_num_threads");
  found.thread_count = (int (*)(void))dlsym(library, "openblas_get_num_threads");
  char *kept = strdup(name);
  found.name = kept != NULL ? kept : "libblas";
  found.library = library;
  table = found;
  return true;
}

const martlet_blas *martlet_blas_open(const char *override, char *message,
                                      int32_t message_bytes) {
  static const char *const names[] = {"libopenblas.so.0", "libcblas.so.3", "libblas.so.3"};
  size_t bytes = (size_t)message_bytes;
  if (override != NULL) {
    if (override[0] != '/') {
      snprintf(message, bytes, "%s is not an absolute path", override);
      return NULL;
    }
    void *library = martlet_open_library(override, message, message_bytes);
    return library != NULL && fill(library, override, message, bytes) ? &table : NULL;
  }
  for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
    void *library = martlet_open_library(names[i], message, message_bytes);
    if (library != NULL && fill(library, names[i], message, bytes)) return &table;
  }
  return NULL;
}
