"""A user's derivative rules, as attributes of the ops that call the function they belong to.

A rule is traced when a derivative is taken, not before, so it may call its own function. What it
closes over of the traces around the call is by then among the op's operands (`calls.closures`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from .. import trace_stack, tree
from ..concrete import UNKNOWN, Context
from ..errors import LeakedTracerError, PolyadTypeError, ShapeError
from ..ir import ArrayType, Builder, Function, Handle
from ..ops import dispatch, promotion, region
from ..ops import elementwise as e
from ..ops.literals import literal
from ..ops.types import Operand
from ..passes.flags import present
from ..passes.pipeline import simplify
from ..tracer import Tracer
from ..tracing import Trace, lift_result
from .calls import agreement, pytrees
from .calls.closures import standing_in
from .symbolic_zeros import CustomVJPPrimal, SymbolicZero

F = Callable[..., Any]
Handles = Sequence[Operand]


class Call(NamedTuple):
    """A call of a function with a rule: the structures of arguments and result, which leaves of the
    arguments are Python scalars (`weak`), the arguments that are not differentiated, by position,
    and the traced arrays that these and the rule close over.
    """

    structure: Any
    weak: tuple[bool, ...]
    static: dict[int, Any]
    closed: Sequence[Tracer]
    out_tree: Any


class CustomRule(region.Rule):
    """A rule for one call; `pure` rules are shared by equal calls, and know no values."""

    symbolic = False

    def __init__(self, owner: Any, call: Call, pure: bool) -> None:
        super().__init__(owner.__name__)
        self.owner, self.call, self.pure = owner, call, pure
        self.backend = trace_stack.backend_of_trace()
        self.axes = trace_stack.bound_axes()
        self.count = call.structure.num_leaves
        self.memo: dict[Any, Any] = {}

    def trace(
        self,
        types: Sequence[Any],
        run: Callable[[list[Any]], list[Any]],
        what: str,
        weak: Sequence[bool],
        closed_at: int,
        values: Sequence[Any] | None,
    ) -> tuple[Function, bool]:
        """A part of the rule as a function, and whether it asked for a value; arrays it closes over
        become `constant` ops. `weak` are those of the first arguments that are Python scalars, and
        those from `closed_at` on stand for the traced arrays that the rule closes over.
        """
        name = f"{self.owner.__name__}_{what.split()[1]}"
        context = Context(what, (), None if self.pure else values, self.backend, passes=True)
        with trace_stack.axes_bound(self.axes), Trace(types, context, name) as builder:
            arguments: list[Any] = builder.argument_handles()
            for argument, flag in zip(arguments, weak, strict=False):
                argument.weak = flag
            closed = self.call.closed
            stand_ins = arguments[closed_at : closed_at + len(closed)]
            try:
                with standing_in(closed, stand_ins, what):
                    found = [lift_result(builder, leaf, what) for leaf in run(arguments)]
                    # the stand-ins among them are soon values of the outer trace again
                    handles = [builder.handle(builder, h.number, h.type) for h in found]
            except LeakedTracerError as error:
                raise LeakedTracerError(
                    f"{what} closes over a traced array, and runs after that trace has ended: pass "
                    f"it to {self.owner.__name__} as an argument instead\n  {error}"
                ) from None
            asked = bool(context.memo)
            if not builder.captures:
                return simplify(builder.build(handles)), asked
            function = builder.build(handles)
        return simplify(_bind_constants(function, len(types), builder.captures, name)), asked

    def remembered(self, key: Any, make: Callable[[], tuple[Any, bool]]) -> Any:
        """The result of `make`, remembered unless it has asked for a value: the next call of the
        traced function may have another.
        """
        if key in self.memo:
            return self.memo[key]
        found, asked = make()
        if not asked:
            self.memo[key] = found
        return found

    def arguments(self, leaves: Sequence[Any]) -> tuple[Any, ...]:
        return pytrees.unflatten(self.call.structure, leaves)

    def weak(self, count: int) -> list[bool]:
        return [*self.call.weak, *[False] * (count - len(self.call.weak))]

    def results(self, leaves: Sequence[Any], types: Sequence[ArrayType], what: str) -> list[Any]:
        """The leaves of a rule's answer as the function's results. Raises `PolyadTypeError` if
        their types are not the function's own.
        """
        checked = [agreement.settled(x, t) for x, t in zip(leaves, types, strict=True)]
        found = pytrees.leaf_types(checked, what, list)
        for i, (t, wanted) in enumerate(zip(found, types, strict=True)):
            if t is not wanted:
                raise ShapeError(
                    f"{what} gives {t} as output {i}, and {self.owner.__name__} itself {wanted}"
                )
        return checked


def _bind_constants(function: Function, count: int, captures: Sequence[Any], what: str) -> Function:
    types = function.argument_types
    with Trace(types[:count], Context(what, rules=True), what) as builder:
        constants: list[Any] = []
        for thing, t in zip(captures, types[count:], strict=True):
            if isinstance(thing, Handle):
                raise PolyadTypeError(
                    f"{what} closes over a traced array ({thing.type}); pass it to the function "
                    "as an argument instead"
                )
            reference = region.ArrayReference(thing, t)
            constants += builder.emit(region.constant, (), (("array", reference),))
        return builder.build(builder.inline(function, [*builder.argument_handles(), *constants]))


def _zero(builder: Builder, t: ArrayType) -> Operand:
    return literal(builder, 0, t.dtype, t.shape)


def _zero_like(builder: Builder, x: Any) -> Any:
    zero: Any = literal(builder, 0, x.type.dtype, x.type.shape)
    zero.weak = x.weak
    return zero


def pair(answer: Any, what: str, parts: str) -> Any:
    """The two parts of a rule's answer."""
    if not isinstance(answer, tuple | list) or len(answer) != 2:
        structure = tree.structure(answer)
        raise PolyadTypeError(
            f"{what} returns a pair {parts}, not a {type(answer).__name__} of structure {structure}"
        )
    return answer


