"""Bad input to NumPy's functions beyond the standard: each error names the input and the line."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import errors

V = np.ones(3)
M = np.ones((2, 3))

BAD: list[tuple[type[Exception], str, Callable[[], Any]]] = [
    (ValueError, "mode is one of constant, .* not 'mirror'", lambda: pnp.pad(V, 1, mode="mirror")),
    (ValueError, "mode 'edge' takes no options, not end", lambda: pnp.pad(V, 1, "edge", end=1)),
    (ValueError, "mode 'mean' takes stat_length", lambda: pnp.pad(V, 1, "mean", end_values=1)),
    (ValueError, "widths are not negative: -1", lambda: pnp.pad(V, -1)),
    (TypeError, r"widths are Python integers, not 0\.5", lambda: pnp.pad(V, 0.5)),
    (ValueError, "a pair for each of 1 axes", lambda: pnp.pad(V, ((1, 1), (2, 2)))),
    (ValueError, "axis of size 0", lambda: pnp.pad(np.ones(0), 1, mode="edge")),
    (ValueError, "'even' or 'odd', not 1", lambda: pnp.pad(V, 1, "reflect", reflect_type=1)),
    (ValueError, "method is one of", lambda: pnp.quantile(V, 0.5, method="best")),
    (ValueError, r"q lies within \[0, 1\], not 1.5", lambda: pnp.quantile(V, 1.5)),
    (ValueError, r"q lies within \[0, 100\], not -3", lambda: pnp.percentile(V, -3)),
    (TypeError, "no order", lambda: pnp.median(V + 1j)),
    (ValueError, "no elements", lambda: pnp.quantile(np.ones((2, 0)), 0.5, axis=1)),
    (ValueError, "only method 'inverted_cdf'", lambda: pnp.quantile(V, 0.5, weights=V)),
    (ValueError, r"shape \(2,\), expected \(3,\)", lambda: pnp.average(M, axis=1, weights=V[:2])),
    (ValueError, "aweights have shape", lambda: pnp.cov(M, aweights=V[:2])),
    (ValueError, "m has two dimensions at most, not 3", lambda: pnp.cov(np.ones((2, 2, 2)))),
    (IndexError, "position 7 is out of range for axis 0 of size 3", lambda: pnp.delete(V, 7)),
    (IndexError, "a mask of 2 entries", lambda: pnp.delete(V, [True, False])),
    (TypeError, r"positions are integers, not 0\.5", lambda: pnp.insert(V, 0.5, 1.0)),
    (ValueError, "does not split into 2 equal parts", lambda: pnp.hsplit(V, 2)),
    (ValueError, "takes arrays of 3 dimensions", lambda: pnp.dsplit(V, 2)),
    (ValueError, "parts is 1 or more, not 0", lambda: pnp.array_split(V, 0)),
    (ValueError, "not nested equally deep", lambda: pnp.block([[V], V])),
    (ValueError, "the axes differ", lambda: pnp.rot90(M, axes=(1, 1))),
    (TypeError, "gcd takes integers, not float64", lambda: pnp.gcd(V, V)),
    (TypeError, "cbrt takes real arrays, not complex128", lambda: pnp.cbrt(V + 1j)),
    (TypeError, "number of points is a Python integer", lambda: pnp.hanning(2.5)),
    (ValueError, "'full', 'same' or 'valid', not 'all'", lambda: pnp.convolve(V, V, "all")),
    (ValueError, "vectors, not an array of shape", lambda: pnp.correlate(M, V)),
    (ValueError, "not empty", lambda: pnp.convolve(V, np.ones(0))),
    (ValueError, "edge_order 2 needs 3 samples", lambda: pnp.gradient(M, axis=0, edge_order=2)),
    (ValueError, "a spacing for each of 2 axes", lambda: pnp.gradient(M, 1.0, 2.0, 3.0)),
    (ValueError, "coordinates along axis 0 have shape", lambda: pnp.gradient(V, V[:2])),
    (ValueError, "vectors of one length", lambda: pnp.interp(0.5, V, V[:2])),
    (ValueError, "period is not 0", lambda: pnp.interp(0.5, V, V, period=0)),
    (ValueError, "2 or 3 components, not of 3 and 4", lambda: pnp.cross(V, np.ones(4))),
    (ValueError, "einsum_path 'ij,k'", lambda: pnp.einsum_path("ij,k", V, V)),
    (ValueError, "an end is not 0", lambda: pnp.geomspace(0, 1)),
    (ValueError, "coefficients are a vector", lambda: pnp.polyder(M)),
    (TypeError, "m is a Python integer that is not negative", lambda: pnp.polyder(V, -1)),
    (ValueError, "2 constants, or one, not 3", lambda: pnp.polyint(V, 2, k=V)),
    (ValueError, "weights have shape", lambda: pnp.polyfit(V, V, 1, w=V[:2])),
    (ValueError, "more points than coefficients", lambda: pnp.polyfit(V, V, 2, cov=True)),
    (ValueError, "is no signature", lambda: pnp.vectorize(np.sin, signature="n->n")(V)),
    (ValueError, "has 2 arguments, the call 1",
     lambda: pnp.vectorize(np.dot, signature="(n),(n)->()")(V)),
    (ValueError, "'n' of .* is both 3 and 2",
     lambda: pnp.vectorize(pnp.dot, signature="(n),(n)->()")(V, V[:2])),
    (ValueError, "results of .* dim", lambda: pnp.vectorize(pnp.sin, signature="(n)->()")(V)),
    (ValueError, "as many functions, or one more, not 3",
     lambda: pnp.piecewise(V, [V > 0], [1.0, 2.0, 3.0])),
    (ValueError, "as many conditions as choices", lambda: pnp.select([V > 0], [V, V])),
    (TypeError, "conditions are boolean, not float64", lambda: pnp.select([V], [V])),
    (IndexError, "index 5 is out of range for 2 choices", lambda: pnp.choose([5], [V, V], "raise")),
    (ValueError, "a condition of 3 entries for an axis of size 2",
     lambda: pnp.compress([True] * 3, M, axis=0)),
    (ValueError, "takes a matrix, not shape", lambda: pnp.tril_indices_from(V)),
    (ValueError, "takes a matrix, or an array of equal sizes", lambda: pnp.fill_diagonal(V, 1.0)),
    (IndexError, "index 9 is out of range for an axis of size 6",
     lambda: pnp.unravel_index(9, (2, 3))),
    (ValueError, "2 indices for 3 axes", lambda: pnp.ravel_multi_index(([0], [0]), (1, 2, 3))),
    (ValueError, "order is 'C' or 'F'", lambda: pnp.unravel_index(1, (2, 3), order="A")),
    (ValueError, "needs a stop", lambda: pnp.mgrid[1:]),
    (ValueError, "a text of one to three integers", lambda: pnp.r_["x", V]),
    (TypeError, "a text only as the first entry", lambda: pnp.r_[V, "1"]),
    (IndexError, "kth 5 is out of range", lambda: pnp.partition(V, 5)),
    (ValueError, "one key at least", lambda: pnp.lexsort(())),
    (TypeError, "a vector of integers, not float64", lambda: pnp.bincount(V)),
    (ValueError, "-1 is negative", lambda: pnp.bincount([-1])),
    (ValueError, "2 weights for 3", lambda: pnp.bincount([0, 1, 2], weights=V[:2])),
    (ValueError, "rise, or fall, throughout", lambda: pnp.digitize(V, [1.0, 0.0, 2.0])),
    (ValueError, "the rules for bins are", lambda: pnp.histogram(V, "best")),
    (ValueError, "edges of bins rise", lambda: pnp.histogram(V, [1.0, 0.0])),
    (ValueError, "number of bins is 1 or more", lambda: pnp.histogram(V, 0)),
    (ValueError, "the range rises", lambda: pnp.histogram(V, 2, range=(1, 0))),
    (TypeError, "takes no weights", lambda: pnp.histogram(V, "auto", weights=V)),
    (ValueError, "for each of 3 axes, not 2", lambda: pnp.histogramdd(M, bins=[2, 2])),
]  # fmt: skip


@pytest.mark.parametrize("kind, text, f", BAD, ids=[text for _, text, _ in BAD])
def test_bad_input(kind: type[Exception], text: str, f: Callable[[], Any]):
    with pytest.raises(kind) as caught:
        f()
    assert isinstance(caught.value, errors.PolyadError)
    assert re.search(text, str(caught.value))
    assert __file__ in str(caught.value)


def test_the_error_of_python_branches_in_vectorize_names_the_remedy():
    f = pnp.vectorize(lambda x: x if x > 0 else -x)
    with pytest.raises(errors.ConcretizationError, match=r"(?s)vmap.*where"):
        f(V)


def test_unknown_widths_and_orders():
    with pytest.raises(errors.PolyadTypeError):
        polyad.jit(lambda x, n: pnp.pad(x, n))(V, 2)
