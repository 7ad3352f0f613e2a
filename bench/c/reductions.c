/* Reductions along the rows of a matrix (n, k) and their gradients by hand, threads over the rows. */
#include <tgmath.h>

static REAL largest(const REAL *x, long k) {
  REAL top = x[0];
#pragma omp simd reduction(max : top)
  for (long j = 0; j < k; ++j) top = x[j] > top ? x[j] : top;
  return top;
}

/* exp(x - max x) into e; gives its sum */
static REAL exponentials(const REAL *x, REAL top, long k, REAL *restrict e) {
  REAL sum = 0;
#pragma omp simd reduction(+ : sum)
  for (long j = 0; j < k; ++j) sum += e[j] = exp(x[j] - top);
  return sum;
}

/* The mean over the rows of logsumexp(row) - row[label], and its gradient */
void cross_entropy(const REAL *x, const long *labels, long n, long k, REAL *value,
                   REAL *restrict gradient) {
  double loss = 0;
#pragma omp parallel for reduction(+ : loss)
  for (long i = 0; i < n; ++i) {
    const REAL *row = x + i * k;
    REAL *g = gradient + i * k, top = largest(row, k), sum = exponentials(row, top, k, g);
    REAL scale = 1 / (sum * n);
#pragma omp simd
    for (long j = 0; j < k; ++j) g[j] *= scale;
    g[labels[i]] -= (REAL)1 / n;
    loss += top + log(sum) - row[labels[i]];
  }
  *value = loss / n;
}

/* sum(logsumexp of each row), and its gradient */
void logsumexp(const REAL *x, long n, long k, REAL *value, REAL *restrict gradient) {
  double total = 0;
#pragma omp parallel for reduction(+ : total)
  for (long i = 0; i < n; ++i) {
    REAL *g = gradient + i * k, top = largest(x + i * k, k);
    REAL sum = exponentials(x + i * k, top, k, g), scale = 1 / sum;
#pragma omp simd
    for (long j = 0; j < k; ++j) g[j] *= scale;
    total += top + log(sum);
  }
  *value = total;
}

static REAL mean(const REAL *x, long k) {
  REAL sum = 0;
#pragma omp simd reduction(+ : sum)
  for (long j = 0; j < k; ++j) sum += x[j];
  return sum / k;
}

static REAL mean_square(const REAL *x, REAL middle, long k) {
  REAL sum = 0;
#pragma omp simd reduction(+ : sum)
  for (long j = 0; j < k; ++j) sum += (x[j] - middle) * (x[j] - middle);
  return sum / k;
}

/* sum(variance of each row), and its gradient */
void variance(const REAL *x, long n, long k, REAL *value, REAL *restrict gradient) {
  double total = 0;
#pragma omp parallel for reduction(+ : total)
  for (long i = 0; i < n; ++i) {
    const REAL *row = x + i * k;
    REAL middle = mean(row, k);
    total += mean_square(row, middle, k);
#pragma omp simd
    for (long j = 0; j < k; ++j) gradient[i * k + j] = (row[j] - middle) * 2 / k;
  }
  *value = total;
}

/* (x - mean) / sqrt(variance + 1e-5) * scale + shift by rows, and the cotangents of x, scale, shift */
void layer_norm(const REAL *ct, const REAL *x, const REAL *scale, const REAL *shift, long n, long k,
                REAL *restrict y, REAL *restrict ct_x, REAL *restrict ct_scale,
                REAL *restrict ct_shift) {
  for (long j = 0; j < k; ++j) ct_scale[j] = ct_shift[j] = 0;
#pragma omp parallel for reduction(+ : ct_scale[:k], ct_shift[:k])
  for (long i = 0; i < n; ++i) {
    const REAL *row = x + i * k, *c = ct + i * k;
    REAL middle = mean(row, k), factor = 1 / sqrt(mean_square(row, middle, k) + (REAL)1e-5);
    REAL along_one = 0, along_row = 0;
#pragma omp simd reduction(+ : along_one, along_row)
    for (long j = 0; j < k; ++j) {
      REAL normal = (row[j] - middle) * factor, g = c[j] * scale[j];
      y[i * k + j] = normal * scale[j] + shift[j];
      along_one += g;
      along_row += g * normal;
      ct_scale[j] += c[j] * normal;
      ct_shift[j] += c[j];
    }
#pragma omp simd
    for (long j = 0; j < k; ++j) {
      REAL normal = (row[j] - middle) * factor;
      ct_x[i * k + j] = factor * (c[j] * scale[j] - (along_one + normal * along_row) / k);
    }
  }
}
