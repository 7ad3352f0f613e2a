"""Bad input is a clear error that says what was given, what was expected, and the user's line.

`line("name")` is the place of the line below that ends in the comment `# @name`.
"""

from __future__ import annotations

import linecache
import math
import os
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Any

import numpy as np
import pytest
import torch

import polyad
import polyad.numpy as pnp
from polyad import errors, grad, jit, jvp, vjp, vmap

X = np.ones(3)


def message(kind: type[Exception], f: Callable[[], Any]) -> str:
    """The text of the error of that kind that `f` raises; all of polyad's are `PolyadError`s."""
    with pytest.raises(kind) as caught:
        f()
    assert isinstance(caught.value, errors.PolyadError)
    return str(caught.value)


def line(mark: str) -> str:
    """`file:line` of the line marked `# @mark`."""
    for number, text in enumerate(linecache.getlines(__file__), 1):
        if text.rstrip().endswith(f"# @{mark}"):
            return f"{__file__}:{number},"
    raise LookupError(mark)


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


def test_grad_of_integers_says_which_argument_and_what_to_do():
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


def test_linearize_and_linear_transpose_check_what_they_are_given():
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


# -- Tracers --------------------------------------------------------------------------------------


@pytest.fixture
def leaked() -> Any:
    kept = []

    def keep(x):
        kept.append(x)
        return x.sum()

    grad(keep)(X)
    return kept[0]


@pytest.mark.parametrize(
    "use",
    [
        lambda x: x + 1,
        lambda x: np.sin(x),
        lambda x: bool(x[0] > 0),
        lambda x: grad(lambda y: (y * x).sum())(1.0),
        lambda x: jit(lambda y: x)(1.0),
        lambda x: vmap(lambda y: y)(x),
        lambda x: polyad.make_ir(lambda y: y)(x),
    ],
)
def test_a_leaked_tracer_says_so(use: Any, leaked: Any):
    text = message(errors.LeakedTracerError, lambda: use(leaked))
    assert "a traced array (f64[3]) of 'keep' is used after that trace has ended" in text
    assert "Return the value from the traced function instead" in text
    assert f"at {__file__}:" in text


CONVERSIONS = {
    "bool()": (lambda x: 1.0 if x > 0 else 2.0, "polyad.numpy.where"),
    "int()": (lambda x: int(x), "static_argnums"),
    "float()": (lambda x: float(x), "drops derivatives"),
    "complex()": (lambda x: complex(x), "drops derivatives"),
    "item()": (lambda x: x.item(), "the array itself"),
    "an integer index": (lambda x: range(x.astype(int)), "static_argnums"),
}


@pytest.mark.parametrize("what", CONVERSIONS)
@pytest.mark.parametrize("name", ["jit", "vmap", "make_ir"])
def test_the_value_of_an_abstract_tracer(what: str, name: str):
    use, remedy = CONVERSIONS[what]
    argument = X if name == "vmap" else 1.0
    traces = "jit" if name == "make_ir" else name
    text = message(errors.ConcretizationError, lambda: getattr(polyad, name)(use)(argument))
    assert text.startswith(f"{what} of a traced array (")
    assert f"not known while {traces} traces; it depends on argument 'x'" in text
    assert f"at {__file__}:" in text
    assert remedy in text


def test_the_error_is_a_type_error_and_points_at_the_branch():
    def relu(x):
        if x > 0:  # @branch
            return x
        return 0.0 * x

    text = message(TypeError, lambda: jit(relu)(1.0))
    assert line("branch") in text
    assert "in relu: if x > 0:" in text


def test_a_branch_on_a_captured_unknown_names_the_outer_argument():
    outer = lambda y: grad(lambda x: x * 2 if y > 0 else x)(1.0)
    assert "it depends on argument 'y'" in message(TypeError, lambda: jit(outer)(1.0))


def test_math_functions_need_numbers():
    assert "float() of a traced array" in message(
        TypeError, lambda: jit(lambda x: math.sin(x))(1.0)
    )


def test_truth_of_many_elements():
    text = message(TypeError, lambda: grad(lambda x: x.sum() if x > 0 else 1.0)(X))
    assert "bool() needs an array of one element, not bool[3]" in text


