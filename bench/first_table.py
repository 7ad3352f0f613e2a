"""The table of first calls: polyad beside JAX, by families of programs.

`python -m bench.first_table [PROGRAM ...] [--rounds 3]` prints it, and writes
`bench/results/first_calls.md`. All is CPU time in fresh processes whose library has started up and
compiled something else; the least of the rounds, in which the libraries take turns.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from .first_programs import PROGRAMS, Program
from .measure import checksum, start_up
from .peers import LIBRARIES

HERE = Path(__file__).parent
SIZES = 60, 71  # of the data of a first call, and of the next
WAYS = "first call", "new shape", "code on disk"
LIMIT_SECONDS = 300


def measured(name: str, label: str, ways: list[str]) -> dict[str, float]:
    """CPU milliseconds of calls in this process, and a sum of the results."""
    start_up(label)
    lib, program, found = LIBRARIES[label](), PROGRAMS[name], {"sum": 0.0}
    run = None
    for way, size in zip(ways, SIZES, strict=False):
        made, arguments = program.make(lib, size)
        run = run or made
        start = time.process_time()
        result = lib.wait(run(*arguments))
        found[way] = 1e3 * (time.process_time() - start)
        found["sum"] += checksum(result)
    return found


def in_process(name: str, label: str, ways: list[str], cache: str) -> dict[str, Any]:
    """`measured` in a process of its own, with a directory for compiled code."""
    settings = {"JAX_ENABLE_X64": "1", "POLYAD_CACHE_DIR": cache}
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [sys.executable, "-m", "bench.first_table", "--one", name, label, *ways],
        capture_output=True,
        text=True,
        cwd=HERE.parent,
        env=environment | settings,
        timeout=LIMIT_SECONDS,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def row(name: str, program: Program, rounds: int) -> list[str]:
    """The cells of a program's row: per way polyad's time, JAX's, the ratio and its limit."""
    ways = [*WAYS[: 1 + program.shapes]]
    runs: dict[str, list[dict[str, Any]]] = {"polyad": [], "jax": [], "disk": []}
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as cache:
            runs["polyad"].append(in_process(name, "polyad", ways, cache))
            runs["disk"].append(in_process(name, "polyad", ways[:1], cache))
        runs["jax"].append(in_process(name, "jax", ways, ""))
    one, other = runs["polyad"][0]["sum"], runs["jax"][0]["sum"]
    if abs(one - other) > 1e-6 * max(abs(other), 1.0):
        raise ValueError(f"{name}: JAX gives a sum of {other}, polyad gives {one}")
    least = lambda who, way: min(run[way] for run in runs[who])
    cells = [name]
    for way, limit in zip(WAYS, program.limits, strict=True):
        if way == "new shape" and not program.shapes:
            cells.append("")
            continue
        ours = least("disk", WAYS[0]) if way == WAYS[2] else least("polyad", way)
        theirs = least("jax", WAYS[0] if way == WAYS[2] else way)
        ratio = ours / theirs
        wanted = "" if limit is None else f" (≤ {limit:g}: {verdict(ratio, limit)})"
        cells.append(f"{ours:.1f} / {theirs:.0f} = {ratio:.2g}{wanted}")
    return cells


def verdict(ratio: float, limit: float) -> str:
    return "met" if ratio <= limit else "missed"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.first_table", description=__doc__)
    parser.add_argument("programs", nargs="*", help=f"of {', '.join(PROGRAMS)}")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--one", nargs="+", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        name, label, *ways = arguments.one
        print(json.dumps(measured(name, label, ways)))
        return
    names = arguments.programs or list(PROGRAMS)
    lines = [f"| CPU ms, polyad / JAX | {' | '.join(WAYS)} |", "|---" * (1 + len(WAYS)) + "|"]
    for line in lines:
        print(line)
    for name in names:
        lines.append(f"| {' | '.join(row(name, PROGRAMS[name], arguments.rounds))} |")
        print(lines[-1], flush=True)
    folder = HERE / "results"
    folder.mkdir(exist_ok=True)
    (folder / "first_calls.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
