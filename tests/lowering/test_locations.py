"""Every op outside of kernels keeps the user's line, from the trace to the last pass on arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import lax
from polyad.ir import Function, Op
from polyad.lowering.pipeline import AMONG_KERNELS, TO_KERNELS, lower
from polyad.lowering.regions import walk

STAGES = ("array", *(name for name, _ in (*TO_KERNELS, *AMONG_KERNELS)))
X, W = np.ones((4, 3)), np.ones((3, 3))


def scanned(x: Any, w: Any) -> Any:
    def step(s: Any, row: Any) -> Any:
        return pnp.tanh(s @ w + row), pnp.sum(s)

    s, ys = lax.scan(step, x[0], x)
    return pnp.sum(s) + pnp.sum(ys)


def repeated(x: Any, w: Any) -> Any:
    s = lax.while_loop(lambda s: pnp.sum(s) < 100, lambda s: s * 2 + x[0], w[0])
    return lax.cond(pnp.sum(s) > 0, pnp.sum, pnp.max, s)


def moved(x: Any, w: Any) -> Any:
    both = pnp.concat([x, pnp.sort(x)])
    return pnp.sum(both[pnp.asarray([3, 0])] * pnp.linalg.inv(w + pnp.eye(3))[:2])


PROGRAMS = [scanned, repeated, moved]


def astray(function: Function) -> list[Op]:
    ops = list(walk(function))
    assert ops
    return [op for op in ops if op.location is None or op.location.file != __file__]


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("program", PROGRAMS)
def test_ops_and_their_gradients_have_the_users_line(
    program: Callable[..., Any], stage: str
) -> None:
    for f in (program, polyad.grad(program)):
        lost = astray(lower(polyad.jit(f).lower(X, W).ir)[stage])
        if lost:
            pytest.fail(f"after {stage}, no line of this file: {lost}")
