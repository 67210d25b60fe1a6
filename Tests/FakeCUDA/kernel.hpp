// What stands before CUDA C so that the host's C++ compiler takes it, and runs a kernel's grid: one
// block after another, the threads of a block as fibers that switch at barriers.
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include <utility>

#define __global__
#define __device__
#define __forceinline__ inline
#define __shared__ static
#define __launch_bounds__(threads)

struct fake_size {
  unsigned x, y, z;
};
static fake_size threadIdx, blockIdx, blockDim, gridDim;

template <class To, class From>
static To fake_bits(From value) {
  To result;
  static_assert(sizeof result == sizeof value, "sizes differ");
  memcpy(&result, &value, sizeof result);
  return result;
}
static unsigned __float_as_uint(float a) { return fake_bits<unsigned>(a); }
static float __uint_as_float(unsigned a) { return fake_bits<float>(a); }
static long long __double_as_longlong(double a) { return fake_bits<long long>(a); }
static double __longlong_as_double(long long a) { return fake_bits<double>(a); }
static int __popc(unsigned a) { return __builtin_popcount(a); }
static int __popcll(unsigned long long a) { return __builtin_popcountll(a); }
static int __clzll(long long a) { return a != 0 ? __builtin_clzll((unsigned long long)a) : 64; }

// Fibers of one thread need no atomic instructions.
#define FAKE_ATOMIC(name, next)       \
  template <class T, class U>         \
  static T name(T *address, U given) { \
    T old = *address, value = (T)given; \
    *address = next;                  \
    return old;                       \
  }
FAKE_ATOMIC(atomicAdd, old + value)
FAKE_ATOMIC(atomicSub, old - value)
FAKE_ATOMIC(atomicMin, value < old ? value : old)
FAKE_ATOMIC(atomicMax, value > old ? value : old)
FAKE_ATOMIC(atomicAnd, old & value)
FAKE_ATOMIC(atomicOr, old | value)
FAKE_ATOMIC(atomicXor, old ^ value)
FAKE_ATOMIC(atomicExch, value)
template <class T, class U, class V>
static T atomicCAS(T *address, U expected, V value) {
  T old = *address;
  if (old == (T)expected) *address = (T)value;
  return old;
}

struct fake_fiber {
  ucontext_t context;
  fake_size index;
  bool is_done;
};
static ucontext_t fake_scheduler;
static fake_fiber *fake_current;
static void (*fake_body)(void **);
static void **fake_arguments;

static void __syncthreads() {
  if (fake_current) swapcontext(&fake_current->context, &fake_scheduler);
}

static void fake_enter() {
  fake_body(fake_arguments);
  fake_current->is_done = true;
}

static void fake_run_block(fake_fiber *fibers, char *stacks, size_t stack_bytes, unsigned count) {
  for (unsigned n = 0; n < count; ++n) {
    fake_fiber &fiber = fibers[n];
    fiber.is_done = false;
    fiber.index = {n % blockDim.x, n / blockDim.x % blockDim.y, n / blockDim.x / blockDim.y};
    getcontext(&fiber.context);
    fiber.context.uc_stack.ss_sp = stacks + n * stack_bytes;
    fiber.context.uc_stack.ss_size = stack_bytes;
    fiber.context.uc_link = &fake_scheduler;
    makecontext(&fiber.context, fake_enter, 0);
  }
  // From barrier to barrier.
  for (unsigned left = count; left > 0;) {
    left = 0;
    for (unsigned n = 0; n < count; ++n) {
      if (fibers[n].is_done) continue;
      fake_current = &fibers[n];
      threadIdx = fibers[n].index;
      swapcontext(&fake_scheduler, &fibers[n].context);
      if (!fibers[n].is_done) ++left;
    }
  }
  fake_current = nullptr;
}

static void fake_run(void (*body)(void **), void **arguments, const unsigned *sizes) {
  const size_t stack_bytes = 64 << 10;
  gridDim = {sizes[0], sizes[1], sizes[2]};
  blockDim = {sizes[3], sizes[4], sizes[5]};
  fake_body = body;
  fake_arguments = arguments;
  unsigned count = blockDim.x * blockDim.y * blockDim.z;
  fake_fiber *fibers = (fake_fiber *)malloc(count * sizeof *fibers);
  char *stacks = (char *)malloc(count * stack_bytes);
  for (blockIdx.z = 0; blockIdx.z < gridDim.z; ++blockIdx.z)
    for (blockIdx.y = 0; blockIdx.y < gridDim.y; ++blockIdx.y)
      for (blockIdx.x = 0; blockIdx.x < gridDim.x; ++blockIdx.x)
        fake_run_block(fibers, stacks, stack_bytes, count);
  free(stacks);
  free(fibers);
}

// Calls a kernel with the arguments that a table of addresses leads to, as the driver does.
template <class... Arguments, size_t... Index>
static void fake_call(void (*kernel)(Arguments...), void **table, std::index_sequence<Index...>) {
  kernel(*(Arguments *)table[Index]...);
}
template <class... Arguments>
static void fake_call(void (*kernel)(Arguments...), void **table) {
  fake_call(kernel, table, std::index_sequence_for<Arguments...>());
}
template <class... Arguments>
static size_t fake_sizes(void (*)(Arguments...), size_t *sizes) {
  const size_t all[] = {sizeof(Arguments)...};
  if (sizes) memcpy(sizes, all, sizeof all);
  return sizeof...(Arguments);
}

// What a module offers the driver, for each of its kernels.
#define FAKE_KERNEL(name)                                                           \
  extern "C" size_t fake_sizes_##name(size_t *sizes) { return fake_sizes(name, sizes); } \
  extern "C" void fake_run_##name(void **arguments, const unsigned *sizes) {        \
    fake_run([](void **table) { fake_call(name, table); }, arguments, sizes);       \
  }
