/* The mean of squares of tanh(convolution(tanh(convolution(images)))) with 3 x 3 filters, 1-16-32
 * channels, and its gradient by the filters. Inside, the channels come last, so that the loops over
 * them, of fixed lengths, are vectors; and images have a margin of zeros. */
#include <string.h>
#include <tgmath.h>

enum { ONE = 1, FEW = 16, MANY = 32, BY = 4 };
#define INLINE static inline __attribute__((always_inline))

/* out[j, :] for a row of n pixels = sum over i, j, c of x[i, j, c] w[i, j, c, :]; rows of x are
 * `wide` pixels */
INLINE void filter_row(const REAL *x, long wide, int from, const REAL *restrict w, int to, long n,
                       REAL *restrict out) {
  for (long j = 0; j < n; j += BY) {
    REAL sums[BY][MANY] = {0};
    long pixels = n - j < BY ? n - j : BY;
    for (int a = 0; a < 9; ++a)
      for (int c = 0; c < from; ++c) {
        const REAL *v = w + (a * from + c) * to, *in = x + ((a / 3) * wide + a % 3 + j) * from + c;
        for (int p = 0; p < BY; ++p) {
          REAL left = in[(p < pixels ? p : 0) * from];
#pragma omp simd
          for (int k = 0; k < to; ++k) sums[p][k] += left * v[k];
        }
      }
    for (long p = 0; p < pixels; ++p)
#pragma omp simd
      for (int k = 0; k < to; ++k) out[(j + p) * to + k] = sums[p][k];
  }
}

/* g[a, c, k] += sum over a row of n pixels of x[.., c] d[.., k] */
INLINE void by_filter(const REAL *x, long wide, int from, const REAL *restrict d, int to, long n,
                      REAL *restrict g) {
  int block = from < BY ? from : BY;
  for (int a = 0; a < 9; ++a)
    for (int c = 0; c < from; c += block) {
      const REAL *in = x + ((a / 3) * wide + a % 3) * from + c;
      REAL sums[BY][MANY] = {0};
      for (long j = 0; j < n; ++j)
        for (int b = 0; b < block; ++b)
#pragma omp simd
          for (int k = 0; k < to; ++k) sums[b][k] += in[j * from + b] * d[j * to + k];
      for (int b = 0; b < block; ++b)
#pragma omp simd
        for (int k = 0; k < to; ++k) g[(a * from + c + b) * to + k] += sums[b][k];
    }
}

/* Filters as the caller has them, (to, from, 3, 3), as (3, 3, from, to), or back */
static void turn(const REAL *w, int from, int to, REAL *turned, int back) {
  for (int k = 0; k < to; ++k)
    for (int c = 0; c < from; ++c)
      for (int a = 0; a < 9; ++a) {
        long there = (k * from + c) * 9 + a, here = (a * from + c) * to + k;
        if (back) turned[there] = w[here]; else turned[here] = w[there];
      }
}

void convolutions(const REAL *images, const REAL *w1, const REAL *w2, long count, long side, REAL *value,
                  REAL *restrict g1, REAL *restrict g2) {
  long wide = side + 2, pixels = wide * wide, n1 = 9 * FEW, n2 = 9 * FEW * MANY;
  REAL first[9 * FEW], second[9 * FEW * MANY], back[9 * FEW * MANY];
  REAL by1[9 * FEW] = {0}, by2[9 * FEW * MANY] = {0};
  turn(w1, ONE, FEW, first, 0);
  turn(w2, FEW, MANY, second, 0);
  for (int a = 0; a < 9; ++a) /* the filters of the transpose are turned by half a circle */
    for (int c = 0; c < FEW; ++c)
      for (int k = 0; k < MANY; ++k)
        back[(a * MANY + k) * FEW + c] = second[((8 - a) * FEW + c) * MANY + k];
  double squares = 0, all = (double)count * side * side * MANY;
#pragma omp parallel for reduction(+ : squares, by1[:n1], by2[:n2])
  for (long i = 0; i < count; ++i) {
    REAL x[pixels], h[pixels * FEW], y[pixels * MANY], row[side * FEW];
    memset(x, 0, sizeof x);
    memset(h, 0, sizeof h);
    memset(y, 0, sizeof y);
    for (long r = 0; r < side; ++r)
      memcpy(x + (r + 1) * wide + 1, images + (i * side + r) * side, side * sizeof(REAL));
    for (long r = 0; r < side; ++r) {
      REAL *to = h + ((r + 1) * wide + 1) * FEW;
      filter_row(x + r * wide, wide, ONE, first, FEW, side, to);
#pragma omp simd
      for (long j = 0; j < side * FEW; ++j) to[j] = tanh(to[j]);
    }
    for (long r = 0; r < side; ++r) {
      REAL *to = y + ((r + 1) * wide + 1) * MANY;
      filter_row(h + r * wide * FEW, wide, FEW, second, MANY, side, to);
      REAL sum = 0;
#pragma omp simd reduction(+ : sum)
      for (long j = 0; j < side * MANY; ++j) {
        REAL z = tanh(to[j]);
        sum += z * z;
        to[j] = (REAL)(2 / all) * z * (1 - z * z);
      }
      squares += sum;
      by_filter(h + r * wide * FEW, wide, FEW, to, MANY, side, by2);
    }
    for (long r = 0; r < side; ++r) {
      const REAL *z = h + ((r + 1) * wide + 1) * FEW;
      filter_row(y + r * wide * MANY, wide, MANY, back, FEW, side, row);
#pragma omp simd
      for (long j = 0; j < side * FEW; ++j) row[j] *= 1 - z[j] * z[j];
      by_filter(x + r * wide, wide, ONE, row, FEW, side, by1);
    }
  }
  turn(by1, ONE, FEW, g1, 1);
  turn(by2, FEW, MANY, g2, 1);
  *value = squares / all;
}
