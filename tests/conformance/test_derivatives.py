"""Derivatives: forward mode against differences, reverse mode against forward, to second order.

The pairing of a cotangent with a tangent is Re(ct · t), without conjugation: the gradient of a real
function of complex z = x + iy is ∂u/∂x - i ∂u/∂y.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest

import polyad
from polyad.ir import Function, parse, verify
from polyad.passes.pipeline import optimize, simplify
from polyad.transforms import jvp, linearize, transpose

from ..samples import SAMPLES, Sample
from .arrays import BACKENDS, close, narrow, off, run, tupled

EACH = [pytest.param(s, d, id=f"{s.name}-{d}") for s in SAMPLES for d in s.inexact]
SINGLE = [
    s
    for s in SAMPLES
    if s.inexact and "float32" in s.dtypes and "float64" in s.dtypes and s.op != "astype"
]
STEP = 1e-5


class Point:
    """A sample as a function of its inexact operands, with a direction, and with cotangents."""

    def __init__(self, sample: Sample, dtype: str) -> None:
        self.sample = sample
        self.arrays = sample.arrays(dtype)
        self.moving = [i for i, x in enumerate(self.arrays) if x.dtype.kind in "fc"]
        self.rng = np.random.default_rng(7)
        self.primals = [self.arrays[i] for i in self.moving]
        self.tangents = [self.like(x) for x in self.primals]
        results = [off(x) for x in tupled(sample.run(*self.arrays))]
        self.inexact = [i for i, y in enumerate(results) if y.dtype.kind in "fc"]
        self.cotangents = [self.like(results[i]) for i in self.inexact]

    def like(self, x: Any) -> Any:
        found = self.rng.normal(size=x.shape)
        if x.dtype.kind == "c":
            found = found + 1j * self.rng.normal(size=x.shape)
        return np.asarray(found).astype(x.dtype)

    def f(self, *primals: Any) -> tuple[Any, ...]:
        """The inexact results as a function of the inexact operands, on the operands' backend."""
        full: list[Any] = list(self.arrays)
        for i, x in zip(self.moving, primals, strict=True):
            full[i] = x
        for i, x in enumerate(full):
            if i not in self.moving:
                full[i] = polyad.numpy.asarray(x.tolist(), dtype=x.dtype.name)
        results = tupled(self.sample.run(*full))
        return tuple(results[i] for i in self.inexact)

    def difference(self, g: Any, at: list[Any], along: list[Any]) -> list[Any]:
        """The central difference of `g`."""
        up = g(*[x + STEP * t for x, t in zip(at, along, strict=True)])
        down = g(*[x - STEP * t for x, t in zip(at, along, strict=True)])
        return [(np.asarray(a) - np.asarray(b)) / (2 * STEP) for a, b in zip(up, down, strict=True)]


@functools.cache
def point(sample: Sample, dtype: str) -> Point:
    return Point(sample, dtype)


def push(p: Point) -> Any:
    return lambda *args: polyad.jvp(p.f, args[: len(p.primals)], args[len(p.primals) :])[1]


def pull(p: Point) -> Any:
    return lambda *args: polyad.vjp(p.f, *args[: len(p.primals)])[1](tuple(args[len(p.primals) :]))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("sample, dtype", EACH)
def test_forward_mode_is_the_limit_of_differences(sample: Sample, dtype: str, backend: str):
    p = point(sample, dtype)
    found = run(backend, push(p), [*p.primals, *p.tangents])
    for x, y in zip(found, p.difference(p.f, p.primals, p.tangents), strict=True):
        close(x, y.astype(off(x).dtype), relative=2e-7 * sample.tolerance)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("sample, dtype", EACH)
def test_reverse_mode_is_the_transpose_of_forward(sample: Sample, dtype: str, backend: str):
    p = point(sample, dtype)
    pushed = push(p)(*p.primals, *p.tangents)
    pulled = run(backend, pull(p), [*p.primals, *p.cotangents])
    for x, ct in zip(p.primals, pulled, strict=True):
        assert off(ct).dtype == x.dtype
        assert off(ct).shape == x.shape
    left = sum(np.sum(np.real(ct * t)) for ct, t in zip(p.cotangents, pushed, strict=True))
    right = sum(np.sum(np.real(off(ct) * t)) for ct, t in zip(pulled, p.tangents, strict=True))
    scale = sum(np.sum(np.abs(ct * t)) for ct, t in zip(p.cotangents, pushed, strict=True))
    single = any(x.dtype.name in ("float32", "complex64") for x in [*p.primals, *p.cotangents])
    allowed = (1e-6 if single else 1e-12) * float(max(scale, 1.0)) * sample.tolerance
    assert abs(left - right) <= allowed


@pytest.mark.parametrize("sample, dtype", EACH)
def test_second_order_is_the_limit_of_differences_of_the_first(sample: Sample, dtype: str):
    p = point(sample, dtype)
    gradient = lambda *primals: pull(p)(*primals, *p.cotangents)
    found = polyad.jvp(gradient, p.primals, p.tangents)[1]
    for x, y in zip(found, p.difference(gradient, p.primals, p.tangents), strict=True):
        close(x, y.astype(off(x).dtype), relative=2e-6 * sample.tolerance)


@pytest.mark.parametrize("sample", SINGLE, ids=lambda s: s.name)
def test_single_precision_stays_single_and_agrees(sample: Sample):
    p = point(sample, "float64")
    given = [*p.primals, *p.cotangents]
    rounded = [narrow(x) for x in given]
    double = pull(p)(*[x.astype(y.dtype) for x, y in zip(rounded, given, strict=True)])
    for x, y in zip(pull(Point(sample, "float32"))(*rounded), double, strict=True):
        close(x, narrow(y), relative=3e-5 * sample.tolerance)


@pytest.mark.parametrize("sample, dtype", EACH)
def test_every_function_on_the_way_is_valid_and_prints_as_it_parses(sample: Sample, dtype: str):
    p = point(sample, dtype)
    function = polyad.make_ir(p.f)(*p.primals)
    wrt = [i < len(p.primals) for i in range(len(function.arguments))]
    linear = linearize(function, wrt)
    made = [function, jvp(function, wrt).function, linear.forward, linear.tangent]
    if any(linear.active):
        made.append(transpose(linear.tangent, len(p.primals)))
    for f in made:
        for variant in (f, simplify(f), optimize(f)):
            round_trip(variant)


def round_trip(function: Function) -> None:
    verify(function)
    again = parse(str(function))
    assert str(again) == str(function)
    assert again == function
