// cuSOLVER for the fake GPU: textbook factorisations of column-major matrices, in double precision.
#define _GNU_SOURCE
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fake_cuda.h"

typedef complex double number;
enum { FAILED = 6, INVALID_VALUE = 3 };
enum step { POTRF, GETRF, GETRS, GEQRF, ORGQR, SYEVD, GESVD };

struct solver { struct stream *stream; };

int cusolverDnCreate(struct solver **solver) {
  pthread_mutex_lock(&lock);
  int code = enter("cusolverCreate", true);
  if (code == SUCCESS) *solver = keep(calloc(1, sizeof **solver));
  LEAVE(code)
}
int cusolverDnDestroy(struct solver *solver) { (void)solver; return SUCCESS; }
int cusolverDnSetStream(struct solver *solver, struct stream *stream) {
  solver->stream = stream;
  return SUCCESS;
}

struct work {
  enum step step;
  int kind, m, n, k, lda, option, other, ldu, ldv;
  void *a, *b, *u, *v, *info;
};

static number *load(const struct work *w, const void *from, int rows, int columns, int leading) {
  number *x = malloc((size_t)rows * (size_t)columns * sizeof *x);
  for (int j = 0; j < columns; ++j)
    for (int i = 0; i < rows; ++i)
      x[i + j * rows] = get(w->kind, from, (size_t)i + (size_t)j * (size_t)leading);
  return x;
}
static void store(const struct work *w, void *to, const number *x, int rows, int columns,
                  int leading) {
  for (int j = 0; j < columns; ++j)
    for (int i = 0; i < rows; ++i)
      put(w->kind, to, (size_t)i + (size_t)j * (size_t)leading, x[i + j * rows]);
}

// The lower triangle, in place; the first column that is not positive, counted from 1, or 0.
static int cholesky(number *a, int n) {
  for (int j = 0; j < n; ++j) {
    double square = creal(a[j + j * n]);
    for (int k = 0; k < j; ++k) square -= creal(a[j + k * n] * conj(a[j + k * n]));
    if (!(square > 0)) return j + 1;
    a[j + j * n] = sqrt(square);
    for (int i = j + 1; i < n; ++i) {
      number sum = a[i + j * n];
      for (int k = 0; k < j; ++k) sum -= a[i + k * n] * conj(a[j + k * n]);
      a[i + j * n] = sum / a[j + j * n];
    }
  }
  return 0;
}

static int lu(number *a, int m, int n, int *pivots) {
  int failed = 0;
  for (int j = 0; j < m && j < n; ++j) {
    int best = j;
    for (int i = j; i < m; ++i)
      if (cabs(a[i + j * m]) > cabs(a[best + j * m])) best = i;
    pivots[j] = best + 1;
    if (a[best + j * m] == 0) {
      if (failed == 0) failed = j + 1;
      continue;
    }
    for (int c = 0; c < n; ++c) {
      number kept = a[j + c * m];
      a[j + c * m] = a[best + c * m], a[best + c * m] = kept;
    }
    for (int i = j + 1; i < m; ++i) {
      a[i + j * m] /= a[j + j * m];
      for (int c = j + 1; c < n; ++c) a[i + c * m] -= a[i + j * m] * a[j + c * m];
    }
  }
  return failed;
}

static void solve(const number *a, int n, const int *pivots, number *b, int columns) {
  for (int c = 0; c < columns; ++c) {
    number *x = b + c * n;
    for (int i = 0; i < n; ++i) {
      number kept = x[i];
      x[i] = x[pivots[i] - 1], x[pivots[i] - 1] = kept;
    }
    for (int i = 0; i < n; ++i)
      for (int k = 0; k < i; ++k) x[i] -= a[i + k * n] * x[k];
    for (int i = n - 1; i >= 0; --i) {
      for (int k = i + 1; k < n; ++k) x[i] -= a[i + k * n] * x[k];
      x[i] /= a[i + i * n];
    }
  }
}

