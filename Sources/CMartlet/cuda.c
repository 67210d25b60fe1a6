#include "martlet_cuda.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "martlet_system.h"

bool martlet_cuda_open(const char *name, martlet_cuda *table, char *message,
                       int32_t message_bytes) {
  void *library = martlet_open_library(name, message, message_bytes);
  if (library == NULL) return false;
  martlet_cuda found;
  memset(&found, 0, sizeof found);
  const char *missing = NULL;
#define LOAD(function, arguments)                                           \
  {                                                                         \
    void *address = dlsym(library, "cu" #function);                         \
    if (address == NULL) missing = "cu" #function;                          \
    memcpy((char *)&found + offsetof(martlet_cuda, function), &address, sizeof address); \
  }
  MARTLET_CUDA_FUNCTIONS(LOAD)
  if (missing != NULL) {
    snprintf(message, (size_t)message_bytes, "%s has no function %s", name, missing);
    return false;
  }
  MARTLET_CUDA_POOL_FUNCTIONS(LOAD)
#undef LOAD
  if (missing != NULL) {
#define CLEAR(function, arguments) found.function = NULL;
    MARTLET_CUDA_POOL_FUNCTIONS(CLEAR)
#undef CLEAR
  }
  *table = found;
  return true;
}
