"""Calls of Python functions from inside a function of the IR.

`pure_callback` gives results that depend on its operands alone: it may be dropped, merged or run
ahead of time. `debug_callback` gives none and is run for its effect: once each time the program
comes there, in the order of the program. Its tangent is zero.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Sequence
from typing import Any

from .. import execution, trace_stack, tree
from ..errors import NotDifferentiableError, PolyadTypeError
from ..ir import ArrayType, Location, where
from ..texts import shown
from . import control, dispatch
from . import manipulation as m
from .definition import OpDefinition
from .promotion import promote, python_dtype
from .region import Named
from .types import Batched, Duals, Operand, Operands, Tangents

VMAP_METHODS = ("sequential", "expand_dims", "broadcast_all")


class Callback(Named):
    """A Python function as an attribute: `call` takes the operands and gives a pytree like
    `result`. `description` names it in messages.
    """

    tag = "callback"

    def __init__(
        self,
        name: str,
        description: str,
        call: Callable[[list[Any]], Any],
        result: Any,
        location: Location | None,
    ) -> None:
        super().__init__(re.sub(r"\W+", "_", name))
        self.description, self.call, self.result, self.location = (
            description,
            call,
            result,
            location,
        )

    def run(
        self, backend: execution.Backend, arrays: Sequence[Any], types: Sequence[ArrayType]
    ) -> tuple[Any, ...]:
        """The results on `arrays`, in memory of their own. What the function raises goes on, with a
        note of who called it.
        """
        try:
            with trace_stack.outside_of_traces():
                answer = self.call(list(arrays))
        except Exception as error:
            note = f"raised in the {self.description}{where(self.location)}"
            if note not in getattr(error, "__notes__", ()):
                error.add_note(note)
            raise
        leaves = self._leaves(answer)
        like = next((x for x in arrays if not execution.is_scalar(x)), None)
        return tuple(
            self._checked(backend, x, t, i, like)
            for i, (x, t) in enumerate(zip(leaves, types, strict=True))
        )

    def _leaves(self, answer: Any) -> list[Any]:
        expected, found = tree.structure(self.result), tree.structure(answer)
        if found != expected:
            raise PolyadTypeError(
                f"the {self.description} was declared to return the pytree {expected}, and "
                f"returned {found}{where(self.location)}"
            )
        return tree.leaves(answer)

    def _checked(
        self, backend: execution.Backend, value: Any, t: ArrayType, index: int, like: Any
    ) -> Any:
        """`value` as an array of `backend`, if it has type `t`; Python scalars take its dtype."""
        if type(value) in execution.SCALARS:
            if t.shape == () and promote([t.dtype], [python_dtype(value)]) is t.dtype:
                return backend.scalar(value, t.dtype, like)
            raise self._other_type(index, t, f"the number {shown(value)}")
        owner = execution.backend_of(value)
        if owner is None:
            raise self._other_type(index, t, f"a {type(value).__name__}, which is no array")
        found = dispatch.type_of(owner, value, f"what the {self.description} returned")
        if found is not t:
            raise self._other_type(index, t, str(found))
        if owner is not backend:
            value = backend.asarray(value, t.dtype, like)
        return value if execution.is_scalar(value) else backend.copy(value)

    def _other_type(self, index: int, declared: ArrayType, found: str) -> PolyadTypeError:
        path = tree.paths(self.result)[index]
        return PolyadTypeError(
            f"the {self.description} was declared to return {declared} at result{path}, and "
            f"returned {found}{where(self.location)}\n  Declare what it returns, or convert "
            f"there, e.g. numpy.asarray(y, {declared.dtype.name!r})."
        )


# -- pure_callback --------------------------------------------------------------------------------


def pure_callback_type(
    *operands: ArrayType, callback: Callback, results: tuple[ArrayType, ...], vmap_method: str
) -> tuple[ArrayType, ...]:
    """The results of a Python function of the operands, as declared in `results`."""
    return results


def pure_callback_jvp(
    primals: Operands, tangents: Tangents, *, callback: Callback, **_: Hashable
) -> Duals:
    raise NotDifferentiableError(
        f"the {callback.description} has no derivative rule{where(callback.location)}\n  Give one, "
        "pure_callback(..., jvp=rule) or vjp=(fwd, bwd); or put polyad.stop_gradient around its "
        "arguments."
    )


def pure_callback_batch(
    operands: Operands,
    batched: Batched,
    *,
    callback: Callback,
    results: tuple[ArrayType, ...],
    vmap_method: str,
) -> Operand | tuple[Operand, ...]:
    """One call for each element, or one call of arrays that all have a first axis: as long as the
    batch, or, for `expand_dims`, 1 where the operand is the same for all.
    """
    attributes = {"callback": callback, "results": results, "vmap_method": vmap_method}
    if vmap_method == "sequential":
        return control.in_turn(pure_callback, operands, batched, attributes)
    size = next(x.type.shape[0] for x, b in zip(operands, batched, strict=True) if b)
    first = 1 if vmap_method == "expand_dims" else size
    full = [
        x if b else m.broadcast_to(x, shape=(first, *x.type.shape))
        for x, b in zip(operands, batched, strict=True)
    ]
    attributes["results"] = tuple(t.with_batch(size) for t in results)
    return pure_callback(*full, **attributes)


pure_callback = OpDefinition(
    "pure_callback", pure_callback_type, jvp=pure_callback_jvp, batch=pure_callback_batch
)


# -- debug_callback -------------------------------------------------------------------------------


def debug_callback_type(*operands: ArrayType, callback: Callback) -> tuple[()]:
    """Nothing: a Python function is called for its effect."""
    return ()


def debug_callback_batch(
    operands: Operands, batched: Batched, *, callback: Callback
) -> Operand | tuple[Operand, ...]:
    return control.in_turn(debug_callback, operands, batched, {"callback": callback})


debug_callback = OpDefinition(
    "debug_callback",
    debug_callback_type,
    differentiable=False,
    batch=debug_callback_batch,
    effects=True,
)

CALLBACKS = frozenset([pure_callback, debug_callback])
