"""A reshape of an array is a view or a copy by its order in memory: NumPy's and PyTorch's, or an
error where the order of a traced array is not known.
"""

from __future__ import annotations

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad.errors import PolyadValueError

X = np.arange(6.0).reshape(2, 3)

# How an array is made of x; whether its order is known.
KNOWN = {
    "x": lambda xp, x: x,
    "sin(x)": lambda xp, x: xp.sin(x),
    "x.T": lambda xp, x: x.T,
    "x.T.copy()": lambda xp, x: x.T.copy(),
    "copy(x.T, C)": lambda xp, x: xp.copy(x.T, order="C"),
    "array(x.T, C)": lambda xp, x: xp.array(x.T, order="C"),
    "asarray(x, C)": lambda xp, x: xp.asarray(x, order="C"),
    "asarray(x.T, C)": lambda xp, x: xp.asarray(x.T, order="C"),
    "x.T @ x": lambda xp, x: x.T @ x,
    "x[::-1] + 1": lambda xp, x: x[::-1] + 1,
    "zeros_like(x)": lambda xp, x: xp.zeros_like(x),
    "zeros_like(x.T, C)": lambda xp, x: xp.zeros_like(x.T, order="C"),
    "line": lambda xp, x: xp.sin(x.T[:1]),
}
UNKNOWN = {
    "sin(x.T)": lambda xp, x: xp.sin(x.T),
    "x.T + x.T": lambda xp, x: x.T + x.T,
    "array(x.T)": lambda xp, x: xp.array(x.T),
    "copy(x.T)": lambda xp, x: xp.copy(x.T),
    "array(x, F)": lambda xp, x: xp.array(x, order="F"),
    "asarray(x, F)": lambda xp, x: xp.asarray(x, order="F"),
    "zeros_like(x.T)": lambda xp, x: xp.zeros_like(x.T),
    "astype": lambda xp, x: x.T.astype("float32"),
}
WAYS = {
    "reshape": lambda xp, y: xp.reshape(y, (y.size,)),
    "reshape method": lambda xp, y: y.reshape(-1),
    "ravel": lambda xp, y: xp.ravel(y),
}


def written(xp, made, way, x):
    y = made(xp, x * 1.0)
    z = way(xp, y)
    z[::2] = 7.0
    return xp.concatenate([xp.ravel(y), z]) * xp.sum(x)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("made", KNOWN)
def test_a_known_order_gives_views_and_copies_as_numpy_does(made, way):
    expected = written(np, KNOWN[made], WAYS[way], X)
    found = polyad.jit(lambda x: written(pnp, KNOWN[made], WAYS[way], x))(X)
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(written(pnp, KNOWN[made], WAYS[way], X), expected)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("made", UNKNOWN)
def test_a_write_through_a_reshape_of_unknown_order_is_refused(made, way):
    message = r"(?s)order of the elements in memory.*at .*test_layout.py.*\n.*x\.copy\(\)"
    with pytest.raises(PolyadValueError, match=message):
        polyad.jit(lambda x: written(pnp, UNKNOWN[made], WAYS[way], x))(X)


@pytest.mark.parametrize("made", UNKNOWN)
def test_without_a_write_and_for_axes_of_one_element_the_order_is_of_no_account(made):
    def f(xp, x):
        y = UNKNOWN[made](xp, x * 1.0)
        z = y.reshape(1, *y.shape, 1)
        z[0, 1] = 7.0
        return xp.reshape(y, -1) * 2

    np.testing.assert_array_equal(polyad.jit(lambda x: f(pnp, x))(X), f(np, X))


def test_zeros_and_copies_without_dimensions_are_arrays():
    for made in (pnp.zeros(()), pnp.full((), 2.0), pnp.zeros_like(np.float64(1)), pnp.copy(3.0)):
        assert isinstance(made, np.ndarray)
        made[...] = 5.0
        assert made == 5


def test_contiguous_tensors():
    torch = pytest.importorskip("torch")

    def f(x):
        y = x * 1.0
        z, same = y.T.contiguous(), y.contiguous()
        z[0] = 7.0
        same[0, 0] = 9.0
        return torch.cat([y.reshape(-1), z.reshape(-1)]) * x.sum()

    x = torch.tensor(X)
    torch.testing.assert_close(polyad.jit(f)(x), f(x))


@pytest.mark.parametrize("order", ["C", "F", "K", "A"])
@pytest.mark.parametrize(
    "part",
    [
        lambda x: x[:-2, 2, -4::-2],
        lambda x: x[::-1, :0].T,
        lambda x: x[:, :, 5:].reshape(0, 6),
        lambda x: x[2:][::-1],
    ],
)
def test_parts_without_elements(part, order):
    x = np.ones((2, 3, 5))
    f = lambda x: pnp.array(part(x), order=order)
    expected = np.array(part(x), order=order)
    for found in (f(x), polyad.jit(f)(x)):
        assert found.shape == expected.shape and found.dtype == expected.dtype
    slope = polyad.grad(lambda x: pnp.sum(f(x)))(x)
    np.testing.assert_array_equal(slope, np.zeros_like(x))
