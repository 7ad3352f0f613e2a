"""Oracles: other ways to the results of a program, and what its derivatives must obey.

Each takes a `Case` and raises `Disagreement`. polyad may refuse a program (`PolyadError`), which is
an answer; any other error is a fault. Those of this file are cheap: none makes machine code.
"""

from __future__ import annotations

import contextlib
import functools
import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from .. import api, checking
from ..config import config
from ..errors import PolyadError
from ..ir import parse, verify
from . import costly
from .cases import NUMPYS_ERRORS, Case, Disagreement, arrays, compare, quietly, spread
from .grammar import kind_of
from .program import Program

BATCH = 3
STEP = 1e-5
VERIFIED, SOME = ("passes", "native"), 8
"""The oracles under which each pass's result is verified; under all, for one of `SOME` programs."""


def numpy(case: Case) -> None:
    """NumPy's own answer, where all of the program is NumPy's."""
    case.results  # noqa: B018 - polyad's own are asked for, in any case
    if any(word in case.names for word in ("polyad.", "lax.", "bfloat16")):
        return
    try:
        f = case.program.function(np)
        expected = [np.asarray(x) for x in quietly(f, *case.program.arguments())]
    except (*NUMPYS_ERRORS, AttributeError):
        return
    # Some of NumPy's functions make float64 of float32, and polyad's do not.
    expected = [
        y.astype(x.dtype) if y.dtype.kind == x.dtype.kind and y.itemsize > x.itemsize else y
        for x, y in zip(case.results, expected, strict=True)
    ]
    compare(case.results, expected, case.spread, "NumPy", case.rounding)


def text(case: Case) -> None:
    """The text of the IR is read back as the same function, and verified."""
    function = api.make_ir(case.f)(*case.arguments)
    verify(function)
    if parse(str(function)) != function:
        raise Disagreement("the text of the IR is read back as another function")


def passes(case: Case) -> None:
    """The simplified function gives what eager calls give; each pass's result is verified."""
    found = arrays(quietly(api.jit(case.f, backend="numpy"), *case.program.arguments()))
    compare(found, case.results, case.spread, "simplified", case.rounding)


def batch(case: Case, compiled: bool = False) -> None:
    """vmap gives what a loop gives."""
    inputs = [
        np.stack([x, *(moved(x, case.rng) for _ in range(BATCH - 1))]) for x in case.arguments
    ]
    rows = [[x[i] for x in inputs] for i in range(BATCH)]
    try:
        each = [arrays(quietly(case.f, *row)) for row in rows]
    except (*NUMPYS_ERRORS, PolyadError):
        return
    if len({tuple(y.shape for y in results) for results in each}) > 1:
        return  # shapes that depend on values
    way = api.jit(api.vmap(case.f)) if compiled else api.vmap(case.f)
    found = arrays(quietly(way, *inputs))
    for i, (expected, row) in enumerate(zip(each, rows, strict=True)):
        moves = functools.partial(spread, case.f, expected, row, case.rng)
        told = f"{'jit of ' * compiled}vmap, row {i}"
        compare([y[i] for y in found], expected, moves, told, case.rounding)


def moved(x: Any, rng: Any) -> Any:
    """Another array of the same type."""
    if kind_of(x) in "fc":
        return (x + 0.1 * rng.normal(size=x.shape)).astype(x.dtype)
    return x.copy()


def _differentiable(case: Case) -> tuple[Callable[..., Any], list[Any]] | None:
    """The inexact part of a program, where derivatives may be compared with each other."""
    part, given = case.inexact()
    if not sum(x.size for x in given) or not case.is_finite() or not part(*given):
        return None
    return part, given