// x = (1 - factor v vᴴ) x for a column x; v begins with 1 in row `first`.
static void reflect(number *x, const number *v, int m, int first, number factor) {
  number sum = x[first];
  for (int i = first + 1; i < m; ++i) sum += conj(v[i]) * x[i];
  sum *= factor;
  x[first] -= sum;
  for (int i = first + 1; i < m; ++i) x[i] -= v[i] * sum;
}

static void qr(number *a, int m, int n, number *tau) {
  for (int j = 0; j < m && j < n; ++j) {
    number alpha = a[j + j * m];
    double rest = 0;
    for (int i = j + 1; i < m; ++i) rest += creal(a[i + j * m] * conj(a[i + j * m]));
    if (rest == 0 && cimag(alpha) == 0) {
      tau[j] = 0;
      continue;
    }
    double beta = -copysign(sqrt(rest + creal(alpha * conj(alpha))), creal(alpha));
    tau[j] = (beta - alpha) / beta;
    for (int i = j + 1; i < m; ++i) a[i + j * m] /= alpha - beta;
    for (int c = j + 1; c < n; ++c) reflect(a + c * m, a + j * m, m, j, conj(tau[j]));
    a[j + j * m] = beta;
  }
}

// The first n columns of the product of k reflectors, whose vectors are in `a`, in place.
static void orthogonal(number *a, int m, int n, int k, const number *tau) {
  number *q = calloc((size_t)m * (size_t)n, sizeof *q);
  for (int c = 0; c < n; ++c) {
    q[c + c * m] = 1;
    for (int j = k - 1; j >= 0; --j) reflect(q + c * m, a + j * m, m, j, tau[j]);
  }
  memcpy(a, q, (size_t)m * (size_t)n * sizeof *q);
  free(q);
}

// Turns columns p and q of x by a rotation with a phase.
static void rotate(number *x, int rows, int p, int q, double c, number s) {
  for (int i = 0; i < rows; ++i) {
    number a = x[i + p * rows], b = x[i + q * rows];
    x[i + p * rows] = c * a - conj(s) * b;
    x[i + q * rows] = s * a + c * b;
  }
}

// One-sided rotations until the columns of a are orthogonal; v takes the same rotations.
static void orthogonalise(number *a, int m, int n, number *v) {
  for (int sweep = 0; sweep < 60; ++sweep) {
    double worst = 0;
    for (int p = 0; p < n; ++p)
      for (int q = p + 1; q < n; ++q) {
        double pp = 0, qq = 0;
        number pq = 0;
        for (int i = 0; i < m; ++i) {
          pp += creal(a[i + p * m] * conj(a[i + p * m]));
          qq += creal(a[i + q * m] * conj(a[i + q * m]));
          pq += conj(a[i + p * m]) * a[i + q * m];
        }
        double size = cabs(pq);
        if (size <= 1e-17 * sqrt(pp * qq) || size == 0) continue;
        worst = fmax(worst, size / sqrt(pp * qq));
        double zeta = (qq - pp) / (2 * size);
        double t = copysign(1, zeta) / (fabs(zeta) + sqrt(1 + zeta * zeta));
        double c = 1 / sqrt(1 + t * t);
        number s = c * t * (pq / size);
        rotate(a, m, p, q, c, s);
        rotate(v, n, p, q, c, s);
      }
    if (worst < 1e-15) return;
  }
}

static number *identity(int n) {
  number *x = calloc((size_t)n * (size_t)n, sizeof *x);
  for (int i = 0; i < n; ++i) x[i + i * n] = 1;
  return x;
}
static void swap_columns(number *x, int rows, int p, int q) {
  for (int i = 0; i < rows; ++i) {
    number kept = x[i + p * rows];
    x[i + p * rows] = x[i + q * rows], x[i + q * rows] = kept;
  }
}

