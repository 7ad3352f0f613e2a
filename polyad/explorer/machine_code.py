"""The lines of LLVM IR and assembly, each with the kernel that it belongs to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

_DEFINE = re.compile(r'^define [^@]*@"?([\w.$-]+)"?\(')
_LABEL = re.compile(r'^"?([A-Za-z_][\w.$-]*|[0-9a-f]{64})"?:')
_NAMES = re.compile(r'[@$]"?([\w.-]+)')


def owners(text: str, titles: Mapping[str, str], units: Mapping[str, str]) -> list[str]:
    """For each line the title of its kernel, or ''. A function belongs to the kernel of its name,
    or to the one that it mentions, or that mentions it; `titles` are the kernels by the names of
    their functions, and `units` by the digests of theirs.
    """
    lines = text.split("\n")
    spans = list(_functions(lines))
    mentions: dict[str, set[str]] = {}
    for name, first, last in spans:
        body = "\n".join(lines[first + 1 : last])
        mentions.setdefault(name, set()).update(_NAMES.findall(body))
    found = {name: _own(name, titles, units) for name in mentions}
    for _ in range(4):  # through helpers of helpers
        for name, read in mentions.items():
            for other in sorted(read & mentions.keys()):
                if not found[name] and other != name:
                    found[name] = found[other]
                if not found[other]:
                    found[other] = found[name]
    owner = [""] * len(lines)
    for name, first, last in spans:
        owner[first : last + 1] = [found[name]] * (last + 1 - first)
    return owner


def _own(name: str, titles: Mapping[str, str], units: Mapping[str, str]) -> str:
    bare = re.sub(r"\.\d+$", "", name)
    return titles.get(name) or titles.get(bare) or units.get(name, "")


def _functions(lines: list[str]) -> Iterator[tuple[str, int, int]]:
    """The name, the first and the last line of each function."""
    open_name, first = "", 0
    for i, line in enumerate(lines):
        start = _DEFINE.match(line) or _LABEL.match(line)
        if start:
            if open_name:
                yield open_name, first, i - 1
            open_name, first = start[1], i
        elif open_name and (line == "}" or line.startswith("\t.size\t")):
            yield open_name, first, i
            open_name = ""
    if open_name:
        yield open_name, first, len(lines) - 1
