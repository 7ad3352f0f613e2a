"""`autograd.tracer`: what programs import from there."""

from __future__ import annotations

from ...tracer import Tracer as Box
from .core import getval as getval
from .core import isbox as isbox
from .extend import notrace_primitive as notrace_primitive
from .extend import primitive as primitive

__all__ = ["Box", "getval", "isbox", "notrace_primitive", "primitive"]
