"""Dense Jacobians to compare patterns with, column by column."""

import numpy as np

import polyad
from polyad.conformance.arrays import off, tupled


def dense_pattern(f, argnums, *args):
    """Where the Jacobian of `f` at `args` by the arguments `argnums` is not zero: by tangents along
    each axis, real and imaginary.
    """
    chosen = [np.asarray(args[i]) for i in argnums]
    width = sum(x.size for x in chosen)

    def part(*given):
        full = list(args)
        for i, x in zip(argnums, given, strict=True):
            full[i] = x
        return tupled(f(*full))

    columns = []
    for k in range(width):
        flat = np.zeros(width)
        flat[k] = 1
        found = False
        for factor in (1, 1j) if any(x.dtype.kind == "c" for x in chosen) else (1,):
            ends = np.cumsum([x.size for x in chosen])[:-1]
            pieces = zip(np.split(flat * factor, ends), chosen, strict=True)
            tangents = [
                (t if x.dtype.kind == "c" else t.real).astype(x.dtype).reshape(x.shape)
                for t, x in pieces
            ]
            _, moved = polyad.jvp(part, tuple(chosen), tuple(tangents))
            found = found | np.concatenate([_nonzero(t) for t in tupled(moved)])
        columns.append(found)
    return np.stack(columns, axis=1) if columns else None


def _nonzero(t):
    found = np.ravel(off(t))
    if found.dtype.kind not in "fc":
        return np.zeros(found.shape, bool)
    return (found != 0) & ~np.isnan(found)  # 0 · ∞ is NaN where nothing depends on anything
