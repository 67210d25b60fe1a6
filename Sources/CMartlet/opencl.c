#include "martlet_opencl.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "martlet_system.h"

static martlet_opencl table;

const martlet_opencl *martlet_opencl_open(char *message, int32_t message_bytes) {
  static const char *const name = "libOpenCL.so.1";
  void *library = martlet_open_library(name, message, message_bytes);
  if (library == NULL) return NULL;
  martlet_opencl found;
  const char *missing = NULL;
#define LOAD(result, function, arguments)                                   \
  {                                                                         \
    void *address = dlsym(library, "cl" #function);                         \
    if (address == NULL) missing = "cl" #function;                          \
    memcpy((char *)&found + offsetof(martlet_opencl, function), &address, sizeof address); \
  }
  MARTLET_OPENCL_FUNCTIONS(LOAD)
#undef LOAD
  if (missing != NULL) {
    snprintf(message, (size_t)message_bytes, "%s has no function %s", name, missing);
    return NULL;
  }
  const char *path = martlet_library_path((const void *)found.GetPlatformIDs);
  found.path = path != NULL ? path : name;
  table = found;
  return &table;
}
