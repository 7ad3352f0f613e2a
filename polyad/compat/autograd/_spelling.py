"""autograd's spelling: NumPy's and SciPy's own functions, polyad's where an argument is traced."""

from __future__ import annotations

import functools
from types import ModuleType
from typing import Any

from ... import tree
from ...ir import DType, Handle
from .._spelling import Door, Function, Spelling

SPELLING = Spelling("autograd", {}, {}, {}, result=lambda x: x)


def is_traced(*values: Any) -> bool:
    """Whether a traced array is among values, or within lists and other containers."""
    return any(
        isinstance(value, Handle)
        or (isinstance(value, list | tuple | dict) and any(map(is_traced, tree.leaves(value))))
        for value in values
    )


def of_known(traced: Function, known: Function) -> Function:
    """`traced` where an argument is traced, else `known`."""

    @functools.wraps(known, updated=())
    def call(*args: Any, **kwargs: Any) -> Any:
        return (traced if is_traced(*args, *kwargs.values()) else known)(*args, **kwargs)

    return call


class NativeDoor(Door):
    """A module of autograd's, over a module of NumPy's or SciPy's."""

    native: Any = None

    def home(self, name: str) -> Any:
        """The library's object where it is no function, or there is no other."""
        theirs = None if name.startswith("_") else getattr(self.native, name, None)
        try:
            ours = super().home(name)
        except AttributeError:
            if theirs is None:
                raise
            return theirs
        plain = isinstance(theirs, type | int | float) or isinstance(ours, ModuleType | DType)
        return theirs if theirs is not None and plain else ours

    def _spelled(self, name: str, found: Any) -> Any:
        theirs = getattr(self.native, name, None)
        if found is theirs or isinstance(found, ModuleType):
            return found
        made = super()._spelled(name, found)
        if not callable(theirs) or not callable(made):
            return made
        return of_known(made, theirs)


def door(module: str, *homes: ModuleType, own: Any = None, native: Any = None) -> Door:
    """A module of autograd's, of polyad's names in these modules and those of `native`."""
    made = NativeDoor(module, homes, SPELLING, {}, own)
    made.native = native
    return made
