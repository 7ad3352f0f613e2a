"""Convolutions against their definition, a sum written as loops; and errors."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import lax
from polyad.errors import PolyadTypeError, PolyadValueError, ShapeError

RNG = np.random.default_rng(0)
CASES: dict[str, dict[str, Any]] = {
    "plain": {"padding": "VALID"},
    "same": {"padding": "SAME"},
    "same lower": {"padding": "SAME_LOWER", "window_strides": (2, 3)},
    "strides": {"padding": "SAME", "window_strides": (2, 3)},
    "dilated": {"padding": "VALID", "rhs_dilation": (2, 1)},
    "spread": {"padding": [(1, 2), (0, 1)], "lhs_dilation": (2, 3), "window_strides": (1, 2)},
    "cut off": {"padding": [(-1, 2), (3, -2)]},
    "feature groups": {"padding": "SAME", "feature_group_count": 2},
    "depthwise": {"padding": "SAME", "feature_group_count": 4},
    "batch groups": {"padding": "VALID", "batch_group_count": 2},
}


def by_loops(x: Any, k: Any, options: dict[str, Any]) -> Any:
    """The definition, for (batch, features, height, width) and two axes of space."""
    given = {"window_strides": (1, 1), "lhs_dilation": (1, 1), "rhs_dilation": (1, 1), **options}
    strides, spread, apart = (given[n] for n in ("window_strides", "lhs_dilation", "rhs_dilation"))
    (n, c, *space), (o, i, *sizes) = x.shape, k.shape
    wide = np.zeros((n, c, *((s - 1) * d + 1 for s, d in zip(space, spread, strict=True))))
    wide[:, :, :: spread[0], :: spread[1]] = x
    spans = [(s - 1) * d + 1 for s, d in zip(sizes, apart, strict=True)]
    ends = given["padding"]
    if isinstance(ends, str):
        ends = lax.padtype_to_pads(wide.shape[2:], spans, strides, ends)
    for axis, (low, high) in enumerate(ends, 2):
        widths = [(max(low, 0), max(high, 0)) if a == axis else (0, 0) for a in range(4)]
        padded = np.pad(wide, widths)
        stop = padded.shape[axis] + min(high, 0)
        wide = np.take(padded, range(max(-low, 0), stop), axis)
    places = [(m - p) // s + 1 for m, p, s in zip(wide.shape[2:], spans, strides, strict=True)]
    groups, batches = given.get("feature_group_count", 1), given.get("batch_group_count", 1)
    out = np.zeros((n // batches, o, *places))
    for b, f, p, q in itertools.product(*map(range, out.shape)):
        group = f * max(groups, batches) // o
        row = b if batches == 1 else group * out.shape[0] + b
        first = group * i if groups > 1 else 0
        for u, v in itertools.product(*map(range, sizes)):
            at = (p * strides[0] + u * apart[0], q * strides[1] + v * apart[1])
            out[b, f, p, q] += wide[row, first : first + i, *at] @ k[f, :, u, v]
    return out


def operands(options: dict[str, Any]) -> tuple[Any, Any]:
    features = 4 // options.get("feature_group_count", 1)
    return RNG.normal(size=(4, 4, 5, 6)), RNG.normal(size=(4, features, 3, 2))


@pytest.mark.parametrize("wrap", [lambda f: f, polyad.jit], ids=["eager", "jit"])
@pytest.mark.parametrize("name", CASES)
def test_convolution_is_its_definition(name: str, wrap: Any):
    options = {"window_strides": (1, 1), **CASES[name]}
    x, k = operands(options)
    f = wrap(lambda x, k: lax.conv_general_dilated(x, k, **options))
    np.testing.assert_allclose(f(x, k), by_loops(x, k, options), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", CASES)
def test_its_derivatives_are_those_of_a_bilinear_function(name: str):
    """⟨ct, f(x, k)⟩ is linear in each, so it is ⟨∂x, x⟩ and ⟨∂k, k⟩; the mixed second one, too."""
    options = {"window_strides": (1, 1), **CASES[name]}
    x, k = operands(options)
    f = lambda x, k: lax.conv_general_dilated(x, k, **options)
    y, pull = polyad.vjp(f, x, k)
    ct = RNG.normal(size=y.shape)
    by_x, by_k = pull(ct)
    value = np.sum(ct * y)
    np.testing.assert_allclose([np.sum(by_x * x), np.sum(by_k * k)], value, rtol=1e-11)
    mixed = polyad.jvp(lambda k: polyad.vjp(f, x, k)[1](ct)[0], (k,), (k,))[1]
    np.testing.assert_allclose(mixed, by_x, rtol=1e-11, atol=1e-12)
    compiled = polyad.jit(lambda x, k, ct: polyad.vjp(f, x, k)[1](ct))(x, k, ct)
    for found, wanted in zip(compiled, (by_x, by_k), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-11, atol=1e-12)


def test_axes_in_any_order():
    x, k = RNG.normal(size=(2, 5, 6, 3)), RNG.normal(size=(3, 2, 3, 4))
    found = lax.conv_general_dilated(
        x, k, (1, 2), "SAME", dimension_numbers=("NHWC", "HWIO", "CNWH")
    )
    plain = lax.conv(x.transpose(0, 3, 1, 2), k.transpose(3, 2, 0, 1), (1, 2), "SAME")
    np.testing.assert_allclose(found, plain.transpose(1, 0, 3, 2), rtol=1e-13)


@pytest.mark.parametrize("space", [0, 1, 3])
def test_any_number_of_axes_of_space(space: int):
    x, k = RNG.normal(size=(2, 3, *(4,) * space)), RNG.normal(size=(5, 3, *(4,) * space))
    found = lax.conv(x, k, (1,) * space, "VALID")
    np.testing.assert_allclose(
        found.reshape(2, 5), x.reshape(2, -1) @ k.reshape(5, -1).T, rtol=1e-12
    )


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize("stride", [1, 2, 4])
def test_a_transposed_convolution_is_the_transpose(stride: int, padding: str):
    k = RNG.normal(size=(3, 4, 5))  # in space, of the convolution's input, of its output
    axes = ("NHC", "HIO", "NHC")
    sizes = {"SAME": 5 * stride, "VALID": 4 * stride + max(3, stride)}
    f = lambda x: lax.conv_general_dilated(x, k, (stride,), padding, dimension_numbers=axes)
    x = RNG.normal(size=(2, sizes[padding], 4))
    y = RNG.normal(size=f(x).shape)
    found = lax.conv_transpose(y, k, (stride,), padding, transpose_kernel=True)
    np.testing.assert_allclose(found, polyad.vjp(f, x)[1](y)[0], rtol=1e-11, atol=1e-12)


def test_patches_times_the_kernel_are_the_convolution():
    x, k = RNG.normal(size=(2, 3, 6, 7)), RNG.normal(size=(4, 3, 2, 3))
    patches = lax.conv_general_dilated_patches(x, (2, 3), (1, 2), "SAME")
    found = np.einsum("ncij,oc->noij", patches, k.reshape(4, -1))
    np.testing.assert_allclose(found, lax.conv(x, k, (1, 2), "SAME"), rtol=1e-12)


def test_under_vmap_kernels_may_be_batched():
    x, k = RNG.normal(size=(3, 2, 2, 5)), RNG.normal(size=(3, 4, 2, 3))
    f = lambda x, k: lax.conv(x, k, (1,), "SAME")
    np.testing.assert_allclose(
        polyad.vmap(f)(x, k), [f(a, b) for a, b in zip(x, k, strict=True)], rtol=1e-12
    )
    np.testing.assert_allclose(polyad.vmap(f, (None, 0))(x[0], k), [f(x[0], b) for b in k])


def test_a_compiled_convolution_has_no_host_calls():
    x, k = RNG.normal(size=(2, 3, 8, 8)), RNG.normal(size=(4, 3, 3, 3))
    loss = lambda x, k: pnp.sum(lax.conv(x, k, (2, 2), "SAME") ** 2)
    lowered = polyad.jit(polyad.grad(loss, argnums=(0, 1))).lower(x, k)
    assert "no host calls" in str(lowered.explain())


def test_errors_of_convolutions():
    x, k = np.ones((2, 3, 8)), np.ones((4, 3, 2))
    with pytest.raises(ShapeError, match="has 3 features, and the kernel takes 2") as error:
        lax.conv(x, np.ones((4, 2, 2)), (1,), "SAME")
    assert "test_convolution.py" in str(error.value)
    with pytest.raises(PolyadValueError, match=r"window_strides has 1 positive integers.*\(1, 1\)"):
        lax.conv(x, k, (1, 1), "SAME")
    with pytest.raises(PolyadValueError, match=r"padding is 'SAME'.*not 'FULL'"):
        lax.conv(x, k, (1,), "FULL")
    with pytest.raises(PolyadValueError, match="a pair"):
        lax.conv_with_general_padding(x, k, (1,), [(1, 1), (1, 1)], None, None)
    with pytest.raises(ShapeError, match="of one rank"):
        lax.conv(x, np.ones((4, 3)), (1,), "SAME")
    with pytest.raises(PolyadValueError, match="'NHC' should have the letters NCW"):
        lax.conv_general_dilated(x, k, (1,), "SAME", dimension_numbers=("NHC", "WIO", "NWC"))
    with pytest.raises(PolyadTypeError, match="three strings"):
        lax.conv_general_dilated(x, k, (1,), "SAME", dimension_numbers="NHWC")
    with pytest.raises(ShapeError, match=r"4 output features .* into 3 groups"):
        lax.conv_general_dilated(x, np.ones((4, 1, 2)), (1,), "SAME", feature_group_count=3)
    with pytest.raises(PolyadValueError, match="one of them is 1, not 2 and 2"):
        lax.conv_general_dilated(x, k, (1,), "SAME", None, None, None, 2, 2)
    with pytest.raises(PolyadValueError, match="conv_transpose: padding"):
        lax.conv_transpose(np.ones((1, 4, 2)), np.ones((2, 2, 2)), (1,), "SAME_LOWER")


def test_kernels_of_each_window_that_are_alike_are_one_kernel():
    """A local convolution by copies of a kernel is the convolution."""
    x, kernel = RNG.standard_normal((2, 3, 7, 6)), RNG.standard_normal((4, 3, 2, 3))
    expected = lax.conv_general_dilated(x, kernel, (1, 2), "SAME", rhs_dilation=(2, 1))
    flat = kernel.reshape(4, -1, 1, 1)
    local = np.broadcast_to(flat, (*flat.shape[:2], *expected.shape[2:]))
    f = lambda x, k: lax.conv_general_dilated_local(
        x, k, (1, 2), "SAME", (2, 3), rhs_dilation=(2, 1)
    )
    np.testing.assert_allclose(f(x, local), expected, rtol=1e-12)
    specs = ("NHWC", "HWIO", "NHWC")
    turned = lax.conv_general_dilated_local(
        x.transpose(0, 2, 3, 1), local.transpose(2, 3, 1, 0), (1, 2), "SAME", (2, 3),
        rhs_dilation=(2, 1), dimension_numbers=specs,
    )  # fmt: skip
    np.testing.assert_allclose(turned, expected.transpose(0, 2, 3, 1), rtol=1e-12)
    with pytest.raises(ShapeError, match="the windows are of shape"):
        f(x, local[:, :, 1:])


@pytest.mark.parametrize("padding", [[(0, 0)], [(1, 0)], [(1, 2)]])
def test_consistent_padding_is_that_of_the_convolution_it_transposes(
    padding: list[tuple[int, int]],
):
    """<y, C x> = <Cᵀ y, x> for the convolution C of that padding."""
    x, kernel = RNG.standard_normal((1, 9, 2)), RNG.standard_normal((3, 4, 2))
    # a size for which no input is left over at the end
    size = 9 - (9 + sum(padding[0]) - 3) % 2
    x = x[:, :size]
    specs = ("NHC", "HOI", "NHC")
    straight = lambda x: lax.conv_general_dilated(x, kernel, (2,), padding, dimension_numbers=specs)
    y = RNG.standard_normal(straight(x).shape)
    back = lax.conv_transpose(
        y, kernel, (2,), padding, dimension_numbers=("NHC", "HOI", "NHC"), transpose_kernel=True,
        use_consistent_padding=True,
    )  # fmt: skip
    expected = polyad.linear_transpose(straight, x)(y)[0]
    np.testing.assert_allclose(back, expected, rtol=1e-12)
