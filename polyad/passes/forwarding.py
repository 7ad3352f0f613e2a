"""Results of branches and loops that are operands; a part of canonicalization.

A carried value that never changes becomes a const, a y that is an x is the array looped over, an
operand given twice is given once, and a literal is made where it is used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from ..ir import Definition, Function, Op, Value
from ..ops import control
from ..ops.region import checkpoint
from ..ops.types import Operand
from ..ops.views import Scan, While, emit_cond
from .pruning import used
from .rewrite import ArrayRewriter


class Group:
    """Operands of one kind (the consts of a loop, its xs, …) with the arguments that stand for
    them, in a row for each region that takes them.
    """

    def __init__(
        self, operands: Sequence[Operand], *arguments: Sequence[Value], rows: bool = False
    ):
        self.operands, self.arguments, self.rows = list(operands), arguments, rows

    def add(self, operand: Operand, *arguments: Value) -> None:
        self.operands.append(operand)
        self.arguments = tuple([*row, v] for row, v in zip(self.arguments, arguments, strict=True))

    def tidied(self, r: ArrayRewriter, into: Sequence[Body], kept: int = 0) -> None:
        """Give each operand once, and make literals in the regions; the first `kept` stay."""
        first: dict[int, int] = {}
        stay = []
        for i, operand in enumerate(self.operands):
            made = r.maker(operand)
            same = first.setdefault(operand.number, i)
            literal = made is not None and made[0].name == "full"
            if i < kept or not (literal or same < i):
                stay.append(i)
            elif literal:
                assert made is not None
                for body, row in zip(into, self.arguments, strict=True):
                    body.make_literal(made[0], row[i], self.rows)
            else:
                for body, row in zip(into, self.arguments, strict=True):
                    body.renamed[row[i]] = row[same]
        self.operands = [self.operands[i] for i in stay]
        self.arguments = tuple([row[i] for i in stay] for row in self.arguments)


class Body:
    """A region being changed: literals ahead of its ops, and values renamed."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self.literals: list[Op] = []
        self.renamed: dict[Value, Value] = {}

    def make_literal(self, op: Op, value: Value, row: bool) -> None:
        """Let `value` be made here as `op` makes it, or be a row of that."""
        if row:
            op = op.with_(attributes=op.attributes_with(shape=op.attrs["shape"][1:]))
        self.literals.append(op.with_(results=(value,)))

    def built(self, arguments: Iterable[Value], results: Iterable[Value]) -> Function:
        new = self.renamed

        def op_of(op: Op) -> Op:
            if not any(v in new for v in op.operands):
                return op
            return op.with_(operands=[new.get(v, v) for v in op.operands])

        ops = (*self.literals, *map(op_of, self.function.ops))
        given = [new.get(v, v) for v in results]
        return self.function.with_(arguments=arguments, ops=ops, results=given)


def forwarded(r: ArrayRewriter, op: Op, operands: tuple[Operand, ...]) -> Sequence[Operand] | None:
    """The results of `op` in a simpler form, or None if it has none."""
    rule = FORWARD.get(op.definition)
    return None if rule is None else rule(r, op, operands)


def forward_cond(
    r: ArrayRewriter, op: Op, operands: tuple[Operand, ...]
) -> Sequence[Operand] | None:
    """A literal index selects the branch; a result that is one argument in all is that operand."""
    index = r.literal(operands[0])
    if isinstance(index, int):
        region = op.regions[min(max(index, 0), len(op.regions) - 1)]
        return r.builder.inline(region, list(operands[1:]))
    passed = _same_argument(op.regions)
    left = [i for i in range(len(op.results)) if i not in passed]
    bodies = [Body(region) for region in op.regions]
    group = Group(operands[1:], *(region.arguments for region in op.regions))
    group.tidied(r, bodies)
    if not passed and len(group.operands) == len(operands) - 1:
        return None
    regions = tuple(
        body.built(row, [body.function.results[i] for i in left])
        for body, row in zip(bodies, group.arguments, strict=True)
    )
    made = iter(emit_cond(r.builder, operands[0], group.operands, regions))
    found = {i: operands[1 + k] for i, k in passed.items()}
    return [found[i] if i in found else next(made) for i in range(len(op.results))]


