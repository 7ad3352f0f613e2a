"""The laws that every op obeys, in each dtype, on each backend.

A law takes a `Case` and raises `AssertionError` where it does not hold. NumPy's answer is the
reference of values, differences of it that of tangents, forward mode that of reverse mode, and a
loop that of a batch. The pairing of a cotangent with a tangent is Re(ct · t), without conjugation:
the gradient of a real function of complex z = x + iy is ∂u/∂x - i ∂u/∂y.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .. import api, execution
from ..ir import Function
from ..numpy import asarray
from .arrays import check, close, narrow, off, on, run, tupled, type_on
from .sample import INEXACT, Sample

STEP = 1e-5
SIZE = 3  # of a batch
DOUBLE = {"float32": "float64", "complex64": "complex128"}


class Point:
    """A sample as a function of its inexact operands, with a direction, and with cotangents."""

    def __init__(self, sample: Sample, dtype: str) -> None:
        self.sample = sample
        self.arrays = sample.arrays(dtype)
        self.moving = [i for i, x in enumerate(self.arrays) if x.dtype.kind in "fc"]
        self.rng = np.random.default_rng(7)
        self.primals = [self.arrays[i] for i in self.moving]
        self.tangents = [self.like(x) for x in self.primals]
        self.results = [off(x) for x in tupled(sample.run(*self.arrays))]
        self.inexact = [i for i, y in enumerate(self.results) if y.dtype.kind in "fc"]
        self.cotangents = [self.like(self.results[i]) for i in self.inexact]

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
                full[i] = asarray(x.tolist(), dtype=x.dtype.name)
        results = tupled(self.sample.run(*full))
        return tuple(results[i] for i in self.inexact)

    def push(self, *args: Any) -> Any:
        """Primals and tangents to tangents."""
        n = len(self.primals)
        return api.jvp(self.f, args[:n], args[n:])[1]

    def pull(self, *args: Any) -> Any:
        """Primals and cotangents to cotangents."""
        n = len(self.primals)
        return api.vjp(self.f, *args[:n])[1](tuple(args[n:]))

    def push_pull(self, *args: Any) -> Any:
        """Primals, tangents and cotangents to the tangents of the cotangents."""
        n = len(self.primals)
        primals, tangents, cotangents = args[:n], args[n : 2 * n], args[2 * n :]
        return api.jvp(lambda *at: self.pull(*at, *cotangents), primals, tangents)[1]

    def difference(self, g: Any) -> list[Any]:
        """The central difference of `g` along the tangents."""
        ends = [
            g(*[x + step * t for x, t in zip(self.primals, self.tangents, strict=True)])
            for step in (STEP, -STEP)
        ]
        return [(np.asarray(a) - np.asarray(b)) / (2 * STEP) for a, b in zip(*ends, strict=True)]


@functools.cache
def point(sample: Sample, dtype: str) -> Point:
    """The point of a sample, made once."""
    return Point(sample, dtype)


def widened(x: Any) -> Any:
    """An array of single precision in double."""
    return x.astype(DOUBLE[x.dtype.name]) if x.dtype.name in DOUBLE else x


class Case:
    """A sample in a dtype on a backend."""

    def __init__(self, sample: Sample, dtype: str, backend: str) -> None:
        self.sample, self.dtype, self.backend = sample, dtype, backend
        self.tolerance = sample.tolerance

    @property
    def point(self) -> Point:
        return point(self.sample, self.dtype)

    def run(self, f: Callable[..., Any], arrays: Sequence[Any]) -> tuple[Any, ...]:
        return tupled(run(self.backend, f, arrays))

    def reference(self, f: str, *parts: str) -> list[Any]:
        """In single precision: what a method of the point gives in double, rounded."""
        here, there = self.point, Point(self.sample, DOUBLE[self.dtype])
        there.arrays = [widened(x) for x in here.arrays]
        given = []
        for part in parts:
            wide = [widened(x) for x in getattr(here, part)]
            if part == "cotangents":  # of results whose dtype may be the sample's own
                kept = [there.results[i].dtype for i in there.inexact]
                wide = [x.astype(t) for x, t in zip(wide, kept, strict=True)]
            given += wide
        found = [off(x) for x in tupled(getattr(there, f)(*given))]
        return [narrow(x) if x.dtype.name in DOUBLE.values() else x for x in found]

    def agree(self, found: Sequence[Any], expected: Sequence[Any], relative: float) -> None:
        for x, y in zip(found, expected, strict=True):
            close(x, np.asarray(y).astype(off(x).dtype), relative=relative * self.tolerance)


# -- The laws --------------------------------------------------------------------------------------


def value(case: Case) -> None:
    """Called at once and evaluated from its trace, an op gives what NumPy gives."""
    sample, arrays = case.sample, case.sample.arrays(case.dtype)
    answers = [run(case.backend, sample.run, arrays)]
    if case.backend != "native":
        given = on(case.backend, arrays)
        function: Function = api.make_ir(sample.run)(*given)
        answers.append(execution.get_backend(case.backend).evaluate(function, given))
    for found in answers:
        for x, y in zip(tupled(found), case.point.results, strict=True):
            close(x, y, case.tolerance)


def dtype(case: Case) -> None:
    """Results have the types that the op's type rule gives."""
    sample, arrays = case.sample, case.sample.arrays(case.dtype)
    function = api.make_ir(sample.run)(*on(case.backend, arrays))
    found = tuple(type_on(case.backend, x) for x in case.run(sample.run, arrays))
    check(found == function.result_types, f"{found} where the rule says {function.result_types}")


