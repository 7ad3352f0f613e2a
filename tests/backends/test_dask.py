"""dask arrays: graphs in, graphs out, refusals before anything runs."""

from __future__ import annotations

import pickle

import dask
import dask.array as da
import distributed
import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import grad, hessian, jit, jvp, lax, vmap
from polyad.errors import BackendCapabilityError
from polyad.execution import get_backend

RANDOM = np.random.default_rng(0)
ROWS = RANDOM.normal(size=(120, 4))
TARGETS = RANDOM.normal(size=120)
WEIGHTS = RANDOM.normal(size=4)


def computed(*_: object, **__: object) -> None:
    raise AssertionError("something was computed")


def chunked(*arrays):
    return [
        da.from_array(a, chunks=(30, *a.shape[1:]) if a.shape[0] == 120 else -1) for a in arrays
    ]


def loss(w, rows, targets):
    hidden = pnp.tanh(rows @ w)
    return pnp.mean((hidden - targets) ** 2) + pnp.sum(pnp.where(w > 0, w, 0.1 * w) ** 2)


def gathered(w, rows, targets):
    picked = rows[pnp.asarray(np.array([0, 7, 7, 119]))]
    return pnp.sum(picked**2 @ w) + pnp.sum(targets[::3] * 2)


def cumulated(w, rows, targets):
    total = pnp.cumulative_sum(rows, axis=0)
    return pnp.sum(pnp.max(total, axis=1) * targets) + pnp.sum(pnp.linalg.vector_norm(w))


def looped(w, rows, targets):
    step = lambda c, x: (pnp.sin(c * x), c)
    return pnp.sum(lax.scan(step, w, rows[:5])[0]) + pnp.sum(targets)


@pytest.mark.parametrize("f", [loss, gathered, cumulated, looped], ids=lambda f: f.__name__)
def test_the_gradient_is_a_graph_and_computes_to_numpys(f):
    wanted = grad(f, (0, 1, 2))(WEIGHTS, ROWS, TARGETS)
    given = chunked(WEIGHTS, ROWS, TARGETS)
    with dask.config.set(scheduler=computed):
        graphs = [*grad(f, (0, 1, 2))(*given), *jit(grad(f, (0, 1, 2)))(*given)]
    assert all(isinstance(g, da.Array) for g in graphs)
    for found, exact in zip(dask.compute(*graphs), [*wanted, *wanted], strict=True):
        np.testing.assert_allclose(found, exact, rtol=1e-10, atol=1e-12)


def test_other_transformations():
    w, rows, targets = chunked(WEIGHTS, ROWS, TARGETS)
    at = lambda w: loss(w, ROWS, TARGETS)
    lazily = lambda w: loss(w, rows, targets)
    value, tangent = jvp(lazily, (w,), (w,))
    np.testing.assert_allclose(value.compute(), at(WEIGHTS))
    np.testing.assert_allclose(tangent.compute(), jvp(at, (WEIGHTS,), (WEIGHTS,))[1])
    np.testing.assert_allclose(hessian(lazily)(w).compute(), hessian(at)(WEIGHTS), atol=1e-12)
    each = vmap(grad(lambda w, x, y: loss(w, x[None], y[None])), (None, 0, 0))(w, rows, targets)
    assert each.shape == (120, 4)
    np.testing.assert_allclose(
        each.compute().mean(0),
        vmap(grad(lambda w, x, y: loss(w, x[None], y[None])), (None, 0, 0))(
            WEIGHTS, ROWS, TARGETS
        ).mean(0),
    )


def test_chunks_stay_chunks():
    _, rows, _ = chunked(WEIGHTS, ROWS, TARGETS)
    assert grad(lambda x: pnp.sum(pnp.exp(x) * x))(rows).chunks == rows.chunks
    assert pnp.sin(rows).chunks == rows.chunks


def test_loops_that_need_a_value_compute_it():
    x = da.from_array(np.array(1.5), chunks=())
    run = lambda x: lax.while_loop(lambda v: v < 100.0, lambda v: v * v, x)
    assert grad(run)(x).compute() == grad(run)(np.array(1.5))


