"""pure_callback, debug.callback and debug.print: arguments, results, and bad input."""

from __future__ import annotations

import gc
import traceback
from typing import Any

import numpy as np
import pytest
import torch

import polyad
import polyad.numpy as pnp
from polyad import ShapeDtypeStruct, debug, lax
from polyad.errors import NotDifferentiableError, PolyadTypeError, PolyadValueError

BACKENDS = ("numpy", "native")
VECTOR = np.array([1.0, 2.0, 3.0])


def each_way(f: Any, *args: Any) -> list[Any]:
    """A call of `f` eagerly, and compiled."""
    return [lambda: f(*args), *(lambda b=b: polyad.jit(f, backend=b)(*args) for b in BACKENDS)]


# -- What the function gets -----------------------------------------------------------------------


def test_arguments_and_results_are_pytrees():
    def host(point, *, scale, label):
        assert label == "a string is no operand"
        return {"sum": point[0] + point[1], "scaled": (point[0] * scale,)}

    def f(x, y):
        like = {"sum": x, "scaled": (x,)}
        found = polyad.pure_callback(host, like, (x, y), scale=2.0, label="a string is no operand")
        return found["sum"] - found["scaled"][0]

    for run in each_way(f, VECTOR, VECTOR + 1):
        np.testing.assert_array_equal(run(), np.ones(3))


def test_numbers_and_other_libraries_arrays_are_converted():
    like = (ShapeDtypeStruct((), "float32"), ShapeDtypeStruct((3,), np.float32))
    host = lambda x: (1, torch.ones(3))
    for run in each_way(lambda x: polyad.pure_callback(host, like, x), 1.0):
        number, array = run()
        assert number == 1 and number.dtype == np.float32
        assert isinstance(array, np.ndarray) and array.dtype == np.float32


def test_the_function_gets_arrays_of_the_backend():
    seen = []
    f = lambda x: polyad.pure_callback(lambda x: (seen.append(type(x)), x)[1], x, x)
    polyad.vmap(f)(torch.ones(2, 3))
    polyad.jit(f, backend="torch")(torch.ones(3))
    assert set(seen) == {torch.Tensor}
    seen.clear()
    assert isinstance(polyad.jit(f)(torch.ones(3)), torch.Tensor)
    assert seen == [np.ndarray]


def test_arrays_given_by_compiled_code_can_be_kept_and_written_into():
    kept = []

    def f(x):
        def step(c, _):
            c = c * 2
            debug.callback(kept.append, c)
            return polyad.pure_callback(lambda c: np.multiply(c, 2, out=c), c, c), None

        return lax.scan(step, x, None, length=3)[0]

    np.testing.assert_array_equal(polyad.jit(f)(VECTOR), VECTOR * 64)
    np.testing.assert_array_equal(kept, [VECTOR * 2, VECTOR * 8, VECTOR * 32])


def test_a_result_that_the_function_writes_into_later_stays_as_it_was():
    buffer = np.zeros(3)

    def host(x):
        buffer[:] = x
        return buffer

    f = lambda x: polyad.vmap(lambda x: polyad.pure_callback(host, x, x))(x)
    for run in each_way(f, np.arange(6.0).reshape(2, 3)):
        np.testing.assert_array_equal(run(), np.arange(6.0).reshape(2, 3))


def test_operations_of_the_function_itself_are_not_traced():
    def f(x):
        y = polyad.pure_callback(lambda x: pnp.zeros(3) + x, VECTOR, polyad.stop_gradient(x))
        return y.sum() * x if y[0] > 0 else x

    assert polyad.grad(f)(2.0) == 6.0


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    "method, shapes",
    [
        ("sequential", [((3,), (2,))] * 4),
        ("expand_dims", [((4, 3), (1, 2))]),
        ("broadcast_all", [((4, 3), (4, 2))]),
    ],
)
def test_vmap_methods(method: str, shapes: Any, backend: str):
    seen = []

    def host(x, y):
        seen.append((x.shape, y.shape))
        return x * 2

    def f(x, y):
        return polyad.pure_callback(host, x, x, y, vmap_method=method)

    xs = np.arange(12.0).reshape(4, 3)
    batched = polyad.jit(polyad.vmap(f, in_axes=(0, None)), backend=backend)
    np.testing.assert_array_equal(batched(xs, np.ones(2)), xs * 2)
    assert seen == shapes


def test_a_callback_lives_as_long_as_its_caller():
    def make():
        host = lambda x: x + 1
        return polyad.jit(lambda x: polyad.pure_callback(host, x, x)).lower(1.0).compile()

    run = make()
    gc.collect()
    assert run(1.0) == 2.0


