// A GPU for tests where there is none: the functions of CUDA's driver, NVRTC and the toolkit's
// libraries (each of these in a file of its own) that Martlet uses, over the host's memory. A stream is a thread with a queue, so work is really pending; NVRTC
// compiles with the host's C++ compiler, so kernels really run. What a driver would not notice or
// would crash on (a pointer freed twice, a call without a context) is counted as misuse.
//
// Every copy of the library is a world of its own: its state is in static variables.
#define _GNU_SOURCE
#include "fake_cuda.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { INVALID_VALUE = 1, OUT_OF_MEMORY = 2, INVALID_IMAGE = 200, INVALID_CONTEXT = 201,
       NOT_FOUND = 500, ILLEGAL_ADDRESS = 700 };

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

// MARK: What tests set and ask

static int gpus = 1, pools = 1, driver_version = 12040, capability = 90;
static size_t memory_limit = (size_t)1 << 30;
static int microseconds;
static char first_misuse[256];
static int64_t misuses;

static struct { const char *name; int64_t calls; int64_t fails_at; int code; } calls[96];
static int call_kinds;

void fake_configure(int gpu_count, size_t memory, int has_pools, int version, int compute) {
  gpus = gpu_count, memory_limit = memory, pools = has_pools, driver_version = version;
  capability = compute;
}
void fake_slow(int time) { microseconds = time; }

static int kind_of(const char *name) {
  for (int n = 0; n < call_kinds; ++n)
    if (strcmp(calls[n].name, name) == 0) return n;
  calls[call_kinds].name = strdup(name);
  return call_kinds++;
}

// The `after`-th next call of a function returns `code`.
void fake_fail(const char *name, int after, int code) {
  pthread_mutex_lock(&lock);
  int n = kind_of(name);
  calls[n].fails_at = calls[n].calls + after;
  calls[n].code = code;
  pthread_mutex_unlock(&lock);
}

void misuse(const char *format, ...) {
  va_list list;
  va_start(list, format);
  if (misuses++ == 0) vsnprintf(first_misuse, sizeof first_misuse, format, list);
  va_end(list);
}
const char *fake_misuse(void) { return misuses > 0 ? first_misuse : NULL; }

// What nobody gives back stays reachable, so that a leak checker finds no fault with it.
static struct kept { struct kept *next; void *object; } *all_kept;
void *keep(void *object) {
  struct kept *entry = malloc(sizeof *entry);
  entry->next = all_kept, entry->object = object;
  all_kept = entry;
  return object;
}

// MARK: Errors and contexts

// An error of pending work stays.
static int broken;
int broken_next;
void fake_break(int code) { broken_next = code; }

static int retained;
static _Thread_local int depth;
int fake_depth(void) { return depth; }

// Counts a call; under the lock. What it returns is returned to the caller unless it is 0.
int enter(const char *name, bool needs_context) {
  int n = kind_of(name);
  calls[n].calls += 1;
  if (calls[n].fails_at != 0 && calls[n].calls == calls[n].fails_at) {
    if (calls[n].code >= 700 && calls[n].code < 800) broken = calls[n].code;
    return calls[n].code;
  }
  if (needs_context && depth == 0) {
    misuse("%s without a context", name);
    return INVALID_CONTEXT;
  }
  return broken;
}
#define ENTER(name, needs)             \
  pthread_mutex_lock(&lock);           \
  int code = enter(name, needs);       \
  if (code != SUCCESS) {               \
    pthread_mutex_unlock(&lock);       \
    return code;                       \
  }