def jit(case: Case) -> None:
    """Compiled, it gives the same."""
    sample, arrays = case.sample, case.sample.arrays(case.dtype)
    compiled = api.jit(sample.run, backend=case.backend)
    for x, y in zip(tupled(compiled(*on(case.backend, arrays))), case.point.results, strict=True):
        close(x, y, case.tolerance)


def jvp(case: Case) -> None:
    """Forward mode is the limit of differences."""
    p = case.point
    found = case.run(p.push, [*p.primals, *p.tangents])
    if case.dtype in DOUBLE:
        case.agree(found, case.reference("push", "primals", "tangents"), 3e-5)
    else:
        case.agree(found, p.difference(p.f), 2e-7)


def vjp(case: Case) -> None:
    """Reverse mode is the transpose of forward mode."""
    p = case.point
    pulled = case.run(p.pull, [*p.primals, *p.cotangents])
    for x, ct in zip(p.primals, pulled, strict=True):
        check(
            (off(ct).dtype, off(ct).shape) == (x.dtype, x.shape),
            f"a cotangent {off(ct).dtype}{off(ct).shape} of an operand {x.dtype}{x.shape}",
        )
    if case.dtype in DOUBLE:
        case.agree(pulled, case.reference("pull", "primals", "cotangents"), 3e-5)
        return
    pushed = p.push(*p.primals, *p.tangents)
    left = [np.real(ct * off(t)) for ct, t in zip(p.cotangents, pushed, strict=True)]
    right = [np.real(off(ct) * t) for ct, t in zip(pulled, p.tangents, strict=True)]
    single = any(x.dtype.name in DOUBLE for x in [*p.primals, *p.cotangents])
    scale = max(sum(np.sum(np.abs(x)) for x in left), 1.0)
    gap = abs(sum(np.sum(x) for x in left) - sum(np.sum(x) for x in right))
    allowed = (1e-6 if single else 1e-12) * scale * case.tolerance
    check(gap <= allowed, f"<ct, Jt> and <J'ct, t> differ by {gap}, where {allowed} is allowed")


def second(case: Case) -> None:
    """The derivative of the reverse mode is the limit of its differences."""
    p = case.point
    found = case.run(p.push_pull, [*p.primals, *p.tangents, *p.cotangents])
    if case.dtype in DOUBLE:
        parts = ("primals", "tangents", "cotangents")
        case.agree(found, case.reference("push_pull", *parts), 1e-4)
        return
    case.agree(found, p.difference(lambda *primals: p.pull(*primals, *p.cotangents)), 2e-6)


def vmap(case: Case) -> None:
    """A batch is the stack of a loop, whichever operands carry it."""
    for mask in masks(case.sample, every=case.backend == "numpy"):
        batched(case, mask)


def masks(sample: Sample, every: bool = True) -> list[tuple[bool, ...]]:
    """Every choice of operands that carry the batch; for many operands, all and each alone. Only
    the choice of all, if not `every`, for element-wise ops, which share one rule.
    """
    count = len(sample.operands)
    if not every and sample.definition.elementwise:
        return [(True,) * count]
    if count > 3:
        return [(True,) * count, *(tuple(i == k for i in range(count)) for k in range(count))]
    return [m for m in itertools.product((True, False), repeat=count) if any(m)]


def batched(case: Case, mask: tuple[bool, ...]) -> None:
    """One choice of operands that carry the batch."""
    sample = case.sample
    draws = [sample.arrays(case.dtype, seed) for seed in range(SIZE)]
    arrays = [
        np.stack([draw[i] for draw in draws]) if flag else draws[0][i]
        for i, flag in enumerate(mask)
    ]
    found = case.run(api.vmap(sample.run, in_axes=tuple(0 if b else None for b in mask)), arrays)
    rows = [
        [off(x) for x in tupled(sample.run(*(draws[k if b else 0][i] for i, b in enumerate(mask))))]
        for k in range(SIZE)
    ]
    for x, *parts in zip(found, *rows, strict=True):
        close(x, np.stack(parts), sample.tolerance)


LAWS: dict[str, Callable[[Case], None]] = {
    "value": value,
    "dtype": dtype,
    "jvp": jvp,
    "vjp": vjp,
    "vmap": vmap,
    "second order": second,
    "jit": jit,
}
DERIVATIVES = ("jvp", "vjp", "second order")


def why_not(sample: Sample, dtype: str, law: str) -> str:
    """Why a law says nothing of a sample in a dtype; "" where it does."""
    if law == "vmap" and not sample.operands:
        return "no operands"
    if law not in DERIVATIVES:
        return ""
    if not sample.derivatives:
        return "derivative by decree"
    if not any(o.dtype is None for o in sample.operands) or dtype not in INEXACT:
        return "no derivative"
    wide = DOUBLE.get(dtype, dtype)
    if wide not in sample.dtypes or not point(sample, dtype).inexact:
        return "no derivative"
    return ""
