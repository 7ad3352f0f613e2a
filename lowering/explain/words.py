"""Numbers and lists in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any


def amount(number: int, unit: str) -> str:
    """A number with an SI prefix where it is large: `3.2 MB`."""
    for prefix, scale in (("G", 10**9), ("M", 10**6), ("k", 10**3)):
        if number >= scale:
            text = f"{number / scale:.3g}"
            return f"{text} {prefix}{unit}" if len(unit) <= 4 else f"{text}{prefix} {unit}"
    return f"{number} {unit}"


def count(number: int, noun: str, plural: str | None = None) -> str:
    """`1 kernel`, `2 kernels`, `no kernels`."""
    return f"{number or 'no'} {noun if number == 1 else plural or noun + 's'}"


def listing(names: Iterable[str]) -> str:
    """The names, each once."""
    return ", ".join(dict.fromkeys(names)) or "nothing"


def listed(types: Iterable[Any]) -> str:
    """`f64[3] x2, i64[]`."""
    counts = Counter(map(str, types))
    return ", ".join(t if n == 1 else f"{t} x{n}" for t, n in counts.items()) or "nothing"
