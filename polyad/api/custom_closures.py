"""Functions with rules, made of closures: custom_gradient, closure_convert."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from .. import tree
from ..errors import PolyadTypeError
from ..ir import Function, Handle, user_location, where
from ..passes.flags import chosen, merged
from ..texts import shown
from ..tracing import callable_name
from .calls import pytrees, traces
from .custom import custom_vjp

F = Callable[..., Any]


class ClosedDefinition(NamedTuple):
    """A closed function without the values that it keeps: those for which `keeps` is true."""

    function: Function
    structure: Any
    out_tree: Any
    keeps: tuple[bool, ...]
    name: str


class Closed:
    """A traced function of arguments, and of values for what it closed over, which it may keep: a
    node of trees, with these values as children.
    """

    def __init__(self, definition: ClosedDefinition, kept: Sequence[Any]) -> None:
        self.definition, self.kept = definition, tuple(kept)
        self.__name__ = definition.name

    def tree_flatten(self) -> tuple[tuple[Any, ...], ClosedDefinition]:
        return self.kept, self.definition

    @classmethod
    def tree_unflatten(cls, definition: ClosedDefinition, kept: Sequence[Any]) -> Closed:
        return cls(definition, kept)

    def __call__(self, *args: Any) -> Any:
        definition = self.definition
        missing = definition.keeps.count(False)
        count = len(args) - missing
        leaves, structure = pytrees.flatten(tuple(args[: max(count, 0)]))
        if count < 0 or structure != definition.structure:
            constants = f", and then {missing} constants" if missing else ""
            raise PolyadTypeError(
                f"{self.__name__} was converted for arguments of structure {definition.structure}"
                f"{constants}, and is called with {structure}{where(user_location())}"
            )
        captures = merged(definition.keeps, self.kept, args[count:])
        outs = traces.execute(definition.function, leaves, captures, self.__name__)
        return pytrees.unflatten(definition.out_tree, outs)


tree.register_node_class(Closed)


def closed(
    fun: F, args: tuple[Any, ...], what: str, keeps: Callable[[Any], bool]
) -> tuple[Closed, list[Any]]:
    """`fun` for arguments of such types; it keeps some of what it closes over, and the rest is to
    be given to it.
    """
    leaves, structure = pytrees.flatten(args)
    names = pytrees.names_of(fun, args)
    traced = traces.trace(
        fun,
        lambda tracers: fun(*pytrees.unflatten(structure, tracers)),
        pytrees.leaf_types(leaves, what, names),
        transform=what,
        leaves=leaves,
        names=names,
    )
    flags = tuple(keeps(x) for x in traced.captures)
    definition = ClosedDefinition(
        traced.function, structure, traced.out_tree, flags, callable_name(fun)
    )
    rest = [x for x, k in zip(traced.captures, flags, strict=True) if not k]
    return Closed(definition, chosen(traced.captures, flags)), rest


def closure_convert(fun: F, *example_args: Any) -> tuple[F, list[Any]]:
    """`fun` without what it closes over, and that: `(converted, consts)`, where
    `converted(*args, *consts)` is `fun(*args)`.

    `consts` are the arrays of enclosing traces that can be differentiated; other arrays stay in the
    function. `example_args` have the types of the arguments it will be called with. It serves rules
    of functions that take functions: give `consts` to the function with the rule as arguments.

    >>> import polyad
    >>> def slope(y):
    ...     converted, consts = polyad.closure_convert(lambda x: x * y, 1.0)
    ...     return polyad.grad(lambda c: converted(2.0, c))(*consts)
    >>> polyad.jit(slope)(3.0)
    np.float64(2.0)
    """
    pytrees.check_callable(fun, "closure_convert")
    keeps = lambda x: not (isinstance(x, Handle) and x.type.dtype.is_inexact)
    return closed(fun, example_args, "closure_convert", keeps)


def custom_gradient(fun: F) -> F:
    """A function with a backward pass of its own, both in one: `fun(*args)` gives the value and a
    function of the cotangent, which gives the cotangents of the arguments (a tuple of them, or one
    alone where there is one argument).

    >>> import polyad
    >>> @polyad.custom_gradient
    ... def scaled(x):
    ...     return x**2, lambda ct: (100 * ct * x,)
    >>> polyad.grad(scaled)(3.0)
    np.float64(300.0)
    """
    pytrees.check_callable(fun, "custom_gradient")

    def both(*args: Any, **kwargs: Any) -> Any:
        answer = fun(*args, **kwargs)
        if not isinstance(answer, tuple) or len(answer) != 2 or not callable(answer[1]):
            raise PolyadTypeError(
                f"custom_gradient: {callable_name(fun)} gives a value and a function of its "
                f"cotangent, not {shown(answer)}{where(user_location())}"
            )
        return answer

    @functools.wraps(fun)
    def value(*args: Any, **kwargs: Any) -> Any:
        return both(*args, **kwargs)[0]

    wrapped = custom_vjp(value)

    def forward(*args: Any) -> Any:
        out, backward = both(*args)
        pull, _ = closed(backward, (out,), "custom_gradient", lambda x: True)
        return out, (pull, args)

    def backward(residuals: Any, ct: Any) -> Any:
        pull, args = residuals
        found = pull(ct)
        single = len(args) == 1 and not (isinstance(found, tuple | list) and len(found) == 1)
        return (found,) if single else tuple(found)

    wrapped.defvjp(forward, backward)
    return wrapped
