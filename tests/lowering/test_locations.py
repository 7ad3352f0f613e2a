"""Every op of every stage has the user's lines that it comes from."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad.config import config
from polyad.ir import Function, Op
from polyad.lowering.pipeline import PASSES, lower
from polyad.lowering.programs.plan import plan

from . import located_programs
from .located_programs import PROGRAMS, Program, W, X

STAGES = ("array", *(name for name, _ in PASSES))
WITHOUT = {"memory.workspace": "it holds the arrays of all lines"}
"""The ops that have no line, each with the reason."""


def lines(op: Op, of: str) -> set[int]:
    return set() if op.location is None else {p.line for p in op.location.parts if p.file == of}


def lowered(program: Program) -> list[dict[str, Function]]:
    """The stages of the function, and of its gradient where it has one."""
    f, args = program
    gradient = polyad.value_and_grad(f, tuple(range(len(args))))
    functions = [f] if polyad.eval_shape(f, *args).shape else [f, gradient]
    return [lower(polyad.jit(g).lower(*args).ir) for g in functions]


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_op_of_every_stage_has_a_line_of_the_user(name: str) -> None:
    seen, lost = 0, []
    for stages in lowered(PROGRAMS[name]):
        assert tuple(stages) == STAGES
        for stage, function in stages.items():
            for op in function.walk():
                seen += 1
                if not lines(op, located_programs.__file__) and op.name not in WITHOUT:
                    lost.append((stage, op, op.location))
    assert seen > 100
    if lost:
        pytest.fail(f"without a line of the program: {lost}")


def line_of(f: Callable[..., Any], text: str) -> int:
    source, first = inspect.getsourcelines(f)
    (found,) = [first + i for i, line in enumerate(source) if text in line]
    return found


def test_a_fused_kernel_has_the_lines_of_all_its_ops() -> None:
    def f(x: Any) -> Any:
        y = pnp.sin(x)
        z = y * 3
        return z + x

    wanted = {line_of(f, text) for text in ("pnp.sin", "y * 3", "z + x")}
    stages = lower(polyad.jit(f).lower(np.ones(100)).ir)
    for stage, kind in (("fused", "kernel.generic"), ("parallel", "loop.kernel")):
        (kernel,) = [op for op in stages[stage].ops if op.name == kind]
        assert lines(kernel, __file__) == wanted
        (sine,) = [op for op in kernel.regions[0].walk() if op.name == "sin"]
        assert lines(sine, __file__) == {line_of(f, "pnp.sin")}


def test_an_op_that_stands_for_two_has_the_lines_of_both() -> None:
    def twice(x: Any) -> Any:
        first = pnp.sin(x)
        second = pnp.sin(x)
        return first * second

    def there_and_back(x: Any) -> Any:
        y = pnp.permute_dims(x, (1, 0))
        return pnp.permute_dims(y, (2, 1)[1:] + (0,))

    (sine,) = [op for op in polyad.jit(twice).lower(np.ones(9)).ir.ops if op.name == "sin"]
    assert lines(sine, __file__) == {line_of(twice, "first = "), line_of(twice, "second = ")}

    def nested(x: Any) -> Any:
        y = x.reshape(4, 2)
        return y.reshape(2, 4)

    (move,) = polyad.jit(nested).lower(np.ones(8)).ir.ops
    assert lines(move, __file__) == {line_of(nested, "(4, 2)"), line_of(nested, "(2, 4)")}


def test_equal_kernels_of_different_lines_are_one_unit() -> None:
    def f(x: Any, w: Any) -> Any:
        y = pnp.tanh(x @ w)
        z = pnp.tanh(y @ w)
        return z @ w

    stages = lower(polyad.jit(f).lower(X, W).ir)
    kernels = [op for op in stages["parallel"].ops if op.name == "loop.kernel"]
    made = [k for k in kernels if any(op.name == "tanh" for op in k.regions[0].walk())]
    first, second = (lines(op, __file__) for op in made)
    assert first == {line_of(f, "x @ w")} and second == {line_of(f, "y @ w")}
    calls, units = plan(stages["parallel"], config.of_code())
    assert len(units) < len(calls.rows)


def test_units_have_one_digest_wherever_they_are_written() -> None:
    def here(x: Any) -> Any:
        return pnp.sin(x) * 2

    def there(x: Any) -> Any:
        y = pnp.sin(x)
        return y * 2

    found = []
    for f in (here, there):
        stages = lower(polyad.jit(f).lower(np.ones(100)).ir)
        found.append(plan(stages["parallel"], config.of_code())[1].keys())
    assert found[0] == found[1]
