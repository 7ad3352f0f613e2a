"""Gradients step by step: their IR, what stops them, one for each sample, and rules of one's own.

    python examples/gradients_and_custom_rules.py [numpy | torch | native]

Follows the part on automatic differentiation of a series of tutorials on JAX.
"""

from __future__ import annotations

import time
from typing import Any

import tutorial
from tutorial import Mode, Seconds

import polyad
import polyad.numpy as pnp
from polyad import grad, lax, make_ir, random, value_and_grad, vmap
from polyad.test_util import check_grads

# The tutorial prints what JAX's single precision and its older counter layout of random bits give.
SETTINGS = {"default_float": "float32", "threefry_partitionable": False}


def product(x, y):
    return x * y


def gradients(mode: Mode) -> dict[str, Any]:
    """1. The gradient by one argument or the other; value_and_grad gives the product as well."""
    x, y = 3.0, 4.0
    compiled = mode.compiled
    z, dx = compiled(value_and_grad(product, argnums=0))(x, y)
    return {
        "product": compiled(product)(x, y),
        "by x": compiled(grad(product, argnums=0))(x, y),
        "by y": compiled(grad(product, argnums=1))(x, y),
        "value_and_grad, value": z,
        "value_and_grad, by x": dx,
    }


def programs_of_gradients(mode: Mode) -> dict[str, Any]:
    """2. A gradient is a program too: make_ir shows it. The one by x needs no x."""
    return {
        "by x": make_ir(grad(product, argnums=0))(3.0, 4.0),
        "by y": make_ir(grad(product, argnums=1))(3.0, 4.0),
    }


def product_stop_grad(x, y):
    return x * lax.stop_gradient(y)


def stopped_gradient(mode: Mode) -> dict[str, Any]:
    """3. stop_gradient makes a constant of its argument."""
    return {"by y": mode.compiled(grad(product_stop_grad, argnums=1))(3.0, 4.0)}


# -- One gradient for each sample ------------------------------------------------------------------


def activate(x):
    return pnp.tanh(x)


def batch() -> Any:
    return random.normal(key=random.PRNGKey(1234), shape=(5,))


def gradient_of_a_batch(mode: Mode) -> dict[str, Any]:
    """4. grad wants one number out. A function of five numbers has none for it."""
    x = batch()
    results = {
        "x": x,
        "at 0.5": mode.compiled(grad(activate))(0.5),
        "shape of x": str(tuple(x.shape)),
        "shape of activate(x)": str(tuple(activate(x).shape)),
    }
    try:
        mode.compiled(grad(activate))(x)
    except TypeError as error:
        results["grad(activate)(x)"] = error
    return results


def gradient_per_sample(mode: Mode) -> dict[str, Any]:
    """5. vmap makes of the gradient at one number the gradients at many, without a loop."""
    x = batch()
    return {
        "vmap(grad(activate))(x)": mode.compiled(vmap(grad(activate)))(x),
        "its program": make_ir(vmap(grad(activate)))(x),
    }


def compiled_gradient_per_sample(mode: Mode) -> dict[str, Any]:
    """6. jit on top: the first call compiles, the others run."""
    x = batch()
    jitted_grads_batch = mode.jit(vmap(grad(activate)))
    results = {}
    for call in ("first", "second", "third"):
        start = time.perf_counter()
        results[f"{call} call"] = jitted_grads_batch(x)
        results[f"time of the {call} call"] = Seconds(time.perf_counter() - start)
    return results


def validated(mode: Mode) -> dict[str, Any]:
    """7. check_grads compares with finite differences, and raises if they disagree."""
    check_grads(mode.jit(vmap(grad(activate))), (batch(),), order=1)
    return {"check_grads": "derivatives match finite differences"}


def higher_orders(mode: Mode) -> dict[str, Any]:
    """8. Derivatives of derivatives."""
    first = grad(activate)
    second = grad(first)
    third = grad(second)
    return {
        f"derivative {order} at 0.5": mode.compiled(derivative)(0.5)
        for order, derivative in enumerate((first, second, third), start=1)
    }


# -- Where the rules of calculus overflow ----------------------------------------------------------


def log1pexp(x):
    """log(1 + exp(x)), as one would write it."""
    return pnp.log(1.0 + pnp.exp(x))


def overflow(mode: Mode) -> dict[str, Any]:
    """9. The derivative is exp(x) / (1 + exp(x)): beyond the range of exp, infinity times zero."""
    return {
        "at 5": mode.compiled(grad(log1pexp))(5.0),
        "at 500": mode.compiled(grad(log1pexp))(500.0),
        "its program": make_ir(grad(log1pexp))(500.0),
    }


@polyad.custom_jvp
def stable_log1pexp(x):
    """log(1 + exp(x)), with a derivative that does not overflow."""
    return pnp.log(1.0 + pnp.exp(x))


@stable_log1pexp.defjvp
def stable_log1pexp_jvp(primals, tangents):
    """1 - 1 / (1 + exp(x)) is the same number, and its limit is 1."""
    (x,), (x_dot,) = primals, tangents
    return stable_log1pexp(x), (1 - 1 / (1 + pnp.exp(x))) * x_dot


def custom_rule(mode: Mode) -> dict[str, Any]:
    """10. custom_jvp replaces the rule, for both modes of differentiation."""
    return {
        "at 5": mode.compiled(grad(stable_log1pexp))(5.0),
        "at 500": mode.compiled(grad(stable_log1pexp))(500.0),
        "its program": make_ir(grad(stable_log1pexp))(500.0),
    }


SECTIONS = (
    gradients,
    programs_of_gradients,
    stopped_gradient,
    gradient_of_a_batch,
    gradient_per_sample,
    compiled_gradient_per_sample,
    validated,
    higher_orders,
    overflow,
    custom_rule,
)

if __name__ == "__main__":
    tutorial.main("Gradients and custom rules", SECTIONS, **SETTINGS)
