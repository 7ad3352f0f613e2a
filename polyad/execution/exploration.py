"""An account of a compiled function for the explorer: stages, steps, the flow of arrays, memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from ..ir import Function, Location


class Step(NamedTuple):
    """A step of the compiled code: a kernel, a product, a call of Python, a loop. `title` is its
    name in all stages that have it, and in machine code; `kind` one word; `text` the account of it;
    `work` the numbers of simple and of elementary operations in a call; `moved` the bytes that a
    call reads and writes; `code` the title of the first step with the same machine code; `shares`
    are weights of the places that it comes from, by the work of their operations.
    """

    title: str
    kind: str
    text: str
    location: Location | None = None
    moved: int = 0
    work: tuple[int, int] = (0, 0)
    code: str = ""
    shares: Sequence[tuple[Location, int]] = ()


class Flow(NamedTuple):
    """An array on its way from the step `source` to the step `target`, or from an argument, or to
    a result; for steps that might have been one, `reason` says why they are two.
    """

    source: str
    target: str
    name: str
    type: str
    nbytes: int
    reason: str = ""


class Buffer(NamedTuple):
    """A part of the workspace, used from step `first` to step `last`."""

    name: str
    type: str
    offset: int
    nbytes: int
    first: int
    last: int
    location: Location | None = None


class Exploration(NamedTuple):
    """All that the explorer shows of a compiled function, beside its traces. `texts` are LLVM IR
    and assembly, by their names; `order` are the titles of the steps that run one after another, by
    which `memory` counts; `units` are the titles of the first kernels of pieces of machine code, by
    the names of these; `marks` are for each line of a text the number of its location in `places`,
    from 1 on, or 0.
    """

    stages: Mapping[str, Function]
    explanation: str = ""
    texts: Mapping[str, str] = MappingProxyType({})
    steps: Sequence[Step] = ()
    flows: Sequence[Flow] = ()
    order: Sequence[str] = ()
    memory: Sequence[Buffer] = ()
    workspace: int = 0
    machine: str = ""
    units: Mapping[str, str] = MappingProxyType({})
    marks: Mapping[str, Sequence[int]] = MappingProxyType({})
    places: Sequence[Location] = ()
