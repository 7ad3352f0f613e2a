"""Zeros of selections stay zero through branches, loops and checkpoints, in both modes and to any
order. References are mpmath's derivatives of the op at the point that a selection leaves.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import lax

from ..arrays import off
from .exact_zeros_table import ARE, OPS, exact

Op = Callable[[Any], Any]
HALVES = np.array([0.25, 0.75])
MODES = {"f": polyad.jacfwd, "r": polyad.jacrev}


def pair(op: Op, x: Any, **options: Any) -> Any:
    """op(x), added up in two steps, of an x that the loop carries."""
    step = lambda c, w: ((c[0], c[1] + w * op(c[0])), None)
    return lax.scan(step, (x, 0.0 * x), HALVES, **options)[0][1]


def pair_of(wrap: Callable[[Op], Op]) -> Callable[[Op, Any], Any]:
    step = lambda op: wrap(lambda c, w: ((c[0], c[1] + w * op(c[0])), None))
    return lambda op, x: lax.scan(step(op), (x, 0.0 * x), HALVES)[0][1]


def while_of(op: Op, x: Any, **options: Any) -> Any:
    step = lambda c: (c[0] + 1, c[1], c[2] + op(c[1]) / 2)
    return lax.while_loop(lambda c: c[0] < 2, step, (0, x, 0.0 * x), **options)[2]


def twice(op: Op, x: Any) -> Any:
    """The op in the last of three steps, of what the loop carries."""
    step = lambda c, i: (pnp.where(i == 2, op(c), c), None)
    return lax.scan(step, x, np.arange(3))[0]


def branch(op: Op, x: Any) -> Any:
    return lax.cond(x[1] > -9, op, lambda t: 0.0 * t, x)


REGIONS: dict[str, Callable[[Op, Any], Any]] = {
    "map": lambda op, x: lax.map(op, x),
    "scan": pair,
    "scan of three steps": twice,
    "scan over consts": lambda op, x: lax.scan(lambda c, w: (c + w * op(x), None), 0.0 * x, HALVES)[
        0
    ],
    "rows of a scan over consts": lambda op, x: pnp.sum(
        lax.scan(lambda c, w: (c, w * op(x)), 0.0, HALVES)[1], axis=0
    ),
    "reverse scan": lambda op, x: pair(op, x, reverse=True),
    "scan with slots": lambda op, x: pair(op, x, checkpoint=1),
    "scan of a checkpoint": pair_of(polyad.checkpoint),
    "scan of jit": pair_of(polyad.jit),
    "scan of scans": lambda op, x: lax.scan(
        lambda c, w: (c + w * pair(op, x), None), 0.0 * x, HALVES
    )[0],
    "scan of whiles": lambda op, x: lax.scan(
        lambda c, w: (c + w * while_of(op, x), None), 0.0 * x, HALVES
    )[0],
    "scan of branches": lambda op, x: lax.scan(
        lambda c, i: (c + lax.cond(i > 0, op, lambda t: 0.0 * t, x), None), 0.0 * x, np.arange(2)
    )[0],
    "fori_loop": lambda op, x: lax.fori_loop(0, 2, lambda i, c: c + op(x) / 2, 0.0 * x),
    "while_loop": while_of,
    "while_loop with slots": lambda op, x: while_of(op, x, checkpoint=1),
    "cond": branch,
    "switch": lambda op, x: lax.switch(1, [lambda t: t, op, lambda t: 0.0 * t], x),
    "branch with a scan": lambda op, x: lax.cond(x[1] > -9, lambda t: pair(op, t), lambda t: t, x),
    "checkpoint": lambda op, x: polyad.checkpoint(op)(x),
    "scan under vmap": lambda op, x: polyad.vmap(lambda t: pair(op, t))(x),
    "while_loop under vmap": lambda op, x: polyad.vmap(lambda t: while_of(op, t))(x),
}
BEHIND: dict[str, Callable[[Any], Any]] = {
    "where": lambda y: pnp.sum(pnp.where(ARE, y, 0.0)),
    "index": lambda y: y[1],
    "weights": lambda y: pnp.sum(y * np.array([0.0, 1.0])),
    "gather": lambda y: pnp.sum(y[np.array([1, 1])]) / 2,
    "max": lambda y: pnp.max(pnp.where(ARE, y, -np.inf)),
    "clip": lambda y: pnp.sum(pnp.clip(pnp.where(ARE, y, 1e9), -1e8, 1e8)) - 1e8,
    "sort": lambda y: pnp.sort(pnp.where(ARE, y, 1e9))[0],
}


def chosen(y: Any) -> Any:
    return pnp.where(ARE, y, 0.0)


INSIDE: dict[str, Callable[[Any], Any]] = {
    "map": lambda y: lax.map(lambda both: pnp.where(both[0], both[1], 0.0), (ARE, y)),
    "scan": lambda y: lax.scan(lambda c, _: (chosen(c), None), y, np.arange(2))[0],
    "consts of a scan": lambda y: lax.scan(
        lambda c, w: (c + w * chosen(y), None), np.zeros(2), HALVES
    )[0],
    "rows of a scan": lambda y: lax.scan(lambda c, w: (c, w * y[1]), 0.0, HALVES)[1],
    "scan with slots": lambda y: lax.scan(lambda c, w: (chosen(c), None), y, HALVES, checkpoint=1)[
        0
    ],
    "while_loop": lambda y: lax.while_loop(
        lambda c: c[0] < 2, lambda c: (c[0] + 1, chosen(c[1])), (0, y)
    )[1],
    "while_loop with slots": lambda y: lax.while_loop(
        lambda c: c[0] < 2, lambda c: (c[0] + 1, chosen(c[1])), (0, y), checkpoint=1
    )[1],
    "cond": lambda y: lax.cond(y[1] > -1e99, chosen, lambda t: t, y),
    "jit": lambda y: polyad.jit(chosen)(y),
    "checkpoint": lambda y: polyad.checkpoint(chosen)(y),
    "cond under vmap": lambda y: polyad.vmap(
        lambda flag, t: lax.cond(flag, lambda t: t, lambda t: 0.0, t)
    )(ARE, y),
}


def mixes(most: int, least: int = 1) -> list[str]:
    """All orders of forward and reverse mode."""
    orders = range(least, most + 1)
    return ["".join(m) for n in orders for m in itertools.product(MODES, repeat=n)]


def check(f: Callable[[Op, Any], Any], name: str, modes: str, compile: Any = None) -> None:
    """The derivative of f(op, x) in these modes is the op's at the second point alone."""
    op = OPS[name]
    derivative: Any = lambda x: f(op.run, x)
    for mode in modes:
        derivative = MODES[mode](derivative)
    expected = np.zeros((2,) * len(modes))
    expected[(1,) * len(modes)] = exact(op, len(modes))
    with np.errstate(all="ignore"):
        found = off((compile or (lambda f: f))(derivative)(np.array([op.bad, op.good])))
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-9, err_msg=f"{name} {modes}")


