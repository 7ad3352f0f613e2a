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


# -- Bodies that write into their arguments --------------------------------------------------------

TABLE = np.arange(3.0)


def library(name):
    if name == "numpy":
        return np.array
    import torch

    return lambda values: torch.tensor(np.asarray(values).tolist(), dtype=torch.float64)


def adds(c, x):
    c += x
    return c, c


def adds_with_view(c, x):
    c += x
    return c, (c[:2], x)


def writes_the_slice(c, x):
    x *= 2
    c[0] = x[1]
    return c, x


def swaps_places_of_a_list(c, x):
    c[0] += x
    c[0], c[1] = c[1], c[0]
    return c, c


def twice_the_same(c, x):
    c[0][1] += x[1]
    total = c[0] + c[1]
    return [total, total], c[1]


def starts_again_from_a_view(c, x):
    c[0] += x[0]
    return c.reshape(-1), c[1:]


def writes_before_it_takes_the_type(c, x):
    c[1][:] += 1
    x += c[1]
    return (c[0] + x[0], c[1]), x


SCANS = {
    "the carry is y": (adds, lambda array: array(TABLE)),
    "a view of it is": (adds_with_view, lambda array: array(TABLE)),
    "the slice": (writes_the_slice, lambda array: array(TABLE)),
    "a list": (swaps_places_of_a_list, lambda array: [array(TABLE), array(TABLE + 1)]),
    "equal parts": (twice_the_same, lambda array: [array(TABLE), array(TABLE + 1)]),
    "the carry is a view": (starts_again_from_a_view, lambda array: array(TABLE)),
    "a number beside": (writes_before_it_takes_the_type, lambda array: (0, array(TABLE))),
}


def as_lists(value):
    return [np.asarray(x).tolist() for x in polyad.tree.leaves(value)]


@pytest.mark.parametrize("kind", ["numpy", "torch"])
@pytest.mark.parametrize("size", [1, 700])
@pytest.mark.parametrize("name", SCANS)
def test_writes_in_the_body_stay_in_the_loop(name, size, kind):
    """The results are those of the loop written out with copies; the arguments stay as they are."""
    body, start = SCANS[name]
    array = library(kind)
    if size > 1:
        start_small, start = (
            start,
            lambda array: polyad.tree.map(
                lambda x: array(np.tile(np.asarray(x), size)) if np.ndim(x) else x,
                start_small(array),
            ),
        )
    xs_plain = np.arange(1.0, 12 * size + 1).reshape(4, 3 * size)
    init, xs = start(array), array(xs_plain)
    before = as_lists((init, xs))
    found = lax.scan(body, init, xs)
    assert as_lists((init, xs)) == before

    copies = lambda value: polyad.tree.map(lambda x: np.array(x) if np.ndim(x) else x, value)
    carry, ys = start(np.array), []
    for x in xs_plain:
        carry, y = copies(body(copies(carry), x.copy()))
        ys.append(y)
    stacked = polyad.tree.map(lambda *parts: np.stack(parts), *ys)
    assert as_lists(found) == as_lists((carry, stacked))


@pytest.mark.parametrize("kind", ["numpy", "torch"])
def test_writes_in_other_loops_stay_there(kind):
    array = library(kind)
    table, given, rows = array(TABLE), array(TABLE), array(np.ones((2, 3)))

    def from_the_table(i, c):
        c += 1
        return table

    assert as_lists(lax.fori_loop(0, 3, from_the_table, given)) == [TABLE.tolist()]
    doubled = lax.while_loop(lambda c: c[2] < 9, lambda c: c.__imul__(2), given)
    assert as_lists(doubled) == [(8 * TABLE).tolist()]
    assert as_lists(lax.map(lambda x: x.__iadd__(x), rows)) == [(2 * np.ones((2, 3))).tolist()]
    assert as_lists((table, given, rows)) == [TABLE.tolist()] * 2 + [np.ones((2, 3)).tolist()]


def test_writes_into_dask_arrays_stay_in_the_loop():
    import dask.array

    def writes(i, c):
        c[0] = i + 5.0
        return c

    given = dask.array.ones(4, chunks=2)
    assert lax.fori_loop(0, 3, writes, given).compute().tolist() == [7, 1, 1, 1]
    assert given.compute().tolist() == [1, 1, 1, 1]


def test_tensors_keep_their_history():
    import torch

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (last, _), ys = lax.scan(lambda c, r: ((c[0] * r, c[1]), c[0]), (x, 0), 2 * torch.ones(3, 2))
    (gradient,) = torch.autograd.grad(last.sum() + ys.sum(), x)
    assert gradient.tolist() == [8 + 1 + 2 + 4] * 2
