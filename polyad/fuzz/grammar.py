"""The rows of the grammar: templates of one line each.

`{0:f}` is the first operand, a value of kind f: f floating, c complex, x either, i integer, b
boolean, r real (f or i), n any number, a any. `{1:f~}` broadcasts with the first, `{1:f=}` has its
shape. `{name}` is a part that `parts.PARTS` draws for the first operand. Operands of functions with
a bounded domain are led into it.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

UNARY = {
    "x": "sin cos tanh exp arctan sinh cosh square negative positive expm1",
    "f": "arcsinh cbrt exp2 floor ceil trunc rint fabs sinc deg2rad i0",
    "n": "abs sign conj real imag square negative",
    "b": "logical_not",
    "a": "isfinite isnan isinf array ravel transpose flip atleast_2d",
}
BINARY = {
    "f": "arctan2 hypot maximum minimum copysign logaddexp fmax fmin",
    "n": "add subtract multiply",
    "x": "divide",
    "r": "less less_equal greater maximum minimum",
    "a": "equal not_equal logical_and logical_or",
    "i": "bitwise_and bitwise_or bitwise_xor",
}
REDUCTIONS = {
    "x": "mean std var prod nansum",
    "n": "sum prod",
    "r": "max min ptp",
    "f": "nanmean nanmax median",
    "a": "any all count_nonzero",
}
CUMULATIVE = {"n": "cumsum cumprod"}
SPECIAL = [
    "erf",
    "erfc",
    "gammaln",
    "digamma",
    "expit",
    "log_ndtr",
    "ndtr",
    "entr",
    "i0e",
    "i1e",
    "j0",
    "logsumexp",
]
NETWORKS = [
    "relu",
    "sigmoid",
    "softplus",
    "silu",
    "gelu",
    "elu",
    "selu",
    "softmax",
    "log_softmax",
    "mish",
]

ROWS: list[str] = [
    *(f"pnp.{name}({{0:{kind}}})" for kind, names in UNARY.items() for name in names.split()),
    *(
        f"pnp.{name}({{0:{kind}}}, {{1:{kind}~}})"
        for kind, names in BINARY.items()
        for name in names.split()
    ),
    *(
        f"pnp.{name}({{0:{kind}}}, axis={{axes}}, keepdims={{flag}})"
        for kind, names in REDUCTIONS.items()
        for name in names.split()
    ),
    *(
        f"pnp.{name}({{0:{kind}}}, axis={{axis}})"
        for kind, names in CUMULATIVE.items()
        for name in names.split()
    ),
    *(f"polyad.special.{name}({{0:f}})" for name in SPECIAL),
    "polyad.special.entr(pnp.abs({0:f}))",
    *(f"polyad.nn.{name}({{0:f}})" for name in NETWORKS),
    # domains
    "pnp.log(pnp.abs({0:f}) + {small})",
    "pnp.sqrt(pnp.abs({0:x}) + {small})",
    "pnp.log1p(pnp.abs({0:f}))",
    "pnp.arcsin(0.9 * pnp.tanh({0:f}))",
    "pnp.arccosh(1.5 + pnp.abs({0:f}))",
    "pnp.arctanh(0.9 * pnp.sin({0:f}))",
    "pnp.tan(0.4 * pnp.sin({0:f}))",
    "(pnp.abs({0:f}) + 0.1) ** {1:f~}",
    "{0:n} ** {power}",
    "{0:f} ** {1:i~}",
    "1 / ({0:x} * {0:x} + 2)",
    # arithmetic with Python's numbers, comparison, choice
    "{0:n} * {number}",
    "{0:n} + {number}",
    "{number} - {0:n}",
    "{number} / (1.5 + pnp.abs({0:f}))",
    "{0:r} > {number}",
    "{0:i} // {whole}",
    "{0:r} % {whole}",
    "pnp.where({0:b}, {1:x~}, {2:x~})",
    "pnp.where({0:r} > {number}, {1:x~}, {number})",
    "pnp.clip({0:r}, -{small}, {number})",
    "pnp.where({0:f} > 0, pnp.log({0:f}), {1:f~})",
    "pnp.nan_to_num({0:x})",
    "pnp.select([{0:r} > 1, {0:r} < -1], [{0:r} * 2, {0:r} - 1], {number})",
    "pnp.astype({0:a}, {dtype})",
    # arrangements
    "pnp.reshape({0:a}, {shape})",
    "pnp.reshape({0:a}, {shape}, order='F')",
    "pnp.transpose({0:a}, {order})",
    "pnp.swapaxes({0:a}, {axis}, {axis})",
    "pnp.moveaxis({0:a}, {axis}, {axis})",
    "pnp.flip({0:a}, {axis})",
    "pnp.roll({0:a}, {whole}, {axis})",
    "pnp.expand_dims({0:a}, {axis})",
    "pnp.broadcast_to({0:a}, {larger})",
    "pnp.concatenate([{0:a}, {1:a=}], axis={axis})",
    "pnp.stack([{0:a}, {1:a=}], axis={axis})",
    "pnp.split({0:a}, [1], axis={axis})[-1]",
    "pnp.tile({0:a}, {whole})",
    "pnp.repeat({0:a}, {whole}, axis={axis})",
    "pnp.pad({0:n}, {whole})",
    "pnp.pad({0:n}, 1, mode='edge')",
    "pnp.pad({0:n}, 1, mode='wrap')",
    "pnp.diff({0:x}, axis={axis})",
    "pnp.tril({0:a})",
    "pnp.diagonal({0:a})",
    "pnp.trace({0:n})",
    "pnp.rot90({0:a})",
    # indexing
    "{0:a}[{index}]",
    "{0:a}[..., None]",
    "{0:a}[::-1]",
    "pnp.take({0:a}, {places}, axis={axis})",
    "pnp.take_along_axis({0:a}, pnp.argsort({0:a}, axis={axis}), axis={axis})",
    "{0:a}[{1:i} % {length}]",
    "pnp.sort({0:r}, axis={axis})",
    "pnp.argsort({0:r}, axis={axis})",
    "pnp.argmax({0:r}, axis={axis})",
    "pnp.searchsorted(pnp.sort(pnp.ravel({0:r})), {1:r})",
    "pnp.interp({0:f}, np.linspace(-2, 2, 5), np.array([0.5, -1.0, 2.0, 0.0, 1.0]))",
    "pnp.nonzero({0:a})[0].shape[0] * {1:n}",
    # products
    "{0:n} @ {1:n@}",
    "pnp.dot(pnp.ravel({0:n}), pnp.ravel({0:n}))",
    "pnp.outer({0:n}, {1:n})",
    "pnp.tensordot({0:n}, {1:n=}, axes={0.ndim})",
    "pnp.einsum('...i,...i->...', {0:n}, {1:n=})",
    "pnp.einsum('...ij,...kj->...ik', {0:x}, {1:x=})",
    "pnp.vecdot({0:n}, {1:n=})",
    "pnp.convolve(pnp.ravel({0:x}), np.array([0.5, -1.0, 0.25]))",
    "pnp.cross({0:x}[..., :3], {1:x=}[..., :3])",
    "pnp.kron({0:n}, {1:n})",
    # matrices
    "pnp.linalg.norm({0:x})",
    "pnp.linalg.norm({0:x}, axis={axis})",
    "pnp.linalg.det({0:x} @ pnp.swapaxes({0:x}, -1, -2) + 2 * pnp.eye({0:x}.shape[-2]))",
    "pnp.linalg.inv({0:x} @ pnp.swapaxes(pnp.conj({0:x}), -1, -2) + 2 * pnp.eye({0:x}.shape[-2]))",
    "pnp.linalg.solve({0:x} @ pnp.swapaxes(pnp.conj({0:x}), -1, -2)"
    " + 2 * pnp.eye({0:x}.shape[-2]), {0:x})",
    "pnp.linalg.cholesky({0:f} @ pnp.swapaxes({0:f}, -1, -2) + 2 * pnp.eye({0:f}.shape[-2]))",
    "pnp.linalg.eigvalsh({0:f} @ pnp.swapaxes({0:f}, -1, -2) + pnp.diag(pnp.arange(1., 1 + "
    "{0:f}.shape[-2])))",
    "pnp.linalg.svdvals({0:f})",
    "pnp.linalg.matrix_power(0.3 * {0:n}, 3)",
    # complex numbers
    "{0:f} + 1j * {1:f~}",
    "pnp.abs({0:c})",
    "pnp.angle({0:c} + 3)",
    "pnp.real({0:c})",
    "pnp.fft.fft({0:x}, axis={axis})",
    "pnp.fft.rfft({0:f}, axis={axis})",
    # lax
    "lax.stop_gradient({0:a})",
    "lax.dynamic_slice_in_dim({0:a}, {whole}, 1, {axis})",
    "lax.dynamic_update_slice_in_dim({0:x}, 0 * {0:x}[:1], {whole}, 0)",
    "lax.associative_scan(pnp.add, {0:n})",
    "lax.cumlogsumexp({0:f}, axis={axis})",
    "lax.top_k({0:r}, 1)[0]",
]

# Written in place; the whole of it is one line of the program.
WRITES: list[str] = [
    "{t} = pnp.array({0:x})\n{t}[{index}] = {number}",
    "{t} = pnp.array({0:x})\n{t}[{index}] *= {number}",
    "{t} = pnp.array({0:x})\n{t}[{slices}] += pnp.sum(pnp.real({1:f}))",
    "{t} = pnp.array({0:x})\n{t} -= {number}\n{t} **= 2",
    "{t} = pnp.array({0:x})\n{t}w = {t}[{slices}]\n{t}w *= {number}",
    "{t} = pnp.array({0:x})\n{t}w = {t}.T\n{t}w[{reversed}] = {number}",
    "{t} = pnp.array({0:x}, order='C')\n{t}w = pnp.reshape({t}, -1)\n{t}w[::2] = {number}",
    "{t} = pnp.array({0:x})\n{t}[pnp.real({t}) > {number}] = 0",
    "{t} = pnp.array({0:x})\n{t}[{slices}] = {t}[{slices}][::-1]",
    "{t} = pnp.zeros_like({0:f})\n{t}[...] = {0:f}\n{t}[{slices}] += {t}[{slices}]",
]

KINDS = {"f": "f", "c": "c", "x": "fc", "i": "iu", "b": "b", "r": "fiu", "n": "fciu", "a": "fciub"}


def fits(value: Any, kind: str) -> bool:
    """Whether a value is of a kind."""
    return value.dtype.kind in KINDS[kind]


def matches(first: Any, other: Any, sign: str) -> bool:
    """Whether a later operand has the shape that its template asks for."""
    if sign == "=":
        return bool(first.shape == other.shape)
    if sign == "@":
        if not first.ndim or not other.ndim:
            return False
        return bool(first.shape[-1] == other.shape[max(other.ndim - 2, 0)])
    if sign == "~":
        try:
            return math.prod(np.broadcast_shapes(first.shape, other.shape)) <= 200
        except ValueError:
            return False
    return True
