"""No cache grows without a bound: those that calls fill are of `polyad.caches`."""

from __future__ import annotations

import ast
import gc
from pathlib import Path

import numpy as np
import pytest

import polyad
from polyad import caches
from polyad.api.checkpointing import checkpoint_policies
from polyad.caches import Interned, Memo, remembered
from polyad.ir import ArrayType
from polyad.ir.types import float64

ROOT = Path(polyad.__file__).parents[1]
FOLDERS = ("polyad", "backends", "lowering")

# `functools.cache` of functions with arguments, by the things that there is one result for.
OF_FEW = {
    "modules": "_of_modules bound provided",
    "functions of a library's table": "taken",
    "samples of the conformance tables": "point",
    "installed libraries, and functions of theirs": "installed_version extension address_of",
    "PyTorch's default dtypes": "tensor_library dtype",
    "ranks of arrays": "dimensions",
    "folders of the setting cache_dir": "_cache",
    "processors and targets": "check_cpu why_no_objects",
    "ops, which are registered": "external_row emitter",
    "dtypes": "products format_of",
    "booleans": "programs",
}
# Dicts, lists and sets of modules and classes that functions fill, by what fills them.
REGISTRIES = {
    "definitions: ops, dtypes, backends, samples, tables of another library's functions": (
        "registry by_name by_short _BY_NAME SAMPLES SPECIAL_POINTS _LOADED _BROKEN _ITEMS "
        "_LIBRARIES _PLACES _REGISTERED _RESOLVED _ROWS _FUNCTIONS UFUNCS HINTS "
        "_EXTRA_ROOTS _LISTENERS _all _entries"
    ),
    "classes that the user registers": "_FIELDS",
    "patterns that the user declares": "_DECLARED",
    "operators that graphs of torch.compile name by number": "_CALLS _NUMBERS _KEPT",
    "recorders, while they run": "_RECORDERS",
    "files of polyad and of packages it hides": "_OWN",
}


def trees():
    """The syntax trees of all modules."""
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield ast.parse(path.read_text("utf-8"))


def cached_functions(tree):
    """Functions under `functools.cache` that take arguments, and under `lru_cache`."""
    for node in ast.walk(tree):
        for mark in map(ast.unparse, getattr(node, "decorator_list", ())):
            if "lru_cache" in mark or (mark == "functools.cache" and ast.unparse(node.args)):
                yield node.name


FILLING = ("setdefault", "update", "append", "add", "extend", "insert")


def target(node):
    """The name of what a statement or call puts something into."""
    if isinstance(node, ast.Assign | ast.AugAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        found = [t.value for t in targets if isinstance(t, ast.Subscript)]
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        found = [node.func.value] if node.func.attr in FILLING else []
    else:
        found = []
    return {getattr(x, "id", getattr(x, "attr", None)) for x in found}


def filled_containers(tree):
    """Dicts, lists and sets in modules and classes that functions put something into."""
    plain = ast.Dict | ast.List | ast.Set | ast.DictComp | ast.ListComp
    calls = ("dict", "list", "set", "OrderedDict", "defaultdict", "Counter")
    bodies = [tree.body, *(n.body for n in ast.walk(tree) if isinstance(n, ast.ClassDef))]
    names = set()
    for statement in (s for body in bodies for s in body):
        if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
            value = statement.value
            made = ast.unparse(getattr(value, "func", value)).rpartition(".")[2]
            if isinstance(value, plain) or made in calls:
                targets = getattr(statement, "targets", [getattr(statement, "target", None)])
                names |= {t.id for t in targets if isinstance(t, ast.Name)}
    functions = [s for body in bodies for s in body if isinstance(s, ast.FunctionDef)]
    return names & {name for f in functions for node in ast.walk(f) for name in target(node)}


def test_what_is_kept_is_bounded_or_listed():
    """Another cache is a `Memo`, a `Recent` or weak. A line of the tables that is out of date
    fails, too.
    """
    cached, filled = set(), set()
    for tree in trees():
        cached |= set(cached_functions(tree))
        filled |= filled_containers(tree)
    assert cached == set(" ".join(OF_FEW.values()).split())
    assert filled == set(" ".join(REGISTRIES.values()).split())


@pytest.mark.parametrize("kind", ["types", "policies", "classes", "policies of functions"])
def test_a_memo_is_emptied_at_its_bound(kind):
    def use(k):
        if kind == "types":
            ArrayType(float64, (k, 79))
        elif kind == "policies":
            checkpoint_policies.save_only_these_names(f"{kind} {k}")
        elif kind == "classes":
            polyad.tree_util.all_leaves([type("Own", (), {})()])
            polyad.numpy.ndim(np.ones(1).view(type("Array", (np.ndarray,), {})))
        else:
            checkpoint_policies.save_from_both_policies(lambda op: True, lambda op: False)

    with polyad.config(kept_memos=100 * Memo.ENTRY):
        for k in range(250):
            use(k)
    assert sum(map(len, Memo._all)) <= Memo._entries[0] <= 100


def test_a_type_that_someone_holds_is_the_only_one_of_its_kind():
    held = ArrayType(float64, (123, 457))
    caches.clear()
    assert ArrayType(float64, (123, 457)) is held


def test_values_that_nobody_holds_go():
    class Value:
        pass

    kept = Interned()
    held = kept.remember("a", Value())
    assert kept.remember("a", Value()) is held
    kept.remember("b", Value())
    caches.clear()
    gc.collect()
    assert list(kept.alive) == ["a"]


def test_a_remembered_result_is_made_once_until_the_memo_is_emptied():
    made = []
    f = remembered(lambda x: made.append(x))
    assert [f(1), f(2), f(1)] == [None] * 3 and made == [1, 2]
    caches.clear()
    f(1)
    assert made == [1, 2, 1]


def test_a_remembered_result_is_that_of_its_keywords():
    names = {x: checkpoint_policies.save_only_these_names(x) for x in "abc"}
    both = checkpoint_policies.save_from_both_policies
    found = both(first=names["a"], second=names["b"])
    assert both(first=names["a"], second=names["c"]) is not found
    assert both(second=names["b"], first=names["a"]) is found
