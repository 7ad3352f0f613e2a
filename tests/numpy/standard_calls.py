"""The calls of `test_against_strict.py`: each function of the standard, on every dtype and on
arrays of many shapes.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, NamedTuple

import array_api_strict as strict
import numpy as np

from polyad.conformance import elementwise

FLOATS, COMPLEX = ("float32", "float64"), ("complex64", "complex128")
INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
DTYPES = ("bool", *INTEGERS, *FLOATS, *COMPLEX)
SOME = ("bool", "int8", "uint32", "float32", "float64", "complex64")  # where all are alike
SHAPES = ((), (0,), (3,), (2, 3), (2, 0, 3), (1, 3))
AXES = (None, 0, -1, 1, (0, 1), (), (-1, 0), 5)


class Dtype(str):
    """The name of a dtype, for which each namespace has an object."""


class Call(NamedTuple):
    """A function's arguments: NumPy arrays, which become those of a namespace, and others."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    def of(self, name: str, namespace: Any, arrays: Any) -> Any:
        function = namespace
        for part in name.split("."):
            function = getattr(function, part)
        given = [next(arrays) if isinstance(x, np.ndarray) else x for x in self.args]
        return function(*(self._value(x, namespace) for x in given), **{
            key: self._value(x, namespace) for key, x in self.kwargs.items()
        })  # fmt: skip

    def _value(self, x: Any, namespace: Any) -> Any:
        return getattr(namespace, x) if isinstance(x, Dtype) else x

    def __str__(self) -> str:
        shown = [
            f"{x.dtype}{x.tolist()}" if isinstance(x, np.ndarray) else repr(x) for x in self.args
        ]
        return ", ".join([*shown, *(f"{k}={v!r}" for k, v in self.kwargs.items())])


RNG = np.random.default_rng(5)


def array(dtype: str, shape: tuple[int, ...], low: int = -3) -> Any:
    """Few values, so that some are equal; `low` is the least of integers."""
    kind = np.dtype(dtype).kind
    if kind in "bu":
        return np.asarray(RNG.integers(max(low, 0), 2 if kind == "b" else 4, shape)).astype(dtype)
    if kind == "i":
        return np.asarray(RNG.integers(low, 4, shape)).astype(dtype)
    found = 1.5 * RNG.normal(size=shape)
    return np.asarray(found + 1j * RNG.normal(size=shape) if kind == "c" else found).astype(dtype)


def each(dtypes: Any = DTYPES, shapes: Any = SHAPES) -> Iterator[Any]:
    return (array(d, s) for d, s in itertools.product(dtypes, shapes))


def unary() -> Iterator[Call]:
    return (Call((x,), {}) for x in each(shapes=((), (0,), (2, 3))))


def binary(low: int = -3) -> Iterator[Call]:
    for d in DTYPES:
        for s, t in (((), ()), ((2, 3), (1, 3)), ((0,), (1,)), ((2, 1), (3,))):
            yield Call((array(d, s), array(d, t, low)), {})
        for number in (True, 2, 1.5, 1j):
            if isinstance(number, complex) and np.dtype(d).kind == "f":
                continue  # array_api_strict compares them, as the standard does not
            yield Call((array(d, (3,)), number), {})
            yield Call((number, array(d, (3,), low)), {})
        for other in DTYPES:
            yield Call((array(d, (3,)), array(other, (3,), low)), {})


def along(*more: dict[str, Any], axes: Any = AXES) -> Iterator[Call]:
    """With each axis, alone and beside each of `more`."""
    for x, axis, extra in itertools.product(each(shapes=SHAPES[:5]), axes, ({}, *more)):
        if x.ndim or not isinstance(axis, int):  # NumPy takes 0 and -1 where there is no axis
            yield Call((x,), extra if axis is None else {"axis": axis, **extra})


def with_arguments(
    *choices: dict[str, Any] | tuple[Any, ...], shapes: Any = SHAPES
) -> Iterator[Call]:
    for x, choice in itertools.product(each(SOME, shapes), choices):
        yield Call((x,), choice) if isinstance(choice, dict) else Call((x, *choice), {})


def made(*arguments: tuple[Any, ...], **kwargs: Any) -> Iterator[Call]:
    for d in (None, *DTYPES[1:]):
        for args in arguments:
            yield Call(args, kwargs if d is None else {"dtype": Dtype(d), **kwargs})


