"""NumPy's arrays beside those of another library are converted, and the results are the other's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import grad, jit, vmap
from polyad.errors import BackendError

torch = pytest.importorskip("torch")

TABLE = np.arange(1.0, 4.0)
LARGE = np.linspace(0.0, 1.0, 30_000)


def tensor() -> Any:
    return torch.tensor([0.5, 1.5, -2.0], dtype=torch.float64)


def close(found: Any, expected: Any) -> None:
    assert isinstance(found, torch.Tensor)
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-12)


T = tensor().numpy()
# Each is called with a tensor; the value is NumPy's own.
PROGRAMS: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "times a table": (lambda t: grad(lambda t: (t * TABLE).sum())(t), TABLE),
    "a table times it": (lambda t: grad(lambda t: pnp.sum(TABLE * t))(t), TABLE),
    "torch's sum": (lambda t: grad(lambda t: torch.sum(t * np.arange(4.0)[1:]))(t), TABLE),
    "an argument beside": (lambda t: grad(lambda t, w: pnp.sum(t * w))(t, TABLE), TABLE),
    "an argument before": (lambda t: grad(lambda w, t: pnp.sum(t * w))(TABLE, t), T),
    "both differentiated": (
        lambda t: grad(lambda t, w: pnp.sum(t * w), argnums=(0, 1))(t, TABLE)[1],
        T,
    ),
    "keyword": (lambda t: grad(lambda t, w: pnp.sum(t * w))(t, w=TABLE), TABLE),
    "jit": (lambda t: jit(lambda t: t * TABLE)(t), T * TABLE),
    "jit of both": (lambda t: jit(lambda t, w: t * w)(t, TABLE), T * TABLE),
    "jit of an array, closed over": (lambda t: jit(lambda w: t * w)(TABLE), T * TABLE),
    "jit of a scalar": (lambda t: jit(lambda s: t * s * TABLE)(2.0), 2 * T * TABLE),
    "jit of grad": (lambda t: jit(grad(lambda t: pnp.sum(t**2 * TABLE)))(t), 2 * T * TABLE),
    "jit inside grad": (lambda t: grad(lambda t: jit(lambda t: pnp.sum(t * TABLE))(t))(t), TABLE),
    "vmap": (lambda t: vmap(lambda x, w: x * w)(t, TABLE), T * TABLE),
    "vmap, not mapped": (lambda t: vmap(lambda x: pnp.sum(x * TABLE))(t), T * 6),
    "hessian": (
        lambda t: polyad.hessian(lambda t: pnp.sum(t**2 * TABLE))(t),
        np.diag(2 * TABLE),
    ),
    "a tangent": (lambda t: polyad.jvp(lambda t: t**2, (t,), (TABLE,))[1], 2 * T * TABLE),
    "a cotangent": (lambda t: polyad.vjp(lambda t: t**2, t)[1](TABLE)[0], 2 * T * TABLE),
    "one op": (lambda t: pnp.multiply(t, TABLE), T * TABLE),
    "one op, turned": (lambda t: pnp.multiply(TABLE, t), T * TABLE),
    "a product": (lambda t: pnp.matmul(np.diag(TABLE), t), T * TABLE),
    "cond": (
        lambda t: jit(lambda t: polyad.lax.cond(t[0] > 0, lambda: t * TABLE, lambda: t))(t),
        T * TABLE,
    ),
    "scan": (
        lambda t: jit(lambda t: polyad.lax.scan(lambda c, x: (c + x * TABLE, None), t, TABLE)[0])(
            t
        ),
        T + 6 * TABLE,
    ),
    "a large table": (lambda t: jit(lambda t: pnp.sum(t[0] * LARGE))(t), 0.5 * LARGE.sum()),
    "where": (lambda t: grad(lambda t: pnp.sum(pnp.where(TABLE > 1, t, 0.0)))(t), [0, 1, 1]),
    "an index array": (lambda t: grad(lambda t: pnp.sum(t[np.array([0, 0, 2])]))(t), [2, 0, 1]),
    "a mask": (lambda t: grad(lambda t: pnp.sum(t[np.array([True, False, True])]))(t), [1, 0, 1]),
    "at": (
        lambda t: jit(lambda t: pnp.asarray(t).at[np.array([1])].add(TABLE[:1]))(t),
        T + [0, 1, 0],
    ),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_numpys_arrays_go_with_tensors(name: str):
    run, expected = PROGRAMS[name]
    for _ in range(3):
        close(run(tensor()), expected)


def test_compiled_functions_later_on():
    compiled = jit(lambda t, w: t * w + TABLE)
    for k in range(4):
        close(compiled(tensor(), k * TABLE), T * k * TABLE + TABLE)
        close(compiled(tensor(), k * torch.as_tensor(TABLE)), T * k * TABLE + TABLE)
        found = compiled(T, k * TABLE)
        assert type(found) is np.ndarray
        np.testing.assert_allclose(found, T * k * TABLE + TABLE)


def test_dtypes_meet_as_among_arrays_of_one_library():
    single = tensor().float()
    assert grad(lambda t: pnp.sum(t * TABLE))(single).dtype is torch.float32
    assert jit(lambda t: t * TABLE)(single).dtype is torch.float64
    assert jit(lambda t: t * TABLE.astype("float32"))(single).dtype is torch.float32


def test_a_table_that_is_read_only_or_turned():
    table = TABLE.copy()
    table.flags.writeable = False
    for given in (table, TABLE[::-1][::-1], np.broadcast_to(2.0, 3), TABLE[::-1]):
        close(jit(lambda t, g=given: t * g)(tensor()), T * given)


def test_a_small_table_is_read_when_it_is_used():
    table = TABLE.copy()

    def f(t: Any) -> Any:
        first = t * table
        table[:] = 0.0
        return first

    close(jit(f)(tensor()), T * TABLE)


@pytest.mark.parametrize("indices", [[0, 0, 2], [-1, 1, 0]])
def test_tensors_index_numpys_arrays(indices: list[int]):
    index = torch.tensor(indices)
    for transform in (lambda f: f, jit):
        found = transform(grad(lambda x: pnp.sum(x[index] ** 2)))(TABLE)
        expected = np.zeros(3)
        np.add.at(expected, indices, 2 * TABLE[indices])
        assert isinstance(found, np.ndarray)
        np.testing.assert_allclose(found, expected)


def test_two_libraries_beside_numpy_still_do_not_mix():
    strict = pytest.importorskip("array_api_strict")
    with pytest.raises(BackendError, match="mixes arrays of"):
        jit(lambda a, b, c: a + b + c)(TABLE, tensor(), strict.ones(3))
