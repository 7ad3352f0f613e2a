"""The account itself: a summary, and a paragraph on each step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from math import prod
from textwrap import indent

from polyad.ir import ArrayType, Function, Op, Type, Value
from polyad.ops.views import loop_of

from ..dialects import control, kernel, memory
from ..dialects.kernel import code_key
from ..dialects.memory import MemRef, type_of
from ..emission.reasons import reason_for_sizes
from ..items.chunks import item_chunks
from ..kernels.products import size, spans
from .kernels import block_bytes, by_index, cost_of, pieces_of, reduced_of, traffic_of, work_of
from .loops import chunks_of, loops_of_arrays, loops_of_buffers
from .names import Names
from .words import amount, count, listed, listing


def explain(stages: dict[str, Function], vectors: Mapping[str, str] | None = None) -> str:
    """An account of a lowered function, from the stages that `lower` gives. `vectors` are the
    widths of the vectors in the machine code of each kernel, if known.
    """
    account = Account(
        stages["array"], stages["moves_folded"], stages["buffers"], dict(vectors or {})
    )
    account.chunks = chunks_of(stages["parallel"])
    return "\n".join([account.summary(), *account.paragraphs(account.function, 0)])


class Account:
    """The steps of a function on buffers, with titles, and the names of its buffers."""

    def __init__(
        self, array: Function, kernels: Function, function: Function, vectors: dict[str, str]
    ) -> None:
        self.array, self.function, self.vectors = array, function, vectors
        self.sources = dict(zip(loops_of_buffers(function), loops_of_arrays(kernels), strict=True))
        self.chunks: dict[str, list[int]] = {}  # of the parallel loops of each kernel
        named = Names(function, len(array.arguments))
        self.names, self.titles, self.roots = named.names, named.titles, named.roots
        self.temporaries, self.workspace = named.temporaries, named.workspace
        first: dict[Hashable, str] = {}
        self.codes = {  # of each kernel, the first one that has the same machine code
            op: first.setdefault(code_key(op, op.operands), title)
            for op, title in self.titles.items()
            if op.definition not in (kernel.routine, kernel.host, memory.copy, *control.OPS)
        }

    def summary(self) -> str:
        kinds = Counter(op.definition for op in self.titles)
        loops = sum(kinds[d] for d in control.OPS)
        others = sum(kinds[d] for d in (kernel.contract, kernel.host, memory.copy)) + loops
        lines = [
            f"@{self.array.name}: {sum(1 for _ in self.array.walk())} array ops became "
            f"{count(len(self.titles) - others, 'kernel')}, "
            f"{count(kinds[kernel.contract], 'product')}, "
            f"{count(kinds[kernel.host], 'host call')}"
        ]
        if loops:
            lines[0] += f", {count(loops, 'loop or branch', 'loops and branches')}"
        if kinds[memory.copy]:
            lines[0] += f", {count(kinds[memory.copy], 'copy', 'copies')}"
        if self.workspace:
            lines.append(f"temporaries share a workspace of {amount(self.workspace, 'B')}")
        return "; ".join(lines) + "."

    def paragraphs(self, function: Function, depth: int, looped: bool = False) -> list[str]:
        """A paragraph on each step; steps of a region are indented. `looped`: in a loop."""
        parts = []
        for op in function.ops:
            if op not in self.titles:
                continue
            parts.append("\n" + indent(self.step(op, looped), "    " * depth))
            for i, region in enumerate(op.regions if op.definition in control.OPS else ()):
                if op.definition is not control.for_:
                    what = f"region {i}"
                    if op.definition is control.while_:
                        what = ("condition", "body")[i]
                    parts.append("\n" + indent(f"{what}:", "    " * depth + "  "))
                parts += self.paragraphs(
                    region, depth + 1, looped or op.definition is not control.switch
                )
        return parts

    def step(self, op: Op, inside: bool) -> str:
        """A paragraph on one step, which may be inside a loop."""
        rule = {
            kernel.generic: self.generic,
            kernel.nest: self.nest,
            kernel.contract: self.contract,
            kernel.routine: self.routine,
            kernel.host: self.host,
            memory.copy: self.copy,
            control.for_: self.loop,
            control.while_: self.loop,
            control.switch: self.branch,
        }
        lines = rule.get(op.definition, self.axis)(op)
        for chunks in self.chunks.get(self.titles[op], ()):
            lines.append(f"in {chunks} chunks, by all threads")
        if self.codes.get(op, self.titles[op]) != self.titles[op]:
            lines.append(f"runs the machine code of {self.codes[op]}")
        reason = reason_for_sizes(op, inside and op in self.codes)
        if reason is not None:
            lines.append(f"compiled for its sizes: {reason}")
        line = f"    at {op.location.describe()}" if op.location is not None else None
        return "\n".join(
            [
                f"{self.titles[op]}: {lines[0]}",
                *(f"    {line}" for line in lines[1:]),
                *([line] if line else []),
            ]
        )

    def loop(self, op: Op) -> list[str]:
        """The number of iterations of a loop, its carry and its recordings."""
        source = loop_of(self.sources[op])
        assert source is not None
        (carry, ys), extent = source.results, op.attrs.get("extent")
        often = (
            "while its condition holds"
            if op.definition is control.while_
            else (
                f"{extent} iterations"
                if extent is not None
                else "as often as its stacks have elements"
            )
        )
        if op.attrs.get("reverse"):
            often += ", from the last to the first"
        lines = [often, f"carries {listed(v.type for v in carry)}"]
        if ys:
            each = source.split_results(source.body.result_types).ys
            lines.append(f"records {listed(v.type for v in ys)}, {recorded(each, extent)}")
        hosts = sum(o.definition is kernel.host for r in op.regions for o in r.walk())
        if hosts:
            lines.append(f"asks Python in every iteration: {count(hosts, 'host call')}")
        return lines

    def branch(self, op: Op) -> list[str]:
        return [
            f"one of {count(len(op.regions), 'region')}, by an index",
            f"gives {listed(v.type for v in self.sources[op].results)}",
        ]

    def generic(self, op: Op) -> list[str]:
        domain = op.attrs["domain"]
        inputs = len(op.operands) - len(op.attrs["combine"])
        cost = cost_of([op], traffic_of(op.operands, prod(domain)))
        head = f"{work_of(op)}; over {domain}{reduced_of(op)}"
        return [head, self.flow(op, inputs), *pieces_of(op), *self.width(op), cost]

    def nest(self, op: Op) -> list[str]:
        """The loops over rows and after them, and the values that they hand on to each other."""
        (body,), outer, block = op.regions, op.attrs["outer"], op.attrs["block"]
        rows = body.ops[0].attrs["domain"][:outer]
        behind = kernel.behind_rows(body, outer)
        names = dict(zip(body.arguments, map(self.describe, op.operands), strict=False))
        outputs = op.operands[len(body.arguments) :]
        names |= dict(zip(body.results, map(self.describe, outputs), strict=True))
        often = f"{prod(rows)} rows" + (f", {min(block, rows[-1])} at a time" if block > 1 else "")
        inside = len(body.ops) - len(behind)
        lines = [f"{count(inside, 'loop')} in one over {often}"]
        if not outer:
            lines = [f"{count(len(body.ops), 'loop')}, one after the other"]
        for number, inner in enumerate(body.ops):
            lines.append(f"{number + 1}. {self.in_nest(inner, names, inner in behind, outer)}")
        points = max(prod(inner.attrs["domain"]) for inner in body.ops)
        cost = cost_of(body.ops, traffic_of(op.operands, points))
        kept = [f"keeps {amount(block_bytes(op), 'B')} of rows on the stack"] if outer else []
        return [*lines, self.flow(op, len(body.arguments)), *kept, *self.width(op), cost]

    def in_nest(self, inner: Op, names: dict[Value, str], behind: bool, outer: int) -> str:
        """One loop of a nest; adds the names of its results to `names`."""
        skipped = 0 if behind else outer
        totals = set(inner.results if behind else kernel.carried_of(inner))
        for v in inner.results:
            if v not in names:
                kind = "total" if v in totals else "row"
                shape = type_of(v).shape[0 if v in totals else outer :]
                number = sum(name.startswith(f"{kind} ") for name in names.values())
                names[v] = f"{kind} {number} {type_of(v).with_shape(shape)}"
        read = listing(names[v] + suffix for v, suffix in by_index(inner))
        made = ", ".join(names[v] for v in inner.results)
        return (
            f"{'then ' if behind and outer else ''}{work_of(inner)}; over "
            f"{inner.attrs['domain'][skipped:]}{reduced_of(inner)}; from {read} makes {made}"
        )

    def width(self, op: Op) -> list[str]:
        """The width of the vectors in the machine code of a kernel, if known."""
        found = self.vectors.get(self.codes[op])
        return [f"vectors: {found}"] if found else []

    def contract(self, op: Op) -> list[str]:
        domain, counts = op.attrs["domain"], op.attrs["counts"]
        batch, rows, columns, inner = (size(domain, span) for span in spans(counts))
        dtype = type_of(op.operands[0]).dtype
        head = f"product in {dtype}, {rows} x {inner} by {inner} x {columns}"
        head += f", {batch} times" if batch > 1 else ""
        head += " by BLAS" if dtype.is_complex else ""
        cost = (
            f"moves {amount(traffic_of(op.operands, prod(domain)), 'B')}, "
            f"{amount(2 * prod(domain), 'flop')}"
        )
        return [head, self.flow(op, 2), cost]

    def axis(self, op: Op) -> list[str]:
        details = ", ".join(f"{name} {value}" for name, value in op.attributes)
        along = " along one axis" if "axis" in op.attrs else ""
        return [
            f"{op.name.removeprefix('kernel.')}{along} ({details})",
            self.flow(op, len(op.operands) - 1),
        ]

    def host(self, op: Op) -> list[str]:
        inputs = len(op.regions[0].arguments)
        return [
            f"{op.regions[0].name} by the NumPy backend, because {op.attrs['reason']}",
            self.flow(op, inputs),
        ]

    def routine(self, op: Op) -> list[str]:
        inputs, (chunks, _) = len(op.regions[0].arguments), item_chunks(op)
        return [
            f"{op.regions[0].name} of {op.regions[0].argument_types[0]} by a routine of its own",
            self.flow(op, inputs, len(op.operands) - 1),
            *([f"in {chunks} chunks, by all threads"] if chunks > 1 else []),
        ]

    def copy(self, op: Op) -> list[str]:
        if self.sources:
            what = "what a loop starts from or carries on, or a value that has two places"
        else:
            what = "a result that is an argument, or another result"
        return [what, self.flow(op, 1)]

    def flow(self, op: Op, inputs: int, stop: int | None = None) -> str:
        """The buffers that are read and written; for a temporary, also its readers."""
        ways = by_index(op) if op.definition is kernel.generic else [(v, "") for v in op.operands]
        read = listing(self.describe(v) + suffix for v, suffix in ways[:inputs])
        outputs = dict.fromkeys(op.operands[inputs:stop])
        made = ", ".join(self.describe(v) + self.readers(v, op) for v in outputs)
        made = made or "nothing"
        return f"reads {read}; writes {made}"

    def describe(self, value: Value) -> str:
        assert isinstance(value.type, MemRef)
        return f"{self.names[value]} {value.type.array}"

    def readers(self, value: Value, maker: Op) -> str:
        value = self.roots.get(value, value)
        if value not in self.temporaries:
            return ""
        users = [
            title
            for op, title in self.titles.items()
            if op is not maker and any(self.roots.get(v, v) is value for v in op.operands)
        ]
        return f" (for {', '.join(dict.fromkeys(users))})" if users else ""


def recorded(types: Sequence[Type], extent: int | None) -> str:
    """The bytes that a loop of `extent` iterations records, of `types` in each."""
    each = sum(t.nbytes for t in types if isinstance(t, ArrayType))
    if extent is None:
        return f"{amount(each, 'B')} an iteration"
    return f"{amount(each * extent, 'B')} in all"
