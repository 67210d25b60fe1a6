#include "martlet_lapack.h"

// All arguments are addresses. An integer of 64 bits is passed to either kind of library: where one
// reads and writes 32, these are the first four bytes, as processors of today have it.
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "LAPACK's integers are passed as little-endian ones"
#endif

typedef const int64_t *in;

// Fortran's compilers add the lengths of texts after all else; here each is one letter.
#define LETTER (size_t)1

static int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }
static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

static void *routine(const martlet_blas *blas, martlet_lapack_routine routine, bool is_complex) {
  return blas->lapack[2 * routine + (is_complex ? 1 : 0)];
}

bool martlet_lapack_has(const martlet_blas *blas, martlet_lapack_routine wanted) {
  return routine(blas, wanted, false) != NULL && routine(blas, wanted, true) != NULL;
}

int64_t martlet_lapack_integer(const martlet_blas *blas, const int64_t *integers, int64_t index) {
  return blas->is_wide ? integers[index] : ((const int32_t *)integers)[index];
}

// What a routine is given for work space: the caller's, or a little for the answer to a question.
struct lent {
  void *elements;
  double *reals;
  int64_t *integers;
  int64_t element_count, real_count, integer_count;
  double answer[2], real_answer[2];
  int64_t integer_answer[2];
  bool asks;
};

static void lend(struct lent *lent, const martlet_lapack_space *space) {
  *lent = (struct lent){0};
  lent->asks = space->elements == NULL;
  lent->elements = lent->asks ? lent->answer : space->elements;
  lent->reals = space->reals != NULL ? space->reals : lent->real_answer;
  lent->integers = space->integers != NULL ? space->integers : lent->integer_answer;
  lent->element_count = lent->asks ? -1 : space->element_count;
  lent->real_count = lent->asks ? -1 : space->real_count;
  lent->integer_count = lent->asks ? -1 : space->integer_count;
}

// Takes down what the routine wants; the other two counts are at least what LAPACK's manual says.
static void take(const martlet_blas *blas, const struct lent *lent, martlet_lapack_space *space,
                 int64_t reals, int64_t integers) {
  if (!lent->asks) return;
  space->element_count = larger(1, (int64_t)lent->answer[0]);
  space->real_count = larger(reals, (int64_t)lent->real_answer[0]);
  space->integer_count = larger(integers, martlet_lapack_integer(blas, lent->integer_answer, 0));
}

#define RESULT(info) martlet_lapack_integer(blas, &(info), 0)

int64_t martlet_lapack_gesv(const martlet_blas *blas, bool is_complex, int64_t n, int64_t columns,
                            void *a, int64_t *pivots, void *b) {
  typedef void (*call)(in, in, void *, in, int64_t *, void *, in, int64_t *);
  int64_t info = 0, leading = larger(1, n);
  ((call)routine(blas, MARTLET_LAPACK_GESV, is_complex))(&n, &columns, a, &leading, pivots, b,
                                                         &leading, &info);
  return RESULT(info);
}

int64_t martlet_lapack_getrf(const martlet_blas *blas, bool is_complex, int64_t n, void *a,
                             int64_t *pivots) {
  typedef void (*call)(in, in, void *, in, int64_t *, int64_t *);
  int64_t info = 0, leading = larger(1, n);
  ((call)routine(blas, MARTLET_LAPACK_GETRF, is_complex))(&n, &n, a, &leading, pivots, &info);
  return RESULT(info);
}

int64_t martlet_lapack_potrf(const martlet_blas *blas, bool is_complex, bool is_upper, int64_t n,
                             void *a) {
  typedef void (*call)(const char *, in, void *, in, int64_t *, size_t);
  int64_t info = 0, leading = larger(1, n);
  ((call)routine(blas, MARTLET_LAPACK_POTRF, is_complex))(is_upper ? "U" : "L", &n, a, &leading,
                                                          &info, LETTER);
  return RESULT(info);
}

int64_t martlet_lapack_geqrf(const martlet_blas *blas, bool is_complex, int64_t m, int64_t n,
                             void *a, void *tau, martlet_lapack_space *space) {
  typedef void (*call)(in, in, void *, in, void *, void *, in, int64_t *);
  int64_t info = 0, leading = larger(1, m);
  struct lent lent;
  lend(&lent, space);
  ((call)routine(blas, MARTLET_LAPACK_GEQRF, is_complex))(
      &m, &n, a, &leading, tau, lent.elements, &lent.element_count, &info);
  take(blas, &lent, space, 0, 0);
  if (lent.asks) space->element_count = larger(space->element_count, n);
  return RESULT(info);
}

int64_t martlet_lapack_orgqr(const martlet_blas *blas, bool is_complex, int64_t m, int64_t n,
                             int64_t reflectors, void *a, const void *tau,
                             martlet_lapack_space *space) {
  typedef void (*call)(in, in, in, void *, in, const void *, void *, in, int64_t *);
  int64_t info = 0, leading = larger(1, m);
  struct lent lent;
  lend(&lent, space);
  ((call)routine(blas, MARTLET_LAPACK_ORGQR, is_complex))(
      &m, &n, &reflectors, a, &leading, tau, lent.elements, &lent.element_count, &info);
  take(blas, &lent, space, 0, 0);
  if (lent.asks) space->element_count = larger(space->element_count, n);
  return RESULT(info);
}

