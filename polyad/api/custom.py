"""Derivatives a user writes: custom_jvp, custom_vjp; and stop_gradient.

A call with traced arguments becomes an op whose region is the function and whose attribute is the
rule. The rule is traced when a derivative is taken, not before, so it may call the function it
belongs to.
"""

from __future__ import annotations

import abc
import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any, Generic, ParamSpec, TypeVar

from .. import trace_stack, tree
from ..errors import PolyadTypeError
from ..ir import Handle, user_location, where
from ..ops import elementwise as e
from ..ops import promotion, region
from ..ops.creation import zeros_like
from ..texts import shown
from ..tracer import Tracer
from ..tracing import callable_name
from .calls import pytrees, traces
from .calls.closures import traced_in, with_closed
from .calls.parameters import named_parameters
from .calls.transformed import by_name
from .custom_rules import Call, CustomJvpRule, CustomRule, CustomVjpRule

F = Callable[..., Any]


# -- The wrappers ----------------------------------------------------------------------------------


P = ParamSpec("P")
R = TypeVar("R")


class Custom(abc.ABC, Generic[P, R]):
    """A callable with a derivative rule."""

    definition: Any
    rule_class: type[CustomRule]
    symbolic_zeros = False

    def __init__(
        self,
        fun: Callable[P, R],
        nondiff_argnums: int | Sequence[int] = (),
        nondiff_argnames: str | Sequence[str] = (),
        *,
        pure: bool = False,
    ) -> None:
        pytrees.check_callable(fun, type(self).__name__)
        pytrees.wrap(self, fun)
        self.__name__ = callable_name(fun)
        self.fun = fun
        self.nondiff_argnums, _ = named_parameters(
            fun, "nondiff", nondiff_argnums, nondiff_argnames, type(self).__name__
        )
        self.pure = pure
        self._rules: dict[Any, CustomRule] = {}

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        result: R = self._called(self._bound(args, kwargs))
        return result

    def _called(self, args: tuple[Any, ...]) -> Any:
        static = {i: args[i] for i in self._static(len(args))}
        dynamic = tuple(x for i, x in enumerate(args) if i not in static)
        leaves, structure = pytrees.flatten(dynamic)
        fun: Callable[..., Any] = self.fun
        if not (pytrees.is_traced(leaves) or trace_stack.active_builders()):
            return fun(*args)
        closed = traced_in(list(static.values()), *self.rules())
        if not pytrees.is_traced([*leaves, *closed]):
            return fun(*args)
        self.check_rule()
        return self._traced(args, static, leaves, structure, closed)

    def _traced(
        self,
        args: Sequence[Any],
        static: dict[int, Any],
        leaves: list[Any],
        structure: Any,
        closed: Sequence[Tracer],
    ) -> Any:
        """The call as an op: of the leaves, of what the function closes over, and of what its rule
        does.
        """
        what = type(self).__name__
        dynamic = [i for i in range(len(args)) if i not in static]
        names = pytrees.names_of(self.fun, args, positions=dynamic)

        def run(tracers: Any) -> Any:
            fun: Callable[..., Any] = self.fun
            return fun(*self.merged(static, pytrees.unflatten(structure, tracers)))

        traced = traces.trace(
            self.fun,
            run,
            pytrees.leaf_types(leaves, what, names),
            transform=what,
            leaves=leaves,
            names=names,
            values=leaves,
            passes=True,
        )
        weak = tuple(promotion.is_weak(leaf) for leaf in leaves)
        rule = self._rule(Call(structure, weak, static, closed, traced.out_tree))
        inputs = [*leaves, *traced.captures, *closed]
        body = with_closed(traced.function, closed)
        builder = trace_stack.innermost_builder(inputs, body.stays)
        assert builder is not None
        handles = tuple(traces.lifted(builder, body, inputs))
        results = builder.emit(self.definition, handles, (("rule", rule),), (body,))
        return pytrees.unflatten(traced.out_tree, results)

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else functools.partial(self, instance)

    def __getattr__(self, name: str) -> Any:
        """The ways to give a rule to the function, where that has rules of another kind."""
        given = ("defjvp", "defjvps", "defvjp", "def_vmap")
        if name in given and isinstance(self.__dict__.get("fun"), Custom):
            return getattr(self.fun, name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __reduce__(self) -> Any:
        name = by_name(self)
        if name is None:
            raise PolyadTypeError(
                f"{type(self).__name__} of {self.__name__} does not pickle, since its rule is no "
                "part of its name\n  Let it stand at the top of a module, in its function's place."
            )
        return name

    def _bound(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        """All arguments in their positions, defaults filled in: rules are positional."""
        try:
            signature = inspect.signature(self.fun)
        except (TypeError, ValueError):  # a function of another language
            if kwargs:
                raise PolyadTypeError(
                    f"{self.__name__} has no signature, and a derivative rule takes arguments by "
                    f"position, not {', '.join(kwargs)} by name{where(user_location())}"
                ) from None
            return args
        bound = signature.bind(*args, **kwargs)
        if bound.kwargs:
            raise PolyadTypeError(
                f"{self.__name__} takes {', '.join(bound.kwargs)} by name alone, and has a "
                f"derivative rule, which is given arguments by position{where(user_location())}\n"
                "  Let it take them by position too, with nondiff_argnames if they are no arrays."
            )
        bound.apply_defaults()
        return bound.args

    def _static(self, count: int) -> list[int]:
        for i in self.nondiff_argnums:
            if not -count <= i < count:
                raise PolyadTypeError(
                    f"nondiff_argnums={self.nondiff_argnums} of {self.__name__} is out of range "
                    f"for {count} arguments"
                )
        return sorted(i % count for i in self.nondiff_argnums)

    def merged(self, static: dict[int, Any], dynamic: Sequence[Any]) -> list[Any]:
        """All arguments in their positions."""
        rest = iter(dynamic)
        return [static[i] if i in static else next(rest) for i in range(len(static) + len(dynamic))]

    def _rule(self, call: Call) -> CustomRule:
        """A rule of its own for each call, unless the derivative is declared pure: then equal calls
        share one.
        """
        if not self.pure or call.closed:
            return self.rule_class(self, call, False)
        key = (
            tuple(call.static.items()),
            call.structure,
            call.weak,
            call.out_tree,
            trace_stack.backend_of_trace(),
        )
        if key not in self._rules:
            self._rules[key] = self.rule_class(self, call, True)
        return self._rules[key]

    @abc.abstractmethod
    def rules(self) -> list[Any]:
        """The user's functions that the rule consists of."""

    @abc.abstractmethod
    def check_rule(self) -> None:
        """Raise if no rule has been given."""


def _flag(value: Any, name: str, what: str) -> bool:
    """An option of a rule. Raises `PolyadTypeError` for another value than True and False."""
    if not isinstance(value, bool):
        raise PolyadTypeError(
            f"{what}: {name} is True or False, not {shown(value)}{where(user_location())}"
        )
    return value


class custom_jvp(Custom[P, R]):
    """A function with a forward derivative of its own; reverse mode follows by transposition.

    Give the rule with `@f.defjvp`: `(primals, tangents) -> (primal_out, tangent_out)`, where
    `tangent_out` is linear in `tangents`; or with `f.defjvps`, a rule `(tangent, primal_out,
    *primals) -> tangent_out` (or None) for each argument. Arguments in `nondiff_argnums` are plain
    Python values, given to the rule first.

    Args:
        fun: a function of pytrees of arrays of any shapes.
        nondiff_argnums: positions of arguments that are no arrays to differentiate by.
        nondiff_argnames: names of such arguments.
        pure: the function has no effects, so that a derivative need not run it.

    Raises:
        PolyadTypeError: a rule whose tangent has another shape or dtype than the value, or a
            function without a rule.

    >>> import polyad, polyad.numpy as pnp
    >>> @polyad.custom_jvp
    ... def log1pexp(x):
    ...     return pnp.log(1 + pnp.exp(x))
    >>> @log1pexp.defjvp
    ... def log1pexp_jvp(primals, tangents):
    ...     (x,), (t,) = primals, tangents
    ...     return log1pexp(x), (1 - 1 / (1 + pnp.exp(x))) * t
    >>> polyad.grad(log1pexp)(1000.0)
    np.float64(1.0)
    """

    definition = region.custom_jvp_call
    rule_class = CustomJvpRule
    _jvp: F | None = None

    def defjvp(self, jvp: F, symbolic_zeros: bool = False) -> F:
        """Set the rule; usable as a decorator. With `symbolic_zeros` a tangent that is known to be
        zero is given as a `SymbolicZero`, which has a shape and a dtype and no value, and the rule
        may give such.
        """
        pytrees.check_callable(jvp, "defjvp")
        self.symbolic_zeros = _flag(symbolic_zeros, "symbolic_zeros", "defjvp")
        self._jvp = jvp
        return jvp

    def defjvps(self, *rules: F | None) -> None:
        """Set a rule for each argument: `(tangent, primal_out, *primals) -> tangent_out`, or None
        for zero.
        """

        def jvp(primals: Sequence[Any], tangents: Sequence[Any]) -> Any:
            if len(rules) != len(primals):
                raise PolyadTypeError(
                    f"defjvps of {self.__name__} got {len(rules)} rules; the function has "
                    f"{len(primals)} arguments"
                )
            out = self._called(tuple(primals))
            terms = [
                r(t, out, *primals) for r, t in zip(rules, tangents, strict=True) if r is not None
            ]
            total = tree.map(zeros_like, out) if not terms else terms[0]
            for term in terms[1:]:
                total = tree.map(lambda a, b: a + b, total, term)
            return out, total

        self.symbolic_zeros = False
        self._jvp = jvp

    def rules(self) -> list[Any]:
        return [self._jvp]

    def check_rule(self) -> None:
        if self._jvp is None:
            raise PolyadTypeError(
                f"custom_jvp function {self.__name__} has no rule; give it one with "
                f"@{self.__name__}.defjvp"
            )

    def call_jvp(self, static: dict[int, Any], primals: Any, tangents: Any) -> Any:
        assert self._jvp is not None
        return self._jvp(*static.values(), primals, tangents)


class custom_vjp(Custom[P, R]):
    """A function with a backward pass of its own.

    Give it with `f.defvjp(fwd, bwd)`: `fwd(*args) -> (out, residuals)`, `bwd(residuals, cotangent)
    -> ` a tuple with a cotangent (or None for zeros) for each argument. Forward mode works too,
    where `bwd` is linear in the cotangent, by transposing it. Arguments in `nondiff_argnums` are
    plain Python values, given to `bwd` first.

    Args:
        fun: a function of pytrees of arrays of any shapes.
        nondiff_argnums: positions of arguments that are no arrays to differentiate by.
        nondiff_argnames: names of such arguments.
        pure: the function has no effects, so that a derivative need not run it.

    Raises:
        PolyadTypeError: a cotangent of another shape or dtype than the argument, or a function
            without a rule.

    >>> import polyad, polyad.numpy as pnp
    >>> @polyad.custom_vjp
    ... def twice(x):
    ...     return 2 * x
    >>> twice.defvjp(lambda x: (twice(x), None), lambda residuals, ct: (20 * ct,))
    >>> polyad.grad(twice)(1.0)
    np.float64(20.0)
    """

    definition = region.custom_vjp_call
    rule_class = CustomVjpRule
    _fwd: F | None = None
    _bwd: F | None = None

    def defvjp(
        self, fwd: F, bwd: F, symbolic_zeros: bool = False, optimize_remat: bool = False
    ) -> None:
        """Set the forward and the backward pass.

        With `symbolic_zeros`, `fwd` is given a `CustomVJPPrimal(value, perturbed)` for each leaf of
        the arguments, where `perturbed` says whether a derivative by it is asked for, and `bwd` a
        `SymbolicZero` for a cotangent that is known to be zero. `optimize_remat` is JAX's: here a
        checkpoint always drops what the backward pass does not need.
        """
        pytrees.check_callable(fwd, "defvjp")
        pytrees.check_callable(bwd, "defvjp")
        self.symbolic_zeros = _flag(symbolic_zeros, "symbolic_zeros", "defvjp")
        _flag(optimize_remat, "optimize_remat", "defvjp")
        self._fwd, self._bwd = fwd, bwd

    def rules(self) -> list[Any]:
        return [self._fwd, self._bwd]

    def check_rule(self) -> None:
        if self._fwd is None:
            raise PolyadTypeError(
                f"custom_vjp function {self.__name__} has no rule; give it one with "
                f"{self.__name__}.defvjp(fwd, bwd)"
            )

    def call_fwd(self, static: dict[int, Any], dynamic: Sequence[Any]) -> Any:
        assert self._fwd is not None
        return self._fwd(*self.merged(static, dynamic))

    def call_bwd(self, static: dict[int, Any], residuals: Any, cotangents: Any) -> Any:
        assert self._bwd is not None
        return self._bwd(*static.values(), residuals, cotangents)


# -- stop_gradient ---------------------------------------------------------------------------------


def stop_gradient(x: Any) -> Any:
    """`x` (a pytree), of which the derivative is zero.

    Args:
        x: a pytree of arrays of any shapes; other leaves stay as they are.

    >>> import polyad
    >>> polyad.grad(lambda x: x * polyad.stop_gradient(x))(3.0)
    np.float64(3.0)
    """
    return tree.map(lambda leaf: e.stop_gradient(leaf) if isinstance(leaf, Handle) else leaf, x)
