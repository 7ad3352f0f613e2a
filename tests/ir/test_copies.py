"""Copies of ops and functions with some parts replaced."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad.ir import Function, Op, Value


def traced(f: Callable[..., Any]) -> Function:
    return polyad.make_ir(f)(np.ones(3))


@pytest.fixture
def op() -> Op:
    return traced(lambda x: pnp.sum(x, axis=0)).ops[-1]


def test_an_op_keeps_all_that_is_not_replaced(op: Op) -> None:
    copy = op.with_()
    assert all(getattr(copy, name) == getattr(op, name) for name in Op.__slots__)


def test_an_op_keeps_its_location_where_all_else_is_replaced(op: Op) -> None:
    x, y = (Value(v.type) for v in (*op.operands, *op.results))
    copy = op.with_(operands=[x], attributes=op.attributes_with(axes=()), regions=[], results=[y])
    assert (copy.operands, copy.results, copy.regions) == ((x,), (y,), ())
    assert copy.attrs == {**op.attrs, "axes": ()}
    assert op.location is not None and copy.location is op.location


def test_attributes_stay_in_order_of_their_names(op: Op) -> None:
    assert [name for name, _ in op.attributes_with(zz=1, a=2)] == ["a", *op.attrs, "zz"]


def test_a_function_shares_no_memo_with_its_copy() -> None:
    f = traced(lambda x: (x + 1.0, x * 2.0))
    f.memo["plan"] = "of the results of f"
    copy = f.with_(name="first", results=f.results[:1])
    assert (copy.name, copy.arguments, copy.ops) == ("first", f.arguments, f.ops)
    assert copy.results == f.results[:1] and not copy.memo