@pytest.mark.share(3)
@pytest.mark.parametrize("region", REGIONS)
def test_a_selection_behind_a_region(region: str):
    """Orders 1 and 2; another selection and op for each mix of modes."""
    behind = list(BEHIND.values())
    ops = ["sqrt", "sin of infinity", "exp", "1/x"]
    first = list(REGIONS).index(region)
    for i, modes in enumerate(mixes(2)):
        take = behind[(first + i) % len(behind)]
        check(lambda op, x: take(REGIONS[region](op, x)), ops[(first + i) % 4], modes)


@pytest.mark.parametrize("region", INSIDE)
def test_a_selection_inside_a_region(region: str):
    ops = ["sqrt", "exp", "sin of infinity"]
    for i, modes in enumerate(mixes(2)):
        check(lambda op, x: pnp.sum(INSIDE[region](op(x))), ops[i % 3], modes)


@pytest.mark.parametrize("region", ["scan", "while_loop", "cond"])
def test_a_selection_behind_a_region_in_native_code(region: str):
    for modes in ("r", "rr", "fr"):
        check(lambda op, x: BEHIND["where"](REGIONS[region](op, x)), "sqrt", modes, polyad.jit)


@pytest.mark.parametrize("region", ["scan", "while_loop with slots", "branch with a scan"])
def test_third_order(region: str):
    for modes in ("rrr", "frf"):
        check(lambda op, x: BEHIND["index"](REGIONS[region](op, x)), "sqrt", modes)


