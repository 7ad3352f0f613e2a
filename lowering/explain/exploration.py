"""The account of a compiled function for the explorer: steps with their costs, the flow of arrays
between them, and the plan of the workspace.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import prod
from typing import Any, NamedTuple

from polyad.execution.exploration import Buffer, Exploration, Flow, Step
from polyad.ir import Function, Location, Op, Value, together

from .. import costs
from ..dialects import control, kernel, memory
from ..dialects.memory import MemRef
from ..fusion.reasons import reasons
from ..linking.engine import assembly, llvm_ir
from ..llvm.lines import of_assembly, of_llvm
from ..loops.kernel_to_loop import kernel_to_loop
from ..loops.parallelize import parallelize
from ..memory.bufferize import ENDS
from .account import Account
from .kernels import traffic_of
from .loops import chunks_of


def exploration(
    stages: Mapping[str, Function],
    vectors: Mapping[str, str],
    code: Code,
    units: Mapping[str, str],
    machine: str,
) -> Exploration:
    """The account of a lowered function, from the stages that `lower` gives."""
    account = Account(stages["array"], stages["moves_folded"], stages["buffers"], dict(vectors))
    account.chunks = chunks_of(stages["parallel"])
    text = "\n".join([account.summary(), *account.paragraphs(account.function, 0)])
    found = Steps(account, stages["moves_folded"])
    loops = kernel_to_loop(stages["buffers"], apart=True)
    shown = {**stages, "loop": loops, "parallel": parallelize(loops, apart=True)}
    return Exploration(
        shown, text, code.texts, found.steps(), list(found.flows()), found.order,
        found.memory(), account.workspace, machine, units, code.marks, code.places,
    )  # fmt: skip


class Code(NamedTuple):
    """LLVM IR and assembly by name; for each line of them the number of its place, from 1 on."""

    texts: Mapping[str, str]
    marks: Mapping[str, Sequence[int]]
    places: Sequence[Location]


NO_CODE = Code({}, {}, ())


def code_of(groups: Sequence[Any], module: Callable[..., object]) -> Code:
    """The LLVM IR of groups of units, as written and optimised, and their assembly. `module` makes
    that of a group, with a table of `lines`.
    """
    known: dict[Location, int] = {}
    texts: dict[str, list[str]] = {}
    marks: dict[str, list[int]] = {}
    for group in groups:
        written = str(module(group, lines=known))
        for name, (text, numbers) in {
            "llvm": of_llvm(written),
            "llvm optimised": of_llvm(llvm_ir(written)),
            "assembly": of_assembly(assembly(written)),
        }.items():
            texts.setdefault(name, []).append(text)
            marks.setdefault(name, []).extend(numbers)
    joined = {name: "\n".join(found) for name, found in texts.items()}
    return Code(joined, marks, tuple(known))


class Steps:
    """The steps of a function on buffers, and the ops on arrays that they come from."""

    def __init__(self, account: Account, arrays: Function) -> None:
        self.account, self.arrays, self.buffers = account, arrays, account.function
        self.titles = unique(account.titles)
        self.order = [self.titles[op] for op in self.buffers.ops if op in self.titles]
        self.of_op: dict[Op, list[str]] = {}
        first = int(bool(self.buffers.ops) and self.buffers.ops[0].definition is memory.workspace)
        for op, end in zip(arrays.ops, self.buffers.memo.get(ENDS, ()), strict=False):
            made = [o for o in self.buffers.ops[first:end] if o in self.titles]
            self.of_op[op] = [self.titles[o] for o in made]
            first = end

    def steps(self) -> list[Step]:
        found, outermost = [], frozenset(self.buffers.ops)
        for op, title in self.titles.items():
            location = op.location or together(o.location for r in op.regions for o in r.walk())
            kind = op.name.rpartition(".")[2]
            moved, work = cost(op)
            code = self.account.codes.get(op, "")
            text, weights = self.account.step(op, op not in outermost), tuple(shares(op).items())
            found.append(Step(title, kind, text, location, moved, work, code, weights))
        return found

    def flows(self) -> Iterator[Flow]:
        """The arrays that go from argument to step, from step to step, from step to result."""
        function, why = self.arrays, reasons(self.arrays)
        ends: dict[Value, str] = {
            v: v.name or f"argument {i}" for i, v in enumerate(function.arguments)
        }
        for number, op in enumerate(function.ops):
            titles = self.of_op.get(op) or []
            for v in dict.fromkeys(op.operands):
                if v in ends and titles:
                    yield flow(ends[v], titles[0], v, why.get((v, number), ""))
            through = ends.get(op.operands[0], "") if op.operands else ""  # of a reshape
            ends.update(dict.fromkeys(op.results, titles[-1] if titles else through))
        for number, v in enumerate(function.results):
            if ends.get(v):
                yield flow(ends[v], f"result {number}", v, "")

    def memory(self) -> list[Buffer]:
        """The parts of the workspace: from the first step that names one to the last."""
        places: dict[Value, tuple[Value, int]] = {}
        found: dict[Value, list[int]] = {}
        makers: dict[Value, list[Op]] = {}
        step = 0
        for op in self.buffers.ops:
            if op.definition is memory.view:
                source = op.operands[0]
                root, offset = places.get(source, (op.result, 0))
                places[op.result] = root, offset + (op.attrs["offset"] if root is op.result else 0)
            if op in self.titles:
                for v in op.operands:
                    if v in places:
                        found.setdefault(places[v][0], []).append(step)
                        makers.setdefault(places[v][0], []).append(op)
                step += 1
        made = []
        for v, used in found.items():
            assert isinstance(v.type, MemRef)
            name, type = self.account.names.get(v, "temporary"), v.type.array
            location = makers[v][0].location
            made.append(
                Buffer(name, str(type), places[v][1], type.nbytes, min(used), max(used), location)
            )
        return made


def unique(titles: Mapping[Op, str]) -> dict[Op, str]:
    """The titles, with a number where several steps have the same."""
    seen: dict[str, int] = {}
    found = {}
    for op, title in titles.items():
        count = seen[title] = seen.get(title, 0) + 1
        found[op] = title if count == 1 else f"{title} {count}"
    return found


def flow(source: str, target: str, value: Value, reason: str) -> Flow:
    type = value.type
    nbytes = int(getattr(type, "nbytes", 0))
    return Flow(source, target, value.name or "", str(type), nbytes, reason)


def shares(op: Op) -> Counter[Location]:
    """The work of each place in a step: of the scalar ops of a kernel by their cost, of a loop by
    the steps in it.
    """
    found: Counter[Location] = Counter()
    if op.definition in control.OPS:
        often = int(op.attrs.get("extent") or 1)
        for part in (o for region in op.regions for o in region.ops if not o.results):
            found.update({place: often * n for place, n in shares(part).items()})
    kernels = op.regions[0].ops if op.definition is kernel.nest else [op]
    for one in kernels if op.definition in (kernel.nest, kernel.generic) else ():
        points = prod(one.attrs["domain"])
        for inner in one.regions[0].ops:
            for place in () if inner.location is None else inner.location.parts:
                found[place] += points * costs.of_op(inner)
    if not found and op.location is not None:
        moved, (simple, hard) = cost(op)
        found.update(dict.fromkeys(op.location.parts, moved + simple + costs.HARD * hard + 1))
    return found


def cost(op: Op) -> tuple[int, tuple[int, int]]:
    """The bytes that a step moves, and its simple and elementary operations; of a loop or branch,
    those of its regions, once for each iteration.
    """
    if op.definition in control.OPS:
        often = int(op.attrs.get("extent") or 1)
        parts = [cost(o) for region in op.regions for o in region.ops if not o.results]
        moved = often * sum(m for m, _ in parts)
        return moved, (often * sum(w[0] for _, w in parts), often * sum(w[1] for _, w in parts))
    points = prod(op.attrs["domain"]) if "domain" in op.attrs else 0
    if op.definition is kernel.contract:
        return traffic_of(op.operands, points), (2 * points, 0)
    if op.definition is kernel.generic:
        return traffic_of(op.operands, points), costs.of_kernels([op])
    if op.definition is kernel.nest:
        inner = op.regions[0].ops
        points = max(prod(o.attrs["domain"]) for o in inner)
        return traffic_of(op.operands, points), costs.of_kernels(inner)
    sizes = [v.type.array.nbytes for v in op.operands if isinstance(v.type, MemRef)]
    return sum(sizes), (0, 0)
