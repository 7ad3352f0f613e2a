"""A linear classifier's gradients, Jacobians and Hessian, and derivatives of complex functions.

    python examples/classifier_gradients.py [numpy | torch | native]

Follows a lecture on derivatives with JAX, and solves the three exercises at its end.
"""

from __future__ import annotations

from typing import Any

import tutorial
from tutorial import Mode

import polyad.numpy as pnp
from polyad import grad, jacfwd, jacrev, jvp, nn, random, value_and_grad, vjp, vmap

# The lecture prints what JAX's single precision and its older counter layout of random bits give.
SETTINGS = {"default_float": "float32", "threefry_partitionable": False}


def user_and_built_in_functions(mode: Mode) -> dict[str, Any]:
    """1. The derivative of a function of the library."""
    grad_sin = grad(pnp.sin)
    return {
        "sin(pi)": mode.compiled(pnp.sin)(pnp.pi),
        "sin'(pi)": mode.compiled(grad_sin)(pnp.pi),
    }


# -- The classifier: five points, two classes ------------------------------------------------------


def predict(W, b, inputs):
    """The logits: a number for each point and class."""
    return pnp.dot(inputs, W) + b


def dataset() -> tuple[Any, Any]:
    inputs = pnp.array(
        [
            [0.52, 1.12, 0.77],
            [0.88, -1.08, 0.15],
            [0.52, 0.06, -1.30],
            [0.74, -2.49, 1.39],
            [0.76, -0.89, -1.01],
        ]
    )
    return inputs, pnp.array([1, 1, 0, 1, 0])


def initial_parameters() -> tuple[Any, Any, Any]:
    """The key that is left, weights, and a bias that all logits share."""
    key, W_key, b_key = random.split(random.PRNGKey(42), 3)
    return key, random.normal(W_key, (3, 2)), random.normal(b_key, ())


def classifier(mode: Mode) -> dict[str, Any]:
    """2. The cross-entropy of the labels, and its gradient by a dict of parameters."""
    inputs, targets = dataset()
    _, W, b = initial_parameters()

    def loss(params_dict):
        logits = predict(params_dict["W"], params_dict["b"], inputs)
        return pnp.sum(nn.softmax_cross_entropy_with_integer_labels(logits, targets))

    params = {"W": W, "b": b}
    compiled = mode.compiled
    value, gradient = compiled(value_and_grad(loss))(params)
    return {
        "W": W,
        "b": b,
        "logits": compiled(predict)(W, b, inputs),
        "loss": compiled(loss)(params),
        # Adding the same number to both logits of a point changes nothing: by b the gradient is 0.
        "grad(loss)": compiled(grad(loss))(params),
        "value_and_grad(loss), value": value,
        "value_and_grad(loss), gradient": gradient,
    }


def hessian(f):
    return jacfwd(jacrev(f))


def jacobians(mode: Mode) -> dict[str, Any]:
    """3. Jacobian and Hessian by a matrix: the axes of the output come first."""
    inputs, _ = dataset()
    _, W, b = initial_parameters()

    def fun(W):
        return nn.sigmoid(predict(W, b, inputs))

    forward, reverse = mode.compiled(jacfwd(fun)), mode.compiled(jacrev(fun))
    times = tutorial.timings({"jacfwd": lambda: forward(W), "jacrev": lambda: reverse(W)})
    return {
        "fun(W)": mode.compiled(fun)(W),
        "jacfwd": forward(W),
        "jacrev": reverse(W),
        "seconds of jacfwd": times["jacfwd"],
        "seconds of jacrev": times["jacrev"],
        "hessian": mode.compiled(hessian(fun))(W),
    }


def products(mode: Mode) -> dict[str, Any]:
    """4. A tangent of the weights pushed forward, a covector of the logits pulled back."""
    inputs, _ = dataset()
    key, W, b = initial_parameters()

    def f(W):
        return predict(W, b, inputs)

    key, subkey = random.split(key)
    v = random.normal(subkey, tuple(W.shape))
    y, pushed = mode.compiled(lambda W, v: jvp(f, (W,), (v,)))(W, v)

    value, vjp_fun = vjp(f, W)
    key, subkey = random.split(key)
    u = random.normal(subkey, tuple(value.shape))
    return {
        "v": v,
        "f(W)": y,
        "J v": pushed,
        "shape of f(W)": str(tuple(value.shape)),
        "u": u,
        "u J": mode.compiled(vjp_fun)(u),
    }


