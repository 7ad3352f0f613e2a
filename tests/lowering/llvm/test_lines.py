"""The user's lines in LLVM IR and assembly: they are there, and change no code."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad.ir import Location
from polyad.lowering.linking.engine import assembly, llvm_ir
from polyad.lowering.llvm.lines import of_assembly, of_llvm
from polyad.lowering.programs.build import grouped, module_of

from ..located_programs import PROGRAMS


def line_of(f: Callable[..., Any], text: str) -> int:
    source, first = inspect.getsourcelines(f)
    (found,) = [first + i for i, line in enumerate(source) if text in line]
    return found


def bare(line: str) -> str:
    """A line of LLVM IR without the numbers of metadata."""
    return re.sub(r"(, )?!(\w+ !)?\d+", "", line).rstrip()


def instructions(text: str) -> list[str]:
    return [line for line in text.split("\n") if re.match(r"\t[a-z]", line)]


@pytest.mark.parametrize("name", ["perceptron", "normalized", "scanned", "moved"])
def test_lines_change_no_code(name: str) -> None:
    f, args = PROGRAMS[name]
    code = polyad.jit(polyad.value_and_grad(f)).lower(*args)._compiled
    for group in grouped(code.plan[1]):
        known: dict[Location, int] = {}
        plain, marked = (str(module_of(group, code.settings, k)) for k in (None, known))
        shown, numbers = of_assembly(assembly(marked))
        assert instructions(shown) == instructions(assembly(plain))
        assert len(numbers) == len(shown.split("\n")) and known
        assert {n for n in numbers if n} <= set(known.values())
        for text, written in ((llvm_ir(marked), llvm_ir(plain)), (marked, plain)):
            shown, numbers = of_llvm(text)
            assert "!dbg" not in shown and "!DI" not in shown
            strip = lambda ir: [bare(x) for x in ir.split("\n") if x[:2] == "  "]
            assert strip(shown) == strip(written)
            assert any(numbers)


def test_instructions_have_the_line_of_their_op() -> None:
    def f(x: Any) -> Any:
        y = pnp.sqrt(x)
        return y / 3.5

    code = polyad.jit(f).lower(np.ones(1000))._compiled.exploration()
    for title, root in (("llvm optimised", "sqrt"), ("assembly", "sqrtpd")):
        lines = code.texts[title].split("\n")
        marks = dict(zip(lines, code.marks[title], strict=True))
        found = {n for line, n in marks.items() if re.search(rf"{root}\b", line) and n}
        lined = {p.line for n in found for p in code.places[n - 1].parts}
        assert line_of(f, "pnp.sqrt") in lined and line_of(f, "3.5") not in lined
