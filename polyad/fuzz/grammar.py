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

from .functions import FUNCTIONS

ROWS: list[str] = [
    *FUNCTIONS,
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
    "pnp.take_along_axis({0:a}, pnp.argsort({0:a}, axis={axis}, kind='stable'), axis={axis})",
    "{0:a}[{1:i} % {length}]",
    "pnp.sort({0:r}, axis={axis})",
    "pnp.argsort({0:r}, axis={axis}, kind='stable')",
    "pnp.argmax({0:r}, axis={axis})",
    "pnp.searchsorted(pnp.sort(pnp.ravel({0:r})), {1:r})",
    "pnp.interp({0:f}, np.linspace(-2, 2, 5), np.array([0.5, -1.0, 2.0, 0.0, 1.0]))",
    "pnp.nonzero({0:a})[0].shape[0] * {1:n}",
    # more of NumPy
    "pnp.fmax({0:f}, {number})",
    "pnp.ldexp({0:f}, {1:i=} % 5)",
    "pnp.float_power(pnp.abs({0:f}) + 0.5, {1:f~})",
    "pnp.log2(pnp.abs({0:f}) + {small})",
    "pnp.log10(pnp.abs({0:f}) + {small})",
    "pnp.exp2({0:f})",
    "pnp.divmod({0:r}, {whole})[0]",
    "pnp.left_shift({0:i}, 2)",
    "pnp.right_shift({0:i}, 1)",
    "pnp.lcm({0:i} % 7, {1:i~} % 5)",
    "pnp.average({0:x}, axis={axis})",
    "pnp.quantile({0:f}, 0.3, axis={axis})",
    "pnp.percentile({0:f}, [20, 70], axis={axis})",
    "pnp.nanquantile({0:f}, 0.6)",
    "pnp.trapezoid({0:x}, axis={axis})",
    "pnp.gradient({0:f}, axis={axis})",
    "pnp.unwrap({0:f}, axis={axis})",
    "pnp.cov({0:f})",
    "pnp.corrcoef({0:f})",
    "pnp.correlate(pnp.ravel({0:x}), np.array([0.5, -1.0, 0.25]), mode='same')",
    "pnp.polyval(np.array([1.0, -0.5, 0.25]), {0:x})",
    "pnp.histogram({0:f}, bins=4, range=(-2, 2))[0]",
    "pnp.digitize({0:f}, np.array([-1.0, 0.0, 0.5, 2.0]))",
    "pnp.bincount(pnp.ravel({0:i}) % 5, minlength=5)",
    "pnp.isin({0:i}, np.array([0, 2, -1]))",
    "pnp.isclose({0:x}, {1:x~})",
    "pnp.asarray(pnp.allclose({0:x}, {1:x~}))",
    "pnp.asarray(pnp.array_equal({0:a}, {1:a=}))",
    "pnp.full_like({0:a}, 2)",
    "pnp.meshgrid(pnp.ravel({0:a}), pnp.ravel({1:a}), indexing='ij')[0]",
    "pnp.block([[{0:a}], [{1:a=}]])",
    "pnp.vstack([{0:a}, {1:a=}])",
    "pnp.hstack([{0:a}, {1:a=}])",
    "pnp.dstack([{0:a}, {1:a=}])",
    "pnp.column_stack([{0:a}, {1:a=}])",
    "pnp.append({0:a}, {1:a})",
    "pnp.insert(pnp.ravel({0:n}), 0, 3)",
    "pnp.delete({0:a}, 0, axis={axis})",
    "pnp.resize({0:a}, {shape})",
    "pnp.fliplr({0:a})",
    "pnp.flipud({0:a})",
    "pnp.triu({0:a}, {whole})",
    "pnp.diag({0:a})",
    "pnp.diagflat(pnp.ravel({0:a})[:5])",
    "pnp.rollaxis({0:a}, {axis})",
    "pnp.array_split({0:a}, 2, axis={axis})[0]",
    "pnp.unstack({0:a}, axis={axis})[0]",
    "pnp.compress([True, False, True], {0:a}, axis={axis})",
    "pnp.extract({0:b}, {1:a=})",
    "pnp.choose(pnp.abs({0:i}) % 2, [{1:n~}, {2:n~}])",
    "pnp.partition(pnp.ravel({0:r}), 0)[:1]",
    "pnp.argmin({0:r}, axis={axis})",
    "pnp.nanargmax({0:f})",
    "pnp.lexsort((pnp.ravel({0:r}),))",
    "pnp.unique(pnp.round({0:r}))",
    "pnp.piecewise({0:f}, [{0:f} < 0, {0:f} >= 0], [lambda t: -t, lambda t: t * t])",
    "pnp.ediff1d({0:x})",
    "pnp.cumulative_sum({0:n}, axis={axis})",
    "pnp.apply_along_axis(lambda r: pnp.sum(r * r), {axis}, {0:x})",
    "pnp.pad({0:n}, 1, mode='reflect')",
    "pnp.pad({0:n}, 1, mode='symmetric')",
    "pnp.pad({0:n}, 2, constant_values={number})",
    "pnp.linspace({0:x}, {1:x~}, 3)",
    "pnp.arange(3.0) * {0:n}",
    "pnp.float16({0:f})",
    "pnp.astype({0:a}, pnp.bfloat16)",
    "{0:a}.T",
    "{0:x}.sum({axis}).real",
    "{0:a}[{0:a} == {0:a}]",
    "{0:a}[{1:b}]",
    "-{0:n}",
    "abs({0:n})",
    "{0:i} << 1",
    "~{0:b}",
    "{0:i} & {1:i~}",
    "divmod({0:f}, 1.5)[0]",
    "pnp.round({0:x}, 1)",
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
    "pnp.linalg.slogdet({0:x} @ pnp.swapaxes({0:x}, -1, -2) + 2 * pnp.eye({0:x}.shape[-2]))[1]",
    "pnp.linalg.pinv({0:f})",
    "pnp.linalg.qr({0:x} + 3 * pnp.eye(*{0:x}.shape[-2:]))[1]",
    "(lambda q, r: q @ r)(*pnp.linalg.qr({0:x} + 3 * pnp.eye(*{0:x}.shape[-2:])))",
    "pnp.linalg.eigh({0:f} @ pnp.swapaxes({0:f}, -1, -2) + pnp.diag(pnp.arange(1., 1 + "
    "{0:f}.shape[-2])))[0]",
    "pnp.linalg.lstsq({0:f}, {0:f}[..., 0], rcond=None)[0]",
    "pnp.linalg.expm(0.2 * {0:x} @ pnp.swapaxes({0:x}, -1, -2))",
    "pnp.linalg.multi_dot([{0:n}, pnp.swapaxes({0:n}, -1, -2), {0:n}])",
    "pnp.linalg.matrix_norm({0:x})",
    "pnp.linalg.vector_norm({0:x}, axis={axis})",
    "pnp.linalg.norm({0:f}, 1, axis={axis})",
    "pnp.linalg.cond({0:f} @ pnp.swapaxes({0:f}, -1, -2) + 2 * pnp.eye({0:f}.shape[-2]))",
    "pnp.linalg.solve_triangular(pnp.tril({0:f} @ pnp.swapaxes({0:f}, -1, -2))"
    " + 3 * pnp.eye({0:f}.shape[-2]), {0:f}, lower=True)",
    "polyad.scipy.linalg.toeplitz(pnp.ravel({0:x})[:4])",
    "polyad.scipy.linalg.block_diag({0:x}, {1:x})",
    "polyad.scipy.linalg.sqrtm({0:f} @ pnp.swapaxes({0:f}, -1, -2) + 2 * pnp.eye({0:f}.shape[-2]))",
    "pnp.inner({0:n}, {1:n=})",
    "pnp.vdot({0:n}, {1:n=})",
    "pnp.matvec({0:n}, {0:n}[..., 0, :])",
    "pnp.einsum('ij,ij->j', {0:n}, {1:n=})",
    "pnp.einsum('ii', {0:n} @ pnp.swapaxes({0:n}, -1, -2))",
    # complex numbers
    "{0:f} + 1j * {1:f~}",
    "pnp.abs({0:c})",
    "pnp.angle({0:c} + 3)",
    "pnp.real({0:c})",
    "pnp.fft.fft({0:x}, axis={axis})",
    "pnp.fft.rfft({0:f}, axis={axis})",
    "pnp.fft.ifft({0:x}, axis={axis})",
    "pnp.fft.irfft({0:x}, axis={axis})",
    "pnp.fft.fft2({0:x})",
    "pnp.fft.fftshift({0:a})",
    "pnp.fft.hfft({0:x}, axis={axis})",
    "pnp.sqrt({0:c})",
    "pnp.log({0:c} + 3)",
    "pnp.exp({0:c}) ** 2",
    "lax.complex({0:f}, {1:f=})",
    # lax
    "lax.stop_gradient({0:a})",
    "lax.dynamic_slice_in_dim({0:a}, {whole}, 1, {axis})",
    "lax.dynamic_update_slice_in_dim({0:x}, 0 * {0:x}[:1], {whole}, 0)",
    "lax.associative_scan(pnp.add, {0:n})",
    "lax.cumlogsumexp({0:f}, axis={axis})",
    "lax.top_k({0:r}, 1)[0]",
    "lax.rsqrt(pnp.abs({0:f}) + {small})",
    "lax.integer_pow({0:x}, {whole})",
    "lax.clamp(-{small}, {0:f}, 2.0)",
    "lax.cummax({0:r}, axis=0)",
    "lax.cumsum({0:n}, axis=0, reverse=True)",
    "lax.reduce({0:f}, 0.0, lax.add, [0])",
    "lax.reduce_window({0:f}, 0.0, lax.add, (2,) * {0.ndim}, (1,) * {0.ndim}, 'SAME')",
    "lax.reduce_window({0:f}, -float('inf'), lax.max, (2,) * {0.ndim}, (1,) * {0.ndim}, 'SAME')",
    "lax.dynamic_index_in_dim({0:a}, pnp.sum({1:i}) % 3, {axis}, keepdims=False)",
    "lax.dynamic_slice({0:a}, (0,) * {0.ndim}, (1,) * {0.ndim})",
    "lax.rev({0:a}, (0,))",
    "lax.expand_dims({0:a}, (0,))",
    "lax.select({0:f} > 0, {0:f}, 2 * {0:f})",
    "lax.dot_general({0:n}, {1:n=}, ((({0.ndim} - 1,), ({0.ndim} - 1,)), ((), ())))",
    "lax.conv_general_dilated(pnp.reshape({0:f}, (1, 1, -1)), np.ones((1, 1, 2)), (1,), 'SAME')",
    "lax.population_count({0:i})",
    "lax.nextafter({0:f}, {1:f=})",
    "lax.associative_scan(pnp.maximum, {0:r}, reverse=True)",
    "lax.associative_scan(lambda a, b: a * b, {0:x})",
    "lax.segment_sum({0:f}, pnp.arange(len({0:f})) % 2, 2)",
    "lax.sort_key_val({0:r}, {1:r=})[1]",
    "polyad.numpy.at({0:x})[{index}].add({number})",
    "polyad.random.normal(polyad.random.key({whole}), {0:a}.shape) * {1:n}",
    "polyad.random.uniform(polyad.random.key(pnp.sum({0:i}) % 5), (2, 3))",
    "polyad.random.gamma(polyad.random.key({whole}), 0.5 + pnp.abs({0:f}))",
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
]

