"""The object that `jit` returns: its attributes, its calls, its lifetime."""

from __future__ import annotations

import asyncio
import copy
import functools
import gc
import inspect
import pickle
import sys
import weakref

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import jit
from polyad.api.calls.forwarding import forward, forwarding_class

X = np.arange(3.0)
HAVE_VECTORCALL = 1 << 11  # Py_TPFLAGS_HAVE_VECTORCALL


def scaled(x, *, scale=2.0):
    """x times scale"""
    return x * scale


@jit
def decorated(x):
    return x + 1


class Model:
    rate = 3.0

    @jit
    def step(self, x):
        return self * x

    @functools.partial(jit, static_argnums=0)
    def scaled(self, x, shift=0.0):
        return self.rate * x + shift


def test_it_tells_of_its_function():
    compiled = jit(scaled)
    assert (compiled.__name__, compiled.__doc__) == ("scaled", "x times scale")
    assert compiled.__wrapped__ is compiled.func is scaled
    assert inspect.signature(compiled) == inspect.signature(scaled)
    assert repr(compiled) == "<jit of scaled>"
    assert not asyncio.iscoroutinefunction(compiled)


def test_it_is_one_whether_called_or_not():
    compiled = jit(scaled)
    compiled.note = "mine"
    for _ in range(3):
        compiled(X, scale=X)
        assert (compiled.note, compiled.func, compiled.args) == ("mine", scaled, ())


@pytest.mark.skipif(sys.implementation.name != "cpython", reason="of CPython")
def test_a_known_call_runs_no_python_and_packs_no_arguments():
    compiled = jit(scaled)
    assert type(compiled).__flags__ & HAVE_VECTORCALL
    calls = (
        lambda: compiled(X),
        lambda: compiled(X, scale=X),
        lambda: compiled(X, scale=3.0),
        lambda: compiled(x=X, scale=X),
        lambda: compiled(2.0),
        lambda: compiled(np.float64(2), scale=3),
    )
    seen = []
    for _ in range(3):
        for call in calls:
            call()
    for call in calls:
        sys.setprofile(lambda frame, event, _: event == "call" and seen.append(frame.f_code))
        call()
        sys.setprofile(None)
    assert seen == [call.__code__ for call in calls]


def test_numbers_are_those_of_the_backend_in_use_and_traced_where_they_must():
    compiled = jit(lambda x: x * x)
    for _ in range(3):
        assert type(compiled(3.0)) is np.float64
        with polyad.execution.backend_scope(polyad.execution.get_backend("array_api_strict")):
            assert type(compiled(3.0)).__module__.startswith("array_api_strict")
        assert polyad.grad(lambda x: x * compiled(3.0) + compiled(x))(1.0) == 11.0


def test_an_error_in_a_trace_ends_it():
    compiled = jit(lambda x: 1 / 0 if x.ndim else x)
    for _ in range(3):
        assert compiled(2.0) == 2.0
        with pytest.raises(ZeroDivisionError):
            compiled(X)
        assert not polyad.execution.UNDER_WAY


def test_methods_are_bound():
    model = Model()
    assert Model.__dict__["scaled"] is Model.scaled
    for _ in range(3):
        np.testing.assert_array_equal(model.scaled(X), 3 * X)
        np.testing.assert_array_equal(model.scaled(X, shift=X), 4 * X)
        np.testing.assert_array_equal(Model.step(2.0, X), 2 * X)
    part = functools.partial(jit(scaled), scale=3.0)
    np.testing.assert_array_equal(part(X), 3 * X)


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_pickles_and_copies(protocol):
    compiled = jit(scaled, static_argnames="scale")
    for _ in range(3):
        np.testing.assert_array_equal(compiled(X, scale=3), 3 * X)
        again = pickle.loads(pickle.dumps(compiled, protocol))
        assert again.func is scaled
        np.testing.assert_array_equal(again(X, scale=4), 4 * X)
    assert pickle.loads(pickle.dumps(decorated, protocol)) is decorated
    assert copy.copy(decorated) is copy.deepcopy(decorated) is decorated