// Columns `from` and on are filled up with what is orthogonal to those before.
static void complete(number *u, int m, int from, int columns) {
  int next = 0;
  for (int c = from; c < columns; ++c)
    for (double length = 0; length < 0.1;) {
      for (int i = 0; i < m; ++i) u[i + c * m] = i == next;
      next += 1;
      for (int twice = 0; twice < 2; ++twice)
        for (int k = 0; k < c; ++k) {
          number part = 0;
          for (int i = 0; i < m; ++i) part += conj(u[i + k * m]) * u[i + c * m];
          for (int i = 0; i < m; ++i) u[i + c * m] -= part * u[i + k * m];
        }
      length = 0;
      for (int i = 0; i < m; ++i) length += creal(u[i + c * m] * conj(u[i + c * m]));
      length = sqrt(length);
      for (int i = 0; i < m && length >= 0.1; ++i) u[i + c * m] /= length;
    }
}

// a becomes u s; the singular values fall.
static void singular(number *a, int m, int n, number *v, double *s) {
  orthogonalise(a, m, n, v);
  for (int j = 0; j < n; ++j) {
    double square = 0;
    for (int i = 0; i < m; ++i) square += creal(a[i + j * m] * conj(a[i + j * m]));
    s[j] = sqrt(square);
  }
  for (int j = 0; j < n; ++j)
    for (int k = j + 1; k < n; ++k)
      if (s[k] > s[j]) {
        double kept = s[j];
        s[j] = s[k], s[k] = kept;
        swap_columns(a, m, j, k), swap_columns(v, n, j, k);
      }
}

// The eigenvalues rise; a becomes the eigenvectors. Shifted until it is positive, a Hermitian
// matrix has its eigenvectors for singular vectors.
static void eigen(number *a, int n, double *values) {
  double shift = 1;
  for (int i = 0; i < n * n; ++i) shift += cabs(a[i]);
  for (int i = 0; i < n; ++i) a[i + i * n] += shift;
  number *v = identity(n);
  singular(a, n, n, v, values);
  for (int j = 0; j < n; ++j) values[j] -= shift;
  for (int j = 0; j < n / 2; ++j) {
    double kept = values[j];
    values[j] = values[n - 1 - j], values[n - 1 - j] = kept;
    swap_columns(v, n, j, n - 1 - j);
  }
  memcpy(a, v, (size_t)n * (size_t)n * sizeof *a);
  free(v);
}

static int run_step(void *argument) {
  const struct work *w = argument;
  int m = w->m, n = w->n, least = m < n ? m : n, info = 0;
  number *a = load(w, w->a, m, n, w->lda);
  switch (w->step) {
    case POTRF: info = cholesky(a, n); break;
    case GETRF: info = lu(a, m, n, w->b); break;
    case GETRS: {
      number *b = load(w, w->u, n, w->k, w->ldu);
      solve(a, n, w->b, b, w->k);
      store(w, w->u, b, n, w->k, w->ldu);
      free(b);
      break;
    }
    case GEQRF: {
      number *tau = calloc((size_t)least, sizeof *tau);
      qr(a, m, n, tau);
      store(w, w->b, tau, least, 1, least);
      free(tau);
      break;
    }
    case ORGQR: {
      number *tau = load(w, w->b, w->k, 1, w->k);
      orthogonal(a, m, n, w->k, tau);
      free(tau);
      break;
    }
    case SYEVD: {
      // Only one triangle counts.
      for (int j = 0; j < n; ++j)
        for (int i = 0; i <= j; ++i) {
          if (w->option == 0) a[i + j * n] = conj(a[j + i * n]);
          else a[j + i * n] = conj(a[i + j * n]);
        }
      double *values = malloc((size_t)n * sizeof *values);
      eigen(a, n, values);
      for (int j = 0; j < n; ++j) put(real_kind(w->kind), w->b, (size_t)j, values[j]);
      if (w->other == 0) memset(a, 0, (size_t)n * (size_t)n * sizeof *a);
      free(values);
      break;
    }
    case GESVD: {
      double *values = malloc((size_t)n * sizeof *values);
      number *v = identity(n);
      singular(a, m, n, v, values);
      for (int j = 0; j < n; ++j) put(real_kind(w->kind), w->b, (size_t)j, values[j]);
      if (w->option != 'N') {
        int columns = w->option == 'A' ? m : n;
        number *u = calloc((size_t)m * (size_t)columns, sizeof *u);
        int rank = 0;
        for (; rank < n && values[rank] > 1e-14 * values[0]; ++rank)
          for (int i = 0; i < m; ++i) u[i + rank * m] = a[i + rank * m] / values[rank];
        complete(u, m, rank, columns);
        store(w, w->u, u, m, columns, w->ldu);
        number *turned = malloc((size_t)n * (size_t)n * sizeof *turned);
        for (int j = 0; j < n; ++j)
          for (int i = 0; i < n; ++i) turned[i + j * n] = conj(v[j + i * n]);
        store(w, w->v, turned, n, n, w->ldv);
        free(u), free(turned);
      }
      free(values), free(v);
      break;
    }
  }
  store(w, w->a, a, m, n, w->lda);
  free(a);
  *(int *)w->info = info;
  return broken_next;
}

