"""The counter-based generator behind `polyad.random`: Threefry-2x32 with 20 rounds.

Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from ..errors import PolyadTypeError
from ..ir import ArrayType
from ..ir.types import uint32
from .definition import elementwise


class Word(Protocol):
    """Integers of 32 bits with wrapping arithmetic, traced or of a backend."""

    def __add__(self: W, other: W | int, /) -> W: ...
    def __xor__(self: W, other: W | int, /) -> W: ...
    def __or__(self: W, other: W | int, /) -> W: ...
    def __lshift__(self: W, other: int, /) -> W: ...
    def __rshift__(self: W, other: int, /) -> W: ...


W = TypeVar("W", bound=Word)

ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
PARITY = 0x1BD11BDA


def threefry_type(*types: ArrayType) -> tuple[ArrayType, ArrayType]:
    """Two words of random bits from two words of key and two of counter, element by element."""
    if len(types) != 4 or any(t is not types[0] for t in types) or types[0].dtype is not uint32:
        raise PolyadTypeError(
            f"takes four uint32 arrays of one shape, not {', '.join(map(str, types))}"
        )
    return types[0], types[0]


def rotate_left(x: W, distance: int) -> W:
    """The bits of a uint32, moved in a circle."""
    return (x << distance) | (x >> (32 - distance))


def threefry_rounds(
    k0: W, k1: W, x0: W, x1: W, rotate: Callable[[W, int], W] = rotate_left
) -> tuple[W, W]:
    """Twenty rounds of add, rotate, xor; a word of the key is added after every fourth. Backends
    call this with arrays of their own.
    """
    keys = (k0, k1, k0 ^ k1 ^ PARITY)
    x0, x1 = x0 + keys[0], x1 + keys[1]
    for group in range(5):
        for distance in ROTATIONS[group % 2]:
            x0 = x0 + x1
            x1 = x0 ^ rotate(x1, distance)
        x0 = x0 + keys[(group + 1) % 3]
        x1 = x1 + (keys[(group + 2) % 3] + (group + 1))
    return x0, x1


threefry_2x32 = elementwise(
    "threefry_2x32",
    operands=4,
    accepts="integer",
    type_rule=threefry_type,
    differentiable=False,
    decomposition=threefry_rounds,
)
