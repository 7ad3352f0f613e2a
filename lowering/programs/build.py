"""From units to machine code: those that the store does not have are compiled together."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from polyad.execution import recording
from polyad.ir import Function, Location, Op

from ..dialects import loop
from ..linking.object_cache import ObjectCache
from .store import Code, found, keep, load, loaded
from .units import Unit

if TYPE_CHECKING:
    from ..llvm.module import Module

log = logging.getLogger("polyad")

# Groups of units, by the effort that LLVM spends on a module of them.
AS_IT_STANDS, STRAIGHT, USUAL, WITH_SHORT_LOOPS = range(4)


def codes_of(
    units: Mapping[str, Unit], settings: Mapping[str, Any], disk: ObjectCache | None
) -> tuple[dict[str, Code], int]:
    """The machine code of each unit, and how many of them were compiled here."""
    codes: dict[str, Code] = {}
    missing: dict[str, Unit] = {}
    for digest, unit in units.items():
        code = None if unit.is_external else found(disk, digest)
        if code is None:
            missing[digest] = unit
        else:
            codes[digest] = code
    for unit in missing.values():
        for name, reason in unit.reasons_for_sizes().items():
            log.debug("%s is compiled for its sizes: %s", name, reason)
    for group in grouped(missing):
        codes.update(compiled(group, settings, disk))
    return codes, len(missing)


def compiled(
    units: Mapping[str, Unit], settings: Mapping[str, Any], disk: ObjectCache | None
) -> dict[str, Code]:
    """Units compiled as one module; each in one of its own, if LLVM fails on that."""
    from ..linking import engine

    with recording.phase("LLVM IR"):
        module = module_of(units, settings)
    with recording.phase(f"LLVM, {len(units)} new units"):
        try:
            code = engine.object_code(str(module))
        except engine.InvalidModule:
            made: dict[str, Code] = {}
            for digest, unit in units.items():
                made.update(compiled({digest: unit}, settings, disk))
            return made
    names = tuple(module.outside)
    counts = {digest: unit.operands for digest, unit in units.items()}
    if any(unit.is_external for unit in units.values()):
        return dict.fromkeys(units, load(code, names, counts))
    if disk is not None:
        keep(disk, code, names, counts)
    return dict.fromkeys(units, loaded(code, names, counts))


def module_of(
    units: Mapping[str, Unit],
    settings: Mapping[str, Any],
    lines: dict[Location, int] | None = None,
) -> Module:
    """The LLVM module of some units. The function of each has its digest as name. With a table of
    `lines` it is one to be shown, with the user's lines as debug locations.
    """
    from ..emission.run import emit_unit
    from ..llvm.lines import Lines
    from ..llvm.module import STRAIGHT_CODE, Module

    straight = max(map(effort, units.values())) == STRAIGHT
    module = Module(STRAIGHT_CODE if straight else "units", settings)
    if lines is not None:
        module.lines = Lines(module, lines)
    for digest, unit in units.items():
        kinds = unit.overlapping, unit.own
        emit_unit(module, digest, unit.function, kinds, unit.allocates, unit.asking, unit.form)
    module.keep_widened()
    return module


def grouped(units: Mapping[str, Unit]) -> list[dict[str, Unit]]:
    """The units that are compiled in one module, for each effort; those with ops that are defined
    outside polyad apart, for the store does not take them.
    """
    efforts = {digest: (unit.is_external, effort(unit)) for digest, unit in units.items()}
    groups: dict[tuple[bool, int], dict[str, Unit]] = {}
    for digest, unit in units.items():
        external, own = efforts[digest]
        if own == AS_IT_STANDS:  # which LLVM leaves alone in any module
            own = min((e for x, e in efforts.values() if x == external and e), default=own)
        groups.setdefault((external, own), {})[digest] = unit
    return [groups[key] for key in sorted(groups)]


def effort(unit: Unit) -> int:
    from ..emission.form import is_light

    if unit.is_kernel and is_light(unit.function.ops[0]):
        return AS_IT_STANDS
    loops = list(kernels(unit.function.ops))
    if unit.is_kernel and not loops:
        return STRAIGHT
    return WITH_SHORT_LOOPS if any(map(has_short_loops, loops)) else USUAL


def kernels(ops: Sequence[Op]) -> Iterable[Op]:
    return (op for outer in ops for op in (outer, *inside(outer.regions)) if is_loop(op))


def inside(regions: Sequence[Function]) -> Iterable[Op]:
    return (op for region in regions for op in region.walk())


def is_loop(op: Op) -> bool:
    return op.definition in (loop.for_, loop.parallel)


def has_short_loops(op: Op) -> bool:
    """Whether a loop is to be written out by LLVM, for which it needs more effort."""
    from ..emission.form import is_written_out

    return bool(op.attrs["extent"] > 1 and is_written_out(op))
