"""Failing programs made small: lines are taken out as long as the fault stays."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .program import NAME, Block, Line, Program

Fails = Callable[[Program], bool]
SECONDS = 60.0  # of processor time for one program


def minimized(program: Program, fails: Fails, seconds: float = SECONDS) -> Program:
    """The smallest program for which `fails` is true that is found in so much processor time."""
    until = time.process_time() + seconds
    smaller = True
    while smaller:
        smaller = False
        for candidate in candidates(program):
            if time.process_time() > until:
                return program
            if size(candidate) < size(program) and _still(fails, candidate):
                program, smaller = candidate, True
                break
    return program


def size(program: Program) -> tuple[int, int]:
    """Lines and characters; numbers count by their digits."""
    text = program.source()
    return text.count("\n"), len(text)


def _still(fails: Fails, candidate: Program) -> bool:
    try:
        return fails(candidate)
    except Exception:  # the candidate is no program
        return False


def candidates(program: Program) -> Iterator[Program]:
    """Smaller programs, the smallest first."""
    names = NAME.findall(program.block.result)
    if len(names) > 1:
        for name in names:
            yield _with(program, _replaced(program.block, result=f"{name},"))
    yield from cut_at(program)
    for block in without_a_line(program.block):
        yield _with(program, block)
    yield from with_plain_inputs(program)


def _replaced(block: Block, **parts: Any) -> Block:
    found = {k: getattr(block, k) for k in ("name", "arguments", "lines", "result")}
    return Block(**{**found, **parts})


def _with(program: Program, block: Block) -> Program:
    """The program with another function, and without arguments that it does not read."""
    pruned = block.pruned()
    read = pruned.reads() | set().union(*(line.reads() for line in pruned.lines), set())
    read |= set(NAME.findall(pruned.result))
    kept = tuple(x for x in pruned.arguments if x in read) or pruned.arguments[:1]
    inputs = {x: program.inputs[x] for x in kept}
    return Program(_replaced(pruned, arguments=kept), inputs, program.seed)


def cut_at(program: Program) -> Iterator[Program]:
    """The program with the value of a line as an argument, in the place of the line."""
    lines = program.block.lines
    for i in reversed(range(len(lines))):
        head = _replaced(program.block, lines=lines[: i + 1], result=f"{lines[i].target},")
        try:
            value = np.asarray(Program(head, program.inputs).function()(*program.arguments())[0])
        except Exception:
            continue
        if value.dtype.kind in "fciub":
            rest = (*lines[:i], *lines[i + 1 :])
            arguments = (*program.block.arguments, lines[i].target)
            block = _replaced(program.block, lines=rest, arguments=arguments)
            inputs = {**program.inputs, lines[i].target: value}
            yield _with(Program(block, inputs, program.seed), block)


def without_a_line(block: Block) -> Iterator[Block]:
    """The function with one line less, here or inside: what read it reads an operand of its."""
    for i, line in reversed(list(enumerate(block.lines))):
        rest = (*block.lines[:i], *block.lines[i + 1 :])
        operands = [*NAME.findall(line.text), *block.arguments]
        for other in dict.fromkeys(n for n in operands if n[0] != "b" and n != line.target):
            yield _replaced(block, lines=rest).renamed({line.target: other})
        for simpler in _simpler(line):
            yield _replaced(block, lines=(*block.lines[:i], simpler, *block.lines[i + 1 :]))


def _simpler(line: Line) -> Iterator[Line]:
    """The line with a smaller function inside, or with fewer statements."""
    for k, inner in enumerate(line.blocks):
        for smaller in without_a_line(inner):
            blocks = (*line.blocks[:k], smaller.pruned(), *line.blocks[k + 1 :])
            yield Line(line.target, line.text, line.rule, blocks)
    statements = line.text.split("\n")
    if len(statements) > 1 and not line.blocks:
        for k in range(len(statements)):
            text = "\n".join(statements[:k] + statements[k + 1 :])
            yield Line(line.target, text, line.rule, line.blocks)


def with_plain_inputs(program: Program) -> Iterator[Program]:
    """The program with rounder numbers, and with fewer of them."""
    for name, x in program.inputs.items():
        shorter = [x[:1]] if x.ndim and len(x) > 1 else []
        rounder = [np.round(x, 1)] if x.dtype.kind in "fc" else []
        for y in (*shorter, *rounder, np.zeros_like(x)):
            if y.shape != x.shape or y.tobytes() != x.tobytes():
                yield Program(program.block, {**program.inputs, name: y}, program.seed)
