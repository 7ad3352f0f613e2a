"""Writes docs/dialects.md, a reference of every op of every dialect, and docs/passes.md, what each
pass does to a small program. All that they say is asked of the definitions, and computed.
"""

from __future__ import annotations

import ast
import functools
import inspect
import itertools
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import polyad
import polyad.numpy as pnp
from polyad import execution, lax, watching
from polyad.conformance import SAMPLES
from polyad.ir import Definition, Function, parse
from polyad.ir.printer import lined
from polyad.lowering.kernels.products_to_loops import products_to_loops
from polyad.lowering.pipeline import AMONG_KERNELS, PASSES, TO_KERNELS, lower
from polyad.ops import OpDefinition
from polyad.ops.types import BatchAxis
from polyad.passes import pipeline
from polyad.transforms.batching import batch
from polyad.transforms.jvp import jvp
from polyad.transforms.partial_eval import partial_eval
from polyad.transforms.transpose import transpose

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from dialect_programs import PROGRAMS  # noqa: E402

DIALECTS = {
    "array": "Ops on whole arrays: what a trace is made of. Derivatives and batches are of these.",
    "kernel": "Computations on whole arrays as scalar bodies over iteration domains.",
    "memory": "Buffers, and what is read from them and written to them.",
    "loop": "Loops over the points of a kernel, with scalar ops inside.",
    "control": "Branches and loops of a program on buffers.",
    "stack": "Growing sequences of arrays, which a `while` loop records.",
}

REFERENCE = re.compile(r"#(array|callback|function)<[^>]*>")
"""A reference to an object of this process, which has another number in the next one."""

# -- Ops


def dialects_page() -> str:
    """The text of docs/dialects.md."""
    execution.load_dialects()
    examples = examples_of_lowering()
    lines = [
        "# Dialects",
        "",
        "Every op of the IR: its operands, its attributes (behind `;`), what it means, a line of "
        "IR with it, and for ops on arrays how its derivative is stated and what compiled code "
        "makes of it, in the dtypes of the line. [Architecture](architecture.md) has the passes "
        "that lead from one dialect to the next; [passes](passes.md) shows each of them at work.",
        "",
        "Written by `docs/dialects.py`.",
    ]
    for dialect, about in DIALECTS.items():
        lines += ["", f"## {dialect}", "", about]
        for definition in definitions(dialect):
            lines += ["", *entry(definition, examples)]
    return "\n".join(lines) + "\n"


def definitions(dialect: str) -> list[Definition]:
    """The ops of a dialect by name; those that tests or users have defined are left out."""
    found = []
    for name, definition in Definition.registry.items():
        own = name.partition(".")[0] if "." in name else "array"
        external = getattr(definition, "external", False)
        if own == dialect and not external and is_polyads(definition):
            found.append(definition)
    return sorted(found, key=lambda d: d.name)


def is_polyads(definition: Definition) -> bool:
    """Whether polyad defines the op, and no test or user."""
    return definition.type_rule.__module__.startswith("polyad.")


def entry(definition: Definition, examples: dict[str, str]) -> list[str]:
    """The lines of one op."""
    lines = [f"### {definition.name}", "", f"`{signature(definition)}` {meaning(definition)}"]
    sample = SAMPLES_BY_OP.get(definition.name)
    facts = []
    if isinstance(definition, OpDefinition):
        function = None if sample is None else traced(sample)
        line = None if function is None else first_line(function, definition.name)
        facts.append(derivative(definition))
        if function is not None:
            facts.append(native(function, definition.name))
    else:
        line = examples.get(definition.name)
    if line:
        lines += ["", "```", line, "```"]
    facts = [fact for fact in facts if fact]
    return [*lines, "", *[f"- {fact}" for fact in facts]] if facts else lines


def signature(definition: Definition) -> str:
    """Operands, then attributes."""
    parameters = inspect.signature(definition.type_rule).parameters.values()
    operands, attributes = [], []
    for p in parameters:
        if p.kind is p.VAR_POSITIONAL:
            operands += names_of(definition) if p.name == "types" else [f"{p.name}…"]
        elif p.kind is p.KEYWORD_ONLY:
            attributes += [p.name] if p.name != "regions" else []
        elif p.kind is not p.VAR_KEYWORD:
            operands.append(p.name)
    behind = f"; {', '.join(attributes)}" if attributes else ""
    regions = "; regions" if any(p.name == "regions" for p in parameters) else ""
    return f"{definition.name}({', '.join(operands)}{behind}{regions})"


def names_of(definition: Definition) -> list[str]:
    """The operands of an element-wise op, as many as its sample has."""
    sample = SAMPLES_BY_OP.get(definition.name)
    return ["…"] if sample is None else ["x", "y", "z", "u", "v", "w"][: sample.arity]


