#include "martlet_cufft.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "martlet_system.h"

bool martlet_cufft_open(const char *name, martlet_cufft *table, char *message,
                        int32_t message_bytes) {
  void *library = martlet_open_library(name, message, message_bytes);
  if (library == NULL) return false;
  martlet_cufft found;
  const char *missing = NULL;
#define LOAD(function, arguments)                                           \
  {                                                                         \
    void *address = dlsym(library, "cufft" #function);                      \
    if (address == NULL) missing = "cufft" #function;                       \
    memcpy((char *)&found + offsetof(martlet_cufft, function), &address, sizeof address); \
  }
  MARTLET_CUFFT_FUNCTIONS(LOAD)
#undef LOAD
  if (missing != NULL) {
    snprintf(message, (size_t)message_bytes, "%s has no function %s", name, missing);
    return false;
  }
  *table = found;
  return true;
}
