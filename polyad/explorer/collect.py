"""All that the page shows, as a tree of lists and dicts."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .. import version
from ..execution import Exploration, Flow
from ..ir import Function
from ..ir.printer import lined
from .layout import HEIGHT, WIDTH, places
from .machine_code import owners
from .sources import Sources

LONGEST = 20_000
"""Lines of one stage, at most."""
NODES = 400
"""Nodes of the graph, at most."""
NAMES = {
    "traced": "the user's function, as traced",
    "jvp": "values and tangents",
    "known half": "all that needs no tangent, and the residuals",
    "linear half": "tangents, from the residuals",
    "transpose": "cotangents, from the results back to the arguments",
    "gradient": "value and gradient in one function",
    "batch": "a function over a batch",
    "taylor": "Taylor coefficients",
    "array": "after simplification: what the backend compiles",
    "legalized": "ops without a native form are expanded",
    "pads_joined": "sums of pads are concatenations",
    "products_hoisted": "products outside of loops",
    "products_turned": "products without transposes",
    "kernel": "each op is a kernel",
    "views_folded": "products read through views",
    "parts_read": "kernels read parts in place",
    "fused": "kernels over one domain are one",
    "scatters_selected": "scatters of one update a row are comparisons",
    "fused_again": "these join their readers",
    "rows": "kernels over the same rows share loops",
    "parts": "parts are computed in their places",
    "contractions": "products' operands are laid out",
    "moves_folded": "kernels store as their readers want",
    "buffers": "arrays are buffers",
    "loop": "kernels are loops",
    "parallel": "long loops are split over threads",
    "llvm": "LLVM IR as written",
    "llvm optimised": "LLVM IR, optimised",
    "assembly": "machine code",
}


def collect(
    name: str,
    exploration: Exploration,
    trail: Sequence[tuple[str, Function]],
    *,
    paths: bool = True,
    profile: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The data of the page: of the functions on the `trail` from the trace on, and of what the
    backend made.
    """
    sources = Sources(paths)
    stages = [stage(title, f, sources) for title, f in functions(exploration, trail)]
    steps = steps_of(exploration, sources)
    numbers = {step["title"]: i + 1 for i, step in enumerate(steps)}
    for found in stages:
        found["steps"] = of_steps(found["lines"], numbers)
    stages += [code(title, text, exploration, steps, numbers, sources)
               for title, text in exploration.texts.items()]  # fmt: skip
    mark_unchanged(stages)
    for step in steps:
        step["text"] = sources.named(step["text"])
    array = exploration.stages["array"]
    given = ", ".join(
        f"{v.name or f'argument {i}'}: {v.type}" for i, v in enumerate(array.arguments)
    )
    results = ", ".join(map(str, array.result_types))
    return {
        "name": name,
        "signature": f"({given}) -> ({results})",
        "polyad": version.__version__,
        "machine": exploration.machine,
        "workspace": exploration.workspace,
        "totals": {
            "ops": sum(1 for _ in array.walk()),
            "steps": len(steps),
            "bytes": sum(s["bytes"] for s in steps if s["outer"]),
            "flops": sum(s["simple"] + s["hard"] for s in steps if s["outer"]),
        },
        "stages": stages,
        "steps": steps,
        "graph": graph(exploration, steps),
        "memory": memory(exploration, sources),
        "explanation": sources.named(exploration.explanation),
        "profile": dict(profile) if profile else None,
        **sources.data(),
    }


def functions(
    exploration: Exploration, trail: Sequence[tuple[str, Function]]
) -> Iterable[tuple[str, Function]]:
    """All functions with their titles; a title that comes again has a number."""
    seen: dict[str, int] = {}
    for title, function in (*trail, *exploration.stages.items()):
        count = seen[title] = seen.get(title, 0) + 1
        yield (title if count == 1 else f"{title} {count}"), function


def stage(title: str, function: Function, sources: Sources) -> dict[str, Any]:
    """The lines of a function, each with the set of places of its op."""
    lines = lined(function)
    more = len(lines) - LONGEST
    lines = lines[:LONGEST]
    marks = [sources.number(getattr(line.op, "location", None)) for line in lines]
    texts = [line.text for line in lines]
    scopes = [line.scope for line in lines]
    if more > 0:
        texts, marks, scopes = [*texts, note(more)], [*marks, 0], [*scopes, 0]
    return made(title, "ir", texts, marks, scopes)


def made(
    title: str, kind: str, texts: list[str], marks: list[int], scopes: list[int]
) -> dict[str, Any]:
    """A stage: its lines, the sets of their places, and the functions whose names they have."""
    word = title.rstrip("0123456789 ")
    return {
        "title": title,
        "about": NAMES.get(word, ""),
        "kind": kind,
        "lines": texts,
        "sets": marks,
        "scopes": scopes,
        "same": False,
    }


def note(more: int) -> str:
    """The line in place of those that are left out."""
    return f"… {more} more lines are left out"