def test_iteration_over_no_dimensions():
    text = message(TypeError, lambda: jit(lambda x: list(x))(1.0))  # @iterate
    assert "iteration over a traced array without dimensions (argument 'x')" in text
    assert line("iterate") in text
    assert "len() of a traced array without dimensions" in message(
        TypeError, lambda: jit(lambda x: len(x))(1.0)
    )


@pytest.mark.parametrize("convert", [np.asarray, np.array, lambda x: x.tolist()])
@pytest.mark.parametrize("transform", [jit, grad, vmap])
def test_a_tracer_does_not_become_a_numpy_array(convert: Any, transform: Any):
    text = message(errors.ConcretizationError, lambda: transform(lambda x: convert(x))(X))
    assert "a traced array (f64[" in text
    assert "argument 'x'" in text
    assert f"at {__file__}:" in text


def test_attributes_that_arrays_do_not_have():
    with pytest.raises(AttributeError, match="a traced array has no attribute 'banana'"):
        jit(lambda x: x.banana)(X)


def test_a_boolean_mask_of_unknown_value():
    text = message(TypeError, lambda: jit(lambda x: x[x > 0])(X))  # @mask
    assert "x[mask] has as many elements as the mask has Trues" in text
    assert "polyad.numpy.where(mask, x, fill)" in text
    assert line("mask") in text


def test_writing_into_a_part_of_a_traced_array():
    def f(x):
        x[0][1] = 1.0  # @write
        return x

    text = message(TypeError, lambda: jit(f)(np.ones((2, 2))))
    assert "x[i, j] = v instead of x[i][j] = v" in text
    assert line("write") in text


def test_numpy_functions_that_polyad_lacks():
    text = message(TypeError, lambda: jit(lambda x: np.common_type(x))(X))  # @lacking
    missing = (
        "numpy.common_type cannot take a traced array: polyad.numpy has no function of that name"
    )
    assert missing in text
    assert "polyad.custom_jvp" in text
    assert line("lacking") in text


def test_out_arguments_of_numpy_functions():
    text = message(TypeError, lambda: jit(lambda x: np.sin(x, out=np.ones(3)))(X))
    assert "numpy.sin(..., out=...) cannot write what is traced into a ndarray" in text


# -- Backends, devices, dtypes --------------------------------------------------------------------


@pytest.mark.parametrize(
    "use, what",
    [
        (lambda a, b: pnp.add(a, b), "add"),
        (lambda a, b: jit(pnp.add)(a, b), "jit"),
        (lambda a, b: grad(lambda x, y: (x * y).sum())(a, b), "grad"),
        (lambda a, b: grad(lambda x: (x * b).sum())(a), "grad"),
        (lambda a, b: vmap(pnp.multiply)(a, b), "vmap"),
    ],
)
def test_numpy_arrays_with_tensors(use: Any, what: str):
    text = message(errors.BackendError, lambda: use(X, torch.ones(3)))
    assert f"{what} mixes arrays of numpy and torch" in text
    assert "a numpy.ndarray of shape (3,)" in text
    assert "torch.Tensor of shape (3,)" in text
    assert f"at {__file__}:" in text


@pytest.mark.parametrize(
    "use", [pnp.add, jit(pnp.add), grad(lambda x, y: (x * y).sum()), vmap(pnp.multiply)]
)
def test_tensors_of_two_devices(use: Any):
    cpu, meta = torch.ones(3), torch.ones(3, device="meta")
    text = message(errors.BackendError, lambda: use(cpu, meta))  # @device
    assert "mixes arrays on cpu and meta; move one of them" in text
    assert line("device") in text


UNSUPPORTED = [
    X.astype("float16"),
    np.array([1.0, None]),
    np.array(["a"]),
    torch.ones(3, dtype=torch.bfloat16),
]


@pytest.mark.parametrize("array", UNSUPPORTED, ids=["float16", "object", "text", "bfloat16"])
@pytest.mark.parametrize(
    "use",
    [
        lambda a: jit(lambda x: x)(a),
        lambda a: vmap(lambda x: x)(a),
        lambda a: grad(lambda x: x.sum())(a),
        lambda a: pnp.sin(a),
        lambda a: pnp.sum(a),
        lambda a: jit(lambda x: x * a)(1.0),
    ],
    ids=["jit", "vmap", "grad", "sin", "sum", "captured"],
)
def test_dtypes_that_polyad_does_not_compute_with(array: Any, use: Any):
    text = message(TypeError, lambda: use(array))
    assert "polyad does not compute with" in text
    assert "float32, float64, complex64, complex128" in text
    assert f"at {__file__}:" in text


