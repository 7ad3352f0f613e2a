"""Programs written for JAX, with one line changed or none."""

from __future__ import annotations

import functools
import inspect
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import polyad
import polyad.compat.jax as jax
from polyad.compat._spelling import Door
from polyad.compat.jax import lax, nn, random, tree_util
from polyad.compat.jax import numpy as jnp
from polyad.errors import PolyadError, PolyadTypeError, PolyadValueError

X = np.array([1.0, 2.0, 3.0])
DOORS: list[Door] = [
    jax.DOOR, jnp.DOOR, jnp.linalg.DOOR, jnp.fft.DOOR, lax.DOOR, nn.DOOR, nn.initializers.DOOR,
    random.DOOR, jax.scipy.linalg.DOOR, jax.scipy.special.DOOR, jax.tree.DOOR, tree_util.DOOR,
    jax.ops.DOOR, jax.custom_derivatives.DOOR, jax.custom_batching.DOOR, jax.ad_checkpoint.DOOR,
    jax.ref.DOOR, jax.experimental.jet.DOOR,
]  # fmt: skip


# -- Arrays ----------------------------------------------------------------------------------------


def test_refs_named_axes_and_jets():
    cell = jax.new_ref(jnp.zeros(3))
    assert isinstance(cell, jax.Ref)
    jax.jit(lambda ref, x: ref.__setitem__(0, x))(cell, 2.0)
    jax.ref.addupdate(cell, 1, 1.0)
    assert cell[...].at[2].set(5.0).tolist() == [2.0, 1.0, 5.0]
    assert jax.freeze(cell).tolist() == [2.0, 1.0, 0.0]
    centred = jax.vmap(lambda x: x - lax.pmean(x, "i"), axis_name="i")
    assert centred(jnp.arange(3.0)).tolist() == [-1.0, 0.0, 1.0]
    _, derivatives = jax.experimental.jet.jet(jnp.sin, (0.0,), ((1.0, 0.0, 0.0),))
    assert [float(d) for d in derivatives] == [1.0, 0.0, -1.0]


def test_arrays_are_immutable_and_have_at():
    x = jnp.arange(3.0)
    for made in (x.at[0].set(5.0), jax.jit(lambda x: x.at[0].set(5.0))(x)):
        assert made.tolist() == [5, 1, 2]
        assert made.at[1].add(1.0).tolist() == [5, 2, 2]
    assert x.tolist() == [0, 1, 2]
    y = x
    y += 1
    assert (x.tolist(), y.tolist()) == ([0, 1, 2], [1, 2, 3])
    with pytest.raises(PolyadTypeError, match=r"(?s)JAX arrays are immutable.*x.at\[index\].set"):
        x[0] = 1.0
    for name in ("sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul"):
        z = x + 1
        inplace = getattr(z, f"__i{name}__")(x + 1)
        np.testing.assert_array_equal(inplace, getattr(z, f"__{name}__")(x + 1))
        assert z.tolist() == [1, 2, 3]
    bits = jnp.array([6, 3])
    for name in ("and", "or", "xor", "lshift", "rshift"):
        inplace = getattr(bits, f"__i{name}__")(1)
        np.testing.assert_array_equal(inplace, getattr(np.array([6, 3]), f"__{name}__")(1))
    assert bits.tolist() == [6, 3]


