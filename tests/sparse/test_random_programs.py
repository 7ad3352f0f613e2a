"""No entry is ever missing, in random programs: patterns against dense Jacobians, at the point they
were found for and beside it. Values agree with dense ones.
"""

import warnings

import numpy as np
import pytest

from polyad import jvp, sparse
from polyad.conformance.arrays import off
from polyad.errors import PolyadError
from polyad.fuzz.campaign import programs
from polyad.fuzz.oracles import Case, quietly

from .dense import dense_pattern

FEW, MANY = 12, 188
LARGEST = 40  # inputs
RTOL = {"float16": 3e-2, "32": 1e-3, "": 1e-8}  # by the least precise dtype in a program


def law_holds(program):
    """Whether the law was asked: not of a program that is refused, or is too large."""
    try:
        case = Case(program)
        f, point = case.inexact()
        width = sum(x.size for x in point)
        outs = [y for y in case.results if y.dtype.kind in "fc"]
        real = all(x.dtype.kind == "f" for x in point)
        if not point or width > LARGEST or not real or not outs:
            return False
        chosen = tuple(range(len(point)))
        pattern = quietly(sparse.jacobian_sparsity(f, chosen), *point)
        found = pattern.to_scipy().toarray()
        for shift in (0, 0.37):
            moved = [x + np.asarray(shift, x.dtype) for x in point]
            dense = quietly(dense_pattern, f, chosen, *moved)
            missing = np.argwhere(dense & ~found)
            assert not len(missing), f"lacks {missing[:3].tolist()}\n{program.source()}"
    except PolyadError:
        return False
    values_agree(f, point, chosen, program)
    return True


def values_agree(f, point, chosen, program):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            J = sparse.jacobian(f, chosen)(*point).tocsc()
        except PolyadError:
            return
    rng = np.random.default_rng(0)
    tangents = [rng.uniform(0.5, 1.5, x.shape).astype(x.dtype) for x in point]
    direction = np.concatenate([np.ravel(t) for t in tangents])
    _, moved = quietly(lambda: jvp(lambda *x: f(*x), tuple(point), tuple(tangents)))
    expected = np.concatenate([np.ravel(off(t)) for t in moved])
    if not np.isfinite(expected).all() or expected.dtype.kind == "c":
        return
    rtol = next(r for mark, r in RTOL.items() if mark in program.source())
    scale = (abs(J) @ direction).max(initial=1.0)
    np.testing.assert_allclose(
        J @ direction, expected, rtol, scale * rtol, err_msg=program.source()
    )


def test_no_entry_is_missing():
    assert sum(law_holds(program) for program in programs(0, FEW)) >= FEW // 4


@pytest.mark.full
@pytest.mark.parametrize("first", range(FEW, MANY, 44))
def test_no_entry_is_missing_in_many(first):
    assert sum(law_holds(program) for program in programs(first, 44)) >= 8
