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
            values, moved = polyad.jvp(part, tuple(chosen), tuple(tangents))
            beside, _ = polyad.jvp(part, _beside(chosen, tangents), tuple(tangents))
            changed = _differ(_flat(values), _flat(beside))
            found = found | _nonzero(_flat(moved), changed)
        columns.append(found)
    return np.stack(columns, axis=1) if columns else None


def _beside(chosen, tangents):
    """The arguments a step along the tangents."""
    return [
        np.asarray(x + 1e-3 * (1 + abs(x)) * t, x.dtype)
        for x, t in zip(chosen, tangents, strict=True)
    ]


def _flat(outs):
    """The numbers of all results; integers and booleans are 0."""
    flat = [np.ravel(np.asarray(off(t))) for t in tupled(outs)]
    return np.concatenate([t if t.dtype.kind in "fc" else np.zeros(t.shape) for t in flat])


def _differ(one, two):
    return (one != two) & ~(np.isnan(one) & np.isnan(two))


def _nonzero(slopes, changed):
    """Slopes that are not 0. A NaN may be 0 times infinity where nothing depends on anything: there
    the value must change over a step.
    """
    return np.where(np.isnan(slopes), changed, slopes != 0)
