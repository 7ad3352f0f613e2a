"""The ops that dispatch itself adds to programs: conversions, broadcasts, literals. Each is defined
with its family, above dispatch; `polyad.ops` hands them in, once.
"""

from __future__ import annotations

from ..ir import Definition

astype: Definition
broadcast_to: Definition
full: Definition


def install(conversion: Definition, broadcast: Definition, literal: Definition) -> None:
    """Hand in the definitions of `astype`, `broadcast_to` and `full`."""
    global astype, broadcast_to, full
    astype, broadcast_to, full = conversion, broadcast, literal
