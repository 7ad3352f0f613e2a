"""The table is complete: every op of the array dialect has a row, and each row is about its op."""

from __future__ import annotations

import pytest

import polyad
from polyad.conformance import SAMPLES, Sample, elementwise, sample_of
from polyad.ir import Definition
from polyad.ops import OpDefinition


def test_every_op_has_a_row():
    ops = {
        name
        for name, d in Definition.registry.items()
        if isinstance(d, OpDefinition) and not d.external
    }
    forgotten = sorted(ops - {s.op for s in SAMPLES})
    if forgotten:
        pytest.fail(f"no sample in polyad/conformance/samples/ for: {', '.join(forgotten)}")


def test_every_row_has_a_name_of_its_own():
    names = [s.name for s in SAMPLES]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda s: s.name)
def test_a_row_applies_its_op(sample: Sample):
    arrays = sample.arrays(sample.dtypes[0])
    traced = polyad.make_ir(sample.run)(*arrays)
    made = {op.name for op in traced.walk()}
    if sample.definition.over_axis is not None:  # the `vmap` in the row has resolved it
        assert not traced.named_axes
        return
    assert sample.op in made or made & {"full", "iota"} == made, f"{sample.name} makes {made}"


def test_the_row_of_an_op():
    row = sample_of("betainc")
    assert (row.arity, row.domains[2]) == (3, (0.1, 0.9))
    assert sample_of("polygamma").attrs == {"order": 1}
    with pytest.raises(LookupError, match="sinn has no sample: add a row in polyad/conformance"):
        sample_of("sinn")


def test_elementwise_ops_by_arity():
    one, two = ([row.op for row in elementwise(n)] for n in (1, 2))
    assert {"sin", "logical_not", "expn"} <= set(one) and {"add", "zeta"} <= set(two)
    assert len(set(one)) == len(one) and not set(one) & set(two)
    assert {"where", "betainc"} <= {row.op for row in elementwise(3)}
