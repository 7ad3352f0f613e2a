"""What the tutorials in this folder share: where they run, how they print, how they are timed.

A tutorial is a list of sections. A section is a function that computes what its piece of the text
is about and returns it as a dict, from labels to values; it takes a `Mode`, which says which arrays
to use and whether to compile.
"""

from __future__ import annotations

import argparse
import contextlib
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import polyad
from polyad.ir import Function

BACKENDS = ("numpy", "torch", "native")

Section = Callable[["Mode"], dict[str, Any]]


@dataclass(frozen=True)
class Mode:
    """How a tutorial runs: op by op on arrays of "numpy" or "torch", or compiled, as "native"."""

    backend: str

    @property
    def arrays(self) -> str:
        """The backend whose arrays go in and come out: native code computes on NumPy's."""
        return "numpy" if self.backend == "native" else self.backend

    def jit(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """`function`, compiled by this backend."""
        return polyad.jit(function, backend=self.backend)

    def compiled(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """`function`, compiled if the backend is native, and as it is otherwise."""
        return self.jit(function) if self.backend == "native" else function


@contextlib.contextmanager
def running(backend: str, **settings: Any) -> Iterator[Mode]:
    """A mode, and inside the `with` block its arrays and the `settings` of `polyad.config`."""
    mode = Mode(backend)
    with polyad.config(**settings), polyad.use_backend(mode.arrays):
        yield mode


def measure(calls: dict[str, Callable[[], Any]], repeats: int = 5) -> dict[str, float]:
    """The median seconds of each call. They take turns: a slow moment of the machine hits all."""
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for call in calls.values():
        call()  # the first call traces, and may compile
    for _ in range(repeats):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            seconds[name].append(time.perf_counter() - start)
    return {name: statistics.median(times) for name, times in seconds.items()}


def main(title: str, sections: Sequence[Section], **settings: Any) -> None:
    """Run the sections on the backend named on the command line, and print what they computed."""
    parser = argparse.ArgumentParser(description=title)
    parser.add_argument("backend", nargs="?", default="numpy", choices=BACKENDS)
    backend = parser.parse_args().backend
    if backend not in polyad.backends():
        parser.error(
            f"backend {backend} is not installed; there are {', '.join(polyad.backends())}"
        )
    with running(backend, **settings) as mode:
        print(f"{title}, on {backend}")
        for section in sections:
            print(f"\n{section.__doc__}\n")
            for label, value in section(mode).items():
                print(f"{label}: {text(value)}")


def text(value: Any) -> str:
    """A value as the account shows it: what takes several lines begins on one of its own."""
    if isinstance(value, dict):
        return "".join(f"\n  {key}: {text(part)}" for key, part in value.items())
    if isinstance(value, tuple):
        return f"({', '.join(text(part) for part in value)})"
    if isinstance(value, Exception):
        return f"{type(value).__name__}: {value}"
    shown = str(value if isinstance(value, str | Function | Seconds) else np.asarray(value))
    return f"\n{shown}" if "\n" in shown else shown


class Seconds(float):
    """A time, printed in a unit that suits it."""

    def __str__(self) -> str:
        unit, scale = ("ms", 1e3) if self >= 1e-3 else ("us", 1e6)
        return f"{float(self) * scale:.3g} {unit}"


def timings(calls: dict[str, Callable[[], Any]], repeats: int = 5) -> dict[str, Seconds]:
    """`measure`, for printing."""
    return {name: Seconds(seconds) for name, seconds in measure(calls, repeats).items()}
