/* Derivatives of sum(100 (x[i+1] - x[i]^2)^2 + (1 - x[i])^2) by hand. */
#include <string.h>

void gradient(const REAL *x, long n, REAL *restrict g) {
  g[0] = 0;
  for (long i = 0; i + 1 < n; ++i) {
    REAL off = x[i + 1] - x[i] * x[i];
    g[i] += -400 * off * x[i] - 2 * (1 - x[i]);
    g[i + 1] = 200 * off;
  }
}

void hessian(const REAL *x, long n, REAL *restrict h) {
  memset(h, 0, n * n * sizeof(REAL));
  for (long i = 0; i + 1 < n; ++i) {
    h[i * n + i] += 1200 * x[i] * x[i] - 400 * x[i + 1] + 2;
    h[i * n + i + 1] = h[(i + 1) * n + i] = -400 * x[i];
    h[(i + 1) * n + i + 1] = 200;
  }
}
