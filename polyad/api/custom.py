"""Derivatives a user writes: custom_jvp, custom_vjp; and stop_gradient.

A call with traced arguments becomes an op whose region is the function and whose attribute is the
rule. The rule is traced when a derivative is taken, not before, so it may call the function it
belongs to.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from .. import trace_stack, tree
from ..errors import PolyadTypeError
from ..ir import Handle
from ..ops import elementwise as e
from ..ops import promotion, region
from ..ops.creation import zeros_like
from ..tracing import callable_name
from .calls import pytrees, traces
from .custom_rules import CustomJvpRule, CustomRule, CustomVjpRule

F = Callable[..., Any]


# -- The wrappers ----------------------------------------------------------------------------------


class _Custom:
    """A callable with a derivative rule."""

    definition: Any
    rule_class: type[CustomRule]

    def __init__(self, fun: F, nondiff_argnums: Sequence[int] = (), *, pure: bool = False) -> None:
        pytrees.check_callable(fun, type(self).__name__)
        functools.update_wrapper(self, fun, updated=())
        self.__name__ = callable_name(fun)
        self.fun = fun
        self.nondiff_argnums = tuple(nondiff_argnums)
        self.pure = pure
        self._rules: dict[Any, CustomRule] = {}

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        args = self._bound(args, kwargs)
        static = {i: args[i] for i in self._static(len(args))}
        dynamic = tuple(x for i, x in enumerate(args) if i not in static)
        leaves, structure = pytrees.flatten(dynamic)
        if not pytrees.is_traced(leaves):
            return self.fun(*args)
        self.check_rule()
        names = pytrees.names_of(
            self.fun, args, positions=[i for i in range(len(args)) if i not in static]
        )
        types = pytrees.leaf_types(leaves, type(self).__name__, names)

        def run(tracers: Any) -> Any:
            return self.fun(*self.merged(static, pytrees.unflatten(structure, tracers)))

        traced = traces.trace(
            self.fun,
            run,
            types,
            transform=type(self).__name__,
            leaves=leaves,
            names=names,
            values=leaves,
        )
        weak = tuple(promotion.is_weak(leaf) for leaf in leaves)
        rule = self._rule(static, structure, weak, traced.out_tree)
        inputs = [*leaves, *traced.captures]
        body = traced.function
        builder = trace_stack.innermost_builder(inputs, body.has_effects)
        assert builder is not None
        handles = tuple(traces.lifted(builder, body, inputs))
        results = builder.emit(self.definition, handles, (("rule", rule),), (body,))
        return pytrees.unflatten(traced.out_tree, results)

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else functools.partial(self, instance)

    def _bound(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        """Keyword arguments and defaults put in their positions: rules are positional."""
        if not kwargs:
            return args
        import inspect

        bound = inspect.signature(self.fun).bind(*args, **kwargs)
        bound.apply_defaults()
        return bound.args

    def _static(self, count: int) -> list[int]:
        for i in self.nondiff_argnums:
            if not -count <= i < count:
                raise PolyadTypeError(
                    f"nondiff_argnums={self.nondiff_argnums} of {self.__name__} is out of range "
                    f"for {count} arguments"
                )
        return [i % count for i in self.nondiff_argnums]

    def merged(self, static: dict[int, Any], dynamic: Sequence[Any]) -> list[Any]:
        """All arguments in their positions."""
        rest = iter(dynamic)
        return [static[i] if i in static else next(rest) for i in range(len(static) + len(dynamic))]

    def _rule(
        self, static: dict[int, Any], structure: Any, weak: tuple[bool, ...], out_tree: Any
    ) -> CustomRule:
        """A rule of its own for each call, unless the derivative is declared pure: then equal calls
        share one.
        """
        given = self.__name__, self, static, structure, weak, out_tree
        if not self.pure:
            return self.rule_class(*given, False)
        key = (tuple(static.items()), structure, weak, out_tree, trace_stack.backend_of_trace())
        if key not in self._rules:
            self._rules[key] = self.rule_class(*given, True)
        return self._rules[key]

    def check_rule(self) -> None:
        """Raise if no rule has been given."""
        raise PolyadTypeError(f"{self.__name__} has no derivative rule")


class custom_jvp(_Custom):
    """A function with a forward derivative of its own; reverse mode follows by transposition.

    Give the rule with `@f.defjvp`: `(primals, tangents) -> (primal_out, tangent_out)`, where
    `tangent_out` is linear in `tangents`; or with `f.defjvps`, a rule `(tangent, primal_out,
    *primals) -> tangent_out` (or None) for each argument. Arguments in `nondiff_argnums` are plain
    Python values, given to the rule first.

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

    def defjvp(self, jvp: F) -> F:
        """Set the rule; usable as a decorator."""
        pytrees.check_callable(jvp, "defjvp")
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
            out = self(*primals)
            terms = [
                r(t, out, *primals) for r, t in zip(rules, tangents, strict=True) if r is not None
            ]
            total = tree.map(zeros_like, out) if not terms else terms[0]
            for term in terms[1:]:
                total = tree.map(lambda a, b: a + b, total, term)
            return out, total

        self._jvp = jvp

    def check_rule(self) -> None:
        if self._jvp is None:
            raise PolyadTypeError(
                f"custom_jvp function {self.__name__} has no rule; give it one with "
                f"@{self.__name__}.defjvp"
            )

    def call_jvp(self, static: dict[int, Any], primals: Any, tangents: Any) -> Any:
        assert self._jvp is not None
        return self._jvp(*static.values(), primals, tangents)


class custom_vjp(_Custom):
    """A function with a backward pass of its own.

    Give it with `f.defvjp(fwd, bwd)`: `fwd(*args) -> (out, residuals)`, `bwd(residuals, cotangent)
    -> ` a tuple with a cotangent (or None for zeros) for each argument. Forward mode works too,
    where `bwd` is linear in the cotangent, by transposing it. Arguments in `nondiff_argnums` are
    plain Python values, given to `bwd` first.

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

    def defvjp(self, fwd: F, bwd: F) -> None:
        """Set the forward and the backward pass."""
        pytrees.check_callable(fwd, "defvjp")
        pytrees.check_callable(bwd, "defvjp")
        self._fwd, self._bwd = fwd, bwd

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

    >>> import polyad
    >>> polyad.grad(lambda x: x * polyad.stop_gradient(x))(3.0)
    np.float64(3.0)
    """
    return tree.map(lambda leaf: e.stop_gradient(leaf) if isinstance(leaf, Handle) else leaf, x)
