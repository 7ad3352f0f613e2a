"""What the compiler did, told kernel by kernel: what was fused, what it costs, what Python still
does.
"""

from __future__ import annotations

from collections import Counter
from math import prod

from polyad.ir import Function, Op, Value

from .dialects import kernel, memory
from .dialects.memory import MemRef, type_of
from .passes.array_to_kernel import spans
from .passes.contractions import size
from .table import EXPENSIVE

# Ops of a scalar body that are no arithmetic.
FREE = frozenset({"full", "where", "astype", "kernel.index", "real", "imag", "conj", "complex"})


def explain(stages: dict[str, Function]) -> str:
    """An account of a lowered function, from the stages that `lower` gives."""
    account = Account(stages["array"], stages["buffers"])
    parts = [account.step(i, op) for i, op in enumerate(account.steps)]
    return "\n".join([account.summary(), *parts])


class Account:
    """The steps of a function on buffers, and what its buffers are called."""

    def __init__(self, array: Function, function: Function) -> None:
        self.array, self.function = array, function
        self.steps = [op for op in function.ops if not op.results]
        self.names: dict[Value, str] = {}
        self.temporaries: set[Value] = set()
        self.titles: list[str] = []
        inputs = len(array.arguments)
        for i, v in enumerate(function.arguments):
            self.names[v] = v.name or f"argument {i}" if i < inputs else f"result {i - inputs}"
        self.workspace = 0
        for op in function.ops:
            if op.definition is memory.workspace:
                self.workspace = op.attrs["bytes"]
            elif op.definition is memory.view and op.operands[0] in self.names:
                self.names[op.result] = self.names[op.operands[0]]
            elif op.definition is memory.view:
                self.names[op.result] = f"temporary {len(self.temporaries)}"
                self.temporaries.add(op.result)
        self._title_steps()

    def _title_steps(self) -> None:
        """The same names as in the `loop` stage, where a step has one."""
        count = 0
        for op in self.steps:
            if op.definition in (kernel.host, memory.copy):
                self.titles.append("host call" if op.definition is kernel.host else "copy")
            else:
                self.titles.append(
                    f"{op.name.removeprefix('kernel.').replace('generic', 'kernel')}_{count}"
                )
                count += 1

    def summary(self) -> str:
        kinds = Counter(op.definition for op in self.steps)
        others = sum(kinds[d] for d in (kernel.contract, kernel.host, memory.copy))
        lines = [
            f"@{self.array.name}: {len(self.array.ops)} array ops became "
            f"{count(len(self.steps) - others, 'kernel')}, "
            f"{count(kinds[kernel.contract], 'BLAS call')}, "
            f"{count(kinds[kernel.host], 'host call')}"
        ]
        if kinds[memory.copy]:
            lines[0] += f", {count(kinds[memory.copy], 'copy', 'copies')}"
        if self.workspace:
            lines.append(f"temporaries share a workspace of {amount(self.workspace, 'B')}")
        return "; ".join(lines) + "."

    def step(self, number: int, op: Op) -> str:
        """A paragraph on one step."""
        rule = {
            kernel.generic: self.generic,
            kernel.contract: self.contract,
            kernel.host: self.host,
            memory.copy: self.copy,
        }
        lines = rule.get(op.definition, self.axis)(op)
        place = f"    at {op.location.describe()}" if op.location is not None else None
        return "\n".join(
            [
                "",
                f"{self.titles[number]}: {lines[0]}",
                *(f"    {line}" for line in lines[1:]),
                *([place] if place else []),
            ]
        )

    def generic(self, op: Op) -> list[str]:
        attrs = op.attrs
        domain, combine = attrs["domain"], attrs["combine"]
        names = Counter(inner.name for inner in op.regions[0].ops if inner.name not in FREE)
        reductions = [kind for kind in combine if kind != "store"]
        fused = (
            ", ".join([*(n if k == 1 else f"{n} x{k}" for n, k in names.items()), *reductions])
            or "moves elements only"
        )
        reduced = [f"d{i}" for i, kind in enumerate(attrs["iterators"]) if kind == "reduction"]
        head = f"{fused}; over {domain}" + (f", reducing {', '.join(reduced)}" if reduced else "")
        points = prod(domain)
        hard = sum(k for n, k in names.items() if n in EXPENSIVE)
        work = points * (sum(names.values()) - hard + len(reductions))
        cost = f"moves {amount(self.traffic(op), 'B')}, {amount(work, 'flop')}"
        if hard:
            cost += f", {amount(points * hard, 'elementary functions, divisions and roots')}"
        return [head, self.flow(op, len(op.operands) - len(combine)), cost]

    def contract(self, op: Op) -> list[str]:
        domain, counts = op.attrs["domain"], op.attrs["counts"]
        batch, rows, columns, inner = (size(domain, span) for span in spans(counts))
        letter = {"float32": "s", "float64": "d", "complex64": "c", "complex128": "z"}[
            type_of(op.operands[0]).dtype.name
        ]
        routine = letter + ("gemv" if 1 in (rows, columns) else "gemm")
        head = f"BLAS {routine}, {rows} x {inner} by {inner} x {columns}" + (
            f", {batch} times" if batch > 1 else ""
        )
        cost = f"moves {amount(self.traffic(op), 'B')}, {amount(2 * prod(domain), 'flop')}"
        return [head, self.flow(op, 2), cost]

    def axis(self, op: Op) -> list[str]:
        details = ", ".join(f"{name} {value}" for name, value in op.attributes)
        return [
            f"{op.name.removeprefix('kernel.')} along one axis ({details})",
            self.flow(op, len(op.operands) - 1),
        ]

    def host(self, op: Op) -> list[str]:
        inputs = len(op.regions[0].arguments)
        return [
            f"{op.regions[0].name} by the NumPy backend, because {op.attrs['reason']}",
            self.flow(op, inputs),
        ]

    def copy(self, op: Op) -> list[str]:
        return ["a result that is an argument, or another result", self.flow(op, 1)]

    def flow(self, op: Op, inputs: int) -> str:
        """Which buffers are read and which written; of a temporary, by whom it is read."""
        read = ", ".join(dict.fromkeys(self.describe(v) for v in op.operands[:inputs])) or "nothing"
        made = ", ".join(self.describe(v) + self.readers(v, op) for v in op.operands[inputs:])
        return f"reads {read}; writes {made}"

    def describe(self, value: Value) -> str:
        assert isinstance(value.type, MemRef)
        return f"{self.names[value]} {value.type.array}"

    def readers(self, value: Value, maker: Op) -> str:
        if value not in self.temporaries:
            return ""
        users = [
            t
            for t, op in zip(self.titles, self.steps, strict=True)
            if op is not maker and value in op.operands
        ]
        return f" (for {', '.join(dict.fromkeys(users))})" if users else ""

    def traffic(self, op: Op) -> int:
        """Bytes read and written, each element counted once."""
        points = prod(op.attrs["domain"])
        buffers = {v: v.type.array for v in op.operands if isinstance(v.type, MemRef)}
        return sum(min(a.nbytes, points * a.dtype.itemsize) for a in buffers.values())


def count(number: int, noun: str, plural: str | None = None) -> str:
    """`1 kernel`, `2 kernels`, `no kernels`."""
    return f"{number or 'no'} {noun if number == 1 else plural or noun + 's'}"


def amount(number: int, unit: str) -> str:
    """A number with an SI prefix where it is large."""
    for prefix, scale in (("G", 10**9), ("M", 10**6), ("k", 10**3)):
        if number >= scale:
            text = f"{number / scale:.3g}"
            return f"{text} {prefix}{unit}" if len(unit) <= 4 else f"{text}{prefix} {unit}"
    return f"{number} {unit}"