def transforms(*choices: dict[str, Any]) -> Iterator[Call]:
    for d, s in itertools.product((*FLOATS, *COMPLEX), ((4,), (5,), (2, 6), (1,), (2, 1))):
        for choice in choices:
            yield Call((array(d, s),), choice)


def matrices(
    *choices: dict[str, Any], square: bool = True, positive: bool = False
) -> Iterator[Call]:
    shapes = [(2, 2), (3, 3), (2, 3, 3), (0, 0), (2, 0, 0), (0, 2, 2), (1, 1)]
    rest = [] if square else [(2, 3), (3, 2), (0, 3), (3, 0), (2, 3, 2)]
    for d, s in itertools.product((*FLOATS, *COMPLEX), shapes + rest):
        x = array(d, s)
        if positive:
            x = (x @ np.conj(np.swapaxes(x, -1, -2)) + np.eye(s[-1])).astype(d)
        for choice in choices or ({},):
            yield Call((x,), choice)


def pairs(
    *shapes: Any, dtypes: Any = (*FLOATS, *COMPLEX, "int64"), **kwargs: Any
) -> Iterator[Call]:
    for d, (s, t) in itertools.product(dtypes, shapes):
        yield Call((array(d, s), array(d, t)), kwargs)


CHOSEN = ("bitwise_left_shift", "bitwise_right_shift", "pow", "floor_divide", "remainder")
UNARY = [s.op for s in elementwise(1) if hasattr(strict, s.op) and s.op != "astype"]
UNARY += ["positive", "nonzero", "matrix_transpose", "zeros_like", "ones_like"]
UNARY += [f"unique_{part}" for part in ("all", "counts", "inverse", "values")]
BINARY = [s.op for s in elementwise(2) if hasattr(strict, s.op) and s.op not in CHOSEN]
TOTALS = [{"dtype": Dtype(d)} for d in ("float32", "int16", "complex128")]
CORRECTED = [{"correction": 1}, {"correction": 0.5}]
TURNED = {"descending": True}
KEPT = {"keepdims": True}
NORMS = [1, 2, 0, 3.5, np.inf, -np.inf, -1]
SIZES = [(-1,), (6,), (3, 2), (1, -1), (0,), (), (3, -1, 1), (2, 3)]
FFT = ({}, {"n": 3}, {"n": 8}, {"axis": 0}, {"norm": "ortho"}, {"norm": "forward"})
FFTN = ({}, {"axes": (0,)}, {"s": (3,), "axes": (-1,)}, {"norm": "ortho"})
PRODUCTS = [
    ((2, 3), (3, 2)),
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((4, 2, 3), (3, 1)),
    ((0, 3), (3, 0)),
    ((2,), (3,)),
]
CALLS: dict[str, Any] = {
    **dict.fromkeys(UNARY, unary),
    **dict.fromkeys(BINARY, binary),
    **{name: lambda: binary(low=1) for name in CHOSEN},
    **{
        name: lambda: along(KEPT)
        for name in ("all", "any", "max", "min", "mean", "count_nonzero", "argmax", "argmin")
    },
    **{name: lambda: along(KEPT, *TOTALS) for name in ("sum", "prod")},
    **{name: lambda: along(KEPT, *CORRECTED) for name in ("std", "var")},
    **{
        name: lambda: along({"include_initial": True}, {"dtype": Dtype("float32")})
        for name in ("cumulative_sum", "cumulative_prod")
    },
    **{name: lambda: along(TURNED, axes=(0, -1, 1, 5)) for name in ("sort", "argsort")},
    **dict.fromkeys(("flip", "squeeze", "diff", "unstack"), along),
    "expand_dims": lambda: along(axes=AXES[1:]),
    "roll": lambda: with_arguments((2,), (-4,)),
    "reshape": lambda: with_arguments(*((s,) for s in SIZES)),
    "broadcast_to": lambda: with_arguments(*((s,) for s in SIZES)),
    "repeat": lambda: with_arguments((0,), (1,), (2,)),
    "tile": lambda: with_arguments(((2,),), ((0,),), ((2, 1, 3),), ((),)),
    "moveaxis": lambda: with_arguments((0, -1), (1, 0), ((0, 1), (1, 0))),
    "permute_dims": lambda: with_arguments(((1, 0),), ((0,),), ((0, 0),), ((2, 0, 1),)),
    "tril": lambda: with_arguments({}, {"k": 1}, {"k": -1}),
    "triu": lambda: with_arguments({}, {"k": 1}, {"k": -1}),
    "clip": lambda: with_arguments({}, {"min": 1}, {"max": 1}, (0, 2), shapes=((3,), (2, 3))),
    "full_like": lambda: with_arguments((1,), (0,)),
    "isin": lambda: pairs(((2, 3), (4,)), ((), (2,)), ((0,), (3,)), ((3,), (0,)), dtypes=DTYPES),
    "take": lambda: (
        Call((x, np.array([0, 1, 0])), {"axis": axis})
        for x in each(SOME, ((3,), (2, 3)))
        for axis in range(-x.ndim, x.ndim)
    ),
    "searchsorted": lambda: (
        Call((np.sort(array(d, (3,))), array(d, (2, 2))), {"side": side})
        for d in (*FLOATS, *INTEGERS)
        for side in ("left", "right")
    ),
    "where": lambda: (Call((x != 0, x, array(str(x.dtype), x.shape)), {}) for x in each()),
    "astype": lambda: (
        Call((x, Dtype(d)), {})
        for x in each(shapes=((), (2, 3)))
        for d in DTYPES
        if x.dtype.kind not in "fc" or d not in INTEGERS  # what does not fit is not determined
    ),
    "zeros": lambda: made(((),), (3,), ((2, 0),)),
    "ones": lambda: made(((),), (3,), ((2, 0),)),
    "full": lambda: made(((2,), 3), ((), 1)),
    "eye": lambda: made((3,), (2, 4), (0,)),
    "arange": lambda: made((5,), (1, 5), (0, 5, 2), (5, 0, -1), (0,), (3, 1), (0.0, 1.0, 0.3)),
    "linspace": lambda: made((0, 1, 5), (0, 1, 1), (0, 1, 0), (2.5, -1, 4)),
    **{f"fft.{n}": lambda: transforms(*FFT) for n in ("fft", "ifft", "rfft", "irfft")},
    **{f"fft.{n}": lambda: transforms(*FFT) for n in ("hfft", "ihfft")},
    **{f"fft.{n}": lambda: transforms(*FFTN) for n in ["fftn", "ifftn", "rfftn", "irfftn"]},
    **{f"fft.{n}": lambda: transforms({}, {"axes": 0}) for n in ("fftshift", "ifftshift")},
    **{f"linalg.{n}": matrices for n in ("det", "inv", "slogdet")},
    "linalg.cholesky": lambda: matrices({}, {"upper": True}, positive=True),
    "linalg.eigvalsh": lambda: matrices(positive=True),
    **{f"linalg.{n}": lambda: matrices(square=False) for n in ("pinv", "svdvals", "matrix_rank")},
    "linalg.matrix_norm": lambda: matrices(
        *({"ord": o, **k} for o in (1, 2, "fro", "nuc", np.inf, -1, -2) for k in ({}, KEPT)),
        square=False,
    ),
    "linalg.vector_norm": lambda: matrices(
        *({"ord": o, **how} for o in NORMS for how in ({}, {"axis": -1, **KEPT}, {"axis": (0, 1)})),
        square=False,
    ),
    "linalg.diagonal": lambda: matrices({}, {"offset": 1}, {"offset": -5}, square=False),
    "linalg.trace": lambda: matrices({}, {"offset": -1}, TOTALS[2], square=False),
    "linalg.cross": lambda: pairs(((2, 3), (1, 3)), ((3,), (3,)), ((2,), (2,))),
    "linalg.outer": lambda: pairs(((2,), (3,)), ((2,), (0,))),
    "linalg.solve": lambda: pairs(
        ((2, 2), (2,)), ((3, 3), (3, 2)), ((2, 3, 3), (3, 1)), ((0, 0), (0,))
    ),
    "matmul": lambda: pairs(*PRODUCTS, dtypes=DTYPES[1:]),
    "vecdot": lambda: pairs(((2, 3), (2, 3)), ((3,), (2, 3)), ((0,), (0,)), ((2,), (3,))),
    "tensordot": lambda: pairs(((2, 3), (2, 3)), ((2,), (2,)), axes=1),
}
