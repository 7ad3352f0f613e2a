"""NumPy's functions beyond the array-API standard: against NumPy on every backend, and by laws.

A row is a function and its arguments. Values and dtypes are NumPy's, eagerly, traced and compiled;
derivatives are the limits of differences, forward, reverse and to second order; a batch is the
stack of a loop.
"""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad.conformance.arrays import off, on
from polyad.errors import PolyadError
from polyad.test_util import check_grads

from . import spellings, spellings_of_sets
from .spellings import ROWS, Row

BACKENDS = ("numpy", "torch", "array_api_strict", "native")
EACH = [pytest.param(row, id=f"{k}-{row.name}") for k, row in enumerate(ROWS)]
SMOOTH = [pytest.param(row, id=f"{k}-{row.name}") for k, row in enumerate(ROWS) if row.smooth]


def arrays_in(row: Row) -> list[int | str]:
    named = {**dict(enumerate(row.args)), **row.kwargs}
    return [k for k, x in named.items() if isinstance(x, np.ndarray)]


def values_of(row: Row) -> list[Any]:
    return [row.kwargs[k] if isinstance(k, str) else row.args[k] for k in arrays_in(row)]


def over_arrays(row: Row) -> Callable[..., Any]:
    """The row's function of its array arguments alone."""
    places = arrays_in(row)

    def f(*arrays: Any) -> Any:
        given = dict(zip(places, arrays, strict=True))
        args = [given.get(k, x) for k, x in enumerate(row.args)]
        return row.run(*args, **{k: given.get(k, x) for k, x in row.kwargs.items()})

    return f


def close(found: Any, expected: Any, tolerance: float) -> None:
    if isinstance(expected, list | tuple):
        assert len(found) == len(expected)
        for a, b in zip(found, expected, strict=True):
            close(a, b, tolerance)
        return
    found, expected = off(found), np.asarray(expected)
    assert found.shape == expected.shape
    assert found.dtype == expected.dtype
    if expected.dtype.kind not in "fc":
        np.testing.assert_array_equal(found, expected)
        return
    single = expected.dtype.name in ("float32", "complex64")
    allowed = (2e-6 if single else 1e-13) * tolerance
    finite = np.abs(expected[np.isfinite(expected)])
    scale = float(finite.max()) if finite.size else 0.0
    np.testing.assert_allclose(found, expected, rtol=allowed, atol=allowed * max(scale, 1e-3))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("row", EACH)
def test_values_and_dtypes_are_numpys(row: Row, backend: str):
    with np.errstate(all="ignore"):
        expected = row.numpy(*row.args, **row.kwargs)
    f = over_arrays(row)
    given = on(backend, values_of(row))
    if backend != "native":
        # Where there is an array, it says which backend constants and lists beside it are of.
        with contextlib.nullcontext() if given else polyad.use_backend(backend):
            close(f(*given), expected, row.tolerance)
    if row.compiled and given and backend in ("numpy", "native"):
        close(polyad.jit(f, backend=backend)(*given), expected, row.tolerance)


NOT_NUMPYS = {
    "unpackbits": "NumPy gives what is in memory",
    "average": "NumPy's sum of no weights is 0, where their mean is NaN",
    "nanquantile": "NumPy forgets the axis of the quantiles",
    "nanpercentile": "NumPy forgets the axis of the quantiles",
    "cov": "NumPy forgets that the elements are complex",
    "corrcoef": "NumPy forgets that the elements are complex",
    "partition": "there is no such element, and of no elements NumPy does not ask",
    "argpartition": "there is no such element, and of no elements NumPy does not ask",
    "polymul": "no coefficients are no polynomial",
    "poly": "NumPy gives a number where it gives arrays",
    "bincount": "NumPy's counts are integers where its sums of weights are floating",
    "index_exp": "Python's own error",
}
"""Functions whose answer for arrays without elements differs from NumPy's, and the reason."""


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("row", [p for p in EACH if p.values[0].name not in NOT_NUMPYS])
@pytest.mark.parametrize("cut", [lambda x: x[..., :0], lambda x: x[:0]], ids=["last", "first"])
def test_arrays_without_elements(row: Row, cut: Any):
    """Agreement with NumPy; where NumPy has an error, an answer, or an error of polyad's."""
    empty = lambda x: cut(x) if isinstance(x, np.ndarray) and x.ndim else x
    args = [[empty(y) for y in x] if isinstance(x, list) else empty(x) for x in row.args]
    kwargs = {k: empty(x) for k, x in row.kwargs.items()}
    try:
        with np.errstate(all="ignore"):
            expected = row.numpy(*args, **kwargs)
    except (ValueError, IndexError, TypeError, ZeroDivisionError, np.linalg.LinAlgError):
        with contextlib.suppress(PolyadError):
            row.run(*args, **kwargs)
        return
    close(row.run(*args, **kwargs), expected, row.tolerance)


@pytest.mark.share(3)
@pytest.mark.parametrize("row", SMOOTH)
def test_derivatives_are_limits_of_differences(row: Row):
    check_grads(over_arrays(row), values_of(row), row.order, rtol=2e-5)


@pytest.mark.parametrize("row", SMOOTH)
def test_a_batch_is_the_stack_of_a_loop(row: Row):
    f, arrays = over_arrays(row), values_of(row)
    rows = [[x * (1 + 0.01 * k) if x.dtype.kind in "fc" else x for x in arrays] for k in range(3)]
    parts = [f(*given) for given in rows]
    found = polyad.vmap(f)(*[np.stack(column) for column in zip(*rows, strict=True)])
    if isinstance(parts[0], list | tuple):
        expected: Any = [np.stack(column) for column in zip(*parts, strict=True)]
    else:
        expected = np.stack(parts)
    close(found, expected, row.tolerance)


def test_every_function_has_a_row():
    named = {row.name for row in ROWS}
    for module in (*spellings.MODULES, *spellings_of_sets.MODULES):
        public = {
            name
            for name, value in vars(module).items()
            if callable(value)
            and not name.startswith("_")
            and getattr(value, "__module__", "") == module.__name__
            and hasattr(pnp, name)
        }
        missing = sorted(public - named)
        assert not missing, f"no row in spellings for {missing} of {module.__name__}: add one"
    for name in named:
        assert hasattr(pnp, name.partition(" ")[0]), name


def test_arguments_have_numpys_names():
    """Positional ones in NumPy's order; `out`, `where` and what is about memory are left out."""
    left_out = {"out", "overwrite_input", "like", "kind", "order", "cache", "otypes", "doc"}
    for name in sorted({row.name for row in ROWS}):
        theirs = getattr(np, name, None)
        if theirs is None or isinstance(theirs, np.ufunc) or not inspect.isfunction(theirs):
            continue
        ours = list(inspect.signature(getattr(pnp, name)).parameters.values())
        expected = [
            p.name
            for p in inspect.signature(theirs).parameters.values()
            if p.name not in left_out and p.kind is not inspect.Parameter.KEYWORD_ONLY
        ]
        found = [p.name for p in ours if p.kind is not inspect.Parameter.KEYWORD_ONLY]
        keywords = {p.name for p in ours}
        same = [n for n in found if n in expected]
        assert same == [n for n in expected if n in same], name
        assert set(expected) - keywords <= ALLOWED.get(name, set()), name


ALLOWED: dict[str, set[str]] = {"put": {"mode"}}
