"""Scans of known values are Python loops with the results of the traced loop."""

from __future__ import annotations

import numpy as np
import pytest

import polyad
from polyad import lax
from polyad.errors import PolyadTypeError

XS = np.arange(6.0).reshape(3, 2)
BODIES = {
    "no ys": (lambda c, x: (c + x[0], None), 0.0, XS),
    "the first y is a Python number": (lambda c, x: (c + x[1], c), 0.0, XS),
    "Python numbers alone": (lambda c, x: (c, (1, 2.5, True)), 0.0, XS),
    "float32 stays": (lambda c, x: (c + x, (c, x)), np.float32(0), XS[:, 0].astype("float32")),
    "a pytree": (lambda c, x: (c, {"a": [x[0], x["b"] if isinstance(x, dict) else x]}), 0.0, XS),
    "several xs": (lambda c, x: (c + x[0], x[1] * c), 0.0, (XS[:, 0], XS)),
    "the carry is a slice": (lambda c, x: (x, c), XS[0], XS),
}


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("name", BODIES)
def test_known_values_and_traced_ones_agree(name, reverse):
    body, init, xs = BODIES[name]
    run = lambda init, xs: lax.scan(body, init, xs, reverse=reverse)
    known = polyad.tree.leaves(run(init, xs))
    for backend in ("numpy", "native"):
        compiled = polyad.jit(run, backend=backend)(init, xs)
        for x, y in zip(known, polyad.tree.leaves(compiled), strict=True):
            np.testing.assert_array_equal(x, y)
            assert np.asarray(x).dtype == np.asarray(y).dtype, backend


def test_ys_on_torch_take_their_dtype_from_the_tensors():
    import torch

    _, ys = lax.scan(lambda c, x: (c + x, c), 0.0, torch.arange(3.0), reverse=True)
    assert ys.dtype == torch.float32 and ys.tolist() == [3, 2, 0]


@pytest.mark.parametrize(
    "second, message",
    [
        (lambda x: ((x, x),), r"iteration 0 and PyTreeSpec\(\(\(\*, \*\),\)\) in iteration 1"),
        (lambda x: ("two",), "y is a str, neither an array nor a number: 'two'"),
        (lambda x: None, r"iteration 0 and PyTreeSpec\(None\) in iteration 1"),
    ],
)
def test_ys_that_differ_from_one_iteration_to_the_next(second, message):
    def body(count, x):
        return count + 1, (x[0],) if count == 0 else second(x)

    with pytest.raises(PolyadTypeError, match=message):
        lax.scan(body, 0, XS)


def test_the_result_of_a_loop_is_not_its_argument():
    """A slice that ends up in the carry, or a carry that no iteration changed, is copied."""
    xs = XS.copy()
    last = polyad.jit(lambda xs: lax.scan(lambda c, x: (x, None), xs[0], xs)[0], backend="numpy")
    none = polyad.jit(
        lambda xs: lax.while_loop(lambda v: v[0, 0] > 1, lambda v: v + 1, xs), backend="numpy"
    )
    for f in (last, none):
        assert not np.shares_memory(f(xs), xs)
