"""Ops whose code is a formula of `lowering.scalars.math`, by the table of native ops."""

from __future__ import annotations

import inspect

from polyad.conformance import SAMPLES
from polyad.lowering.native_ops import ROWS
from polyad.lowering.scalars import math

FORMULAS = [name for name in ROWS if inspect.isfunction(getattr(math, name, None))]
OPERANDS: dict[str, int] = {}
for sample in SAMPLES:
    count = len(sample.operands)  # some samples apply an op several times, to more arrays
    OPERANDS[sample.op] = min(count, OPERANDS.get(sample.op, count))
