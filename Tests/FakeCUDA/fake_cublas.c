// cuBLAS for the fake GPU: products by three loops.
#include <stdlib.h>

#include "fake_cuda.h"

struct handle { struct stream *stream; int mode; };
int cublasCreate_v2(struct handle **handle) {
  pthread_mutex_lock(&lock);
  int code = enter("cublasCreate", true);
  if (code == SUCCESS) *handle = keep(calloc(1, sizeof **handle)), (*handle)->mode = -1;
  LEAVE(code)
}
int cublasDestroy_v2(struct handle *handle) { (void)handle; return 0; }
int cublasGetVersion_v2(struct handle *handle, int *version) {
  (void)handle;
  *version = 120900;
  return 0;
}
int cublasSetStream_v2(struct handle *handle, struct stream *stream) {
  handle->stream = stream;
  return 0;
}
int cublasSetMathMode(struct handle *handle, int mode) { handle->mode = mode; return 0; }
const char *cublasGetStatusName(int code) {
  return code == 13 ? "CUBLAS_STATUS_EXECUTION_FAILED" : "CUBLAS_STATUS_INVALID_VALUE";
}

struct product {
  int batch;
  long long steps[3];
  int kind, transpose_a, transpose_b, m, n, k, lda, ldb, ldc;
  complex double alpha, beta;
  const void *a, *b;
  void *c;
};
static void run_one(const struct product *p) {
  for (size_t i = 0; i < (size_t)p->m; ++i)
    for (size_t j = 0; j < (size_t)p->n; ++j) {
      complex double sum = 0;
      for (size_t l = 0; l < (size_t)p->k; ++l)
        sum += get(p->kind, p->a, p->transpose_a ? l + i * (size_t)p->lda
                                                 : i + l * (size_t)p->lda) *
               get(p->kind, p->b, p->transpose_b ? j + l * (size_t)p->ldb
                                                 : l + j * (size_t)p->ldb);
      size_t place = i + j * (size_t)p->ldc;
      // What is multiplied by 0 may be anything.
      complex double old = p->beta == 0 ? 0 : p->beta * get(p->kind, p->c, place);
      put(p->kind, p->c, place, p->alpha * sum + old);
    }
}
static int run_product(void *argument) {
  struct product p = *(struct product *)argument;
  size_t size = item_size(p.kind);
  for (int n = 0; n < p.batch; ++n) {
    run_one(&p);
    p.a = (const char *)p.a + p.steps[0] * (long long)size;
    p.b = (const char *)p.b + p.steps[1] * (long long)size;
    p.c = (char *)p.c + p.steps[2] * (long long)size;
  }
  return broken_next;
}
static int multiply(struct handle *handle, int kind, int ta, int tb, int m, int n, int k,
                    const void *alpha, uint64_t a, int lda, long long step_a, uint64_t b, int ldb,
                    long long step_b, const void *beta, uint64_t c, int ldc, long long step_c,
                    int batch) {
  pthread_mutex_lock(&lock);
  int failed = enter("gemm", true);
  if (failed != SUCCESS) LEAVE(13)
  size_t size = item_size(kind), last = (size_t)batch - 1;
  // In column-major order: rows of the memory, columns.
  int rows_a = ta ? k : m, columns_a = ta ? m : k, rows_b = tb ? n : k, columns_b = tb ? k : n;
#define EXTENT(rows, columns, leading, step) \
  (((size_t)(columns) - 1) * (size_t)(leading) + (size_t)(rows) + last * (size_t)(step)) * size
  if (batch < 1 || (batch > 1 && step_c < (long long)n * ldc) || lda < rows_a || ldb < rows_b || ldc < m || handle->mode != 0 || handle->stream == NULL ||
      containing(a, EXTENT(rows_a, columns_a, lda, step_a), false) == NULL ||
      containing(b, EXTENT(rows_b, columns_b, ldb, step_b), false) == NULL ||
      containing(c, EXTENT(m, n, ldc, step_c), false) == NULL) {
    misuse("a product outside of its matrices");
    LEAVE(7)
  }
  struct product *p = malloc(sizeof *p);
  *p = (struct product){batch, {step_a, step_b, step_c}, kind, ta, tb, m, n, k, lda, ldb, ldc, get(kind, alpha, 0),
                        get(kind, beta, 0), (const void *)(uintptr_t)a,
                        (const void *)(uintptr_t)b, (void *)(uintptr_t)c};
  enqueue(handle->stream, run_product, p);
  LEAVE(SUCCESS)
}
#define GEMM(single, batched, kind)                                                           \
  int single(struct handle *handle, int ta, int tb, int m, int n, int k, const void *alpha,   \
             uint64_t a, int lda, uint64_t b, int ldb, const void *beta, uint64_t c, int ldc) { \
    return multiply(handle, kind, ta, tb, m, n, k, alpha, a, lda, 0, b, ldb, 0, beta, c, ldc, 0, \
                    1);                                                                       \
  }                                                                                           \
  int batched(struct handle *handle, int ta, int tb, int m, int n, int k, const void *alpha,  \
              uint64_t a, int lda, long long sa, uint64_t b, int ldb, long long sb,           \
              const void *beta, uint64_t c, int ldc, long long sc, int batch) {               \
    return multiply(handle, kind, ta, tb, m, n, k, alpha, a, lda, sa, b, ldb, sb, beta, c, ldc, \
                    sc, batch);                                                               \
  }
GEMM(cublasSgemm_v2, cublasSgemmStridedBatched, 's')
GEMM(cublasDgemm_v2, cublasDgemmStridedBatched, 'd')
GEMM(cublasCgemm_v2, cublasCgemmStridedBatched, 'c')
GEMM(cublasZgemm_v2, cublasZgemmStridedBatched, 'z')
