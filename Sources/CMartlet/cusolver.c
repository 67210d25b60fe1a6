#include "martlet_cusolver.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "martlet_system.h"

// Finds one function and stores it at `field`; the name of the first that is missing stays in
// `missing`.
static void find(void *library, const char *name, void *field, char *missing, size_t bytes) {
  void *address = dlsym(library, name);
  if (address == NULL && missing[0] == '\0') snprintf(missing, bytes, "%s", name);
  memcpy(field, &address, sizeof address);
}

static void find_loops(void *library, char letter, bool is_complex, martlet_cusolver_loops *loops,
                       char *missing, size_t bytes) {
  char name[64];
#define LOAD(field, real, complex, arguments)                                              \
  snprintf(name, sizeof name, "cusolverDn%c%s", letter, is_complex ? complex : real);      \
  find(library, name, (char *)loops + offsetof(martlet_cusolver_loops, field), missing, bytes);
  MARTLET_CUSOLVER_LOOPS(LOAD)
#undef LOAD
}

bool martlet_cusolver_open(const char *name, martlet_cusolver *table, char *message,
                           int32_t message_bytes) {
  void *library = martlet_open_library(name, message, message_bytes);
  if (library == NULL) return false;
  martlet_cusolver found;
  char missing[64] = "";
  find(library, "cusolverDnCreate", &found.Create, missing, sizeof missing);
  find(library, "cusolverDnDestroy", &found.Destroy, missing, sizeof missing);
  find(library, "cusolverDnSetStream", &found.SetStream, missing, sizeof missing);
  find_loops(library, 'S', false, &found.float32, missing, sizeof missing);
  find_loops(library, 'D', false, &found.float64, missing, sizeof missing);
  find_loops(library, 'C', true, &found.complex64, missing, sizeof missing);
  find_loops(library, 'Z', true, &found.complex128, missing, sizeof missing);
  if (missing[0] != '\0') {
    snprintf(message, (size_t)message_bytes, "%s has no function %s", name, missing);
    return false;
  }
  *table = found;
  return true;
}