@pytest.mark.full
@pytest.mark.parametrize("behind", BEHIND)
@pytest.mark.parametrize("region", REGIONS)
def test_all_mixes_of_all_orders(region: str, behind: str):
    f = lambda op, x: BEHIND[behind](REGIONS[region](op, x))
    for name in OPS:
        for modes in mixes(2):
            check(f, name, modes)
    for modes in mixes(3, 3):
        check(f, "sqrt", modes)


JACOBIANS = {
    "jacfwd": lambda f, x: polyad.jacfwd(f)(x),
    "jacrev": lambda f, x: polyad.jacrev(f)(x),
    "linearize": lambda f, x: np.stack(
        [np.asarray(polyad.linearize(f, x)[1](t)) for t in np.eye(2)], 1
    ),
}


@pytest.mark.parametrize("region", REGIONS)
def test_rows_of_a_jacobian_do_not_touch(region: str):
    with np.errstate(all="ignore"):
        for jacobian in JACOBIANS.values():
            found = np.asarray(jacobian(lambda x: REGIONS[region](pnp.sqrt, x), np.array([0.0, 4])))
            assert (found[0, 1], found[1, 0], found[1, 1]) == (0.0, 0.0, 0.25)
            assert not np.isfinite(found[0, 0])


NUMBERS = [(r, m) for i, r in enumerate(REGIONS) for m in mixes(1 if i % 7 else 2)]


@pytest.mark.parametrize(("region", "modes"), NUMBERS)
def test_a_zero_that_a_number_takes_closes_nothing(region: str, modes: str):
    """√x·√x = x: the derivative at 0 is 1, or NaN where an op has no limit; never 0."""
    f: Any = lambda x: pnp.sum(REGIONS[region](lambda t: pnp.sqrt(t) * pnp.sqrt(t), x))
    for mode in modes:
        f = MODES[mode](f)
    expected = np.ones(2) if len(modes) == 1 else np.zeros((2, 2))
    with np.errstate(all="ignore"):
        found = np.asarray(f(np.array([0.0, 4.0])))
    left = ~np.isnan(found)
    np.testing.assert_allclose(found[left], expected[left], rtol=1e-12, atol=1e-15)
    assert left.reshape(-1)[-1]


NESTED = ["map", "scan", "scan of branches", "branch with a scan", "while_loop with slots"]


@pytest.mark.parametrize("compile", [lambda f: f, polyad.jit], ids=["eager", "jit"])
@pytest.mark.parametrize("region", [*NESTED, "while_loop", "checkpoint", "cond", "switch"])
def test_debug_nans_names_the_op_in_a_region(region: str, compile: Any):
    """And is silent where a selection behind the region takes the infinite partial away."""
    x = np.array([0.0, 4.0])
    slope = lambda take: compile(polyad.grad(lambda x: take(REGIONS[region](pnp.sqrt, x))))
    with polyad.config(debug_nans=True), np.errstate(all="ignore"):
        with pytest.raises(polyad.errors.NanError, match="the derivative of sqrt is infinite") as e:
            slope(pnp.sum)(x)
        assert "test_gates_of_regions.py" in str(e.value)
        np.testing.assert_array_equal(slope(BEHIND["where"])(x), [0, 0.25])


HESSIANS = ["map", "scan", "scan of jit", "while_loop", "cond", "switch", "branch with a scan"]


@pytest.mark.parametrize("region", [*HESSIANS, "checkpoint"])
def test_debug_nans_names_the_op_in_a_region_of_a_hessian(region: str):
    f = lambda x: pnp.sum(REGIONS[region](pnp.sqrt, x))
    with polyad.config(debug_nans=True), np.errstate(all="ignore"):
        for inner, outer in itertools.product(MODES.values(), repeat=2):
            with pytest.raises(polyad.errors.NanError, match="the derivative of sqrt is infinite"):
                outer(inner(f))(np.array([0.0, 4.0]))