@pytest.mark.parametrize(
    "make",
    [
        lambda: jnp.zeros(3),
        lambda: jnp.sin(X),
        lambda: jnp.asarray(X)[1:],
        lambda: jnp.sum(X),
        lambda: jax.jit(jnp.sin)(X),
        lambda: jax.grad(lambda x: (x**2).sum())(X),
        lambda: jax.vmap(jnp.sin)(X),
        lambda: jax.vjp(jnp.sin, X)[0],
        lambda: jax.jvp(jnp.sin, (X,), (X,))[1],
        lambda: jax.hessian(lambda x: (x**2).sum())(X),
        lambda: lax.scan(lambda c, x: (c + x, c), 0.0, X)[1],
        lambda: random.normal(random.PRNGKey(0), (2,)),
        lambda: nn.relu(X),
        lambda: jnp.linalg.inv(jnp.eye(2)),
        lambda: jax.device_put(X),
        lambda: jax.device_put(1.0),
        lambda: jnp.array([1.0]) @ jnp.array([2.0]),
        lambda: pickle.loads(pickle.dumps(jnp.ones(2))),
    ],
)
def test_results_are_arrays_that_jax_programs_know(make: Any):
    x = make()
    assert isinstance(x, jax.Array)
    assert isinstance(x, jnp.ndarray)
    assert x.block_until_ready() is x
    assert x.at[...].set(0).sum() == 0
    assert not x.is_deleted()
    assert x.devices() == {jax.devices()[0]}
    assert isinstance(jax.device_get(x), np.ndarray)
    with pytest.raises(TypeError):
        hash(x)


def test_isinstance_of_arrays():
    seen: list[bool] = []
    jax.jit(lambda x: seen.append(isinstance(x, jax.Array)) or x)(X)
    assert seen == [True]
    assert isinstance(jnp.asarray(X)[0], jax.Array)
    assert not any(isinstance(x, jax.Array) for x in (X, X[0], 1.0, 1, True, [1.0], None, "x"))
    assert f"{jnp.sum(X):.2f}" == "6.00"
    with pytest.raises(PolyadTypeError, match=r"jax\.Array is not called"):
        jax.Array((2,))
    with pytest.raises(PolyadTypeError, match=r"polyad\.numpy\.ndarray makes no arrays"):
        polyad.numpy.ndarray((2,))
    assert polyad.numpy.dtype("float32") == np.float32
    assert polyad.numpy.issubdtype("int8", np.integer)


# -- Transformations -------------------------------------------------------------------------------


def test_transformed_functions_keep_their_ways():
    @functools.partial(jax.jit, static_argnums=(1,), inline=True, keep_unused=False)
    def power(x, n):
        """A power."""
        return x**n

    assert power(X, 2).tolist() == [1, 4, 9]
    assert (power.__name__, power.__doc__) == ("power", "A power.")
    assert power.lower(X, 2).compile()(X).tolist() == [1, 4, 9]
    assert power.eval_shape(X, 2).shape == (3,)

    @jax.custom_jvp
    def f(x):
        return jnp.sin(x)

    @f.defjvp
    def f_jvp(primals, tangents):
        return f(*primals), 7 * tangents[0]

    assert jax.vmap(jax.grad(f))(X).tolist() == [7, 7, 7]

    class Model:
        scale = 2.0

        @functools.partial(jax.jit, static_argnums=0)
        def __call__(self, x):
            return self.scale * x

    assert Model()(X).tolist() == [2, 4, 6]
    params = {"w": jnp.ones((3, 2)), "b": jnp.zeros(2)}
    loss = lambda p, x: jnp.sum((x @ p["w"] + p["b"]) ** 2)
    moved = tree_util.tree_map(lambda p, g: p - 0.001 * g, params, jax.grad(loss)(params, X))
    assert loss(moved, X) < loss(params, X)
    assert repr(jax.make_jaxpr(lambda x: x + 1)(1.0))


def test_settings():
    before = jax.config.jax_enable_x64
    try:
        jax.config.update("jax_enable_x64", False)
        assert jnp.zeros(1).dtype == np.float32 and not jax.config.x64_enabled
        with jax.experimental.enable_x64():
            assert jnp.zeros(1).dtype == np.float64
        with jax.experimental.disable_x64():
            assert jnp.zeros(1).dtype == np.float32
    finally:
        jax.config.update("jax_enable_x64", before)
    jax.config.update("jax_platform_name", "cpu")
    with pytest.raises(PolyadValueError, match="there is no setting 'jax_of_old' here"):
        jax.config.update("jax_of_old", 1)
    with pytest.raises(PolyadValueError, match=r"(?s)jax_disable_jit has no counterpart.*backend="):
        jax.config.update("jax_disable_jit", True)
    with jax.debug_nans(True):
        assert jax.config.jax_debug_nans
    assert (jax.device_count(), jax.process_index(), jax.default_backend()) == (1, 0, "cpu")
    assert jax.dtypes.canonicalize_dtype("float64") == np.float64
    assert jax.typeof(X).shape == (3,)


