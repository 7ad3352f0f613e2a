"""`check_grads` passes right derivatives of every kind of argument, and describes wrong ones."""

import math

import numpy as np
import pytest
import torch

import polyad
import polyad.numpy as pnp
from polyad.errors import PolyadValueError
from polyad.test_util import check_grads, check_jvp, check_vjp

X = np.asarray([1.0, 2.0])


@pytest.mark.parametrize("order", [1, 2, 3])
def test_orders(order):
    check_grads(pnp.tanh, (0.5,), order)


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])
@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_dtypes(dtype, backend):
    x = np.asarray([[0.5, 1.5], [-0.5, 2.0]]).astype(dtype)
    if backend == "torch":
        x = torch.tensor(x)
    check_grads(lambda x: pnp.exp(x) @ x, (x,), 2)


def test_functions_of_complex_arguments_need_not_be_holomorphic():
    check_grads(lambda z: (pnp.abs(z) ** 2, pnp.conj(z) * z.imag), (np.asarray([1 + 2j, 3j]),), 2)


def test_pytrees_with_integers():
    def function(tree, y):
        return {
            "s": pnp.sin(tree["a"]) * tree["b"],
            "n": tree["n"] + 1,
            "z": pnp.exp(tree["z"]) * y,
        }

    tree = {"a": np.arange(3.0), "b": 2.0, "n": np.arange(2), "z": np.asarray([1 + 2j])}
    check_grads(function, (tree, 0.5), 2)


def test_scalars_take_the_default_backend_and_dtype():
    with polyad.config(default_float="float32"):
        check_grads(pnp.tanh, (0.5,), 2)
    with polyad.use_backend("torch"):
        check_grads(pnp.tanh, (0.5,), 2)


def test_equal_infinities_and_nans_are_close():
    check_grads(lambda x: pnp.where(x > 1.5, math.inf, x), (X,), 2)
    with np.errstate(invalid="ignore"):
        check_grads(lambda x: pnp.sqrt(x - 1.5), (X,), 1, modes=("fwd",))


def test_empty_arrays():
    check_grads(pnp.sin, (np.zeros((0, 2)),), 2)


def test_writing_into_the_argument_is_not_seen_by_the_next_call():
    check_grads(lambda x: pnp.at(x)[0].set(x[1] ** 2), (X,), 2)


# -- What is wrong ---------------------------------------------------------------------------------


@polyad.custom_jvp
def wrong(x):
    return pnp.sin(x)


wrong.defjvps(lambda t, y, x: t * y)


@polyad.custom_jvp
def wrong_later(x):
    return pnp.sin(x)


wrong_later.defjvps(lambda t, y, x: t * polyad.stop_gradient(pnp.cos(x)))


def failure(*args, **kwargs):
    with pytest.raises(AssertionError) as info:
        check_grads(*args, **kwargs)
    return str(info.value)


def test_a_wrong_tangent_is_named():
    message = failure(wrong, (X,), 1, modes=("fwd",), atol=1e-6, rtol={"float64": 1e-7})
    assert message.startswith("JVP (order 1 of 1): tangent is ")
    assert " by finite differences at [" in message
    assert message.endswith("(atol 2e-06, rtol 2e-07)")


def test_a_wrong_cotangent_is_named():
    message = failure(wrong, (X,), 1, modes="rev")
    assert message.startswith("VJP (order 1 of 1): projected cotangent is ")


def test_both_numbers_are_told():
    message = failure(wrong, (0.0,), 1, modes=("fwd",))
    found, expected = message.partition(" is ")[2].split(" by ")[0].split(", expected ")
    assert float(found) == 0.0
    t = polyad.random.normal(polyad.random.fold_in(polyad.random.key(1), 0))
    assert float(expected) == pytest.approx(t, rel=1e-9)


@pytest.mark.parametrize(("mode", "name"), [("fwd", "JVP of JVP"), ("rev", "VJP of VJP")])
def test_a_wrong_second_derivative_is_named(mode, name):
    check_grads(wrong_later, (X,), 1, modes=(mode,))
    assert failure(wrong_later, (X,), 2, modes=(mode,)).startswith(f"{name} (order 2 of 2): ")


def test_mixed_orders_are_checked():
    @polyad.custom_jvp
    def f(x):
        return pnp.sin(x)

    f.defjvps(lambda t, y, x: t * wrong(x + math.pi / 2))
    assert " of JVP (order 2 of 2)" in failure(f, (X,), 2)


@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_float32_is_told_from_wrong(backend):
    x = X.astype(np.float32)
    assert "JVP" in failure(wrong, (x if backend == "numpy" else torch.tensor(x),), 1)


def test_tolerance_and_step_can_be_set():
    check_grads(wrong, (X,), 1, atol=10.0)
    assert "tangent" in failure(lambda x: x**3, (X,), 1, eps=0.1)
    check_grads(lambda x: x**3, (X,), 1, eps=0.1, rtol=0.1)


def test_a_leaf_is_named():
    message = failure(lambda x: (x, wrong(x)), (X,), 1, modes=("fwd",))
    assert message.startswith("JVP (order 1 of 1): tangent, leaf 1 is ")


def test_values_structures_and_shapes_are_compared():
    def twice(primals, tangents):
        return polyad.jvp(lambda x: 2 * x, primals, tangents)

    with pytest.raises(AssertionError, match=r"^JVP: value is 4.0, expected 2.0 .* at \[1\]"):
        check_jvp(lambda x: x, twice, (X,))
    with pytest.raises(AssertionError, match=r"^mine: value has the structure"):
        check_jvp(lambda x: (x, x), twice, (X,), err_msg="mine")
    with pytest.raises(AssertionError, match=r"^VJP: value has the shape \(2,\), expected \(\)"):
        check_vjp(pnp.sum, lambda x: polyad.vjp(lambda x: x, x), (X,))


def test_bad_input():
    with pytest.raises(PolyadValueError, match="the order is 1 or more, not 0"):
        check_grads(pnp.sin, (X,), 0)
    with pytest.raises(PolyadValueError, match=r"modes are among \('fwd', 'rev'\), not \('up',\)"):
        check_grads(pnp.sin, (X,), 1, modes="up")
