"""The growth of sparse derivatives with the number of unknowns: time of each step, and memory.

`python -m bench.sparse_growth [PROBLEM ...]` prints, for each problem, the exponents of detection,
colouring, compilation and evaluation against the number of entries between its second size and its
last, and the memory of a first matrix above its values, in bytes for an entry: all of it, and what
an entry more takes. CPU time of one core, each size in a process of its own with an empty cache.
"""

from __future__ import annotations

import argparse
import gc
import json
import math
import time
from pathlib import Path
from typing import Any

from .measure import resident
from .sparse_problems import PROBLEMS
from .sparse_table import in_process, warm_up

STEPS = ("detection", "colouring", "tables", "compilation", "evaluation")
LARGEST = {"Burgers": 1_000_000, "finite elements": 1000}
"""Sizes of 10⁶ unknowns, beside those of the table."""
LEAST_SECONDS = 0.1  # of a batch of calls: the clock of CPU time ticks some milliseconds apart


def seconds(run: Any) -> float:
    """CPU seconds of one call."""
    start = time.process_time()
    run()
    return time.process_time() - start


def steady(run: Any) -> float:
    """CPU seconds of a call, in the quicker of two batches."""
    count = 1
    while (taken := seconds(lambda: [run() for _ in range(count)])) < LEAST_SECONDS:
        count *= 4
    return min(taken, seconds(lambda: [run() for _ in range(count)])) / count


def measured(name: str, size: int) -> dict[str, Any]:
    """Seconds of each step, and the growth of memory in bytes."""
    import polyad
    import polyad.numpy as xp

    warm_up("polyad csr")  # SciPy's modules, too
    sparse = polyad.sparse
    problem = PROBLEMS[name][0](xp, size)
    kind = sparse.hessian if problem.second else sparse.jacobian
    find = sparse.hessian_sparsity if problem.second else sparse.jacobian_sparsity
    found: dict[str, Any] = {}
    run = kind(problem.function, format="values")
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")
    before = resident("VmRSS")
    prepared = seconds(lambda: run.prepare(problem.point))
    first = seconds(lambda: run(problem.point))
    pattern = run.prepare(problem.point).pattern
    found["memory"] = resident("VmHWM") - before - 8 * pattern.nnz
    found["nnz"] = pattern.nnz
    found["first"] = prepared + first
    found["evaluation"] = steady(lambda: run(problem.point))
    found["compilation"] = first - found["evaluation"]
    found["detection"] = steady(lambda: find(problem.function)(problem.point))
    found["tables"] = prepared - found["detection"]
    color = lambda: sparse.coloring(pattern, symmetric=problem.second)
    color()  # which compiles the programs that colour
    found["colouring"] = steady(color)
    return found


def line(name: str, rows: list[dict[str, Any]]) -> str:
    """A line of the table."""
    low, high = rows[0], rows[-1]
    factor = math.log(high["nnz"] / low["nnz"])
    cells = [name, f"{low['nnz']:,}", f"{high['nnz']:,}"]
    for step in STEPS:
        exponent = math.log(max(high[step], 1e-9) / max(low[step], 1e-9)) / factor
        cells.append(f"{exponent:.2f} ({high[step] * 1e3:.1f} ms)")
    more = (high["memory"] - low["memory"]) / (high["nnz"] - low["nnz"])
    cells += [f"{high['first']:.2f}", f"{high['memory'] / high['nnz']:.0f}", f"{more:.0f}"]
    return "| " + " | ".join(cells) + " |"


HEAD = (
    f"| problem | entries, from | to | {' | '.join(STEPS)} | first matrix, s | B an entry "
    "| B an entry more |"
)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("problems", nargs="*")
    parser.add_argument("--measure", action="store_true")
    given = parser.parse_args()
    if given.measure:
        name, size = given.problems
        print(json.dumps(measured(name, int(size))))
        return
    print(HEAD, "|---" * HEAD.count(" | ") + "|---|", sep="\n", flush=True)
    for name, (_, sizes) in PROBLEMS.items():
        if given.problems and not any(p.lower() in name.lower() for p in given.problems):
            continue
        wanted = [*sizes[1:], *([LARGEST[name]] if name in LARGEST else [])]
        rows = [in_process(name, str(size), module="bench.sparse_growth") for size in wanted]
        if all(rows):
            print(line(name, rows), flush=True)


if __name__ == "__main__":
    main()
