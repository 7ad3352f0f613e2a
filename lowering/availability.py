"""Whether compiled code can be made here: libraries, their versions, and the layout of objects."""

from __future__ import annotations

import functools
import importlib.metadata
import importlib.util
import re

from .calling import checks

# The oldest releases that compiled code is tested with.
NEEDED = {"llvmlite": (0, 45), "scipy": (1, 15)}


def missing() -> str:
    """Why compiled code cannot be made here, and what to do; empty where it can."""
    if not objects_are_plain():
        return "compiled code does not know how this build of Python lays out its objects"
    if faults := misplaced_fields():
        return (
            f"compiled code reads fields of objects that stand elsewhere in these builds of Python "
            f"and NumPy ({', '.join(faults)}); please report it with `python -m polyad info`"
        )
    for library, oldest in NEEDED.items():
        wanted = f"{library} {'.'.join(map(str, oldest))} or newer"
        remedy = f"`pip install --upgrade {library}`"
        found = installed_version(library)
        if found is None:
            return f"the library it needs is not installed: {wanted}; {remedy}"
        if found < oldest:
            is_there = ".".join(map(str, found))
            return f"the library it needs is too old: {wanted}, not {is_there}; {remedy}"
    return ""


@functools.cache
def installed_version(library: str) -> tuple[int, ...] | None:
    """The first two numbers of an installed library's version."""
    if importlib.util.find_spec(library) is None:
        return None
    numbers = re.findall(r"\d+", importlib.metadata.version(library))
    return tuple(map(int, numbers[:2]))


@functools.cache
def misplaced_fields() -> tuple[str, ...]:
    """The fields of objects that stand elsewhere than machine code reads them."""
    return tuple(checks.faults())


def objects_are_plain() -> bool:
    """Whether objects begin as `calling/entry.py` reads them; in free-threaded CPython not so."""
    return object.__basicsize__ == 16


def llvm_and_processor() -> str:
    """The version of LLVM, and the processor that it makes code for."""
    import llvmlite.binding as llvm

    from .llvm.width import registers

    numbers = ".".join(map(str, llvm.llvm_version_info))
    return f"LLVM {numbers} for {llvm.get_host_cpu_name()}, vectors of {8 * registers()[0]} bits"
