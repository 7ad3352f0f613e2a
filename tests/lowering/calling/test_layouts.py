"""Arguments that are not contiguous: equal results, and large arrays are not copied."""

from __future__ import annotations

import hypothesis
import hypothesis.extra.numpy as hnp
import hypothesis.strategies as st
import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad.ir import ArrayType, verify
from polyad.lowering.backend import native
from polyad.lowering.calling import layouts
from polyad.lowering.calling.layouts import layout_of, with_layouts
from polyad.lowering.pipeline import lower

from ...drawn import examples

BASE = np.random.default_rng(0).normal(size=(240, 160))
VIEWS = {
    "transposed": BASE.T,
    "Fortran": np.asfortranarray(BASE),
    "every other column": BASE[:, ::2],
    "backwards": BASE[::-1, ::-1],
    "broadcast": np.broadcast_to(BASE[:, :1], (240, 160)),
    "read-only": np.lib.stride_tricks.as_strided(BASE.T, writeable=False),
    "diagonals": np.lib.stride_tricks.sliding_window_view(BASE.ravel(), 100)[::97],
}
PROGRAMS = {
    "elementwise": lambda x: pnp.exp(x) * 2,
    "sums": lambda x: (x.sum(axis=0), x.sum(axis=1), x.sum()),
    "itself": lambda x: (x, x.T),
    "product": lambda x: x.T @ x,
    "sorted": lambda x: pnp.sort(x, axis=0),
    "loop": lambda x: polyad.lax.scan(lambda c, row: (c + row, c.sum()), x[0], x),
    "factors": lambda x: pnp.linalg.qr(x[:40, :40]),
}


@pytest.mark.share(4)
@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("view", VIEWS)
def test_layouts_change_nothing(program, view):
    x = VIEWS[view]
    compiled = polyad.jit(PROGRAMS[program])
    wanted = polyad.tree.leaves(compiled(np.ascontiguousarray(x)))
    for _ in range(2):
        for one, other in zip(polyad.tree.leaves(compiled(x)), wanted, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12)


def copies(x):
    """Copies of x that the compiled code makes before exp reads it."""
    ir = polyad.make_ir(lambda x: pnp.exp(x))(x)
    made = with_layouts(ir, (layout_of(x, ir.argument_types[0]),))
    stages = lower(verify(made))
    return len(stages["fused"].ops) - 1


@pytest.mark.parametrize("view", VIEWS)
def test_large_arrays_are_not_copied(view):
    assert copies(VIEWS[view]) == 0


def test_products_take_strides_and_flags():
    ir = polyad.make_ir(lambda x, y: x @ y)(BASE, BASE.T)
    given = [BASE, BASE.T]
    made = with_layouts(ir, tuple(map(layout_of, given, ir.argument_types)))
    assert [op.name for op in lower(made)["fused"].ops] == ["kernel.contract"]


@hypothesis.given(st.data())
@examples(20)
def test_every_basic_index(data):
    """Views of small arrays, as if they were large."""
    array = np.arange(360.0).reshape(6, 5, 4, 3)
    index = data.draw(hnp.basic_indices(array.shape, allow_newaxis=True))
    axes = data.draw(st.permutations(range(np.ndim(array[index]))))
    x = np.transpose(array[index], axes)
    type = ArrayType(polyad.ir.as_dtype("float64"), x.shape)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layouts, "COPIED", 1)
        layout = layout_of(x, type)
        ir = polyad.make_ir(lambda x: x * 2)(type)
        compiled = native().compile(ir)
        found = compiled(x)[0]
        if layout is not None:
            assert layout.span <= array.size
            (code,) = compiled.variants.values()
            assert code.entry(x) is not NotImplemented
    np.testing.assert_array_equal(found, x * 2)


def test_code_for_one_layout_refuses_another():
    ir = polyad.make_ir(lambda x: x * 2)(BASE.T)
    compiled = native().compile(ir)
    code = compiled.code_for([BASE.T])
    assert code is not compiled
    assert code is compiled.code_for([np.asfortranarray(np.ones((160, 240)))])
    for other in (BASE.T.copy(), np.repeat(BASE, 2, axis=1)[:, ::2].T, BASE.T.astype("f4")):
        assert code.entry(other) is NotImplemented


def test_so_many_layouts_and_no_more():
    ir = polyad.make_ir(lambda x: x * 2)(BASE)
    compiled = native().compile(ir)
    for step in range(1, 12):
        x = np.zeros((240, 160 * step))[:, ::step]
        np.testing.assert_array_equal(compiled(x)[0], x)
    assert len(compiled.variants) == 4


def test_small_arrays_are_copied():
    ir = polyad.make_ir(lambda x: x * 2)(BASE[:5, :5])
    compiled = native().compile(ir)
    compiled(BASE[:5, :5])
    assert not compiled.variants
