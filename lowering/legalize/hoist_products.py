"""array -> array: one large matrix product outside of a loop in place of many small ones inside.

Consumes `scan`. Eliminates two kinds of products from its body. A product of a slice of xs and a
constant becomes one product of all slices, ahead of the loop. A carried sum of products, as the
transpose of a product with constant weights gives it, becomes one product behind the loop that
contracts over the iterations too; for it the loop records the factors, save for those that are xs
already. Introduces no new kind of op.
"""

from __future__ import annotations

from collections.abc import Sequence

from polyad.ir import Function, Handle, Op, Value
from polyad.ops.control import scan
from polyad.ops.views import Scan, loop_of

from .. import costs
from ..dialects.memory import type_of
from ..regions import has
from ..rewrite import Rewriter, rewrite, without_dead_ops
from ..table import CONTROL

# Multiplications in one iteration from which on a product is hoisted.
WORTHWHILE = 1024


def hoist_products(function: Function) -> Function:
    """`function` with products ahead of and behind its loops."""
    if not has(function, (scan.name,)):
        return function
    return without_dead_ops(rewrite(function, hoist))


def hoist(r: Rewriter, op: Op, operands: Sequence[Handle]) -> Sequence[Handle]:
    if op.name not in CONTROL:
        return r.copy(op, operands)
    loop = loop_of(op)
    if isinstance(loop, Scan) and (loop.length or 0) > 1:
        return Hoisting(r, loop, operands).rebuilt()
    return r.with_regions(op, operands, hoist_products)


class Hoisting:
    """A scan under reconstruction: its body, and the operands that are its consts, carry and xs."""

    def __init__(self, r: Rewriter, loop: Scan, operands: Sequence[Handle]) -> None:
        self.r, self.loop = r, loop
        self.body = hoist_products(loop.body)
        arguments, given = loop.split(self.body.arguments), loop.split(operands)
        self.consts, self.carry, self.xs = (
            dict(zip(own, outer, strict=True)) for own, outer in zip(arguments, given, strict=True)
        )
        self.results, self.ys = loop.split_results(self.body.results)
        self.uses: dict[Value, int] = {}
        for inner in self.body.ops:
            for value in inner.operands:
                self.uses[value] = self.uses.get(value, 0) + 1
        for value in self.body.results:
            self.uses[value] = self.uses.get(value, 0) + 1
        self.made = {inner.result: inner for inner in self.body.ops if len(inner.results) == 1}

    def rebuilt(self) -> list[Handle]:
        """Emit the smaller loop and the products around it; the results of the loop."""
        for inner in self.body.ops:
            if inner.name == "dot_general" and not any(inner.attrs["batch"]):
                self.product_ahead(inner)
        sums = {k: found for k in range(len(self.results)) if (found := self.sum_behind(k))}
        factors = [v for _, dot in sums.values() for v in dot.operands]
        given = [v for v in dict.fromkeys([*self.ys, *factors]) if v not in self.xs]
        kept = [k for k in range(len(self.results)) if k not in sums]
        made = self.smaller(kept, given)
        stacked = {**self.xs, **dict(zip(given, made[len(kept) :], strict=True))}
        results = dict(zip(kept, made, strict=False))
        for k, (path, dot) in sums.items():
            results[k] = self.total(list(self.carry.values())[k], path, dot, stacked)
        return [*(results[k] for k in range(len(self.results))), *(stacked[v] for v in self.ys)]

    def smaller(self, kept: list[int], ys: list[Value]) -> Sequence[Handle]:
        """The loop that carries the values `kept` of the carry, and gives `ys`."""
        carry = [list(self.carry.items())[k] for k in kept]
        body = self.body.with_(
            arguments=(*self.consts, *(argument for argument, _ in carry), *self.xs),
            ops=(inner for inner in self.body.ops if not set(inner.results) & set(self.xs)),
            results=(*(self.results[k] for k in kept), *ys),
        )
        operands = [*self.consts.values(), *(start for _, start in carry), *self.xs.values()]
        attributes = dict(self.loop.attributes_for(len(self.consts), len(kept)))
        regions = (without_dead_ops(body),)
        return self.r.emit(self.loop.op.definition, operands, regions, **attributes)

    def product_ahead(self, dot: Op) -> None:
        """Replace a product of a slice and a constant by a slice of one product ahead of the
        loop.
        """
        x, y = dot.operands
        (cx, cy), count = dot.attrs["contracting"], type_of(dot.result).ndim
        if costs.multiplications(dot) < WORTHWHILE:
            return
        none = ((), ())
        if x in self.xs and y in self.consts:
            contracting = (tuple(c + 1 for c in cx), cy)
            found = self.r.array(
                "dot_general", self.xs[x], self.consts[y], batch=none, contracting=contracting
            )
        elif x in self.consts and y in self.xs:
            contracting = (cx, tuple(c + 1 for c in cy))
            found = self.r.array(
                "dot_general", self.consts[x], self.xs[y], batch=none, contracting=contracting
            )
            at = type_of(x).ndim - len(cx)
            axes = (at, *(i for i in range(count + 1) if i != at))
            if at:
                found = self.r.array("permute_dims", found, axes=axes)
        else:
            return
        self.xs[dot.result] = found

    def sum_behind(self, k: int) -> tuple[list[Op], Op] | None:
        """For a carried sum of products: the permutations of the product, and the product. Else
        None.
        """
        argument, result = list(self.carry)[k], self.results[k]
        add = self.made.get(result)
        if add is None or add.name != "add" or self.uses[result] != 1:
            return None
        if self.uses.get(argument) != 1 or argument not in add.operands:
            return None
        term = add.operands[1 - add.operands.index(argument)]
        path: list[Op] = []
        while self.uses[term] == 1 and term in self.made and self.made[term].name == "permute_dims":
            path.append(self.made[term])
            term = self.made[term].operands[0]
        dot = self.made.get(term)
        if dot is None or dot.name != "dot_general" or self.uses[term] != 1 or term in self.xs:
            return None
        if any(dot.attrs["batch"]) or any(v in self.consts for v in dot.operands):
            return None
        room = sum(type_of(v).nbytes for v in dot.operands if v not in self.xs)
        if costs.multiplications(dot) < WORTHWHILE or room > 2 * type_of(result).nbytes:
            return None
        return path, dot

    def total(self, start: Handle, path: list[Op], dot: Op, stacked: dict[Value, Handle]) -> Handle:
        """The sum over all iterations, as one product that contracts them too."""
        factors = [stacked[v] for v in dot.operands]
        contracting = tuple((0, *(c + 1 for c in axes)) for axes in dot.attrs["contracting"])
        found = self.r.array("dot_general", *factors, batch=((), ()), contracting=contracting)
        for op in reversed(path):
            found = self.r.array("permute_dims", found, **op.attrs)
        return self.r.array("add", start, found)
