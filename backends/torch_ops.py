"""PyTorch's own forms of ops: a name below `torch`, or a maker."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from polyad.errors import PolyadValueError
from polyad.ops.random import threefry_rounds

from .generic.special import SPECIAL_FUNCTIONS, reflected
from .makers import Implementation, Maker, Types

WIDE_UNSIGNED = ("uint16", "uint32", "uint64")


def astype(backend: Any, attrs: dict[str, Any], types: Types, results: Types) -> Callable[..., Any]:
    dtype = attrs["dtype"]
    native, torch = backend.native_dtype(dtype), backend.torch
    if types[0].dtype.is_complex and not dtype.is_complex:
        return (lambda x: x != 0) if dtype.family == "bool" else lambda x: x.real.to(native)
    if dtype.name in WIDE_UNSIGNED and types[0].dtype.family != "bool":
        return lambda x: backend._wrapped(x.to(torch.int64), dtype)
    if types[0].dtype.name == "float64" and dtype.is_stored:
        return lambda x: rounded_to_odd(torch, x).to(native)  # torch goes by way of float32
    return lambda x: x.to(native)


def rounded_to_odd(torch: Any, x: Any) -> Any:
    """As in NumPy's backend."""
    near = x.to(torch.float32)
    back, bits = near.to(torch.float64), near.view(torch.int32)
    inexact = (back != x) & (x == x)
    odd = (bits - (back.abs() > x.abs()).to(torch.int32)) | 1
    return torch.where(inexact, odd, bits).view(torch.float32)


def floor_divide(
    backend: Any, attrs: dict[str, Any], types: Types, results: Types
) -> Callable[..., Any]:
    divide = backend.torch.floor_divide
    return divide if types[0].dtype.is_floating else _zero_by_zero(backend, divide)


def _zero_by_zero(backend: Any, divide: Callable[..., Any]) -> Callable[..., Any]:
    """An integer division by 0 gives 0; torch's own raises an error."""
    torch = backend.torch

    def run(x: Any, y: Any) -> Any:
        zero = y == 0
        return torch.where(zero, 0, divide(x, torch.where(zero, 1, y))).to(x.dtype)

    return run


def pow_(backend: Any, attrs: dict[str, Any], types: Types, results: Types) -> Callable[..., Any]:
    """Integers to negative powers are an error, as NumPy's; torch's own answers are 0 and ±1."""
    power = backend.torch.pow
    if types[0].dtype.family != "int":
        return power

    def run(x: Any, y: Any) -> Any:
        if bool((y < 0).any()):
            raise PolyadValueError("Integers to negative integer powers are not allowed.")
        return power(x, y)

    return run


def remainder(
    backend: Any, attrs: dict[str, Any], types: Types, results: Types
) -> Callable[..., Any]:
    """The divisor's sign, also of a remainder of 0; torch's own has not that of zeros."""
    torch = backend.torch
    if not types[0].dtype.is_floating:
        return _zero_by_zero(backend, torch.remainder)

    def run(x: Any, y: Any) -> Any:
        rest = torch.remainder(x, y)
        return torch.where(rest == 0, torch.copysign(torch.zeros_like(rest), y), rest)

    return run


def polygamma(
    backend: Any, attrs: dict[str, Any], types: Types, results: Types
) -> Callable[..., Any]:
    """By Hurwitz's zeta (DLMF 5.15.1), 0 at infinity: torch's own trigamma has nine digits."""
    torch, order = backend.torch, attrs["order"]
    factor = math.factorial(order) * (-1.0) ** (order + 1)

    def run(x: Any) -> Any:
        s = torch.asarray(order + 1.0, dtype=x.dtype, device=x.device)
        return torch.where(torch.isposinf(x), 0.0, factor * torch.special.zeta(s, x))

    return run


def cumulative(name: str, *, pair: bool) -> Maker:
    """torch's own; some give the positions, too."""

    def maker(backend: Any, attrs: Any, types: Types, results: Types) -> Callable[..., Any]:
        function, axis = getattr(backend.torch, name), attrs["axis"]
        return (lambda x: function(x, axis)[0]) if pair else (lambda x: function(x, axis))

    return maker


def bessel_i(
    backend: Any, attrs: dict[str, Any], types: Types, results: Types
) -> Callable[..., Any]:
    if attrs["order"] < 2:
        return getattr(backend.torch.special, f"i{attrs['order']}{'e' if attrs['scaled'] else ''}")
    return SPECIAL_FUNCTIONS["bessel_i"](backend, attrs, types, results)


def bitcast(backend: Any, attrs: Any, types: Types, results: Types) -> Callable[..., Any]:
    dtype = backend.native_dtype(attrs["dtype"])
    return lambda x: x.view(dtype)


def windows(backend: Any, attrs: Any, types: Types, results: Types) -> Callable[..., Any]:
    """A view of the tensor: no element is copied."""
    n, shape = len(attrs["sizes"]), results[0].shape

    def run(x: Any) -> Any:
        steps = x.stride()
        lead, last = steps[: x.ndim - n], steps[x.ndim - n :]
        inside = [d * step for d, step in zip(attrs["dilations"], last, strict=True)]
        between = [s * step for s, step in zip(attrs["strides"], last, strict=True)]
        return x.as_strided(shape, (*lead, *inside, *between), x.storage_offset())

    return run


def take(backend: Any, attrs: dict[str, Any], types: Types, results: Types) -> Callable[..., Any]:
    axis, last = attrs["axis"], types[0].shape[attrs["axis"]] - 1
    return lambda x, indices: x.index_select(axis, indices.clamp(0, max(last, 0)))


