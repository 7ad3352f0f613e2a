"""Each pass: a program, and the program that it becomes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

import polyad
import polyad.numpy as pnp
from polyad.ir import Definition, Function, parse, verify
from polyad.ops import OpDefinition
from polyad.passes import canonicalize as canonicalize_module
from polyad.passes.canonicalize import canonicalize
from polyad.passes.cse import cse
from polyad.passes.dce import dce
from polyad.passes.fold import fold
from polyad.passes.inline import inline
from polyad.passes.pipeline import OPTIMIZE, PASSES, optimize, run_passes, simplify

from ..counting import expect

X, Y = np.array([0.5, 1.0, 2.0]), np.array([1.0, -1.0, 0.25])
op = OpDefinition.registry


def traced(f: Callable[..., Any], *args: Any) -> Function:
    return polyad.make_ir(f)(*args)


def unnamed(function: Function) -> str:
    """The text of a function without the names of it, its regions and its values, which an equal
    function may have been traced with before.
    """
    numbers: dict[str, str] = {}
    text = re.sub(r"function @\w+", "function", str(function))
    return re.sub(r"%\w+", lambda m: numbers.setdefault(m[0], f"%{len(numbers)}"), text)


def becomes(
    name: str, passed: Callable[[Function], Function], before: Function, after: Any
) -> None:
    """Fail unless the pass makes `after` of `before`, up to names; both are valid
    and equal in value.
    """
    found = verify(passed(verify(before)))
    if unnamed(found) != unnamed(verify(after)):
        pytest.fail(f"{name}:\n{before}\nbecomes\n{found}\ninstead of\n{after}", pytrace=False)
    rng = np.random.default_rng(0)
    arrays = [rng.uniform(0.5, 2, t.shape).astype(t.dtype.name) for t in before.argument_types]
    backend = polyad.execution.get_backend("numpy")
    values = [backend.evaluate(f, arrays) for f in (before, found)]
    for x, y in zip(*values, strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-15, err_msg=name)


def _pieces(x: Any, y: Any) -> Any:
    product, square = x @ y, x @ x
    return product[:1], product[1:], op["slice"](square, start=(0, 0), stop=(3, 3), step=(2, 1))


BATCHED = {"batch": ((0,), (0,)), "contracting": ((2,), (1,))}


def _slice(x: Any, *parts: tuple[int, int]) -> Any:
    start, stop = zip(*parts, strict=True)
    return op["slice"](x, start=start, stop=stop, step=(1,) * len(parts))


Case = tuple[Callable[..., Any], Callable[..., Any] | None, tuple[Any, ...]]
# A program, the program that it becomes (None: it stays as it is), and arguments.
CANONICAL: dict[str, Case] = {
    "x + 0 stays, for x may be -0": (lambda x: (x + 0, 0 + x), None, (X,)),
    "x + (-y) is x - y": (lambda x, y: x + -y, lambda x, y: x - y, (X, Y)),
    "x - 0": (lambda x: (x - 0, 0 - x), lambda x: (x, 0 - x), (X,)),
    "x * 1, x * -1": (lambda x: (x * 1, -1 * x), lambda x: (x, -x), (X,)),
    "a guard of a literal": (
        lambda x: (op["guard"](2.0, x), op["guard"](False, x), op["shield"](True, x)),
        lambda x: (x, pnp.zeros(3), x),
        (X,),
    ),
    "a guard of the same gate": (
        lambda x, y: (op["guard"](y, op["guard"](y, x)), op["guard"](y, 2.0 * y)),
        lambda x, y: (op["guard"](y, x), 2.0 * y),
        (X, Y),
    ),
    "a guard of another gate stays": (
        lambda x, y: (op["guard"](y, op["shield"](y, x)), op["guard"](y, x * y)),
        None,
        (X, Y),
    ),
    "x * 0 stays, for x may be infinite": (lambda x: x * 0, None, (X,)),
    "x / 1": (lambda x: x / 1, lambda x: x, (X,)),
    "-(-x)": (lambda x: pnp.negative(-x), lambda x: x, (X,)),
    "integer powers": (
        lambda x: tuple(op["integer_pow"](x, exponent=n) for n in (0, 1, 2, 3)),
        lambda x: (pnp.ones(3), x, pnp.square(x), op["integer_pow"](x, exponent=3)),
        (X,),
    ),
    "where of a literal": (
        lambda x, y: pnp.where(pnp.full((3,), True), x, y),
        lambda x, y: x,
        (X, Y),
    ),
    "astype to the same dtype, and of a literal": (
        lambda x: (op["astype"](x, dtype=pnp.float64), pnp.astype(pnp.full((3,), 2), "float32")),
        lambda x: (x, pnp.full((3,), 2.0, dtype="float32")),
        (X,),
    ),
    "astype of a literal that does not fit stays": (
        lambda x: (x, op["astype"](pnp.full((), 300), dtype=pnp.uint8)),
        None,
        (X,),
    ),
    "two reshapes": (
        lambda x: op["reshape"](op["reshape"](x, shape=(3, 1)), shape=(1, 3)),
        lambda x: op["reshape"](x, shape=(1, 3)),
        (X,),
    ),
    "a reshape there and back": (
        lambda x: op["reshape"](op["reshape"](x, shape=(3, 1)), shape=(3,)),
        lambda x: x,
        (X,),
    ),
    "two broadcasts": (
        lambda x: op["broadcast_to"](op["broadcast_to"](x, shape=(2, 3)), shape=(4, 2, 3)),
        lambda x: op["broadcast_to"](x, shape=(4, 2, 3)),
        (X,),
    ),
    "element-wise ops on broadcasts": (
        lambda x, y: (
            2 / op["broadcast_to"](x, shape=(4, 3)),
            pnp.hypot(op["broadcast_to"](x, shape=(4, 3)), op["broadcast_to"](y, shape=(4, 3))),
        ),
        lambda x, y: (
            op["broadcast_to"](2 / x, shape=(4, 3)),
            op["broadcast_to"](pnp.hypot(x, y), shape=(4, 3)),
        ),
        (X, Y),
    ),
    "… stay where none is of the shape of all": (
        lambda x, y: (
            op["broadcast_to"](x, shape=(4, 3)) * pnp.sum(x) + op["broadcast_to"](y, shape=(4, 3))
        ),
        None,
        (X, np.ones((4, 1))),
    ),
    "two permutations": (
        lambda x: (
            op["permute_dims"](op["permute_dims"](x, axes=(1, 2, 0)), axes=(0, 2, 1)),
            op["permute_dims"](op["permute_dims"](x, axes=(1, 2, 0)), axes=(2, 0, 1)),
        ),
        lambda x: (op["permute_dims"](x, axes=(1, 0, 2)), x),
        (np.ones((2, 3, 4)),),
    ),
    "moves that move nothing": (
        lambda x: (
            op["slice"](x, start=(0,), stop=(3,), step=(1,)),
            op["pad"](x, low=(0,), high=(0,), interior=(0,)),
            op["flip"](x, axes=()),
            op["sum"](x, axes=()),
            op["concat"](x, axis=0),
        ),
        lambda x: (x, x, x, x, x),
        (X,),
    ),
    "a sum over an axis of size 1 is a reshape": (
        lambda x: pnp.sum(x, axis=1),
        lambda x: op["reshape"](x, shape=(3,)),
        (np.ones((3, 1)),),
    ),
    "the sum of a literal": (
        lambda x: x * pnp.sum(pnp.ones((4,))),
        lambda x: x * pnp.full((3,), 4.0),
        (X,),
    ),
    "a moved literal": (
        lambda x: op["permute_dims"](op["reshape"](pnp.full((6,), 2.0), shape=(2, 3)), axes=(1, 0)),
        lambda x: pnp.full((3, 2), 2.0),
        (X,),
    ),
    "a slice of a product that nobody else reads": (
        lambda x, y: _slice(op["dot_general"](x, y, **BATCHED), (1, 2), (2, 3), (0, 3)),
        lambda x, y: op["dot_general"](
            _slice(x, (1, 2), (2, 3), (0, 3)), _slice(y, (1, 2), (0, 3), (0, 3)), **BATCHED
        ),
        (np.ones((2, 3, 3)), np.ones((2, 3, 3))),
    ),
    "two slices of a product, and one with steps, stay": (
        _pieces,
        None,
        (np.ones((3, 3)), np.ones((3, 3))),
    ),
    "stop_gradient stays": (lambda x: polyad.stop_gradient(x) * x, None, (X,)),
}


@pytest.mark.parametrize("name", CANONICAL)
def test_canonicalize(name: str):
    f, g, args = CANONICAL[name]
    passed = lambda function: dce(canonicalize(function))
    becomes(name, passed, dce(traced(f, *args)), dce(traced(g or f, *args)))


@hypothesis.given(st.data())
def test_a_slice_of_a_product_is_a_product_of_slices(data: st.DataObject):
    """For any batches, any order of the axes, and any slice."""
    sizes = st.integers(1, 3)
    batch, rows, columns = (data.draw(st.lists(sizes, max_size=2)) for _ in range(3))
    summed = data.draw(st.lists(sizes, max_size=2))
    x, places = permuted(data, [batch, rows, summed])
    y, others = permuted(data, [batch, summed, columns])
    attrs = {"batch": (places[0], others[0]), "contracting": (places[2], others[1])}
    (made,) = traced(lambda x, y: op["dot_general"](x, y, **attrs), x, y).result_types
    shape = made.shape
    start = tuple(data.draw(st.integers(0, n - 1)) for n in shape)
    stop = tuple(data.draw(st.integers(a + 1, n)) for a, n in zip(start, shape, strict=True))

    def f(x: Any, y: Any) -> Any:
        step = (1,) * len(shape)
        return op["slice"](op["dot_general"](x, y, **attrs), start=start, stop=stop, step=step)

    before = traced(f, x, y)
    after = verify(dce(canonicalize(before)))
    assert after.ops[-1].name == "dot_general"
    backend = polyad.execution.get_backend("numpy")
    (found,), (wanted,) = (backend.evaluate(g, [x, y]) for g in (after, before))
    np.testing.assert_allclose(found, wanted, rtol=1e-12)


def permuted(data: st.DataObject, groups: list[list[int]]) -> tuple[Any, list[tuple[int, ...]]]:
    """An array with these sizes in any order, and where those of each group are."""
    sizes = [n for group in groups for n in group]
    order = data.draw(st.permutations(range(len(sizes))))
    x = np.random.default_rng(0).normal(size=[sizes[i] for i in order])
    places, at = [], 0
    for group in groups:
        places.append(tuple(order.index(at + i) for i in range(len(group))))
        at += len(group)
    return x, places


def test_every_pattern_is_of_an_op_and_has_a_case():
    """A pattern that no case exercises could be wrong unseen."""
    fired = set()
    for f, _, args in CANONICAL.values():
        before = traced(f, *args)
        names = {o.name for o in before.ops}
        if canonicalize(before) != before:
            fired |= names
    unknown = set(canonicalize_module.PATTERNS) - set(Definition.registry)
    assert not unknown, f"patterns of {sorted(unknown)}, which are no ops"
    untested = set(canonicalize_module.PATTERNS) - fired
    assert not untested, f"no case in CANONICAL changes {sorted(untested)}: add one"


def test_equal_ops_behind_each_other_are_one():
    function = traced(lambda x: (pnp.sin(x), pnp.sin(x), pnp.sin(x)), X)
    assert [o.name for o in function.ops] == ["sin"] * 3
    for passed in (cse, simplify):
        assert [o.name for o in passed(function).ops] == ["sin"]


EQUAL: dict[str, Case] = {
    "equal ops on equal operands": (
        lambda x, y: pnp.sin(x) * y + pnp.sin(x),
        lambda x, y: (lambda s: s * y + s)(pnp.sin(x)),
        (X, Y),
    ),
    "the ops that follow from them": (
        lambda x: pnp.exp(pnp.sin(x)) - pnp.exp(pnp.sin(x)),
        lambda x: (lambda e: e - e)(pnp.exp(pnp.sin(x))),
        (X,),
    ),
    "equal attributes alone": (
        lambda x: x**3 + x**4 + x**3,
        lambda x: (lambda cube: cube + x**4 + cube)(x**3),
        (X,),
    ),
    "operands in another order stay": (lambda x, y: x * y + y * x, None, (X, Y)),
}


@pytest.mark.parametrize("name", EQUAL)
def test_cse(name: str):
    f, g, args = EQUAL[name]
    becomes(name, lambda function: dce(cse(function)), traced(f, *args), traced(g or f, *args))


def test_checkpoints_are_not_merged():
    rematerialized = polyad.checkpoint(pnp.sin)
    f = polyad.grad(lambda x: pnp.sum(rematerialized(x) + rematerialized(x)))
    expect(dce(cse(traced(f, X))), "cse of two checkpoints", checkpoint=2, cos=2)


def test_dce():
    """The ops that nobody uses go, their operands with them; the arguments stay."""
    text = """function @f(%x: f64[3], %y: f64[3]) -> (f64[3]) {
  %2 = sin %x : f64[3]
  %3 = cos %2 : f64[3]
  %4 = exp %y : f64[3]
  return %2
}"""
    left = parse("""function @f(%x: f64[3], %y: f64[3]) -> (f64[3]) {
  %2 = sin %x : f64[3]
  return %2
}""")
    becomes("dce", dce, parse(text), left)
    alive = parse(text.replace("return %2", "return %3").replace("%4 = exp %y : f64[3]", ""))
    assert dce(alive) is alive


FOLDED: dict[str, Case] = {
    "a literal of literals": (
        lambda x: x * pnp.sqrt(pnp.full((), 2.0)),
        lambda x: x * pnp.full((), 1.4142135623730951),
        (X,),
    ),
    "in the dtype of the op": (
        lambda x: pnp.divide(pnp.full((), 1, dtype="float32"), 3.0) * x,
        lambda x: pnp.full((), 0.3333333432674408, dtype="float32") * x,
        (X.astype("float32"),),
    ),
    "integers wrap as the op's do": (
        lambda x: x + pnp.add(pnp.full((3,), 250, dtype="uint8"), 10),
        lambda x: x + pnp.full((3,), 4, dtype="uint8"),
        (np.ones(3, "uint8"),),
    ),
    "to infinity and NaN": (
        lambda x: (x, pnp.log(pnp.full((), 0.0)), pnp.log(pnp.full((), -1.0))),
        lambda x: (x, pnp.full((), -np.inf), pnp.full((), np.nan)),
        (X,),
    ),
    "comparisons": (
        lambda x: pnp.where(pnp.less(pnp.full((), 1.0), 2.0), x, 0.0),
        lambda x: pnp.where(pnp.full((), True), x, 0.0),
        (X,),
    ),
    "stop_gradient stays": (lambda x: x * op["stop_gradient"](pnp.full((), 2.0)), None, (X,)),
}


@pytest.mark.parametrize("name", FOLDED)
def test_fold(name: str):
    f, g, args = FOLDED[name]
    becomes(name, lambda function: dce(fold(function)), traced(f, *args), traced(g or f, *args))


def test_inline():
    wave = lambda x: pnp.sin(x) + 1
    inner = polyad.jit(wave)
    cases = {
        "a jitted function": (lambda x: inner(x) * inner(x), lambda x: wave(x) * wave(x)),
        "one in another": (
            lambda x: polyad.jit(lambda y: inner(y) * 2)(x),
            lambda x: wave(x) * 2,
        ),
    }
    for name, (f, g) in cases.items():
        becomes(name, lambda function: cse(inline(function)), traced(f, X), cse(traced(g, X)))
    kept = traced(polyad.grad(lambda x: pnp.sum(polyad.checkpoint(pnp.sin)(x))), X)
    expect(inline(kept), "inline of a checkpoint", checkpoint=1)


def test_custom_rules_are_inlined():
    @polyad.custom_jvp
    def square(x):
        return x * x

    square.defjvp(lambda p, t: (square(p[0]), 2 * p[0] * t[0]))
    custom = traced(square, X)
    assert [o.name for o in custom.ops] == ["custom_jvp_call"]
    assert [o.name for o in inline(custom).ops] == ["multiply"]


def test_the_pipeline_shows_each_step(golden: Callable[[str, str], None]):
    def f(x, y):
        return pnp.sum((x + 0) * pnp.sin(y) + pnp.sin(y) * pnp.sqrt(pnp.full((), 4.0)))

    steps: list[str] = []
    before = traced(polyad.grad(f), X, Y)
    after = run_passes(before, OPTIMIZE, lambda name, g: steps.append(f"// after {name}\n{g}"))
    golden("\n\n".join([str(before), *steps]), "pipeline")
    parts_of_peephole = {"canonicalize", "fold", "cse"}
    assert set(OPTIMIZE) == set(PASSES) - parts_of_peephole
    assert optimize(after) == after


def test_simplify_and_optimize_are_remembered_and_settle():
    f = traced(polyad.grad(lambda x: pnp.sum(pnp.sin(x) * x + 0)), X)
    assert simplify(f) is simplify(f)
    assert optimize(f) is optimize(f)
    assert simplify(simplify(f)) == simplify(f)
    assert optimize(simplify(f)) == optimize(f)


def test_negative_zero_is_kept_apart_from_zero():
    """Attributes compare by ==, which does not tell them apart; the literal's text does."""
    both = polyad.jit(lambda x: (pnp.copysign(x, 0.0), pnp.copysign(x, -0.0)), backend="numpy")
    found = both(np.ones(2))
    assert [x.tolist() for x in found] == [[1, 1], [-1, -1]]
