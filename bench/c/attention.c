/* A block of self-attention behind a layer norm, sum(y^2) / rows of its result y, and the gradient by
 * its weights. */
#include <tgmath.h>

#include "products.h"

/* (x - mean) / sqrt(variance + 1e-5) of a row */
static void normalise(const REAL *x, long k, REAL *restrict y) {
  REAL sum = 0, squares = 0;
#pragma omp simd reduction(+ : sum)
  for (long j = 0; j < k; ++j) sum += x[j];
  REAL middle = sum / k;
#pragma omp simd reduction(+ : squares)
  for (long j = 0; j < k; ++j) squares += (x[j] - middle) * (x[j] - middle);
  REAL factor = 1 / sqrt(squares / k + (REAL)1e-5);
#pragma omp simd
  for (long j = 0; j < k; ++j) y[j] = (x[j] - middle) * factor;
}

/* Softmax of scale x, in place */
static void softmax(REAL *x, REAL scale, long k) {
  REAL top = x[0], sum = 0;
#pragma omp simd reduction(max : top)
  for (long j = 0; j < k; ++j) top = x[j] > top ? x[j] : top;
#pragma omp simd reduction(+ : sum)
  for (long j = 0; j < k; ++j) sum += x[j] = exp(scale * (x[j] - top));
#pragma omp simd
  for (long j = 0; j < k; ++j) x[j] /= sum;
}

/* The cotangent of scale x, given softmax's result p and its cotangent d, into d */
static void softmax_transpose(const REAL *p, REAL *restrict d, REAL scale, long k) {
  REAL along = 0;
#pragma omp simd reduction(+ : along)
  for (long j = 0; j < k; ++j) along += p[j] * d[j];
#pragma omp simd
  for (long j = 0; j < k; ++j) d[j] = scale * p[j] * (d[j] - along);
}

/* w: the weights of queries, keys, values and of what comes out, gw their gradients; sizes: batch,
 * tokens, heads, width; the rest is room: for matrices like x, but p has a row of `tokens` for each
 * head of each row of x */
void attention(const REAL *x, const REAL *const *w, const REAL *scale, const REAL *shift,
               const long *sizes, REAL *normal, REAL *y, REAL *const *qkv, REAL *const *d_qkv, REAL *mixed,
               REAL *d_mixed, REAL *out, REAL *d_y, REAL *p, REAL *value, REAL *const *gw,
               REAL *restrict g_scale, REAL *restrict g_shift) {
  long batch = sizes[0], t = sizes[1], heads = sizes[2], width = sizes[3];
  long n = batch * t, f = heads * width;
  REAL temperature = 1 / sqrt((REAL)width);
  double squares = 0;
  for (long j = 0; j < f; ++j) g_scale[j] = g_shift[j] = 0;
#pragma omp parallel reduction(+ : squares, g_scale[:f], g_shift[:f])
  {
    range images = part(batch), own = {images.from * t, images.to * t};
    REAL *d_scores = p + (batch * heads + omp_get_thread_num()) * t * t;
    for (long i = own.from; i < own.to; ++i) {
      normalise(x + i * f, f, normal + i * f);
#pragma omp simd
      for (long j = 0; j < f; ++j) y[i * f + j] = normal[i * f + j] * scale[j] + shift[j];
    }
    for (int s = 0; s < 3; ++s) product_rows(own, f, f, rows(y, f), rows(w[s], f), 0, qkv[s], f);
    for (long b = images.from; b < images.to; ++b)
      for (long h = 0; h < heads; ++h) {
        long at = b * t * f + h * width;
        REAL *scores = p + (b * heads + h) * t * t;
        product(t, t, width, rows(qkv[0] + at, f), transposed(qkv[1] + at, f), 0, scores, t);
        for (long i = 0; i < t; ++i) softmax(scores + i * t, temperature, t);
        product(t, width, t, rows(scores, t), rows(qkv[2] + at, f), 0, mixed + at, f);
      }
    product_rows(own, f, f, rows(mixed, f), rows(w[3], f), 0, out, f);
#pragma omp simd reduction(+ : squares)
    for (long i = own.from * f; i < own.to * f; ++i) {
      REAL sum = x[i] + out[i];
      squares += sum * sum;
      out[i] = 2 * sum / n;
    }
    product_rows(own, f, f, rows(out, f), transposed(w[3], f), 0, d_mixed, f);
    for (long b = images.from; b < images.to; ++b)
      for (long h = 0; h < heads; ++h) {
        long at = b * t * f + h * width;
        REAL *scores = p + (b * heads + h) * t * t;
        matrix q = rows(qkv[0] + at, f), k = rows(qkv[1] + at, f), d = rows(d_mixed + at, f);
        product(t, t, width, d, transposed(qkv[2] + at, f), 0, d_scores, t);
        product(t, width, t, transposed(scores, t), d, 0, d_qkv[2] + at, f);
        for (long i = 0; i < t; ++i)
          softmax_transpose(scores + i * t, d_scores + i * t, temperature, t);
        product(t, width, t, rows(d_scores, t), k, 0, d_qkv[0] + at, f);
        product(t, width, t, transposed(d_scores, t), q, 0, d_qkv[1] + at, f);
      }
    for (int s = 0; s < 3; ++s)
      product_rows(own, f, f, rows(d_qkv[s], f), transposed(w[s], f), s > 0, d_y, f);
    for (long i = own.from; i < own.to; ++i)
#pragma omp simd
      for (long j = 0; j < f; ++j) {
        g_scale[j] += d_y[i * f + j] * normal[i * f + j];
        g_shift[j] += d_y[i * f + j];
      }
#pragma omp barrier
    range columns = part(f);
    for (int s = 0; s < 3; ++s)
      product_rows(columns, f, n, transposed(y, f), rows(d_qkv[s], f), 0, gw[s], f);
    product_rows(columns, f, n, transposed(mixed, f), rows(out, f), 0, gw[3], f);
  }
  *value = squares / n;
}