def sum_of_products(a: Any, b: Any) -> Any:
    """`matmul`, of all products at once."""
    rows = a.unsqueeze(0) if a.ndim == 1 else a
    columns = b.unsqueeze(1) if b.ndim == 1 else b
    products = rows.unsqueeze(-1) * columns.unsqueeze(-3)
    answer = products.sum(-2, dtype=products.dtype)
    answer = answer.squeeze(-2) if a.ndim == 1 else answer
    return answer.squeeze(-1) if b.ndim == 1 else answer


def scatter(
    backend: Any, attrs: dict[str, Any], types: Types, results: Types
) -> Callable[..., Any]:
    axis, mode, n = attrs["axis"], attrs["mode"], types[0].shape[attrs["axis"]]
    reduce = {"multiply": "prod", "min": "amin", "max": "amax"}.get(mode)

    def run(x: Any, indices: Any, updates: Any) -> Any:
        indices = indices.to(backend.torch.int64)
        inside = (indices >= 0) & (indices < n)
        if not bool(inside.all()):
            kept = inside.nonzero()[:, 0]
            indices, updates = indices[kept], updates.index_select(axis, kept)
        if mode == "add":
            return x.index_add(axis, indices, updates)
        if mode == "set":
            if x.device.type != "cpu":  # there, updates of one element come in no order
                indices, updates = last_ones(backend.torch, axis, n, indices, updates)
            out = x.clone()
            out[(slice(None),) * axis + (indices,)] = updates
            return out
        if x.is_complex() and x.device.type != "cpu":  # of which only the CPU makes products
            on_cpu = (each.cpu() for each in (indices, updates))
            return x.cpu().index_reduce(axis, *on_cpu, reduce).to(x.device)
        return x.index_reduce(axis, indices, updates, reduce)

    return run


def last_ones(torch: Any, axis: int, n: int, indices: Any, updates: Any) -> tuple[Any, Any]:
    """The last of the updates of each element, along an axis of n."""
    order = torch.arange(len(indices), device=indices.device)
    none = torch.full((n,), -1, dtype=order.dtype, device=order.device)
    last = none.scatter_reduce(0, indices, order, "amax")
    kept = (last[indices] == order).nonzero()[:, 0]
    return indices[kept], updates.index_select(axis, kept)


def threefry_2x32(backend: Any, attrs: Any, types: Types, results: Types) -> Callable[..., Any]:
    """A speed-up of the decomposition: its rounds on the same bits as int32, which need no detour
    through int64. Sums and left shifts wrap; a mask removes the sign bits of a right shift.
    """
    torch = backend.torch

    def rotate_left(x: Any, distance: int) -> Any:
        return (x << distance) | ((x >> (32 - distance)) & ((1 << distance) - 1))

    def run(*words: Any) -> Any:
        k0, k1, x0, x1 = (x.view(torch.int32) for x in words)
        x0, x1 = threefry_rounds(k0, k1, x0, x1, rotate_left)
        return x0.view(torch.uint32), x1.view(torch.uint32)

    return run


def pad(backend: Any, attrs: dict[str, Any], types: Types, results: Types) -> Callable[..., Any]:
    shape = results[0].shape
    parts = zip(types[0].shape, attrs["low"], attrs["interior"], strict=True)
    index = tuple(slice(a, a + max(n - 1, 0) * (i + 1) + min(n, 1), i + 1) for n, a, i in parts)

    def run(x: Any) -> Any:
        out = x.new_zeros(shape)
        out[index] = x
        return out

    return run


_TORCH_SPECIAL = ("erfcx", "gammainc", "gammaincc", "ndtri", "zeta")


def searchsorted(
    backend: Any, attrs: dict[str, Any], types: Types, results: Types
) -> Callable[..., Any]:
    """torch's order of NaNs is none: they are left out of the vector, and sought at its end."""
    torch, right, n = backend.torch, attrs["side"] == "right", types[0].size
    if not types[0].dtype.is_floating:
        return lambda x1, x2: torch.searchsorted(x1.contiguous(), x2.contiguous(), right=right)

    def run(x1: Any, x2: Any) -> Any:
        numbers = n - int(torch.isnan(x1).sum())
        found = torch.searchsorted(x1[:numbers].contiguous(), x2.contiguous(), right=right)
        return torch.where(torch.isnan(x2), n if right else numbers, found)

    return run


_BESSEL = {  # its own y0 and y1 have ten digits, SciPy's all
    "k0": "modified_bessel_k0",
    "k1": "modified_bessel_k1",
    "k0e": "scaled_modified_bessel_k0",
    "k1e": "scaled_modified_bessel_k1",
}

IMPLEMENTATIONS: dict[str, Implementation] = {
    "sigmoid": "sigmoid",
    "erf": "erf",
    "erfc": "erfc",
    "erfinv": "erfinv",
    "lgamma": "lgamma",
    "digamma": reflected(lambda backend, attrs, types, results: backend.library.digamma),
    "polygamma": polygamma,
    "floor_divide": floor_divide,
    "pow": pow_,
    "remainder": remainder,
    **{name: f"special.{name}" for name in _TORCH_SPECIAL},
    **{name: f"special.{own}" for name, own in _BESSEL.items()},
    "bessel_i": bessel_i,
    "complex": "complex",
    "cumulative_max": cumulative("cummax", pair=True),
    "cumulative_min": cumulative("cummin", pair=True),
    "cumulative_logsumexp": cumulative("logcumsumexp", pair=False),
    "threefry_2x32": threefry_2x32,
    "astype": astype,
    "bitcast": bitcast,
    "windows": windows,
    "take": take,
    "scatter": scatter,
    "searchsorted": searchsorted,
    "pad": pad,
}