OVERLAPPING = [
    "{t} = pnp.zeros_like({0:f})\n{t}[...] = {0:f}\n{t}[{slices}] += {t}[{slices}]",
    "{t} = pnp.array({0:x})\n{t}v = {t}[::-1]\n{t}v += {t}",
    "{t} = pnp.array({0:x})\n{t}v = {t}[1:]\n{t}v[...] = {t}[:-1]",
]
"""Writes that read what they write: all at once, as NumPy and polyad have it. PyTorch's operators
on plain tensors do it element by element, or refuse it.
"""
WRITES += [
    *OVERLAPPING,
    "{t} = pnp.array({0:x})\n{t}v = {t}.T\n{t}[{slices}] *= 2\n{t} = {t}v + 0 * {t}.T",
    "{t} = pnp.array({0:x})\npnp.add({t}, {number}, out={t})",
    "{t} = pnp.array({0:x})\n{t}[{1:b}] = {number}",
    "{t} = pnp.array({0:f})\n{t}[pnp.argsort({t}, axis=0, kind='stable')[0]] += 1.5",
    "{t} = pnp.array({0:x})\npnp.put_along_axis({t}, pnp.zeros((1,) * {0.ndim}, int), 2, axis=0)",
    "{t} = pnp.array({0:x})\npnp.fill_diagonal({t}, {number})",
    "{t} = pnp.array({0:f})\nfor i in range(len({t})):\n    {t}[i] = {t}[i - 1] * 0.5 + {t}[i]",
    "{t} = pnp.zeros((3, 2))\n{t}v = pnp.reshape({t}, (2, 3))\n{t}v[0] = pnp.sum({0:f})\n"
    "{t}[:, 1] += 1",
]

KINDS = {"f": "f", "c": "c", "x": "fc", "i": "iu", "b": "b", "r": "fiu", "n": "fciu", "a": "fciub"}


def fits(value: Any, kind: str) -> bool:
    """Whether a value is of a kind."""
    return kind_of(value) in KINDS[kind]


def kind_of(value: Any) -> str:
    """NumPy's letter for the kind of dtype; bfloat16 is floating."""
    dtype = value.dtype
    return "f" if dtype.name == "bfloat16" else str(dtype.kind)


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
