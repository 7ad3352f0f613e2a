"""A traced array in Python's hands: length, iteration, assignment, in-place operators, printing."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad.errors import ConcretizationError, PolyadTypeError, PolyadValueError, ShapeError

X = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
TRANSFORMS = [
    pytest.param(lambda f: polyad.jit(f), id="jit"),
    pytest.param(lambda f: lambda x: polyad.vjp(f, x)[0], id="vjp"),
    pytest.param(lambda f: lambda x: polyad.vmap(f)(x[None])[0], id="vmap"),
]
each_transform = pytest.mark.parametrize("transform", TRANSFORMS)


@each_transform
def test_length_and_iteration_go_over_the_first_axis(transform: Any):
    def f(x: Any) -> Any:
        assert len(x) == 2
        first, second = x
        rows = [row * k for k, row in enumerate(x, 1)]
        backwards = list(reversed(x))
        total = sum(sum(row) for row in x)
        return first - second + rows[1] + backwards[0] + total + max(len(r) for r in x)

    np.testing.assert_allclose(transform(f)(X), X[0] - X[1] + 2 * X[1] + X[1] + X.sum() + 3)


@each_transform
def test_unpacking_zip_and_star(transform: Any):
    def f(x: Any) -> Any:
        (a, b, *rest), last = x
        pairs = [p * q for p, q in zip(x[0], last, strict=True)]
        return a + b + rest[0] + pnp.stack(pairs)

    np.testing.assert_allclose(transform(f)(X), 6.0 + X[0] * X[1])


IN_PLACE = [
    (operator.iadd, 2.0),
    (operator.isub, X[0]),
    (operator.imul, 3),
    (operator.itruediv, X),
    (operator.ifloordiv, 2.0),
    (operator.imod, 2.0),
    (operator.ipow, 2),
    (operator.ipow, X),
]


@each_transform
@pytest.mark.parametrize("op, other", IN_PLACE)
def test_operators_in_place_write_into_the_array_as_numpys_do(op: Any, other: Any, transform: Any):
    def f(x: Any) -> Any:
        x = x + 0.0
        alias = x
        x = op(x, other)
        assert alias is x
        return alias

    np.testing.assert_allclose(transform(f)(X), op(X.copy(), other))


@pytest.mark.parametrize(
    "op, other",
    [
        (operator.iand, 6),
        (operator.ior, 6),
        (operator.ixor, 6),
        (operator.ilshift, 2),
        (operator.irshift, 1),
    ],
)
def test_so_do_those_on_integers(op: Any, other: int):
    def f(x: Any) -> Any:
        alias = x
        x = op(x, other)
        assert alias is x
        return alias

    n = np.arange(6)
    np.testing.assert_array_equal(polyad.jit(lambda n: f(n + 0))(n), op(n.copy(), other))


def test_a_matrix_product_in_place():
    def f(x: Any) -> Any:
        alias = x
        x @= np.eye(3)[::-1]
        return alias

    np.testing.assert_array_equal(polyad.jit(lambda x: f(x * 1))(X), X[:, ::-1])


def test_a_misfit_in_place_is_an_error():
    def grows(x: Any) -> Any:
        x **= np.ones((2, 1))
        return x

    with pytest.raises(ShapeError, match=r"in place, pow of f64\[3\](.|\n)*test_ergonomics.py"):
        polyad.jit(grows)(X[0])


@each_transform
def test_items_are_assigned_and_updated(transform: Any):
    def f(x: Any) -> Any:
        x = x + 0.0
        x[0, 1] = 10.0
        x[1] = x[1] * 2
        x[:, -1] += 1.0
        x = x.at[0, 0].set(7.0).at[1, 0].add(1.0)
        return x.at[...].multiply(2.0)

    expected = X.copy()
    expected[0, 1], expected[1], expected[0, 0] = 10.0, expected[1] * 2, 7.0
    expected[:, -1] += 1.0
    expected[1, 0] += 1.0
    np.testing.assert_allclose(transform(f)(X), 2 * expected)


@each_transform
def test_parts_are_updated_in_place(transform: Any):
    def f(x: Any) -> Any:
        x = x * 1.0
        x[0] += 1.0
        x[:, 1] *= x[:, 0]
        x[1, ::-1] -= np.arange(3.0)
        x[np.array([0, 0])] /= 2.0
        x[1, 2] **= 2
        return x

    np.testing.assert_allclose(transform(f)(X), f(X))


@each_transform
def test_the_representation_has_the_type_and_the_arguments_name(transform: Any):
    seen = []

    def f(weights: Any) -> Any:
        seen.extend([repr(weights), str(weights), f"{weights}", repr(pnp.sin(weights))])
        return weights

    transform(f)(X)
    assert seen[:3] == ["Tracer<f64[2,3], argument 'weights'>"] * 3
    assert seen[3].startswith("Tracer<f64[2,3], made by sin at ")
    assert "test_ergonomics.py" in seen[3]


def test_the_name_is_that_of_the_users_argument_and_the_way_to_it():
    seen = []

    def loss(params: Any, data: Any, *rest: Any, scale: Any = 1.0) -> Any:
        arrays = (params["w"], params["b"][0], data, *rest, scale)
        seen.append([repr(x).partition(", ")[2].rstrip(">") for x in arrays])
        return pnp.sum(params["w"] * data * params["b"][0] * rest[0] + scale)

    one = np.ones(3)
    given: Any = ({"w": one, "b": [one.copy()]}, one.copy(), one.copy())
    names = [f"argument {name!r}" for name in ("params['w']", "params['b'][0]", "data", "rest[0]")]
    ways: list[Any] = [
        polyad.grad(loss),
        polyad.grad(loss, argnums=(0, 1)),
        polyad.grad(loss, argnums=2),
        polyad.jit(loss),
        lambda *xs: polyad.vjp(loss, *xs),
        lambda *xs: polyad.jvp(loss, xs, xs),
        lambda *xs: polyad.vmap(loss, (None, 0, None))(xs[0], np.ones((2, 3)), xs[2]),
    ]
    for call in ways:
        call(*given)
        assert seen[-1] == [*names, ""] or call is ways[-1]
    assert seen[-1][2] == "argument 'data'"
    polyad.jit(loss)(*given, scale=one)
    assert seen[-1][4] == "argument 'scale'"
    polyad.jit(lambda n, x: loss({"w": x, "b": [x]}, x, x) * n, static_argnums=0)(2, one)
    assert seen[-1][0] == "argument 'x'"
    around = np.ones(3)

    def asks(x: Any) -> Any:
        seen.append(repr(pnp.asarray(around)))
        return pnp.sum(x)

    polyad.grad(asks)(one)
    assert seen[-1] == "Tracer<f64[3], an array from around the traced function>"


@each_transform
def test_a_list_of_a_traced_array_is_refused_with_a_remedy(transform: Any):
    with pytest.raises(ConcretizationError) as raised:
        transform(lambda data: data.tolist())(X)
    text = str(raised.value)
    assert "tolist() of a traced array (f64[2,3], argument 'data')" in text
    assert "would lose its derivative or batch" in text
    assert "call tolist() on the result" in text
    assert "test_ergonomics.py" in text


def test_lengths_and_iteration_need_a_dimension():
    for use in (len, list, lambda x: tuple(x)):
        with pytest.raises(PolyadTypeError, match="without dimensions"):
            polyad.grad(use)(1.0)


@pytest.mark.parametrize(
    "axis, kind, text",
    [
        (2, PolyadValueError, "axis 2 is out of range for an array of 2 dimensions"),
        (-3, PolyadValueError, "axis -3 is out of range"),
        (1.0, PolyadTypeError, "an axis is an integer, not 1.0"),
        ("0", PolyadTypeError, "an axis is an integer, not '0'"),
    ],
)
@pytest.mark.parametrize(
    "name",
    [
        *("sum", "prod", "mean", "std", "var", "max", "min", "any", "all", "count_nonzero"),
        *("argmax", "argmin", "sort", "argsort", "cumulative_sum", "cumulative_prod", "diff"),
        *("flip", "expand_dims", "unstack", "cumsum", "cumprod"),
    ],
)
def test_an_axis_that_is_not_there(name: str, axis: Any, kind: type, text: str):
    if name == "expand_dims" and isinstance(axis, int):
        axis, text = 2 * axis, "is out of range for an array of 3 dimensions"
    eager = lambda x: getattr(pnp, name)(x, axis=axis)
    for call in (eager, polyad.jit(eager)):
        with pytest.raises(kind, match=text) as raised:
            call(X)
        assert "test_ergonomics.py" in str(raised.value)


@pytest.mark.parametrize(
    "call",
    [
        lambda x: pnp.sum(x, axis=(0, 0)),
        lambda x: pnp.flip(x, axis=(1, -1)),
        lambda x: pnp.squeeze(x[None], axis=(0, 0)),
        lambda x: pnp.expand_dims(x, axis=(0, 0)),
        lambda x: pnp.permute_dims(x, (0, 0)),
        lambda x: pnp.moveaxis(x, (0, 0), (0, 1)),
        lambda x: pnp.moveaxis(x, (0, 1), (1, 1)),
        lambda x: pnp.max(x, axis=(1, -1)),
    ],
)
def test_an_axis_named_twice(call: Any):
    for f in (call, polyad.jit(call)):
        with pytest.raises(PolyadValueError, match=r"twice|no permutation") as raised:
            f(X)
        assert "test_ergonomics.py" in str(raised.value)


def test_axes_may_be_numpys_integers():
    np.testing.assert_array_equal(pnp.sum(X, axis=np.int64(1)), X.sum(axis=1))
    np.testing.assert_array_equal(polyad.jit(lambda x: pnp.flip(x, np.int8(0)))(X), X[::-1])