int cuGetErrorName(int code, const char **name) {
  switch (code) {
    case OUT_OF_MEMORY: *name = "CUDA_ERROR_OUT_OF_MEMORY"; return SUCCESS;
    case INVALID_IMAGE: *name = "CUDA_ERROR_INVALID_IMAGE"; return SUCCESS;
    case NOT_FOUND: *name = "CUDA_ERROR_NOT_FOUND"; return SUCCESS;
    case ILLEGAL_ADDRESS: *name = "CUDA_ERROR_ILLEGAL_ADDRESS"; return SUCCESS;
    case 719: *name = "CUDA_ERROR_LAUNCH_FAILED"; return SUCCESS;
  }
  return INVALID_VALUE;
}
int cuGetErrorString(int code, const char **text) {
  switch (code) {
    case OUT_OF_MEMORY: *text = "out of memory"; return SUCCESS;
    case INVALID_IMAGE: *text = "device kernel image is invalid"; return SUCCESS;
    case NOT_FOUND: *text = "named symbol not found"; return SUCCESS;
    case ILLEGAL_ADDRESS: *text = "an illegal memory access was encountered"; return SUCCESS;
    case 719: *text = "unspecified launch failure"; return SUCCESS;
  }
  return INVALID_VALUE;
}

int cuInit(unsigned flags) {
  ENTER("Init", false)
  LEAVE(flags == 0 ? SUCCESS : INVALID_VALUE)
}
int cuDriverGetVersion(int *version) { *version = driver_version; return SUCCESS; }
int cuDeviceGetCount(int *count) {
  ENTER("DeviceGetCount", false)
  *count = gpus;
  LEAVE(SUCCESS)
}
int cuDeviceGet(int *device, int number) { *device = number + 100; return SUCCESS; }
int cuDeviceGetName(char *name, int bytes, int device) {
  snprintf(name, (size_t)bytes, "Fake GPU %d", device - 100);
  return SUCCESS;
}
int cuDeviceTotalMem_v2(size_t *bytes, int device) {
  (void)device;
  *bytes = memory_limit;
  return SUCCESS;
}
int cuDeviceGetAttribute(int *value, int attribute, int device) {
  ENTER("DeviceGetAttribute", false)
  (void)device;
  int known = SUCCESS;
  switch (attribute) {
    case 1: *value = 1024; break;
    case 2: case 3: *value = 1024; break;
    case 4: *value = 64; break;
    case 5: *value = 0x7fffffff; break;
    case 6: case 7: *value = 65535; break;
    case 16: *value = 2; break;
    case 75: *value = capability / 10; break;
    case 76: *value = capability % 10; break;
    case 115: *value = pools; break;
    default: known = INVALID_VALUE;
  }
  LEAVE(known)
}

static int a_context;
int cuDevicePrimaryCtxRetain(void **context, int device) {
  ENTER("DevicePrimaryCtxRetain", false)
  (void)device;
  retained += 1;
  *context = &a_context;
  LEAVE(SUCCESS)
}
int cuDevicePrimaryCtxRelease_v2(int device) {
  ENTER("DevicePrimaryCtxRelease", false)
  (void)device;
  if (--retained < 0) misuse("a context released too often");
  LEAVE(SUCCESS)
}
int cuCtxPushCurrent_v2(void *context) {
  ENTER("CtxPushCurrent", false)
  if (context != &a_context) misuse("an unknown context pushed");
  depth += 1;
  LEAVE(SUCCESS)
}
int cuCtxPopCurrent_v2(void **context) {
  pthread_mutex_lock(&lock);
  int code = enter("CtxPopCurrent", true);
  // It takes effect even where it reports an earlier error.
  if (depth > 0) depth -= 1;
  *context = &a_context;
  LEAVE(code)
}

// MARK: Streams and events

struct command {
  struct command *next;
  // Returns an error that stays, or 0.
  int (*run)(void *);
  void *argument;
};
struct stream {
  pthread_t thread;
  struct command *first, **last;
  bool is_busy;
};
struct event {
  int64_t recorded, reached;
};

static void *work(void *argument) {
  struct stream *stream = argument;
  pthread_mutex_lock(&lock);
  for (;;) {
    while (stream->first == NULL) {
      // Told once: idle streams that woke each other would do so for ever.
      if (stream->is_busy) {
        stream->is_busy = false;
        pthread_cond_broadcast(&changed);
      }
      pthread_cond_wait(&changed, &lock);
    }
    stream->is_busy = true;
    struct command *command = stream->first;
    int failed = broken;
    stream->first = command->next;
    if (stream->first == NULL) stream->last = &stream->first;
    pthread_mutex_unlock(&lock);
    if (microseconds > 0) usleep((unsigned)microseconds);
    if (failed == 0) failed = command->run(command->argument);
    pthread_mutex_lock(&lock);
    if (broken == 0) broken = failed;
    free(command->argument);
    free(command);
    pthread_cond_broadcast(&changed);
  }
  return NULL;
}

