"""A user's derivative rules, as attributes of the ops that call the function they belong to.

A rule is traced when a derivative is taken, not before, so it may call its own function.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .. import trace_stack, tree
from ..concrete import Context
from ..errors import LeakedTracerError, PolyadTypeError
from ..ir import ArrayType, Function, Handle
from ..ops import dispatch, promotion, region
from ..ops import elementwise as e
from ..ops.literals import literal
from ..passes.pipeline import simplify
from ..tracing import Trace, lift_result
from .calls import agreement, pytrees

F = Callable[..., Any]


class CustomRule(region.Rule):
    """A rule for one call: the user's functions, the structures of arguments and result, which
    leaves of the arguments are Python scalars (`weak`), static arguments.
    """

    def __init__(
        self,
        name: str,
        owner: Any,
        static: dict[int, Any],
        structure: Any,
        weak: tuple[bool, ...],
        out_tree: Any,
        pure: bool,
    ) -> None:
        super().__init__(name)
        self.owner, self.static, self.pure = owner, static, pure
        self.structure, self.weak, self.out_tree = structure, weak, out_tree
        self.backend = trace_stack.backend_of_trace()
        self.count = (
            structure.num_leaves
        )  # of arguments; what the function closes over comes after them
        self.memo: dict[Function, Any] = {}

    def trace(
        self,
        types: Sequence[Any],
        run: Callable[[list[Any]], list[Any]],
        what: str,
        weak: Sequence[bool],
    ) -> Function:
        """Trace a part of the rule; arrays it closes over become `constant` ops. `weak` are those
        of the first arguments that are Python scalars.
        """
        name = f"{self.owner.__name__}_{what.split()[1]}"
        with Trace(types, Context(what, backend=self.backend), name) as builder:
            arguments: list[Any] = builder.argument_handles()
            for argument, flag in zip(arguments, weak, strict=False):
                argument.weak = flag
            try:
                results = run(arguments)
            except LeakedTracerError as error:
                raise LeakedTracerError(
                    f"{what} closes over a traced array, and runs after that trace has ended: pass "
                    f"it to {self.owner.__name__} as an argument instead\n  {error}"
                ) from None
            handles = [lift_result(builder, leaf, what) for leaf in results]
            if not builder.captures:
                return simplify(builder.build(handles))
            closed = builder.build(handles)
        return simplify(_bind_constants(closed, len(types), builder.captures, name))

    def arguments(self, leaves: Sequence[Any]) -> tuple[Any, ...]:
        return pytrees.unflatten(self.structure, leaves)

    def results(self, leaves: Sequence[Any], types: Sequence[ArrayType], what: str) -> list[Any]:
        """The leaves of a rule's answer as the function's results. Raises `PolyadTypeError` if
        their types are not the function's own.
        """
        checked = [agreement.settled(x, t) for x, t in zip(leaves, types, strict=True)]
        found = pytrees.leaf_types(checked, what, list)
        for i, (t, wanted) in enumerate(zip(found, types, strict=True)):
            if t is not wanted:
                raise PolyadTypeError(
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


class CustomJvpRule(CustomRule):
    """`jvp_function`: (primals, tangents) to (results, tangents of the results)."""

    def jvp_function(self, body: Function) -> Function:
        found = self.memo.get(body)
        if found is None:
            types, what = body.argument_types, f"the jvp rule of {self.owner.__name__}"
            weak = [*self.weak, *[False] * (len(types) - len(self.weak))]
            run = lambda handles: self._run(handles, body.result_types)
            found = self.memo[body] = self.trace([*types, *types], run, what, weak * 2)
        return found

    def _run(self, handles: list[Any], types: Sequence[ArrayType]) -> list[Any]:
        count, leaves = len(handles) // 2, self.structure.num_leaves
        primals = self.arguments(handles[:leaves])
        tangents = self.arguments(handles[count : count + leaves])
        answer = self.owner.call_jvp(self.static, primals, tangents)
        name = self.owner.__name__
        if not isinstance(answer, tuple | list) or len(answer) != 2:
            raise PolyadTypeError(
                f"the jvp rule of {name} returns a pair (primal_out, tangent_out), not "
                f"{_shown(answer)}"
            )
        outs, out_tree = pytrees.flatten(answer[0])
        tangents_out, tangent_tree = pytrees.flatten(answer[1])
        for found, what in ((out_tree, "primal"), (tangent_tree, "tangent")):
            if found != self.out_tree:
                raise PolyadTypeError(
                    f"the {what} output of the jvp rule of {name} must have the structure of the "
                    "function's result, "
                    f"{self.out_tree}; it has {found}"
                )
        builder = handles[0].builder
        outs = self.results(outs, types, f"the jvp rule of {name}")
        checked = []
        for i, (out, t) in enumerate(zip(outs, tangents_out, strict=True)):
            out, t = dispatch.lift(builder, out), dispatch.lift(builder, t)
            wanted = out.type if out.type.dtype.is_inexact else t.type
            if t.type is not wanted and t.weak and t.type.shape == out.type.shape:
                t = e.astype(t, dtype=out.type.dtype)
            if t.type is not wanted:
                raise PolyadTypeError(
                    f"the jvp rule of {name} returned for output {i} a tangent of type {t.type}, "
                    f"and the output is {out.type}"
                )
            checked.append(t)
        return [*outs, *checked]


class CustomVjpRule(CustomRule):
    """`vjp_functions`: arguments to (results, residuals), and (residuals, cotangents) to cotangents
    of the arguments.
    """

    def vjp_functions(self, body: Function) -> tuple[Function, Function]:
        found = self.memo.get(body)
        if found is None:
            found = self.memo[body] = self._trace_both(body)
        return found

    def _trace_both(self, body: Function) -> tuple[Function, Function]:
        name = self.owner.__name__
        types = body.argument_types
        residual_tree: list[Any] = []
        residual_weak: list[bool] = []

        def run_forward(handles: list[Any]) -> list[Any]:
            answer = self.owner.call_fwd(
                self.static, self.arguments(handles[: self.structure.num_leaves])
            )
            if not isinstance(answer, tuple | list) or len(answer) != 2:
                raise PolyadTypeError(
                    f"the fwd of {name} returns a pair (out, residuals), not {_shown(answer)}"
                )
            outs, out_tree = pytrees.flatten(answer[0])
            if out_tree != self.out_tree:
                raise PolyadTypeError(
                    f"the fwd of {name} must return first what {name} returns, of structure "
                    f"{self.out_tree}; "
                    f"it has {out_tree}"
                )
            residuals, structure = pytrees.flatten(answer[1])
            residual_tree[:] = [structure]
            residual_weak[:] = [promotion.is_weak(leaf) for leaf in residuals]
            return [*self.results(outs, body.result_types, f"the fwd of {name}"), *residuals]

        forward = self.trace(types, run_forward, f"the fwd of {name}", self.weak)
        count = len(body.results)
        residual_types = forward.result_types[count:]

        def run_backward(handles: list[Any]) -> list[Any]:
            residuals = pytrees.unflatten(residual_tree[0], handles[: len(residual_types)])
            cts = pytrees.unflatten(self.out_tree, handles[len(residual_types) :])
            answer = self.owner.call_bwd(self.static, residuals, cts)
            found = self._cotangents(answer, types[: self.structure.num_leaves], handles)
            captured = types[self.structure.num_leaves :]
            return found + [literal(handles[0].builder, 0, t.dtype, t.shape) for t in captured]

        given = [*residual_types, *body.result_types]
        backward = self.trace(given, run_backward, f"the bwd of {name}", residual_weak)
        return forward, backward

    def _cotangents(self, answer: Any, types: Sequence[ArrayType], handles: list[Any]) -> list[Any]:
        """One cotangent for each leaf of the arguments; None stands for a whole argument's
        zeros.
        """
        name = self.owner.__name__
        arguments = self.structure.children()
        if not isinstance(answer, tuple | list) or len(answer) != len(arguments):
            raise PolyadTypeError(
                f"the bwd of {name} returns a tuple with one cotangent for each of its "
                f"{len(arguments)} "
                f"differentiable arguments, not {_shown(answer)}"
            )
        builder, found, start = handles[0].builder, [], 0
        weak = iter(self.weak)
        for i, (part, wanted) in enumerate(zip(answer, arguments, strict=True)):
            expected = types[start : start + wanted.num_leaves]
            start += wanted.num_leaves
            leaves, structure = pytrees.flatten(part)
            if part is None and wanted.num_leaves:
                leaves, structure = (
                    [literal(builder, 0, t.dtype, t.shape) for t in expected],
                    wanted,
                )
            if structure != wanted:
                raise PolyadTypeError(
                    f"the bwd of {name} must give argument {i} a cotangent of structure "
                    f"{wanted}, not {structure}"
                )
            for leaf, t in zip(leaves, expected, strict=True):
                ct = dispatch.lift(builder, leaf)
                if next(weak) or promotion.is_weak(leaf) or promotion.is_weak(ct):
                    ct = (
                        dispatch.coerce(builder, ct, t.dtype, t.shape)
                        if ct.type.shape == t.shape
                        else ct
                    )
                if ct.type is not t and t.dtype.is_inexact:
                    raise PolyadTypeError(
                        f"the bwd of {name} gave argument {i} a cotangent of type {ct.type}; it "
                        f"is {t}"
                    )
                found.append(ct if ct.type is t else literal(builder, 0, t.dtype, t.shape))
        return found


def _shown(value: Any) -> str:
    structure = tree.structure(value)
    return f"a {type(value).__name__} of structure {structure}"
