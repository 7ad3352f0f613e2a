"""The Python objects that the code of a program asks for."""

from __future__ import annotations

from typing import Any

from polyad.ir import Op

from ..calling.host import HostStep, TooManySteps
from ..dialects import kernel
from ..runtime.constants import closed_over


def object_of(op: Op) -> Any:
    """The Python object that the code of an op asks for: a step, the error of a loop that reached
    its limit, a second try where a routine found no answer, an array.
    """
    if op.definition is kernel.constant:
        return closed_over(op)
    if op.definition is kernel.host:
        return HostStep(op.regions[0], op.attrs["reason"])
    if op.definition is kernel.routine:
        return HostStep(op.regions[0], "the routine found no answer")
    return TooManySteps(op.attrs["limit"], op.location)
