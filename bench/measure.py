"""One row, or one first call, measured in a process of its own.

`python -m bench.measure ROW [LABEL]` prints the measurements as JSON.
"""

from __future__ import annotations

import gc
import json
import os
import statistics
import sys
import time
from typing import Any

import numpy as np

from .peers import LIBRARIES, installed, version
from .workloads import ROWS, Row, Thunk

ROUNDS = 41
BATCH_SECONDS = 0.01
# Long enough for the idle threads of one library's pool to stop spinning before another is timed.
PAUSE_SECONDS = 0.005


def main(name: str, label: str | None = None) -> None:
    """Print the measurements of the row called `name`; with `label`, only that one's first call."""
    row = next(row for row in ROWS if row.name == name)
    set_precision(row)
    print(json.dumps(steady(row) if label is None else first(row, label)))


def set_precision(row: Row) -> None:
    """Let every library compute in the row's floating dtype."""
    os.environ["JAX_ENABLE_X64"] = str(int(row.float64))
    if not row.float64:
        from polyad import config

        config.update("default_float", "float32")


def steady(row: Row) -> dict[str, Any]:
    """Medians per call after warm-up, in seconds: all contenders in turn, round by round."""
    labels = [label for label in row.contenders if installed(label)]
    thunks, firsts, results = {}, {}, {}
    for label in labels:
        thunks[label] = row.thunk(label)
        firsts[label], results[label] = timed(thunks[label])
    for label in labels[1:]:
        agree(row, labels[0], results[labels[0]], label, results[label])
    batches = {label: batch_size(thunk) for label, thunk in thunks.items()}
    rounds: dict[str, list[float]] = {label: [] for label in labels}
    gc.disable()
    for number in range(ROUNDS):
        turn = number % len(labels)
        for label in labels[turn:] + labels[:turn]:
            time.sleep(PAUSE_SECONDS)
            rounds[label].append(batch(thunks[label], batches[label]))
        gc.collect()
    reference = rounds["polyad"]
    return {
        label: {
            "seconds": statistics.median(times),
            "first_call": firsts[label],
            "ratio": statistics.median([a / b for a, b in zip(reference, times, strict=True)]),
            "version": version(label),
        }
        for label, times in rounds.items()
    }


def first(row: Row, label: str) -> dict[str, Any]:
    """The first call of a contender whose library has started up and compiled something else."""
    library = LIBRARIES[label]()
    library.wait(library.jit(lambda x: x + 1)(1.0))
    seconds, result = timed(row.thunk(label))
    return {"seconds": seconds, "version": version(label), "sum": checksum(result)}


def timed(thunk: Thunk) -> tuple[float, Any]:
    """Seconds of one call, and its result."""
    start = time.perf_counter()
    result = thunk()
    return time.perf_counter() - start, result


def batch(thunk: Thunk, size: int) -> float:
    """Seconds per call of `size` calls in a row."""
    start = time.perf_counter()
    for _ in range(size):
        thunk()
    return (time.perf_counter() - start) / size


def batch_size(thunk: Thunk) -> int:
    """How many calls take `BATCH_SECONDS`, found by doubling, which also warms everything up."""
    size = 1
    while size < 1 << 20:
        seconds = batch(thunk, size) * size
        if seconds >= BATCH_SECONDS:
            break
        size *= 2
    return size


def leaves(result: Any) -> list[np.ndarray]:
    """The arrays in nested tuples and lists, as NumPy arrays."""
    if isinstance(result, (tuple, list)):
        return [leaf for part in result for leaf in leaves(part)]
    return [np.asarray(result)]


def checksum(result: Any) -> float:
    """One number that first calls, in processes of their own, are compared by."""
    return float(sum(np.sum(leaf) for leaf in leaves(result)))


def agree(row: Row, label: str, result: Any, other: str, expected: Any) -> None:
    """Exit unless both results are equal to the row's tolerance: a wrong answer has no time."""
    pairs = list(zip(leaves(result), leaves(expected), strict=True))
    for ours, theirs in pairs:
        scale = np.max(np.abs(theirs), initial=0.0)
        if ours.shape != theirs.shape or not np.allclose(ours, theirs, row.rtol, row.rtol * scale):
            sys.exit(f"{row.name}: {label} gives {ours}, {other} gives {theirs}")


if __name__ == "__main__":
    main(*sys.argv[1:])
