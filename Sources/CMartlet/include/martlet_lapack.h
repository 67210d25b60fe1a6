// The part of LAPACK that Martlet uses, from the library whose BLAS it uses. Matrices are in
// column-major order, without gaps between columns, in double precision.
#ifndef MARTLET_LAPACK_H
#define MARTLET_LAPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "martlet_blas.h"

/// The routines, in the order of a library's table.
typedef enum martlet_lapack_routine {
  MARTLET_LAPACK_GESV,
  MARTLET_LAPACK_GETRF,
  MARTLET_LAPACK_POTRF,
  MARTLET_LAPACK_GEQRF,
  MARTLET_LAPACK_ORGQR,
  MARTLET_LAPACK_GESDD,
  MARTLET_LAPACK_GEEV,
  MARTLET_LAPACK_SYEVD,
  MARTLET_LAPACK_GELSD,
} martlet_lapack_routine;

/// Work space of one call. Without `elements` a routine only says how much it wants: it sets the
/// counts and does nothing.
typedef struct martlet_lapack_space {
  /// Of the matrices' own type.
  void *_Nullable elements;
  double *_Nullable reals;
  /// With room for 64 bits each.
  int64_t *_Nullable integers;
  int64_t element_count, real_count, integer_count;
} martlet_lapack_space;

/// Whether the library has a routine.
bool martlet_lapack_has(const martlet_blas *_Nonnull blas, martlet_lapack_routine routine);

// Each returns LAPACK's `info`: 0 where all went well, -i where argument i is wrong, else what the
// routine makes of it. Integers that come back have 64 bits each: `martlet_lapack_integer` reads
// them. Who calls keeps sizes within 32 bits where the library is not wide.

/// Solves `a x = b`; `b` becomes `x`, `a` its factors.
int64_t martlet_lapack_gesv(const martlet_blas *_Nonnull blas, bool is_complex, int64_t n,
                            int64_t columns, void *_Nonnull a, int64_t *_Nonnull pivots,
                            void *_Nonnull b);
/// Factors by rows exchanged, of a square matrix.
int64_t martlet_lapack_getrf(const martlet_blas *_Nonnull blas, bool is_complex, int64_t n,
                             void *_Nonnull a, int64_t *_Nonnull pivots);
int64_t martlet_lapack_potrf(const martlet_blas *_Nonnull blas, bool is_complex, bool is_upper,
                             int64_t n, void *_Nonnull a);
int64_t martlet_lapack_geqrf(const martlet_blas *_Nonnull blas, bool is_complex, int64_t m,
                             int64_t n, void *_Nonnull a, void *_Nonnull tau,
                             martlet_lapack_space *_Nonnull space);
/// `orgqr`, of complex matrices `ungqr`.
int64_t martlet_lapack_orgqr(const martlet_blas *_Nonnull blas, bool is_complex, int64_t m,
                             int64_t n, int64_t reflectors, void *_Nonnull a,
                             const void *_Nonnull tau, martlet_lapack_space *_Nonnull space);
/// `job` is LAPACK's: 'A', 'S' or 'N'.
int64_t martlet_lapack_gesdd(const martlet_blas *_Nonnull blas, bool is_complex, char job,
                             int64_t m, int64_t n, void *_Nonnull a, double *_Nonnull s,
                             void *_Nonnull u, void *_Nonnull vh,
                             martlet_lapack_space *_Nonnull space);
/// Right eigenvectors. `w` takes complex eigenvalues; of real matrices first all real parts, then
/// all imaginary ones.
int64_t martlet_lapack_geev(const martlet_blas *_Nonnull blas, bool is_complex, bool vectors,
                            int64_t n, void *_Nonnull a, double *_Nonnull w, void *_Nonnull v,
                            martlet_lapack_space *_Nonnull space);
/// `syevd`, of complex matrices `heevd`.
int64_t martlet_lapack_syevd(const martlet_blas *_Nonnull blas, bool is_complex, bool vectors,
                             bool is_upper, int64_t n, void *_Nonnull a, double *_Nonnull w,
                             martlet_lapack_space *_Nonnull space);
/// `b` has max(m, n) rows.
int64_t martlet_lapack_gelsd(const martlet_blas *_Nonnull blas, bool is_complex, int64_t m,
                             int64_t n, int64_t columns, void *_Nonnull a, void *_Nonnull b,
                             double *_Nonnull s, double rcond, int64_t *_Nonnull rank,
                             martlet_lapack_space *_Nonnull space);

/// An integer that a routine wrote.
int64_t martlet_lapack_integer(const martlet_blas *_Nonnull blas, const int64_t *_Nonnull integers,
                               int64_t index);

#endif