def test_dtype_names_that_polyad_lacks():
    assert "polyad has no dtype 'float16'" in message(
        TypeError, lambda: pnp.zeros(3, dtype="float16")
    )


def test_op_and_dtype_that_do_not_go_together():
    text = message(TypeError, lambda: jit(lambda x: x < 1j)(X))  # @less
    assert "less takes ordered arrays, not complex128" in text
    assert line("less") in text


def test_static_arguments_are_hashable():
    f = lambda x, n: x
    text = message(TypeError, lambda: jit(f, static_argnums=1)(X, [1, 2]))  # @static
    assert "jit: static argument 1 must be hashable, and a list is not: [1, 2]" in text
    assert "Pass a tuple instead" in text
    assert line("static") in text
    text = message(TypeError, lambda: jit(f, static_argnames="n")(X, n={"a": 1}))
    assert "static argument 'n' must be hashable, and a dict is not" in text


@pytest.mark.parametrize(
    "use", [lambda: jit(lambda x: x, backend="tpu"), lambda: polyad.use_backend("tpu")]
)
def test_an_unknown_backend(use: Any):
    text = message(LookupError, use)
    start, known = text.split("; the known ones are ")
    assert start == "no backend is named 'tpu'"
    # Installed or not, and with whatever backends others have added to this environment.
    assert known.split(", ") == sorted(entry_points(group="polyad.backends").names)
    ours = {"numpy", "torch", "array_api_strict", "dask", "jax", "cupy", "native"}
    assert ours <= set(known.split(", "))


def test_a_backend_whose_library_is_not_installed(monkeypatch: pytest.MonkeyPatch):
    backend = polyad.execution.get_backend("array_api_strict")
    monkeypatch.setattr(type(backend), "is_available", lambda self: False)
    text = message(
        errors.BackendNotFoundError, lambda: jit(lambda x: x, backend="array_api_strict")
    )
    assert "backend 'array_api_strict' is known, but the library it needs is not installed" in text
    assert f"choose one of {', '.join(polyad.backends())}" in text
    assert "array_api_strict" not in polyad.backends()


