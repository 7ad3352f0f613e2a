"""Lines with functions in them: control flow, transformations, rules of one's own, pytrees."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np

from .program import Block, Line


class Unfit(Exception):
    """No line comes of this row here."""


class Maker(Protocol):
    """The part of `Builder` that forms need."""

    rng: np.random.Generator
    values: dict[str, Any]
    deep: bool

    def name(self, letter: str) -> str: ...

    def operand(self, kind: str, first: Any = None, sign: str = "") -> str: ...

    def block(
        self, examples: Sequence[Any], depth: int, like: Any = None, closed: bool = False
    ) -> Block: ...


Form = Callable[[Maker, str, int], Line]


def _of_one(text: str, kind: str = "f", like: bool = False, closed: bool = False) -> Form:
    """A template with operand {x} and a function {f} of it."""

    def made(b: Maker, rule: str, depth: int) -> Line:
        x, target = b.operand(kind), b.name("v")
        value = b.values[x]
        block = b.block([value], depth, value if like else None, closed)
        steps = int(b.rng.integers(0, 4))
        by = "" if b.deep else ", backend='numpy'"
        filled = text.format(t=target, x=x, f=block.name, number=steps, by=by)
        return Line(target, filled, rule, (block,))

    return made


def _of_rows(text: str) -> Form:
    """A template with operand {x}, whose rows a function {f} takes one by one."""

    def made(b: Maker, rule: str, depth: int) -> Line:
        x, target = b.operand("f"), b.name("v")
        value = b.values[x]
        if not value.ndim or not len(value):
            raise Unfit
        block = b.block([value[0]], depth)
        return Line(target, text.format(t=target, x=x, f=block.name), rule, (block,))

    return made


def _scan(b: Maker, rule: str, depth: int) -> Line:
    """A scan over the rows of one value, with another as its carry."""
    carry, xs, target = b.operand("f"), b.operand("x"), b.name("v")
    if not b.values[xs].ndim or not len(b.values[xs]):
        raise Unfit
    block = b.block([b.values[carry], b.values[xs][0]], depth, b.values[carry])
    reverse = bool(b.rng.integers(2))
    step = f"lambda c, x: ({block.name}(c, x), pnp.sum(c))"
    text = f"{target} = pnp.add(*lax.scan({step}, {carry}, {xs}, reverse={reverse}))"
    if b.values[carry].ndim:
        part = int(b.rng.integers(2))
        text = f"{target} = lax.scan({step}, {carry}, {xs}, reverse={reverse})[{part}]"
    return Line(target, text, rule, (block,))


def _branches(text: str) -> Form:
    """A template with operand {x}, and functions {f} and {g} of it with results of its type."""

    def made(b: Maker, rule: str, depth: int) -> Line:
        x, choice, target = b.operand("f"), b.operand("r"), b.name("v")
        value = b.values[x]
        one, other = b.block([value], depth, value), b.block([value], depth, value)
        filled = text.format(t=target, x=x, c=choice, f=one.name, g=other.name)
        return Line(target, filled, rule, (one, other))

    return made


def _while(b: Maker, rule: str, depth: int) -> Line:
    """A while loop that ends after some steps at the latest."""
    x, target = b.operand("f"), b.name("v")
    value = b.values[x]
    block = b.block([value], depth, value)
    steps = int(b.rng.integers(0, 5))
    text = (
        f"{target} = lax.while_loop(\n"
        f"    lambda s: (s[0] < {steps}) & (pnp.sum(pnp.abs(s[1])) < 50),\n"
        f"    lambda s: (s[0] + 1, {block.name}(s[1])),\n"
        f"    (0, {x}),\n"
        ")[1]"
    )
    return Line(target, text, rule, (block,))


FORMS: dict[str, Form] = {
    "scan": _scan,
    "while": _while,
    "cond": _branches("{t} = lax.cond(pnp.sum({c}) > 0, {f}, {g}, {x})"),
    "switch": _branches(
        "{t} = lax.switch(pnp.astype(pnp.sum({c}), 'int64'), [{f}, {g}, {f}], {x})"
    ),
    "where of functions": _branches("{t} = pnp.where({x} > 0.5, {f}({x}), {g}({x}))"),
    "fori": _of_one("{t} = lax.fori_loop(0, {number}, lambda i, c: {f}(c) + i, {x})", like=True),
    "checkpointed scan": _of_one(
        "{t} = lax.scan(lambda c, i: ({f}(c), None), {x}, None, length=4, checkpoint=2)[0]",
        like=True,
    ),
    "map": _of_rows("{t} = lax.map({f}, {x})"),
    "vmap": _of_rows("{t} = polyad.vmap({f})({x})"),
    "vmap of cond": _of_rows(
        "{t} = polyad.vmap(lambda r: lax.cond(pnp.sum(r) > 0, {f}, lambda r: 0 * {f}(r), r))({x})"
    ),
    "grad": _of_one("{t} = polyad.grad(lambda t: pnp.sum(pnp.real({f}(t))))({x})"),
    "vjp": _of_one("{t} = polyad.vjp({f}, {x})[1](pnp.ones_like({f}({x})))[0]"),
    "jvp": _of_one("{t} = polyad.jvp({f}, ({x},), (pnp.cos({x}),))[1]"),
    "jacfwd": _of_one("{t} = polyad.jacfwd(lambda t: pnp.real({f}(t)))({x})"),
    "jacrev": _of_one("{t} = polyad.jacrev(lambda t: pnp.real({f}(t)))({x})"),
    "jit": _of_one("{t} = polyad.jit({f}{by})({x})", "x"),
    "checkpoint": _of_one("{t} = polyad.checkpoint({f})({x})", "x"),
    "linearize": _of_one("{t} = polyad.linearize({f}, {x})[1](pnp.sin({x}))"),
    "custom_jvp": _of_one(
        "{t}f = polyad.custom_jvp({f})\n"
        "{t}f.defjvp(lambda p, d: polyad.jvp({f}, p, d))\n"
        "{t} = {t}f({x})",
        closed=True,
    ),
    "custom_vjp": _of_one(
        "{t}f = polyad.custom_vjp({f})\n"
        "{t}f.defvjp(lambda x: ({f}(x), x), lambda x, d: polyad.vjp({f}, x)[1](d))\n"
        "{t} = {t}f({x})",
        closed=True,
    ),
    "call": _of_one("{t} = {f}({x})", "x"),
    "hvp": _of_one(
        "{t} = polyad.jvp(polyad.grad(lambda t: pnp.sum(pnp.real({f}(t)))), ({x},), ({x},))[1]"
    ),
    "hessian": _of_one(
        "{t} = polyad.hessian(lambda t: pnp.sum(pnp.real({f}(t))))(pnp.ravel({x})[:3])"
    ),
    "value_and_grad": _of_one(
        "{t} = polyad.value_and_grad(lambda t: (pnp.sum(pnp.real({f}(t))), t), has_aux=True)({x})\n"
        "{t} = {t}[1] * {t}[0][0]"
    ),
    "grad of vmap": _of_one(
        "{t} = polyad.grad(lambda t: pnp.sum(pnp.real(polyad.vmap({f})(t))))(pnp.stack([{x}, {x}]))"
    ),
    "vmap of grad": _of_one(
        "{t} = polyad.vmap(polyad.grad(lambda t: pnp.sum(pnp.real({f}(t)))))"
        "(pnp.stack([{x}, {x} + 0.25]))"
    ),
    "vmap of vmap": _of_one(
        "{t} = polyad.vmap(polyad.vmap({f}, 1, 1), 0, -1)"
        "(pnp.stack([pnp.stack([{x}, -{x}], 1 if {x}.ndim else 0)] * 2)"
        " if {x}.ndim else pnp.ones((2, 1, 2)) * {x})"
    ),
    "vmap over another axis": _of_one(
        "{t} = polyad.vmap(lambda a, b: {f}(a) * b, (-1, None), 1)"
        "(pnp.stack([{x}, {x} + 1], -1), 2.0) if {x}.ndim else {f}({x})"
    ),
    "vjp of jvp": _of_one(
        "{t} = polyad.vjp(lambda t: polyad.jvp({f}, (t,), (t * t,))[1], {x})[1]("
        "pnp.ones_like({f}({x})))[0]"
    ),
    "grad of checkpoint": _of_one(
        "{t} = polyad.grad(lambda t: pnp.sum(pnp.real(polyad.checkpoint({f})(t))))({x})"
    ),
    "jit of grad": _of_one(
        "{t} = polyad.jit(polyad.grad(lambda t: pnp.sum(pnp.real({f}(t)))){by})({x})"
    ),
    "taylor": _of_one(
        "{t} = polyad.experimental.jet.jet({f}, ({x},), ((pnp.cos({x}), {x}),))[1][1]"
    ),
    "jvp of taylor": _of_one(
        "{t} = polyad.jvp(lambda t: polyad.taylor({f}, (t,), ((pnp.cos({x}), t),))[1][1],"
        " ({x},), (pnp.sin({x}),))[1]"
    ),
    "linear_transpose": _of_one(
        "{t} = polyad.linear_transpose(polyad.linearize({f}, {x})[1], {x})"
        "(pnp.ones_like({f}({x})))[0]"
    ),
    "custom_gradient": _of_one(
        "{t}f = polyad.custom_gradient(lambda t: ({f}(t), lambda d: polyad.vjp({f}, t)[1](d)))\n"
        "{t} = {t}f({x})",
        closed=True,
    ),
    "custom_vmap": _of_one(
        "{t}f = polyad.custom_batching.custom_vmap({f})\n"
        "{t}f.def_vmap(lambda n, batched, t: (polyad.vmap({f})(t), True))\n"
        "{t} = polyad.vmap({t}f)(pnp.stack([{x}, {x}]))",
        closed=True,
    ),
    "grad of custom_jvp": _of_one(
        "{t}f = polyad.custom_jvp({f})\n"
        "{t}f.defjvp(lambda p, d: polyad.jvp({f}, p, d))\n"
        "{t} = polyad.grad(lambda t: pnp.sum(pnp.real({t}f(t))))({x})",
        closed=True,
    ),
    "sparse jacobian": _of_one(
        "{t} = polyad.sparse.jacobian(lambda t: pnp.real({f}(t)), format='dense')({x})"
    ),
    "sparse hessian": _of_one(
        "{t} = polyad.sparse.hessian(lambda t: pnp.sum(pnp.real({f}(t))), format='dense')({x})"
    ),
    "pytree": _of_one(
        "{t} = polyad.grad(lambda d: pnp.sum(pnp.real({f}(d['a'][0]) * d['b']['c'])))"
        "({{'a': ({x}, None), 'b': {{'c': 2.0}}}})['a'][0]"
    ),
    "scan of a tree": _of_one(
        "{t} = lax.scan(lambda c, _: ({{'n': c['n'] + 1, 'x': {f}(c['x'])}}, (c['n'], c['x'])),"
        " {{'n': 0, 'x': {x}}}, None, length={number})[1][1]",
        like=True,
    ),
    "fori with writes": _of_one(
        "{t}a = pnp.zeros((4, *{x}.shape))\n"
        "{t} = lax.fori_loop(0, 4, lambda i, a: polyad.numpy.at(a)[i].set(0.5 * {f}({x}) + i),"
        " {t}a)",
        like=True,
    ),
    "associative scan": _of_one(
        "{t} = lax.associative_scan(lambda a, b: a + b + 0.1 * a * b, pnp.stack([{f}({x})] * 3))"
    ),
    "axis name": _of_one(
        "{t} = polyad.vmap(lambda t: {f}(t) - lax.pmean({f}(t), 'i'), axis_name='i')"
        "(pnp.stack([{x}, 2 * {x}]))"
    ),
    "bounded while": _of_one(
        "{t} = polyad.jvp(lambda t: lax.while_loop(lambda s: s[1] < {number},"
        " lambda s: ({f}(s[0]), s[1] + 1), (t, 0))[0], ({x},), ({x},))[1]",
        like=True,
    ),
    "reduce": _of_one("{t} = pnp.sum(polyad.vmap({f})(pnp.stack([{x}, {x}])), 0)"),
}
"""Lines with functions in them, by name."""

COMPILED = ("sparse jacobian", "sparse hessian")
"""Those that make machine code, and are of deep programs."""