// Under the lock.
void enqueue(struct stream *stream, int (*run)(void *), void *argument) {
  struct command *command = malloc(sizeof *command);
  command->next = NULL, command->run = run, command->argument = argument;
  *stream->last = command;
  stream->last = &command->next;
  stream->is_busy = true;
  pthread_cond_broadcast(&changed);
}

static struct stream *all_streams[16];
static int stream_count;

int cuStreamCreate(void **result, unsigned flags) {
  ENTER("StreamCreate", true)
  if (flags != 1) misuse("a stream that waits for the default one");
  struct stream *stream = calloc(1, sizeof *stream);
  stream->last = &stream->first;
  all_streams[stream_count++] = stream;
  pthread_create(&stream->thread, NULL, work, stream);
  pthread_detach(stream->thread);
  *result = stream;
  LEAVE(SUCCESS)
}
int cuStreamDestroy_v2(void *stream) { (void)stream; return SUCCESS; }
int cuStreamSynchronize(struct stream *stream) {
  ENTER("StreamSynchronize", true)
  // 1 and 2 are the default streams, where nothing of ours is.
  if ((uintptr_t)stream <= 2) LEAVE(broken)
  while (stream->is_busy) pthread_cond_wait(&changed, &lock);
  LEAVE(broken)
}
int cuEventCreate(void **result, unsigned flags) {
  ENTER("EventCreate", true)
  if (flags != 2) misuse("an event that takes the time");
  *result = keep(calloc(1, sizeof(struct event)));
  LEAVE(SUCCESS)
}
int cuEventDestroy_v2(void *event) { (void)event; return SUCCESS; }
struct reach { struct event *event; int64_t number; };
static int reach(void *argument) {
  struct reach *reach = argument;
  pthread_mutex_lock(&lock);
  reach->event->reached = reach->number;
  pthread_mutex_unlock(&lock);
  return 0;
}
int cuEventRecord(struct event *event, struct stream *stream) {
  ENTER("EventRecord", true)
  struct reach *argument = malloc(sizeof *argument);
  argument->event = event, argument->number = ++event->recorded;
  enqueue(stream, reach, argument);
  LEAVE(SUCCESS)
}
int cuEventSynchronize(struct event *event) {
  ENTER("EventSynchronize", true)
  while (event->reached < event->recorded && broken == 0) pthread_cond_wait(&changed, &lock);
  LEAVE(broken)
}

// Later work of the stream waits for what the event recorded so far.
static int await_event(void *argument) {
  struct reach *reach = argument;
  pthread_mutex_lock(&lock);
  while (reach->event->reached < reach->number && broken == 0)
    pthread_cond_wait(&changed, &lock);
  pthread_mutex_unlock(&lock);
  return 0;
}
int cuStreamWaitEvent(struct stream *stream, struct event *event, unsigned flags) {
  ENTER("StreamWaitEvent", true)
  if (flags != 0) misuse("an unknown flag of a wait");
  struct reach *argument = malloc(sizeof *argument);
  argument->event = event, argument->number = event->recorded;
  enqueue(stream, await_event, argument);
  LEAVE(SUCCESS)
}

// MARK: Memory

struct block {
  uint64_t address;
  size_t bytes;
  enum { LIVE, POOLED, HOST } state;
  bool is_async;
  struct block *next;
};
static struct block *blocks;
static size_t taken;  // By the device's blocks, live and pooled.