def of_steps(lines: Sequence[str], numbers: Mapping[str, int]) -> list[int]:
    """The number of the step that each line of a stage of loops belongs to, or 0."""
    found, now, depth = [], 0, -1
    for line in lines:
        indent = len(line) - len(line.lstrip())
        if indent <= depth and not line.lstrip().startswith(")"):
            now, depth = 0, -1
        if "loop.kernel" in line and 'name = "' in line:
            title = line.split('name = "', 1)[1].split('"', 1)[0]
            if title in numbers:
                now, depth = numbers[title], indent
        found.append(now)
    return found


def steps_of(exploration: Exploration, sources: Sources) -> list[dict[str, Any]]:
    """The steps with their costs; `outer` ones are in no loop."""
    outer = set(exploration.order)
    return [
        {
            "title": step.title,
            "kind": step.kind,
            "text": step.text,
            "set": sources.number(step.location),
            "bytes": step.moved,
            "simple": step.work[0],
            "hard": step.work[1],
            "code": step.code or step.title,
            "outer": step.title in outer,
        }
        for step in exploration.steps
    ]


def code(
    title: str,
    text: str,
    exploration: Exploration,
    steps: Sequence[Mapping[str, Any]],
    numbers: Mapping[str, int],
    sources: Sources,
) -> dict[str, Any]:
    """A text of LLVM IR or assembly: each function has the lines of the steps that run it."""
    lines = text.split("\n")
    owner = owners(text, {t: t for t in numbers}, exploration.units)
    by_code: dict[str, list[int]] = {}
    for step in steps:
        by_code.setdefault(step["code"], []).append(step["set"])
    whole = {t: sources.joined(by_code.get(t, ())) for t in dict.fromkeys(owner)}
    marks = marked(lines, owner, whole, exploration, title, sources)
    more, lines, owner = len(lines) - LONGEST, lines[:LONGEST], owner[:LONGEST]
    scopes, scope, before = [], 0, ""
    for line, own in zip(lines, owner, strict=True):
        scope += own != before or line.startswith("define ")
        before = own
        scopes.append(scope)
    kind = "asm" if title == "assembly" else "llvm"
    found = made(title, kind, lines, marks[:LONGEST], scopes)
    found["steps"] = [numbers.get(o, 0) for o in owner]
    if more > 0:
        for key, value in (("lines", note(more)), ("sets", 0), ("scopes", 0), ("steps", 0)):
            found[key].append(value)
    return found


def marked(
    lines: Sequence[str],
    owner: Sequence[str],
    whole: Mapping[str, int],
    exploration: Exploration,
    title: str,
    sources: Sources,
) -> list[int]:
    """The set of each line of machine code: where a compiler's debug location says so, that of its
    op; at the head of a kernel's function all of the kernel's, and in a function that has no
    debug location everywhere.
    """
    numbers = exploration.marks.get(title) or [0] * len(lines)
    places = [0, *(sources.number(place) for place in exploration.places)]
    known = {o for o, n in zip(owner, numbers, strict=True) if n}
    found, before = [], ""
    for own, number in zip(owner, numbers, strict=True):
        head = own != before or own not in known
        found.append(places[number] if number else whole[own] if head else 0)
        before = own
    return found


def mark_unchanged(stages: Sequence[dict[str, Any]]) -> None:
    """Mark the stages with the text of the one before."""
    for before, after in itertools.pairwise(stages):
        after["same"] = after["lines"][1:] == before["lines"][1:]


def graph(exploration: Exploration, steps: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Nodes with their places, edges with the arrays that flow along them."""
    kinds = {step["title"]: step["kind"] for step in steps}
    flows = list(exploration.flows)
    ends = dict.fromkeys([f.source for f in flows] + [f.target for f in flows])
    given = [e for e in ends if e not in kinds and not e.startswith("result ")]
    results = [e for e in ends if e.startswith("result ")]
    nodes = [*given, *(t for t in exploration.order if t in ends), *results]
    cut = len(nodes) - NODES
    nodes = nodes[:NODES]
    at = places(nodes, [(f.source, f.target) for f in flows])
    kind = lambda n: kinds.get(n) or ("result" if n in results else "argument")
    numbers = {n: i for i, n in enumerate(nodes)}
    merged: dict[tuple[int, int], list[Flow]] = {}
    for f in flows:
        if f.source in numbers and f.target in numbers and f.source != f.target:
            merged.setdefault((numbers[f.source], numbers[f.target]), []).append(f)
    return {
        "nodes": [[n, kind(n), *at[n]] for n in nodes],
        "edges": [
            [a, b, sum(f.nbytes for f in group), ", ".join(dict.fromkeys(f.type for f in group)),
             "; ".join(dict.fromkeys(f.reason for f in group if f.reason))]
            for (a, b), group in merged.items()
        ],
        "size": [WIDTH, HEIGHT],
        "cut": max(0, cut),
    }  # fmt: skip


def memory(exploration: Exploration, sources: Sources) -> dict[str, Any]:
    """The rectangles of the workspace's buffers: steps from left to right, bytes upward."""
    return {
        "steps": list(exploration.order),
        "buffers": [
            [b.name, b.type, b.offset, b.nbytes, b.first, b.last, sources.number(b.location)]
            for b in exploration.memory
        ],
    }
