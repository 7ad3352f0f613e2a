"""Batching a user writes: custom_vmap, sequential_vmap."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .. import tree
from ..errors import PolyadTypeError, ShapeError
from ..ir import ArrayType, Function, user_location, where
from ..ops import region
from ..ops.types import BatchAxis
from ..tracing import callable_name
from . import mapping
from .calls import pytrees
from .custom import Custom
from .custom_rules import CustomRule, pair

F = Callable[..., Any]


class CustomVmapRule(CustomRule):
    """A user's batching rule for one call."""

    def batched(
        self, body: Function, batched: region.Flags, axis: BatchAxis
    ) -> tuple[Function, region.Flags]:
        """The function over a batch, and which results carry it."""
        name = self.owner.__name__
        if any(batched[self.count :]):
            raise PolyadTypeError(
                f"custom_vmap function {name} closes over an array that differs along the batch, "
                f"of which its rule says nothing{where(user_location())}\n  Pass it as an argument."
            )
        self.owner.check_vmap()
        types = [
            t.with_batch(axis.size) if b else t
            for t, b in zip(body.argument_types, batched, strict=True)
        ]
        flags: list[bool] = []

        def run(handles: list[Any]) -> list[Any]:
            given = self.arguments(handles[: self.count])
            which = list(self.arguments(list(batched[: self.count])))
            answer = self.owner.call_vmap(axis.size, which, given)
            outs, found = self._checked(answer, body.result_types, axis.size)
            flags[:] = found
            return outs

        what = f"the vmap rule of {name}"
        closed_at = len(types) - len(self.call.closed)
        function, _ = self.trace(types, run, what, self.call.weak, closed_at, None)
        return function, tuple(flags)

    def _checked(
        self, answer: Any, types: Sequence[ArrayType], size: int
    ) -> tuple[list[Any], list[bool]]:
        """The rule's results, which must be the function's over the batch where they carry it."""
        what = f"the vmap rule of {self.owner.__name__}"
        first, second = pair(answer, what, "(out, out_batched)")
        outs, structure = pytrees.flatten(first)
        flags, other = pytrees.flatten(second)
        for found, part in ((structure, "out"), (other, "out_batched")):
            if found != self.call.out_tree:
                raise ShapeError(
                    f"{what} must give {part} the structure of the function's result, "
                    f"{self.call.out_tree}; it has {found}"
                )
        if not all(isinstance(flag, bool) for flag in flags):
            raise PolyadTypeError(f"{what} must give out_batched as True and False, not {second!r}")
        wanted = [t.with_batch(size) if b else t for t, b in zip(types, flags, strict=True)]
        return self.results(outs, wanted, what), flags


class custom_vmap(Custom):
    """A function with a batching rule of its own.

    Give it with `@f.def_vmap`: `rule(axis_size, in_batched, *args) -> (out, out_batched)`, where
    the batch is axis 0 of the arguments for which `in_batched`, a list of trees of booleans like
    `args`, is true. Under forward mode the rule is differentiated. Reverse mode differentiates the
    function itself: the rule serves `grad(vmap(f))`, and `vmap(grad(f))` does without it.

    >>> import polyad, numpy as np
    >>> @polyad.custom_batching.custom_vmap
    ... def double(x):
    ...     return 2 * x
    >>> @double.def_vmap
    ... def rule(axis_size, in_batched, x):
    ...     return 2 * x + 0.5, True
    >>> polyad.vmap(double)(np.ones(3)), double(1.0)
    (array([2.5, 2.5, 2.5]), 2.0)
    """

    definition = region.custom_vmap_call
    rule_class = CustomVmapRule
    _vmap: F | None = None

    def __init__(self, fun: F) -> None:
        super().__init__(fun)

    def def_vmap(self, vmap_rule: F) -> F:
        """Set the rule; usable as a decorator."""
        pytrees.check_callable(vmap_rule, "def_vmap")
        self._vmap = vmap_rule
        return vmap_rule

    def rules(self) -> list[Any]:
        return [self._vmap]

    def check_rule(self) -> None:
        """A function that is not batched needs no rule."""

    def check_vmap(self) -> None:
        """Raise if no rule has been given."""
        if self._vmap is None:
            raise PolyadTypeError(
                f"custom_vmap function {self.__name__} has no batching rule; give it one with "
                f"@{self.__name__}.def_vmap{where(user_location())}"
            )

    def call_vmap(self, size: int, batched: list[Any], arguments: Sequence[Any]) -> Any:
        assert self._vmap is not None
        return self._vmap(size, batched, *arguments)


def sequential_vmap(f: F) -> custom_vmap:
    """`f`, of which a batch is done one element after another, as by `lax.map`.

    >>> import polyad, numpy as np
    >>> polyad.vmap(polyad.custom_batching.sequential_vmap(lambda x: x**2))(np.arange(3.0))
    array([0., 1., 4.])
    """
    wrapped = custom_vmap(f)

    def rule(axis_size: int, in_batched: list[Any], *args: Any) -> Any:
        leaves, structure = tree.flatten(args)
        flags = tree.leaves(tuple(in_batched))

        def one(mapped: list[Any]) -> Any:
            rest = iter(mapped)
            given = [next(rest) if b else x for x, b in zip(leaves, flags, strict=True)]
            return f(*tree.unflatten(structure, given))

        out = mapping.map(one, [x for x, b in zip(leaves, flags, strict=True) if b])
        return out, tree.map(lambda _: True, out)

    rule.__name__ = f"{callable_name(f)}_in_sequence"
    wrapped.def_vmap(rule)
    return wrapped
