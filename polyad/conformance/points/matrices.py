"""Functions of matrices, as functions of two of their entries."""

from __future__ import annotations

import mpmath as mp

from ... import numpy as pnp
from ..special_points import special_points

la = pnp.linalg


def matrix(x, y):
    """[[x, 1], [y, 2]], a stack of such."""
    return pnp.stack(
        [pnp.stack([x, 0 * x + 1], axis=-1), pnp.stack([y, 0 * y + 2], axis=-1)], axis=-2
    )


def symmetric(x, y):
    """[[x, y], [y, 3]]."""
    return pnp.stack([pnp.stack([x, y], axis=-1), pnp.stack([y, 0 * y + 3], axis=-1)], axis=-2)


def row(name, run, exact, *points, of=None, made=matrix, **options):
    """A row of a function of a stack of matrices."""
    options = {
        "dtypes": ("float64",),
        "orders": 2,
        "scale": 0.1,
        "floor": (1e-15, 1e-14, 1e-13, 1e-12),
        **options,
    }
    special_points(
        name,
        lambda x, y: run(made(x, y)),
        exact,
        *points,
        of=of or f"numpy.linalg.{name}",
        **options,
    )


REGULAR = ((3.0, 1.0), (1.0, 0.0), (0.0, 1.0), (-2.0, 5.0))


def spectrum(x, y):
    """The larger eigenvalue of [[x, y], [y, 3]]."""
    return (x + 3) / 2 + mp.sqrt(((x - 3) / 2) ** 2 + y * y)


def singular_sum(x, y):
    """The sum of the singular values of [[x, 1], [y, 2]]."""
    return mp.sqrt(x * x + y * y + 5 + 2 * abs(2 * x - y))


row("det", la.det, lambda x, y: 2 * x - y, *REGULAR, (0.0, 0.0), (1.0, 2.0), orders=3)
row("slogdet", lambda a: la.slogdet(a).logabsdet, lambda x, y: mp.log(abs(2 * x - y)), *REGULAR)
row("inv", lambda a: la.inv(a)[..., 0, 0], lambda x, y: 2 / (2 * x - y), *REGULAR)
row("pinv", lambda a: la.pinv(a)[..., 0, 0], lambda x, y: 2 / (2 * x - y), *REGULAR)
row(
    "solve",
    lambda a: la.solve(a, pnp.asarray([1.0, 0.0]))[..., 0],
    lambda x, y: 2 / (2 * x - y),
    *REGULAR,
)
row(
    "cholesky",
    lambda a: la.cholesky(a)[..., 1, 1],
    lambda x, y: mp.sqrt(3 - y * y / x),
    (3.0, 1.0),
    (1.0, 0.0),
    (2.0, -2.0),
    made=symmetric,
)
row(
    "eigvalsh",
    lambda a: la.eigvalsh(a)[..., 1],
    spectrum,
    (1.0, 0.0),
    (1.0, 1.0),
    (5.0, 0.0),
    (2.0, -1.0),
    made=symmetric,
)
row(
    "eigh",
    lambda a: la.eigh(a).eigenvalues[..., 1],
    spectrum,
    (1.0, 0.0),
    (1.0, 1.0),
    (5.0, 0.0),
    (2.0, -1.0),
    made=symmetric,
)
row("svdvals", lambda a: pnp.sum(la.svdvals(a), axis=-1), singular_sum, *REGULAR)
row("svd", lambda a: pnp.sum(la.svd(a).S, axis=-1), singular_sum, *REGULAR)
row(
    "nuclear norm",
    lambda a: la.matrix_norm(a, ord="nuc"),
    singular_sum,
    *REGULAR,
    of=("numpy.linalg.matrix_norm", "numpy.linalg.norm"),
)
row(
    "spectral norm",
    lambda a: la.matrix_norm(a, ord=2),
    lambda x, y: (singular_sum(x, y) + mp.sqrt(x * x + y * y + 5 - 2 * abs(2 * x - y))) / 2,
    (3.0, 1.0),
    (1.0, 0.0),
    of="numpy.linalg.matrix_norm",
)
row(
    "Frobenius norm",
    la.matrix_norm,
    lambda x, y: mp.sqrt(x * x + y * y + 5),
    *REGULAR,
    (0.0, 0.0),
    of="numpy.linalg.matrix_norm",
)
row(
    "cond", lambda a: la.cond(a, "fro"), lambda x, y: (x * x + y * y + 5) / abs(2 * x - y), *REGULAR
)
row(
    "expm",
    lambda a: pnp.trace(la.expm(a), axis1=-2, axis2=-1),
    lambda x, y: mp.exp(x) + mp.exp(2),
    (3.0, 0.0),
    (1.0, 0.0),
    (2.0, 0.0),
    made=lambda x, y: matrix(x, 0 * y),
    orders=2,
)
row(
    "sqrtm",
    lambda a: pnp.trace(la.sqrtm(a), axis1=-2, axis2=-1),
    lambda x, y: mp.sqrt(x) + mp.sqrt(2),
    (3.0, 0.0),
    (1.0, 0.0),
    (2.0, 0.0),
    made=lambda x, y: matrix(x, 0 * y),
    backends=("numpy",),
)
row(
    "logm",
    lambda a: pnp.trace(la.logm(a), axis1=-2, axis2=-1),
    lambda x, y: mp.log(x) + mp.log(2),
    (3.0, 0.0),
    (1.0, 0.0),
    (2.0, 0.0),
    made=lambda x, y: matrix(x, 0 * y),
    backends=("numpy",),
)
row(
    "matrix_power",
    lambda a: la.matrix_power(a, 3)[..., 0, 0],
    lambda x, y: x**3 + 2 * x * y + 2 * y,
    *REGULAR,
    (0.0, 0.0),
    orders=3,
)
row("qr", lambda a: pnp.abs(la.qr(a).R[..., 0, 0]), mp.hypot, *REGULAR)
row(
    "lu",
    lambda a: la.lu(a)[2][..., 1, 1],
    lambda x, y: 2 - y / x if abs(x) >= abs(y) else 1 - 2 * x / y,
    (3.0, 1.0),
    (1.0, 5.0),
)
row(
    "solve_triangular",
    lambda a: la.solve_triangular(a, pnp.asarray([[1.0], [0.0]]), lower=True)[..., 1, 0],
    lambda x, y: -y / (2 * x),
    *REGULAR[:2],
)
for _order, _exact in (
    (1, lambda x, y: abs(x) + abs(y)),
    (mp.inf, lambda x, y: max(abs(x), abs(y))),
    (-mp.inf, lambda x, y: min(abs(x), abs(y))),
    (1.5, lambda x, y: (abs(x) ** 1.5 + abs(y) ** 1.5) ** (mp.mpf(2) / 3)),
    (3, lambda x, y: mp.cbrt(abs(x) ** 3 + abs(y) ** 3)),
    (-1, lambda x, y: 1 / (1 / abs(x) + 1 / abs(y))),
):
    special_points(
        f"vector_norm of order {float(_order):g}",
        lambda x, y, o=float(_order): la.vector_norm(pnp.stack([x, y]), axis=0, ord=o),
        _exact,
        *((3.0, 4.0), (-0.3, 0.4), (1e100, -3e100), (1e-100, 2e-100)),
        of="numpy.linalg.vector_norm",
        scale=lambda x, y: min(abs(x), abs(y), abs(abs(x) - abs(y))),
        dtypes=("float64",),
        orders=2 if _order == -1 else 3,
    )