static int work_size(int m, int n) { return m * n + 7; }

// Checks what a GPU would have crashed on, and queues the step.
static int start(struct solver *solver, struct work w, uint64_t room, int count, bool needs_room) {
  pthread_mutex_lock(&lock);
  int code = enter("cusolver", true);
  if (code != SUCCESS) LEAVE(FAILED)
  size_t size = item_size(w.kind);
  size_t bytes = ((size_t)w.n - 1) * (size_t)w.lda * size + (size_t)w.m * size;
  bool fits = w.m > 0 && w.n > 0 && w.lda >= w.m && solver->stream != NULL &&
              containing((uint64_t)(uintptr_t)w.a, bytes, false) != NULL &&
              containing((uint64_t)(uintptr_t)w.info, 4, false) != NULL;
  if (needs_room)
    fits = fits && count >= work_size(w.m, w.n) &&
           containing(room, (size_t)count * size, false) != NULL;
  if (w.step == GESVD && w.m < w.n) fits = false;
  if (w.step == ORGQR && (w.n > w.m || w.k > w.n)) fits = false;
  if (!fits) {
    misuse("a factorisation (%d) outside of its matrices", (int)w.step);
    LEAVE(INVALID_VALUE)
  }
  struct work *copy = malloc(sizeof *copy);
  *copy = w;
  enqueue(solver->stream, run_step, copy);
  LEAVE(SUCCESS)
}

