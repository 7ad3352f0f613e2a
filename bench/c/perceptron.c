/* The cross-entropy of a perceptron with tanh between its layers, and its gradient. */
#include <tgmath.h>

#include "products.h"

/* Softmax of row x less its label, over n, in place; gives logsumexp(x) - x[label] */
static REAL residual(REAL *x, const REAL *label, long k, long n) {
  REAL top = x[0], sum = 0, right = 0;
  for (long j = 0; j < k; ++j) top = x[j] > top ? x[j] : top;
  for (long j = 0; j < k; ++j) right += label[j] * (x[j] - top);
  for (long j = 0; j < k; ++j) sum += x[j] = exp(x[j] - top);
  for (long j = 0; j < k; ++j) x[j] = (x[j] / sum - label[j]) / n;
  return log(sum) - right;
}

/* sizes: of the input and of the three layers; h and d: room for what layers give, and for the
 * cotangent of their sums before tanh */
void perceptron(const REAL *x, const REAL *labels, const REAL *w1, const REAL *b1, const REAL *w2,
                const REAL *b2, const REAL *w3, const REAL *b3, const long *sizes, long batch,
                REAL *h1, REAL *h2, REAL *d1, REAL *d2, REAL *d3, REAL *value, REAL *restrict gw1,
                REAL *restrict gb1, REAL *restrict gw2, REAL *restrict gb2, REAL *restrict gw3,
                REAL *restrict gb3) {
  const REAL *inputs[] = {x, h1, h2}, *weights[] = {w1, w2, w3}, *biases[] = {b1, b2, b3};
  REAL *outputs[] = {h1, h2, d3}, *cotangents[] = {d1, d2, d3};
  REAL *by_weights[] = {gw1, gw2, gw3}, *by_biases[] = {gb1, gb2, gb3};
  double loss = 0;
#pragma omp parallel reduction(+ : loss)
  {
    range own = part(batch);
    for (int layer = 0; layer < 3; ++layer) {
      long m = sizes[layer], n = sizes[layer + 1];
      REAL *out = outputs[layer];
      product_rows(own, n, m, rows(inputs[layer], m), rows(weights[layer], n), 0, out, n);
      for (long i = own.from; i < own.to; ++i)
#pragma omp simd
        for (long j = 0; j < n; ++j) {
          REAL sum = out[i * n + j] + biases[layer][j];
          out[i * n + j] = layer < 2 ? tanh(sum) : sum;
        }
    }
    for (long i = own.from; i < own.to; ++i)
      loss += residual(d3 + i * sizes[3], labels + i * sizes[3], sizes[3], batch);
    for (int layer = 2; layer > 0; --layer) {
      long m = sizes[layer], n = sizes[layer + 1];
      const REAL *h = inputs[layer];
      REAL *d = cotangents[layer - 1];
      product_rows(own, m, n, rows(cotangents[layer], n), transposed(weights[layer], n), 0, d, m);
#pragma omp simd
      for (long i = own.from * m; i < own.to * m; ++i) d[i] *= 1 - h[i] * h[i];
    }
#pragma omp barrier
    for (int layer = 0; layer < 3; ++layer) {
      long m = sizes[layer], n = sizes[layer + 1];
      const REAL *d = cotangents[layer];
      product_rows(part(m), n, batch, transposed(inputs[layer], m), rows(d, n), 0,
                   by_weights[layer], n);
      range columns = part(n);
      for (long j = columns.from; j < columns.to; ++j) by_biases[layer][j] = 0;
      for (long i = 0; i < batch; ++i)
        for (long j = columns.from; j < columns.to; ++j) by_biases[layer][j] += d[i * n + j];
    }
  }
  *value = loss / batch;
}
