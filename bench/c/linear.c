/* The loss of a logistic regression on n rows of k inputs, and its gradient by hand, in one pass. */
#include <tgmath.h>

void logistic(const REAL *weights, const REAL *bias, const REAL *inputs, const REAL *targets, long n,
              long k, REAL *value, REAL *restrict by_weights, REAL *by_bias) {
  REAL loss = 0, residuals = 0;
  for (long j = 0; j < k; ++j) by_weights[j] = 0;
#pragma omp parallel for reduction(+ : loss, residuals, by_weights[:k])
  for (long i = 0; i < n; ++i) {
    const REAL *row = inputs + i * k;
    REAL z = 0;
#pragma omp simd reduction(+ : z)
    for (long j = 0; j < k; ++j) z += row[j] * weights[j];
    REAL p = 1 / (1 + exp(-(z + *bias))), residual = p - targets[i];
    loss -= log(p * targets[i] + (1 - p) * (1 - targets[i]));
    residuals += residual;
#pragma omp simd
    for (long j = 0; j < k; ++j) by_weights[j] += residual * row[j];
  }
  *value = loss;
  *by_bias = residuals;
}
