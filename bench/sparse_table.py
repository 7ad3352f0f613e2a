"""The table of sparse derivatives: polyad beside all of CasADi's ways, asdex and dense derivatives,
at four sizes of each problem.

`python -m bench.sparse_table [PROBLEM ...] [--sizes 0,1,2,3]` prints it, and writes
`bench/results/sparse.md`. All is CPU time of one core: of first matrices each in a process of its
own, of calls with all contenders in one process, in turn, and the median.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from .casadi_peer import called, compiled, function
from .measure import resident
from .sparse_problems import PROBLEMS

Thunk = Callable[[], Any]
ROOT = Path(__file__).parent.parent
LIMIT_SECONDS = 90  # of CPU and of a first matrix; who takes longer is out of the row
ROUNDS, BATCH_SECONDS = 25, 0.004
COMPILED_BELOW = 1500  # entries; gcc takes minutes for more
DENSE_BELOW = 3000  # unknowns
ONE_CORE = {
    "POLYAD_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "JAX_ENABLE_X64": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
}


# -- Contenders: the finder of a pattern, or None, and the call


def by_polyad(make: Any, size: int, format: str = "values") -> tuple[Any, Any, Thunk]:
    """polyad's values, or matrices."""
    import polyad
    import polyad.numpy as xp

    problem = make(xp, size)
    sparse = polyad.sparse
    find = sparse.hessian_sparsity if problem.second else sparse.jacobian_sparsity
    kind = sparse.hessian if problem.second else sparse.jacobian
    run = kind(problem.function, format=format)
    return lambda: find(problem.function)(problem.point), None, lambda: run(problem.point)


def by_casadi(make: Any, size: int, kind: str, with_c: bool = False) -> tuple[Any, Any, Thunk]:
    """CasADi's virtual machine for scalar (SX) or matrix (MX) operations, or its C."""
    state: dict[str, Any] = {}

    def run() -> Any:
        if not state:
            made, point = function(make, size, kind)
            if with_c:
                state["folder"] = tempfile.TemporaryDirectory()
                made = compiled(made, state["folder"].name)
            state["run"] = called(made, point)
        return state["run"]()

    return None, None, run


def by_asdex(make: Any, size: int) -> tuple[Any, Any, Thunk]:
    """asdex in JAX, its values in CSR order."""
    import asdex
    import jax
    import jax.numpy as jnp

    problem = make(jnp, size)
    point = jnp.asarray(problem.point)
    kind = asdex.hessian if problem.second else asdex.jacobian
    find = asdex.hessian_sparsity if problem.second else asdex.jacobian_sparsity
    state: dict[str, Any] = {}

    def run() -> Any:
        if not state:
            state["run"] = jax.jit(kind(problem.function, point, output_format="bcoo"))
        return jax.block_until_ready(state["run"](point).data)

    def ordered() -> Any:
        found = state["run"](point)
        indices = np.asarray(found.indices)
        return np.asarray(found.data)[np.lexsort((indices[:, 1], indices[:, 0]))]

    return lambda: find(problem.function, point), ordered, run


def by_dense_jax(make: Any, size: int) -> tuple[Any, Any, Thunk]:
    """The dense derivative in JAX."""
    import jax
    import jax.numpy as jnp

    problem = make(jnp, size)
    point = jnp.asarray(problem.point)
    run = jax.jit((jax.hessian if problem.second else jax.jacfwd)(problem.function))
    return None, lambda: None, lambda: jax.block_until_ready(run(point))


def by_dense_polyad(make: Any, size: int) -> tuple[Any, Any, Thunk]:
    """The dense derivative in polyad."""
    import polyad
    import polyad.numpy as xp

    problem = make(xp, size)
    run = polyad.jit((polyad.hessian if problem.second else polyad.jacfwd)(problem.function))
    return None, lambda: None, lambda: run(problem.point)