def _same_argument(regions: Sequence[Function]) -> dict[int, int]:
    """The results that are one argument in all regions, with its number."""
    found = {}
    positions = [{v: i for i, v in enumerate(region.arguments)} for region in regions]
    for i, values in enumerate(zip(*(region.results for region in regions), strict=True)):
        numbers = {at.get(v, -1) for at, v in zip(positions, values, strict=True)}
        if len(numbers) == 1 and -1 not in numbers:
            found[i] = numbers.pop()
    return found


def forward_scan(
    r: ArrayRewriter, op: Op, operands: tuple[Operand, ...]
) -> Sequence[Operand] | None:
    """A scan whose unchanged carry becomes consts; a y that is an x is the array looped over.

    But not if that is a stack: a stack has one reader, since cotangents of stacks do not add.
    """
    loop = Scan(op)
    region, n, own, given = loop.body, loop.n_carry, loop.arguments, loop.split(operands)
    constant = [k for k in range(n) if region.results[k] is own.carry[k]]
    moving = [k for k in range(n) if k not in constant]
    at = {} if loop.length is None else dict(zip(own.xs, given.xs, strict=True))
    ys = [i for i in range(n, len(op.results)) if region.results[i] not in at]
    body = Body(region)
    consts = Group(given.consts, own.consts)
    for k in constant:
        consts.add(given.carry[k], own.carry[k])
    xs = Group(given.xs, own.xs, rows=True)
    consts.tidied(r, [body])
    xs.tidied(r, [body], kept=1 if loop.length is None else 0)
    unchanged = (len(consts.operands), len(xs.operands)) == (len(given.consts), len(given.xs))
    if unchanged and not constant and n + len(ys) == len(op.results):
        return None
    arguments = [*consts.arguments[0], *(own.carry[k] for k in moving), *xs.arguments[0]]
    new = body.built(arguments, [region.results[i] for i in (*moving, *ys)])
    carry = [given.carry[k] for k in moving]
    results = loop.emit(r.builder, consts.operands, carry, xs.operands, new)
    made = dict(zip((*moving, *ys), results, strict=True))
    made.update({k: given.carry[k] for k in constant})
    return [made[i] if i in made else at[region.results[i]] for i in range(len(op.results))]


def forward_while(
    r: ArrayRewriter, op: Op, operands: tuple[Operand, ...]
) -> Sequence[Operand] | None:
    """A while loop whose unchanged carry becomes consts, of the condition and of the body.

    But not where the condition reads nothing else of the carry: such a loop does not run or does
    not end, and is to be stopped as one that does not (by `config.max_while_steps`, or Ctrl-C).
    """
    loop = While(op)
    condition, body, n = loop.condition, loop.body, loop.n_carry
    tests, steps, given = loop.condition_arguments, loop.body_arguments, loop.split(operands)
    constant = [k for k in range(n) if body.results[k] is steps.carry[k]]
    asked = loop.split_condition(used(condition)).carry
    if not any(asked[k] for k in range(n) if k not in constant):
        constant = []
    moving = [k for k in range(n) if k not in constant]
    cond_consts = Group(given.cond_consts, tests.consts)
    body_consts = Group(given.body_consts, steps.consts)
    for k in constant:
        cond_consts.add(given.carry[k], tests.carry[k])
        body_consts.add(given.carry[k], steps.carry[k])
    test, step = Body(condition), Body(body)
    cond_consts.tidied(r, [test])
    body_consts.tidied(r, [step])
    if not constant and len(cond_consts.operands) + len(body_consts.operands) == loop.first_carry:
        return None
    new_test = test.built(
        [*cond_consts.arguments[0], *(tests.carry[k] for k in moving)], condition.results
    )
    kept = [*moving, *range(n, len(op.results))]
    new_step = step.built(
        [*body_consts.arguments[0], *(steps.carry[k] for k in moving)],
        [body.results[i] for i in kept],
    )
    carry = [given.carry[k] for k in moving]
    consts = cond_consts.operands, body_consts.operands
    results = loop.emit(r.builder, *consts, carry, new_test, new_step)
    made = dict(zip(kept, results, strict=True))
    return [made[i] if i in made else given.carry[i] for i in range(len(op.results))]


Rule = Callable[[ArrayRewriter, Op, tuple[Operand, ...]], "Sequence[Operand] | None"]
FORWARD: dict[Definition, Rule | None] = {
    checkpoint: None,  # the optimizer must not see through it
    control.cond: forward_cond,
    control.scan: forward_scan,
    control.while_: forward_while,
}
"""The other ops with regions are expanded before they run, and their bodies canonicalized then."""
