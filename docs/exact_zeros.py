"""Writes docs/exact_zeros.md: what the table of compositions in tests/transforms/ gives."""

from __future__ import annotations

import sys
import warnings
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import polyad

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "tests" / "transforms"))

import exact_zeros_table as table  # noqa: E402

HEAD = """# Exact zeros

A derivative that is zero because of a selection (`where`, indexing, padding, `max`, the lanes that
a batched branch or loop does not take), or because of a factor that does not depend on what is
differentiated, is zero at every partial: infinite, NaN or overflowing; in both modes, and to any
order. A zero that a value happens to take is a number: where an op has no limit to give, the
derivative is NaN there, and never another number. [How](architecture.md#exact-zeros).

Written by `docs/exact_zeros.py` from the table that `tests/transforms/test_exact_zeros.py` tests on
NumPy, PyTorch and native code. References are mpmath's derivatives, and derivatives by hand.
"""


def gradients(f: Any, x: list[float]) -> list[Any]:
    """In reverse and in forward mode."""
    return [np.asarray(mode(f)(np.array(x)), float) for mode in (polyad.grad, polyad.jacfwd)]


def verdict(f: Any, x: list[float], expected: list[float]) -> str:
    """`right`, `NaN`, `wrong`, or `modes differ`."""
    found = gradients(f, x)
    if not np.allclose(*found, equal_nan=True):
        return "modes differ"
    wrong = ~np.isnan(found[0]) & ~np.isclose(found[0], expected, rtol=1e-9, atol=1e-12)
    return "wrong" if wrong.any() else "NaN" if np.isnan(found[0]).any() else "right"


def page() -> str:
    """The text of the page."""
    lines = [
        HEAD,
        "## Ops, at a bad point and a good one\n",
        "| op | bad | good |",
        "|---|---|---|",
    ]
    lines += [f"| {name} | {op.bad:g} | {op.good:g} |" for name, op in table.OPS.items()]
    lines += ["\n## Selections of the good point\n", "| selection | ops | right | NaN | wrong |"]
    lines.append("|---|---|---|---|---|")
    for name, take in table.SELECTIONS.items():
        found = [
            verdict(partial(take, op.run), [op.bad, op.good], [0.0, table.exact(op, 1)])
            for op in table.OPS.values()
        ]
        right, nan = found.count("right"), found.count("NaN")
        lines.append(f"| {name} | {len(found)} | {right} | {nan} | {len(found) - right - nan} |")
    lines += ["\n## Programs\n", "| program | gradient | polyad's |", "|---|---|---|"]
    for program in table.PROGRAMS:
        exact = ", ".join(f"{g:.6g}" for g in program.gradient)
        lines.append(
            f"| {program.name} | {exact} | {verdict(program.run, program.at, program.gradient)} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    (HERE / "exact_zeros.md").write_text(page())
