"""The ops that dispatch itself adds to programs: conversions, broadcasts, literals. Each is defined
with its family, above dispatch; `polyad.ops` hands them in, once.
"""

from __future__ import annotations

from typing import Any

from ..ir import Definition

astype: Any
broadcast_to: Any
full: Any


def install(conversion: Definition, broadcast: Definition, literal: Definition) -> None:
    """Hand in the definitions of `astype`, `broadcast_to` and `full`."""
    global astype, broadcast_to, full
    astype, broadcast_to, full = conversion, broadcast, literal