struct block *containing(uint64_t address, size_t bytes, bool is_host) {
  for (struct block *block = blocks; block != NULL; block = block->next)
    if (block->state != POOLED && (block->state == HOST) == is_host &&
        address >= block->address && address - block->address + bytes <= block->bytes)
      return block;
  return NULL;
}
static struct block *add(size_t bytes, bool is_host, bool is_async) {
  if (!is_host && taken + bytes > memory_limit) return NULL;
  struct block *block = calloc(1, sizeof *block);
  void *memory = NULL;
  if (posix_memalign(&memory, 512, bytes) != 0) abort();
  memset(memory, 0xa5, bytes);
  block->address = (uint64_t)(uintptr_t)memory, block->bytes = bytes;
  block->state = is_host ? HOST : LIVE;
  block->is_async = is_async;
  block->next = blocks;
  blocks = block;
  if (!is_host) taken += bytes;
  return block;
}
static void drop(struct block *block) {
  for (struct block **place = &blocks; *place != NULL; place = &(*place)->next) {
    if (*place != block) continue;
    *place = block->next;
    break;
  }
  if (block->state != HOST) taken -= block->bytes;
  free((void *)(uintptr_t)block->address);
  free(block);
}
static struct block *starting(uint64_t address, int state) {
  for (struct block *block = blocks; block != NULL; block = block->next)
    if (block->address == address && block->state == (unsigned)state) return block;
  return NULL;
}
static bool anything_pending(void) {
  for (int n = 0; n < stream_count; ++n)
    if (all_streams[n]->is_busy) return true;
  return false;
}

int64_t fake_count(const char *name) {
  pthread_mutex_lock(&lock);
  int64_t result = 0;
  if (strcmp(name, "live") == 0 || strcmp(name, "pooled") == 0) {
    for (struct block *block = blocks; block != NULL; block = block->next)
      result += block->state == (unsigned)(name[0] == 'l' ? LIVE : POOLED);
  } else if (strcmp(name, "taken") == 0) {
    result = (int64_t)taken;
  } else if (strcmp(name, "retained") == 0) {
    result = retained;
  } else {
    result = calls[kind_of(name)].calls;
  }
  pthread_mutex_unlock(&lock);
  return result;
}

int cuMemGetInfo_v2(size_t *free_bytes, size_t *total) {
  ENTER("MemGetInfo", true)
  *free_bytes = memory_limit - taken, *total = memory_limit;
  LEAVE(SUCCESS)
}
int cuMemAlloc_v2(uint64_t *address, size_t bytes) {
  ENTER("MemAlloc", true)
  if (bytes == 0) LEAVE(INVALID_VALUE)
  struct block *block = add(bytes, false, false);
  if (block != NULL) *address = block->address;
  LEAVE(block != NULL ? SUCCESS : OUT_OF_MEMORY)
}
int cuMemFree_v2(uint64_t address) {
  ENTER("MemFree", true)
  struct block *block = starting(address, LIVE);
  if (block == NULL || block->is_async) {
    misuse("freed what is not there: %#llx", (unsigned long long)address);
    LEAVE(INVALID_VALUE)
  }
  if (anything_pending()) misuse("freed while work is pending");
  drop(block);
  LEAVE(SUCCESS)
}
int cuMemHostAlloc(void **result, size_t bytes, unsigned flags) {
  ENTER("MemHostAlloc", true)
  (void)flags;
  *result = (void *)(uintptr_t)add(bytes, true, false)->address;
  LEAVE(SUCCESS)
}
int cuMemFreeHost(void *memory) {
  ENTER("MemFreeHost", true)
  struct block *block = starting((uint64_t)(uintptr_t)memory, HOST);
  if (block == NULL) misuse("freed host memory that is not there");
  else drop(block);
  LEAVE(SUCCESS)
}

// Memory that another library of the process took from the first GPU.
uint64_t fake_foreign(size_t bytes) {
  pthread_mutex_lock(&lock);
  uint64_t address = add(bytes, false, false)->address;
  pthread_mutex_unlock(&lock);
  return address;
}
int cuPointerGetAttribute(void *value, int attribute, uint64_t address) {
  ENTER("PointerGetAttribute", true)
  if (attribute != 9 || containing(address, 1, false) == NULL) LEAVE(INVALID_VALUE)
  *(int *)value = 0;
  LEAVE(SUCCESS)
}

