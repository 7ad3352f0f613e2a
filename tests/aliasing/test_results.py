"""The memory of results: whether it is that of an argument, and is to be written, as NumPy's is.

Every function of polyad.numpy that NumPy has too is called on samples, with arguments that change
nothing among the rest: roll by 0, clip without bounds, a tile of one.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad.errors import PolyadError

SAMPLES: dict[str, np.ndarray] = {
    "matrix": np.array([[1.0, 4.0], [2.0, 3.0]]),
    "vector": np.array([1.0, 2.0, 4.0]),
    "integers": np.array([[1, 2], [4, 3]]),
    "complex": np.array([[1.0 + 1.0j, 2.0], [3.0, 4.0j]]),
    "booleans": np.array([[True, False], [True, True]]),
    "cube": np.arange(8.0).reshape(2, 2, 2),
    "row": np.array([[1.0, 2.0, 3.0]]),
}
Call = tuple[tuple[Any, ...], dict[str, Any]]
ARGUMENTS: dict[str, list[Call]] = {
    "append": [(([],), {"axis": None})],
    "array_split": [((1,), {}), ((2,), {})],
    "astype": [((float,), {}), ((float,), {"copy": False})],
    "broadcast_to": [(((2, 2),), {}), (((2, 2, 2),), {})],
    "choose": [(([0, 1],), {})],
    "clip": [((None, None), {}), ((-9, None), {}), ((None, 9), {})],
    "compress": [(([True, True],), {"axis": 0})],
    "delete": [(([],), {"axis": 0}), ((0,), {})],
    "diff": [((), {"n": 0})],
    "dsplit": [((1,), {})],
    "expand_dims": [((0,), {})],
    "extract": [((), {})],
    "full_like": [((1,), {})],
    "hsplit": [((1,), {})],
    "insert": [((0, []), {"axis": 0}), (([], []), {})],
    "moveaxis": [((0, 0), {}), ((0, -1), {})],
    "nan_to_num": [((), {}), ((), {"copy": False})],
    "pad": [((0,), {}), ((1,), {})],
    "partition": [((0,), {})],
    "percentile": [((50,), {})],
    "permute_dims": [(((1, 0),), {}), (((0, 1),), {})],
    "power": [((1,), {})],
    "quantile": [((0.5,), {})],
    "repeat": [((1,), {"axis": 0}), ((1,), {}), (([1, 1],), {"axis": 0})],
    "reshape": [((-1,), {}), (((4, 1),), {}), (((2, 2),), {})],
    "resize": [(((2, 2),), {}), (((2, 4),), {})],
    "roll": [((0,), {}), ((1,), {}), ((0,), {"axis": 0})],
    "rollaxis": [((0,), {}), ((1,), {})],
    "rot90": [((0,), {}), ((1,), {})],
    "round": [((), {}), ((0,), {}), ((1,), {})],
    "split": [((1,), {}), ((2,), {})],
    "squeeze": [((), {}), ((0,), {})],
    "sum": [((), {}), ((), {"axis": ()}), ((), {"axis": 0, "keepdims": True})],
    "swapaxes": [((0, 0), {}), ((0, 1), {})],
    "take": [(([0, 1],), {}), (([0, 1],), {"axis": 0})],
    "take_along_axis": [((np.array([[0, 1], [1, 0]]),), {"axis": 1})],
    "tile": [((1,), {}), (((1, 1),), {}), ((2,), {})],
    "transpose": [((), {}), (((0, 1),), {})],
    "trim_zeros": [((), {}), (("",), {})],
    "tril": [((), {}), ((9,), {})],
    "triu": [((), {}), ((-9,), {})],
    "unstack": [((), {})],
    "vsplit": [((1,), {})],
    **{
        name: [((), {"axis": ()}), ((), {})]
        for name in ("max", "min", "prod", "mean", "any", "all", "amax", "amin", "std", "var")
    },
    **{
        name: [((0,), {}), ((1,), {})]
        for name in ("add", "subtract", "multiply", "divide", "maximum", "minimum", "hypot")
    },
}
JOINS = ("concatenate", "concat", "stack", "hstack", "vstack", "dstack", "column_stack", "block")
OF_SUBSCRIPTS = ("ii->i", "ij->ij", "ij->ji", "i->i", "ij->i")
MODULES = {"numpy": (np, pnp), "fft": (np.fft, pnp.fft), "linalg": (np.linalg, pnp.linalg)}
WITHOUT = {
    # they write into their argument, and give nothing
    "copyto", "fill_diagonal", "place", "put", "put_along_axis", "putmask",
    # they take functions, files, shapes or dtypes, and not an array first
    "apply_along_axis", "apply_over_axes", "array_repr", "array_str", "einsum_path", "from_dlpack",
    "frombuffer", "fromfile", "fromfunction", "fromiter", "frompyfunc", "fromstring", "load",
    "piecewise", "printoptions", "save", "set_printoptions", "vectorize",
    # what they give is not determined
    "empty", "empty_like",
}  # fmt: skip


def functions() -> Iterator[tuple[str, Any, Any]]:
    """The functions of polyad.numpy that NumPy has too."""
    for part, (theirs, ours) in MODULES.items():
        for name in sorted(vars(ours)):
            function = getattr(theirs, name, None)
            plain = callable(getattr(ours, name)) and not isinstance(function, type)
            if function is not None and plain and name not in WITHOUT and name[0] != "_":
                yield f"{part}.{name}", function, getattr(ours, name)


def calls(name: str, sample: np.ndarray) -> Iterator[tuple[Any, Any]]:
    """Arguments after the first, and the first made of an array."""
    short = name.partition(".")[2]
    if short in JOINS:
        yield ((), {}), lambda x: [x]
        yield ((), {}), lambda x: [x, x]
    elif short == "einsum":
        for subscripts in OF_SUBSCRIPTS:
            yield ((subscripts,), {}), lambda x: x
    else:
        for call in ARGUMENTS.get(short, [((), {})]):
            yield call, lambda x: x


def called(function: Any, name: str, call: Call, first: Any) -> Any:
    args, kwargs = call
    if name.endswith("einsum"):
        return function(*args, first, **kwargs)
    return function(first, *args, **kwargs)


def leaves(result: Any) -> list[Any]:
    if isinstance(result, list | tuple):
        return [leaf for part in result for leaf in leaves(part)]
    return [result]


FUNCTIONS = list(functions())
each_function = pytest.mark.parametrize(
    "name, theirs, ours", FUNCTIONS, ids=[name for name, *_ in FUNCTIONS]
)


def compared(name: str, theirs: Any, ours: Any) -> Iterator[tuple[Any, Any, np.ndarray, Any]]:
    """Each call that both take, with the array that is given and what NumPy gives."""
    for kind, sample in SAMPLES.items():
        for call, first in calls(name, sample):
            x = sample.copy()
            try:
                with warnings.catch_warnings(), np.errstate(all="ignore"):
                    warnings.simplefilter("ignore")
                    expected = leaves(called(theirs, name, call, first(x)))
            except Exception:
                continue
            yield (kind, *call), first, x, expected


@each_function
def test_results_lie_where_numpys_do(name: str, theirs: Any, ours: Any):
    for call, first, x, expected in compared(name, theirs, ours):
        y = x.copy()
        try:
            with np.errstate(all="ignore"):
                found = leaves(called(ours, name, call[1:], first(y)))
        except (PolyadError, TypeError):
            continue
        for a, b in zip(expected, found, strict=False):
            if isinstance(a, np.ndarray) and isinstance(b, np.ndarray) and a.ndim and a.size:
                assert np.shares_memory(b, y) == np.shares_memory(a, x), call
                assert b.flags.writeable >= a.flags.writeable, call
                assert (b is y) <= (a is x), call


@each_function
def test_traced_results_are_written_where_numpys_are(name: str, theirs: Any, ours: Any):
    """What is written into a result is seen in the argument where NumPy shows it there."""
    for call, first, x, expected in compared(name, theirs, ours):
        written = []
        for k, a in enumerate(expected):
            if isinstance(a, np.ndarray) and a.ndim and a.flags.writeable:
                a[...] = 0
                written.append(k)

        def body(y: Any) -> Any:
            found = leaves(called(ours, name, call[1:], first(y)))
            for k in written:
                if found[k] is not None:
                    found[k][...] = 0
            return y

        try:
            with np.errstate(all="ignore"):
                seen = polyad.vjp(body, x.copy() if False else SAMPLES[call[0]])[0]
        except (PolyadError, TypeError, AttributeError):
            continue
        np.testing.assert_array_equal(seen, x, err_msg=str(call))