def test_it_is_freed_with_its_last_reference():
    gc.disable()
    try:
        for calls in (0, 1, 3):
            compiled = jit(lambda x: x + 1)
            for _ in range(calls):
                compiled(X)
            own = weakref.ref(compiled)
            del compiled
            assert own() is None
    finally:
        gc.enable()


def test_ways_may_change_while_one_is_gone():
    shapes = [np.ones(n) for n in range(1, 12)]

    def looked_at(x):
        if x.size == 11:
            for other in shapes[:10] * 3:
                np.testing.assert_array_equal(compiled(other), other + 1)
            gc.collect()
        return x

    like = lambda x: polyad.ShapeDtypeStruct(x.shape, "float64")
    compiled = jit(lambda x: polyad.pure_callback(looked_at, like(x), x) + 1)
    for _ in range(3):
        np.testing.assert_array_equal(compiled(shapes[-1]), shapes[-1] + 1)


@pytest.mark.parametrize(
    "version",
    [
        pytest.param(
            (3, 11),
            marks=pytest.mark.skipif(
                sys.version_info >= (3, 12), reason="later CPythons warn of such classes"
            ),
        ),
        (3, 12),
    ],
)
def test_both_ways_to_make_a_class_that_hands_calls_on(version, monkeypatch):
    class Methods:
        @property
        def func(self):
            return "own"

    monkeypatch.setattr(sys, "version_info", version)
    kind = forwarding_class(Methods, "Kind")
    made = kind(lambda *args, **keywords: (args, keywords))
    assert made(1, x=2) == ((1,), {"x": 2})
    forward(made, max)
    assert (made(1, 2), made.func, kind.__name__, kind.__module__) == (2, "own", "Kind", __name__)


def test_clear_caches_traces_again_and_lets_go_of_functions():
    traced = []

    def f(x):
        traced.append(1)
        return pnp.sin(x) * 1.25

    jitted, other = polyad.jit(f), polyad.jit(lambda x: jitted(x) + 1)
    xs = (np.arange(3.0), 0.5)
    for x in xs:
        for _ in range(3):
            np.testing.assert_allclose(jitted(x), np.sin(x) * 1.25)
            np.testing.assert_allclose(other(x), np.sin(x) * 1.25 + 1)
    before = len(traced)
    polyad.clear_caches()
    for x in xs:
        for _ in range(3):
            np.testing.assert_allclose(jitted(x), np.sin(x) * 1.25)
            np.testing.assert_allclose(other(x), np.sin(x) * 1.25 + 1)
    assert len(traced) == 2 * before


def test_clear_caches_forgets_traced_functions():
    def traced():
        return polyad.make_ir(lambda x: pnp.sin(x) * 3.25)(1.0)

    before = traced()
    assert traced() is before
    polyad.clear_caches()
    assert traced() is not before and traced() == before


# -- Pullbacks -------------------------------------------------------------------------------------


def test_a_pullback_comes_out_of_compiled_code_and_goes_in():
    @polyad.jit
    def forward(w, x):
        return polyad.vjp(lambda w, x: {"y": np.tanh(w @ x)}, w, x)

    @polyad.jit
    def backward(pullback, cotangent):
        return pullback(cotangent)

    w, x, ct = np.array([[0.1, -0.2], [0.3, 0.4]]), np.array([0.5, -0.6]), np.array([1.0, 2.0])
    for _ in range(2):
        value, pullback = forward(w, x)
        slope = ct / np.cosh(w @ x) ** 2
        np.testing.assert_allclose(value["y"], np.tanh(w @ x))
        for found in (pullback({"y": ct}), backward(pullback, {"y": ct})):
            np.testing.assert_allclose(found[0], np.outer(slope, x), rtol=1e-12)
            np.testing.assert_allclose(found[1], w.T @ slope, rtol=1e-12)


def test_a_pullback_without_residuals_or_results():
    _, pullback = polyad.vjp(lambda x: (), np.ones(2))
    np.testing.assert_array_equal(pullback(())[0], np.zeros(2))