static int a_pool;
static uint64_t threshold;
int cuDeviceGetDefaultMemPool(void **pool, int device) {
  (void)device;
  *pool = &a_pool;
  return SUCCESS;
}
int cuMemPoolSetAttribute(void *pool, int attribute, void *value) {
  ENTER("MemPoolSetAttribute", false)
  if (pool != &a_pool || attribute != 4) misuse("an unknown attribute of a pool");
  threshold = *(uint64_t *)value;
  LEAVE(SUCCESS)
}
int cuMemPoolGetAttribute(void *pool, int attribute, void *value) {
  ENTER("MemPoolGetAttribute", false)
  (void)pool;
  uint64_t bytes = 0;
  for (struct block *block = blocks; block != NULL; block = block->next)
    if (block->is_async && block->state != HOST && (attribute == 5 || block->state == LIVE))
      bytes += block->bytes;
  if (attribute != 5 && attribute != 7) misuse("an unknown attribute of a pool");
  *(uint64_t *)value = bytes;
  LEAVE(SUCCESS)
}
int cuMemPoolTrimTo(void *pool, size_t bytes) {
  ENTER("MemPoolTrimTo", false)
  (void)pool, (void)bytes;
  // What pending work uses stays.
  for (struct block *block = blocks, *next; block != NULL && !anything_pending(); block = next) {
    next = block->next;
    if (block->state == POOLED) drop(block);
  }
  LEAVE(SUCCESS)
}
int cuMemAllocAsync(uint64_t *address, size_t bytes, void *stream) {
  ENTER("MemAllocAsync", true)
  (void)stream;
  if (bytes == 0) LEAVE(INVALID_VALUE)
  for (struct block *block = blocks; block != NULL; block = block->next) {
    if (block->state != POOLED || block->bytes != bytes) continue;
    block->state = LIVE;
    *address = block->address;
    LEAVE(SUCCESS)
  }
  struct block *block = add(bytes, false, true);
  if (block != NULL) *address = block->address;
  LEAVE(block != NULL ? SUCCESS : OUT_OF_MEMORY)
}
int cuMemFreeAsync(uint64_t address, void *stream) {
  ENTER("MemFreeAsync", true)
  (void)stream;
  struct block *block = starting(address, LIVE);
  if (block == NULL || !block->is_async) {
    misuse("freed what is not there: %#llx", (unsigned long long)address);
    LEAVE(INVALID_VALUE)
  }
  block->state = POOLED;
  LEAVE(SUCCESS)
}

// MARK: Copies

struct copy { void *to; const void *from; size_t bytes; };
static int run_copy(void *argument) {
  struct copy *copy = argument;
  memcpy(copy->to, copy->from, copy->bytes);
  if (broken_next != 0) return broken_next;
  return 0;
}
static int copy(const char *name, uint64_t to, bool to_host, uint64_t from, bool from_host,
                size_t bytes, struct stream *stream) {
  ENTER(name, true)
  if (containing(to, bytes, to_host) == NULL || containing(from, bytes, from_host) == NULL) {
    misuse("%s of %zu bytes beside the memory that was allocated", name, bytes);
    LEAVE(INVALID_VALUE)
  }
  struct copy *argument = malloc(sizeof *argument);
  argument->to = (void *)(uintptr_t)to, argument->from = (const void *)(uintptr_t)from;
  argument->bytes = bytes;
  enqueue(stream, run_copy, argument);
  LEAVE(SUCCESS)
}
int cuMemcpyHtoDAsync_v2(uint64_t to, const void *from, size_t bytes, struct stream *stream) {
  return copy("MemcpyHtoD", to, false, (uint64_t)(uintptr_t)from, true, bytes, stream);
}
int cuMemcpyDtoHAsync_v2(void *to, uint64_t from, size_t bytes, struct stream *stream) {
  return copy("MemcpyDtoH", (uint64_t)(uintptr_t)to, true, from, false, bytes, stream);
}
int cuMemcpyDtoDAsync_v2(uint64_t to, uint64_t from, size_t bytes, struct stream *stream) {
  return copy("MemcpyDtoD", to, false, from, false, bytes, stream);
}

// MARK: Modules and launches

static const char magic[8] = {'F', 'A', 'K', 'E', 'C', 'U', 'B', 'N'};
struct function {
  size_t (*sizes)(size_t *);
  void (*run)(void **, const unsigned *);
};

