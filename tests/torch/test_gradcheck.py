"""PyTorch's own checks of derivatives hold of wrapped functions: finite differences of first and
second order, in reverse and forward mode, op by op.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import polyad
from polyad.conformance import SAMPLES, Sample

torch = pytest.importorskip("torch")
FORWARD = 3  # every third op is also checked in forward mode
LONG = {  # seconds each: thousands of lines of machine code
    *("adjugate_derivative", "beta_curvature", "betainc", "betainc_derivative", "betaincc", "eig"),
    *("matrix_function", "matrix_function_tangent", "svd", "zeta"),
}


def first_of_each_op() -> list[tuple[Sample, str]]:
    found: dict[tuple[str, str], Sample] = {}
    for sample in SAMPLES:
        for dtype in sample.inexact:
            found.setdefault((sample.op, dtype), sample)
    return [(sample, dtype) for (_, dtype), sample in found.items()]


CASES = first_of_each_op()


def is_inexact(x: Any) -> bool:
    return x.is_floating_point() or x.is_complex()


def marked(sample: Sample, dtype: str) -> Any:
    share = pytest.mark.share(10 if dtype == "complex128" else 4)
    mark = pytest.mark.full if sample.op in LONG else share
    return pytest.param(sample, dtype, marks=[mark], id=f"{sample.name}-{dtype}")


def test_there_are_a_hundred_ops():
    assert len({sample.op for sample, _ in CASES if sample.op not in LONG}) >= 100


@pytest.mark.parametrize("sample, dtype", [marked(*case) for case in CASES])
def test_gradcheck(sample: Sample, dtype: str):
    arrays = [torch.as_tensor(np.array(x)) for x in sample.arrays(dtype)]
    wrapped = polyad.torch.wrap(sample.run)
    moving = [x.requires_grad_() for x in arrays if is_inexact(x)]

    def results(*given: Any) -> tuple[Any, ...]:
        rest = iter(given)
        found = wrapped(*(next(rest) if is_inexact(x) else x for x in arrays))
        return found if isinstance(found, tuple) else (found,)

    def f(*given: Any) -> tuple[Any, ...]:
        return tuple(filter(is_inexact, results(*given)))

    if not f(*moving):  # a question: its answers have no derivative
        assert not any(y.requires_grad for y in results(*moving))
        return
    tolerance = {"atol": 1e-5 * max(sample.tolerance, 1), "rtol": 1e-4}
    forward = CASES.index((sample, dtype)) % FORWARD == 0
    assert torch.autograd.gradcheck(f, moving, check_forward_ad=forward, **tolerance)
    assert torch.autograd.gradgradcheck(f, moving, check_fwd_over_rev=forward, **tolerance)
