/* The Jacobians of the residuals of bundle adjustment, see geometry.py, by camera (2, 11), point (2, 3)
 * and weight (2), with the formulas of a rotation's derivative by its vector. */
#include <math.h>

enum { LANES = 64, CAMERA = 11, COLUMNS = 15 };

static inline REAL dot(const REAL *a, const REAL *b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

static inline void cross(const REAL *a, const REAL *b, REAL *c) {
  c[0] = a[1] * b[2] - a[2] * b[1];
  c[1] = a[2] * b[0] - a[0] * b[2];
  c[2] = a[0] * b[1] - a[1] * b[0];
}

/* For an observation its row of the Jacobian by the rotation and by the point, given that by the
 * rotated point, j; w is the axis, v the point seen from the camera, u their cross product */
static inline void pull(const REAL *j, const REAL *w, const REAL *v, const REAL *u, REAL angle, REAL c,
                        REAL s, REAL *by_rotation, REAL *by_point) {
  REAL jw = dot(j, w), vw = dot(v, w), jv = dot(j, v), v_j[3], j_w[3], by_axis[3];
  cross(v, j, v_j);
  cross(j, w, j_w);
  REAL by_angle = -s * jv + c * dot(j, u) + s * jw * vw;
  for (int i = 0; i < 3; ++i) by_axis[i] = s * v_j[i] + (1 - c) * (j[i] * vw + v[i] * jw);
  REAL along = dot(w, by_axis);
  for (int i = 0; i < 3; ++i) {
    by_rotation[i] = w[i] * by_angle + (by_axis[i] - w[i] * along) / angle;
    by_point[i] = c * j[i] + s * j_w[i] + (1 - c) * w[i] * jw;
  }
}

static inline void observation(const REAL *camera, const REAL *point, REAL weight, const REAL *seen,
                               REAL (*rows)[COLUMNS][LANES], int p) {
  REAL w[3], v[3], u[3], q[3], angle = sqrt(dot(camera, camera)), c = cos(angle), s = sin(angle);
  for (int i = 0; i < 3; ++i) w[i] = camera[i] / angle, v[i] = point[i] - camera[3 + i];
  cross(w, v, u);
  REAL along = dot(w, v) * (1 - c), focal = camera[6];
  for (int i = 0; i < 3; ++i) q[i] = v[i] * c + u[i] * s + w[i] * along;
  REAL at[2] = {q[0] / q[2], q[1] / q[2]}, squared = at[0] * at[0] + at[1] * at[1];
  REAL radial = 1 + squared * (camera[9] + squared * camera[10]);
  REAL slope = 2 * (camera[9] + 2 * squared * camera[10]);
  for (int r = 0; r < 2; ++r) {
    REAL by_at[2] = {slope * at[r] * at[0], slope * at[r] * at[1]}, j[3], rotation[3], by_point[3];
    by_at[r] += radial;
    for (int i = 0; i < 2; ++i) j[i] = weight * focal * by_at[i] / q[2];
    j[2] = -(j[0] * at[0] + j[1] * at[1]);
    pull(j, w, v, u, angle, c, s, rotation, by_point);
    for (int i = 0; i < 3; ++i) {
      rows[r][i][p] = rotation[i];
      rows[r][3 + i][p] = -by_point[i];
      rows[r][CAMERA + i][p] = by_point[i];
    }
    rows[r][6][p] = weight * at[r] * radial;
    rows[r][7][p] = r == 0 ? weight : 0;
    rows[r][8][p] = r == 1 ? weight : 0;
    rows[r][9][p] = weight * focal * at[r] * squared;
    rows[r][10][p] = rows[r][9][p] * squared;
    rows[r][14][p] = at[r] * radial * focal + camera[7 + r] - seen[r];
  }
}

void bundle(const REAL *cameras, const REAL *points, const REAL *weights, const REAL *seen, long n,
            REAL *restrict by_camera, REAL *restrict by_point, REAL *restrict by_weight) {
#pragma omp parallel for
  for (long first = 0; first < n; first += LANES) {
    REAL rows[2][COLUMNS][LANES];
    int count = n - first < LANES ? n - first : LANES;
#pragma omp simd
    for (int p = 0; p < count; ++p)
      observation(cameras + (first + p) * CAMERA, points + (first + p) * 3, weights[first + p],
                  seen + (first + p) * 2, rows, p);
    for (long p = 0; p < count; ++p)
      for (int r = 0; r < 2; ++r) {
        long at = (first + p) * 2 + r;
        for (int i = 0; i < CAMERA; ++i) by_camera[at * CAMERA + i] = rows[r][i][p];
        for (int i = 0; i < 3; ++i) by_point[at * 3 + i] = rows[r][CAMERA + i][p];
        by_weight[at] = rows[r][14][p];
      }
  }
}