CONTENDERS: dict[str, Callable[[Any, int], tuple[Any, Any, Thunk]]] = {
    "polyad": by_polyad,
    "polyad csr": lambda make, size: by_polyad(make, size, "csr"),
    "sx": lambda make, size: by_casadi(make, size, "SX"),
    "mx": lambda make, size: by_casadi(make, size, "MX"),
    "sx+c": lambda make, size: by_casadi(make, size, "SX", True),
    "mx+c": lambda make, size: by_casadi(make, size, "MX", True),
    "asdex": by_asdex,
    "dense jax": by_dense_jax,
    "dense polyad": by_dense_polyad,
}
"""(find, ordered, run) of each: the detection alone; the values in CSR order of a contender that
has another; the call, of which the first makes everything."""
ANCHORS = ("sx", "mx", "sx+c", "mx+c", "asdex")


# -- Measurements, each in a process of its own


def first(name: str, size: int, label: str) -> dict[str, Any]:
    """Seconds of detection and until the first matrix, and the growth of memory in bytes."""
    warm_up(label)
    find, _, run = CONTENDERS[label](PROBLEMS[name][0], size)
    found: dict[str, Any] = {}
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")
    before = resident("VmRSS")
    start = time.process_time()
    result = run()
    found["first"] = time.process_time() - start
    found["memory"] = resident("VmHWM") - before - getattr(result, "nbytes", 0)
    if find is not None:
        start = time.process_time()
        find()
        found["detection"] = time.process_time() - start
    return found


def warm_up(label: str) -> None:
    """Let the library start up on a small problem."""
    make, _ = PROBLEMS["Burgers"]
    if "+c" not in label:
        find, _, run = CONTENDERS[label](make, 7)
        run()
        if find is not None:
            find()


def steady(name: str, size: int, labels: list[str]) -> dict[str, Any]:
    """Median seconds of a call for each contender; they take turns, each with a batch of calls."""
    made = {label: CONTENDERS[label](PROBLEMS[name][0], size) for label in labels}
    expected = np.array(made["polyad"][2]())
    counts = {}
    for label, (_, ordered, run) in made.items():
        try:
            result = run()
        except subprocess.TimeoutExpired:  # gcc
            continue
        values = result if ordered is None else ordered()
        if values is not None:
            found = np.asarray(values.data if hasattr(values, "indptr") else values)
            scale = np.abs(expected).max()
            np.testing.assert_allclose(found, expected, 1e-8, 1e-8 * scale, err_msg=label)
        counts[label] = max(1, int(BATCH_SECONDS / max(_seconds(run, 3), 1e-7)))
    labels = [*counts]
    times: dict[str, list[float]] = {label: [] for label in labels}
    gc.disable()
    for number in range(ROUNDS):
        turn = number % len(labels)
        for label in labels[turn:] + labels[:turn]:
            times[label].append(_seconds(made[label][2], counts[label]))
    return {
        "nnz": len(expected),
        "seconds": {label: statistics.median(found) for label, found in times.items()},
    }


def _seconds(run: Thunk, count: int) -> float:
    start = time.process_time()
    for _ in range(count):
        run()
    return (time.process_time() - start) / count


# -- The table


