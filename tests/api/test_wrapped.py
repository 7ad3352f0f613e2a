"""What transformations make of functions: attributes, pickles, and the ways into compiled code."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import lax
from polyad.errors import PolyadTypeError, PolyadValueError


def cube(x):
    """The third power."""
    return x**3


cube.version = 3  # type: ignore[attr-defined]

WRAPPERS = {
    "grad": polyad.grad,
    "value_and_grad": polyad.value_and_grad,
    "vmap": polyad.vmap,
    "jacfwd": polyad.jacfwd,
    "jacrev": polyad.jacrev,
    "hessian": polyad.hessian,
    "checkpoint": polyad.checkpoint,
    "jit": polyad.jit,
    "grad of jit": lambda f: polyad.grad(polyad.jit(f)),
    "vmap of grad": lambda f: polyad.vmap(polyad.grad(f)),
}


@pytest.mark.parametrize("name", WRAPPERS)
def test_a_transformed_function_keeps_attributes_and_pickles(name: str):
    made = WRAPPERS[name](cube)
    assert (made.version, made.__name__, made.__doc__) == (3, "cube", "The third power.")
    x = np.array([1.0, 2.0]) if "vmap" in name else 2.0
    again = pickle.loads(pickle.dumps(made))
    assert repr(again(x)) == repr(made(x))
    assert "cube" in repr(made)


def test_options_pickle_too():
    f = polyad.grad(multiply, argnums=1)
    assert pickle.loads(pickle.dumps(f))(2.0, 3.0) == 2.0
    assert pickle.loads(pickle.dumps(polyad.grad(pnp.sin)))(0.0) == 1.0


def multiply(x, y):
    return x * y


@polyad.grad
def slope(x):
    return x * x


@polyad.custom_jvp
def ruled(x):
    return x * x


ruled.defjvp(lambda p, t: (ruled(p[0]), 7 * t[0]))


def test_what_stands_in_the_place_of_its_function_pickles_by_name():
    assert pickle.loads(pickle.dumps(slope)) is slope
    assert pickle.loads(pickle.dumps(ruled)) is ruled
    with pytest.raises(PolyadTypeError, match=r"(?s)custom_jvp of cube does not pickle.*Let it"):
        pickle.dumps(polyad.custom_jvp(cube))


class Model:
    scale = 3.0

    @polyad.checkpoint
    def loss(self, x):
        return self.scale * x


def test_a_transformed_function_is_a_method():
    assert Model().loss(2.0) == 6.0


def test_a_jitted_function_is_traced_lowered_and_forgotten():
    f = polyad.jit(cube)
    traced = f.trace(np.ones(3))
    assert f.version == 3
    assert traced.fun_name == "cube"
    assert traced.out_info == polyad.ShapeDtypeStruct((3,), "float64") == f.eval_shape(np.ones(3))
    assert [op.name for op in traced.ir.ops]
    compiled = traced.lower().compile()
    assert compiled(np.full(3, 2.0)).tolist() == [8.0] * 3
    with pytest.raises(PolyadTypeError, match=r"(?s)compiled code does not pickle.*Pickle the jit"):
        pickle.dumps(compiled)
    f.clear_cache()
    assert f(2.0) == 8.0


@pytest.mark.parametrize("size", [None, 0, 1, 2, 3, 5])
def test_map_takes_batches_of_any_size(size: Any):
    for run in (lambda f: f, polyad.jit):
        found = run(lambda x: lax.map(lambda v: v * 2, x, batch_size=size))(np.arange(5.0))
        assert found.tolist() == [0.0, 2, 4, 6, 8]


@pytest.mark.parametrize("size", [-1, 1.5, "2", True])
def test_map_refuses_what_is_no_size_of_a_batch(size: Any):
    with pytest.raises(PolyadValueError, match="map: batch_size is the number of slices"):
        lax.map(lambda x: x, np.arange(3.0), batch_size=size)


def test_what_all_branches_pass_on_stays_without_the_batch():
    f = lambda p, x, y: lax.cond(p, lambda x, y: (x, y, 1.0), lambda x, y: (x, y * 2, 2.0), x, y)
    over = polyad.vmap(f, in_axes=(0, None, None), out_axes=(None, 0, 0))
    same, other, chosen = over(np.array([True, False]), 5.0, 3.0)
    assert (same, other.tolist(), chosen.tolist()) == (5.0, [3.0, 6.0], [1.0, 2.0])
    switched = polyad.vmap(
        lambda i, x: lax.switch(i, [lambda x: (x, x)] * 3, x), (0, None), (None, None)
    )
    assert switched(np.array([0, 1, 2]), 5.0) == (5.0, 5.0)
    by_y = polyad.grad(lambda y: over(np.array([True, False]), 5.0, y)[1].sum())
    assert by_y(3.0) == 3.0
    with pytest.raises(PolyadValueError, match="differs along the batch"):
        polyad.vmap(f, in_axes=(0, None, None), out_axes=None)(np.array([True, False]), 5.0, 3.0)


def test_a_signature_of_vectorize_may_have_numbers_for_sizes():
    f = lambda x: pnp.stack([x, x**2])
    found = pnp.vectorize(f, signature="()->(2)")(np.arange(3.0))
    assert found.tolist() == [[0, 0], [1, 1], [2, 4]]
    with pytest.raises(polyad.errors.ShapeError, match=r"dimension '3' .* is both 3 and 2"):
        pnp.vectorize(f, signature="()->(3)")(np.arange(3.0))
    with pytest.raises(polyad.errors.ShapeError, match=r"dimension '2' .* is both 2 and 3"):
        pnp.vectorize(lambda x: x.sum(), signature="(2)->()")(np.ones((4, 3)))
    with pytest.raises(polyad.errors.ShapeError, match=r"dimension 'n' .* is both 3 and 2"):
        pnp.vectorize(lambda x: x[:2], signature="(n)->(n)")(np.ones((4, 3)))


@pytest.mark.parametrize("given", ["abc", "0", "-3", "1.5"])
def test_a_number_of_threads_that_is_none_is_told(given: str):
    environment = {**os.environ, "POLYAD_NUM_THREADS": given}
    done = subprocess.run(
        [sys.executable, "-c", "import polyad"], env=environment, capture_output=True, text=True
    )
    assert done.returncode != 0
    assert f"POLYAD_NUM_THREADS is a number of threads from 1 on, not {given!r}" in done.stderr


@pytest.mark.parametrize("target", ["nvptx64-nvidia-cuda", "amdgcn-amd-amdhsa", "no-such-thing"])
def test_export_to_a_machine_without_object_files(target: str, tmp_path: Any):
    lowered = polyad.jit(cube).lower(np.ones(3))
    try:
        lowered.export("f", tmp_path, target=target)
    except polyad.errors.PolyadError as error:
        assert target in str(error)
        assert "x86_64-linux-gnu" in str(error)
    else:
        assert (tmp_path / "f.o").stat().st_size > 0
