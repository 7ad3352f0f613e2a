/* n systems of six unknowns each, by elimination with row pivoting. */
#include <string.h>
#include <tgmath.h>

enum { SIX = 6 };

static void solve(REAL a[SIX][SIX], REAL *x) {
  for (int c = 0; c < SIX; ++c) {
    int p = c;
    for (int i = c + 1; i < SIX; ++i) p = fabs(a[i][c]) > fabs(a[p][c]) ? i : p;
    for (int j = 0; j < SIX; ++j) {
      REAL kept = a[c][j];
      a[c][j] = a[p][j];
      a[p][j] = kept;
    }
    REAL kept = x[c];
    x[c] = x[p];
    x[p] = kept;
    for (int i = c + 1; i < SIX; ++i) {
      REAL factor = a[i][c] / a[c][c];
      for (int j = 0; j < SIX; ++j) a[i][j] -= factor * a[c][j];
      x[i] -= factor * x[c];
    }
  }
  for (int c = SIX - 1; c >= 0; --c) {
    x[c] /= a[c][c];
    for (int i = 0; i < c; ++i) x[i] -= a[i][c] * x[c];
  }
}

void solves(const REAL *matrices, const REAL *right, long n, REAL *restrict x) {
#pragma omp parallel for
  for (long i = 0; i < n; ++i) {
    REAL a[SIX][SIX];
    memcpy(a, matrices + i * SIX * SIX, sizeof a);
    for (int j = 0; j < SIX; ++j) x[i * SIX + j] = right[i * SIX + j];
    solve(a, x + i * SIX);
  }
}