def in_process(
    *arguments: str, limit: float = 10 * LIMIT_SECONDS, module: str = "bench.sparse_table"
) -> Any:
    """The measurement of a process on one core; None of one that fails or takes too long."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, **ONE_CORE, "POLYAD_CACHE_DIR": folder}
        command = [sys.executable, "-m", module, "--measure", *arguments]
        prefix = ["taskset", "-c", str(max(os.sched_getaffinity(0)))]
        limits = f'ulimit -t {int(limit)}; exec "$@"'
        done = subprocess.run(
            ["bash", "-c", limits, "bash", *prefix, *command],
            capture_output=True, text=True, cwd=ROOT, env=environment,
        )  # fmt: skip
    if done.returncode:
        print(arguments, done.returncode, done.stderr[-300:], file=sys.stderr)
        return None
    return json.loads(done.stdout.splitlines()[-1])


def row(name: str, number: int) -> dict[str, Any]:
    """All measurements of a problem at its size number `number`."""
    size = PROBLEMS[name][1][number]
    labels = ["polyad", "polyad csr", "sx", "mx", "asdex"]
    firsts = {label: in_process("first", name, str(size), label, limit=LIMIT_SECONDS)
              for label in labels}  # fmt: skip
    labels = [label for label in labels if firsts[label]]
    if number == 0:
        labels += ["sx+c", "mx+c", "dense jax", "dense polyad"]
    elif number == 1 and name == "control Jacobian":
        labels += ["mx+c"]
    elif number == 1:
        labels += ["dense jax", "dense polyad"]
    found = in_process("steady", name, str(size), ",".join(labels))
    return {"name": name, "size": size, "firsts": firsts, **(found or {})}


def line(found: dict[str, Any]) -> str:
    """A line of the table."""
    seconds, nnz = found["seconds"], found["nnz"]
    anchors = {k: v for k, v in seconds.items() if k in ANCHORS}
    best = min(anchors, key=anchors.get)  # type: ignore[arg-type]
    cells = [found["name"], str(found["size"]), str(nnz), _time(seconds["polyad"]),
             _time(seconds["polyad csr"])]  # fmt: skip
    cells += [_time(seconds[k]) if k in seconds else "-" for k in ANCHORS]
    cells += [f"{anchors[best] / seconds['polyad']:.2f}"]
    firsts = found["firsts"]
    for label in ("polyad", "sx", "mx", "asdex"):
        cells.append(f"{firsts[label]['first']:.2f}" if firsts[label] else "over")
    cells.append(f"{firsts['polyad']['detection']:.3f}")
    cells.append(f"{firsts['asdex']['detection']:.2f}" if firsts["asdex"] else "over")
    for label in ("polyad", "sx", "mx", "asdex"):
        cells.append(f"{firsts[label]['memory'] / nnz:.0f}" if firsts[label] else "-")
    return "| " + " | ".join(cells) + " |"


def _time(seconds: float) -> str:
    return f"{seconds * 1e6:.1f}" if seconds < 1e-3 else f"{seconds * 1e6:.0f}"


HEAD = (
    "| problem | size | entries | polyad us | csr us | sx us | mx us | sx+c us | mx+c us "
    "| asdex us | best anchor / polyad | first s: polyad | sx | mx | asdex "
    "| detection s: polyad | asdex | B an entry: polyad | sx | mx | asdex |"
)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("problems", nargs="*")
    parser.add_argument("--sizes", default="0,1,2,3")
    parser.add_argument("--measure", action="store_true")
    given = parser.parse_args()
    if given.measure:
        what, name, size, label = given.problems
        measured = first(name, int(size), label) if what == "first" else steady(
            name, int(size), label.split(","))  # fmt: skip
        print(json.dumps(measured))
        return
    lines = [HEAD, "|---" * HEAD.count(" | ") + "|---|"]
    print(*lines, sep="\n", flush=True)
    rows = []
    for name in PROBLEMS:
        if given.problems and not any(p.lower() in name.lower() for p in given.problems):
            continue
        for number in map(int, given.sizes.split(",")):
            rows.append(row(name, number))
            lines.append(line(rows[-1]) if "seconds" in rows[-1] else str(rows[-1]))
            print(lines[-1], flush=True)
    ratios = [min(v for k, v in r["seconds"].items() if k in ANCHORS) / r["seconds"]["polyad"]
              for r in rows if "seconds" in r and r["size"] != PROBLEMS[r["name"]][1][0]
              and any(k in ANCHORS for k in r["seconds"])]  # fmt: skip
    if ratios:
        lines.append(
            f"\nGeometric mean of {len(ratios)} rows of 1,000 unknowns and more: "
            f"{statistics.geometric_mean(ratios):.2f}; the least {min(ratios):.2f}."
        )
        print(lines[-1])
    results = ROOT / "bench" / "results"
    results.mkdir(exist_ok=True)
    (results / "sparse.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
