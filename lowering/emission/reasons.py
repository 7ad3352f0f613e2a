"""Why code has numbers as constants, and not as operands: it is then compiled for its sizes."""

from __future__ import annotations

from polyad.ir import Op

from ..dialects import kernel, loop
from ..dialects.memory import type_of

IN_A_LOOP = "it is in a loop, where what is carried stays in registers"
BY_ADDRESS = "BLAS takes its sizes by their addresses"
ROUTINE = "it is a routine"


def reason_for_sizes(op: Op, inside: bool) -> str | None:
    """Why a step is compiled for its sizes; None if it is not. `inside`: in a loop."""
    if op.definition is kernel.routine:
        return ROUTINE
    if op.definition is kernel.host:
        return None
    if inside:
        return IN_A_LOOP
    products = [op] if op.definition is kernel.contract else []
    if op.definition is loop.kernel:
        products = [o for o in op.regions[0].walk() if o.definition is loop.gemm]
    complex = any(type_of(o.operands[0]).dtype.is_complex for o in products)
    return BY_ADDRESS if complex else None
