"""The rows of a program's table, before they have addresses.

A run has a *frame* of addresses: null, the arena, the scratch memory, then the arguments and the
results. A place is a slot of the frame and an offset in bytes. What is no buffer is passed as an
offset from null: an object, an array that a rule closes over, a number.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from polyad.ir import Op

NULL, ARENA, MEMORY, GIVEN = range(4)  # the slots of a frame; GIVEN is that of the first argument
COPY, HOST = "copy", "host"

Place = tuple[int, int]


class Object(NamedTuple):
    """The Python object, or the array, with a number."""

    number: int


class Row(NamedTuple):
    """A call: of the unit with this digest, or of polyad's own `COPY` and `HOST`."""

    target: str
    operands: tuple[Place | Object, ...]


class Plan(NamedTuple):
    """The rows, the bytes of scratch memory, and the ops that ask for objects, by their numbers;
    the ops that each row does, if the plan is not from disk.
    """

    rows: list[Row]
    memory: int
    asking: list[Op]
    parts: Sequence[tuple[Op, ...]] = ()
