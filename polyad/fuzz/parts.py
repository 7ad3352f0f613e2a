"""The parts of templates: an axis, a shape, an index, each drawn for an operand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Rng = np.random.Generator


class NoPart(Exception):
    """The operand has no such part: it has no axis, say."""


def axis(rng: Rng, x: Any) -> int:
    """An axis, from either end."""
    if not x.ndim:
        raise NoPart
    return int(rng.integers(-x.ndim, x.ndim))


def axes(rng: Rng, x: Any) -> Any:
    """Some axes, or None."""
    chosen = rng.permutation(x.ndim)[: rng.integers(0, x.ndim + 1)]
    return None if rng.random() < 0.2 else tuple(int(i) for i in chosen)


def shape(rng: Rng, x: Any) -> tuple[int, ...]:
    """Another shape of as many elements."""
    found: list[int] = []
    size = x.size
    while size > 1 and rng.random() < 0.7 and len(found) < 3:
        divisors = [d for d in range(1, size + 1) if size % d == 0]
        found.append(int(rng.choice(divisors)))
        size //= found[-1]
    return (*found, size)


def larger(rng: Rng, x: Any) -> tuple[int, ...]:
    """A shape to broadcast to."""
    grown = tuple(int(rng.integers(1, 4)) if n == 1 else n for n in x.shape)
    return (int(rng.integers(1, 3)), *grown) if x.ndim < 3 else grown


def one_slice(rng: Rng, n: int) -> str:
    """A slice of an axis of length `n`."""
    ends = [str(int(rng.integers(-n - 1, n + 2))) if rng.random() < 0.5 else "" for _ in range(2)]
    step = str(int(rng.choice([1, 2, -1, -2, 3]))) if rng.random() < 0.6 else ""
    return f"{ends[0]}:{ends[1]}" + (f":{step}" if step else "")


def slices(rng: Rng, x: Any) -> str:
    """Slices of the first axes."""
    if not x.ndim:
        raise NoPart
    return ", ".join(one_slice(rng, n) for n in x.shape[: rng.integers(1, x.ndim + 1)])


def index(rng: Rng, x: Any) -> str:
    """An index: whole numbers, lists, slices, None."""
    if not x.ndim:
        raise NoPart
    parts = []
    for n in x.shape[: rng.integers(1, x.ndim + 1)]:
        draw = rng.random()
        if n and draw < 0.25:
            parts.append(str(int(rng.integers(-n, n))))
        elif n and draw < 0.4:
            parts.append(str([int(i) for i in rng.integers(-n, n, rng.integers(1, 4))]))
        elif draw < 0.5:
            parts.append("None")
        else:
            parts.append(one_slice(rng, n))
    lists = [i for i, part in enumerate(parts) if part.startswith("[")]
    for i in lists[1:]:
        parts[i] = ":"
    return ", ".join(parts)


def places(rng: Rng, x: Any) -> str:
    """Positions along any axis, again and again."""
    n = min(x.shape, default=0)
    if not n:
        raise NoPart
    return str([int(i) for i in rng.integers(-n, n, rng.integers(1, 5))])


def length(rng: Rng, x: Any) -> int:
    """The length of the first axis."""
    if not x.ndim or not x.shape[0]:
        raise NoPart
    return int(x.shape[0])


PARTS: dict[str, Callable[[Rng, Any], Any]] = {
    "axis": axis,
    "axes": axes,
    "flag": lambda rng, x: bool(rng.integers(2)),
    "shape": shape,
    "larger": larger,
    "order": lambda rng, x: tuple(int(i) for i in rng.permutation(x.ndim)),
    "index": index,
    "slices": slices,
    "reversed": lambda rng, x: slices(rng, x.T),
    "places": places,
    "length": length,
    "whole": lambda rng, x: int(rng.integers(1, 4)),
    "power": lambda rng, x: repr([2, 3, 2, 3.0, 4][rng.integers(5)]),
    "small": lambda rng, x: [0.5, 0.1, 1.25][rng.integers(3)],
    "number": lambda rng, x: [0.5, 2, 1.5, 0, 0.75, 3][rng.integers(6)],
    "dtype": lambda rng, x: repr(str(rng.choice(["float64", "float32", "complex128", "int64"]))),
}
"""Parts of templates, each drawn for the first operand."""
