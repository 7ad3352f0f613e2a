"""The ops that dispatch itself adds to programs: conversions, broadcasts, literals. Each is defined
with its family, above dispatch; `polyad.ops` hands them in, once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .definition import OpDefinition

astype: OpDefinition
broadcast_to: OpDefinition
full: OpDefinition


def install(conversion: OpDefinition, broadcast: OpDefinition, literal: OpDefinition) -> None:
    """Hand in the definitions of `astype`, `broadcast_to` and `full`."""
    global astype, broadcast_to, full
    astype, broadcast_to, full = conversion, broadcast, literal