@functools.cache
def told() -> dict[str, str]:
    """The descriptions of ops in the sources, by name: the string below the definition."""
    found = {}
    for path in sorted((HERE.parent / "polyad" / "ops").glob("*.py")):
        body = ast.parse(path.read_text("utf-8")).body
        for one, two in itertools.pairwise(body):
            if isinstance(one, ast.Assign) and isinstance(one.value, ast.Call) and one.value.args:
                name, text = one.value.args[0], getattr(two, "value", None)
                if isinstance(name, ast.Constant) and isinstance(text, ast.Constant):
                    found[str(name.value)] = inspect.cleandoc(str(text.value))
    return found


def meaning(definition: Definition) -> str:
    """The first paragraph on the op, or on the public function that has its name."""
    text = told().get(definition.name) or inspect.getdoc(definition.type_rule) or ""
    if not text:
        places = (pnp, polyad.special, lax, pnp.linalg, pnp.fft)
        functions = [getattr(place, definition.name, None) for place in places]
        text = next((inspect.getdoc(f) or "" for f in functions if callable(f)), text)
    return " ".join(re.split(r"\n\s*\n", text)[0].split())


def derivative(definition: OpDefinition) -> str:
    """How the derivative is stated."""
    if definition.jvp is not None:
        return "derivative: a forward rule, transposed for reverse mode"
    if definition.region_rules is not None:
        return "derivative: rules of its own, for its regions"
    if definition.partials is not None:
        known = [i for i, rule in enumerate(definition.partials) if rule is not None]
        if len(known) == len(definition.partials):
            return "derivative: a partial derivative for each operand"
        return f"derivative: partial derivatives by operands {', '.join(map(str, known))}"
    if definition.linear:
        return f"derivative: linear in {linear_words(definition.linear)}, with transposes"
    return "derivative: none, or zero everywhere"


def linear_words(groups: Sequence[Any]) -> str:
    """The operands in which an op is linear, in words."""
    known = [sorted(i for i in range(8) if i in group) for group in groups]
    if any(len(group) == 8 for group in known):
        return "all operands"
    return "; ".join(
        ("operand " if len(g) == 1 else "operands ") + " and ".join(map(str, g)) for g in known
    ) + (", each by itself" if len(known) > 1 else "")


SAMPLES_BY_OP = {sample.op: sample for sample in reversed(SAMPLES)}


def traced(sample: Any) -> Function | None:
    """The IR of a sample."""
    arrays = sample.arrays(sample.dtypes[0])
    with watching.watched() as watch:
        function = polyad.make_ir(lambda *xs: sample.run(*xs))(*arrays)
    candidates = [function, *(f for _, f in watch.seen)]  # a collective stands inside a vmap only
    return next((f for f in candidates if any(op.name == sample.op for op in f.walk())), None)


def first_line(function: Function, name: str) -> str | None:
    """The line of the first op of a name."""
    for line in lined(function):
        if line.op is not None and line.op.name == name:
            return shown(line.text)
    return None


def shown(line: str) -> str:
    """A line of IR by itself: without the beginning of a region, and numbers of this process."""
    return REFERENCE.sub(r"#\1<0>", re.sub(r" \($", "", line.strip()))


def native(function: Function, name: str) -> str:
    """The form of the op in compiled code."""
    if getattr(Definition.registry[name], "over_axis", None) is not None:
        return "native: nothing is left of it, for `vmap` resolves it"
    stages = lower(function, TO_KERNELS)
    after = {op.name for op in stages["legalized"].walk()}
    kinds = stages["kernel"].ops
    hosts = [op.attrs["reason"] for op in kinds if op.name == "kernel.host"]
    expanded = name not in after
    if hosts:
        return f"native: no, Python computes it, because {hosts[0]}"
    if any(op.name == "kernel.routine" for op in kinds):
        found = "a routine"
    elif any(op.name == "kernel.contract" for op in kinds):
        found = "a product"
    elif any(op.name in ("scan", "while", "cond") for op in kinds):
        found = "a loop or branch"
    elif any(op.name.startswith("kernel.") for op in kinds):
        found = "a kernel"
    else:
        found = "nothing to do"
    simpler = ", ".join(sorted(after - {name, "full"}))
    return f"native: {found}" + (f", as {simpler}" if expanded and simpler else "")


def examples_of_lowering() -> dict[str, str]:
    """A line of IR for each op of the compiler's dialects that the programs below come to."""
    found: dict[str, str] = {}
    for f, args in PROGRAMS.values():
        for stage in lower(polyad.jit(f).lower(*args).ir).values():
            for line in lined(stage):
                name = "" if line.op is None else line.op.name
                if "." in name and line.text.strip() != ")":
                    text = shown(line.text)
                    if name not in found or len(text) < len(found[name]):
                        found[name] = text
    return found


