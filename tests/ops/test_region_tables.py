"""Every op with regions is known wherever such ops must be known."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest

import polyad
from polyad.backends.control import RUNNERS
from polyad.conformance import SAMPLES
from polyad.errors import PolyadTypeError
from polyad.ir import ArrayType, Definition, Function, Op, Value, as_dtype
from polyad.lowering.memory.control_to_memory import CONTROL_TO_MEMORY
from polyad.ops import OpDefinition
from polyad.ops.region_rules import Rules
from polyad.ops.views import CONTROL, VIEWS
from polyad.passes.forwarding import FORWARD
from polyad.passes.inline import KEPT, inline
from polyad.passes.pruning import PRUNE
from polyad.transforms.effects import GUARD


class Table(NamedTuple):
    """A table that must know ops with regions, and the remedy where it does not."""

    name: str
    knows: Callable[[Definition], bool]
    remedy: str


def has_rule(*names: str) -> Callable[[Definition], bool]:
    """Whether the rules of an op have a method of one of these names."""
    rules = lambda op: op.region_rules
    return lambda op: any(hasattr(rules(op), name) for name in names)


EVERY = [
    *(
        Table(
            f"region_rules.{names[0]}",
            has_rule(*names),
            f"set its region_rules.rules (polyad/transforms), with a method {names[0]!r}",
        )
        for names in (("jvp", "push"), ("partial_eval",), ("transpose", "pull"), ("batch",))
    ),
    Table("VIEWS", VIEWS.__contains__, "add a view of it (polyad/ops/views.py)"),
    Table("GUARD", GUARD.__contains__, "say how its effects are guarded (transforms/effects.py)"),
    Table(
        "the samples",
        lambda op: any(sample.op == op.name for sample in SAMPLES),
        "add a sample (polyad/conformance/samples)",
    ),
]
"""Tables that know every op with regions."""

OPTIMIZED = [
    Table("PRUNE", PRUNE.__contains__, "add a rule (polyad/passes/pruning.py)"),
    Table("FORWARD", FORWARD.__contains__, "add a rule, or None (polyad/passes/forwarding.py)"),
    Table("RUNNERS", RUNNERS.__contains__, "say how NumPy and others run it (backends/control.py)"),
]
"""Tables that know the ops that are not inlined before they run."""

RUN = [
    Table("KEPT", KEPT.__contains__, "add it (polyad/passes/inline.py), or a rule 'meaning'"),
    *OPTIMIZED,
    Table("CONTROL", lambda op: op.name in CONTROL, "let its view be a Loop (ops/views.py)"),
    Table(
        "CONTROL_TO_MEMORY",
        CONTROL_TO_MEMORY.__contains__,
        "give it a native form (lowering/memory/control_to_memory.py)",
    ),
]
"""Tables that know the ops that stand for no function of other ops."""


def missing(op: Definition) -> list[str]:
    """The tables that lack `op`, each with the remedy."""
    tables = list(EVERY)
    if not has_rule("meaning")(op):
        tables += RUN
    elif op in KEPT:
        tables += OPTIMIZED
    return [f"{op.name} is not in {t.name}: {t.remedy}" for t in tables if not t.knows(op)]


def check(op: Definition) -> None:
    gaps = missing(op)
    if gaps:
        pytest.fail("\n".join(gaps))


def with_regions() -> list[OpDefinition]:
    found = (d for d in Definition.registry.values() if isinstance(d, OpDefinition))
    return [d for d in found if d.region_rules is not None]


@pytest.mark.parametrize("op", with_regions(), ids=lambda op: op.name)
def test_every_table_knows_it(op: Definition) -> None:
    check(op)


def test_no_table_knows_an_op_that_is_none() -> None:
    known = {*VIEWS, *GUARD, *PRUNE, *FORWARD, *RUNNERS, *KEPT}
    assert known <= set(with_regions())


@pytest.fixture
def unknown() -> Iterator[OpDefinition]:
    def type_rule(*types: Any, regions: tuple[Function, ...]) -> tuple[Any, ...]:
        return regions[0].result_types

    yield OpDefinition("unknown_loop", type_rule, region_rules=Rules())
    del Definition.registry["unknown_loop"]


def test_a_new_op_is_missed_everywhere(unknown: OpDefinition) -> None:
    with pytest.raises(pytest.fail.Exception) as failure:
        check(unknown)
    text = str(failure.value)
    assert len(text.splitlines()) == len(EVERY) + len(RUN)
    for table in (*EVERY, *RUN):
        assert f"unknown_loop is not in {table.name}: {table.remedy}" in text


def test_a_new_call_need_not_be_known_by_executors(unknown: OpDefinition) -> None:
    unknown.region_rules.rules = polyad.ops.region.call.region_rules.rules
    assert [gap.split()[4].rstrip(":") for gap in missing(unknown)] == ["VIEWS", "GUARD", "the"]


def test_nothing_runs_an_op_that_has_no_meaning(unknown: OpDefinition) -> None:
    x, y = (Value(ArrayType(as_dtype("float64"), (3,))) for _ in "xy")
    op = Op(unknown, (x,), (), (Function("body", (x,), (), (x,)),), (y,))
    with pytest.raises(PolyadTypeError, match=r"unknown_loop: nothing runs .*(\n.*)*RUNNERS"):
        inline(Function("main", (x,), (op,), (y,)))
