"""The laws of float16 and bfloat16 over the table of samples.

The reference is the op in float64 at the same numbers: a result in 16 bits is that number, rounded
once. So is a tangent: derivative rules are evaluated in the dtype that is computed in.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import ml_dtypes
import numpy as np

from polyad import api
from polyad.conformance.arrays import off, run, tupled
from polyad.conformance.sample import SAMPLES, Sample

HALVES = {"float16": np.dtype(np.float16), "bfloat16": np.dtype(ml_dtypes.bfloat16)}
OF_DTYPES = ("nextafter", "bitcast-float32", "astype-complex128", "astype-float64")
"""Samples about the dtype itself; see `test_conversions`."""


def operands(sample: Sample, dtype: str, seed: int = 0) -> list[Any]:
    """Those of the sample, rounded to 16 bits."""
    given = sample.arrays("float64", seed)
    return [
        x.astype(HALVES[dtype]) if operand.dtype is None else x
        for x, operand in zip(given, sample.operands, strict=True)
    ]


def wide(arrays: Sequence[Any]) -> list[Any]:
    """These numbers in float64, and in complex128."""
    names = {"float16": "float64", "bfloat16": "float64", "complex64": "complex128"}
    return [x.astype(names.get(x.dtype.name, x.dtype)) for x in arrays]


@functools.cache
def is_one_op(sample: Sample) -> bool:
    """Whether the sample rounds once: several ops round one after the other."""
    ops = api.make_ir(sample.run)(*sample.arrays("float64")).ops
    return len(ops) == 1 and not ops[0].regions


def is_of_halves(sample: Sample) -> bool:
    return (
        "float32" in sample.dtypes
        and any(o.dtype is None for o in sample.operands)
        and sample.name not in OF_DTYPES
    )


ROWS = {s.name: s for s in SAMPLES if is_of_halves(s)}


def unit(y: Any, dtype: str) -> Any:
    """The distance of the numbers of `dtype` at y."""
    info = ml_dtypes.finfo(HALVES[dtype])
    size = np.maximum(np.abs(y), float(info.smallest_normal))
    return np.exp2(np.floor(np.log2(size))) * float(info.eps)


def check_rounded(
    found: Any, exact: Any, dtype: str, units: float = 0.5, tolerance: float = 1.0
) -> None:
    """`found` has the dtype that goes with that of the float64 result `exact`, and is it but for
    rounding: by so many `units`, beside the error of float32.
    """
    found, exact = off(found), np.asarray(exact)
    wanted = {"float64": HALVES[dtype], "complex128": np.dtype("complex64")}
    assert found.dtype == wanted.get(exact.dtype.name, exact.dtype)
    assert found.shape == exact.shape
    if exact.dtype.kind not in "fc":
        np.testing.assert_array_equal(found, exact)
        return
    finite = exact[np.isfinite(exact)]
    error = 4e-6 * tolerance * float(np.max(np.abs(finite), initial=0))
    if exact.dtype.kind == "c":
        np.testing.assert_allclose(found, exact, rtol=2e-5 * tolerance, atol=5 * error)
        return
    with np.errstate(over="ignore"):
        near = exact.astype(HALVES[dtype]).astype(np.float64)
    found = found.astype(np.float64)
    special = ~np.isfinite(near)
    np.testing.assert_array_equal(found[special], near[special])
    found, exact = found[~special], exact[~special]
    allowed = units * unit(exact, dtype) * 1.001 + error
    worst = np.max(np.abs(found - exact) / allowed, initial=0)
    assert worst <= 1, f"{worst} times the allowed difference:\n{found}\n{exact}"


class Point:
    """A sample as a function of its inexact operands, in 16 bits or (`f_wide`) in float64."""

    def __init__(self, sample: Sample, dtype: str) -> None:
        self.sample, self.dtype = sample, dtype
        self.arrays = operands(sample, dtype)
        self.exact = [off(y) for y in tupled(sample.run(*wide(self.arrays)))]
        self.moving = [i for i, o in enumerate(sample.operands) if o.dtype is None]
        self.kept = [i for i, y in enumerate(self.exact) if y.dtype.kind in "fc"]
        self.rng = np.random.default_rng(3)

    def at(self, arrays: Sequence[Any]) -> tuple[Callable[..., Any], list[Any]]:
        def f(*moving: Any) -> tuple[Any, ...]:
            full = list(arrays)
            for i, x in zip(self.moving, moving, strict=True):
                full[i] = x
            results = tupled(self.sample.run(*full))
            return tuple(results[i] for i in self.kept)

        return f, [arrays[i] for i in self.moving]

    def like(self, x: Any) -> Any:
        return np.asarray(self.rng.normal(size=off(x).shape)).astype(off(x).dtype)


def value(point: Point, backend: str) -> None:
    """Called on a backend, or compiled, an op rounds once."""
    found = run(backend, point.sample.run, point.arrays)
    one = is_one_op(point.sample)
    for x, y in zip(tupled(found), point.exact, strict=True):
        if one:
            check_rounded(x, y, point.dtype, tolerance=point.sample.tolerance)
        else:
            assert off(x).shape == y.shape


def compiled(point: Point) -> None:
    """Compiled code rounds after each op too: at once, traced and compiled, values are equal but
    where float32 differs in its last digits, and some rounding goes the other way.
    """
    f = point.sample.run
    traced = api.jit(f, backend="numpy")(*point.arrays)
    native = api.jit(f, backend="native")(*point.arrays)
    for x, y in zip(tupled(native), tupled(traced), strict=True):
        x, y = off(x), off(y)
        assert x.dtype == y.dtype
        if x.dtype in HALVES.values():
            check_rounded(x, wide([y])[0], point.dtype, units=1)


def jvp(point: Point) -> None:
    """A tangent is that of float64, rounded."""
    f, primals = point.at(point.arrays)
    g, wide_primals = point.at(wide(point.arrays))
    tangents = [point.like(x) for x in primals]
    found = api.jvp(f, tuple(primals), tuple(tangents))[1]
    exact = api.jvp(g, tuple(wide_primals), tuple(wide(tangents)))[1]
    for x, y in zip(found, exact, strict=True):
        check_rounded(x, off(y), point.dtype, tolerance=10 * point.sample.tolerance)


def vjp(point: Point) -> None:
    """A cotangent is that of float64, rounded, and has its operand's dtype."""
    f, primals = point.at(point.arrays)
    g, wide_primals = point.at(wide(point.arrays))
    out, pull = api.vjp(f, *primals)
    cotangents = [point.like(y) for y in out]
    found = pull(tuple(cotangents))
    exact = api.vjp(g, *wide_primals)[1](tuple(wide(cotangents)))
    for x, y in zip(found, exact, strict=True):
        check_rounded(x, off(y), point.dtype, units=1, tolerance=10 * point.sample.tolerance)


def vmap(point: Point) -> None:
    """A batch is the stack of a loop."""
    rows = [operands(point.sample, point.dtype, seed) for seed in range(2)]
    found = tupled(
        api.vmap(point.sample.run)(*[np.stack(parts) for parts in zip(*rows, strict=True)])
    )
    for k, row in enumerate(rows):
        for x, y in zip(found, tupled(point.sample.run(*row)), strict=True):
            x, y = off(x)[k], off(y)
            assert x.dtype == y.dtype
            if x.dtype in HALVES.values():
                check_rounded(x, wide([y])[0], point.dtype, units=1)
            else:
                np.testing.assert_allclose(x, y, rtol=1e-5, atol=1e-5)
