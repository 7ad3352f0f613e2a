"""The numbers that the autodiff cookbook prints, and its cells in double precision."""

from __future__ import annotations

import sys
from collections import Counter

import autodiff_cookbook as cookbook
import numpy as np
import pytest
import tutorial

from polyad import random

JACOBIAN = [
    [0.05981757, 0.12883784, 0.08857601],
    [0.04015916, -0.04928625, 0.00684531],
    [0.12188288, 0.01406341, -0.3047072],
    [0.00140426, -0.00472516, 0.00263774],
]
HESSIAN = [
    [
        [0.02285465, 0.0492254, 0.03384246],
        [0.04922541, 0.10602394, 0.07289145],
        [0.03384247, 0.07289146, 0.05011287],
    ],
    [
        [-0.03195215, 0.03921401, -0.00544639],
        [0.03921401, -0.04812629, 0.00668421],
        [-0.00544639, 0.00668421, -0.00092836],
    ],
    [
        [-0.01583708, -0.00182736, 0.03959271],
        [-0.00182736, -0.00021085, 0.00456839],
        [0.03959271, 0.00456839, -0.09898177],
    ],
    [
        [-0.0010352, 0.00348332, -0.0019445],
        [0.00348332, -0.01172091, 0.006543],
        [-0.0019445, 0.006543, -0.00365252],
    ],
]
W_GRAD, B_GRAD, LOSS = [-0.16965583, -0.87746465, -1.4901344], -0.29227245, 3.051939

# Threefry words in the older counter layout.
W_KEY, W_BITS, B_BITS = [3186719485, 3840466878], [1530262840, 49101595, 2167097895], 3450247304
TANGENT_KEY = [2336434339, 995697925]

INPUTS = np.array(
    [[0.52, 1.12, 0.77], [0.88, -1.08, 0.15], [0.52, 0.06, -1.30], [0.74, -2.49, 1.39]]
)
TARGETS = np.array([1.0, 1.0, 0.0, 1.0])

# The sigmoid's derivative is (1 - tanh^2) / 4. Where tanh is near 1 that difference keeps the
# rounding of tanh, an ulp of 2^-24, twice: for tanh = 0.996, as at the last point, 1e-5 of what is
# left. So derivatives may differ by |input| / 4 * 2 * 2^-24 from the true ones, the tutorial's
# likewise. It prints them to 8 decimals.
ROUNDING = 2.0**-24
DECIMALS = 0.5e-8


class Reference:
    """By hand: with s = sigmoid(X W + b), s' = s (1 - s) and s'' = s' (1 - 2s)."""

    def __init__(self, W: np.ndarray, b: np.ndarray) -> None:
        z = INPUTS @ W + b
        self.value = 1 / (1 + np.exp(-z))
        s1 = self.value * (1 / (1 + np.exp(z)))
        s2 = s1 * (1 - 2 * self.value)
        self.loss = np.sum(np.logaddexp(0, np.where(TARGETS == 1, -z, z)))
        self.W_grad = INPUTS.T @ (self.value - TARGETS)
        self.b_grad = np.sum(self.value - TARGETS)
        self.W_jacobian, self.b_jacobian = s1[:, None] * INPUTS, s1
        self.hessian = s2[:, None, None] * INPUTS[:, :, None] * INPUTS[:, None, :]


@pytest.fixture
def reference(exact):
    found = exact(cookbook, cookbook.logistic_regression)
    return Reference(found["W"], found["b"])


# -- Single precision: what the tutorial prints ----------------------------------------------------


def test_gradients_of_tanh_and_of_a_polynomial(printed, near):
    found = printed(cookbook, cookbook.taking_gradients)
    near(found["tanh'(2)"], 0.070650816)
    near(found["tanh''(2)"], -0.13621868)
    near(found["tanh'''(2)"], 0.25265405)
    for order, expected in enumerate((4.0, 10.0, 6.0, 0.0), start=1):
        near(found[f"derivative {order} of f at 1"], expected)


def test_argnums(printed, near):
    found = printed(cookbook, cookbook.logistic_regression)
    for label in ("grad(loss, argnums=0)", "grad(loss)", "grad(loss, (0, 1)), W"):
        near(found[label], W_GRAD)
    for label in ("grad(loss, 1)", "grad(loss, (0, 1)), b"):
        near(found[label], B_GRAD)


def test_containers(printed, near):
    near(printed(cookbook, cookbook.containers)["grad(loss2)"], {"W": W_GRAD, "b": B_GRAD})


def test_value_and_grad(printed, near):
    found = printed(cookbook, cookbook.value_with_gradient)
    near(found["value_and_grad(loss), value"], LOSS)
    near(found["value_and_grad(loss), gradient"], (W_GRAD, B_GRAD))
    near(found["loss"], LOSS)


