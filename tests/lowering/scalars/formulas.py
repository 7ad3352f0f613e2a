"""Ops whose code is a formula of `lowering.scalars.math`, by the table of native ops."""

from __future__ import annotations

import inspect

from polyad.lowering.native_ops import ROWS
from polyad.lowering.scalars import math

FORMULAS = [name for name in ROWS if inspect.isfunction(getattr(math, name, None))]