def pairing(case: Case) -> None:
    """Both modes give the same derivative along a direction, and near to it is a difference. What
    looks wrong is looked at closely (`differences`).
    """
    found = _differentiable(case)
    if found is None:
        return
    part, given = found
    v, c = checking.direction(given, 0), checking.direction(quietly(part, *given), 1)
    at = functools.partial(quietly, checking.derivative, part)
    modes = [float(at((mode,), given, [v], c)) for mode in ("forward", "reverse")]
    ends = []
    for h in (STEP, -STEP):
        there = [
            (x + (h * d).astype(x.dtype)).astype(x.dtype) for x, d in zip(given, v, strict=True)
        ]
        ends.append(float(quietly(checking.derivative, part, (), there, [], c)))
    difference = (ends[0] - ends[1]) / (2 * STEP)
    scale = max(map(abs, modes)) + max(map(abs, ends))
    wrong = abs(modes[0] - modes[1]) > case.rounding * max(scale, 1e-3) * 10
    if case.rounding < 1e-6:
        wrong |= abs(modes[0] - difference) > 1e-3 * scale
    if wrong or not math.isfinite(sum(modes)):
        costly.differences(case, 1)


def second(case: Case) -> None:
    """Second derivatives along a direction are the same in all mixes of modes."""
    found = _differentiable(case)
    if found is None or any(name in case.names for name in costly.BY_DECREE):
        return
    part, given = found
    v, c = checking.direction(given, 0), checking.direction(quietly(part, *given), 1)
    paths = checking.paths(2)
    values = [float(quietly(checking.derivative, part, p, given, [v, v], c)) for p in paths]
    finite = [x for x in values if math.isfinite(x)]
    apart = max(finite, default=0) - min(finite, default=0)
    if len(finite) < len(values) or apart > 1e-6 * max(map(abs, finite), default=0) + 1e-9:
        costly.differences(case, 2)


class Oracle(NamedTuple):
    """An oracle, and the shares of plain and of deep programs that it is asked about.

    A share is about the inverse of the oracle's cost, so that none takes most of a campaign's time.
    """

    run: Callable[[Case], None]
    plain: float = 0.0
    deep: float = 1.0


ORACLES: dict[str, Oracle] = {
    "numpy": Oracle(numpy, 1.0),
    "text": Oracle(text, 0.06),
    "passes": Oracle(passes, 0.08),
    "strict": Oracle(functools.partial(costly.traced, "array_api_strict"), 0.03, 0.5),
    "batch": Oracle(batch, 0.08),
    "pairing": Oracle(pairing, 0.03),
    "second": Oracle(second, 0.003, 0.3),
    "native": Oracle(costly.native, 0.01),
    "torch": Oracle(functools.partial(costly.eager, "torch"), 0.03, 0.5),
    "traced on torch": Oracle(functools.partial(costly.traced, "torch"), 0.03, 0.5),
    "compiled batch": Oracle(functools.partial(batch, compiled=True), 0.003, 0.3),
    "gradients": Oracle(costly.gradients, 0.002, 0.5),
    "differences": Oracle(costly.differences, 0.003, 0.3),
    "cache": Oracle(costly.cache, 0.002, 0.1),
    "threads": Oracle(costly.threads, 0.002, 0.1),
    "export": Oracle(costly.export, 0.002, 0.1),
    "taylor": Oracle(costly.taylor, 0.003, 0.3),
    "sparse": Oracle(costly.sparse_jacobian, 0.003, 0.3),
    "checkpoint": Oracle(costly.checkpointed, 0.005, 0.3),
}


def asked(program: Program, deep: bool = True) -> Iterator[str]:
    """The oracles that are asked about a program, the same each time."""
    draw = np.random.default_rng([program.seed, 1]).random(len(ORACLES))
    for (name, oracle), x in zip(ORACLES.items(), draw, strict=True):
        if x < (oracle.deep if deep else oracle.plain):
            yield name


def verdict(case: Case | Program, name: str) -> str:
    """Nothing if the oracle holds, "refused: …" for an error of polyad's, else the fault."""
    case = Case(case) if isinstance(case, Program) else case
    verified = name in VERIFIED or case.program.seed % SOME == 0
    try:
        with contextlib.redirect_stdout(None), config(verify=verified):
            ORACLES[name].run(case)
    except Disagreement as fault:
        return str(fault)
    except PolyadError as error:
        return f"refused: {type(error).__name__}: {str(error).partition(chr(10))[0]}"
    except Exception as error:  # any other error is a fault
        return f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
    return ""
