#include "martlet_cublas.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "martlet_system.h"

bool martlet_cublas_open(const char *name, martlet_cublas *table, char *message,
                         int32_t message_bytes) {
  void *library = martlet_open_library(name, message, message_bytes);
  if (library == NULL) return false;
  martlet_cublas found;
  const char *missing = NULL;
#define LOAD(function, arguments)                                           \
  {                                                                         \
    void *address = dlsym(library, "cublas" #function);                     \
    if (address == NULL) missing = "cublas" #function;                      \
    memcpy((char *)&found + offsetof(martlet_cublas, function), &address, sizeof address); \
  }
  MARTLET_CUBLAS_FUNCTIONS(LOAD)
#undef LOAD
  if (missing != NULL) {
    snprintf(message, (size_t)message_bytes, "%s has no function %s", name, missing);
    return false;
  }
  found.GetStatusName = (const char *(*)(int))dlsym(library, "cublasGetStatusName");
  *table = found;
  return true;
}
