#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "martlet_blas.h"

#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <string.h>

#include "martlet_system.h"

// How a build of OpenBLAS may spell its functions: NumPy's and SciPy's wheels carry builds with names
// of their own, so that no two libraries in a process mix.
static const struct spelling {
  const char *prefix, *suffix;
} spellings[] = {{"", ""}, {"scipy_", "64_"}, {"", "64_"}, {"scipy_", ""}};
#define SPELLINGS (sizeof spellings / sizeof *spellings)

static void *function(void *library, struct spelling spelling, const char *name) {
  char symbol[80];
  snprintf(symbol, sizeof symbol, "%s%s%s", spelling.prefix, name, spelling.suffix);
  return dlsym(library, symbol);
}

static martlet_openblas_threads threads_of(void *library, struct spelling spelling) {
  martlet_openblas_threads found;
#define LOAD(field, name)                                                          \
  {                                                                                \
    void *address = function(library, spelling, name);                             \
    memcpy(&found.field, &address, sizeof address);                                \
  }
  LOAD(set_count, "openblas_set_num_threads")
  LOAD(count, "openblas_get_num_threads")
  LOAD(set_crew, "openblas_set_threads_callback_function")
#undef LOAD
  return found;
}

// A library without a suffix may have been built for 64-bit integers all the same, and says so.
static bool counts_in_64_bits(void *library, struct spelling spelling) {
  if (spelling.suffix[0] != 0) return true;
  char *(*configuration)(void);
  void *address = function(library, spelling, "openblas_get_config");
  if (address == NULL) return false;
  memcpy(&configuration, &address, sizeof address);
  return strstr(configuration(), "USE64BITINT") != NULL;
}

static martlet_blas table;

// Only a library that has everything changes the table.
static bool fill(void *library, const char *name, char *message, size_t message_bytes) {
  const char *missing = NULL;
  for (size_t i = 0; i < SPELLINGS; ++i) {
    if (function(library, spellings[i], "cblas_dgemm") == NULL && i + 1 < SPELLINGS) continue;
    martlet_blas found;
    missing = NULL;
#define LOAD(field)                                                                \
  {                                                                                \
    void *address = function(library, spellings[i], "cblas_" #field);              \
    if (address == NULL) missing = "cblas_" #field;                                \
    memcpy((char *)&found + offsetof(martlet_blas, field), &address, sizeof address); \
  }
    MARTLET_BLAS_FUNCTIONS(LOAD)
#undef LOAD
    if (missing != NULL) continue;
    void **routine = found.lapack;
#define LOAD(real, complex)                                   \
  *routine++ = function(library, spellings[i], #real "_");    \
  *routine++ = function(library, spellings[i], #complex "_");
    MARTLET_LAPACK_ROUTINES(LOAD)
#undef LOAD
    found.is_wide = counts_in_64_bits(library, spellings[i]);
    found.threads = threads_of(library, spellings[i]);
    char *kept = strdup(name);
    found.name = kept != NULL ? kept : "libblas";
    table = found;
    return true;
  }
  snprintf(message, message_bytes, "%s has no function %s", name, missing);
  return false;
}

// MARK: - What the process has loaded

#define MOST_LOADED 8

struct loaded {
  void *libraries[MOST_LOADED];
  char names[MOST_LOADED][1024];
  int count;
};

// Notes the file of an OpenBLAS. It is opened afterwards: the loader's lock is held here.
static int note(struct dl_phdr_info *info, size_t size, void *context) {
  (void)size;
  struct loaded *loaded = context;
  const char *name = info->dlpi_name;
  if (name == NULL || name[0] != '/' || strlen(name) >= sizeof loaded->names[0]) return 0;
  const char *file = strrchr(name, '/');
  if (strstr(file, "openblas") == NULL || loaded->count == MOST_LOADED) return 0;
  strcpy(loaded->names[loaded->count++], name);
  return 0;
}

// Every OpenBLAS in the process, in the order of loading: NumPy's comes before SciPy's, which imports
// NumPy first.
static void find_loaded(struct loaded *loaded) {
  loaded->count = 0;
  dl_iterate_phdr(note, loaded);
  int kept = 0;
  for (int i = 0; i < loaded->count; ++i) {
    // No new library is loaded; the reference keeps this one for good.
    void *library = dlopen(loaded->names[i], RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD);
    if (library == NULL) continue;
    loaded->libraries[kept] = library;
    if (kept != i) strcpy(loaded->names[kept], loaded->names[i]);
    ++kept;
  }
  loaded->count = kept;
}

int32_t martlet_loaded_openblas(martlet_openblas_threads *found, int32_t room) {
  struct loaded loaded;
  find_loaded(&loaded);
  int32_t count = 0;
  for (int i = 0; i < loaded.count; ++i) {
    for (size_t s = 0; s < SPELLINGS && count < room; ++s) {
      martlet_openblas_threads threads = threads_of(loaded.libraries[i], spellings[s]);
      if (threads.set_count == NULL || threads.count == NULL) continue;
      found[count++] = threads;
      break;
    }
  }
  return count;
}

// MARK: - Opening

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
  struct loaded loaded;
  find_loaded(&loaded);
  for (int i = 0; i < loaded.count; ++i) {
    if (fill(loaded.libraries[i], loaded.names[i], message, bytes)) return &table;
  }
  for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
    void *library = martlet_open_library(names[i], message, message_bytes);
    if (library != NULL && fill(library, names[i], message, bytes)) return &table;
  }
  return NULL;
}
