"""Functions of NumPy, PyTorch, einops and array-api-extra under polyad's transformations."""

from __future__ import annotations

import array_api_extra as xpx
import einops
import numpy as np
import pytest
import torch
import torch.nn.functional as F

import polyad
import polyad.numpy as pnp
from polyad.errors import PolyadTypeError

from .laws import GRAD, LAWS, M, Row, W, X, Y, check, rows


def scattered(x):
    """In place, by a method of a ufunc."""
    out = np.zeros_like(x)
    np.add.at(out, [0, 0, 1], 2 * x[:3])
    return out


def copied(x):
    out = np.empty_like(x)
    np.copyto(out, np.sin(x))
    return out


def two_arrays_of_zeros(x):
    """The one is written into, the other is not."""
    a, b = np.zeros_like(x), np.zeros_like(x)
    a[0] = x[0]
    return a - b + np.sum(b)


NUMPY = {
    "sin, @": lambda x: np.sin(x) @ W,
    "einsum": lambda x: np.einsum("ij,kj->ik", x, x),
    "einsum, optimized": lambda x: np.einsum("ij,kj,kl->il", x, x, x, optimize=True),
    "linalg.norm": lambda x: np.linalg.norm(x, axis=1),
    "linalg.solve": lambda x: np.linalg.solve(x.T @ x, np.ones(3)),
    "linalg.slogdet": lambda x: np.linalg.slogdet(x.T @ x).logabsdet,
    "linalg.eigvalsh": lambda x: np.linalg.eigvalsh(x.T @ x),
    "add.reduce": lambda x: np.add.reduce(x, axis=1),
    "add.accumulate": lambda x: np.add.accumulate(x, axis=1),
    "maximum.accumulate": lambda x: np.maximum.accumulate(x, axis=0),
    "cov": lambda x: np.cov(x, rowvar=False),
    "quantile": lambda x: np.quantile(x, [0.2, 0.7], axis=0),
    "gradient": lambda x: np.gradient(x, axis=0),
    "trapezoid, diff, cumsum": lambda x: np.trapezoid(np.diff(np.cumsum(x, axis=0), axis=1)),
    "polyfit": lambda x: np.polyfit(x[:, 0], x[:, 1], 2),
    "apply_along_axis": lambda x: np.apply_along_axis(lambda r: r * r.sum(), 1, x),
    "convolve, pad": lambda x: np.convolve(np.pad(x[:, 0], 2, mode="reflect"), x[:, 1]),
    "multiply.outer": lambda x: np.multiply.outer(x[0], x),
    "add.at": scattered,
    "copyto": copied,
    "zeros, twice": two_arrays_of_zeros,
    "sqrt, out, where": lambda x: np.sqrt(x, out=np.zeros_like(x), where=x > 0.5),
    "sum, where": lambda x: np.sum(x, axis=0, where=x > 0.5),
    "prod, where, initial": lambda x: np.prod(x, where=x > 0.5, initial=2.0),
    "max, initial": lambda x: np.max(x, axis=0, initial=0.7),
    "max, where": lambda x: np.max(x, axis=0, initial=0.1, where=x < 0.7),
    "sum, dtype": lambda x: np.sum(x, dtype=np.float64) * np.float64(2.0),
    "linspace of arrays": lambda x: np.linspace(x[0], x[1], 4),
    "interp": lambda x: np.interp(x[0], [0, 0.5, 1], [0, 1, 4.0]),
    "fft": lambda x: np.abs(np.fft.fft(x)),
    "where, stack": lambda x: np.where(x > 0.5, np.stack([x, x])[0], 0.0),
    "masks": lambda x: np.where(np.isnan(x), 0.0, x.clip(0.3, 0.6)),
    "dtype": lambda x: x * np.finfo(x.dtype).bits + np.ones(3, dtype=x.dtype),
}

MASKS = {  # as many elements as a mask has Trues
    "x[mask] = y[mask]": lambda x: with_items(x, np.sin(x)),
    "nonzero": lambda x: x[np.nonzero(x > 0.5)],
    "unique": lambda x: np.unique(x),
}


def with_items(x, y):
    out = 2 * x
    out[x > 0.5] = y[x > 0.5]
    return out


TENSORS = {
    "sin, @": lambda x: torch.sin(x) @ torch.tensor(W),
    "relu": lambda x: F.relu(x - 0.5),
    "softmax": lambda x: F.softmax(x, dim=-1),
    "log_softmax": lambda x: torch.log_softmax(x, dim=1),
    "logsumexp": lambda x: torch.logsumexp(x, dim=1),
    "linear": lambda x: F.linear(x, torch.tensor(W.T.copy()), torch.ones(2, dtype=x_dtype)),
    "mse_loss": lambda x: F.mse_loss(x, torch.zeros(4, 3, dtype=x_dtype)),
    "std, of a sample": lambda x: torch.std(x, dim=0),
    "var, biased": lambda x: torch.var(x, dim=0, unbiased=False),
    "max, with indices": lambda x: torch.max(x, dim=0).values,
    "min, of two": lambda x: torch.min(x, 0.5 * torch.ones_like(x)),
    "sort": lambda x: torch.sort(x, dim=0, descending=True)[0],
    "add, alpha": lambda x: torch.add(x, x * x, alpha=2),
    "gelu": F.gelu,
    "silu": F.silu,
    "erf": torch.erf,
    "lgamma": torch.lgamma,
    "special.expit": torch.special.expit,
    "cat": lambda x: torch.cat([x, x * x], dim=1),
    "einsum": lambda x: torch.einsum("ij,kj->ik", x, x),
    "linalg.solve": lambda x: torch.linalg.solve(x.T @ x, torch.ones(3, dtype=x_dtype)),
    "a tensor on the left": lambda x: torch.ones(4, 3, dtype=x_dtype) - x,
}
x_dtype = torch.float64

