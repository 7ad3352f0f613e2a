"""The ops that dispatch itself adds to programs: conversions, broadcasts, literals. Each is defined
with its family, above dispatch; `polyad.ops` hands them in, once.
"""

from __future__ import annotations

from .dispatched import Dispatched

astype: Dispatched
broadcast_to: Dispatched
full: Dispatched


def install(conversion: Dispatched, broadcast: Dispatched, literal: Dispatched) -> None:
    """Hand in the definitions of `astype`, `broadcast_to` and `full`."""
    global astype, broadcast_to, full
    astype, broadcast_to, full = conversion, broadcast, literal