# -- Printing -------------------------------------------------------------------------------------


def test_print_formats_its_arguments(capsys):
    def f(x):
        debug.print("{} {:.2f} {name!r} {{}} {rows[0]}", x, x, name="n", rows=[x + 1])
        debug.print("no arguments")

    for run in each_way(f, 1.5):
        run()
        assert capsys.readouterr().out == "1.5 1.50 'n' {} 2.5\nno arguments\n"


@pytest.mark.parametrize(
    "fmt, args, kwargs, message",
    [
        ("{} {}", (1.0,), {}, "index"),
        ("{}", (1.0, 2.0), {}, "no place for argument 1"),
        ("{x}", (), {"y": 1.0}, "no argument 'x'"),
        ("{", (1.0,), {}, "Single '{'"),
        ("x = {}", (), {}, "index"),
    ],
)
def test_a_format_that_does_not_fit(fmt: str, args: Any, kwargs: Any, message: str):
    for run in (debug.print, polyad.jit(lambda fmt=fmt: debug.print(fmt, *args, **kwargs))):
        with pytest.raises(PolyadValueError, match=message):
            run(fmt, *args, **kwargs) if run is debug.print else run()


def test_print_of_no_format():
    with pytest.raises(PolyadTypeError, match=r"a format first, not a float64.*\n.*test_callbacks"):
        debug.print(np.float64(1.0))


# -- Bad input ------------------------------------------------------------------------------------

RETURNED = [
    (lambda x: x[:2], r"declared to return f64\[3\] at result, and returned f64\[2\]"),
    (lambda x: x.astype("float32"), r"declared to return f64\[3\].*returned f32\[3\]"),
    (lambda x: 1.0, r"returned the number 1.0"),
    (lambda x: "no", r"returned a str, which is no array"),
    (lambda x: (x, x), r"declared to return the pytree .*, and returned PyTreeSpec\(\(\*, \*\)"),
    (lambda x: None, r"declared to return the pytree .*, and returned PyTreeSpec\(None"),
]


@pytest.mark.parametrize("host, message", RETURNED)
def test_other_results_than_declared(host: Any, message: str):
    def f(x):
        return polyad.pure_callback(host, x, x)

    for run in each_way(f, VECTOR):
        with pytest.raises(PolyadTypeError, match=message) as error:
            run()
        assert "pure_callback of lambda" in str(error.value)
        assert "return polyad.pure_callback(host, x, x)" in str(error.value)


def test_a_leaf_that_differs_is_named():
    host = lambda x: {"a": x, "b": x.astype("int64")}
    f = lambda x: polyad.pure_callback(host, {"a": x, "b": x}, x)
    for run in each_way(f, VECTOR):
        with pytest.raises(PolyadTypeError, match=r"f64\[3\] at result\['b'\].*i64\[3\]"):
            run()


def test_a_number_of_another_kind():
    f = lambda x: polyad.pure_callback(lambda x: 1.5, ShapeDtypeStruct((), "int64"), x)
    for run in each_way(f, 1.0):
        with pytest.raises(PolyadTypeError, match=r"declared to return i64\[\].*the number 1.5"):
            run()


class Refusal(Exception):
    pass


def refuse(x):
    raise Refusal(f"not {float(x)}")


def like_identity(host):
    """A call of `host`, of which the derivative is 1."""

    def rule(primals, tangents):
        return call(primals[0]), tangents[0]

    def call(x):
        return polyad.pure_callback(host, x, x, jvp=rule)

    return call


@pytest.mark.parametrize("what", ["pure_callback", "debug.callback"])
def test_an_error_in_a_callback_reaches_the_caller(what: str):
    calls = []

    def host(x):
        calls.append(float(x))
        if len(calls) == 3:
            refuse(x)
        return x

    called = like_identity(host)

    def f(x):
        def step(v):
            v = v + 1
            if what == "pure_callback":
                return called(v)
            debug.callback(host, v)
            return v

        return lax.while_loop(lambda v: v < 100, step, x)

    runs = [*each_way(f, 0.0), *each_way(polyad.value_and_grad(f), 0.0)]
    batched = polyad.vmap(f)
    runs += [lambda: batched(np.zeros(1)), lambda: polyad.jit(batched)(np.zeros(1))]
    for run in runs:
        calls.clear()
        with pytest.raises(Refusal, match=r"not 3\.0") as error:
            run()
        assert calls == [1.0, 2.0, 3.0]
        frames = [frame.name for frame in traceback.extract_tb(error.value.__traceback__)]
        assert frames[-2:] == ["host", "refuse"]
        if run is not runs[0] or what == "pure_callback":
            assert f"raised in the {what} of host\n  at" in error.value.__notes__[0]
            assert len(error.value.__notes__) == 1