def test_jacobians_and_hessian(printed, near):
    found = printed(cookbook, cookbook.jacobians)
    allowed = np.abs(INPUTS) * ROUNDING + DECIMALS
    near(found["jacfwd"], JACOBIAN, allowed)
    near(found["jacrev"], JACOBIAN, allowed)
    near(found["jacrev of a dict"]["W"], JACOBIAN, allowed)
    by_b = [0.11503378, 0.04563541, 0.23439017, 0.00189765]
    near(found["jacrev of a dict"]["b"], by_b, ROUNDING + DECIMALS)
    pairs = np.abs(INPUTS[:, :, None] * INPUTS[:, None, :])
    near(found["hessian"], HESSIAN, pairs * ROUNDING + DECIMALS)


def test_jvp(printed, near):
    found = printed(cookbook, cookbook.jacobian_vector_product)
    near(
        found["J v"],
        [-0.23806505, -0.01713004, 0.14640695, -0.0008364],
        np.abs(INPUTS) @ np.abs(found["v"]) * ROUNDING + DECIMALS,
    )


def test_vgrad(printed, near):
    found = printed(cookbook, cookbook.vector_valued_gradient)
    near(found["vgrad(3 x^2) at ones"], [[6.0, 6.0], [6.0, 6.0]])


# -- Double precision: the model by hand -----------------------------------------------------------


def test_exact_gradients_of_tanh_and_of_a_polynomial(exact, same):
    found = exact(cookbook, cookbook.taking_gradients)
    t = np.tanh(2.0)
    same(found["tanh'(2)"], 1 / np.cosh(2.0) ** 2)
    same(found["tanh''(2)"], -2 * t / np.cosh(2.0) ** 2)
    same(found["tanh'''(2)"], (6 * t**2 - 2) / np.cosh(2.0) ** 2)
    for order, expected in enumerate((4.0, 10.0, 6.0, 0.0), start=1):
        same(found[f"derivative {order} of f at 1"], expected)


def test_exact_gradients_of_the_loss(exact, same, reference):
    found = exact(cookbook, cookbook.logistic_regression)
    for label in ("grad(loss, argnums=0)", "grad(loss)", "grad(loss, (0, 1)), W"):
        same(found[label], reference.W_grad)
    for label in ("grad(loss, 1)", "grad(loss, (0, 1)), b"):
        same(found[label], reference.b_grad)
    found = exact(cookbook, cookbook.containers)
    same(found["grad(loss2)"], {"W": reference.W_grad, "b": reference.b_grad})
    found = exact(cookbook, cookbook.value_with_gradient)
    same(found["value_and_grad(loss), value"], reference.loss)
    same(found["value_and_grad(loss), gradient"], (reference.W_grad, reference.b_grad))
    same(found["loss"], reference.loss)


def test_exact_jacobians_and_hessian(exact, same, reference):
    found = exact(cookbook, cookbook.jacobians)
    same(found["jacfwd"], reference.W_jacobian)
    same(found["jacrev"], reference.W_jacobian)
    by_both = {"W": reference.W_jacobian, "b": reference.b_jacobian}
    same(found["jacrev of a dict"], by_both)
    same(found["hessian"], reference.hessian)


def test_exact_products(exact, same, reference):
    found = exact(cookbook, cookbook.jacobian_vector_product)
    same(found["f(W)"], reference.value)
    same(found["J v"], reference.W_jacobian @ found["v"])
    found = exact(cookbook, cookbook.vector_jacobian_product)
    same(found["f(W)"], reference.value)
    same(found["u J"], found["u"] @ reference.W_jacobian)


# -- Random bits -----------------------------------------------------------------------------------


def test_bits_of_the_tutorials_keys(backend):
    with tutorial.running(backend, **cookbook.SETTINGS):
        _, W_key, b_key = random.split(random.key(0), 3)
        assert as_list(W_key) == W_KEY
        assert as_list(random.bits(W_key, (3,))) == W_BITS
        assert as_list(random.bits(b_key, ())) == B_BITS
        assert as_list(cookbook.tangent_key()) == TANGENT_KEY


def as_list(words):
    return np.asarray(words).astype(np.uint32).tolist()


# -- Loops and vmap --------------------------------------------------------------------------------


@pytest.mark.parametrize("product", ["matrix-Jacobian product", "Jacobian-matrix product"])
def test_vmap_gives_what_the_loop_gives_in_a_tenth_of_the_calls(backend, product, near, one_thread):
    with tutorial.running(backend, **cookbook.SETTINGS) as mode:
        loop, mapped = cookbook.matrix_products(mode)[product]
        expected = np.asarray(loop())
        assert expected.shape == (128, 3 if product == "matrix-Jacobian product" else 4)
        # Sums of four products in another order, which may cancel.
        near(np.asarray(mapped()), expected, 4 * ROUNDING)
    # As users run it, without the verifier. The work of arrays this small is that of the calls.
    with tutorial.running(backend, verify=False, **cookbook.SETTINGS):
        mapped(), loop()  # caches are filled
        assert calls_made(loop) >= 10 * calls_made(mapped)


def calls_made(run):
    """How many calls of Python's and C's functions `run()` makes."""
    events = Counter()
    sys.setprofile(lambda frame, event, arg: events.update([event]))
    try:
        run()
    finally:
        sys.setprofile(None)
    return events["call"] + events["c_call"]
