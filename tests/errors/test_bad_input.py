"""Bad input of transformations is a clear error that says what was given, what was expected, and
the user's line.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import errors, grad, jit, jvp, vjp, vmap

from .messages import lines_of, message

X = np.ones(3)
line = lines_of(__file__)


# -- grad -----------------------------------------------------------------------------------------


def test_grad_of_an_array_says_the_shape():
    text = message(TypeError, lambda: grad(pnp.sin)(X))
    assert text == "Gradient only defined for scalar-output functions. Output had shape: (3,)."


def test_grad_of_a_pytree_shows_it():
    def pair(x):
        return x, x

    text = message(TypeError, lambda: grad(pair)(1.0))  # @pair
    assert "Gradient only defined for scalar-output functions. pair returned the pytree" in text
    assert line("pair") in text


def test_grad_of_integers_names_the_argument_and_the_remedy():
    f = lambda x, n: x * n
    text = message(TypeError, lambda: grad(f, argnums=(0, 1))(1.0, 3))  # @integer
    assert "leaf 1 of the differentiated arguments is i64[]" in text
    assert "allow_int=True" in text
    assert line("integer") in text


def test_grad_with_allow_int_gives_zero():
    assert grad(lambda x, n: x * n, argnums=(0, 1), allow_int=True)(1.0, 3)[1] == 0


def test_grad_of_a_complex_result_needs_holomorphic():
    text = message(TypeError, lambda: grad(lambda z: z * z)(1j))  # @complex
    assert "returned c128[]" in text
    assert "holomorphic=True" in text
    assert line("complex") in text


def test_holomorphic_grad_needs_complex_input():
    text = message(TypeError, lambda: grad(lambda z: z * z, holomorphic=True)(1.0))
    assert "holomorphic=True takes complex inputs; leaf 0 is f64[]" in text


def test_holomorphic_grad_needs_a_complex_result():
    text = message(TypeError, lambda: grad(pnp.real, holomorphic=True)(1j))
    assert "returns a complex number, not f64[]" in text


def test_grad_of_an_integer_result():
    text = message(TypeError, lambda: grad(pnp.argmax)(X))  # @argmax
    assert "functions with floating outputs, and argmax returned i64[]" in text
    assert line("argmax") in text


def test_jacrev_of_a_complex_result():
    text = message(TypeError, lambda: polyad.jacrev(lambda x: x * 1j)(X))
    assert "jacrev takes real-valued functions" in text
    assert "c128[3]" in text


@pytest.mark.parametrize("transform", [grad, polyad.value_and_grad, polyad.jacfwd, polyad.jacrev])
@pytest.mark.parametrize("argnums", [2, -3, (0, 5)])
def test_argnums_out_of_range(transform: Any, argnums: Any):
    f = transform(lambda x, y: x, argnums=argnums)
    text = message(ValueError, lambda: f(1.0, 2.0))  # @range
    assert f"argnums={argnums!r} is out of range for a call with 2 positional arguments" in text
    assert line("range") in text


def test_argnums_must_be_integers():
    text = message(TypeError, lambda: grad(lambda x: x, argnums="x")(1.0))  # @argnums
    assert "argnums are integers, not 'x'" in text
    assert line("argnums") in text


def test_has_aux_needs_a_pair():
    text = message(TypeError, lambda: grad(lambda x: x, has_aux=True)(1.0))
    assert "with has_aux=True, lambda returns a pair (value, aux), not" in text


@pytest.mark.parametrize(
    "name",
    [
        "grad",
        "jvp",
        "vjp",
        "linearize",
        "jacfwd",
        "jacrev",
        "vmap",
        "jit",
        "make_ir",
        "eval_shape",
        "checkpoint",
        "custom_jvp",
    ],
)
def test_transformations_take_functions(name: str):
    transform = getattr(polyad, name)
    call = {"jvp": lambda: jvp(3.0, (1.0,), (1.0,)), "vjp": lambda: vjp(3.0, 1.0)}
    text = message(TypeError, call.get(name, lambda: transform(3.0)))
    assert "takes a function, not a float: write " in text
    assert "(f)(x), not " in text


# -- Tangents and cotangents ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "tangent, shown",
    [(np.ones(2), "f64[2]"), (np.ones(3, "float32"), "f32[3]"), (np.ones(3, int), "i64[3]")],
)
def test_tangents_are_of_the_primals_type(tangent: Any, shown: str):
    text = message(TypeError, lambda: jvp(pnp.sin, (X,), (tangent,)))  # @tangent
    assert f"tangents must have the shapes and dtypes of the primals: leaf 0 is {shown}" in text
    assert "should be f64[3]" in text
    assert line("tangent") in text


def test_tangents_are_of_the_primals_structure():
    f = lambda d: d["a"]
    text = message(TypeError, lambda: jvp(f, ({"a": X},), ({"b": X},)))  # @structure
    assert "tangents must have the structure of the primals: expected" in text
    assert "'a'" in text
    assert "'b'" in text
    assert line("structure") in text


def test_primals_and_tangents_are_tuples():
    assert "jvp: primals is a tuple" in message(TypeError, lambda: jvp(pnp.sin, X, X))
    assert "jvp: tangents is a tuple" in message(TypeError, lambda: jvp(pnp.sin, (X,), X))


@pytest.mark.parametrize(
    "ct, shown", [(np.ones(2), "f64[2]"), (np.ones(3, complex), "c128[3]"), (1.0, "f64[]")]
)
def test_cotangents_are_of_the_values_type(ct: Any, shown: str):
    text = message(TypeError, lambda: vjp(pnp.sin, X)[1](ct))  # @cotangent
    assert (
        f"the cotangent must have the shapes and dtypes of the function's value: leaf 0 is {shown}"
        in text
    )
    assert "should be f64[3]" in text
    assert line("cotangent") in text


def test_cotangents_are_of_the_values_structure():
    text = message(TypeError, lambda: vjp(lambda x: (x, x), X)[1](X))
    assert "the cotangent must have the structure of the function's value" in text


def test_linearize_and_linear_transpose_check_their_input():
    text = message(TypeError, lambda: polyad.linearize(pnp.sin, X)[1](np.ones(2)))
    assert "leaf 0 is f64[2] and should be f64[3]" in text
    text = message(TypeError, lambda: polyad.linear_transpose(lambda x: 2 * x, X)(np.ones(2)))
    assert "leaf 0 is f64[2] and should be f64[3]" in text


def test_linear_transpose_names_the_op_that_is_not_linear():
    square = lambda x: x * x  # @square
    text = message(errors.NotDifferentiableError, lambda: polyad.linear_transpose(square, X)(X))
    assert "multiply is not linear in operands 0, 1" in text
    assert line("square") in text


# -- Shapes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrap", [lambda f: f, jit, polyad.make_ir], ids=["eager", "jit", "make_ir"]
)
def test_shapes_that_do_not_broadcast(wrap: Any):
    def f(x):
        return pnp.add(x, np.ones(4))  # @broadcast

    text = message(errors.ShapeError, lambda: wrap(f)(X))
    assert "add: shapes (3,) and (4,) do not broadcast: axis -1 is both 3 and 4" in text
    assert line("broadcast") in text


def test_operators_name_their_op_too():
    text = message(ValueError, lambda: jit(lambda x: x * np.ones((2, 4)))(X))
    assert "multiply: shapes (3,) and (2, 4) do not broadcast" in text


@pytest.mark.parametrize(
    "f, expected",
    [
        (lambda x: x @ np.ones((4, 4)), "axis 0 of f64[3] has 3, axis 0 of f64[4,4] has 4"),
        (lambda x: x.reshape(2, 2), "cannot reshape f64[3] (size 3) into shape (2, 2)"),
        (lambda x: x.sum(axis=1), "axis 1 is out of range for an array of 1 dimensions"),
        (lambda x: x.sum(axis=(0, 0)), "name an axis twice"),
        (
            lambda x: pnp.concat([x, np.ones((2, 2))]),
            "arrays must agree but for axis 0: f64[3], f64[2,2]",
        ),
        (lambda x: pnp.stack([x, np.ones(2)]), "stack needs arrays of one shape"),
        (lambda x: pnp.broadcast_to(x, (2, 4)), "shape (3,) does not broadcast to (2, 4)"),
        (lambda x: pnp.squeeze(x, 0), "cannot squeeze axis 0 of size 3"),
        (lambda x: pnp.max(x[:0]), "has no value over the empty axis of f64[0]"),
        (
            lambda x: pnp.linalg.solve(x, x),
            "solve takes square matrices, not an array of shape (3,)",
        ),
        (lambda x: x[3], "index 3 is out of range for axis 0 of size 3"),
        (lambda x: x[0, 0], "too many indices: 2 for an array of 1 dimensions"),
        (lambda x: x[1.5], "an index is an integer, slice"),
    ],
)
def test_shapes_and_axes_that_do_not_fit(f: Any, expected: str):
    text = message(errors.PolyadError, lambda: jit(f)(X))
    assert expected in text
    assert f"at {__file__}:" in text


# -- vmap -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "f", [lambda: vmap(lambda x: x, in_axes=None)(X), lambda: vmap(lambda: 1.0)()]
)
def test_vmap_of_nothing(f: Any):
    text = message(ValueError, f)
    assert "vmap maps over nothing" in text
    assert "axis_size" in text
    assert f"at {__file__}:" in text


def test_vmap_of_unequal_sizes_lists_them():
    f = lambda a, b: a
    text = message(ValueError, lambda: vmap(f)(np.ones(3), np.ones(4)))  # @unequal
    assert "argument 'a' has size 3 along axis 0, argument 'b' has size 4 along axis 0" in text
    assert line("unequal") in text


def test_vmap_with_another_axis_size():
    text = message(ValueError, lambda: vmap(lambda a: a, axis_size=5)(X))
    assert "(axis_size=5): argument 'a' has size 3" in text


def test_vmap_over_an_axis_that_is_not_there():
    text = message(ValueError, lambda: vmap(lambda a: a, in_axes=2)(np.ones((2, 3))))
    assert "argument 'a' is f64[2,3] and has no axis 2 to map over" in text


@pytest.mark.parametrize(
    "in_axes, kind, expected",
    [
        ((0,), ValueError, "in_axes has 1 entries for a call with 2 positional arguments"),
        (({"w": 0}, 0), ValueError, "is not a prefix of the arguments' structure"),
        ("0", TypeError, "an entry of in_axes is an int or None, not '0'"),
        (1.5, TypeError, "an entry of in_axes is an int or None, not 1.5"),
    ],
)
def test_vmap_with_in_axes_that_do_not_fit(in_axes: Any, kind: Any, expected: str):
    text = message(kind, lambda: vmap(lambda d, x: x, in_axes=in_axes)({"u": X}, X))  # @in_axes
    assert expected in text
    assert line("in_axes") in text


@pytest.mark.parametrize(
    "out_axes, expected",
    [
        (None, "out_axes is None for a result of lambda that differs along the batch"),
        (2, "out_axes=2 is out of range for a result of 1 dimensions"),
        ((0, 0), "out_axes=(0, 0) is not a prefix of what lambda returned"),
    ],
)
def test_vmap_with_out_axes_that_do_not_fit(out_axes: Any, expected: str):
    text = message(ValueError, lambda: vmap(lambda x: x, out_axes=out_axes)(X))  # @out_axes
    assert expected in text
    assert line("out_axes") in text


# -- Results and arguments that are no arrays -----------------------------------------------------


@pytest.mark.parametrize(
    "transform", [grad, jit, polyad.jacfwd, vmap, polyad.make_ir, polyad.checkpoint]
)
def test_functions_return_arrays(transform: Any):
    if transform is polyad.checkpoint:
        transform = lambda f: grad(polyad.checkpoint(f))
    text = message(TypeError, lambda: transform(lambda x: "nothing")(np.ones(1)[0:1]))  # @returned
    assert (
        "lambda returned a str ('nothing'); a function under a transformation returns arrays"
        in text
    )
    assert line("returned") in text


@pytest.mark.parametrize("transform", [grad, jit, vmap, polyad.make_ir])
def test_arguments_are_arrays(transform: Any):
    text = message(TypeError, lambda: transform(lambda x: 1.0)("text"))  # @argument
    assert "argument 'x' is a str, neither an array nor a number: 'text'" in text
    assert line("argument") in text


def test_functions_of_the_namespace_take_arrays():
    text = message(TypeError, lambda: pnp.sin(object()))  # @namespace
    assert "sin: a object is neither an array nor a number" in text
    assert line("namespace") in text
    text = message(TypeError, lambda: grad(lambda x: pnp.multiply(x, "2"))(1.0))
    assert "a str is neither an array nor a number: '2'" in text
