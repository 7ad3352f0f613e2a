"""The user's lines behind the ops of a program, numbered for the page."""

from __future__ import annotations

import linecache
import os
from collections.abc import Iterable
from types import CodeType
from typing import Any

from ..ir import Location

AROUND = 2
"""Lines shown before and after those of a function."""
MOST = 600
"""Lines of one file, at most."""


class Sources:
    """The files with lines that ops come from. A place is a line of a file, by itself or in a
    derivative; a set of places has a number, 0 being the empty one.
    """

    def __init__(self, paths: bool) -> None:
        self.paths = paths
        self.files: dict[str, dict[CodeType, None]] = {}
        self.places: dict[tuple[str, int, bool], int] = {}
        self.sets: dict[tuple[int, ...], int] = {(): 0}
        self._known: dict[Location, int] = {}

    def number(self, location: Location | None) -> int:
        """The number of the set of places of a location."""
        if location is None:
            return 0
        found = self._known.get(location)
        if found is None:
            found = self._known[location] = self.union([self._place(p) for p in location.parts])
        return found

    def union(self, places: Iterable[int]) -> int:
        """The number of a set of places."""
        return self.sets.setdefault(tuple(sorted(set(places))), len(self.sets))

    def joined(self, numbers: Iterable[int]) -> int:
        """The number of the union of sets."""
        known = list(self.sets)
        return self.union(place for n in numbers for place in known[n])

    def _place(self, part: Location) -> int:
        self.files.setdefault(part.file, {})[part.code] = None
        key = (part.file, part.line, part.derivative_of is not None)
        return self.places.setdefault(key, len(self.places))

    def named(self, text: str) -> str:
        """A text with the files' names as they are shown."""
        for name in sorted(self.files, key=len, reverse=True):
            text = text.replace(name, self._name(name))
        return text

    def data(self) -> dict[str, Any]:
        """Files, places and sets for the page."""
        numbers = {name: i for i, name in enumerate(self.files)}
        return {
            "files": [self._file(name, codes) for name, codes in self.files.items()],
            "places": [[numbers[f], line, int(d)] for f, line, d in self.places],
            "sets": [list(places) for places in self.sets],
        }

    def _file(self, name: str, codes: Iterable[CodeType]) -> dict[str, Any]:
        text = [line.rstrip("\n") for line in linecache.getlines(name)]
        shown: set[int] = set()
        for code in codes:
            lines = [line for _, _, line in code.co_lines() if line is not None]
            if code.co_name == "<module>":  # only the lines that ops come from
                lines = [line for f, line, _ in self.places if f == name]
                spans = [(line, line) for line in lines]
            else:
                spans = [(code.co_firstlineno, max(lines, default=code.co_firstlineno))]
            for first, last in spans:
                shown.update(range(first - AROUND, last + AROUND + 1))
        kept = sorted(n for n in shown if 1 <= n <= len(text))[:MOST]
        return {"name": self._name(name), "lines": [[n, text[n - 1]] for n in kept]}

    def _name(self, name: str) -> str:
        """The path from the present folder, or the file's name alone where paths are hidden."""
        if not self.paths or not os.path.isabs(name):
            return os.path.basename(name)
        try:
            near = os.path.relpath(name)
        except ValueError:  # on another drive
            return os.path.basename(name)
        return os.path.basename(name) if near.startswith("..") else near
