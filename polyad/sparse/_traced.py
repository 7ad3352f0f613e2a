"""A function of a call, traced: what is differentiated, what else it takes, and what of that is
known.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from .. import execution
from ..api.calls import pytrees, traces
from ..api.calls.pytrees import normalize_argnums, replace_args
from ..concrete import captured_array, constant_value
from ..errors import PolyadTypeError
from ..ir import ArrayType, Handle, Value, user_location, where
from ..ops import region
from ..passes.inline import inline
from ..passes.pipeline import simplify

F = Callable[..., Any]


class Arguments:
    """The arguments of a call: `chosen`, the leaves that are differentiated by, then `others`."""

    def __init__(
        self, fun: F, argnums: int | Sequence[int], args: Sequence[Any], kwargs: Any, name: str
    ) -> None:
        self.fun, self.name, self.args, self.kwargs = fun, name, args, kwargs
        self.single = hasattr(argnums, "__index__")
        self.positions = normalize_argnums(argnums, len(args), name)
        self.given = args[self.positions[0]] if self.single else [args[i] for i in self.positions]
        rest = [arg for i, arg in enumerate(args) if i not in self.positions]
        self.chosen, self.structure = pytrees.flatten(self.given)
        self.others, self.other_structure = pytrees.flatten((rest, kwargs))
        self.leaves = [*self.chosen, *self.others]

    @cached_property
    def types(self) -> list[ArrayType]:
        """The types of the leaves. Raises `PolyadTypeError` for one that is no array."""
        names = pytrees.names_of(self.fun, self.args, positions=self.positions)
        types = pytrees.leaf_types(self.chosen, self.name, names)
        return [*types, *pytrees.leaf_types(self.others, self.name, list)]

    @property
    def order(self) -> list[int] | None:
        """The position of each leaf among the arguments, if these are the leaves; else None."""
        n = len(self.args)
        if self.kwargs or len(self.leaves) != n:
            return None
        return [*self.positions, *(i for i in range(n) if i not in self.positions)]

    def check(self, holomorphic: bool | None = False) -> None:
        """Raise `PolyadTypeError` for a leaf that nothing is differentiated by: one of integers,
        and one of complex numbers unless the function is said to be holomorphic (None: it may
        be).
        """
        names = pytrees.names_of(self.fun, self.args, positions=self.positions)
        for i, t in enumerate(self.types[: len(self.chosen)]):
            if holomorphic in (None, t.dtype.is_complex) and t.dtype.is_inexact:
                continue
            if not t.dtype.is_inexact:
                remedy = "Convert it, x.astype(float), or leave it out of argnums."
            elif holomorphic:
                remedy = "Leave holomorphic=True out."
            else:
                remedy = "Pass holomorphic=True if the function is holomorphic."
            kind = "complex" if holomorphic else "real floating"
            raise PolyadTypeError(
                f"{self.name}: {pytrees.describe_leaf(names(), i)} is {t}; the derivative is by "
                f"{kind} arrays{where(user_location())}\n  {remedy}"
            )

    def call(self, leaves: Sequence[Any], fun: F | None = None) -> Any:
        """The function on other leaves."""
        count = len(self.chosen)
        given = pytrees.unflatten(self.structure, list(leaves[:count]))
        rest, kwargs = pytrees.unflatten(self.other_structure, list(leaves[count:]))
        rest = iter(rest)
        args = [None if i in self.positions else next(rest) for i in range(len(self.args))]
        args = replace_args(args, self.positions, [given] if self.single else given)
        return (fun or self.fun)(*args, **kwargs)


class TracedCall:
    """The function of a call, traced: of the leaves, then of what it captured."""

    def __init__(self, arguments: Arguments, fun: F | None = None) -> None:
        self.arguments = arguments
        placed = traces.placement_among(
            [x for x in arguments.leaves if not isinstance(x, ArrayType)], (), {}, arguments.name
        )
        traced = traces.trace(
            arguments.fun,
            lambda tracers: arguments.call(tracers, fun),
            arguments.types,
            transform=arguments.name,
            leaves=arguments.leaves,
            placed=placed,
        )
        self.captures, self.out_tree = traced.captures, traced.out_tree
        self.copied = list(traced.originals)
        self.is_copy = _copies(self.captures, self.copied)
        self.function = simplify(inline(traced.function, _is_plain_call))

    def of_results(self, results: Sequence[Value]) -> TracedCall:
        """The call with other results, of a function that takes what this one captured after the
        leaves.
        """
        found = copy.copy(self)
        found.function = simplify(self.function.with_(results=results))
        found.captures = []
        return found

    @property
    def chosen_types(self) -> list[ArrayType]:
        return self.arguments.types[: len(self.arguments.chosen)]

    @cached_property
    def blocks(self) -> list[slice]:
        """The columns of each leaf that is differentiated by."""
        ends = np.cumsum([0, *(t.size for t in self.chosen_types)])
        return [slice(int(a), int(b)) for a, b in itertools.pairwise(ends)]

    @property
    def width(self) -> int:
        return self.blocks[-1].stop if self.blocks else 0

    @property
    def result_types(self) -> list[ArrayType]:
        return list(self.function.result_types)

    def evaluate(self, leaves: Sequence[Any]) -> list[Any]:
        """The function's results on other leaves."""
        return list(traces.execute(self.function, leaves, self.captures, self.arguments.name))

    def known(self) -> list[Any]:
        """For each argument of the function its value, where other floats could not be there: of
        integers, and of what the function captured; None for another.
        """
        count = len(self.arguments.chosen)
        others = [
            None if t.dtype.is_inexact else on_host(x)
            for x, t in zip(self.arguments.others, self.arguments.types[count:], strict=True)
        ]
        return [None] * count + others + [on_host(x) for x in self.captures]


def _copies(captures: Sequence[Any], originals: Sequence[Any]) -> list[bool]:
    """Which captures are copies that the trace made, of `originals` in this order."""
    found, waiting = [], list(originals)
    for x in captures:
        first: Any = waiting[0] if waiting else x
        copy = x is not first and type(x) is type(first)
        copy = copy and x.shape == first.shape and x.dtype == first.dtype
        found.append(copy)
        if copy:
            waiting.pop(0)
    return found


def _is_plain_call(op: Any) -> bool:
    return op.definition is region.call


def on_host(x: Any) -> Any:
    """An array or number as a NumPy array, also one that a traced function around this one
    captured, and integers made of such; None for one that is not known.
    """
    if isinstance(x, Handle):
        captured = captured_array(x)
        x = constant_value(x) if captured is None and not x.type.dtype.is_inexact else captured
    if x is None or isinstance(x, ArrayType):
        return None
    if type(x) in execution.SCALARS:
        return np.asarray(x)
    backend = execution.backend_of(x)
    if backend is None:
        return None
    return np.asarray(x if backend.name == "numpy" else backend.to_host(x))