def test_ops_it_has_not_are_refused_before_anything_runs():
    matrix = da.from_array(np.eye(3) * 2, chunks=-1)
    for f in (pnp.linalg.cholesky, pnp.sort, pnp.linalg.eigh, pnp.linalg.svd):
        for call in (f, jit(f), lambda x, f=f: jvp(f, (x,), (x,))):
            with (
                dask.config.set(scheduler=computed),
                pytest.raises(
                    BackendCapabilityError,
                    match=r"backend 'dask' cannot run this op; (.|\n)*compute\(\)",
                ),
            ):
                call(matrix)


def test_only_ops_that_exist_are_listed_as_missing():
    from polyad.ir import Definition

    assert set(get_backend("dask").missing) <= set(Definition.registry)


def test_unknown_sizes():
    x = da.from_array(np.arange(5.0), chunks=2)
    with pytest.raises(
        TypeError, match=r"sizes of this dask array are not known(.|\n)*compute_chunk_sizes"
    ):
        grad(pnp.sum)(x[x > 2])
    mask = pnp.asarray(x)[pnp.asarray(x) > 2]
    assert mask.compute_chunk_sizes().shape == (2,)


def test_a_graph_is_named_by_its_computation():
    """And not by pickled code: the same op of the same array has the same name, and workers make
    it anew.
    """
    _, rows, _ = chunked(WEIGHTS, ROWS, TARGETS)
    f = lambda x: pnp.astype(pnp.sin(x), pnp.float32) * 2.0
    assert f(rows).name == f(rows).name != f(2 * rows).name
    assert pnp.sin(rows).name.startswith("sin-")
    again = pickle.loads(pickle.dumps(f(rows)))
    np.testing.assert_allclose(again.compute(), f(ROWS), rtol=1e-6)


def test_a_distributed_cluster():
    w, rows, targets = chunked(WEIGHTS, ROWS, TARGETS)
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        found = client.compute(grad(loss)(w, rows, targets)).result()
    np.testing.assert_allclose(found, grad(loss)(WEIGHTS, ROWS, TARGETS))


def curvature(w, rows, targets, along):
    """The Hessian of the loss times `along`."""
    return polyad.hvp(lambda w: loss(w, rows, targets), (w,), (along,))


def test_weights_of_numpy_with_chunked_data():
    _, rows, targets = chunked(WEIGHTS, ROWS, TARGETS)
    along = np.cos(WEIGHTS)
    with dask.config.set(scheduler=computed):
        graphs = [
            *polyad.value_and_grad(loss)(WEIGHTS, rows, targets),
            *polyad.value_and_grad(loss)(WEIGHTS, rows, TARGETS),
            *jit(polyad.value_and_grad(loss))(WEIGHTS, rows, targets),
            curvature(WEIGHTS, rows, targets, along),
            jit(lambda w: loss(w, rows, targets))(WEIGHTS),
            hessian(lambda w: loss(w, rows, targets))(WEIGHTS) @ along,
        ]
    assert all(isinstance(g, da.Array) for g in graphs)
    both = polyad.value_and_grad(loss)(WEIGHTS, ROWS, TARGETS)
    product = curvature(WEIGHTS, ROWS, TARGETS, along)
    expected = [*both, *both, *both, product, both[0], product]
    for found, exact in zip(dask.compute(*graphs), expected, strict=True):
        np.testing.assert_allclose(found, exact, rtol=1e-10)


def test_newtons_steps_on_a_cluster():
    """Weights stay NumPy's from step to step; data stay on the workers."""
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        rows, targets = client.persist(chunked(ROWS, TARGETS))
        w = WEIGHTS
        for _ in range(2):
            gradient = polyad.grad(loss)(w, rows, targets)
            products = [curvature(w, rows, targets, e) for e in np.eye(4)]
            slope, *columns = client.gather(client.compute([gradient, *products]))
            w = w - np.linalg.solve(np.stack(columns), slope)
    v = WEIGHTS
    for _ in range(2):
        second = hessian(loss)(v, ROWS, TARGETS)
        v = v - np.linalg.solve(second, grad(loss)(v, ROWS, TARGETS))
    np.testing.assert_allclose(w, v, rtol=1e-9)


def test_dask_arrays_and_tensors_do_not_mix():
    torch = pytest.importorskip("torch")
    with pytest.raises(polyad.errors.BackendError, match="mixes arrays of"):
        grad(loss)(*chunked(WEIGHTS, ROWS), torch.as_tensor(TARGETS))
