// What stands before CUDA C so that the host's C++ compiler takes it, and runs a kernel's grid: one
// block after another, the threads of a block as fibers that switch where they wait for others.
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
#define __align__(bytes) __attribute__((aligned(bytes)))
#define __CUDA_ARCH__ 900

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
FAKE_ATOMIC(atomicInc, old >= value ? 0 : old + 1)
FAKE_ATOMIC(atomicDec, old == 0 || old > value ? value : old - 1)
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

// The block's fibers, how many there are, how many have not ended, and those at the barrier.
static fake_fiber *fake_fibers;
static unsigned fake_count, fake_alive, fake_arrived, fake_barriers;

static void fake_yield() { swapcontext(&fake_current->context, &fake_scheduler); }

static void __syncthreads() {
  if (!fake_current) return;
  const unsigned barrier = fake_barriers;
  ++fake_arrived;
  while (fake_barriers == barrier) {
    if (fake_arrived >= fake_alive) {
      fake_arrived = 0;
      ++fake_barriers;
    } else {
      fake_yield();
    }
  }
}

static unsigned fake_votes[2];
static int __syncthreads_count(int given) {
  __syncthreads();
  fake_votes[0] = fake_votes[1] = 0;
  __syncthreads();
  fake_votes[given != 0] += 1;
  __syncthreads();
  return (int)fake_votes[1];
}
static int __syncthreads_and(int given) { return __syncthreads_count(given == 0) == 0; }
static int __syncthreads_or(int given) { return __syncthreads_count(given) != 0; }

static void __threadfence() {}
static void __threadfence_block() {}
static void __threadfence_system() {}
static void __nanosleep(unsigned) { fake_yield(); }

// What the lanes of a mask bring to a meeting.
struct fake_meeting {
  unsigned lanes;
  unsigned lane;
  unsigned long long values[32];
};

// Where the lanes of one mask meet. Turns alternate, so that nobody writes what others still read.
struct fake_gate {
  unsigned mask, arrived, turn;
  unsigned long long values[2][32];
};
static fake_gate fake_gates[32][64];

static fake_meeting fake_meet(unsigned mask, unsigned long long value) {
  const unsigned number = (unsigned)(fake_current - fake_fibers), warp = number / 32;
  fake_meeting met = {0, number % 32, {}};
  unsigned count = 0;
  for (unsigned n = 0; n < 32; ++n)
    if (mask >> n & 1 && warp * 32 + n < fake_count) met.lanes |= 1u << n, ++count;
  fake_gate *gate = fake_gates[warp];
  while (gate->mask != mask && gate->mask != 0)
    if (++gate == fake_gates[warp] + 64) abort();
  gate->mask = mask;
  const unsigned turn = gate->turn;
  unsigned long long *values = gate->values[turn & 1];
  values[met.lane] = value;
  if (++gate->arrived == count) {
    gate->arrived = 0;
    ++gate->turn;
  }
  while (gate->turn == turn) fake_yield();
  for (unsigned n = 0; n < 32; ++n)
    if (met.lanes >> n & 1) met.values[n] = values[n];
  return met;
}

static void __syncwarp(unsigned mask) { fake_meet(mask, 0); }
static unsigned __ballot_sync(unsigned mask, int given) {
  fake_meeting met = fake_meet(mask, given != 0);
  unsigned bits = 0;
  for (unsigned n = 0; n < 32; ++n)
    if (met.values[n]) bits |= 1u << n;
  return bits;
}
static int __any_sync(unsigned mask, int given) { return __ballot_sync(mask, given) != 0; }
static int __all_sync(unsigned mask, int given) { return __ballot_sync(mask, !given) == 0; }
static int __uni_sync(unsigned mask, int given) {
  fake_meeting met = fake_meet(mask, given != 0);
  for (unsigned n = 0; n < 32; ++n)
    if (met.lanes >> n & 1 && met.values[n] != (given != 0)) return 0;
  return 1;
}
template <class T>
static unsigned __match_any_sync(unsigned mask, T given) {
  fake_meeting met = fake_meet(mask, given);
  unsigned bits = 0;
  for (unsigned n = 0; n < 32; ++n)
    if (met.lanes >> n & 1 && met.values[n] == given) bits |= 1u << n;
  return bits;
}
template <class T>
static unsigned __match_all_sync(unsigned mask, T given, int *is_same) {
  fake_meeting met = fake_meet(mask, given);
  *is_same = 1;
  for (unsigned n = 0; n < 32; ++n)
    if (met.lanes >> n & 1 && met.values[n] != given) *is_same = 0;
  return *is_same ? mask : 0;
}
template <class T>
static T fake_shuffle(unsigned mask, T given, unsigned (*source)(unsigned, unsigned), unsigned by) {
  unsigned long long bits = 0;
  memcpy(&bits, &given, sizeof given);
  fake_meeting met = fake_meet(mask, bits);
  T result;
  memcpy(&result, &met.values[source(met.lane, by & 31)], sizeof result);
  return result;
}
template <class T>
static T __shfl_sync(unsigned mask, T given, int lane) {
  return fake_shuffle(mask, given, [](unsigned, unsigned by) { return by; }, (unsigned)lane);
}
template <class T>
static T __shfl_up_sync(unsigned mask, T given, unsigned by) {
  return fake_shuffle(
      mask, given, [](unsigned me, unsigned by) { return me < by ? me : me - by; }, by);
}
template <class T>
static T __shfl_down_sync(unsigned mask, T given, unsigned by) {
  return fake_shuffle(
      mask, given, [](unsigned me, unsigned by) { return me + by > 31 ? me : me + by; }, by);
}
template <class T>
static T __shfl_xor_sync(unsigned mask, T given, int by) {
  return fake_shuffle(mask, given, [](unsigned me, unsigned by) { return me ^ by; }, (unsigned)by);
}
// Whom else the processor runs is its own affair: here nobody.
static unsigned __activemask() { return 1u << (fake_current - fake_fibers) % 32; }

static void fake_enter() {
  fake_body(fake_arguments);
  fake_current->is_done = true;
  --fake_alive;
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
  fake_fibers = fibers;
  fake_count = fake_alive = count;
  fake_arrived = fake_barriers = 0;
  memset(fake_gates, 0, sizeof fake_gates);
  // Each up to where it waits.
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
