"""PyTorch's rules on traced tensors: dtypes of results, NaN, attributes, writes, errors."""

from __future__ import annotations

import pytest
import torch

import polyad
from polyad.errors import PolyadError, PolyadTypeError, PolyadValueError, ShapeError

NAN = float("nan")
F32 = torch.tensor([1.0, 2.0, 3.0])
I32 = torch.tensor([1, 2, 3], dtype=torch.int32)
U8 = torch.tensor([1, 2, 3], dtype=torch.uint8)
BOOL = torch.tensor([True, False, True])
NANS = torch.tensor([3.0, NAN, 1.0, 2.0, NAN])
SCALAR = torch.tensor(2.0, dtype=torch.float64)
MATRIX = torch.arange(6.0, dtype=torch.float64).reshape(2, 3)

DTYPES = {
    "a tensor without dimensions does not promote": (lambda x: x * SCALAR, F32),
    "nor on the left": (lambda x: SCALAR - x, F32),
    "nor in maximum": (lambda x: torch.maximum(x, SCALAR), F32),
    "nor in where": (lambda x: torch.where(x > 1, x, SCALAR), F32),
    "it raises the category": (lambda i: i + SCALAR, I32),
    "a float with integers": (lambda i: i * 2.5, I32),
    "a complex number with floats": (lambda x: x * 1j, F32),
    "quotients of integers": (lambda i: i / 2, I32),
    "number over integers": (lambda i: 1 / i, I32),
    "floor": (lambda i: i // 2, I32),
    "remainder": (lambda i: (-i) % 2, I32),
    "fmod": (lambda i: torch.fmod(-i, 2), I32),
    "rounded to zero": (lambda i: torch.div(-i, 2, rounding_mode="trunc"), I32),
    "power of two": (lambda i: 2**i, I32),
    "root": (lambda i: i**0.5, I32),
    "sine of integers": (lambda i: i.sin(), I32),
    "rounding of integers": (lambda i: torch.stack([i.round(), i.ceil(), i.trunc()]), I32),
    "sum of integers": (lambda i: i.sum(), I32),
    "running sum": (lambda i: i.cumsum(0), I32),
    "product of bytes": (lambda i: i.prod(), U8),
    "sum of bytes": (lambda i: i.sum(0), U8),
    "bytes and integers": (lambda i: i + I32, U8),
    "sum of booleans": (lambda b: b.sum(), BOOL),
    "sum of two booleans": (lambda b: b + b, BOOL),
    "product of two": (lambda b: b * b, BOOL),
    "booleans and integers": (lambda b: b * I32, BOOL),
    "not": (lambda b: ~b, BOOL),
    "joined": (lambda i: torch.cat([i, i.float()]), I32),
    "clamped by a float": (lambda i: i.clamp(1.5), I32),
    "float power": (lambda x: torch.float_power(x, 2), F32),
    "a dtype for the sum": (lambda x: x.sum(dtype=torch.float64), F32),
}
VALUES = {
    "sort": lambda x: torch.sort(x),
    "sort, descending": lambda x: torch.sort(x, descending=True),
    "topk": lambda x: torch.topk(x, 2),
    "max": lambda x: x.max(0),
    "argmin": lambda x: x.argmin(),
    "median": lambda x: x.median(0),
    "nanmedian": lambda x: x.nanmedian(),
    "cummax": lambda x: torch.cummax(x, 0),
    "sign": lambda x: x.sign(),
    "clamp": lambda x: x.clamp(1, 2),
    "fmax": lambda x: torch.fmax(x, 2 - x * 0),
    "nansum": lambda x: x.nansum(),
}
METHODS = {
    "size": lambda x: x * x.size(-1) * len(x.size()),
    "shape": lambda x: x * x.shape.numel(),
    "dim, numel": lambda x: x * x.dim() * x.numel() * x.nelement(),
    "dtype": lambda x: x * (x.dtype is torch.float64) * x.is_floating_point(),
    "finfo": lambda x: x + torch.finfo(x.dtype).eps,
    "device": lambda x: x + torch.ones(3, device=x.device),
    "T, mT, H": lambda x: x.T + x.mT + x.H,
    "to": lambda x: x.to(torch.float32).to(x),
    "float, double": lambda x: x.float().double(),
    "type_as": lambda x: x.long().type_as(x),
    "new": lambda x: x.new_zeros(2, 3) + x.new_ones((2, 3)) + x.new_full((3,), 2.0),
    "new_tensor": lambda x: x.new_tensor([1, 2, 3]),
    "view": lambda x: x.view(3, -1),
    "view_as": lambda x: x.view_as(x.mT.contiguous()),
    "permute": lambda x: x.permute(1, 0),
    "transpose": lambda x: x.transpose(0, 1),
    "expand": lambda x: x[:, None].expand(-1, 4, 3),
    "repeat": lambda x: x.repeat(2, 1),
    "unfold": lambda x: x.unfold(1, 2, 1),
    "split": lambda x: x.split([1, 2], dim=1)[1],
    "chunk": lambda x: x.chunk(2, dim=-1)[0],
    "axis": lambda x: x.sum(axis=1, keepdims=True) + torch.max(input=x, axis=1, keepdim=True)[0],
    "named results": lambda x: x.max(dim=1).values + x.sort().values[:, 0],
    "gather": lambda x: x.gather(1, torch.tensor([[0, 2], [1, 1]])),
    "scatter_add": lambda x: x.scatter_add(1, torch.tensor([[0, 0], [2, 2]]), x),
    "std": lambda x: x.std() + x.var(0) + x.std(1, correction=0)[0],
    "chains": lambda x: x.unsqueeze(0).flatten(1).squeeze().clamp(min=1).log(),
    "plain tensor first": lambda x: torch.ones(2, 3, dtype=x.dtype).mul(x).add(x, alpha=2),
    "plain table": lambda x: torch.arange(4.0)[x.long().clamp(max=3)] + x,
}
WRITES = {
    "add_": lambda x: torch.zeros_like(x).add_(x, alpha=2),
    "chained": lambda x: x.clone().mul_(x).sub_(1).clamp_(min=0),
    "function": lambda x: torch.exp_(x.clone()),
    "copy_": lambda x: torch.empty_like(x).copy_(x[0]),
    "fill_": lambda x: x.clone().fill_(2) + x,
    "zero_": lambda x: x.clone().zero_() + x,
    "masked_fill_": lambda x: x.clone().masked_fill_(x > 2, -1.0),
    "index_add_": lambda x: x.clone().index_add_(1, torch.tensor([0, 0]), x[:, :2]),
    "diagonal": lambda x: x.clone().fill_diagonal_(7.0),
    "made inside": lambda x: torch.zeros(2, 3, dtype=x.dtype).add_(x),
    "out": lambda x: torch.mul(x, x, out=torch.empty_like(x)),
}


def same(found, wanted):
    both = zip(*(v if isinstance(v, tuple) else (v,) for v in (found, wanted)), strict=True)
    for x, w in both:
        assert x.dtype == w.dtype
        torch.testing.assert_close(x, w, equal_nan=True)


@pytest.mark.parametrize("name", DTYPES)
def test_results_have_the_dtype_that_torch_gives(name):
    function, x = DTYPES[name]
    same(polyad.jit(function)(x), function(x))


@pytest.mark.parametrize("name", VALUES)
def test_nan_is_treated_as_torch_does(name):
    same(tuple(polyad.jit(VALUES[name])(NANS)), tuple(VALUES[name](NANS))) if isinstance(
        VALUES[name](NANS), tuple
    ) else same(polyad.jit(VALUES[name])(NANS), VALUES[name](NANS))


@pytest.mark.parametrize("name", [*METHODS, *WRITES])
def test_methods_are_a_tensors(name):
    function = {**METHODS, **WRITES}[name]
    same(polyad.jit(function)(MATRIX), function(MATRIX))
    same(polyad.vmap(function)(torch.stack([MATRIX, -MATRIX]))[0], function(MATRIX))


@pytest.mark.parametrize("name", WRITES)
def test_writes_have_torchs_derivative(name):
    function, x = WRITES[name], MATRIX.clone().requires_grad_()
    if name == "out":  # which torch does not differentiate
        wanted = 2 * MATRIX
    else:
        (wanted,) = torch.autograd.grad(function(x).sum(), x)
    same(polyad.grad(lambda x: function(x).sum())(MATRIX), wanted)


def test_detach_stops_the_derivative():
    assert polyad.grad(lambda x: x.detach() * x)(SCALAR) == 2
    assert polyad.grad(lambda x: torch.detach(x) + x)(SCALAR) == 1


def test_jit_inside_a_trace_knows_the_library():
    @polyad.jit
    def both(x):
        return x.sum(0) if hasattr(x, "astype") else x.sum(dim=0)

    same(polyad.vmap(both)(MATRIX), MATRIX.sum(1))
    assert (polyad.vmap(both)(MATRIX.numpy()) == MATRIX.numpy().sum(1)).all()


ERRORS = {
    "unknown": (lambda x: torch.lobpcg(x), PolyadTypeError, r"torch\..*lobpcg cannot be called on"),
    "method": (lambda x: x.geqrf(), PolyadTypeError, r"torch\.Tensor\.geqrf cannot be called"),
    "attribute": (lambda x: x.grad_fn, PolyadTypeError, r"torch\.Tensor\.grad_fn cannot be read"),
    "none": (lambda x: x.astype("f4"), AttributeError, "no attribute 'astype'"),
    "stride": (lambda x: x.stride(), PolyadTypeError, "no strides and no address"),
    "as_strided": (lambda x: x.as_strided((2,), (1,)), PolyadTypeError, "reads memory"),
    "bits": (lambda x: x.view(torch.int64), PolyadTypeError, "would read its bits"),
    "chalf": (lambda x: x.chalf(), PolyadTypeError, "chalf"),
    "imag": (lambda x: x.imag, PolyadTypeError, "imaginary part"),
    "mean": (lambda x: x.long().mean(), PolyadTypeError, "takes floating and complex"),
    "subtraction": (lambda x: (x > 1) - (x > 2), PolyadTypeError, "not defined for booleans"),
    "rounding": (lambda x: torch.div(x, 2, rounding_mode="up"), PolyadTypeError, "not 'up'"),
    "clamp": (lambda x: x.clamp(), PolyadTypeError, "needs min or max"),
    "twice": (lambda x: x.sum((0, -2)), PolyadValueError, "appears twice"),
    "t": (lambda x: x[None].t(), ShapeError, "up to two dimensions"),
    "mm": (lambda x: torch.mm(x, x[0]), ShapeError, "mat2 has 1 dimensions, and not 2"),
    "cross": (lambda x: torch.cross(x[:, :2], x[:, :2]), ShapeError, "no dimension has length 3"),
    "narrow": (lambda x: x.narrow(1, 2, 2), PolyadValueError, "not within the 3 of dimension 1"),
    "split": (lambda x: x.split([1, 1], 1), ShapeError, "do not sum to 3"),
    "hsplit": (lambda x: x.hsplit(2), ShapeError, "parts of one length"),
    "repeat": (lambda x: x.repeat(2), ShapeError, "1 numbers for 2 dimensions"),
    "expand": (lambda x: x.expand(-1, 2, 3), ShapeError, "-1 is not allowed"),
    "topk": (lambda x: x.topk(4), PolyadValueError, "k=4 is not within the 3"),
    "kthvalue": (lambda x: x.kthvalue(0), PolyadValueError, "k=0 is not within 1"),
    "index": (
        lambda x: x.index_select(1, torch.tensor([3])),
        IndexError,
        "index 3 is out of range",
    ),
    "float index": (lambda x: x.take(x), PolyadTypeError, "an index has dtype float64"),
    "fit": (lambda x: x.gather(0, torch.zeros(1, 4).long()), ShapeError, "does not fit a tensor"),
    "reduce": (
        lambda x: x.scatter_reduce(1, torch.zeros(2, 1).long(), x, "max"),
        PolyadValueError,
        "reduce is one of",
    ),
    "scatter": (
        lambda x: x.scatter(1, torch.zeros(2, 1).long(), x, reduce="max"),
        PolyadValueError,
        "reduce is 'add' or 'multiply'",
    ),
    "sequences": (lambda x: torch.searchsorted(x, x), PolyadTypeError, "several sequences"),
    "cast": (lambda x: x.long().mul_(1.5), PolyadTypeError, "cannot be written into a tensor of i"),
    "shape": (lambda x: x[:1].clone().add_(x), ShapeError, "does not fit the tensor of shape"),
    "plain": (lambda x: MATRIX.add_(x), PolyadTypeError, "made before the function was traced"),
    "plain out": (lambda x: torch.sin(x, out=MATRIX), PolyadTypeError, "made before the function"),
    "wrap": (lambda x: x.clone().fill_diagonal_(1.0, wrap=True), PolyadTypeError, "without wrap"),
    "parameter": (
        lambda x: x.sum(3, False, "f"),
        PolyadTypeError,
        r"polyad follows sum\(input, dim",
    ),
    "uint8": (lambda x: x[torch.tensor([1, 0]).byte()], PolyadTypeError, "is a mask to PyTorch"),
    "uint8 traced": (lambda x: x[(x[:, 0] > 0).byte()], PolyadTypeError, "is a mask to PyTorch"),
    "index_put": (
        lambda x: x.index_put((torch.tensor([1, 0]).byte(),), x[0]),
        PolyadTypeError,
        "is a mask to PyTorch",
    ),
    "boolean quotient": (lambda x: (x > 1) // True, PolyadTypeError, "floor_divide is not defined"),
    "boolean remainder": (lambda x: (x > 1) % (x > 0), PolyadTypeError, "remainder is not defined"),
    "boolean power": (lambda x: (x > 1) ** True, PolyadTypeError, "pow is not defined"),
    "conversion": (lambda x: x.to(dtyp=1), TypeError, "unexpected keyword argument 'dtyp'"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_what_is_not_followed_is_an_error_that_says_so(name):
    function, error, text = ERRORS[name]
    with pytest.raises(error, match=text) as caught:
        polyad.jit(function)(MATRIX)
    if isinstance(caught.value, PolyadError):
        assert "test_torch_rules.py" in str(caught.value)
