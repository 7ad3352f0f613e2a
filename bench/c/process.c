/* Minus the log-likelihood of a Gaussian process at points (n, 3), see probabilistic.py, and its
 * gradient by the logarithms of length, signal and noise, by SciPy's LAPACK, handed in by address. */
#include <math.h>

typedef void cholesky_type(const char *, const int *, REAL *, const int *, int *);
static cholesky_type *factor, *invert; /* potrf, potri */

void use_potrf(cholesky_type *address) { factor = address; }
void use_potri(cholesky_type *address) { invert = address; }

static REAL apart(const REAL *x, const REAL *y) {
  REAL a = x[0] - y[0], b = x[1] - y[1], c = x[2] - y[2];
  return a * a + b * b + c * c;
}

/* kernel, inverse: room for two matrices, of which the triangles j <= i are used; z: for a vector */
void process(const REAL *length, const REAL *signal, const REAL *noise, const REAL *x, const REAL *y,
             long n, REAL *restrict kernel, REAL *restrict inverse, REAL *restrict z, REAL *value,
             REAL *by_length, REAL *by_signal, REAL *by_noise) {
  REAL scale = exp(-2 * *length), variance = exp(2 * *signal), added = exp(2 * *noise);
  int size = n, status;
  for (long i = 0; i < n; ++i) {
#pragma omp simd
    for (long j = 0; j <= i; ++j)
      kernel[i * n + j] = variance * exp((REAL)-0.5 * scale * apart(x + 3 * i, x + 3 * j));
    for (long j = 0; j <= i; ++j) inverse[i * n + j] = kernel[i * n + j];
    inverse[i * n + i] += added;
  }
  factor("U", &size, inverse, &size, &status);
  REAL fit = 0, logs = 0, likewise = 0, trace = 0, slope = 0;
  for (long i = 0; i < n; ++i) { /* the rows here are the columns of the upper factor */
    REAL sum = y[i];
#pragma omp simd reduction(- : sum)
    for (long j = 0; j < i; ++j) sum -= inverse[i * n + j] * z[j];
    z[i] = sum / inverse[i * n + i];
    fit += z[i] * z[i];
    logs += log(inverse[i * n + i]);
  }
  for (long i = n - 1; i >= 0; --i) {
    z[i] /= inverse[i * n + i];
#pragma omp simd
    for (long j = 0; j < i; ++j) z[j] -= inverse[i * n + j] * z[i];
  }
  invert("U", &size, inverse, &size, &status);
  for (long i = 0; i < n; ++i) {
    trace += inverse[i * n + i] - z[i] * z[i];
    likewise -= (inverse[i * n + i] - z[i] * z[i]) * kernel[i * n + i] / 2;
#pragma omp simd reduction(+ : likewise, slope)
    for (long j = 0; j <= i; ++j) {
      REAL each = (inverse[i * n + j] - z[i] * z[j]) * kernel[i * n + j];
      likewise += each;
      slope += each * scale * apart(x + 3 * i, x + 3 * j);
    }
  }
  *value = fit / 2 + logs;
  *by_length = slope;
  *by_signal = 2 * likewise;
  *by_noise = trace * added;
}