# -- Exercises 1 and 2: which mode for which shape -------------------------------------------------


def tanh_layer(outputs: int, inputs: int) -> tuple[Any, Any]:
    """A function with a Jacobian of shape (outputs, inputs), and a point."""
    weights_key, point_key = random.split(random.PRNGKey(0))
    weights = random.normal(weights_key, (outputs, inputs)) / inputs**0.5
    point = random.normal(point_key, (inputs,))
    return lambda x: pnp.tanh(pnp.dot(weights, x)), point


def jacobian_calls(mode: Mode, outputs: int, inputs: int) -> dict[str, Any]:
    """Both modes' Jacobians of one layer, ready to be called."""
    f, x = tanh_layer(outputs, inputs)
    forward, reverse = mode.compiled(jacfwd(f)), mode.compiled(jacrev(f))
    return {"jacfwd": lambda: forward(x), "jacrev": lambda: reverse(x)}


def wide_and_tall(mode: Mode) -> dict[str, Any]:
    """5. Forward mode pays for each input, reverse mode for each output."""
    results = {}
    for name, outputs, inputs in (("wide, 2 x 2000", 2, 2000), ("tall, 2000 x 2", 2000, 2)):
        times = tutorial.timings(jacobian_calls(mode, outputs, inputs))
        results |= {f"{name}, {way}": seconds for way, seconds in times.items()}
    return results


# -- Exercise 3: functions of a complex variable ---------------------------------------------------


def holomorphic_derivative(f):
    """f', for a holomorphic f of one complex number."""
    return grad(f, holomorphic=True)


def real_jacobian(f, z):
    """The matrix of ∂(u, v)/∂(x, y), for f(x + iy) = u + iv."""

    def parts(xy):
        w = f(xy[0] + 1j * xy[1])
        return pnp.stack([pnp.real(w), pnp.imag(w)])

    return jacfwd(parts)(pnp.stack([pnp.real(z), pnp.imag(z)]))


def cauchy_riemann_defect(f, z):
    """|∂u/∂x - ∂v/∂y| + |∂u/∂y + ∂v/∂x|: zero where f is complex differentiable, and only there."""
    J = real_jacobian(f, z)
    return pnp.abs(J[0, 0] - J[1, 1]) + pnp.abs(J[0, 1] + J[1, 0])


def derivative_from_parts(f, z):
    """f' = ∂u/∂x + i ∂v/∂x, from real derivatives alone."""
    J = real_jacobian(f, z)
    return J[0, 0] + 1j * J[1, 0]


FUNCTIONS = {
    "z^3": lambda z: z**3,
    "exp(z)": pnp.exp,
    "sin(z) / z": lambda z: pnp.sin(z) / z,
    "1 / (1 + z^2)": lambda z: 1 / (1 + z * z),
    "log(z)": pnp.log,
}


def points() -> Any:
    return pnp.array([0.5 + 0.25j, -1.0 + 2.0j, 1.5 - 0.75j])


def holomorphic(mode: Mode) -> dict[str, Any]:
    """6. Complex derivatives, and the Cauchy-Riemann equations that tell where there are any."""
    z = points()
    results = {"z": z}
    for name, f in FUNCTIONS.items():
        results[f"derivative of {name}"] = mode.compiled(vmap(holomorphic_derivative(f)))(z)
        by_parts = mode.compiled(vmap(lambda z, f=f: derivative_from_parts(f, z)))
        results[f"the same of {name}, from real and imaginary parts"] = by_parts(z)
    for name, f in {**FUNCTIONS, "conj(z)": pnp.conj}.items():
        defect = mode.compiled(vmap(lambda z, f=f: cauchy_riemann_defect(f, z)))
        results[f"Cauchy-Riemann defect of {name}"] = defect(z)
    return results


SECTIONS = (
    user_and_built_in_functions,
    classifier,
    jacobians,
    products,
    wide_and_tall,
    holomorphic,
)

if __name__ == "__main__":
    tutorial.main("Classifier gradients", SECTIONS, **SETTINGS)
