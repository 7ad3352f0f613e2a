"""Policies of checkpoints: the values that are kept; the derivatives do not depend on them."""

from __future__ import annotations

import re

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import (
    checkpoint,
    checkpoint_name,
    checkpoint_policies,
    grad,
    hessian,
    jacfwd,
    jit,
    lax,
    make_ir,
    vmap,
)
from polyad.errors import PolyadTypeError

W = np.random.default_rng(0).normal(size=(3, 3))
X = np.random.default_rng(1).normal(size=3)


def layer(w, x):
    h = checkpoint_name(pnp.sin(w @ x), "hidden")
    return pnp.sum(pnp.exp(pnp.cos(h)))


def only_sines(op):
    return op.name == "sin"


P = checkpoint_policies
POLICIES = {  # what is computed again, of dot_general, sin, cos and exp of the forward pass
    "none": (None, {"dot_general", "sin", "cos", "exp"}),
    "nothing": (P.nothing_saveable, {"dot_general", "sin", "cos", "exp"}),
    "everything": (P.everything_saveable, set()),
    "products": (P.dots_saveable, {"sin", "cos", "exp"}),
    "products without batches": (P.dots_with_no_batch_dims_saveable, {"sin", "cos", "exp"}),
    "products, moved": (P.offload_dot_with_no_batch_dims("device", "host"), {"sin", "cos", "exp"}),
    "hidden, moved": (
        P.save_and_offload_only_these_names(
            names_which_can_be_saved=[],
            names_which_can_be_offloaded=["hidden"],
            offload_src="device",
            offload_dst="pinned_host",
        ),
        {"dot_general", "cos", "exp"},
    ),
    "hidden": (P.save_only_these_names("hidden"), {"dot_general", "cos", "exp"}),
    "other names": (P.save_any_names_but_these("hidden"), {"dot_general", "sin", "cos", "exp"}),
    "all but hidden": (P.save_anything_except_these_names("hidden"), set()),
    "a function": (only_sines, {"dot_general", "cos", "exp"}),
    "two": (
        P.save_from_both_policies(P.dots_saveable, P.save_only_these_names("hidden")),
        {"cos", "exp"},
    ),
}
EACH = pytest.mark.parametrize("name", POLICIES)


@EACH
def test_derivatives_do_not_depend_on_the_policy(name):
    kept = checkpoint(layer, policy=POLICIES[name][0])
    for transform in (grad, jacfwd, hessian, lambda f: jit(grad(f)), lambda f: jit(hessian(f))):
        np.testing.assert_allclose(transform(kept)(W, X), transform(layer)(W, X), rtol=1e-12)
    many = vmap(grad(kept), in_axes=(None, 0))(W, np.stack([X, 2 * X]))
    np.testing.assert_allclose(many[1], grad(layer)(W, 2 * X), rtol=1e-12)


@EACH
def test_ops_computed_again(name):
    policy, again = POLICIES[name]
    text = str(make_ir(grad(checkpoint(layer, policy=policy)))(W, X))
    backward = text[text.rindex("checkpoint %") :]
    # the transpose of the product is one too; sin is also the derivative of cos
    known = {"dot_general": 1, "sin": 1 if policy is not P.everything_saveable else 0}
    for op in ("dot_general", "cos", "exp"):
        count = len(re.findall(rf"= {op} ", backward)) - known.get(op, 0)
        if op == "cos":  # the derivative of sin is one more
            continue
        assert (count > 0) == (op in again), (op, backward)


def test_a_kept_product_is_not_computed_again_in_a_loop():
    def total(policy):
        step = checkpoint(lambda c, x: (pnp.tanh(W @ c + x), None), policy=policy)
        return lambda x: pnp.sum(lax.scan(step, x, pnp.stack([x, x, x]))[0])

    np.testing.assert_allclose(
        grad(total(P.dots_saveable))(X), grad(total(P.everything_saveable))(X), rtol=1e-12
    )
    products = [
        str(make_ir(grad(total(policy)))(X)).count("dot_general")
        for policy in (P.dots_saveable, P.nothing_saveable)
    ]
    assert products == [2, 3]


def test_equal_policies_are_one():
    assert P.save_only_these_names("a", "b") is P.save_only_these_names("a", "b")
    texts = {str(make_ir(grad(checkpoint(layer, policy=only_sines)))(W, X)) for _ in range(2)}
    assert len(texts) == 1


def test_remat_is_checkpoint():
    assert polyad.remat is checkpoint


def test_a_name_changes_nothing_outside_of_a_checkpoint():
    assert checkpoint_name(1.5, "one") == 1.5
    np.testing.assert_allclose(jit(lambda x: checkpoint_name(x, "x") * 2)(X), 2 * X)


def test_bad_policies():
    with pytest.raises(PolyadTypeError, match=r"the policy is one of .* not 3"):
        checkpoint(layer, policy=3)
    with pytest.raises(
        PolyadTypeError, match=r"takes names and gives a policy(.|\n)*Write policy="
    ):
        checkpoint(layer, policy=P.save_only_these_names)
    with pytest.raises(PolyadTypeError, match=r"names are strings, not \('a', 'b'\)"):
        P.save_only_these_names(("a", "b"))
    with pytest.raises(PolyadTypeError, match="the name is a string, not 3"):
        checkpoint_name(1.0, 3)