#define SOLVER struct solver *h
#define LOOPS(T, kind, orgqr, syevd)                                                            \
  int cusolverDn##T##potrf_bufferSize(SOLVER, int t, int n, uint64_t a, int lda, int *count) {   \
    (void)h, (void)t, (void)a, (void)lda;                                                       \
    *count = work_size(n, n);                                                                   \
    return SUCCESS;                                                                             \
  }                                                                                             \
  int cusolverDn##T##potrf(SOLVER, int t, int n, uint64_t a, int lda, uint64_t room, int count,  \
                           uint64_t info) {                                                     \
    if (t != 0) misuse("an upper triangle");                                                    \
    return start(h, (struct work){POTRF, kind, n, n, 0, lda, 0, 0, 0, 0, at(a), 0, 0, 0, at(info)}, \
                 room, count, true);                                                            \
  }                                                                                             \
  int cusolverDn##T##getrf_bufferSize(SOLVER, int m, int n, uint64_t a, int lda, int *count) {   \
    (void)h, (void)a, (void)lda;                                                                \
    *count = work_size(m, n);                                                                   \
    return SUCCESS;                                                                             \
  }                                                                                             \
  int cusolverDn##T##getrf(SOLVER, int m, int n, uint64_t a, int lda, uint64_t room,             \
                           uint64_t pivots, uint64_t info) {                                    \
    return start(h, (struct work){GETRF, kind, m, n, 0, lda, 0, 0, 0, 0, at(a), at(pivots), 0, 0,  \
                                  at(info)},                                                    \
                 room, work_size(m, n), true);                                                  \
  }                                                                                             \
  int cusolverDn##T##getrs(SOLVER, int t, int n, int columns, uint64_t a, int lda,               \
                           uint64_t pivots, uint64_t b, int ldb, uint64_t info) {               \
    if (t != 0) misuse("a transposed system");                                                  \
    return start(h, (struct work){GETRS, kind, n, n, columns, lda, 0, 0, ldb, 0, at(a),          \
                                  at(pivots), at(b), 0, at(info)},                              \
                 0, 0, false);                                                                  \
  }                                                                                             \
  int cusolverDn##T##geqrf_bufferSize(SOLVER, int m, int n, uint64_t a, int lda, int *count) {   \
    (void)h, (void)a, (void)lda;                                                                \
    *count = work_size(m, n);                                                                   \
    return SUCCESS;                                                                             \
  }                                                                                             \
  int cusolverDn##T##geqrf(SOLVER, int m, int n, uint64_t a, int lda, uint64_t tau,              \
                           uint64_t room, int count, uint64_t info) {                           \
    return start(h, (struct work){GEQRF, kind, m, n, 0, lda, 0, 0, 0, 0, at(a), at(tau), 0, 0,     \
                                  at(info)},                                                    \
                 room, count, true);                                                            \
  }                                                                                             \
  int cusolverDn##T##orgqr##_bufferSize(SOLVER, int m, int n, int k, uint64_t a, int lda,        \
                                        uint64_t tau, int *count) {                             \
    (void)h, (void)k, (void)a, (void)lda, (void)tau;                                            \
    *count = work_size(m, n);                                                                   \
    return SUCCESS;                                                                             \
  }                                                                                             \
  int cusolverDn##T##orgqr(SOLVER, int m, int n, int k, uint64_t a, int lda, uint64_t tau,       \
                           uint64_t room, int count, uint64_t info) {                           \
    return start(h, (struct work){ORGQR, kind, m, n, k, lda, 0, 0, 0, 0, at(a), at(tau), 0, 0,     \
                                  at(info)},                                                    \
                 room, count, true);                                                            \
  }                                                                                             \
  int cusolverDn##T##syevd##_bufferSize(SOLVER, int job, int t, int n, uint64_t a, int lda,      \
                                        uint64_t values, int *count) {                          \
    (void)h, (void)job, (void)t, (void)a, (void)lda, (void)values;                              \
    *count = work_size(n, n);                                                                   \
    return SUCCESS;                                                                             \
  }                                                                                             \
  int cusolverDn##T##syevd(SOLVER, int job, int t, int n, uint64_t a, int lda, uint64_t values,  \
                           uint64_t room, int count, uint64_t info) {                           \
    return start(h, (struct work){SYEVD, kind, n, n, 0, lda, t, job, 0, 0, at(a), at(values), 0,   \
                                  0, at(info)},                                                 \
                 room, count, true);                                                            \
  }                                                                                             \
  int cusolverDn##T##gesvd_bufferSize(SOLVER, int m, int n, int *count) {                        \
    (void)h;                                                                                    \
    *count = work_size(m, n);                                                                   \
    return SUCCESS;                                                                             \
  }                                                                                             \
  int cusolverDn##T##gesvd(SOLVER, signed char job, signed char other, int m, int n, uint64_t a, \
                           int lda, uint64_t s, uint64_t u, int ldu, uint64_t v, int ldv,        \
                           uint64_t room, int count, uint64_t rest, uint64_t info) {            \
    (void)rest;                                                                                 \
    if (job != other) misuse("singular vectors of one side");                                   \
    return start(h, (struct work){GESVD, kind, m, n, 0, lda, job, 0, ldu, ldv, at(a), at(s),       \
                                  at(u), at(v), at(info)},                                      \
                 room, count, true);                                                            \
  }
LOOPS(S, 's', orgqr, syevd)
LOOPS(D, 'd', orgqr, syevd)
LOOPS(C, 'c', ungqr, heevd)
LOOPS(Z, 'z', ungqr, heevd)
