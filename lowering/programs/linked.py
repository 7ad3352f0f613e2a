"""A program in memory: its plan with the addresses of this process."""

from __future__ import annotations

import ctypes
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from polyad.system import c_library

from ..calling.host import address_of as address_of_object
from ..linking.object_cache import ObjectCache
from ..runtime.modules import address_of
from .rows import COPY, HOST, NULL, Object, Place, Plan, Row
from .store import STORE, Code, found_together

KEPT_BLOCK = 0  # the place of the kept block's address in a program


@dataclass(frozen=True)
class Facts:
    """Facts about a program for its calls: whether other Python threads may run meanwhile, whether
    it computes for long without a look for signals, and of donated arguments the results that they
    become.
    """

    release: bool
    long: bool
    donated: dict[int, int]


class Linked:
    """The row of integers that `polyad_run` reads (see `runtime.programs`). It keeps alive what the
    program runs. `further` are addresses of functions that rows name, beside units and polyad's.
    """

    def __init__(
        self,
        plan: Plan,
        codes: Mapping[str, Code],
        objects: Sequence[Any],
        further: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        self.alive = list(codes.values()), list(objects)
        own = {name: address_of(f"programs.{name}") for name in (COPY, HOST)}
        own.update(further)
        numbers = [0, plan.memory]
        numbers.append(max((len(row.operands) for row in plan.rows), default=0))
        for row in plan.rows:
            code = codes.get(row.target)
            address = own[row.target] if code is None else code.address(row.target)
            numbers += (address, len(row.operands))
            for place in row.operands:
                if isinstance(place, Object):
                    numbers += (NULL, address_of_object(objects[place.number]))
                else:
                    numbers += place
        self.row = (ctypes.c_int64 * (len(numbers) + 1))(*numbers)
        self.own_size = ctypes.sizeof(self.row)
        self.size = self.own_size + sum(c.engine.part() for c in {*codes.values()})
        weakref.finalize(self, free_kept, self.row)

    @property
    def address(self) -> int:
        return ctypes.addressof(self.row)


def free_kept(row: Any) -> None:
    """Free the scratch memory that a program kept between calls."""
    if row[KEPT_BLOCK]:
        c_library().free(ctypes.c_void_p(row[KEPT_BLOCK]))
        row[KEPT_BLOCK] = 0


# -- On disk


def packed(plan: Plan, codes: Mapping[str, Code], facts: Facts) -> bytes:
    """The text of a program: its rows, the units that they call, and the codes that have them."""
    import json

    units = list(codes)
    numbers = {digest: i for i, digest in enumerate(units)}
    rows = [
        [numbers.get(row.target, row.target), *map(packed_operand, row.operands)]
        for row in plan.rows
    ]
    parts = {
        "rows": rows,
        "units": [[digest, code.key] for digest, code in codes.items()],
        "sizes": [plan.memory, len(plan.asking)],
        "release": facts.release,
        "long": facts.long,
        "donated": sorted(facts.donated.items()),
    }
    return json.dumps(parts, separators=(",", ":")).encode()


def packed_operand(place: Place | Object) -> list[int]:
    return [place.number] if isinstance(place, Object) else list(place)


@dataclass(frozen=True)
class Stored:
    """A program that was found on disk, without the objects that it asks for."""

    plan: Plan
    codes: dict[str, Code]
    facts: Facts
    objects: int


def unpacked(entry: bytes, disk: ObjectCache) -> Stored | None:
    """The program of an entry, if the code of all its units is there."""
    import json

    try:
        parts = json.loads(entry)
        codes = {}
        for digest, key in parts["units"]:
            code = STORE.get(digest) or found_together(disk, key, digest)
            if code is None:
                return None
            codes[digest] = code
        units = list(codes)
        rows = [
            Row(
                units[target] if isinstance(target, int) else target,
                tuple(Object(*p) if len(p) == 1 else (p[0], p[1]) for p in operands),
            )
            for target, *operands in parts["rows"]
        ]
        if not all(takes(codes.get(row.target), row) for row in rows):
            return None
        memory, asking = parts["sizes"]
        facts = Facts(parts["release"], parts["long"], dict(parts["donated"]))
    except (LookupError, ValueError, TypeError):
        return None
    return Stored(Plan(rows, memory, []), codes, facts, asking)


def takes(code: Code | None, row: Row) -> bool:
    """Whether the code of a row's unit is made for its operands."""
    return code is None or code.takes(row.target, len(row.operands))