# -- Parameters ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda: lax.add(x=1.0, y=2.0), 3.0),
        (lambda: lax.mul(y=3.0, x=2.0), 6.0),
        (lambda: lax.pow(x=2.0, y=3.0), 8.0),
        (lambda: lax.exp(0.0, accuracy=None), 1.0),
        (lambda: jnp.dot(X, X, precision="highest"), 14.0),
        (lambda: jnp.zeros(2, device="cpu", out_sharding=None), [0, 0]),
        (lambda: jnp.add(X, 1, where=True), [2, 3, 4]),
        (lambda: jnp.clip(X, min=2), [2, 2, 3]),
        (lambda: jnp.searchsorted(X, 2.0, method="sort"), 1),
        (lambda: jnp.delete(X, 0, assume_unique_indices=True), [2, 3]),
        (lambda: jnp.linalg.matrix_rank(M=np.eye(2)), 2),
        (lambda: jax.scipy.special.logsumexp(a=np.zeros(1)), 0.0),
        (lambda: random.key_data(random.key(0, impl="threefry2x32")), polyad.random.key(0)),
        (lambda: jax.vjp(lambda x: x, 1.0, reduce_axes=())[0], 1.0),
        (lambda: jax.tree.reduce(lambda a, b: a + b, [1, 2], initializer=3), 6),
        (lambda: jax.ops.segment_sum(X, np.array([0, 0, 1])), [3, 3]),
        (lambda: lax.linalg.triangular_solve(np.eye(1), np.ones((1, 1)), left_side=True), [[1]]),
        (lambda: jnp.where(X > 1, size=1)[0], [1]),
        (lambda: jnp.take(X, np.array([5, 0])), [np.nan, 1]),
        (lambda: jax.jit(lambda x, i: jnp.take(x, i))(X, np.array([5, 0])), [np.nan, 1]),
        (lambda: jnp.take(X, np.array([5, 0]), mode="clip"), [3, 1]),
        (lambda: jnp.take_along_axis(X, np.array([5, 0]), 0), [np.nan, 1]),
        (lambda: jnp.argsort(np.array([1, 1, 0])), [2, 0, 1]),
        (lambda: jnp.sum(X, where=None, initial=None), 6.0),
    ],
)  # fmt: skip
def test_jaxs_parameters(call: Any, expected: Any):
    np.testing.assert_array_equal(call(), expected)


@pytest.mark.parametrize("left_side", [True, False])
@pytest.mark.parametrize("lower", [True, False])
@pytest.mark.parametrize("turned", [(False, False), (True, False), (True, True), (False, True)])
def test_triangular_solve_is_an_equation(left_side: bool, lower: bool, turned: tuple[bool, bool]):
    r = np.random.default_rng(0)
    a = r.normal(size=(3, 3)) + 1j * r.normal(size=(3, 3)) + 3 * np.eye(3)
    b = r.normal(size=(3, 3))
    part = np.tril(a) if lower else np.triu(a)
    op = part.conj() if turned[1] else part
    op = op.T if turned[0] else op
    y = lax.linalg.triangular_solve(
        a, b, left_side=left_side, lower=lower, transpose_a=turned[0], conjugate_a=turned[1]
    )
    np.testing.assert_allclose(op @ y if left_side else y @ op, b, atol=1e-12)


REFUSED = [
    (door, name, key)
    for door in DOORS
    for name in door.signatures
    for key, route in getattr(door.get(name), "routes", {}).items()
    if route.kind == "refused"
]
CHECKED = [
    (door, name, key)
    for door in DOORS
    for name in door.signatures
    for key, route in getattr(door.get(name), "routes", {}).items()
    if route.kind == "neutral"
]


def bound_with(function: Any, key: str) -> tuple[list[Any], dict[str, Any]]:
    """Arguments of a call that gives `key` a value no function takes."""
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    for p in inspect.signature(function).parameters.values():
        if p.name == key:
            kwargs[key] = NoValue()
        elif p.default is p.empty and p.kind is p.POSITIONAL_ONLY:
            args.append(X)
        elif p.default is p.empty and p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY):
            kwargs[p.name] = X
    return args, kwargs


