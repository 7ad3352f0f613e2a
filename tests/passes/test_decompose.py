"""Decompositions: an op in terms of simpler ops, for executors that have no form of its own."""

from __future__ import annotations

import numpy as np
import pytest

import polyad
from polyad.errors import PolyadTypeError
from polyad.execution import backends
from polyad.ir import ArrayType, Definition
from polyad.ir.types import float64, int64
from polyad.ops.definition import elementwise, op
from polyad.passes.decompose import decomposed


@pytest.fixture(scope="module")
def temporary():
    """Definitions that are forgotten after the tests, when their texts have been read back."""
    before = dict(Definition.registry)
    yield
    Definition.registry.clear()
    Definition.registry.update(before)


@pytest.fixture(scope="module")
def scaled_cube(temporary):
    return elementwise(
        "scaled_cube",
        partials=(lambda x, y, *, by: 3 * by * x * x,),
        decomposition=lambda x, *, by: by * x * x * x,
    )


@pytest.mark.parametrize("backend", sorted({*backends()} - {"native", "dask", "jax", "cupy"}))
def test_an_op_with_a_decomposition_runs_everywhere(scaled_cube, backend):
    f = lambda x: scaled_cube(x, by=2.0)
    with polyad.use_backend(backend):
        x = polyad.numpy.asarray([1.0, -2.0, 0.5])
        for call in (f, polyad.jit(f), polyad.vmap(f)):
            found = call(x)
            assert type(found) is type(x)
            np.testing.assert_allclose(np.asarray(found), [2.0, -16.0, 0.25])
        slope = polyad.grad(lambda x: f(x).sum())(x)
        np.testing.assert_allclose(np.asarray(slope), [6.0, 24.0, 1.5])


def test_operands_of_a_decomposition_broadcast(temporary):
    first = elementwise(
        "first_of_two", operands=2, differentiable=False, decomposition=lambda x, y: x + 0 * x
    )
    np.testing.assert_array_equal(first(np.arange(2.0)[:, None], np.ones(3)).shape, (2, 3))


def test_the_ops_of_a_decomposition_are_where_the_op_is():
    definition = Definition.registry["integer_pow"]
    traced = polyad.make_ir(lambda x: x**3)(2.0)
    (power,) = (o for o in traced.ops if o.name == "integer_pow")
    types = tuple(v.type for v in power.operands)
    made = decomposed(definition, types, power.attributes, power.location)
    assert made is not None and [o.name for o in made.ops] == ["multiply", "multiply"]
    assert {o.location for o in made.ops} == {power.location}
    unplaced = decomposed(definition, types, power.attributes)
    assert unplaced is not None and {o.location for o in unplaced.ops} == {None}


def test_no_decomposition_for_these_attributes():
    definition = Definition.registry["integer_pow"]
    assert decomposed(definition, (ArrayType(int64),), (("exponent", -2),)) is None
    assert decomposed(Definition.registry["exp"], (ArrayType(float64),), ()) is None


def test_a_decomposition_that_uses_an_array_from_outside(temporary):
    table = np.ones(3)
    off = elementwise("off", differentiable=False, decomposition=lambda x: x * table)
    with pytest.raises(PolyadTypeError, match=r"op off: .* not its operands; make"):
        off(np.ones(3))


def test_a_decomposition_of_another_type(temporary):
    odd = op("odd", lambda x: x, differentiable=False, decomposition=lambda x: x > 0)
    with pytest.raises(PolyadTypeError, match=r"op odd: .* bool\[3\], .* f64\[3\]; make"):
        odd(np.ones(3))
