"""A function of the IR, called: its ops one by one, on the arrays' own backend."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import polyad
import polyad.numpy as pnp
from polyad import errors
from polyad.ir import parse

F = parse("""function @f(%x: f64[3], %s: f64[]) -> (f64[3], f64[]) {
  %2 = sin %x : f64[3]
  %3 = sum %2 {axes = (0,)} : f64[]
  %4 = multiply %3, %s : f64[]
  return %2, %4
}""")
X = np.array([0.0, 0.5, 1.0])


def test_a_call_gives_the_results_on_the_arrays_backend() -> None:
    sines, total = F(X, 2.0)
    np.testing.assert_allclose(sines, np.sin(X))
    np.testing.assert_allclose(total, 2 * np.sin(X).sum())
    tensors = F(torch.tensor(X), 2.0)
    assert all(isinstance(t, torch.Tensor) for t in tensors)
    np.testing.assert_allclose(tensors[0].numpy(), np.sin(X))


def test_a_call_is_traced_like_any_other() -> None:
    slope = polyad.grad(lambda x: F(x, 3.0)[1])(X)
    np.testing.assert_allclose(slope, 3 * np.cos(X))
    np.testing.assert_allclose(polyad.jit(lambda x: F(x, 3.0)[1])(X), 3 * np.sin(X).sum())


def test_every_stage_before_the_kernels_evaluates_to_the_same() -> None:
    def f(x):
        return pnp.sum(pnp.tanh(x) @ pnp.tanh(x))

    lowered = polyad.jit(polyad.value_and_grad(f)).lower(X)
    for got, wanted in zip(lowered.ir(X), lowered.compile()(X), strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-12)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((X,), "@f takes 2 arrays, not 1"),
        ((X[:2], 1.0), r"@f takes f64\[3\] for x, and not f64\[2\]"),
        ((X.astype("f4"), 1.0), r"@f takes f64\[3\] for x, and not f32\[3\]"),
        ((X, X), r"@f takes f64\[\] for s, and not f64\[3\]"),
        (("x", 1.0), "@f"),
    ],
)
def test_arguments_of_other_types_are_refused(arguments, said) -> None:
    with pytest.raises(errors.PolyadTypeError, match=said) as found:
        F(*arguments)
    assert __file__ in str(found.value)


def test_a_stage_of_kernels_is_refused() -> None:
    kernels = parse(polyad.jit(pnp.sin).lower(X).stages()["kernel"])
    with pytest.raises(errors.PolyadTypeError, match=r"kernel.generic, which is no op on arrays"):
        kernels(X)