class NoValue:
    """A value that means nothing to anybody."""


def test_there_are_parameters_that_are_not_taken_and_such_that_are_checked():
    assert len(REFUSED) > 10
    assert len(CHECKED) > 50


@pytest.mark.parametrize(("door", "name", "key"), REFUSED, ids=lambda x: getattr(x, "module", x))
def test_a_parameter_that_is_not_taken_is_an_error_that_names_it(door: Any, name: str, key: str):
    function = door.get(name)
    args, kwargs = bound_with(function, key)
    with pytest.raises(
        PolyadTypeError, match=f"JAX's {name}: {key}=.* is not taken here"
    ) as caught:
        function(*args, **kwargs)
    assert "test_jax_door.py" in str(caught.value)
    assert str(caught.value).count("\n") == 2  # the line, and the remedy


@pytest.mark.parametrize(("door", "name", "key"), CHECKED, ids=lambda x: getattr(x, "module", x))
def test_a_parameter_that_means_nothing_here_is_checked(door: Any, name: str, key: str):
    function = door.get(name)
    args, kwargs = bound_with(function, key)
    with pytest.raises(PolyadError, match=key):
        function(*args, **kwargs)


# -- Names -----------------------------------------------------------------------------------------


def test_errors_and_names_that_are_not_here():
    assert issubclass(jax.errors.TracerBoolConversionError, PolyadTypeError)
    with pytest.raises(jax.errors.ConcretizationTypeError):
        jax.jit(lambda x: 1 if x > 0 else 2)(1.0)
    with pytest.raises(AttributeError, match=r"'jax.numpy' has no attribute 'nothing'.*coming"):
        jnp.nothing  # noqa: B018
    assert "sin" in dir(jnp) and "grad" in dir(jax)
    assert jnp.floating is np.floating and jax.float0 == jax.dtypes.float0
    with jnp.printoptions(precision=2):
        assert repr(jnp.array([1.23456])) == "Array([1.23], dtype=float64)"


PROGRAM = """
import sys
import jax
import jax.numpy as jnp
from jax import grad, jit, lax, vmap
from jax.flatten_util import ravel_pytree
from jax.scipy.stats import norm
from jax.tree_util import tree_map
import jax.nn.initializers

print(sys.argv[1:], __name__)
print(grad(lambda x: jnp.sum(x ** 2))(jnp.arange(2.0)).at[0].set(7.0))
print(float(jit(norm.logpdf)(0.0)) < 0, ravel_pytree({"a": jnp.ones(2)})[0])
assert isinstance(jnp.ones(1), jax.Array)
import polyad
assert jax is polyad.compat.jax
assert polyad.grad(polyad.numpy.sin)(0.0) == 1.0
try:
    import jax.experimental.sparse
except ModuleNotFoundError as error:
    print(error)
"""


def test_a_program_runs_unedited(tmp_path: Path):
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    call = [sys.executable, "-m", "polyad", "run", "--as", "jax", str(program), "--flag", "1"]
    done = subprocess.run(call, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    first, second, third, last = done.stdout.splitlines()
    assert first == "['--flag', '1'] __main__"
    assert second == "[7. 2.]"
    assert third == "True [1. 1.]"
    assert last == "No module named 'jax.experimental.sparse'"


def test_bad_requests_of_doors(tmp_path: Path):
    with pytest.raises(PolyadValueError, match="there are doors for 'autograd' and 'jax', not for"):
        polyad.compat.install("tensorflow")
    code = "import sys, types; sys.modules['jax'] = types.ModuleType('jax')\n"
    code += "import polyad; polyad.compat.install('jax')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "install: jax has been imported already" in done.stderr
    call = [sys.executable, "-m", "polyad", "run", "--as", "jax", str(tmp_path / "none.py")]
    done = subprocess.run(call, capture_output=True, text=True)
    assert done.returncode == 2 and "there is no file" in done.stderr
