"""The ten sparse problems of the bench: colours as few as known, and growth with their size."""

from __future__ import annotations

import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

import polyad.numpy as pnp
from polyad import sparse

sys.path.insert(0, str(Path(__file__).parents[2]))

from bench.sparse_problems import PROBLEMS

BEST_KNOWN = {
    "Rosenbrock Hessian": (1000, 3),
    "Brusselator": (32, 12),
    "Burgers": (1000, 3),
    "Lotka-Volterra": (1000, 15),
    "bundle adjustment": (1000, 12),
    "control Jacobian": (100, 8),
    "control Hessian": (100, 9),
    "finite elements": (96, 8),
    "Broyden banded": (1000, 7),
    "arrow Hessian": (300, 7),
}
"""The size, and the fewest colours of CasADi, asdex and greedy colourings in three orders."""


def pattern_of(name, size):
    problem = PROBLEMS[name][0](pnp, size)
    find = sparse.hessian_sparsity if problem.second else sparse.jacobian_sparsity
    return find(problem.function)(problem.point), problem


@pytest.mark.parametrize("name", BEST_KNOWN)
def test_colours_are_not_more_than_the_best_known(name):
    size, best = BEST_KNOWN[name]
    pattern, problem = pattern_of(name, size)
    found = sparse.coloring(pattern, symmetric=problem.second)
    assert found.num_colors <= best
    longest = min(int(np.diff(p.indptr).max()) for p in (pattern, pattern.T))
    assert found.partition == "both" or problem.second or found.num_colors >= longest


def test_a_chain_by_substitution_takes_two():
    pattern, _ = pattern_of("Rosenbrock Hessian", 1000)
    assert sparse.coloring(pattern, symmetric=True, decompression="substitution").num_colors == 2


@pytest.mark.parametrize("name", PROBLEMS)
@pytest.mark.share(2)
def test_code_does_not_grow_with_the_size(name):
    """Tables are data: the program of three times as many unknowns has the same ops, but for the
    number of terms that are added one by one.
    """
    ops = []
    for factor in (40, 120):
        problem = PROBLEMS[name][0](pnp, factor)
        kind = sparse.hessian if problem.second else sparse.jacobian
        plan = kind(problem.function, format="values").prepare(problem.point)
        ir = plan._run.trace(*plan._tables, problem.point).ir
        ops.append(sum(1 for _ in ir.walk()))
    assert abs(ops[1] - ops[0]) <= 12, ops


@pytest.mark.parametrize(
    ("name", "sizes"),
    [
        ("Burgers", (10_000, 50_000)),
        ("finite elements", (40, 100)),
        ("Broyden banded", (5000, 20_000)),
    ],
)
def test_memory_above_results_is_a_hundred_bytes_an_entry(name, sizes):
    """The bytes that a plan allocates at its peak, for each further entry: patterns, tables and all
    that is needed to find them.
    """
    peaks, entries = [], []
    for size in sizes:
        problem = PROBLEMS[name][0](pnp, size)
        sparse.jacobian(problem.function, format="values").prepare(problem.point)
        tracemalloc.start()
        plan = sparse.jacobian(problem.function, format="values").prepare(problem.point)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        entries.append(plan.pattern.nnz)
    assert (peaks[1] - peaks[0]) / (entries[1] - entries[0]) <= 100