static const char *temporary(char *path, const char *suffix) {
  const char *folder = getenv("TMPDIR");
  snprintf(path, 200, "%s/fake-cuda-XXXXXX%s", folder != NULL ? folder : "/tmp", suffix);
  int file = mkstemps(path, (int)strlen(suffix));
  if (file < 0) abort();
  close(file);
  return path;
}

int cuModuleLoadDataEx(void **module, const void *image, unsigned count, int *options,
                       void **values) {
  ENTER("ModuleLoadData", true)
  if (memcmp(image, magic, sizeof magic) != 0) {
    for (unsigned n = 0; n + 1 < count; ++n)
      if (options[n] == 5 && options[n + 1] == 6)
        snprintf(values[n], (size_t)values[n + 1], "the image is not one");
    LEAVE(INVALID_IMAGE)
  }
  uint64_t bytes;
  memcpy(&bytes, (const char *)image + 8, 8);
  char path[256];
  FILE *file = fopen(temporary(path, ".so"), "wb");
  fwrite((const char *)image + 16, 1, bytes, file);
  fclose(file);
  *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (*module == NULL) misuse("%s", dlerror());
  unlink(path);
  LEAVE(*module != NULL ? SUCCESS : INVALID_IMAGE)
}
int cuModuleUnload(void *module) { dlclose(module); return SUCCESS; }
int cuModuleGetFunction(void **result, void *module, const char *name) {
  ENTER("ModuleGetFunction", true)
  char symbol[512];
  struct function *function = malloc(sizeof *function);
  snprintf(symbol, sizeof symbol, "fake_sizes_%s", name);
  function->sizes = (size_t (*)(size_t *))dlsym(module, symbol);
  snprintf(symbol, sizeof symbol, "fake_run_%s", name);
  function->run = (void (*)(void **, const unsigned *))dlsym(module, symbol);
  bool is_there = function->sizes != NULL && function->run != NULL;
  if (is_there) *result = keep(function);
  else free(function);
  LEAVE(is_there ? SUCCESS : NOT_FOUND)
}

static unsigned last_launch[7];
void fake_last_launch(unsigned *sizes) { memcpy(sizes, last_launch, sizeof last_launch); }

struct launch {
  struct function *function;
  unsigned sizes[6];
  size_t count;
  char *bytes[256];
};
static int run_launch(void *argument) {
  struct launch *launch = argument;
  launch->function->run((void **)launch->bytes, launch->sizes);
  for (size_t n = 0; n < launch->count; ++n) free(launch->bytes[n]);
  return broken_next;
}
int cuLaunchKernel(struct function *function, unsigned gx, unsigned gy, unsigned gz, unsigned bx,
                   unsigned by, unsigned bz, unsigned shared, struct stream *stream,
                   void **arguments, void **extra) {
  ENTER("LaunchKernel", true)
  unsigned sizes[] = {gx, gy, gz, bx, by, bz, shared};
  memcpy(last_launch, sizes, sizeof last_launch);
  if (extra != NULL || gx * gy * gz == 0 || bx * by * bz == 0 || bx * by * bz > 1024) {
    misuse("a launch of %u %u %u blocks of %u %u %u threads", gx, gy, gz, bx, by, bz);
    LEAVE(INVALID_VALUE)
  }
  struct launch *launch = calloc(1, sizeof *launch);
  size_t bytes[256];
  launch->function = function;
  memcpy(launch->sizes, sizes, sizeof launch->sizes);
  launch->count = function->sizes(bytes);
  // The arguments are copied before the call returns.
  for (size_t n = 0; n < launch->count; ++n) {
    launch->bytes[n] = malloc(bytes[n]);
    memcpy(launch->bytes[n], arguments[n], bytes[n]);
  }
  enqueue(stream, run_launch, launch);
  LEAVE(SUCCESS)
}

// MARK: NVRTC