# -- Forward mode ----------------------------------------------------------------------------------


class CustomJvpRule(CustomRule):
    """`jvp_function`: (primals, tangents) to (results, tangents of the results)."""

    def jvp_function(
        self, body: Function, active: region.Flags, xs: Handles | None
    ) -> tuple[Function, region.Flags]:
        found: tuple[Function, region.Flags] = self.remembered(
            (body, active), lambda: self._traced(body, active, xs)
        )
        return found

    def _traced(
        self, body: Function, active: region.Flags, xs: Handles | None
    ) -> tuple[tuple[Function, region.Flags], bool]:
        types, what = body.argument_types, f"the jvp rule of {self.owner.__name__}"
        moving = [t for t, a in zip(types, active, strict=True) if a]
        weak = self.weak(len(types))
        out_active: list[bool] = []

        def run(handles: list[Any]) -> list[Any]:
            given = iter(handles[len(types) :])
            tangents = [next(given) if a else None for a in active][: self.count]
            outs, dots = self._run(handles[: self.count], tangents, body.result_types)
            out_active[:] = [t is not None for t in dots]
            return [*outs, *present(dots)]

        weak += [w for w, a in zip(weak, active, strict=True) if a]
        closed_at = len(types) - len(self.call.closed)
        function, asked = self.trace([*types, *moving], run, what, weak, closed_at, xs)
        return (function, tuple(out_active)), asked

    def _run(
        self, primals: list[Any], tangents: list[Any], types: Sequence[ArrayType]
    ) -> tuple[list[Any], list[Any]]:
        what = f"the jvp rule of {self.owner.__name__}"
        builder = trace_stack.active_builders()[-1]
        symbolic = self.owner.symbolic_zeros
        dots = [
            t if t is not None else SymbolicZero(x.type) if symbolic else _zero_like(builder, x)
            for x, t in zip(primals, tangents, strict=True)
        ]
        arguments = (self.arguments(primals), self.arguments(dots))
        answer = self.owner.call_jvp(self.call.static, *arguments)
        first, second = pair(answer, what, "(primal_out, tangent_out)")
        outs, out_tree = pytrees.flatten(first)
        dots_out, dots_tree = pytrees.flatten(second)
        for found, part in ((out_tree, "primal"), (dots_tree, "tangent")):
            if found != self.call.out_tree:
                raise ShapeError(
                    f"the {part} output of {what} must have the structure of the "
                    f"function's result, {self.call.out_tree}; it has {found}"
                )
        outs = [dispatch.lift(builder, x) for x in self.results(outs, types, what)]
        pairs = enumerate(zip(outs, dots_out, strict=True))
        return outs, [self._tangent(out, t, i) for i, (out, t) in pairs]

    def _tangent(self, out: Any, t: Any, number: int) -> Any:
        """The tangent of an output, in its type; None for zero."""
        if not out.type.dtype.is_inexact and pytrees.is_nothing(t):
            return None
        if not isinstance(t, SymbolicZero):
            t = dispatch.lift(out.builder, t)
            wanted = out.type if out.type.dtype.is_inexact else t.type
            if t.type is not wanted and t.weak and t.type.shape == out.type.shape:
                t = e.astype(t, dtype=out.type.dtype)
            if t.type is wanted:
                return t
            found = t.type
        elif t.aval is out.type or not out.type.dtype.is_inexact:
            return None
        else:
            found = t.aval
        raise ShapeError(
            f"the jvp rule of {self.owner.__name__} returned for output {number} a tangent of type "
            f"{found}, and the output is {out.type}"
        )


