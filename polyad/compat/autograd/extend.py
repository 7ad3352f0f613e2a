"""Functions with derivatives of their own, by autograd's calls."""

from __future__ import annotations

import functools
import itertools
import warnings
import weakref
from collections.abc import Callable, Sequence
from typing import Any

from ... import api, tree
from ... import numpy as pnp
from ...concrete import concrete_value
from ...errors import ConcretizationError, PolyadTypeError
from ...ir import Handle, user_location, where
from ...texts import shown
from ._spaces import vspace

F = Callable[..., Any]
PRIMITIVE_VJPS: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()
"""The reverse rules of each primitive."""


class NoDerivativeError(PolyadTypeError, NotImplementedError):
    """A primitive has no derivative by an argument; autograd's error is `NotImplementedError`."""


class Primitive:
    """A function that is not differentiated itself: `defvjp` and `defjvp` say its derivatives.

    Where the values of its arguments are known, as under eager `grad`, it runs on plain arrays, and
    may do with them what it likes; in code that is compiled or batched it is traced.
    """

    def __init__(self, fun: F) -> None:
        functools.update_wrapper(self, fun)
        self.fun = fun
        self.vjps: dict[int, F | None] = {}
        self.jvps: dict[int, F | None] = {}
        self.whole_vjp: F | None = None
        self.whole_jvp: F | None = None
        PRIMITIVE_VJPS[self] = self.vjps

    def __get__(self: Any, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else functools.partial(self, instance)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not _is_traced(args):
            return self.fun(*args, **kwargs)
        moving = [i for i, arg in enumerate(args) if _is_traced(arg)]
        fixed = {i: arg for i, arg in enumerate(args) if i not in moving}

        def full(given: Sequence[Any]) -> list[Any]:
            rest = iter(given)
            return [fixed[i] if i in fixed else next(rest) for i in range(len(args))]

        return self._ruled(moving, full, kwargs)(*(args[i] for i in moving))

    def defgrad(self, gradmaker: F, argnum: int = 0) -> None:
        """autograd's older name of `defvjp`, for one argument."""
        _deprecated("defgrad", "defvjp(fun, gradmaker, argnums=(argnum,))")
        self.vjps[argnum] = gradmaker

    def defvjp(self, vjpmaker: F, argnum: int = 0) -> None:
        """autograd's older rule of one argument: `vjpmaker(g, ans, vs, gvs, *args, **kwargs)`, of
        the spaces of the argument and of the result.
        """
        _deprecated("defvjp", "defvjp(fun, lambda ans, *args: lambda g: ..., argnums=(argnum,))")

        def maker(ans: Any, *args: Any, **kwargs: Any) -> F:
            spaces = vspace(args[argnum]), vspace(ans)
            return lambda g: vjpmaker(g, ans, *spaces, *args, **kwargs)

        self.vjps[argnum] = maker

    def defvjp_is_zero(self, argnums: Sequence[int] = (0,)) -> None:
        """autograd's older name of `defvjp(fun, None)`."""
        _deprecated("defvjp_is_zero", "defvjp(fun, None, argnums=...)")
        self.vjps.update(dict.fromkeys(argnums))

    def _ruled(self, moving: list[int], full: Callable[..., list[Any]], kwargs: Any) -> F:
        """The function of its arrays, with its rule."""
        name = getattr(self.fun, "__name__", "primitive")

        def value(*given: Any) -> Any:
            return self.fun(*map(known_of, full(given)), **kwargs)

        value.__name__ = name
        if self.jvps or self.whole_jvp:
            forward = api.custom_jvp(value)
            forward.defjvp(lambda p, t: self._pushed(forward, moving, full, kwargs, p, t))
            return forward
        backward = api.custom_vjp(value)
        backward.defvjp(
            lambda *given: (out := backward(*given), (out, given)),
            lambda kept, g: self._pulled(moving, full, kwargs, kept[0], kept[1], g),
        )
        return backward

    def _pushed(
        self, value: F, moving: list[int], full: Any, kwargs: Any, given: Any, tangents: Any
    ) -> Any:
        out, args = value(*given), full(given)
        if self.whole_jvp is not None:
            return out, self.whole_jvp(tuple(moving), tangents, out, args, kwargs)
        total: Any = tree.map(pnp.zeros_like, out)
        for i, t in zip(moving, tangents, strict=True):
            rule = self._rule(self.jvps, i, "defjvp")
            if rule is not None:
                total = tree.map(lambda a, b: a + b, total, rule(t, out, *args, **kwargs))
        return out, total

    def _pulled(
        self, moving: list[int], full: Any, kwargs: Any, out: Any, given: Any, g: Any
    ) -> tuple[Any, ...]:
        args = full(given)
        if self.whole_vjp is not None:
            return tuple(self.whole_vjp(tuple(moving), out, args, kwargs)(g))
        rules = [self._rule(self.vjps, i, "defvjp") for i in moving]
        return tuple(None if r is None else r(out, *args, **kwargs)(g) for r in rules)

    def _rule(self, rules: dict[int, F | None], argument: int, how: str) -> F | None:
        """The rule of an argument. Raises `NoDerivativeError` if it was given none."""
        if argument not in rules:
            raise NoDerivativeError(
                f"primitive {getattr(self.fun, '__name__', '')} has no derivative by argument "
                f"{argument}{where(user_location())}\n  Give it one by {how}."
            )
        return rules[argument]


def _deprecated(method: str, instead: str) -> None:
    warnings.warn(
        f"{method} of a primitive is autograd's older form; write {instead}",
        DeprecationWarning,
        stacklevel=3,
    )


def _is_traced(arg: Any) -> bool:
    return any(isinstance(leaf, Handle) for leaf in tree.leaves(arg))


def known_of(arg: Any) -> Any:
    """An argument with values in the place of traced arrays, where they are known."""
    try:
        return tree.map(lambda x: concrete_value(x) if isinstance(x, Handle) else x, arg)
    except ConcretizationError:
        return arg


def primitive(fun: F) -> Primitive:
    """A function with derivatives of its own.

    >>> import numpy as np
    >>> from polyad.compat.autograd import grad
    >>> @primitive
    ... def cube(x):
    ...     return np.float64(float(x) ** 3)
    >>> defvjp(cube, lambda ans, x: lambda g: 3 * x**2 * g)
    >>> grad(cube)(2.0)
    np.float64(12.0)
    """
    return Primitive(fun)


def _check(fun: Any, what: str) -> Primitive:
    if not isinstance(fun, Primitive):
        raise PolyadTypeError(
            f"{what} takes a primitive, not {shown(fun)}{where(user_location())}\n  Decorate the "
            "function by @primitive first."
        )
    return fun


def defvjp(fun: Any, *vjpmakers: F | None, argnums: Sequence[int] | None = None) -> None:
    """The derivatives of a primitive by its arguments: `maker(ans, *args, **kwargs)` gives a
    function of the cotangent; None for no derivative.
    """
    numbers = itertools.count() if argnums is None else argnums
    _check(fun, "defvjp").vjps.update(zip(numbers, vjpmakers, strict=False))


def defjvp(fun: Any, *jvpfuns: F | str | None, argnums: Sequence[int] | None = None) -> None:
    """Give `fun` rules of forward mode: `rule(tangent, ans, *args, **kwargs)` is the tangent of the
    result; "same" is the rule for a function that is linear in the argument.
    """
    owner = _check(fun, "defjvp")
    numbers = itertools.count() if argnums is None else argnums
    for i, rule in zip(numbers, jvpfuns, strict=False):
        owner.jvps[i] = _same(owner, i) if rule == "same" else rule  # type: ignore[assignment]


def _same(owner: Primitive, argument: int) -> F:
    def rule(t: Any, ans: Any, *args: Any, **kwargs: Any) -> Any:
        given = [t if i == argument else arg for i, arg in enumerate(args)]
        return owner.fun(*given, **kwargs)

    return rule


def defvjp_argnums(fun: Any, vjpmaker: F) -> None:
    """All derivatives at once: `maker(argnums, ans, args, kwargs)` gives a function of the
    cotangent to one for each argument.
    """
    _check(fun, "defvjp_argnums").whole_vjp = vjpmaker


def defjvp_argnums(fun: Any, jvpmaker: F) -> None:
    """All at once, forward: `maker(argnums, tangents, ans, args, kwargs)`."""
    _check(fun, "defjvp_argnums").whole_jvp = jvpmaker


def defvjp_argnum(fun: Any, vjpmaker: F) -> None:
    """One at a time: `maker(argnum, ans, args, kwargs)` gives a function of the cotangent."""

    def whole(argnums: Sequence[int], ans: Any, args: Any, kwargs: Any) -> F:
        makers = [vjpmaker(i, ans, args, kwargs) for i in argnums]
        return lambda g: [maker(g) for maker in makers]

    _check(fun, "defvjp_argnum").whole_vjp = whole


def defjvp_argnum(fun: Any, jvpmaker: F) -> None:
    """One at a time, forward: `maker(argnum, tangent, ans, args, kwargs)`."""

    def whole(argnums: Sequence[int], tangents: Any, ans: Any, args: Any, kwargs: Any) -> Any:
        parts = [jvpmaker(i, t, ans, args, kwargs) for i, t in zip(argnums, tangents, strict=True)]
        return functools.reduce(lambda a, b: tree.map(lambda x, y: x + y, a, b), parts)

    _check(fun, "defjvp_argnum").whole_jvp = whole


def def_linear(fun: Any) -> None:
    """A primitive that is linear in each of its arguments."""
    owner = _check(fun, "def_linear")
    owner.whole_jvp = lambda argnums, tangents, ans, args, kwargs: functools.reduce(
        lambda a, b: tree.map(lambda x, y: x + y, a, b),
        [_same(owner, i)(t, ans, *args, **kwargs) for i, t in zip(argnums, tangents, strict=True)],
    )


def notrace_primitive(fun: F) -> F:
    """A function of which the derivative is zero: it runs on known values."""

    @functools.wraps(fun)
    def known(*args: Any, **kwargs: Any) -> Any:
        return fun(*map(known_of, api.stop_gradient(args)), **kwargs)

    return known