struct program {
  char *text, *log, *image;
  size_t image_bytes;
};
const char *nvrtcGetErrorString(int code) {
  return code == 0 ? "NVRTC_SUCCESS" : code == 6 ? "NVRTC_ERROR_COMPILATION" : "NVRTC_ERROR";
}
int nvrtcVersion(int *major, int *minor) { *major = 12, *minor = 9; return 0; }
int nvrtcGetNumSupportedArchs(int *count) { *count = 2; return 0; }
int nvrtcGetSupportedArchs(int *numbers) { numbers[0] = 80, numbers[1] = 90; return 0; }
int nvrtcCreateProgram(struct program **result, const char *text, const char *name, int headers,
                       const char *const *texts, const char *const *names) {
  (void)name, (void)headers, (void)texts, (void)names;
  *result = calloc(1, sizeof(struct program));
  (*result)->text = strdup(text);
  return 0;
}
int nvrtcDestroyProgram(struct program **program) {
  free((*program)->text), free((*program)->log), free((*program)->image);
  free(*program);
  *program = NULL;
  return 0;
}
static char *contents(const char *path, size_t *bytes) {
  FILE *file = fopen(path, "rb");
  fseek(file, 0, SEEK_END);
  *bytes = (size_t)ftell(file);
  rewind(file);
  char *result = calloc(1, *bytes + 1);
  *bytes = fread(result, 1, *bytes, file);
  fclose(file);
  return result;
}
// The options that must be there, whatever their order.
static bool has(int count, const char *const *options, const char *wanted) {
  for (int n = 0; n < count; ++n)
    if (strncmp(options[n], wanted, strlen(wanted)) == 0) return true;
  return false;
}
int nvrtcCompileProgram(struct program *program, int count, const char *const *options) {
  pthread_mutex_lock(&lock);
  (void)enter("CompileProgram", false);
  if (!has(count, options, "--fmad=false") || !has(count, options, "--gpu-architecture="))
    misuse("compiled without the options that keep the bits");
  if (has(count, options, "--use_fast_math")) misuse("compiled with fast mathematics");
  pthread_mutex_unlock(&lock);
  char source[256], object[256], log[256], command[2048];
  FILE *file = fopen(temporary(source, ".cpp"), "w");
  fprintf(file, "#include \"%s\"\n%s\n", FAKE_PRELUDE, program->text);
  for (const char *at = program->text; (at = strstr(at, "__global__ void")) != NULL;) {
    at += strlen("__global__ void");
    at += strspn(at, " ");
    if (strncmp(at, "__launch_bounds__", 17) == 0) at = strchr(at, ')') + 1;
    at += strspn(at, " ");
    fprintf(file, "FAKE_KERNEL(%.*s)\n", (int)strcspn(at, "( "), at);
  }
  fclose(file);
  temporary(object, ".so"), temporary(log, ".log");
  snprintf(command, sizeof command,
           "$(command -v cc || command -v clang) -x c++ -std=c++17 -O0 -ffp-contract=off -fPIC -shared -fno-exceptions -w -o %s %s "
           ">%s 2>&1", object, source, log);
  int status = system(command);
  size_t bytes;
  program->log = contents(log, &bytes);
  if (status == 0) {
    char *code = contents(object, &bytes);
    uint64_t length = bytes;
    program->image = malloc(bytes + 16);
    memcpy(program->image, magic, 8);
    memcpy(program->image + 8, &length, 8);
    memcpy(program->image + 16, code, bytes);
    program->image_bytes = bytes + 16;
    free(code);
  }
  unlink(source), unlink(object), unlink(log);
  return status == 0 ? 0 : 6;
}
int nvrtcGetProgramLogSize(struct program *program, size_t *bytes) {
  *bytes = strlen(program->log) + 1;
  return 0;
}
int nvrtcGetProgramLog(struct program *program, char *log) { strcpy(log, program->log); return 0; }
int nvrtcGetCUBINSize(struct program *program, size_t *bytes) {
  *bytes = program->image_bytes;
  return 0;
}
int nvrtcGetCUBIN(struct program *program, char *image) {
  memcpy(image, program->image, program->image_bytes);
  return 0;
}
int nvrtcGetPTXSize(struct program *program, size_t *bytes) {
  return nvrtcGetCUBINSize(program, bytes);
}
int nvrtcGetPTX(struct program *program, char *image) { return nvrtcGetCUBIN(program, image); }