EINOPS = {
    "rearrange": lambda x: einops.rearrange(x, "(a c) b -> a (b c)", c=2),
    **{f"reduce, {how}": lambda x, how=how: einops.reduce(x, "a b -> b", how)
       for how in ("sum", "mean", "max", "min", "prod")},
    "repeat": lambda x: einops.repeat(x, "a b -> a b c", c=2),
    "einsum": lambda x: einops.einsum(x, x, "a b, c b -> a c"),
    "pack": lambda x: einops.pack([x, x * x], "* b")[0],
    "unpack": lambda x: einops.unpack(x, [[1], [3]], "* b")[1],
    "a list": lambda x: einops.rearrange([x, x * x], "n a b -> a n b"),
}  # fmt: skip

EXTRA = {
    "at, set": lambda x: xpx.at(x)[1].set(2.0),
    **{f"at, {op}": lambda x, op=op: getattr(xpx.at(x)[1:3], op)(0.7)
       for op in ("add", "subtract", "multiply", "divide", "power", "min", "max")},
    "angle": lambda x: xpx.angle(x + 1j * x[::-1]),
    "deg2rad": xpx.deg2rad,
    "nanmean": xpx.nanmean,
    "nansum": xpx.nansum,
    "partition": lambda x: xpx.partition(x, 2),
    "atleast_nd": lambda x: xpx.atleast_nd(x, ndim=3),
    "cov": xpx.cov,
    "create_diagonal": xpx.create_diagonal,
    "expand_dims": lambda x: xpx.expand_dims(x, axis=(0, 1)),
    "kron": lambda x: xpx.kron(x, x),
    "nan_to_num": xpx.nan_to_num,
    "one_hot": lambda x: x @ xpx.one_hot(pnp.asarray([0, 1, 2, 0, 1, 2]), 3, dtype=pnp.float64),
    "pad": lambda x: xpx.pad(x, 2),
    "sinc": xpx.sinc,
}  # fmt: skip
ASKING = {
    "apply_where": lambda x: xpx.apply_where(x > 0.5, x, pnp.log, pnp.exp),
    "at, mask": lambda x: xpx.at(x)[x > 0.5].multiply(2.0),
    "union1d": lambda x: xpx.union1d(x, 2 * x),
}

ROWS = [
    *(row._replace(name=f"numpy: {row.name}") for row in rows(NUMPY, M)),
    *(row._replace(name=f"numpy: {row.name}") for row in rows(MASKS, M, laws=(GRAD,))),
    *(row._replace(name=f"torch: {row.name}") for row in rows(TENSORS, torch.tensor(M))),
    *(row._replace(name=f"einops: {row.name}") for row in rows(EINOPS, M)),
    *(row._replace(name=f"extra: {row.name}") for row in rows(EXTRA, X)),
    *(row._replace(name=f"extra: {row.name}") for row in rows(ASKING, X, laws=(GRAD,))),
    Row("extra: at, of another", lambda x, y: xpx.at(x)[1:3].set(y[1:3]), (X, Y)),
]


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_functions_of_others(row, law):
    check(row, law)


def test_an_array_that_is_not_differentiated_stands_beside_those_that_are():
    def f(x, n, data):
        assert n.__array_namespace__() is x.__array_namespace__()
        assert np.asarray(data).tolist() == [1.0, 2.0]
        return sum(x * data) * int(n)

    assert polyad.grad(f)(np.ones(2), np.array(3), np.array([1.0, 2.0])).tolist() == [3.0, 6.0]


def test_arrays_made_in_a_trace_have_its_namespace():
    def f(x):
        made = x.__array_namespace__().asarray(Y)
        assert type(made) is type(x)
        assert np.asarray(made).tolist() == Y.tolist()
        return (x * made).sum()

    assert polyad.grad(f)(X).tolist() == Y.tolist()


def test_a_ufunc_without_out_needs_its_rest():
    with pytest.raises(PolyadTypeError, match=r"without out= leaves the rest(.|\n)*numpy\.where"):
        polyad.jit(lambda x: np.sqrt(x, where=x > 0.5))(X)


def test_a_parameter_that_there_is_not_is_named():
    with pytest.raises(PolyadTypeError, match=r"var: dtype=int64 is not followed"):
        polyad.jit(lambda x: np.var(x, dtype="int64"))(X)
    with pytest.raises(PolyadTypeError, match=r"add: signature='dd->d' is not followed"):
        polyad.jit(lambda x: np.add(x, x, signature="dd->d"))(X)