# -- Passes

LITERALS = """function @f(%x: f64[]) -> (f64[]) {
  %1 = full {dtype = f64, shape = (), value = 2.0} : f64[]
  %2 = full {dtype = f64, shape = (), value = 3.0} : f64[]
  %3 = multiply %1, %2 : f64[]
  %4 = multiply %3, %x : f64[]
  return %4
}"""


def passes_page() -> str:
    """The text of docs/passes.md."""
    execution.load_dialects()
    lines = [
        "# Passes",
        "",
        "Each pass, and what it makes of the smallest of a few programs that it changes. "
        "`python -m polyad opt --pass NAME` runs one on the text of a function; "
        "`jit(f).lower(*args).explore()` shows all of them for a function of yours.",
        "",
        "Written by `docs/dialects.py`.",
        "",
        "## Derivatives and batches",
    ]
    for name, about, before, after in transformations():
        lines += section(name, about, before, after)
    lines += ["", "## Simplification"]
    for name, step in pipeline.PASSES.items():
        candidates = [parse(LITERALS), *(f for p in PROGRAMS for f in simplified(p))]
        lines += section(name, about_pass(step), *smallest(step, candidates))
    lines += ["", "## Lowering"]
    stages = {name: lower(polyad.jit(f).lower(*a).ir) for name, (f, a) in PROGRAMS.items()}
    names = ["array", *(name for name, _ in PASSES)]
    for before, (name, step) in zip(names, PASSES, strict=False):
        candidates = [found[before] for found in stages.values()]
        lines += section(name, about_pass(step), *smallest(step, candidates))
    last = AMONG_KERNELS[-1][0]
    candidates = [found[last] for found in stages.values()]
    about = about_pass(products_to_loops)
    lines += section("products", about, *smallest(products_to_loops, candidates))
    return "\n".join(lines) + "\n"


def simplified(name: str) -> Iterable[Function]:
    """The functions that simplification meets on its way, of one program."""
    f, args = PROGRAMS[name]
    function = polyad.jit(f).trace(*args).ir
    yield function
    for step in pipeline.OPTIMIZE:
        function = pipeline.PASSES[step](function)
        yield function


def smallest(
    step: Callable[[Function], Function], candidates: Iterable[Function]
) -> tuple[Function, Function]:
    """The smallest of the functions that a pass changes, and what it makes of it."""
    plain = [f for f in candidates if not REFERENCE.search(str(f))]
    pairs = [(f, step(parse(str(f)))) for f in plain]
    changed = [(f, g) for f, g in pairs if f != g]
    assert changed, f"no program shows what {step} does"
    return min(changed, key=lambda pair: len(str(pair[0])) + len(str(pair[1])))


def about_pass(step: Any) -> str:
    """The description of a pass by itself: its module, or its docstring."""
    step = getattr(step, "func", step)
    module = inspect.getmodule(step)
    text = (inspect.getdoc(module) or "") if module is not None else ""
    if step.__name__ not in (module.__name__.rpartition(".")[2] if module else ""):
        text = inspect.getdoc(step) or text
    return " ".join(re.split(r"\n\s*\n", text)[0].split())


def transformations() -> Iterable[tuple[str, str, Function, Function]]:
    """The four transformations, at work on one function."""
    f = polyad.make_ir(lambda x: pnp.sum(pnp.sin(x) * x))(np.ones(3))
    pushed = pipeline.simplify(jvp(f, (True,)).function)
    yield "jvp", "values and tangents, in one function", f, pushed
    split = partial_eval(pushed, (True, False))
    yield "partial_eval, known", "what needs no tangent, and the residuals", pushed, split.known
    yield "partial_eval, linear", "tangents from residuals", pushed, split.unknown
    tangent = split.unknown
    turned = transpose(tangent, 1)
    yield "transpose", "cotangents of the arguments from those of the results", tangent, turned
    yield (
        "batch",
        "one function over a batch, in place of a loop",
        f,
        batch(f, (True,), BatchAxis(5)).function,
    )


def section(name: str, about: str, before: Function, after: Function) -> list[str]:
    """The lines on one pass."""
    return ["", f"### {name}", "", about, "", "```", str(before), "```", "", "becomes", "",
            "```", str(after), "```"]  # fmt: skip


if __name__ == "__main__":
    (HERE / "dialects.md").write_text(dialects_page(), "utf-8")
    (HERE / "passes.md").write_text(passes_page(), "utf-8")
