"""The names that a code object reads, and those that it writes outside of itself."""

from __future__ import annotations

import dis
from collections.abc import Iterator
from types import CodeType
from typing import NamedTuple

GLOBALS = ("LOAD_GLOBAL", "LOAD_NAME")
CELLS = ("LOAD_DEREF", "LOAD_CLASSDEREF", "LOAD_FROM_DICT_OR_DEREF")
ATTRIBUTES = ("LOAD_ATTR", "LOAD_METHOD")


class Read(NamedTuple):
    """A name that is read, and the attributes that are read from it at once."""

    name: str
    is_cell: bool
    path: tuple[str, ...]


def all_codes(code: CodeType) -> Iterator[CodeType]:
    """The code, and that of the functions and classes inside."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from all_codes(constant)


def reads(code: CodeType) -> Iterator[Read]:
    """The names that the code and those inside read from around."""
    for each in all_codes(code):
        instructions = list(dis.get_instructions(each))
        for i, step in enumerate(instructions):
            if step.opname not in (*GLOBALS, *CELLS):
                continue
            path: list[str] = []
            for after in instructions[i + 1 :]:
                if after.opname in ATTRIBUTES:
                    path.append(str(after.argval))
                elif after.opname not in ("CACHE", "PRECALL", "PUSH_NULL"):
                    break
            yield Read(str(step.argval), step.opname in CELLS, tuple(path))


def imports(code: CodeType) -> Iterator[str]:
    """The modules that the code and those inside import."""
    for each in all_codes(code):
        for step in dis.get_instructions(each):
            if step.opname == "IMPORT_NAME":
                yield str(step.argval)


def written_globals(code: CodeType) -> Iterator[str]:
    """The global names that the code and those inside write."""
    for each in all_codes(code):
        for step in dis.get_instructions(each):
            if step.opname in ("STORE_GLOBAL", "DELETE_GLOBAL"):
                yield str(step.argval)
