"""The signatures of the strictly typed packages say what they take and give: `Any` stands only in
those that touch values of users, and each of these is listed here.
"""

import ast
import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = (
    "polyad/ir", "polyad/ops", "polyad/passes", "polyad/transforms", "lowering/dialects"
)  # fmt: skip

DOORS = {
    "lowering/dialects/memory.py": (1, "the type of a value is one of its dialect"),
    "polyad/ir/builder.py": (18, "handles are of the kind that a builder is made with, captures "
        "arrays or handles, types those of any dialect"),
    "polyad/ir/core.py": (5, "types of any dialect, attributes, what is kept with a function"),
    "polyad/ir/symbolic/dims.py": (90, "operators take what users compute with, and give numbers "
        "or symbolic numbers, as it may be"),
    "polyad/ir/symbolic/division.py": (2, "the scope of a number"),
    "polyad/ir/symbolic/evaluation.py": (6, "numbers, symbolic or not, and their scope"),
    "polyad/ir/symbolic/named.py": (3, "numbers, symbolic or not"),
    "polyad/ir/symbolic/scope.py": (8, "numbers, symbolic or not"),
    "polyad/ir/symbolic/text.py": (3, "numbers, symbolic or not, and their scope"),
    "polyad/ir/types.py": (4, "what NumPy says of its dtypes, and its arrays; literals"),
    "polyad/ops/callback.py": (10, "results of users' functions"),
    "polyad/ops/dispatch.py": (36, "values of users: arrays, scalars, traced values"),
    "polyad/ops/native.py": (7, "users' C functions, by ctypes, Numba or SciPy, and llvmlite's"),
    "polyad/passes/numbered.py": (5, "attributes of ops, each of which has types of its own"),
    "polyad/ops/sparsity.py": (1, "attributes of ops, each of which has types of its own"),
    "polyad/ops/region_rules.py": (1, "the rules of one op, by name, some of which only it has"),
}  # fmt: skip
"""For each file that has any: how many, and of which values no common type is known."""


def annotations(tree: ast.AST) -> Iterator[ast.expr]:
    """Those of parameters, results and attributes of classes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            a = node.args
            given = (*a.posonlyargs, *a.args, *a.kwonlyargs, a.vararg, a.kwarg)
            yield from (x.annotation for x in given if x is not None and x.annotation is not None)
            if node.returns is not None:
                yield node.returns
        elif isinstance(node, ast.ClassDef):
            yield from (x.annotation for x in node.body if isinstance(x, ast.AnnAssign))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Attribute):
            yield node.annotation


def is_any(node: ast.AST) -> bool:
    return (isinstance(node, ast.Name) and node.id == "Any") or (
        isinstance(node, ast.Attribute) and node.attr == "Any"
    )


def count(source: str) -> int:
    """How often `Any` stands in the signatures of a file; those in strings are counted too."""
    found = 0
    todo = list(annotations(ast.parse(source)))
    while todo:
        for node in ast.walk(todo.pop()):
            if is_any(node):
                found += 1
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                todo.append(ast.parse(node.value, mode="eval").body)
    return found


def difference(found: dict[str, int], doors: dict[str, int]) -> list[str]:
    """A sentence for each file whose count is not the table's."""
    said = []
    for name in sorted(found.keys() | doors.keys()):
        now, then = found.get(name, 0), doors.get(name, 0)
        if now > then:
            said.append(f"{name}: {now} times Any in signatures, {then} in the table: write types")
        elif now < then:
            said.append(f"{name}: {now} times Any in signatures: lower the {then} of the table")
    return said


def test_only_doors_take_and_give_any():
    files = itertools.chain.from_iterable((ROOT / p).rglob("*.py") for p in PACKAGES)
    found = {p.relative_to(ROOT).as_posix(): count(p.read_text("utf-8")) for p in files}
    assert found, "no file was read"
    said = difference(found, {name: n for name, (n, _) in DOORS.items()})
    if said:
        pytest.fail("\n".join(said))


@pytest.mark.parametrize(
    ("source", "times"),
    [
        ("def f(x: Any, *a: list[Any], k: int = 0, **b: 'dict[str, Any]') -> Any: ...", 4),
        ("class C:\n    x: Any\n    def __init__(self): self.y: dict[Any, typing.Any] = {}", 3),
        ("Rule = Callable[..., Any]\ndef f(x: int) -> int:\n    y: Any = x\n    return y", 0),
        ("async def f(x: Any, /, *, y: Any): ...", 2),
    ],
)
def test_count_sees_parameters_results_and_attributes(source, times):
    assert count(source) == times


def test_a_count_that_rises_or_falls_is_told():
    (more,) = difference({"a.py": 3, "b.py": 1}, {"a.py": 2, "b.py": 1})
    assert more == "a.py: 3 times Any in signatures, 2 in the table: write types"
    (fewer,) = difference({"a.py": 1}, {"a.py": 2})
    assert fewer == "a.py: 1 times Any in signatures: lower the 2 of the table"
    (gone,) = difference({}, {"a.py": 2})
    assert gone == "a.py: 0 times Any in signatures: lower the 2 of the table"
