/* The logistic map with a rate that is neither chaotic nor dying out, and its derivative by hand. */
#include <stdlib.h>

static const REAL rate = 1.000001;

void forward(const REAL *start, long n, REAL *end) {
  REAL v = *start;
  for (long i = 0; i < n; ++i) v = rate * v * (1 - v);
  *end = v;
}

void gradient(const REAL *start, long n, REAL *by_start) {
  REAL *seen = malloc(n * sizeof(REAL)), v = *start, ct = 1;
  for (long i = 0; i < n; ++i) {
    seen[i] = v;
    v = rate * v * (1 - v);
  }
  for (long i = n - 1; i >= 0; --i) ct *= rate * (1 - 2 * seen[i]);
  free(seen);
  *by_start = ct;
}
