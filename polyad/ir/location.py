"""Source locations: the user's file and line behind each op, as MLIR's `loc`.

A location keeps the code object and the instruction's offset; the line is worked out when somebody
asks.
"""

from __future__ import annotations

import linecache
import os
import sys
import threading
from collections.abc import Iterable
from types import CodeType, FrameType
from typing import ClassVar

from ..caches import Memo

_PACKAGES = (
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep,
    os.sep + "optree" + os.sep,
    os.sep + os.path.join("site-packages", "torch") + os.sep,
)
_EXTRA_ROOTS: list[str] = []
_OWN: set[str] = set()
"""The files of polyad, and of these packages, that code has run from."""
_USERS: Memo[str, bool] = Memo()
"""Other files, each with True."""


def hide_frames_below(folder: str) -> None:
    """Treat code under `folder` (a backend's, a lowering's) as polyad's own when looking for the
    user's line.
    """
    _EXTRA_ROOTS.append(os.path.join(os.path.abspath(folder), ""))
    _USERS.clear()


class Location:
    """The place in the user's program at which an op was made; for an op of a derivative, that of
    the op named `derivative_of`. An op that stands for several has the place of the first, and the
    `others`.
    """

    __slots__ = ("code", "offset", "derivative_of", "others")
    _interned: ClassVar[Memo[tuple[int, int], Location]] = Memo()
    _derived: ClassVar[Memo[tuple[Location, str], Location]] = Memo()
    _together: ClassVar[Memo[tuple[Location, ...], Location]] = Memo()

    def __init__(
        self,
        code: CodeType,
        offset: int,
        derivative_of: str | None = None,
        others: tuple[Location, ...] = (),
    ) -> None:
        self.code, self.offset, self.derivative_of = code, offset, derivative_of
        self.others = others

    @property
    def parts(self) -> tuple[Location, ...]:
        """The places, each by itself, in order."""
        return (self.first, *self.others) if self.others else (self,)

    @property
    def first(self) -> Location:
        """The first place by itself."""
        if not self.others:
            return self
        found = Location._interned.get((id(self.code), self.offset))
        if found is None or found.code is not self.code:
            found = Location(self.code, self.offset)
            Location._interned.remember((id(self.code), self.offset), found)
        return found if self.derivative_of is None else found.in_derivative(self.derivative_of)

    def in_derivative(self, name: str) -> Location:
        """The location of what the derivative of op `name` here is made of."""
        if self.derivative_of is not None:  # of a higher order
            return self
        if self.others:
            made = together(part.in_derivative(name) for part in self.parts)
            assert made is not None
            return made
        found = Location._derived.get((self, name))
        if found is None:
            found = Location(self.code, self.offset, name)
            Location._derived.remember((self, name), found)
        return found

    @property
    def file(self) -> str:
        return self.code.co_filename

    @property
    def line(self) -> int:
        for start, stop, line in self.code.co_lines():
            if start <= self.offset < stop and line is not None:
                return line
        return self.code.co_firstlineno

    @property
    def source(self) -> str:
        """The text of the line, or an empty string where the source is not at hand."""
        return linecache.getline(self.file, self.line).strip()

    def __repr__(self) -> str:
        return f"{self.file}:{self.line}"

    def describe(self) -> str:
        """`file:line, in function: source`, for error messages."""
        text = f"{self.file}:{self.line}, in {self.code.co_name}"
        return f"{text}: {self.source}" if self.source else text


def _is_own(filename: str) -> bool:
    """Whether a file that was not seen before is one of the `_OWN`."""
    own = any(filename.startswith(root) for root in (_PACKAGES[0], *_EXTRA_ROOTS))
    own = own or any(part in filename for part in _PACKAGES[1:])
    if own or filename.startswith("<frozen"):
        _OWN.add(filename)
        return True
    _USERS.remember(filename, True)
    return False


def user_location() -> Location | None:
    """The location of the innermost frame that is not polyad's own."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        name = frame.f_code.co_filename
        if name not in _OWN and (name in _USERS or not _is_own(name)):
            key = (id(frame.f_code), frame.f_lasti)
            found = Location._interned.get(key)
            if found is None:
                found = Location._interned.remember(key, Location(frame.f_code, frame.f_lasti))
            return found
        frame = frame.f_back
    return None


def together(locations: Iterable[Location | None]) -> Location | None:
    """The location of an op that stands for ops at `locations`: all their places."""
    found: dict[Location, None] = {}
    for location in locations:
        if location is not None:
            if location.others:
                found.update(dict.fromkeys(location.parts))
            else:
                found[location] = None
    if len(found) < 2:
        return next(iter(found), None)
    key = tuple(found)
    made = Location._together.get(key)
    if made is None:
        first = key[0]
        made = Location(first.code, first.offset, first.derivative_of, key[1:])
        Location._together.remember(key, made, 1 + len(key) // 8)
    return made


class _Here(threading.local):
    """The location of the ops that a conversion makes now, on each thread."""

    location: Location | None = None


HERE = _Here()


def where(location: Location | None) -> str:
    """A line to append to an error message: the user's own line, where it is known."""
    return f"\n  at {location.describe()}" if location is not None else ""
