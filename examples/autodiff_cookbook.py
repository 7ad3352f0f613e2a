"""Gradients, Jacobians, Hessians and products with them, on a small logistic regression.

    python examples/autodiff_cookbook.py [numpy | torch | native]

Follows JAX's tutorials "Automatic differentiation" and "Advanced automatic differentiation".
"""

from __future__ import annotations

from typing import Any

import tutorial
from tutorial import Mode

import polyad.numpy as pnp
from polyad import grad, jacfwd, jacrev, jvp, random, value_and_grad, vjp, vmap

# The tutorials print what JAX's single precision and its older counter layout of random bits give.
SETTINGS = {"default_float": "float32", "threefry_partitionable": False}


def taking_gradients(mode: Mode) -> dict[str, Any]:
    """1. grad turns a function into its derivative, and can be applied again."""
    compiled = mode.compiled
    results = {
        "tanh'(2)": compiled(grad(pnp.tanh))(2.0),
        "tanh''(2)": compiled(grad(grad(pnp.tanh)))(2.0),
        "tanh'''(2)": compiled(grad(grad(grad(pnp.tanh))))(2.0),
    }

    def f(x):
        return x**3 + 2 * x**2 - 3 * x + 1

    # By hand: f' = 3x^2 + 4x - 3, f'' = 6x + 4, f''' = 6, and then nothing is left.
    dfdx = grad(f)
    d2fdx = grad(dfdx)
    d3fdx = grad(d2fdx)
    d4fdx = grad(d3fdx)
    for order, derivative in enumerate((dfdx, d2fdx, d3fdx, d4fdx), start=1):
        results[f"derivative {order} of f at 1"] = compiled(derivative)(1.0)
    return results


# -- The model: a logistic regression on four points -----------------------------------------------


def sigmoid(x):
    return 0.5 * (pnp.tanh(x / 2) + 1)


def predict(W, b, inputs):
    """The probability that each row's label is true."""
    return sigmoid(pnp.dot(inputs, W) + b)


def dataset() -> tuple[Any, Any]:
    inputs = pnp.array(
        [
            [0.52, 1.12, 0.77],
            [0.88, -1.08, 0.15],
            [0.52, 0.06, -1.30],
            [0.74, -2.49, 1.39],
        ]
    )
    return inputs, pnp.array([True, True, False, True])


def initial_parameters() -> tuple[Any, Any]:
    """Weights and bias drawn at random, and always the same ones: a key determines its numbers."""
    _, W_key, b_key = random.split(random.key(0), 3)
    return random.normal(W_key, (3,)), random.normal(b_key, ())


def negative_log_likelihood(W, b, inputs, targets):
    predictions = predict(W, b, inputs)
    label_probs = predictions * targets + (1 - predictions) * pnp.logical_not(targets)
    return -pnp.sum(pnp.log(label_probs))


def logistic_regression(mode: Mode) -> dict[str, Any]:
    """2. argnums says which arguments to differentiate by: a position, or a tuple of positions."""
    inputs, targets = dataset()
    W, b = initial_parameters()

    # Arrays that a function closes over are constants of the derivative.
    def loss(W, b):
        return negative_log_likelihood(W, b, inputs, targets)

    compiled = mode.compiled
    W_grad, b_grad = compiled(grad(loss, (0, 1)))(W, b)
    return {
        "W": W,
        "b": b,
        "grad(loss, argnums=0)": compiled(grad(loss, argnums=0))(W, b),
        "grad(loss)": compiled(grad(loss))(W, b),
        "grad(loss, 1)": compiled(grad(loss, 1))(W, b),
        "grad(loss, (0, 1)), W": W_grad,
        "grad(loss, (0, 1)), b": b_grad,
    }


def containers(mode: Mode) -> dict[str, Any]:
    """3. Parameters in a dict: the gradient is a dict with the same keys."""
    inputs, targets = dataset()
    W, b = initial_parameters()

    def loss2(params):
        return negative_log_likelihood(params["W"], params["b"], inputs, targets)

    return {"grad(loss2)": mode.compiled(grad(loss2))({"W": W, "b": b})}


def value_with_gradient(mode: Mode) -> dict[str, Any]:
    """4. value_and_grad computes a function and its gradient in one pass."""
    inputs, targets = dataset()
    W, b = initial_parameters()

    def loss(W, b):
        return negative_log_likelihood(W, b, inputs, targets)

    loss_value, Wb_grad = mode.compiled(value_and_grad(loss, (0, 1)))(W, b)
    return {
        "value_and_grad(loss), value": loss_value,
        "value_and_grad(loss), gradient": Wb_grad,
        "loss": mode.compiled(loss)(W, b),
    }


# -- Jacobians -------------------------------------------------------------------------------------


def predictions_of_weights() -> tuple[Any, Any]:
    """The predictions as a function of the weights alone, and the weights."""
    inputs, _ = dataset()
    W, b = initial_parameters()
    return lambda W: predict(W, b, inputs), W


def hessian(f):
    """Forward over reverse: the outer Jacobian is square, where forward mode is cheaper."""
    return jacfwd(jacrev(f))


