"""Arrays of JAX programs, traced or not: methods that make new arrays, and none that writes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import polyad.compat.jax as jax
from polyad.compat.jax import numpy as jnp
from polyad.errors import PolyadError, PolyadTypeError, PolyadValueError

A = np.array([[3.0, 1.0, 2.0], [6.0, 4.0, 5.0]])
MEANINGS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "sort": (lambda x: x.sort(), lambda a: np.sort(a)),
    "sort down": (lambda x: x.sort(axis=0, descending=True), lambda a: -np.sort(-a, axis=0)),
    "argsort": (lambda x: x.argsort(), lambda a: np.argsort(a)),
    "ptp": (lambda x: x.ptp(), np.ptp),
    "take out of range": (lambda x: x.take(jnp.array([0, 9])), lambda a: np.array([3, np.nan])),
    "searchsorted": (lambda x: x[0].sort().searchsorted(2.5), lambda a: np.array(2)),
    "reshape": (lambda x: x.reshape(3, -1), lambda a: a.reshape(3, 2)),
    "reshape to a tuple": (lambda x: x.reshape((6,)), lambda a: a.reshape(6)),
    "transpose": (lambda x: x.transpose(1, 0), lambda a: a.T),
    "flatten": (lambda x: x.flatten(), np.ravel),
    "astype": (lambda x: x.astype(jnp.int32), lambda a: a.astype(np.int32)),
    "an integer out of range": (lambda x: x[0, 7], lambda a: a[0, 2]),
    "dropped": (lambda x: x.at[jnp.array([0, 7])].add(1.0), lambda a: a + [[1.0], [0.0]]),
    "dropped, at a number": (lambda x: x.at[7].set(1.0), lambda a: a),
    "clamped": (lambda x: x.at[7].get(), lambda a: a[1]),
    "sum where": (lambda x: x.sum(where=x > 2), lambda a: a[a > 2].sum()),
    "clip": (lambda x: x.clip(2, 4), lambda a: a.clip(2, 4)),
    "compress": (
        lambda x: x.compress(np.array([True, False]), axis=0),
        lambda a: a[:1],
    ),
    "view": (lambda x: x.view(jnp.int64), lambda a: a.view(np.int64)),
    "mT": (lambda x: x.mT, lambda a: a.T),
    "at": (lambda x: x.at[0].set(7.0), lambda a: np.array([[7.0] * 3, a[1]])),
    "copy": (lambda x: x.copy(), lambda a: a),
    "an array as index": (lambda x: x[jnp.array([1, 5])], lambda a: a[[1, 1]]),
    "one element": (lambda x: x[1, 2], lambda a: a[1, 2]),
}


@pytest.mark.parametrize("name", MEANINGS)
def test_a_method_makes_a_new_array_and_leaves_the_old_one(name: str):
    method, meaning = MEANINGS[name]
    want = np.asarray(meaning(A))
    for f in (method, jax.jit(method)):
        x = jnp.array(A)
        found = f(x)
        assert type(found) is type(x) and found.dtype == want.dtype
        np.testing.assert_array_equal(np.asarray(found), want)
        np.testing.assert_array_equal(np.asarray(x), A)


def test_operators_in_place_rebind():
    def f(x: Any) -> Any:
        y = x
        y += 1
        y *= 2
        return x, y

    for g in (f, jax.jit(f), jax.vmap(f)):
        before, after = g(jnp.arange(3.0))
        assert (before.tolist(), after.tolist()) == ([0, 1, 2], [2, 4, 6])
    assert jax.grad(lambda x: (f(x)[0] * f(x)[1]).sum())(jnp.ones(2)).tolist() == [6, 6]


@pytest.mark.parametrize("name", ["fill", "put", "partition", "resize", "setflags", "byteswap"])
def test_what_would_write_is_an_error(name: str):
    method = lambda x: getattr(x, name)(1)
    for f in (method, jax.jit(method)):
        with pytest.raises(PolyadTypeError, match=rf"(?s)immutable: {name} would.*x.at\[index\]"):
            f(jnp.ones(3))
    with pytest.raises(ValueError, match="read-only"):
        np.asarray(jnp.ones(3))[0] = 2.0
    with pytest.raises(AttributeError, match=r"(?s)JAX array has no attribute 'sorted'.*sort"):
        jax.jit(lambda x: x.sorted())(jnp.ones(3))


def test_arrays_do_not_change_with_what_they_were_made_of():
    given = np.ones(3)
    x, y = jnp.asarray(given), jnp.array(given)
    given[0] = 5.0
    assert (x.tolist(), y.tolist()) == ([1, 1, 1], [1, 1, 1])


def test_none_is_no_array():
    x = jnp.ones(2)
    assert None not in (x, x) and (x == None, x != None) == (False, True)  # noqa: E711
    assert jax.jit(lambda x: x * (None in (x, 1.0)))(x).tolist() == [0, 0]


def test_derivatives_of_arrays_that_were_computed_with_the_operators():
    key = jax.random.key(0)
    weights, bias = jax.random.normal(key, (3,)) + 1, jax.random.normal(key, ())

    def loss(weights: Any, bias: Any) -> Any:
        tanh = jnp.tanh(weights * 2 + bias) / 2
        return -jnp.sum(jnp.log(0.5 * (tanh + 1) + jnp.sqrt(1 / (1 + weights**2))))

    step = 1e-6
    for k in range(3):
        e = np.eye(3)[k] * step
        want = (loss(weights + e, bias) - loss(weights - e, bias)) / (2 * step)
        np.testing.assert_allclose(jax.grad(loss)(weights, bias)[k], want, rtol=1e-7)
    assert jax.hessian(loss)(weights, bias).shape == (3, 3)


def test_numpys_functions_of_them_are_numpys():
    x = jnp.array([3.0, 1.0, 2.0])
    assert np.sort(x).tolist() == [1, 2, 3] and x.tolist() == [3, 1, 2]
    assert type(np.concatenate([x, x])) is np.ndarray
    with pytest.raises(ValueError, match="read-only"):
        np.copyto(x, 1.0)


def test_an_array_that_is_not_traced_is_indexed_by_a_traced_number():
    table = jnp.array([3.0, 1.0, 2.0])
    picked = jax.jit(lambda i: table[i])
    assert [float(picked(i)) for i in (0, 2, 9)] == [3, 2, 2]
    assert jax.vmap(lambda i: table[i])(jnp.arange(3)).tolist() == [3, 1, 2]
    assert jax.lax.scan(lambda c, i: (c + table[i], c), 0.0, jnp.arange(3))[0] == 6


def test_their_text_is_jaxs():
    assert repr(jnp.arange(3)) == "Array([0, 1, 2], dtype=int64)"
    assert repr(jnp.zeros((0, 2))) == "Array([], shape=(0, 2), dtype=float64)"
    assert f"{jnp.zeros(2)}" == str(jnp.zeros(2)) == "[0. 0.]"
    assert f"{jnp.array(1.5)[()]:.2f}" == "1.50"
    assert [type(v).__name__ for v in jnp.ones(2)] == ["Array", "Array"]
    with pytest.raises(TypeError, match="iteration over a 0-d array"):
        iter(jnp.array(1.0))


def test_the_device():
    (device,) = jax.devices()
    assert (device.platform, device.id, repr(device)) == ("cpu", 0, "CpuDevice(id=0)")
    assert jax.local_devices() == jax.devices("cpu") == [device]
    assert isinstance(device, jax.Device)
    assert jnp.zeros(2, device=device).devices() == {device}
    assert (jax.device_count(), jax.process_index(), jax.default_backend()) == (1, 0, "cpu")
    with pytest.raises(PolyadValueError, match=r"(?s)CPU here, not 'gpu'.*one device"):
        jax.devices("gpu")
    with pytest.raises(PolyadValueError, match=r"there is no device 'gpu'"):
        jnp.zeros(2, device="gpu")
    with pytest.raises(PolyadTypeError, match=r"(?s)jax\.sharding\.Mesh has no counterpart.*out"):
        jax.sharding.Mesh(jax.devices(), ("x",))
    assert not isinstance(1, jax.sharding.NamedSharding)
    assert jax.sharding.PartitionSpec("x", None) == ("x", None)


def test_types_of_arrays():
    x = jnp.zeros((2, 3), jnp.float32)
    for made in (
        jax.ShapeDtypeStruct((2, 3), jnp.float32),
        jax.ShapeDtypeStruct.like(x),
        jax.core.ShapedArray((2, 3), jnp.float32, weak_type=False),
        jax.eval_shape(lambda x: x, x),
    ):
        assert (made.shape, made.dtype) == ((2, 3), np.float32)
        assert isinstance(made, jax.ShapeDtypeStruct) and isinstance(made, jax.core.ShapedArray)
    assert not isinstance(x, jax.ShapeDtypeStruct)
    doubled = jax.pure_callback(lambda x: 2 * x, jax.ShapeDtypeStruct.like(x), x + 1)
    assert doubled.tolist() == [[2.0] * 3] * 2
    with pytest.raises(PolyadTypeError, match=r"(?s)ShapeDtypeStruct: weak_type=True is not taken"):
        jax.ShapeDtypeStruct((2,), jnp.float32, weak_type=True)
    with pytest.raises(TypeError, match="has no parameter 'sort'"):
        jax.ShapeDtypeStruct((2,), jnp.float32, sort=1)
    assert type(x.view(np.ma.MaskedArray)) is np.ma.MaskedArray


def test_modules_that_programs_import():
    program = (
        "import polyad; polyad.compat.install('jax')\n"
        "import jax.scipy.stats.norm as norm, jax.core, jax.sharding\n"
        "from jax.scipy.sparse.linalg import cg\n"
        "import jax.numpy as jnp\n"
        "assert isinstance(1.0, jax.core.Tracer) is False\n"
        "with jax.core.ensure_compile_time_eval(): pass\n"
        "print(round(float(norm.logpdf(0.0)), 6), jnp.newaxis,\n"
        "      cg(lambda x: 2 * x, jnp.ones(2))[0].round(6).tolist())\n"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (run.stdout, run.stderr) == ("-0.918939 None [0.5, 0.5]\n", "")
    for module in (jax.core, jax.sharding, jax.stages):
        with pytest.raises(AttributeError, match="has no attribute 'eval_jaxpr' here: it has"):
            _ = module.eval_jaxpr


def test_user_nodes_in_results_hold_them():
    @jax.tree_util.register_pytree_node_class
    class Point:
        def __init__(self, x: Any) -> None:
            self.x = x

        def tree_flatten(self) -> Any:
            return (self.x,), None

        @classmethod
        def tree_unflatten(cls, _: Any, children: Any) -> Any:
            return cls(*children)

    found = jax.jit(lambda x: Point(x + 1))(jnp.zeros(2))
    assert found.x.at[0].set(3.0).tolist() == [3, 1]


def test_errors_are_polyads():
    with pytest.raises(PolyadError):
        jax.Array(1)
