#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "martlet_python.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static martlet_python table;

bool martlet_python_ask(const char *executable, const char *script, char *output,
                        int32_t output_bytes) {
  int ends[2];
  output[0] = 0;
  if (pipe2(ends, O_CLOEXEC) != 0) return false;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
  // Isolated: neither the working directory nor the environment can put another module in the way.
  const char *arguments[] = {executable, "-I", "-c", script, NULL};
  pid_t process = 0;
  int failed = posix_spawn(&process, executable, &actions, NULL, (char *const *)arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  size_t used = 0;
  while (!failed) {
    // What does not fit is read all the same, so that the process can end.
    char rest[256];
    size_t room = (size_t)output_bytes - 1 - used;
    ssize_t got = room > 0 ? read(ends[0], output + used, room) : read(ends[0], rest, sizeof rest);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    if (room > 0) used += (size_t)got;
  }
  output[used] = 0;
  close(ends[0]);
  // The text says whether it worked; its status may have gone to a handler of the program's own.
  while (!failed && waitpid(process, NULL, 0) < 0 && errno == EINTR) {
  }
  return failed == 0;
}

// Only a library that has everything changes the table.
static bool fill(void *library, const char *name, char *message, size_t message_bytes) {
  martlet_python found;
  const char *missing = NULL;
#define LOAD(result, function, arguments)                                   \
  {                                                                         \
    void *address = dlsym(library, "Py" #function);                         \
    if (address == NULL) missing = "Py" #function;                          \
    memcpy((char *)&found + offsetof(martlet_python, function), &address, sizeof address); \
  }
  MARTLET_PYTHON_FUNCTIONS(LOAD)
#undef LOAD
  found.none = (martlet_python_ref)dlsym(library, "_Py_NoneStruct");
  found.ellipsis = (martlet_python_ref)dlsym(library, "_Py_EllipsisObject");
  found.attribute_error = (martlet_python_ref *)dlsym(library, "PyExc_AttributeError");
  found.buffer_error = (martlet_python_ref *)dlsym(library, "PyExc_BufferError");
  if (found.none == NULL) missing = "_Py_NoneStruct";
  if (found.ellipsis == NULL) missing = "_Py_EllipsisObject";
  if (found.attribute_error == NULL) missing = "PyExc_AttributeError";
  if (found.buffer_error == NULL) missing = "PyExc_BufferError";
  if (missing != NULL) {
    snprintf(message, message_bytes, "%s has no %s", name, missing);
    return false;
  }
  table = found;
  return true;
}

const martlet_python *martlet_python_running(void) {
  int (*is_initialized)(void) = (int (*)(void))dlsym(RTLD_DEFAULT, "Py_IsInitialized");
  if (is_initialized == NULL || !is_initialized()) return NULL;
  char message[128];
  return fill(RTLD_DEFAULT, "the running Python", message, sizeof message) ? &table : NULL;
}

const martlet_python *martlet_python_open(const char *path, char *message,
                                          int32_t message_bytes) {
  size_t bytes = (size_t)message_bytes;
  if (path[0] != '/') {
    snprintf(message, bytes, "%s is not an absolute path", path);
    return NULL;
  }
  // Global: extension modules such as NumPy's expect Python's symbols in the process.
  void *library = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
  if (library == NULL) {
    const char *reason = dlerror();
    snprintf(message, bytes, "%s", reason != NULL ? reason : path);
    return NULL;
  }
  return fill(library, path, message, bytes) ? &table : NULL;
}

void martlet_python_start(const wchar_t *program) {
  table._SetProgramName(program);
  table._InitializeEx(0);
}
