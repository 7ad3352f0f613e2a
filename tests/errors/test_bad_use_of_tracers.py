"""Bad use of a traced array is a clear error that names its origin and the remedy."""

from __future__ import annotations

import math
import operator
import re
from typing import Any

import numpy as np
import pytest

import polyad
from polyad import errors, grad, jit, vmap

from .messages import lines_of, message

X = np.ones(3)
line = lines_of(__file__)


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
    assert "a traced array (f64[3]) of 'keep', argument 'x', is used after that trace" in text
    assert "Return the value from the traced function instead" in text
    assert f"at {__file__}:" in text


def test_a_leaked_tracer_names_the_lines_where_it_was_made_and_is_used():
    kept: list[Any] = []
    jit(lambda x: kept.append(np.sin(x)) or x)(1.0)
    text = message(errors.LeakedTracerError, lambda: kept[0] + 1)
    assert re.search(r"made by sin at .*test_bad_use_of_tracers.py:\d+", text)
    assert text.count("test_bad_use_of_tracers.py:") == 2


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


def test_writing_into_a_view_that_is_only_to_be_read():
    def f(x):
        np.broadcast_to(x, (3, 2))[0] = 1.0  # @write
        return x

    text = message(ValueError, lambda: jit(f)(np.ones(2)))
    assert "assignment destination is read-only" in text and "made by broadcast_to" in text
    assert "Write into a copy, x.copy()" in text
    assert line("write") in text


@pytest.mark.parametrize(
    "update, found, wanted",
    [
        (operator.iadd, "float64", "int64"),
        (operator.itruediv, "float64", "int64"),
        (operator.imul, "complex128", "float64"),
    ],
)
def test_a_result_that_does_not_fit_the_array_it_is_written_into(update, found, wanted):
    other = np.ones(2, found)

    def f(x):
        return update(x, other)  # @cast

    text = message(TypeError, lambda: jit(f)(np.ones(2, wanted)))
    assert f"a result of dtype {found} cannot be cast to {wanted}" in text
    assert f"Make the array in {found}" in text
    assert line("cast") in text


def test_numpy_functions_that_polyad_lacks():
    text = message(TypeError, lambda: jit(lambda x: np.common_type(x))(X))  # @lacking
    missing = "numpy.common_type cannot take a traced array: it is not followed"
    assert missing in text
    assert "polyad.custom_jvp" in text
    assert line("lacking") in text


def test_out_arguments_of_numpy_functions():
    text = message(TypeError, lambda: jit(lambda x: np.sin(x, out=np.ones(3)))(X))
    assert "numpy.sin would write a traced array into an ordinary numpy.ndarray" in text
    assert "polyad.numpy.zeros(...) in place of numpy.zeros(...)" in text
