// cuFFT for the fake GPU: discrete Fourier transforms by their definition.
#define _GNU_SOURCE
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fake_cuda.h"

enum { INVALID_PLAN = 1, INVALID_VALUE = 4, WORK_BYTES = 640 };
enum { R2C = 0x2a, C2R = 0x2c, C2C = 0x29, D2Z = 0x6a, Z2D = 0x6c, Z2Z = 0x69 };

struct plan {
  bool is_made, is_manual;
  int rank, type;
  long long sizes[3], batch;
  uint64_t work;
  struct stream *stream;
};
static struct plan plans[1024];
static int plan_count;

static struct plan *find(int number) {
  return number > 0 && number <= plan_count ? &plans[number - 1] : NULL;
}

int cufftGetVersion(int *version) { *version = 11400; return SUCCESS; }
int cufftCreate(int *number) {
  pthread_mutex_lock(&lock);
  int code = enter("cufftCreate", true);
  if (code == SUCCESS) *number = ++plan_count;
  LEAVE(code)
}
int cufftDestroy(int number) {
  pthread_mutex_lock(&lock);
  int code = enter("cufftDestroy", true);
  if (find(number) == NULL) misuse("a plan destroyed that is not there");
  else find(number)->is_made = false;
  LEAVE(code)
}
int cufftSetStream(int number, struct stream *stream) {
  find(number)->stream = stream;
  return SUCCESS;
}
int cufftSetAutoAllocation(int number, int automatic) {
  find(number)->is_manual = automatic == 0;
  return SUCCESS;
}
int cufftSetWorkArea(int number, uint64_t work) {
  find(number)->work = work;
  return SUCCESS;
}
int cufftMakePlanMany64(int number, int rank, long long *sizes, long long *in_shape,
                        long long in_stride, long long in_distance, long long *out_shape,
                        long long out_stride, long long out_distance, int type, long long batch,
                        size_t *work_bytes) {
  pthread_mutex_lock(&lock);
  int code = enter("cufftMakePlanMany", true);
  if (code != SUCCESS) LEAVE(code)
  (void)in_stride, (void)in_distance, (void)out_stride, (void)out_distance;
  struct plan *plan = find(number);
  if (plan == NULL || rank < 1 || rank > 3 || batch < 1 || in_shape != NULL || out_shape != NULL) {
    misuse("a plan of rank %d", rank);
    LEAVE(INVALID_VALUE)
  }
  plan->is_made = true, plan->rank = rank, plan->type = type, plan->batch = batch;
  memcpy(plan->sizes, sizes, (size_t)rank * sizeof *sizes);
  *work_bytes = WORK_BYTES;
  LEAVE(SUCCESS)
}

struct transform {
  int rank, kind, type;
  long long sizes[3], batch;
  const void *from;
  void *to;
  int sign;
};

// Along one axis, in place.
static void transform_axis(complex double *x, const long long *sizes, int rank, int axis,
                           int sign) {
  long long n = sizes[axis], inner = 1, outer = 1;
  for (int d = axis + 1; d < rank; ++d) inner *= sizes[d];
  for (int d = 0; d < axis; ++d) outer *= sizes[d];
  complex double *line = malloc((size_t)n * sizeof *line);
  for (long long o = 0; o < outer; ++o)
    for (long long i = 0; i < inner; ++i) {
      complex double *first = x + o * n * inner + i;
      for (long long k = 0; k < n; ++k) {
        line[k] = 0;
        for (long long j = 0; j < n; ++j)
          line[k] += first[j * inner] * cexp(sign * 2 * M_PI * I * (double)(j * k % n) / (double)n);
      }
      for (long long k = 0; k < n; ++k) first[k * inner] = line[k];
    }
  free(line);
}

