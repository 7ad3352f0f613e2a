"""One row, one first call or one peak of memory, measured in a process of its own.

`python -m bench.measure ROW [first|memory LABEL]` prints the measurements as JSON.
"""

from __future__ import annotations

import gc
import json
import os
import statistics
import sys
import time
import traceback
from pathlib import Path
from typing import Any

import numpy as np

from .peers import LIBRARIES, installed, version
from .rows import Row, Thunk, rehearsing
from .workloads import ROWS

ROUNDS = 41
FEWEST_ROUNDS = 7
ROW_SECONDS = 2.5  # rounds of slow rows are fewer, so that a row takes about so long
BATCH_SECONDS = 0.01
# Long enough for the idle threads of one library's pool to stop spinning before another is timed.
PAUSE_SECONDS = 0.005


def main(name: str, what: str = "steady", label: str = "polyad") -> None:
    """Print the measurements of the row called `name`."""
    row = next(row for row in ROWS if row.name == name)
    set_precision(row)
    measured = {"steady": steady, "first": first, "memory": memory}[what]
    print(json.dumps(measured(row) if what == "steady" else measured(row, label)))


def set_precision(row: Row) -> None:
    """Let every library compute in the row's floating dtype."""
    os.environ["JAX_ENABLE_X64"] = str(int(row.float64))
    if not row.float64:
        from polyad import config

        config.update("default_float", "float32")


def steady(row: Row) -> dict[str, Any]:
    """Medians per call after warm-up, in seconds: all contenders in turn, round by round. A peer
    that fails, or gives other results than polyad, has an error in place of times.
    """
    thunks, firsts, failures = prepared(row)
    sizes = {label: batch_size(thunk) for label, thunk in thunks.items()}
    rounds = interleaved(thunks, sizes)
    reference = rounds["polyad"]
    times: dict[str, Any] = {
        label: {
            "seconds": statistics.median(seconds),
            "first_call": firsts[label],
            "ratio": statistics.median([a / b for a, b in zip(reference, seconds, strict=True)]),
            "version": version(label),
        }
        for label, seconds in rounds.items()
    }
    return times | {label: {"error": error} for label, error in failures.items()}


def prepared(row: Row) -> tuple[dict[str, Thunk], dict[str, float], dict[str, str]]:
    """By label: what is to be timed, the seconds of its first call; and the errors of others."""
    thunks, firsts, failures, reference = {}, {}, {}, None
    for label in row.contenders:
        if not installed(label):
            continue
        try:
            thunk = row.thunk(label)
            firsts[label], result = timed(thunk)
            if reference is None:
                reference = copied(result)
            agree(label, result, reference, row.rtol)
            thunks[label] = thunk
        except Exception as error:
            if label == "polyad":
                raise
            traceback.print_exc()
            failures[label] = f"{type(error).__name__}: {error}".strip().partition("\n")[0]
    return thunks, firsts, failures


def interleaved(thunks: dict[str, Thunk], sizes: dict[str, int]) -> dict[str, list[float]]:
    """Seconds per call by label, a number for each round."""
    labels = list(thunks)
    rounds: dict[str, list[float]] = {label: [] for label in labels}
    gc.disable()
    start = time.perf_counter()
    for number in range(ROUNDS):
        enough = number >= FEWEST_ROUNDS and time.perf_counter() - start > ROW_SECONDS
        if enough or (number and rehearsing()):
            break
        turn = number % len(labels)
        for label in labels[turn:] + labels[:turn]:
            time.sleep(PAUSE_SECONDS)
            rounds[label].append(batch(thunks[label], sizes[label]))
        gc.collect()
    return rounds


def first(row: Row, label: str) -> dict[str, Any]:
    """The first call of a contender whose library has started up and compiled something else; or,
    in a `whole` row, the import of its library and the first call.
    """
    if row.whole:
        start = time.perf_counter()
        thunk = row.thunk(label)
        result = thunk()
        seconds = time.perf_counter() - start
    else:
        start_up(label)
        seconds, result = timed(row.thunk(label))
    return {"seconds": seconds, "version": version(label), "sum": checksum(result)}


def memory(row: Row, label: str) -> dict[str, Any]:
    """How far the resident memory grows, in bytes, in two calls of a contender whose library has
    started up and whose data are made; nothing where the system does not tell.
    """
    start_up(label)
    thunk = row.thunk(label)
    gc.collect()
    try:
        Path("/proc/self/clear_refs").write_text("5")  # the peak is to begin anew
        before = resident("VmRSS")
    except OSError:
        return {}
    for _ in range(2):
        thunk()
    return {"peak": resident("VmHWM") - before}


def resident(field: str) -> int:
    """A size that Linux gives of this process, in bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith(field))


def start_up(label: str) -> None:
    """Let a library that we know compile, or do, something small."""
    if label in LIBRARIES:
        lib = LIBRARIES[label]()
        lib.wait(lib.jit(lambda x: x + 1)(lib.asarray(np.asarray(1.0))))


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
    """How many calls take `BATCH_SECONDS`, found by doubling, which also warms everything up. The
    shortest of three batches counts, for there are things that only a second call does.
    """
    size, most = 1, 1 if rehearsing() else 1 << 20
    while size < most:
        seconds = min(batch(thunk, size) for _ in range(3)) * size
        if seconds >= BATCH_SECONDS:
            break
        size *= 2
    return size


def leaves(result: Any) -> list[np.ndarray]:
    """The arrays in nested tuples and lists, as NumPy arrays."""
    if isinstance(result, (tuple, list)):
        return [leaf for part in result for leaf in leaves(part)]
    return [np.asarray(result)]


def copied(result: Any) -> list[np.ndarray]:
    """The arrays, as they are now."""
    return [np.array(leaf) for leaf in leaves(result)]


def checksum(result: Any) -> float:
    """One number that first calls, in processes of their own, are compared by."""
    return float(sum(np.sum(leaf) for leaf in leaves(result)))


def agree(label: str, result: Any, expected: list[np.ndarray], rtol: float) -> None:
    """Raise ValueError unless the results equal polyad's: a wrong answer has no time."""
    for ours, theirs in zip(leaves(result), expected, strict=True):
        scale = np.max(np.abs(theirs), initial=0.0)
        if ours.shape != theirs.shape or not np.allclose(ours, theirs, rtol, rtol * scale):
            raise ValueError(f"{label} gives {ours!r:.200}, polyad gives {theirs!r:.200}")


if __name__ == "__main__":
    main(*sys.argv[1:])
