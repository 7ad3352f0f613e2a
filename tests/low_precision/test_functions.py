"""Public functions of several ops in 16 bits: rounded once, as an op is."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import errors, nn, special
from polyad.numpy._storage import computed_wide

from .laws import HALVES, check_rounded, wide

OPERANDS = [np.linspace(0.1, 0.9, 9).reshape(3, 3), np.linspace(0.8, 0.2, 9).reshape(3, 3)]
# fmt: off
UNARY = {
    special: (
        "airy", "bei", "ber", "cosm1", "entr", "erfcinv", "exp10", "exprel", "factorial", "fresnel",
        "gammasgn", "kei", "ker", "log_expit", "logit", "logsumexp", "rgamma", "sici", "sinc",
        "softmax", "zetac",
    ),
    nn: (
        "celu", "elu", "gelu", "hard_silu", "leaky_relu", "log_sigmoid", "log_softmax", "mish",
        "selu", "silu", "softmax", "softplus", "softsign", "sparse_plus", "squareplus",
        "standardize", "l2_loss", "logmeanexp",
    ),
    pnp: (
        "mean", "var", "std", "nanmean", "nanstd", "median", "average", "cov", "corrcoef", "sinc",
    ),
    pnp.linalg: ("norm", "matrix_norm", "cond", "pinv"),
}
BINARY = {
    special: (
        "agm", "beta", "betaln", "binom", "boxcox", "chdtr", "eval_chebyc", "huber", "inv_boxcox",
        "kl_div", "pdtr", "poch", "pseudo_huber", "rel_entr",
    ),
    nn: ("sigmoid_binary_cross_entropy", "l2_loss"),
}
# fmt: on


def calls() -> list[Any]:
    listed = [(m, n, 1) for m, names in UNARY.items() for n in names]
    listed += [(m, n, 2) for m, names in BINARY.items() for n in names]
    return [pytest.param(*c, id=f"{c[0].__name__}.{c[1]}-{c[2]}") for c in listed]


@pytest.mark.share(4)
@pytest.mark.parametrize("dtype", HALVES)
@pytest.mark.parametrize("module, name, count", calls())
def test_it_is_rounded_once(module: ModuleType, name: str, count: int, dtype: str):
    f = getattr(module, name)
    arrays = [x.astype(HALVES[dtype]) for x in OPERANDS[:count]]
    exact = polyad.tree.leaves(f(*wide(arrays)))
    for run in (f, polyad.jit(f, backend="numpy")):
        found = polyad.tree.leaves(run(*arrays))
        assert len(found) == len(exact)
        for x, y in zip(found, exact, strict=True):
            check_rounded(x, y, dtype, tolerance=10)


def test_beside_wider_arrays_nothing_is_rounded():
    half, single = np.ones(2, np.float16) * 3, np.ones(2, np.float32)
    bfloat = half.astype(HALVES["bfloat16"])
    for f in (special.beta, polyad.jit(special.beta)):
        assert f(half, single).dtype == f(half, bfloat).dtype == np.float32
        assert f(half, single.astype(float)).dtype == np.float64
        np.testing.assert_allclose(f(half, single), 1 / 3, rtol=1e-6)


@pytest.mark.parametrize("dtype", HALVES)
def test_a_dtype_that_is_given(dtype: str):
    x = np.linspace(0, 1, 5).astype(HALVES[dtype])
    for given in (dtype, HALVES[dtype], HALVES[dtype].type, getattr(pnp, dtype)):
        for f in (pnp.mean, pnp.var, pnp.nanstd):
            assert f(x, dtype=given).dtype == HALVES[dtype]
            assert f(x.astype(np.float32), dtype=given).dtype == HALVES[dtype]
    assert pnp.mean(x, dtype=np.float64).dtype == np.float64


def test_arguments_in_lists_and_by_name():
    seen = []

    @computed_wide
    def f(parts: Any, scale: Any = 1.0) -> Any:
        seen.append([x.dtype for x in parts] + [getattr(scale, "dtype", None)])
        return parts[0] * scale, None, "text"

    half = np.ones(2, np.float16)
    found, nothing, text = f([half, half], scale=half)
    assert seen == [[np.float32] * 3] and found.dtype == np.float16
    assert nothing is None and text == "text"
    f([half.astype(np.float64)] * 2)
    assert seen[1] == [np.float64, np.float64, None]


@pytest.mark.parametrize("dtype", HALVES)
def test_taylor_coefficients(dtype: str):
    x = np.asarray(0.5).astype(HALVES[dtype])
    one = np.ones_like(x)
    f = lambda x: pnp.exp(x) * x
    _, series = polyad.experimental.jet.jet(f, (x,), ((one, one * 0, one * 0),))
    for k, c in enumerate(series, 1):
        assert c.dtype == HALVES[dtype]
        np.testing.assert_allclose(float(c), np.exp(0.5) * (0.5 + k), rtol=3e-2)


@pytest.mark.parametrize("dtype", HALVES)
def test_derivatives_are_checked_in_16_bits(dtype: str):
    x = np.array([0.5, 1.25]).astype(HALVES[dtype])
    for f in (pnp.exp, lambda x: pnp.sum(pnp.sin(x) * x)):
        polyad.test_util.check_grads(f, (x,), 2 if dtype == "float16" else 1)
    wrong = polyad.custom_jvp(pnp.sin)
    wrong.defjvp(lambda primals, tangents: (wrong(*primals), -5.0 * tangents[0]))
    with pytest.raises(AssertionError, match="by finite differences"):
        polyad.test_util.check_grads(wrong, (x,), 1)
    with pytest.raises(errors.PolyadTypeError, match=f"differences of {dtype} tell nothing"):
        polyad.test_util.check_derivatives(pnp.sin, (x,))
