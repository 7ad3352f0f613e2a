"""The table of native ops is complete and right, and says what is wrong with it."""

from __future__ import annotations

import dataclasses

import pytest

from polyad.conformance import SAMPLES
from polyad.ir import Definition
from polyad.lowering import native_ops
from polyad.lowering.legalize.legalize import is_legalized
from polyad.lowering.linking import symbols
from polyad.lowering.native_ops import ROWS, Row, function, library, simple
from polyad.lowering.scalars import scalar
from polyad.ops import OpDefinition


def test_every_emission_has_an_emitter():
    for name, row in ROWS.items():
        for emission in filter(None, (row.emission, row.complex)):
            scalar.emitter(name, emission)


def test_every_row_is_of_an_elementwise_op():
    for name in set(ROWS) - {"full"}:
        definition = Definition.registry[name]
        if not (isinstance(definition, OpDefinition) and definition.elementwise):
            pytest.fail(
                f"{name} has a row in ROWS (lowering/native_ops.py): it is not element-wise"
            )


def test_every_symbol_is_in_scipy():
    for name in native_ops.SYMBOLS:
        assert symbols.special_address(name), name


def test_every_row_has_every_field():
    fields = {f.name: getattr(ROWS["exp"], f.name) for f in dataclasses.fields(Row)}
    assert Row(**fields) == ROWS["exp"]
    for name in fields:
        with pytest.raises(TypeError, match=f"missing 1 required keyword-only argument: '{name}'"):
            Row(**{k: v for k, v in fields.items() if k != name})


def test_a_row_without_its_complex_emission():
    with pytest.raises(TypeError, match="a complex emission must be given where kind c is native"):
        simple("fc", "arithmetic.add")
    with pytest.raises(TypeError, match="and only there"):
        simple("f", "arithmetic.add", "complex.add")


def test_wrong_kinds():
    with pytest.raises(TypeError, match="kinds 'fz' are not letters of biufc"):
        simple("fz", "arithmetic.add")
    with pytest.raises(TypeError, match="retried 'c' is no part of the kinds 'f'"):
        function("f", "math.exp", retried="c")


def test_a_forgotten_emitter():
    message = r"op erfi: its row in ROWS .* names the emitter 'math.erfii', but .*math has no"
    with pytest.raises(LookupError, match=message):
        scalar.emitter("erfi", "math.erfii")


def test_an_op_without_results():
    """One that only has effects, in a loop, has no native form."""
    assert not native_ops.is_native("debug_callback", [], [])


def test_a_forgotten_row():
    with pytest.raises(LookupError, match=r"op erfii: it has no row in ROWS .* add one"):
        scalar.emit(None, "erfii", {}, [])


def test_a_function_that_scipy_lacks(monkeypatch: pytest.MonkeyPatch):
    row = function("f", library("erfii", "double"))
    monkeypatch.setattr(symbols, "SYMBOLS", {"erfii": row.symbols[0].signature})
    with pytest.raises(LookupError, match=r"cython_special\.erfii is not there"):
        symbols.special_address("erfii")


# Element-wise ops that are calls of Python on purpose.
HOST_CALLS = {
    *("betainc_derivative", "gammainc_derivative"),
    *("ellipkinc_derivative", "ellipeinc_derivative"),
    *("hankel1", "hankel2", "hankel1e", "hankel2e", "wofz", "lambertw", "psi"),  # complex
    *("eval_jacobi", "eval_gegenbauer", "eval_legendre", "eval_chebyt", "eval_chebyu"),
    *("eval_genlaguerre", "eval_hermite", "eval_hermitenorm", "sph_legendre_p"),  # of whole degrees
    *("spherical_jn", "spherical_yn", "spherical_in", "spherical_kn"),
}


def test_every_elementwise_op_is_native_or_known_to_be_a_host_call():
    for name in sorted({s.op for s in SAMPLES if s.definition.elementwise}):
        native = name in ROWS or is_legalized(name)
        if not native and name not in HOST_CALLS:
            pytest.fail(
                f"op {name} has no row in ROWS (lowering/native_ops.py) and no decomposition "
                "in lowering/legalize: add one, or add it to HOST_CALLS here"
            )
        assert not (native and name in HOST_CALLS), f"{name} is native: take it out of HOST_CALLS"
