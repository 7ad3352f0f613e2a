/* Products of matrices by rows, by SciPy's BLAS (with Fortran's conventions, handed in by address),
 * which is to have one thread: the threads here take panels of the result. */
#include <omp.h>

typedef void gemm_type(const char *, const char *, const int *, const int *, const int *, const REAL *,
                       const REAL *, const int *, const REAL *, const int *, const REAL *, REAL *,
                       const int *);
static gemm_type *gemm;

void use_gemm(gemm_type *address) { gemm = address; }

/* A matrix that is stored by rows, `stride` apart, or is the transpose of one */
typedef struct {
  const REAL *at;
  long stride;
  char transposed;
} matrix;

static inline matrix rows(const REAL *at, long stride) { return (matrix){at, stride, 'n'}; }
static inline matrix transposed(const REAL *at, long stride) { return (matrix){at, stride, 't'}; }

/* c (m, n; rows `stride` apart) = a b + keep c */
static void product(long m, long n, long k, matrix a, matrix b, REAL keep, REAL *c, long stride) {
  REAL one = 1;
  int rows = m, columns = n, inner = k, sa = a.stride, sb = b.stride, sc = stride;
  gemm(&b.transposed, &a.transposed, &columns, &rows, &inner, &one, b.at, &sb, a.at, &sa, &keep, c,
       &sc);
}

typedef struct {
  long from, to;
} range;

/* This thread's part of n rows */
static range part(long n) {
  long threads = omp_get_num_threads(), own = omp_get_thread_num();
  return (range){n * own / threads, n * (own + 1) / threads};
}

/* Rows `r` of c = a b + keep c: a thread's part of a product */
static void product_rows(range r, long n, long k, matrix a, matrix b, REAL keep, REAL *c,
                         long stride) {
  if (r.to == r.from) return;
  a.at += a.transposed == 'n' ? r.from * a.stride : r.from;
  product(r.to - r.from, n, k, a, b, keep, c + r.from * stride, stride);
}
