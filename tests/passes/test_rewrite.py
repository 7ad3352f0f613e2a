"""The rewriter of array passes and of lowering: what stays, what becomes known, and locations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad.ir import Function, Op, verify
from polyad.lowering import rewrite as lowering
from polyad.passes import rewrite as passes
from polyad.passes.rewrite import Rewriter, Step

Rewrite = Callable[[Function, Step], Function]


def program(x: Any) -> Any:
    return pnp.sin(x) * 2.0


@pytest.fixture
def function() -> Function:
    return polyad.make_ir(program)(np.ones(3))


@pytest.fixture(params=[passes.rewrite, lowering.rewrite], ids=["passes", "lowering"])
def rewrite(request: pytest.FixtureRequest) -> Rewrite:
    found: Rewrite = request.param
    return found


def keep(r: Rewriter, op: Op, operands: tuple[Any, ...]) -> Sequence[Any] | None:
    return r.with_regions(op, operands, lambda region: region)


def cosine(r: Rewriter, op: Op, operands: tuple[Any, ...]) -> Sequence[Any] | None:
    return [r.array("cos", *operands)] if op.name == "sin" else None


def test_a_function_that_stays_is_returned_itself(rewrite: Rewrite, function: Function) -> None:
    assert rewrite(function, keep) is function
    assert rewrite(function, lambda r, op, operands: None) is function


def test_a_new_op_has_the_location_of_the_old_one(rewrite: Rewrite, function: Function) -> None:
    found = verify(rewrite(function, cosine))
    old, new = ({op.name: op.location for op in f.ops} for f in (function, found))
    assert new.keys() == {"cos", *old} - {"sin"}
    assert new["cos"] is old["sin"] is not None and new["multiply"] is old["multiply"]


def test_a_new_op_has_no_location_where_the_old_one_has_none(
    rewrite: Rewrite, function: Function
) -> None:
    for op in function.ops:
        op.location = None
    assert all(op.location is None for op in rewrite(function, cosine).ops)


def test_what_a_step_makes_is_known_to_later_steps(rewrite: Rewrite, function: Function) -> None:
    made = []

    def watch(r: Rewriter, op: Op, operands: tuple[Any, ...]) -> Sequence[Any] | None:
        made.extend(r.producer(h)[0] for h in operands)
        return cosine(r, op, operands)

    rewrite(function, watch)
    assert sorted(made) == ["", "cos", "full"]


def test_a_function_is_inlined_and_rewritten_in_one_go(
    rewrite: Rewrite, function: Function
) -> None:
    def twice(r: Rewriter, op: Op, operands: tuple[Any, ...]) -> Sequence[Any] | None:
        return r.inline(function, operands, cosine) if op.name == "sin" else None

    names = [op.name for op in verify(rewrite(function, twice)).ops]
    assert names.count("cos") == 1 and names.count("multiply") == 2 and "sin" not in names