# -- Reverse mode ----------------------------------------------------------------------------------


class CustomVjpRule(CustomRule):
    """`passes`: arguments to (results, residuals), and (residuals, cotangents) to cotangents of the
    arguments.
    """

    def __init__(self, owner: Any, call: Call, pure: bool) -> None:
        super().__init__(owner, call, pure)
        self.symbolic = owner.symbolic_zeros

    def passes(self, body: Function, active: region.Flags, xs: Handles | None) -> CustomPasses:
        key = (body, active if self.symbolic else None)
        found: CustomPasses = self.remembered(key, lambda: self._traced(body, active, xs))
        return found

    def _traced(
        self, body: Function, active: region.Flags, xs: Handles | None
    ) -> tuple[CustomPasses, bool]:
        found = CustomPasses(self, body, active, xs)
        return found, found.asked


class CustomPasses:
    """The two passes of a rule for one body. The backward pass has among its residuals all that the
    rule closes over.
    """

    def __init__(
        self, rule: CustomVjpRule, body: Function, active: region.Flags, xs: Handles | None
    ) -> None:
        self.rule, self.types, self.result_types = rule, body.argument_types, body.result_types
        self.name = rule.owner.__name__
        self.active = active
        self.tree: Any = None
        self.weak: list[bool] = []
        self.closed_at = len(self.types) - len(rule.call.closed)
        self.forward, self.asked = rule.trace(
            self.types,
            self._run_forward,
            f"the fwd of {self.name}",
            rule.call.weak,
            self.closed_at,
            xs,
        )
        self.residual_types = self.forward.result_types[len(self.result_types) :]
        self.memo: dict[Any, Function] = {}

    def _run_forward(self, handles: list[Any]) -> list[Any]:
        rule, what = self.rule, f"the fwd of {self.name}"
        given: Sequence[Any] = handles[: rule.count]
        if rule.symbolic:
            given = [CustomVJPPrimal(x, a) for x, a in zip(given, self.active, strict=False)]
        answer = rule.owner.call_fwd(rule.call.static, rule.arguments(given))
        first, second = pair(answer, what, "(out, residuals)")
        outs, out_tree = pytrees.flatten(first)
        if out_tree != rule.call.out_tree:
            raise ShapeError(
                f"{what} must return first what {self.name} returns, of structure "
                f"{rule.call.out_tree}; it has {out_tree}"
            )
        residuals, self.tree = pytrees.flatten(second)
        self.weak = [promotion.is_weak(leaf) for leaf in residuals]
        closed = handles[self.closed_at :]
        return [*rule.results(outs, self.result_types, what), *residuals, *closed]

    def backward(
        self, residuals: Handles | None = None, nonzero: region.Flags | None = None
    ) -> Function:
        """The backward pass; a cotangent that is not `nonzero` is a `SymbolicZero`."""
        nonzero = nonzero if self.rule.symbolic else None
        if nonzero in self.memo:
            return self.memo[nonzero]
        values = None if residuals is None else [*residuals, *[UNKNOWN] * len(self.result_types)]
        function, asked = self.rule.trace(
            [*self.residual_types, *self.result_types],
            lambda handles: self._run_backward(handles, nonzero),
            f"the bwd of {self.name}",
            self.weak,
            len(self.weak),
            values,
        )
        if not asked:
            self.memo[nonzero] = function
        return function

    def _run_backward(self, handles: list[Any], nonzero: region.Flags | None) -> list[Any]:
        rule, count = self.rule, len(self.residual_types)
        cts = handles[count:]
        if nonzero is not None:
            cts = [
                ct if given else SymbolicZero(ct.type)
                for ct, given in zip(cts, nonzero, strict=True)
            ]
        residuals = pytrees.unflatten(self.tree, handles[: len(self.weak)])
        cotangent = pytrees.unflatten(rule.call.out_tree, cts)
        answer = rule.owner.call_bwd(rule.call.static, residuals, cotangent)
        builder = trace_stack.active_builders()[-1]
        found = self._cotangents(answer, builder)
        return found + [_zero(builder, t) for t in self.types[rule.count :]]

    def _cotangents(self, answer: Any, builder: Builder) -> list[Any]:
        """One cotangent for each leaf of the arguments; None stands for zeros, of a whole argument
        or of a part of it.
        """
        arguments = self.rule.call.structure.children()
        if not isinstance(answer, tuple | list) or len(answer) != len(arguments):
            raise ShapeError(
                f"the bwd of {self.name} returns a tuple with one cotangent for each of its "
                f"{len(arguments)} differentiable arguments, not a {type(answer).__name__} of "
                f"structure {tree.structure(answer)}"
            )
        found: list[Any] = []
        for i, (part, structure) in enumerate(zip(answer, arguments, strict=True)):
            for leaf in self._leaves(part, structure, i):
                found.append(self._cotangent(leaf, len(found), i, builder))
        return found

    def _leaves(self, part: Any, structure: Any, argument: int) -> list[Any]:
        """The cotangents of an argument, leaf by leaf; None for zeros."""
        try:
            return tree.broadcast_nones(part, structure)
        except ValueError:
            raise ShapeError(
                f"the bwd of {self.name} must give argument {argument} a cotangent of structure "
                f"{structure}, or None for zeros in a part of it, not "
                f"{tree.structure(part, is_leaf=lambda x: x is None)}"
            ) from None

    def _cotangent(self, leaf: Any, number: int, argument: int, builder: Builder) -> Any:
        """The cotangent of leaf `number` of all arguments, in its type."""
        t = self.types[number]
        if leaf is None or not t.dtype.is_inexact:
            return _zero(builder, t)
        if isinstance(leaf, SymbolicZero):
            found = leaf.aval
            ct = _zero(builder, t)
        else:
            ct = dispatch.lift(builder, leaf)
            weak = self.rule.call.weak[number] or promotion.is_weak(leaf) or promotion.is_weak(ct)
            if weak and ct.type.shape == t.shape:
                ct = dispatch.coerce(builder, ct, t.dtype, t.shape)
            found = ct.type
        if found is not t:
            raise ShapeError(
                f"the bwd of {self.name} gave argument {argument} a cotangent of type {found}; it "
                f"is {t}"
            )
        return ct
