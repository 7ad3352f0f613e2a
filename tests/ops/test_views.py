"""Views of ops with regions: parts of operands, arguments and results, and copies with others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import lax
from polyad.ir import Function, Op, verify
from polyad.ops.views import Cond, Equation, Scan, While, loop_of

X, C = np.ones((4, 3)), np.ones(3)


def op_of(name: str, f: Callable[..., Any], *args: Any) -> tuple[Function, Op]:
    function = polyad.make_ir(f)(*args)
    return function, next(op for op in function.walk() if op.name == name)


def scanned(x: Any, c: Any) -> Any:
    return lax.scan(lambda s, row: (s * c + row, s + row), c + 1.0, x)


def repeated(c: Any, limit: Any, step: Any) -> Any:
    return lax.while_loop(lambda s: pnp.sum(s) < limit, lambda s: s + step * c, c)


def test_a_scan_has_consts_carry_and_xs():
    _, op = op_of("scan", scanned, X, C)
    loop = Scan(op)
    assert [*loop.consts, *loop.carry, *loop.xs] == list(op.operands)
    assert [v.type.shape for v in (*loop.consts, *loop.carry, *loop.xs)] == [(3,), (3,), (4, 3)]
    assert [v.type.shape for part in loop.arguments for v in part] == [(3,), (3,), (3,)]
    assert [len(part) for part in loop.results] == [1, 1]
    assert (loop.length, loop.reverse, loop.carried) == (4, False, [(1, 0)])


def test_a_copy_of_a_scan_counts_its_consts_and_its_carry():
    function, op = op_of("scan", scanned, X, C)
    loop = Scan(op)
    own = loop.arguments
    body = loop.body.with_(arguments=[*own.carry, *own.xs], results=loop.body.results[1:])
    body = body.with_(ops=[o for o in body.ops if o.name == "add" and o.results[0] in body.results])
    xs = [*loop.carry, *loop.xs]
    copy = loop.with_(body, consts=[], carry=[], xs=xs, results=loop.results.ys)
    assert (copy.attrs["consts"], copy.attrs["carry"]) == (0, 0)
    assert copy.location is op.location and Scan(copy).length == 4
    plain = Scan(op).with_()
    ops = [plain if o is op else o for o in function.ops]
    assert verify(function.with_(ops=ops)) == function


def test_a_while_has_consts_of_both_regions():
    function, op = op_of("while", repeated, C, 9.0, 2.0)
    loop = While(op)
    assert [len(part) for part in loop.split(op.operands)] == [1, 2, 1]
    assert [len(part) for part in loop.condition_arguments] == [1, 1]
    assert [len(part) for part in loop.body_arguments] == [2, 1]
    assert loop.carried == [(3, 0)]
    assert len(loop.with_(body_consts=[]).operands) == 2
    with pytest.raises(ValueError, match="consts"):
        loop.with_(consts=[])
    ops = [loop.with_() if o is op else o for o in function.ops]
    assert verify(function.with_(ops=ops)) == function


def test_only_scans_and_whiles_are_loops():
    _, op = op_of("cond", lambda p, c: lax.cond(p, pnp.sin, pnp.cos, c), True, C)
    view = Cond(op)
    assert loop_of(op) is None and view.operands == op.operands[1:]
    assert (view.index, len(view.branches)) == (op.operands[0], 2)


def test_an_equation_has_consts_of_each_region_and_a_start():
    def f(a: Any, b: Any) -> Any:
        return lax.custom_linear_solve(lambda x: a * x, b, lambda _, y: y / a, symmetric=True)

    _, op = op_of("linear_solve", f, C, C)
    view = Equation(op)
    consts, given = view.split(op.operands)
    assert [len(part) for part in consts] == [1, 1] and given == list(op.operands[2:])
    assert len(view.solve_arguments(op.operands)) == len(view.solve.arguments)
