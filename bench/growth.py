"""Does memory grow? Four laws, each in a process of its own: fresh functions that nobody holds, new
shapes of one function, calls, caught errors. After a warm-up, a tenth of the steps, the resident
memory of the process stays within 20 MB.

`python -m bench.growth` prints a line for each law, and ends with status 1 if one does not hold.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import json
import subprocess
import sys
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

import polyad
import polyad.numpy as pnp
from polyad.errors import PolyadError
from polyad.system import resident

FLAT = 20.0  # megabytes
X = np.linspace(0.0, 1.0, 5)
LARGE = np.ones(100_000)
"""Enough for loops in parallel, of which the code and the threads are warm-up."""


class Law(NamedTuple):
    """A step that is done many times; its argument is different each time."""

    steps: int
    step: Callable[[int], object]


def loss(x):
    return pnp.sum(pnp.sin(x) * 2.0)


held = polyad.jit(loss)


def fresh_function(k: int) -> None:
    polyad.jit(lambda x: pnp.sum(pnp.sin(x) * (2.0 + k)))(X)


def new_shape(k: int) -> None:
    held(np.ones(1 + k))


def call(k: int) -> None:
    held(X)


def caught_error(k: int) -> None:
    """While a function is traced, or in an eager call."""
    try:
        if k % 2:
            polyad.jit(lambda x: pnp.sin(x) + np.ones(3 + k % 7))(np.ones(2))
        else:
            pnp.reshape(X, (3 + k % 5, 4))
    except PolyadError:
        return
    raise AssertionError("an error was expected")


LAWS = {
    "fresh functions": Law(100_000, fresh_function),
    "new shapes": Law(10_000, new_shape),
    "calls": Law(1_000_000, call),
    "caught errors": Law(10_000, caught_error),
}


def megabytes() -> float:
    """The resident memory of this process."""
    gc.collect()
    return resident() / 2**20


def grown(law: Law, steps: int) -> tuple[float, float]:
    """The resident memory after the warm-up, and the most that there was at ten points later."""
    held(LARGE)
    points = [steps * i // 10 for i in range(11)]
    found = []
    for start, end in itertools.pairwise(points):
        for k in range(start, end):
            law.step(k)
        found.append(megabytes())
    return found[0], max(found)


def main() -> int:
    """Run the laws that are named, or all."""
    parser = argparse.ArgumentParser(prog="python -m bench.growth", description=__doc__)
    parser.add_argument("laws", nargs="*", metavar="law", help=f"one of {', '.join(LAWS)}")
    parser.add_argument("--part", type=float, default=1.0, help="of the steps, by default all")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if unknown := sorted(set(given.laws) - set(LAWS)):
        parser.error(f"there is no law {unknown[0]!r}; the laws are {', '.join(LAWS)}")
    if given.here:
        (name,) = given.laws
        print(json.dumps(grown(LAWS[name], max(10, int(LAWS[name].steps * given.part)))))
        return 0
    held_all = True
    for name in given.laws or LAWS:
        steps = max(10, int(LAWS[name].steps * given.part))
        command = [sys.executable, "-m", "bench.growth", name, "--here", f"--part={given.part}"]
        found = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
        warm, most = json.loads(found)
        held_all &= most - warm <= FLAT
        print(f"{steps:>9,} {name}: {warm:.1f} MB after the warm-up, {most:.1f} MB at most")
    return 0 if held_all else 1


if __name__ == "__main__":
    sys.exit(main())