def jacobians(mode: Mode) -> dict[str, Any]:
    """5. jacfwd and jacrev: one matrix, built column by column or row by row."""
    f, W = predictions_of_weights()
    inputs, _ = dataset()
    _, b = initial_parameters()

    def predict_dict(params, inputs):
        return predict(params["W"], params["b"], inputs)

    compiled = mode.compiled
    return {
        "jacfwd": compiled(jacfwd(f))(W),
        "jacrev": compiled(jacrev(f))(W),
        "jacrev of a dict": compiled(jacrev(predict_dict))({"W": W, "b": b}, inputs),
        "hessian": compiled(hessian(f))(W),
    }


# -- The two products that everything above is made of ---------------------------------------------


def tangent_key() -> Any:
    """The subkey of the sixth split in a row: the tutorial's cell had been run six times."""
    key = random.key(0)
    for _ in range(6):
        key, subkey = random.split(key)
    return subkey


def jacobian_vector_product(mode: Mode) -> dict[str, Any]:
    """6. jvp pushes a tangent of the input forward to one of the output: J v, without J."""
    f, W = predictions_of_weights()
    v = random.normal(tangent_key(), tuple(W.shape))
    y, u = mode.compiled(lambda W, v: jvp(f, (W,), (v,)))(W, v)
    return {"v": v, "f(W)": y, "J v": u}


def vector_jacobian_product(mode: Mode) -> dict[str, Any]:
    """7. vjp gives a function that pulls a cotangent of the output back to the input: u J."""
    f, W = predictions_of_weights()
    y, vjp_fun = vjp(f, W)
    _, subkey = random.split(random.key(0))
    u = random.normal(subkey, tuple(y.shape))
    (v,) = mode.compiled(vjp_fun)(u)
    return {"u": u, "f(W)": y, "u J": v}


def vgrad(f, x):
    """The gradients of all outputs, added up: a covector of ones, pulled back."""
    y, vjp_fun = vjp(f, x)
    return vjp_fun(pnp.ones(y.shape))[0]


def vector_valued_gradient(mode: Mode) -> dict[str, Any]:
    """8. For an element-wise function the pullback of ones is the gradient at each element."""
    gradient = mode.compiled(lambda x: vgrad(lambda x: 3 * x**2, x))
    return {"vgrad(3 x^2) at ones": gradient(pnp.ones((2, 2)))}


# -- Products with whole matrices ------------------------------------------------------------------


def loop_mjp(pull, M):
    """M J, pulling the rows of M back one at a time."""
    return pnp.vstack([pull(row)[0] for row in M])


def vmap_mjp(pull, M):
    """M J, pulling all rows of M back at once: a product of matrices."""
    (outs,) = vmap(pull)(M)
    return outs


def loop_jmp(push, M):
    """J M, with the columns of M as rows, pushing them forward one at a time."""
    return pnp.vstack([push(row) for row in M])


def vmap_jmp(push, M):
    """J M, pushing all at once."""
    return vmap(push)(M)


def matrix_products(mode: Mode) -> dict[str, tuple[Any, Any]]:
    """For M J and for J M, with 128 rows: a call that loops, and one that maps.

    Natively the loop is Python's, around one compiled pullback or push-forward; with vmap the whole
    product is compiled.
    """
    f, W = predictions_of_weights()
    y, vjp_fun = vjp(f, W)
    key = random.key(0)
    U = random.normal(key, (128, *y.shape))
    S = random.normal(key, (128, *W.shape))

    def push(s):
        return jvp(f, (W,), (s,))[1]

    pull_one, push_one = mode.compiled(vjp_fun), mode.compiled(push)
    pull_all = mode.compiled(lambda M: vmap_mjp(vjp_fun, M))
    push_all = mode.compiled(lambda M: vmap_jmp(push, M))
    return {
        "matrix-Jacobian product": (lambda: loop_mjp(pull_one, U), lambda: pull_all(U)),
        "Jacobian-matrix product": (lambda: loop_jmp(push_one, S), lambda: push_all(S)),
    }


def products_with_matrices(mode: Mode) -> dict[str, Any]:
    """9. vmap of a pullback, or of a push-forward, handles a whole matrix in one call."""
    results = {}
    for name, (loop, mapped) in matrix_products(mode).items():
        assert bool(pnp.allclose(loop(), mapped(), rtol=1e-5, atol=1e-6)), f"{name}: unequal"
        times = tutorial.timings({"loop": loop, "vmap": mapped})
        results[f"{name}, 128 rows in a loop"] = times["loop"]
        results[f"{name}, 128 rows by vmap"] = times["vmap"]
    return results


SECTIONS = (
    taking_gradients,
    logistic_regression,
    containers,
    value_with_gradient,
    jacobians,
    jacobian_vector_product,
    vector_jacobian_product,
    vector_valued_gradient,
    products_with_matrices,
)

if __name__ == "__main__":
    tutorial.main("Autodiff cookbook", SECTIONS, **SETTINGS)
