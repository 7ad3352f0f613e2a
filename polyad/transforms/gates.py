"""Where a tangent or a cotangent can be other than zero.

A linear value is zero in some places because of a selection or of a factor that does not depend on
what is differentiated, and not because a number happens to be 0. Its gate says where it is not. A
gate has three parts, each of which may be missing, and is open where all of them are:

- `static`: the places that moves with static bounds leave, known while transforming;
- `selection`: a boolean value of the function, as of the condition of `where`;
- `factor`: a numeric value, open where it is not 0. A derivative by this value sees no gate: for it
  the factor is a number like any other.

The parts are made when they are asked for: a program in which no infinite partial can meet a gate
has no ops for it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

import numpy as np

from ..ir import Builder, DType, Shape
from ..ir.types import bool_
from ..ops import elementwise as e
from ..ops import manipulation as m
from ..ops import reduction
from ..ops.literals import literal
from ..ops.types import Operand
from .static_masks import Mask

Rule = Callable[..., Operand]
"""A map on values of the function."""
Join = Callable[[Operand, Operand], Operand]
"""An op of two operands: one that joins two parts, or one that applies a gate, its first."""


class Lazy:
    """A value of the function, made when it is first asked for: by `make`, of the values that it
    `needs`. A factor that `fades` is followed through all ops but contractions.
    """

    __slots__ = ("fades", "found", "make", "needs")

    def __init__(
        self, make: Callable[..., Operand], needs: Sequence[Lazy] = (), fades: bool = False
    ) -> None:
        self.make = make
        self.needs = needs
        self.found: Operand | None = None
        self.fades = fades

    def __call__(self) -> Operand:
        todo = [self]  # gates of long programs are deeper than Python's stack
        while todo:
            last = todo[-1]
            missing = [x for x in last.needs if x.found is None] if last.found is None else []
            if missing:
                todo += missing
                continue
            if last.found is None:
                last.found = last.make(*(x.found for x in last.needs))
                last.needs = ()
            todo.pop()
        assert self.found is not None
        return self.found


class Gate:
    """See the module. `static` comes with `built`, the same as a value of the function."""

    __slots__ = ("built", "factor", "selection", "static")

    def __init__(
        self,
        static: Mask | None = None,
        built: Lazy | None = None,
        selection: Lazy | None = None,
        factor: Lazy | None = None,
    ) -> None:
        self.static = static
        self.built = built
        self.selection = selection
        self.factor = factor

    def condition(self) -> Lazy | None:
        """The static part and the selection as one boolean."""
        if self.static is None:
            return self.selection
        return _both(self.built, self.selection, e.logical_and)

    @property
    def dynamic(self) -> bool:
        return self.selection is not None or self.factor is not None


def gate(
    static: Mask | None, built: Lazy | None, selection: Lazy | None, factor: Lazy | None
) -> Gate | None:
    """A gate of these parts, None if it is open everywhere."""
    if static is not None and static.all():
        static = None
    if static is None and selection is None and factor is None:
        return None
    return Gate(static, None if static is None else built, selection, factor)


def selected(condition: Operand) -> Gate:
    """Open where a boolean value of the function holds."""
    return Gate(selection=Lazy(lambda: condition))


def weighed(factor: Operand, fades: bool = True) -> Gate:
    """Open where a numeric value of the function is not 0."""
    return Gate(factor=Lazy(lambda: factor, fades=fades))


def of(operand: Operand) -> Gate:
    """The gate that is the first operand of the op `guard`."""
    return selected(operand) if operand.type.dtype is bool_ else weighed(operand)


def everywhere(builder: Builder, shape: Shape, value: bool = True) -> Gate:
    """Open, or closed, in all places: for moves that put zeros beside the places there are."""
    built = Lazy(lambda: literal(builder, value, bool_, shape))
    return Gate(np.full((1,) * len(shape), value), built)


def through(kind: Join, given: Gate | None, x: Operand) -> Operand:
    """`x` where the gate is open and 0 elsewhere, by the op `kind`."""
    if given is None:
        return x
    condition = given.condition()
    if condition is not None:
        x = kind(condition(), x)
    return x if given.factor is None else kind(given.factor(), x)


# -- Two gates -------------------------------------------------------------------------------------


def both(a: Gate | None, b: Gate | None) -> Gate | None:
    """Open where the two are."""
    if a is None or a is b:
        return b
    if b is None:
        return a
    static = b.static if a.static is None else a.static
    if a.static is not None and b.static is not None:
        static = a.static & b.static
    return Gate(
        static,
        _both(a.built, b.built, e.logical_and),
        _both(a.selection, b.selection, e.logical_and),
        _both(a.factor, b.factor, _product),
    )


def either(a: Gate | None, b: Gate | None) -> Gate | None:
    """Open where one of the two is, and elsewhere only where their parts do not tell."""
    if a is None or b is None:
        return None
    if a is b:
        return a
    if not a.dynamic and not b.dynamic:
        assert a.static is not None and b.static is not None
        assert a.built is not None and b.built is not None
        joined = Lazy(e.logical_or, (a.built, b.built))
        return gate(a.static | b.static, joined, None, None)
    first, second = a.condition(), b.condition()
    selection = None
    if first is not None and second is not None:
        selection = _both(first, second, e.logical_or)
    left, right = a.factor, b.factor
    if selection is None:
        left, right = _weighed(first, left, right), _weighed(second, right, left)
    factor = None
    if left is not None and right is not None:
        factor = _both(left, right, lambda x, y: e.abs(x) + e.abs(y))
    return gate(None, None, selection, factor)


def _weighed(condition: Lazy | None, factor: Lazy | None, other: Lazy | None) -> Lazy | None:
    """A factor, 0 where the condition does not hold; of a gate without one 1 elsewhere, of the
    dtype of the `other` gate's.
    """
    if condition is None:
        return factor
    if factor is not None:
        return Lazy(lambda c, x: e.where(c, x, 0), (condition, factor), factor.fades)
    if other is None:
        return None
    return Lazy(lambda c, x: e.astype(c, dtype=x.type.dtype), (condition, other), other.fades)


def _both(a: Lazy | None, b: Lazy | None, how: Join) -> Lazy | None:
    if a is None or a is b:
        return b
    if b is None:
        return a
    return Lazy(lambda x, y: _joined(x, y, how), (a, b), a.fades or b.fades)


def _joined(x: Operand, y: Operand, how: Join) -> Operand:
    return x if x.number == y.number else how(x, y)


def _product(x: Operand, y: Operand) -> Operand:
    """0 where x or y is; a product could underflow."""
    return e.where(e.equal(x, 0), x, y)


# -- Moves -----------------------------------------------------------------------------------------


def moved(
    given: Gate | None,
    rule: Rule,
    dtype: DType | None = None,
    static: Callable[[Mask], Mask | None] | None = None,
) -> Gate | None:
    """The gate of what a linear map with coefficients of 0 and more makes of a gated value.

    `rule` is the map on values, `dtype` what it needs them to be (None: it moves booleans too, one
    to one), `static` the map on static masks, if it has one.
    """
    if given is None:
        return None
    condition, factor = given.selection, given.factor
    mask = None if static is None or given.static is None else static(given.static)
    built = given.built
    if given.static is not None and mask is None:
        condition = given.condition()
    booleans = functools.partial(of_booleans, rule, dtype)
    factors = functools.partial(of_factors, rule, dtype)
    return gate(
        mask,
        None if mask is None or built is None else Lazy(booleans, (built,)),
        None if condition is None else Lazy(booleans, (condition,)),
        None if factor is None else Lazy(factors, (factor,), factor.fades),
    )


def of_booleans(rule: Rule, dtype: DType | None, *given: Operand) -> Operand:
    """`rule` on booleans, by way of 0 and 1 of `dtype`."""
    if dtype is None:
        return rule(*given)
    return e.not_equal(rule(*(e.astype(x, dtype=dtype) for x in given)), 0)


def of_factors(rule: Rule, dtype: DType | None, *given: Operand) -> Operand:
    """`rule` on factors; where it adds, moduli are added, which do not cancel."""
    if dtype is None:
        return rule(*given)
    return rule(*(e.astype(e.abs(x), dtype=dtype) for x in given))


def jointly(
    rule: Rule,
    parts: Sequence[tuple[Gate | None, bool, Operand]],
    dtype: DType | None = None,
    static: Callable[[list[Mask]], Mask] | None = None,
) -> Gate | None:
    """As `moved`, of several values: for each its gate, whether it is anything but zero, and
    itself.
    """
    builder = parts[0][2].builder
    full = [
        (everywhere(builder, v.type.shape) if given is None else given)
        if there
        else everywhere(builder, v.type.shape, False)
        for given, there, v in parts
    ]
    if static is not None and not any(part.dynamic for part in full):
        masks = static([part.static for part in full if part.static is not None])
        built = [part.built for part in full if part.built is not None]
        return gate(masks, Lazy(functools.partial(of_booleans, rule, dtype), built), None, None)
    factor = None
    if any(part.factor is not None for part in full):
        own = [part.factor for part in full if part.factor is not None]

        def factors(*found: Operand) -> Operand:
            values = iter(found)
            given = [
                literal(builder, int(there), v.type.dtype, v.type.shape)
                if part.factor is None
                else e.astype(e.abs(next(values)), dtype=v.type.dtype)
                for part, (_, there, v) in zip(full, parts, strict=True)
            ]
            return rule(*given)

        factor = Lazy(factors, own, any(x.fades for x in own))
    conditions = [part.condition() for part in full]

    def condition_of_all(*found: Operand) -> Operand:
        values = iter(found)
        given = [
            literal(builder, True, bool_, v.type.shape) if condition is None else next(values)
            for condition, (_, _, v) in zip(conditions, parts, strict=True)
        ]
        return of_booleans(rule, dtype, *given)

    needs = [condition for condition in conditions if condition is not None]
    return Gate(selection=Lazy(condition_of_all, needs), factor=factor)


def lasting(given: Gate | None) -> Gate | None:
    """The gate without a factor that fades."""
    if given is None or given.factor is None or not given.factor.fades:
        return given
    return gate(given.static, given.built, given.selection, None)


def any_over(given: Gate | None, axes: Sequence[int], shape: Shape) -> Gate | None:
    """Open where the gate is somewhere along `axes`, which are kept with size 1."""
    kept = tuple(1 if i in axes else n for i, n in enumerate(shape))

    def rule(x: Operand) -> Operand:
        if x.type.dtype is bool_:
            reduced = reduction.any(x, axes=tuple(axes))
        else:
            reduced = m.sum(e.abs(x), axes=tuple(axes))
        return m.reshape(reduced, shape=kept)

    return moved(given, rule, None, lambda mask: np.asarray(mask.any(tuple(axes), keepdims=True)))


def somewhere(given: Gate | None, shape: Shape) -> Gate | None:
    """A gate of no axes: open if the gate of `shape` is, somewhere."""
    return placed(any_over(given, range(len(shape)), shape), (), shape, ())(0)


def placed(
    given: Gate | None, axes: Sequence[int], shape: Shape, onto: Sequence[int]
) -> Callable[[int], Gate | None]:
    """A gate of `shape` whose `axes`, in this order, are the axes `onto` of the result; its other
    axes are of size 1 and go. To be broadcast by `spread`.
    """
    order = sorted(range(len(axes)), key=lambda k: onto[k])
    perm = tuple(axes[k] for k in order)
    rest = tuple(i for i in range(len(shape)) if i not in axes)

    def sizes(n: int, of: Sequence[int]) -> Shape:
        found = [1] * n
        for k in order:
            found[onto[k]] = of[axes[k]]
        return tuple(found)

    def rule(n: int) -> Rule:
        return lambda x: m.reshape(m.permute_dims(x, axes=(*perm, *rest)), shape=sizes(n, shape))

    def static(n: int) -> Callable[[Mask], Mask]:
        return lambda mask: mask.transpose((*perm, *rest)).reshape(sizes(n, mask.shape))

    return lambda n: moved(given, rule(n), None, static(n))


def spread(given: Gate | None, shape: Shape) -> Gate | None:
    """A gate whose axes of size 1 are stretched to `shape`."""
    lead = len(shape)
    return moved(
        given,
        lambda x: x if x.type.shape == shape else m.broadcast_to(x, shape=shape),
        None,
        lambda mask: mask.reshape((1,) * (lead - mask.ndim) + mask.shape),
    )
