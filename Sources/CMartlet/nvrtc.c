#include "martlet_nvrtc.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "martlet_system.h"

bool martlet_nvrtc_open(const char *name, martlet_nvrtc *table, char *message,
                        int32_t message_bytes) {
  void *library = martlet_open_library(name, message, message_bytes);
  if (library == NULL) return false;
  martlet_nvrtc found;
  const char *missing = NULL;
#define LOAD(result, function, arguments)                                   \
  {                                                                         \
    void *address = dlsym(library, "nvrtc" #function);                      \
    if (address == NULL) missing = "nvrtc" #function;                       \
    memcpy((char *)&found + offsetof(martlet_nvrtc, function), &address, sizeof address); \
  }
  MARTLET_NVRTC_FUNCTIONS(LOAD)
#undef LOAD
  if (missing != NULL) {
    snprintf(message, (size_t)message_bytes, "%s has no function %s", name, missing);
    return false;
  }
  *table = found;
  return true;
}
