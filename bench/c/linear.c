/* The loss of a logistic regression on n rows of k inputs, and its gradient by hand: block by block,
   so that the rows are still in the cache when their residuals are known. */
#include <tgmath.h>

enum { BLOCK = 64 };

void logistic(const REAL *weights, const REAL *bias, const REAL *inputs, const REAL *targets, long n,
              long k, REAL *value, REAL *restrict by_weights, REAL *by_bias) {
  REAL loss = 0, residuals = 0;
  for (long j = 0; j < k; ++j) by_weights[j] = 0;
#pragma omp parallel for reduction(+ : loss, residuals, by_weights[:k])
  for (long first = 0; first < n; first += BLOCK) {
    const REAL *rows = inputs + first * k, *wanted = targets + first;
    long count = n - first < BLOCK ? n - first : BLOCK;
    REAL z[BLOCK], residual[BLOCK];
    for (long i = 0; i < count; ++i) {
      REAL dot = 0;
#pragma omp simd reduction(+ : dot)
      for (long j = 0; j < k; ++j) dot += rows[i * k + j] * weights[j];
      z[i] = dot + *bias;
    }
#pragma omp simd reduction(+ : loss, residuals)
    for (long i = 0; i < count; ++i) {
      REAL p = 1 / (1 + exp(-z[i]));
      residual[i] = p - wanted[i];
      residuals += residual[i];
      loss -= log(p * wanted[i] + (1 - p) * (1 - wanted[i]));
    }
    for (long i = 0; i < count; ++i)
#pragma omp simd
      for (long j = 0; j < k; ++j) by_weights[j] += residual[i] * rows[i * k + j];
  }
  *value = loss;
  *by_bias = residuals;
}
