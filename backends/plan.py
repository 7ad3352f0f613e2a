"""The plan of a function: a flat list of steps over numbered slots, made once per function.

Namespaces broadcast element-wise operands themselves, so a `broadcast_to` or a literal `full` that
only feeds element-wise ops is never materialised: the small operand takes its place wherever the
remaining operands still give the op its shape.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from polyad.config import config
from polyad.errors import NanError
from polyad.execution import FINAL, ORIGINS, Stack, check_nans
from polyad.ir import ArrayType, Function, Location, Op, Value, where
from polyad.ops.definition import OpDefinition
from polyad.ops.dispatch import broadcast_shapes, located
from polyad.ops.region import constant
from polyad.ops.views import loop_of
from polyad.passes.inline import inline
from polyad.passes.postpone import postpone

from .control import RUNNERS
from .makers import Executor

Rows = Iterable[Sequence[Any]]
ONCE: Rows = ((),)


class Plan:
    """Steps (see `_step`) over slots, of which those of literals are preset.

    The steps of a plan that is not `checked` may make NaNs: those of a decomposition.
    """

    def __init__(self, function: Function, backend: Executor, checked: bool = True) -> None:
        self.final = FINAL in function.memo
        self.makers: Mapping[int, Op] = function.memo.get(ORIGINS, {})
        function = inline(function, lambda op: bool(op.regions) and op.definition not in RUNNERS)
        function = postpone(function)
        self.backend = backend
        self.checked = checked
        self.function = function
        self.slots: dict[Value, int] = {}
        self.preset: list[Any] = []
        for value in function.arguments:
            self._slot(value)
        self.arity = len(function.arguments)
        small = _small_operands(function, backend)
        needed = _needed(function, small)
        ops = [op for op in function.ops if op.has_effects or any(v in needed for v in op.results)]
        self.ops = ops
        for op in ops:
            for value in op.results:
                self._slot(value)
        operand_slots = [
            [self._operand(v, small) for v in small.get(op, op.operands)] for op in ops
        ]
        results = [self.slots[v] for v in function.results]
        literals = [i for i, content in enumerate(self.preset) if content is not None]
        last = _last_uses(operand_slots, {*results, *range(self.arity), *literals})
        self.steps = [
            _step(_runner(op, backend), slots, [self.slots[v] for v in op.results], free)
            for op, slots, free in zip(ops, operand_slots, last, strict=True)
        ]
        self.noisy = any(_is_noisy(op) for op in ops)
        self.results = _getter(results)
        self.scalars = any(v.type.shape == () for v in function.results)
        self.copied = _shared(function)

    def _slot(self, value: Value, content: Any = None) -> int:
        self.slots[value] = len(self.preset)
        self.preset.append(content)
        return self.slots[value]

    def _operand(self, value: Value, small: dict[Any, Any]) -> int:
        if value not in self.slots:  # a literal that only element-wise ops use
            producer = small[value]
            self._slot(value, self.backend.literal(producer.attrs["value"], value.type.dtype))
        return self.slots[value]

    def __call__(self, arrays: Sequence[Any]) -> Sequence[Any]:
        slots = self.preset.copy()
        slots[: self.arity] = arrays
        return self.run(slots, self.arity, self.arity, ONCE)[0]

    def loop(
        self, consts: Sequence[Any], carry: Sequence[Any], rows: Callable[[list[Any]], Rows]
    ) -> tuple[Sequence[Any], list[Sequence[Any]]]:
        """Run again and again, with what `rows` gives of the slots as the last arguments; the carry
        in the end, and what each run gave beside it.
        """
        slots = self.preset.copy()
        first, last = len(consts), len(consts) + len(carry)
        slots[:last] = (*consts, *carry)
        ys = self.run(slots, first, last, rows(slots))
        return slots[first:last], ys

    def run(self, slots: list[Any], first: int, last: int, rows: Rows) -> list[Sequence[Any]]:
        """Take all steps for each row, the arguments from `last` on. The first results become the
        arguments from `first` to `last` of the next run; the others are yielded.
        """
        end, carry, results = self.arity, last - first, self.results
        checked = self.checked and config.debug_nans
        steps = self.steps if not checked else ()
        given = []
        for row in rows:
            slots[last:end] = row
            for run, a, b, slots_in, out, free in steps:
                if b is not None:
                    slots[out] = run(slots[a], slots[b])
                elif a is not None:
                    slots[out] = run(slots[a])
                else:
                    answer = run(*[slots[i] for i in slots_in])
                    if isinstance(out, int):
                        slots[out] = answer
                    else:
                        for slot, part in zip(out, answer, strict=True):
                            slots[slot] = part
                if free:
                    for slot in free:
                        slots[slot] = None
            if checked:
                self.take_checked_steps(slots)
            found = results(slots)
            slots[first:last] = found[:carry]
            given.append(found[carry:])
        return given

    def take_checked_steps(self, slots: list[Any]) -> None:
        """Take all steps, and raise `NanError` at the first that makes a NaN out of none, unless a
        guard takes it away.
        """
        guarded = _guarded(self.ops, self.function.results)
        suspect: tuple[str, str, Location | None] | None = None
        watch = Infinities(self, slots)
        for op, (run, _, _, slots_in, out, _) in zip(self.ops, self.steps, strict=True):
            for region in op.regions:
                region.memo.pop(BLAMED, None)
            answer = run(*[slots[i] for i in slots_in])
            outs, answers = ((out,), (answer,)) if isinstance(out, int) else (out, answer)
            if op not in guarded or suspect is None:
                cause, at = watch.cause(op, slots_in)
                blamed = suspect or (op.name, cause, at)
                arrays = [x for x in answers if not isinstance(x, Stack)]  # a body checks its own
                if op not in guarded:
                    check_nans(self.backend, blamed[0], blamed[2], arrays, blamed[1])
                elif any(map(self.backend.has_nan, arrays)):
                    suspect = blamed
            for slot, part in zip(outs, answers, strict=True):
                slots[slot] = part
            watch.note(op, slots_in, slots)
        watch.check(slots)


BLAMED = "blamed"
"""In the `memo` of a region: the op in it whose derivative was infinite in the last run."""


class Infinities:
    """The infinities and NaNs among a plan's slots, each with the op of a derivative that made it,
    of finite numbers, in the first place: one that has an infinite partial.
    """

    def __init__(self, plan: Plan, slots: Sequence[Any]) -> None:
        self.plan, self.overflow = plan, False
        self.origins: dict[int, Op | None] = {
            plan.slots[v]: plan.makers.get(i)
            for i, v in enumerate(plan.function.arguments)
            if self._is_infinite(v, slots)
        }

    def _is_infinite(self, value: Value, slots: Sequence[Any]) -> bool:
        """Also of NaNs: the difference of an infinity from itself is NaN."""
        type, array = value.type, slots[self.plan.slots[value]]
        if not (isinstance(type, ArrayType) and type.dtype.is_inexact):
            return False
        return self.plan.backend.has_nan(array - array)

    def note(self, op: Op, operands: Sequence[int], slots: Sequence[Any]) -> None:
        """Take down the infinities that `op` made."""
        made = [self.plan.slots[v] for v in op.results if self._is_infinite(v, slots)]
        if not made:
            return
        found = [self.origins[i] for i in operands if i in self.origins]
        origin = next((o for o in found if o is not None), None)
        if not found and op.location is not None and op.location.derivative_of is not None:
            inside = (region.memo.get(BLAMED) for region in op.regions)
            origin = next((o for o in inside if o is not None), op)
        self.overflow |= not found and origin is None
        self.origins.update(dict.fromkeys(made, origin))

    def cause(self, op: Op, operands: Sequence[int]) -> tuple[str, Location | None]:
        """The derivative that made `op` make a NaN of `operands`, and the place to name."""
        origins = [o for i in operands if (o := self.origins.get(i)) is not None]
        if origins and (at := origins[0].location) is not None:
            return f" since the derivative of {at.derivative_of} is infinite", at
        at = op.location
        if at is None or at.derivative_of is None:
            return "", at
        return f" in the derivative of {at.derivative_of}", at

    def check(self, slots: Sequence[Any]) -> None:
        """Raise `NanError` if a result is infinite because a partial is, and no value is. A region
        leaves the op to its caller.
        """
        for value in self.plan.function.results:
            origin = self.origins.get(self.plan.slots[value])
            if origin is None or (at := origin.location) is None:
                continue
            self.plan.function.memo.setdefault(BLAMED, origin)
            if self.plan.final and not self.overflow:
                raise NanError(f"the derivative of {at.derivative_of} is infinite{where(at)}")


def _step(
    run: Callable[..., Any], slots: list[int], results: list[int], free: list[int]
) -> tuple[Any, ...]:
    """One or two operands and one result, the common cases, have their slots unpacked."""
    out = results[0] if len(results) == 1 else tuple(results)
    plain = isinstance(out, int) and len(slots) in (1, 2)
    a = slots[0] if plain else None
    b = slots[1] if plain and len(slots) == 2 else None
    return run, a, b, tuple(slots), out, tuple(free)


def _is_noisy(op: Op) -> bool:
    """Whether the op can divide by zero, underflow, or take a root or a logarithm outside its
    domain.
    """
    definition = op.definition
    singular = isinstance(definition, OpDefinition) and definition.singular
    if op.name == "sech_squared":  # of a number NumPy's backend computes it without NumPy
        return op.result.type.shape != () or op.result.type.dtype.bits != 64
    noisy = op.name in ("guard", "shield", "exp", "integer_pow", "astype")
    return singular or bool(op.regions) or noisy


def _guarded(ops: Sequence[Op], results: Sequence[Value]) -> set[Op]:
    """Element-wise ops whose results come to nothing but guards, by way of such ops."""
    exposed, guarded = set(results), set()
    for op in reversed(ops):
        inside = isinstance(op.definition, OpDefinition) and op.definition.elementwise
        if inside and exposed.isdisjoint(op.results):
            guarded.add(op)
        guards = op.name in ("guard", "shield")
        exposed.update(op.operands[:1] if guards else () if op in guarded else op.operands)
    return guarded


def _runner(op: Op, backend: Executor) -> Callable[..., Any]:
    if op.regions:
        run = backend.region_implementation(op)
        return (lambda *arrays: run(*arrays)[0]) if len(op.results) == 1 else run
    types = tuple([v.type for v in op.operands])
    results = tuple([v.type for v in op.results])
    run = backend.implementation(op.definition, op.attributes, types, results)
    if isinstance(op.definition, OpDefinition) and op.definition.fallible:
        return located(run, lambda: op.location)
    return run


def _getter(slots: Sequence[int]) -> Callable[[Any], Any]:
    if len(slots) == 1:
        (only,) = slots
        return lambda all_slots: (all_slots[only],)
    return itemgetter(*slots) if slots else lambda all_slots: ()


def _small_operands(function: Function, backend: Executor) -> dict[Any, Any]:
    """For each element-wise op that can have them, its operands before broadcasting; for each
    literal, its op.
    """
    producers = {v: op for op in function.ops for v in op.results}
    small: dict[Any, Any] = {v: op for v, op in producers.items() if op.name == "full"}
    for op in function.ops:
        if (
            isinstance(op.definition, OpDefinition)
            and op.definition.elementwise
            and len(op.results) == 1
        ):
            shrunk = _shrunk(op, producers)
            if shrunk is not None:
                small[op] = shrunk
    return small


def _shrunk(op: Op, producers: dict[Value, Op]) -> tuple[Value, ...] | None:
    operands, shapes = [], []
    for value in op.operands:
        producer = producers.get(value)
        if producer is not None and producer.name == "broadcast_to":
            value = producer.operands[0]
        producer = producers.get(value)
        literal = producer is not None and producer.name == "full"
        if not isinstance(value.type, ArrayType):  # a stack of a loop's values
            return None
        operands.append(value)
        shapes.append(() if literal else value.type.shape)
    return tuple(operands) if broadcast_shapes(shapes) == _shape(op) else None


def _shape(op: Op) -> tuple[int, ...]:
    type_: ArrayType = op.results[0].type
    return type_.shape


def _needed(function: Function, small: dict[Any, Any]) -> set[Value]:
    """The values that must be computed. Literals that only shrunk operands use are preset
    instead.
    """
    needed = set(function.results)
    for op in reversed(function.ops):
        if op.has_effects or any(v in needed for v in op.results):
            operands = small.get(op, op.operands)
            shrunk = op in small
            needed.update(v for v in operands if not (shrunk and v in small))
            needed.update(op.results)
    return needed


VIEWS = (
    "reshape",
    "permute_dims",
    "broadcast_to",
    "slice",
    "windows",
    "flip",
    "real",
    "imag",
    "conj",
    "astype",
    "stop_gradient",
    "checkpoint_name",
    "constant",
)
"""Ops whose result may share the memory of their operand (of a Python object, `constant`)."""


def _shared(function: Function) -> list[int]:
    """The results to be copied: those in the memory of an argument, of another result, or in
    which elements share a place. What a user gets is the user's own to write into.
    """
    producers = {v: op for op in function.ops for v in op.results}
    seen = set(function.arguments)
    copied = []
    for i, value in enumerate(function.results):
        spread = False
        while value in producers and producers[value].name in VIEWS and producers[value].operands:
            spread = spread or producers[value].name in ("broadcast_to", "windows")
            value = producers[value].operands[0]
        held = value in producers and _holds(producers[value])
        if spread or held or value in seen:
            copied.append(i)
        seen.add(value)
    return copied


def _holds(op: Op) -> bool:
    """Whether a result may share memory with an operand or attribute: a loop gives its initial
    carry, or a slice of its xs; an op that is defined outside polyad, a view.
    """
    external = isinstance(op.definition, OpDefinition) and op.definition.external
    return external or op.definition is constant or loop_of(op) is not None


def _last_uses(operand_slots: list[list[int]], kept: set[int]) -> list[list[int]]:
    """For each step, the slots nobody needs after it."""
    seen = set(kept)
    free: list[list[int]] = []
    for slots in reversed(operand_slots):
        dying = [s for s in dict.fromkeys(slots) if s not in seen]
        seen.update(dying)
        free.append(dying)
    return free[::-1]
