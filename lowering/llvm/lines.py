"""The user's lines in LLVM IR, as debug locations: for texts that are shown, and not for code that
runs. The line of a debug location is the number of a `Location` in a table; 0 is none.
"""

from __future__ import annotations

import re
from typing import Any

from llvmlite import ir

from polyad.ir import Location


class Lines:
    """The debug locations of a module; `known` has the number of each location, and gets more."""

    def __init__(self, module: ir.Module, known: dict[Location, int]) -> None:
        self.module, self.known = module, known
        self.file = module.add_debug_info("DIFile", {"filename": "lines", "directory": ""})
        token = ir.DIToken
        self.unit = module.add_debug_info(
            "DICompileUnit",
            {"language": token("DW_LANG_Python"), "file": self.file, "producer": "polyad",
             "runtimeVersion": 0, "isOptimized": True, "emissionKind": token("LineTablesOnly")},
            is_distinct=True,
        )  # fmt: skip
        types = module.add_metadata([None])
        self.type = module.add_debug_info("DISubroutineType", {"types": types})
        flag = [ir.IntType(32)(2), "Debug Info Version", ir.IntType(32)(3)]
        module.add_named_metadata("llvm.module.flags", flag)
        module.add_named_metadata("llvm.dbg.cu", self.unit)
        self.scopes: dict[str, Any] = {}

    def scope(self, function: ir.Function) -> Any:
        """The debug information of a function."""
        found = self.scopes.get(function.name)
        if found is None:
            given = {
                "name": function.name, "linkageName": function.name, "scope": self.file,
                "file": self.file, "line": 0, "scopeLine": 0, "type": self.type, "unit": self.unit,
                "spFlags": ir.DIToken("DISPFlagDefinition"),
            }  # fmt: skip
            found = self.module.add_debug_info("DISubprogram", given, is_distinct=True)
            self.scopes[function.name] = found
        return found

    def at(self, function: ir.Function, location: Location | None) -> Any:
        """The debug location of what is emitted in a function for an op at `location`."""
        number = 0 if location is None else self.known.setdefault(location, len(self.known) + 1)
        given = {"line": number, "column": 0, "scope": self.scope(function)}
        return self.module.add_debug_info("DILocation", given)


_USE = re.compile(r"\s*,?\s*!dbg !(\d+)")
_LOCATION = re.compile(r"^!(\d+) = (?:distinct )?!DILocation\(.*?line: (\d+)")
_OTHER = re.compile(r"^!\d+ = (?:distinct )?!DI|^!llvm\.(?:dbg|module)|#dbg_")
_LOC = re.compile(r"\s\.loc\s+\d+ (\d+)")


def of_llvm(text: str) -> tuple[str, list[int]]:
    """LLVM IR without its debug information, and for each line the number of its location."""
    lines = text.split("\n")
    numbers = {int(m[1]): int(m[2]) for m in map(_LOCATION.match, lines) if m}
    kept, found = [], []
    for line in lines:
        if not _OTHER.search(line):
            use = _USE.search(line)
            kept.append(_USE.sub("", line))
            defines = line.startswith(("define", "declare"))
            found.append(0 if use is None or defines else numbers.get(int(use[1]), 0))
    return "\n".join(kept), found


def of_assembly(text: str) -> tuple[str, list[int]]:
    """Assembly without its debug information, and for each line the number of its location."""
    kept, found, now = list[str](), list[int](), 0
    for line in text.partition("\t.section\t.debug_")[0].split("\n"):
        mark = _LOC.match(line)
        if mark is not None:
            now = int(mark[1])
        elif not re.match(r"\.L(tmp|func_begin)\d+:|\s\.(file|cfi_sections)\s", line):
            if re.match(r'"?[\w.]+"?:', line) and not line.startswith(".L"):
                now = 0
            kept.append(line)
            found.append(now if line.startswith("\t") and not line.startswith("\t.") else 0)
    return "\n".join(kept), found
