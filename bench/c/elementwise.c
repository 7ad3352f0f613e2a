/* Element-wise work, its derivatives by hand, in loops over as many threads as there are. */
#include <tgmath.h>

enum { MANY = 10000 }; /* for fewer numbers threads take longer to meet than they save */

/* Prices of call options, and their derivatives by spot, strike, time, rate and volatility, times a
   seed each. */
void black_scholes(const REAL *seed, const REAL *spot, const REAL *strike, const REAL *time,
                   const REAL *rate, const REAL *volatility, long n, REAL *restrict price,
                   REAL *restrict by_spot, REAL *restrict by_strike, REAL *restrict by_time,
                   REAL *restrict by_rate, REAL *restrict by_volatility) {
  const REAL root_half = 0.70710678118654752440, norm = 0.39894228040143267794;
#pragma omp parallel for simd if (parallel : n > MANY)
  for (long i = 0; i < n; ++i) {
    REAL root = sqrt(time[i]), spread = volatility[i] * root;
    REAL d = (log(spot[i] / strike[i]) + rate[i] * time[i]) / spread + (REAL)0.5 * spread;
    REAL above = (REAL)0.5 * erfc(-d * root_half);
    REAL below = (REAL)0.5 * erfc((spread - d) * root_half);
    REAL density = norm * exp((REAL)-0.5 * d * d), discount = exp(-rate[i] * time[i]);
    REAL paid = strike[i] * discount * below, vega = spot[i] * density * root;
    price[i] = spot[i] * above - paid;
    by_spot[i] = seed[i] * above;
    by_strike[i] = -seed[i] * discount * below;
    by_time[i] = seed[i] * ((REAL)0.5 * vega * volatility[i] / time[i] + rate[i] * paid);
    by_rate[i] = seed[i] * time[i] * paid;
    by_volatility[i] = seed[i] * vega;
  }
}

/* sum(sin(x) exp(x) + tanh(x)), and its gradient */
void waves(const REAL *x, long n, REAL *value, REAL *restrict gradient) {
  REAL sum = 0;
#pragma omp parallel for simd if (parallel : n > MANY) reduction(+ : sum)
  for (long i = 0; i < n; ++i) {
    REAL s = sin(x[i]), c = cos(x[i]), e = exp(x[i]), t = tanh(x[i]);
    sum += s * e + t;
    gradient[i] = (s + c) * e + 1 - t * t;
  }
  *value = sum;
}

/* The gradient of logsumexp(x) */
void softmax(const REAL *x, long n, REAL *restrict gradient) {
  REAL top = x[0], sum = 0;
#pragma omp parallel for simd if (parallel : n > MANY) reduction(max : top)
  for (long i = 0; i < n; ++i) top = x[i] > top ? x[i] : top;
#pragma omp parallel for simd if (parallel : n > MANY) reduction(+ : sum)
  for (long i = 0; i < n; ++i) sum += gradient[i] = exp(x[i] - top);
  REAL scale = 1 / sum;
#pragma omp parallel for simd if (parallel : n > MANY)
  for (long i = 0; i < n; ++i) gradient[i] *= scale;
}
