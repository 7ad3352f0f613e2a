"""Every public function and op with a derivative has a row of special points, or a reason."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

import polyad
from polyad.conformance.points import SPECIAL_POINTS
from polyad.conformance.points.coverage import names_of, public_functions
from polyad.conformance.points.reasons import OPS_WITHOUT_ROW, REASONS
from polyad.conformance.special_points import differentiated
from polyad.ir import Function
from polyad.ops import OpDefinition

FUNCTIONS = public_functions()
COVERED = {name for row in SPECIAL_POINTS for name in names_of(row, FUNCTIONS)}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_public_function_has_a_row_or_a_reason(name: str):
    """And not both: a reason that is no longer needed goes. An alias has the row of the other."""
    alias = any(FUNCTIONS[name] is FUNCTIONS[n] for n in REASONS if n in FUNCTIONS)
    assert (name in COVERED) != alias, (
        f"{name}: add a row to polyad/conformance/points, or a reason to its reasons.py"
    )


def test_rows_and_reasons_name_public_functions():
    named = {name for row in SPECIAL_POINTS for name in row.of} | set(REASONS)
    assert named <= set(FUNCTIONS), named - set(FUNCTIONS)


def ops_of(function: Function) -> Iterator[str]:
    for op in function.ops:
        yield op.name
        for region in op.regions:
            yield from ops_of(region)


def test_an_op_with_a_derivative_has_a_row_or_a_reason():
    """An op is met where the program of some row, or of its second derivative, has it."""
    met: set[str] = set()
    for row in SPECIAL_POINTS:
        arrays = [np.array([x]) for x in row.points[0]]
        program = row.run
        for mode in ("", *"fr"[: row.orders]):
            program = differentiated(program, len(arrays) - 1, mode) if mode else program
            met |= set(ops_of(polyad.make_ir(program)(*arrays)))
    needed = {
        name
        for name, op in OpDefinition.registry.items()
        if isinstance(op, OpDefinition) and op.differentiable and not (op.linear or op.external)
    }
    missing = needed - met - set(OPS_WITHOUT_ROW)
    assert not missing, f"add rows to polyad/conformance/points, or reasons: {sorted(missing)}"
    spare = set(OPS_WITHOUT_ROW) - (needed - met)
    assert not spare, f"these need no reason: {sorted(spare)}"
