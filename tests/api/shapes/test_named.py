"""Sizes that a user names: types, IR and its text."""

from __future__ import annotations

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import tree
from polyad.errors import ParseError, PolyadTypeError, PolyadValueError, ShapeError
from polyad.ir import ArrayType, parse
from polyad.ir.symbolic.named import SCOPE
from polyad.passes.numbered import numbered

from .programs import PROGRAMS


def of(text, dtype="float64"):
    return polyad.ShapeDtypeStruct(polyad.symbolic_shape(text), dtype)


def with_numbers(function, **sizes):
    """A function for these values of the names; other names have values of their own."""
    names = [atom.name for atom in SCOPE.atoms if atom.function is None]
    values = [sizes.get(name, 5000 + i) for i, name in enumerate(names)]
    return numbered(function, SCOPE, values)


def named(leaf, n):
    """The type of an array, with a name for the size n, and one for n + 7."""
    shape = [{n: "n", n + 7: "n + 7"}.get(k, str(k)) for k in np.shape(leaf)]
    return of(", ".join(shape), np.asarray(leaf).dtype.name)


@pytest.mark.parametrize("name", sorted({*PROGRAMS} - {"softmax"}))
def test_the_ir_is_that_of_numbers_and_its_text_reads_back(name):
    f, arguments = PROGRAMS[name]
    given = arguments(100)
    function = polyad.make_ir(f)(*tree.map(lambda leaf: named(leaf, 100), given))
    text = str(function)
    assert "[n" in text
    assert parse(text) == function and str(parse(text)) == text
    for n in (17, 100):
        numbers = polyad.make_ir(f)(*arguments(n))
        assert same_results(with_numbers(function, n=n), numbers, arguments(n))


def same_results(one, two, given):
    leaves = [np.asarray(x) for x in tree.leaves(given)]
    assert one.result_types == two.result_types
    for x, y in zip(one(*leaves), two(*leaves), strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-6 if x.dtype == np.float32 else 1e-12)
    return True


@pytest.mark.parametrize(
    ("f", "types"),
    [
        (lambda x: x.T @ x, "f64[3,3]"),
        (lambda x: pnp.concatenate([x, x]), "f64[2*n,3]"),
        (lambda x: x[1:-1], "f64[n - 2,3]"),
        (lambda x: x.reshape(-1), "f64[3*n]"),
        (lambda x: x[:, None] + x, "f64[n,n,3]"),
        (lambda x: pnp.sum(x, axis=0, keepdims=True) * x, "f64[n,3]"),
        (lambda x: pnp.zeros(x.shape[0] // 2), "f64[floordiv(n, 2)]"),
        (lambda x: pnp.full((x.shape[0] % 4 + 1,), x.shape[0]), "i64[mod(n, 4) + 1]"),
        (polyad.jacrev(lambda x: x[:, 0] * x[:, 1]), "f64[n,n,3]"),
        (polyad.vmap(lambda row: pnp.sum(row)), "f64[n]"),
    ],
)
def test_the_types_of_results(f, types):
    found = polyad.eval_shape(f, of("n, 3"))
    assert str(found) == types
    read = parse(f"function @f(%x: {types}) -> ({types}) {{ return %x }}")
    assert read.argument_types == (found,)


@pytest.mark.parametrize(
    ("f", "said"),
    [
        (lambda x: x if x.shape[0] < 100 else 2 * x, "n < 100"),
        (lambda x: [x[i] for i in range(x.shape[0])], "a number is needed here, and the size n"),
        (lambda x: x * np.ones(x.shape), "a number is needed"),
        (lambda x: x * (2 if 1 / x.shape[0] < 0.1 else 1), "the program asks whether"),
    ],
)
def test_a_question_about_a_size_is_an_error_that_names_the_line(f, said):
    with pytest.raises(ShapeError) as error:
        polyad.make_ir(f)(of("n"))
    assert said in str(error.value) and "test_named.py" in str(error.value)
    assert "Give" in str(error.value)


def test_different_names_are_different_sizes():
    assert polyad.eval_shape(lambda x, y: x + y, of("n, 1"), of("m")) == of("n, m")
    with pytest.raises(ShapeError, match="do not broadcast"):
        polyad.eval_shape(lambda x, y: x + y, of("n"), of("m"))
    with pytest.raises(ShapeError, match="do not broadcast"):
        polyad.eval_shape(lambda x, y: x + y, of("n"), of("5"))


@pytest.mark.parametrize(
    ("text", "shape"),
    [("", "()"), ("n", "(n,)"), ("2*n, m - 1, 3", "(2*n, m - 1, 3)"), ("n*m+0", "(n*m,)"),
     ("-1+n", "(n - 1,)"),
     ("floordiv(n, 4)*4,", "(4*floordiv(n, 4),)"), ("mod(4*n, 2)", "(0,)")],
)  # fmt: skip
def test_shapes_are_spelled(text, shape):
    assert repr(polyad.symbolic_shape(text)) == shape


@pytest.mark.parametrize(
    ("text", "said"),
    [("n,,m", "expected a size"), ("n m", "expected ','"), ("f(n)", "no function"),
     ("-3", "no size"), ("2.5", "no size"), ("f64", "name 'f64'"),
     ("True", "expected a size"), ("mod(n, 0)", "mod: "),
     ("float(n)", "no size"), ("float", "name 'float'"), ("n;", "cannot read")],
)  # fmt: skip
def test_text_that_is_no_shape(text, said):
    with pytest.raises(PolyadValueError, match="symbolic_shape") as error:
        polyad.symbolic_shape(text)
    assert said in str(error.value)


def test_a_shape_is_text():
    with pytest.raises(PolyadTypeError, match="takes text such as"):
        polyad.symbolic_shape(3)


@pytest.mark.parametrize("text", ["f64[n.]", "f64[2.5]", "f64[-3]", "f64[float(n)]", "f64[‹9:q›]"])
def test_types_that_are_none(text):
    with pytest.raises(ParseError):
        parse(f"function @f(%x: {text}) -> ({text}) {{ return %x }}")


def test_types_print_and_read_back():
    t = ArrayType(of("n").dtype, polyad.symbolic_shape("2*n, 3, m*n - 1"))
    assert str(t) == "f64[2*n,3,n*m - 1]"