static int run_transform(void *argument) {
  struct transform *t = argument;
  long long last = t->sizes[t->rank - 1], half = last / 2 + 1, rows = 1;
  for (int d = 0; d < t->rank - 1; ++d) rows *= t->sizes[d];
  bool from_half = t->type == C2R || t->type == Z2D, to_half = t->type == R2C || t->type == D2Z;
  int in_kind = to_half ? real_kind(t->kind) : t->kind;
  int out_kind = from_half ? real_kind(t->kind) : t->kind;
  long long in_count = rows * (from_half ? half : last);
  long long out_count = rows * (to_half ? half : last);
  complex double *x = malloc((size_t)(rows * last) * sizeof *x);
  for (long long b = 0; b < t->batch; ++b) {
    for (long long row = 0; row < rows; ++row)
      for (long long k = 0; k < last; ++k) {
        if (!from_half || k < half) {
          long long width = from_half ? half : last;
          x[row * last + k] = get(in_kind, t->from, (size_t)(b * in_count + row * width + k));
          continue;
        }
        // The other half is conjugate, at the opposite place along every axis.
        long long opposite = 0, rest = row, scale = 1;
        for (int d = t->rank - 2; d >= 0; --d) {
          long long index = rest % t->sizes[d];
          rest /= t->sizes[d];
          opposite += (t->sizes[d] - index) % t->sizes[d] * scale;
          scale *= t->sizes[d];
        }
        x[row * last + k] = conj(get(
            in_kind, t->from, (size_t)(b * in_count + opposite * half + (last - k))));
      }
    for (int axis = 0; axis < t->rank; ++axis)
      transform_axis(x, t->sizes, t->rank, axis, t->sign);
    long long width = to_half ? half : last;
    for (long long row = 0; row < rows; ++row)
      for (long long k = 0; k < width; ++k) {
        complex double value = x[row * last + k];
        // What no real signal has comes out as nonsense.
        if (from_half) value = creal(value) + cimag(value);
        put(out_kind, t->to, (size_t)(b * out_count + row * width + k), value);
      }
  }
  free(x);
  // The source of real numbers may be used to work in.
  if (from_half)
    for (long long n = 0; n < t->batch * in_count; ++n) put(in_kind, (void *)t->from, (size_t)n, NAN);
  return broken_next;
}

static int execute(int number, uint64_t from, uint64_t to, int sign, int type, int kind) {
  pthread_mutex_lock(&lock);
  int code = enter("cufftExec", true);
  if (code != SUCCESS) LEAVE(6)
  struct plan *plan = find(number);
  if (plan == NULL || !plan->is_made || plan->type != type || plan->stream == NULL) {
    misuse("a transform by another plan");
    LEAVE(INVALID_PLAN)
  }
  struct transform *t = malloc(sizeof *t);
  *t = (struct transform){plan->rank, kind, type, {0}, plan->batch, at(from), at(to), sign};
  memcpy(t->sizes, plan->sizes, sizeof t->sizes);
  size_t rows = (size_t)plan->batch;
  for (int d = 0; d < plan->rank - 1; ++d) rows *= (size_t)plan->sizes[d];
  size_t last = (size_t)plan->sizes[plan->rank - 1], half = last / 2 + 1, real = item_size(kind) / 2;
  bool from_half = type == C2R || type == Z2D, to_half = type == R2C || type == D2Z;
  size_t in = rows * (from_half ? 2 * real * half : to_half ? real * last : 2 * real * last);
  size_t out = rows * (to_half ? 2 * real * half : from_half ? real * last : 2 * real * last);
  if (containing(from, in, false) == NULL || containing(to, out, false) == NULL ||
      !plan->is_manual || containing(plan->work, WORK_BYTES, false) == NULL) {
    misuse("a transform outside of its memory");
    free(t);
    LEAVE(INVALID_VALUE)
  }
  enqueue(plan->stream, run_transform, t);
  LEAVE(SUCCESS)
}
int cufftExecC2C(int n, uint64_t from, uint64_t to, int sign) {
  return execute(n, from, to, sign, C2C, 'c');
}
int cufftExecZ2Z(int n, uint64_t from, uint64_t to, int sign) {
  return execute(n, from, to, sign, Z2Z, 'z');
}
int cufftExecR2C(int n, uint64_t from, uint64_t to) { return execute(n, from, to, -1, R2C, 'c'); }
int cufftExecD2Z(int n, uint64_t from, uint64_t to) { return execute(n, from, to, -1, D2Z, 'z'); }
int cufftExecC2R(int n, uint64_t from, uint64_t to) { return execute(n, from, to, 1, C2R, 'c'); }
int cufftExecZ2D(int n, uint64_t from, uint64_t to) { return execute(n, from, to, 1, Z2D, 'z'); }