int64_t martlet_lapack_gesdd(const martlet_blas *blas, bool is_complex, char job, int64_t m,
                             int64_t n, void *a, double *s, void *u, void *vh,
                             martlet_lapack_space *space) {
  typedef void (*real)(const char *, in, in, void *, in, double *, void *, in, void *, in, void *,
                       in, int64_t *, int64_t *, size_t);
  typedef void (*complex)(const char *, in, in, void *, in, double *, void *, in, void *, in,
                          void *, in, double *, int64_t *, int64_t *, size_t);
  int64_t info = 0, leading = larger(1, m), least = smaller(m, n), most = larger(m, n);
  int64_t rows = job == 'N' ? 1 : larger(1, job == 'S' ? least : n);
  struct lent lent;
  lend(&lent, space);
  if (is_complex) {
    ((complex)routine(blas, MARTLET_LAPACK_GESDD, true))(
        &job, &m, &n, a, &leading, s, u, &leading, vh, &rows, lent.elements, &lent.element_count,
        lent.reals, lent.integers, &info, LETTER);
  } else {
    ((real)routine(blas, MARTLET_LAPACK_GESDD, false))(
        &job, &m, &n, a, &leading, s, u, &leading, vh, &rows, lent.elements, &lent.element_count,
        lent.integers, &info, LETTER);
  }
  int64_t reals = !is_complex ? 0
                  : job == 'N' ? 7 * least
                               : larger(5 * least * least + 5 * least,
                                        2 * most * least + 2 * least * least + least);
  take(blas, &lent, space, larger(1, reals), larger(1, 8 * least));
  return RESULT(info);
}

int64_t martlet_lapack_geev(const martlet_blas *blas, bool is_complex, bool vectors, int64_t n,
                            void *a, double *w, void *v, martlet_lapack_space *space) {
  typedef void (*real)(const char *, const char *, in, void *, in, double *, double *, void *, in,
                       void *, in, void *, in, int64_t *, size_t, size_t);
  typedef void (*complex)(const char *, const char *, in, void *, in, void *, void *, in, void *,
                          in, void *, in, double *, int64_t *, size_t, size_t);
  int64_t info = 0, leading = larger(1, n);
  const char *job = vectors ? "V" : "N";
  double none[2];  // The left ones are not computed.
  struct lent lent;
  lend(&lent, space);
  if (is_complex) {
    ((complex)routine(blas, MARTLET_LAPACK_GEEV, true))(
        "N", job, &n, a, &leading, w, none, &leading, v, &leading, lent.elements,
        &lent.element_count, lent.reals, &info, LETTER, LETTER);
  } else {
    ((real)routine(blas, MARTLET_LAPACK_GEEV, false))(
        "N", job, &n, a, &leading, w, w + n, none, &leading, v, &leading, lent.elements,
        &lent.element_count, &info, LETTER, LETTER);
  }
  take(blas, &lent, space, larger(1, 2 * n), 1);
  return RESULT(info);
}

int64_t martlet_lapack_syevd(const martlet_blas *blas, bool is_complex, bool vectors, bool is_upper,
                             int64_t n, void *a, double *w, martlet_lapack_space *space) {
  typedef void (*real)(const char *, const char *, in, void *, in, double *, void *, in, int64_t *,
                       in, int64_t *, size_t, size_t);
  typedef void (*complex)(const char *, const char *, in, void *, in, double *, void *, in,
                          double *, in, int64_t *, in, int64_t *, size_t, size_t);
  int64_t info = 0, leading = larger(1, n);
  const char *job = vectors ? "V" : "N", *triangle = is_upper ? "U" : "L";
  struct lent lent;
  lend(&lent, space);
  if (is_complex) {
    ((complex)routine(blas, MARTLET_LAPACK_SYEVD, true))(
        job, triangle, &n, a, &leading, w, lent.elements, &lent.element_count, lent.reals,
        &lent.real_count, lent.integers, &lent.integer_count, &info, LETTER, LETTER);
  } else {
    ((real)routine(blas, MARTLET_LAPACK_SYEVD, false))(
        job, triangle, &n, a, &leading, w, lent.elements, &lent.element_count, lent.integers,
        &lent.integer_count, &info, LETTER, LETTER);
  }
  take(blas, &lent, space, 1, 1);
  return RESULT(info);
}

int64_t martlet_lapack_gelsd(const martlet_blas *blas, bool is_complex, int64_t m, int64_t n,
                             int64_t columns, void *a, void *b, double *s, double rcond,
                             int64_t *rank, martlet_lapack_space *space) {
  typedef void (*real)(in, in, in, void *, in, void *, in, double *, const double *, int64_t *,
                       void *, in, int64_t *, int64_t *);
  typedef void (*complex)(in, in, in, void *, in, void *, in, double *, const double *, int64_t *,
                          void *, in, double *, int64_t *, int64_t *);
  int64_t info = 0, leading = larger(1, m), rows = larger(1, larger(m, n));
  struct lent lent;
  lend(&lent, space);
  *rank = 0;
  if (is_complex) {
    ((complex)routine(blas, MARTLET_LAPACK_GELSD, true))(
        &m, &n, &columns, a, &leading, b, &rows, s, &rcond, rank, lent.elements,
        &lent.element_count, lent.reals, lent.integers, &info);
  } else {
    ((real)routine(blas, MARTLET_LAPACK_GELSD, false))(
        &m, &n, &columns, a, &leading, b, &rows, s, &rcond, rank, lent.elements,
        &lent.element_count, lent.integers, &info);
  }
  *rank = martlet_lapack_integer(blas, rank, 0);
  take(blas, &lent, space, 1, 1);
  return RESULT(info);
}
