/* The log-likelihood of points (n, d) under k Gaussians, see probabilistic.py, and its gradient. The
 * gradient by a factor L is -(L S), S the second moment of the points as the Gaussian has them. */
#include <math.h>

enum { LANES = 64, MOST = 16 };

static REAL logsumexp(const REAL *x, long k) {
  REAL top = x[0], sum = 0;
  for (long j = 0; j < k; ++j) top = x[j] > top ? x[j] : top;
  for (long j = 0; j < k; ++j) sum += exp(x[j] - top);
  return top + log(sum);
}

/* L by rows, exp(q) on its diagonal; gives the sum of q */
static REAL factor(const REAL *below, const REAL *q, long d, REAL lower[MOST][MOST]) {
  REAL sum = 0;
  for (long i = 0; i < d; ++i) {
    for (long j = 0; j < i; ++j) lower[i][j] = below[i * d + j];
    lower[i][i] = exp(q[i]);
    sum += q[i];
  }
  return sum;
}

/* each[p] = weight + sum(q) - |L (x[p] - mean)|^2 / 2 for a block of points, stored by dimension */
static void distances(REAL x[MOST][LANES], const REAL *mean, REAL lower[MOST][MOST], REAL start, long d,
                      REAL *restrict each) {
  REAL squares[LANES] = {0};
  for (long i = 0; i < d; ++i) {
    REAL sums[LANES] = {0};
    for (long j = 0; j <= i; ++j)
#pragma omp simd
      for (int p = 0; p < LANES; ++p) sums[p] += lower[i][j] * (x[j][p] - mean[j]);
#pragma omp simd
    for (int p = 0; p < LANES; ++p) squares[p] += sums[p] * sums[p];
  }
#pragma omp simd
  for (int p = 0; p < LANES; ++p) each[p] = start - (REAL)0.5 * squares[p];
}

/* Columns of `each` (k, LANES) as softmax makes them, those from `points` on 0; the sum of logsumexp */
static REAL responsibilities(REAL (*each)[LANES], long k, long points) {
  REAL top[LANES], sums[LANES] = {0}, total = 0;
#pragma omp simd
  for (int p = 0; p < LANES; ++p) top[p] = each[0][p];
  for (long c = 1; c < k; ++c)
#pragma omp simd
    for (int p = 0; p < LANES; ++p) top[p] = each[c][p] > top[p] ? each[c][p] : top[p];
  for (long c = 0; c < k; ++c)
#pragma omp simd
    for (int p = 0; p < LANES; ++p) sums[p] += each[c][p] = exp(each[c][p] - top[p]);
  for (long p = 0; p < points; ++p) total += top[p] + log(sums[p]);
#pragma omp simd
  for (int p = 0; p < LANES; ++p) sums[p] = p < points ? 1 / sums[p] : 0;
  for (long c = 0; c < k; ++c)
#pragma omp simd
    for (int p = 0; p < LANES; ++p) each[c][p] *= sums[p];
  return total;
}

/* m (an upper triangle of moments, of x - mean and 1) += sum r[p] [y, 1] [y, 1]^T */
static void moments(REAL x[MOST][LANES], const REAL *mean, const REAL *r, long d,
                    REAL m[MOST + 1][MOST + 1]) {
  REAL y[MOST + 1][LANES];
  for (long i = 0; i <= d; ++i)
#pragma omp simd
    for (int p = 0; p < LANES; ++p) y[i][p] = i < d ? x[i][p] - mean[i] : 1;
  for (long i = 0; i <= d; ++i) {
    REAL scaled[LANES];
#pragma omp simd
    for (int p = 0; p < LANES; ++p) scaled[p] = r[p] * y[i][p];
    for (long j = i; j <= d; ++j) {
      REAL sum = 0;
#pragma omp simd reduction(+ : sum)
      for (int p = 0; p < LANES; ++p) sum += scaled[p] * y[j][p];
      m[i][j] += sum;
    }
  }
}

/* d is at most MOST */
void mixture(const REAL *weights, const REAL *means, const REAL *q, const REAL *factors, const REAL *x,
             long n, long d, long k, REAL *value, REAL *restrict g_weights, REAL *restrict g_means,
             REAL *restrict g_q, REAL *restrict g_factors) {
  REAL lower[k][MOST][MOST], start[k], m[k][MOST + 1][MOST + 1];
  double total = 0;
  for (long c = 0; c < k; ++c) {
    start[c] = weights[c] + factor(factors + c * d * d, q + c * d, d, lower[c]);
    for (long i = 0; i <= d; ++i)
      for (long j = 0; j <= d; ++j) m[c][i][j] = 0;
  }
#pragma omp parallel for reduction(+ : total, m[:k])
  for (long first = 0; first < n; first += LANES) {
    long points = n - first < LANES ? n - first : LANES;
    REAL block[MOST][LANES], each[k][LANES];
    for (long p = 0; p < LANES; ++p)
      for (long i = 0; i < d; ++i) block[i][p] = x[(first + (p < points ? p : 0)) * d + i];
    for (long c = 0; c < k; ++c) distances(block, means + c * d, lower[c], start[c], d, each[c]);
    total += responsibilities(each, k, points);
    for (long c = 0; c < k; ++c) moments(block, means + c * d, each[c], d, m[c]);
  }
  REAL norm = logsumexp(weights, k);
  total -= n * norm;
  for (long c = 0; c < k; ++c) {
    g_weights[c] = m[c][d][d] - n * exp(weights[c] - norm);
    for (long j = 0; j < d; ++j) g_means[c * d + j] = 0;
    for (long i = 0; i < d; ++i) {
      REAL scaled = 0, own = 0, diagonal = lower[c][i][i], l;
      for (long j = 0; j <= i; ++j) scaled += lower[c][i][j] * m[c][j][d];
      for (long j = 0; j < d; ++j) g_factors[(c * d + i) * d + j] = 0;
      for (long j = 0; j <= i; ++j) {
        REAL sum = 0;
        for (long h = 0; h <= i; ++h) sum += lower[c][i][h] * (h < j ? m[c][h][j] : m[c][j][h]);
        l = lower[c][i][j];
        g_means[c * d + j] += l * scaled;
        if (j < i) {
          g_factors[(c * d + i) * d + j] = l - sum;
          total += (REAL)0.5 * l * l;
        } else
          own = sum;
      }
      g_q[c * d + i] = m[c][d][d] - own * diagonal + diagonal * diagonal - 1;
      total += (REAL)0.5 * diagonal * diagonal - q[c * d + i];
    }
  }
  *value = total;
}