def test_polyad_works_where_nothing_but_numpy_is_installed():
    """In a process of its own, in which importing them fails."""
    program = """
import sys
for name in ("torch", "llvmlite", "array_api_strict", "dask", "jax", "cupy"):
    sys.modules[name] = None
import numpy as np, polyad, polyad.numpy as pnp
assert polyad.grad(lambda x: pnp.sin(x).sum())(np.zeros(2)).tolist() == [1.0, 1.0]
assert polyad.jit(pnp.exp)(np.zeros(2)).tolist() == [1.0, 1.0]
assert polyad.backends() == ["numpy"]
for name in ("torch", "native"):
    try:
        polyad.jit(pnp.exp, backend=name)
    except polyad.errors.BackendNotFoundError as error:
        assert f"backend {name!r} is known, but the library it needs is not installed" in str(error)
    else:
        raise AssertionError(name)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=os.environ, check=False
    )
    assert done.returncode == 0, done.stderr


def test_a_backend_without_arrays_of_its_own():
    text = message(errors.BackendError, lambda: polyad.use_backend("native"))
    assert "backend 'native' has no arrays of its own; use jit(..., backend='native')" in text


def test_settings_that_do_not_exist():
    text = message(ValueError, lambda: polyad.config.update("default_flaot", "float32"))
    assert "there is no setting 'default_flaot'" in text
    text = message(ValueError, lambda: polyad.config.update("default_float", "float16"))
    assert "config.default_float is one of ('float32', 'float64'), not 'float16'" in text


# -- Custom rules ---------------------------------------------------------------------------------


def with_jvp(rule: Any) -> Any:
    @polyad.custom_jvp
    def f(x, y):
        return x * y

    if rule is not None:
        f.defjvp(rule)
    return f


@pytest.mark.parametrize(
    "rule, expected",
    [
        (None, "custom_jvp function f has no rule; give it one with @f.defjvp"),
        (lambda p, t: p[0], "the jvp rule of f returns a pair (primal_out, tangent_out), not"),
        (
            lambda p, t: (p[0], (t[0],)),
            "the tangent output of the jvp rule of f must have the structure",
        ),
        (
            lambda p, t: ([p[0]], t[0]),
            "the primal output of the jvp rule of f must have the structure",
        ),
        (
            lambda p, t: (p[0], pnp.ones(3)),
            "for output 0 a tangent of type f64[3], and the output is f64[]",
        ),
    ],
)
def test_custom_jvp_rules_of_the_wrong_structure(rule: Any, expected: str):
    assert expected in message(TypeError, lambda: grad(with_jvp(rule))(1.0, 2.0))


def with_vjp(fwd: Any, bwd: Any) -> Any:
    @polyad.custom_vjp
    def f(x, y):
        return x * y

    f.defvjp(fwd, bwd)
    return f


GOOD_FWD = lambda x, y: (x * y, (x, y))


@pytest.mark.parametrize(
    "fwd, bwd, expected",
    [
        (
            lambda x, y: x,
            lambda r, ct: (ct, ct),
            "the fwd of f returns a pair (out, residuals), not",
        ),
        (
            lambda x, y: ([x], x),
            lambda r, ct: (ct, ct),
            "the fwd of f must return first what f returns",
        ),
        (
            GOOD_FWD,
            lambda r, ct: ct,
            "the bwd of f returns a tuple with one cotangent for each of its 2",
        ),
        (
            GOOD_FWD,
            lambda r, ct: (ct,),
            "the bwd of f returns a tuple with one cotangent for each of its 2",
        ),
        (
            GOOD_FWD,
            lambda r, ct: ((ct,), ct),
            "the bwd of f must give argument 0 a cotangent of structure",
        ),
        (
            GOOD_FWD,
            lambda r, ct: (ct, pnp.ones(3)),
            "gave argument 1 a cotangent of type f64[3]; it is f64[]",
        ),
    ],
)
def test_custom_vjp_rules_of_the_wrong_structure(fwd: Any, bwd: Any, expected: str):
    assert expected in message(TypeError, lambda: grad(with_vjp(fwd, bwd))(1.0, 2.0))


def test_custom_vjp_without_a_rule():
    f = polyad.custom_vjp(lambda x: x)
    f.__name__ = "f"
    text = message(TypeError, lambda: grad(f)(1.0))
    assert "custom_vjp function f has no rule; give it one with f.defvjp(fwd, bwd)" in text


def test_forward_mode_of_a_backward_pass_that_is_not_linear():
    f = with_vjp(GOOD_FWD, lambda r, ct: (ct * ct, ct))
    text = message(errors.NotDifferentiableError, lambda: jvp(f, (1.0, 2.0), (1.0, 1.0)))
    assert "transposes its backward pass, which is not linear in the cotangent" in text
    assert "write a custom_jvp rule" in text


def test_nondiff_argnums_out_of_range():
    @polyad.custom_jvp
    def f(x):
        return x

    g = polyad.custom_jvp(lambda x: x, nondiff_argnums=(3,))
    assert "nondiff_argnums=(3,)" in message(TypeError, lambda: grad(g)(1.0))


def test_defjvps_needs_a_rule_for_each_argument():
    f = with_jvp(None)
    f.defjvps(lambda t, out, x, y: t)
    text = message(TypeError, lambda: grad(f)(1.0, 2.0))
    assert "defjvps of f got 1 rules; the function has 2 arguments" in text


# -- NaN ------------------------------------------------------------------------------------------


def test_debug_nans_names_op_and_line():
    def f(x):
        return pnp.sum(pnp.log(x - 2.0))  # @nan

    with polyad.config(debug_nans=True):
        for run in (lambda: f(X), lambda: grad(f)(X), lambda: jit(f)(X)):
            text = message(errors.NanError, run)
            assert "log made a NaN" in text
            assert line("nan") in text


def test_debug_nans_in_the_backward_pass():
    @polyad.custom_vjp
    def f(x):
        return x * 2

    f.defvjp(lambda x: (f(x), x), lambda x, ct: (ct * pnp.log(-x),))  # @backward
    with polyad.config(debug_nans=True):
        text = message(errors.NanError, lambda: grad(f)(1.0))
    assert "log made a NaN" in text
    assert line("backward") in text