@pytest.mark.parametrize("transform", ["call", "grad", "vmap", "another program"])
def test_a_callback_may_call_the_function_that_it_is_called_from(transform: str):
    """Compiled code has a workspace for each call; a call inside of a call has its own."""
    calls = []

    def host(x):
        calls.append(float(x))
        if x < 1:
            return np.asarray(x)
        inner = {
            "call": lambda: f(x - 1),
            "grad": lambda: f(x - 1) * polyad.jit(polyad.grad(lambda y: y * 1.0))(x),
            "vmap": lambda: polyad.vmap(f)(np.stack([x - 1, x - 1]))[1],
            "another program": lambda: polyad.jit(lambda y: f(y) + 0 * y)(x - 1),
        }
        return np.asarray(inner[transform]())

    called = like_identity(host)
    f = polyad.jit(lambda x: 2.0 * called(x) + pnp.sum(pnp.sin(x * np.arange(200.0))))
    expected = 0.5
    for x in (0.5, 1.5, 2.5, 3.5):
        expected = 2 * expected + np.sum(np.sin(x * np.arange(200.0)))
        np.testing.assert_allclose(f(np.array(x)), expected, rtol=1e-12)
    assert calls[:3] == [0.5, 1.5, 0.5]


def test_a_compiled_function_is_usable_after_its_callback_raised():
    fail = [True]

    def host(x):
        if fail[0]:
            raise Refusal
        return x

    call = like_identity(host)
    big = np.ones((300, 100))  # a workspace and stacks on the heap
    f = polyad.jit(
        polyad.grad(
            lambda x: lax.while_loop(
                lambda v: v.sum() < 1e6,
                lambda v: (pnp.sin(v) + 2) * x + call(v),
                x,
            ).sum()
        )
    )
    for _ in range(3):
        with pytest.raises(Refusal):
            f(big)
    fail[0] = False
    assert np.isfinite(f(big)).all()


def test_a_callback_without_a_rule_is_not_differentiable():
    f = lambda x: polyad.pure_callback(np.sin, x, x) * 2
    for run in each_way(polyad.grad(f), 1.0):
        with pytest.raises(NotDifferentiableError, match=r"pure_callback of sin has no derivative"):
            run()
    assert polyad.grad(lambda x: x * f(polyad.stop_gradient(x)))(1.0) == 2 * np.sin(1.0)
    count = lambda x: polyad.pure_callback(lambda x: np.int64(x), ShapeDtypeStruct((), int), x)
    assert polyad.grad(lambda x: x * count(x))(3.5) == 3.0


@pytest.mark.parametrize(
    "arguments, error, message",
    [
        ((1.0, VECTOR, VECTOR), PolyadTypeError, "takes a function, not a float"),
        ((np.sin, "f64", VECTOR), PolyadTypeError, r"by its .shape and .dtype .* a str has none"),
        (
            (np.sin, np.float64, VECTOR),
            PolyadTypeError,
            r"a type has none",
        ),
        ((np.sin, {"a": None, "b": object()}, VECTOR), PolyadTypeError, r"dtypes\['b'\]"),
    ],
)
def test_bad_declarations(arguments: Any, error: Any, message: str):
    with pytest.raises(error, match=message):
        polyad.pure_callback(*arguments)


@pytest.mark.parametrize("shape, dtype", [(3, "float64"), ((1.5,), "float64"), ((3,), "float8")])
def test_a_bad_declared_type(shape: Any, dtype: Any):
    with pytest.raises(PolyadTypeError, match=r"takes a shape, .* and a dtype, not"):
        ShapeDtypeStruct(shape, dtype)


def test_bad_rules():
    call = lambda **rules: polyad.pure_callback(np.sin, 1.0, 1.0, **rules)
    rule = lambda *args: None
    with pytest.raises(PolyadTypeError, match="give jvp or vjp, not both"):
        call(jvp=rule, vjp=(rule, rule))
    with pytest.raises(PolyadTypeError, match=r"vjp is a pair \(fwd, bwd\)"):
        call(vjp=rule)
    with pytest.raises(PolyadTypeError, match="defjvp takes a function"):
        call(jvp=1)
    with pytest.raises(PolyadValueError, match=r"vmap_method is one of .*not 'parallel'"):
        call(vmap_method="parallel")


def test_debug_callback_takes_a_function():
    with pytest.raises(PolyadTypeError, match=r"debug.callback takes a function, not a str"):
        debug.callback("print", 1.0)
