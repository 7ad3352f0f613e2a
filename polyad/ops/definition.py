"""The definition of an op: its type rule and its derivative rules, in one place.

An `OpDefinition` states each derivative once:

- a linear op names the groups of operands in which it is *jointly* linear (`add`: {0, 1};
  `multiply`: {0} and {1} apart) and one transpose per linear operand; its JVP follows;
- any other op gives a `jvp`, or, element-wise, its local `partials`; the VJP is always derived;
- or it says `differentiable=False`: its tangent is zero.

Rules are written with the ops and operators users call, so each is itself differentiable to any
order.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Container, Hashable, Mapping, Sequence
from typing import TypedDict, Unpack

from ..ir import ArrayType, DType
from . import dispatch
from .dispatched import Dispatched
from .native import NativeForm
from .region_rules import RegionRules, Rules
from .sparsity import SparsityRule
from .types import (
    Batched,
    BatchRule,
    Decomposition,
    Implementation,
    JvpRule,
    Operand,
    OperandOrScalar,
    Operands,
    OverAxis,
    PartialRule,
    TransposeRule,
    TypeRule,
)

EVERY_OPERAND = range(1 << 30)
"""The linear group of an op with any number of operands, jointly linear in all."""


class Unknown:
    """Stands for a linear operand in a transpose rule: its type is known, its value is not."""

    __slots__ = ("type",)

    def __init__(self, type: ArrayType) -> None:
        self.type = type

    @property
    def shape(self) -> tuple[int, ...]:
        return self.type.shape

    @property
    def dtype(self) -> DType:
        return self.type.dtype

    @property
    def ndim(self) -> int:
        return len(self.type.shape)


class Traits(TypedDict, total=False):
    """Keyword arguments of `OpDefinition` that functions which define ops hand on."""

    linear: Sequence[Container[int]]
    transposes: Sequence[TransposeRule | None] | TransposeRule
    alone: Sequence[Callable[[Operand], Operand]]
    partials: Sequence[PartialRule | None] | None
    jvp: JvpRule | None
    differentiable: bool
    singular: bool
    unpromoted: int
    gated: bool
    foldable: bool
    mergeable: bool
    decomposition: Decomposition | None
    region_rules: Rules | None
    implementations: Mapping[str, Implementation] | None
    native: NativeForm | None
    external: bool
    effects: bool
    sparsity: SparsityRule | None


class OpDefinition(Dispatched):
    """An op of the array dialect. See the module's docstring for how derivatives are stated.

    - `jvp(primals, tangents, **attributes) -> (result, tangent)`; a tangent of None is a symbolic
      zero. Of an op with several results, both are tuples.
    - `transposes[i](cotangent, *operands, **attributes)`: the cotangent of operand i, an `Unknown`
      there.
    - `alone[i](x)`: the op of operand i where the operands it is jointly linear with are zero.
    - `batch(operands, batched, **attributes) -> result`: operands flagged in `batched` have the
      batch as axis 0, and so has the result.
    - `transposes` may be one rule for all operands, which is then told `index=`.
    - `decomposition(*operands, **attributes)`: the op in simpler ops, which run wherever an
      executor has no form of its own; None for attributes that have no decomposition.
    - `region_rules`: the rules of an op with regions (see `polyad.ops.region`).
    - `unpromoted`: so many leading operands are no part of the promotion: they are made boolean
      (the condition of `where`), or, of a `gated` op, keep their dtype.
    - `foldable`, `mergeable`: whether constant folding may compute it, and whether two equal ops
      on equal operands may become one.
    - `fallible`: its evaluation may raise `LinAlgError`, to which the user's line is added.
    - `external`: it is defined outside polyad (see `polyad.extend`): its `implementations` by
      backend, and its `native` form or `decomposition`, are all that executors know of it.
    - `over_axis`: the result over the batch whose axis the op names (see `collectives`).
    - `singular`: some partial can be infinite or NaN.
    - `sparsity`: which elements of the results depend on which of the operands (see `sparsity`).
      Without it all of an element-wise op's elements on their likes, and of another op all on all.
    """

    def __init__(
        self,
        name: str,
        type_rule: TypeRule,
        *,
        linear: Sequence[Container[int]] = (),
        transposes: Sequence[TransposeRule | None] | TransposeRule = (),
        alone: Sequence[Callable[[Operand], Operand]] = (),
        partials: Sequence[PartialRule | None] | None = None,
        jvp: JvpRule | None = None,
        differentiable: bool = True,
        singular: bool = False,
        batch: BatchRule | None = None,
        elementwise: bool = False,
        accepts: str = "any",
        unpromoted: int = 0,
        gated: bool = False,
        foldable: bool = True,
        mergeable: bool = True,
        fallible: bool = False,
        decomposition: Decomposition | None = None,
        region_rules: Rules | None = None,
        implementations: Mapping[str, Implementation] | None = None,
        native: NativeForm | None = None,
        external: bool = False,
        effects: bool = False,
        sparsity: SparsityRule | None = None,
    ) -> None:
        stated = sum(
            [
                bool(linear) and jvp is None,
                partials is not None,
                jvp is not None,
                not differentiable,
                region_rules is not None,
            ]
        )
        if stated != 1:
            raise TypeError(
                f"op {name!r}: state its derivative exactly once (linear with transposes, "
                "partials, jvp, "
                f"or differentiable=False), not {stated} times"
            )
        super().__init__(name, type_rule, effects=effects)
        self.stays = effects
        self.linear = tuple(linear)
        self.transposes = transposes if callable(transposes) else tuple(transposes)
        self.alone = tuple(alone)
        self.partials = partials
        self.jvp = jvp
        self.differentiable = differentiable
        self.singular = singular
        self.over_axis: OverAxis | None = None
        self.batch = batch
        self.elementwise = elementwise
        self.accepts = accepts
        self.takes: set[str] = set()  # names of dtypes known to need no conversion
        self.of_booleans: Callable[..., Operand] | None = None  # see polyad.ops.booleans
        self.prepared: dict[
            Hashable, tuple[ArrayType, ...] | None
        ] = {}  # see dispatch._prepare_elementwise
        self.direct: dict[
            type, dict[Hashable, Implementation]
        ] = {}  # see dispatch._remember_direct
        self.unpromoted = unpromoted
        self.gated = gated
        self.foldable = foldable
        self.mergeable = mergeable
        self.fallible = fallible
        self.decomposition = decomposition
        self.region_rules = region_rules
        self.implementations = dict(implementations or {})
        self.native = native
        self.external = external
        self.sparsity = sparsity
        self.__doc__ = type_rule.__doc__

    def __call__(self, *operands: OperandOrScalar, **attributes: Hashable) -> Operand:
        """The result on `operands`. Of an op with several results see `results`."""
        result: Operand = dispatch.apply(self, operands, attributes)
        return result

    def results(self, *operands: OperandOrScalar, **attributes: Hashable) -> tuple[Operand, ...]:
        """The results on `operands`, of an op that has several."""
        results: tuple[Operand, ...] = dispatch.apply(self, operands, attributes)
        return results

    def set_region_rules(self, rules: RegionRules) -> None:
        """Fill in the rules of an op with regions."""
        assert self.region_rules is not None, f"{self.name} is defined without regions"
        self.region_rules.rules = rules

    def transpose(self, index: int) -> TransposeRule | None:
        """The transpose rule of operand `index`."""
        if callable(self.transposes):
            return functools.partial(self.transposes, index=index)
        return self.transposes[index] if index < len(self.transposes) else None


def op(
    name: str, type_rule: TypeRule, *, batch: BatchRule | None = None, **traits: Unpack[Traits]
) -> OpDefinition:
    """Define an op whose operands must have the types its rule asks for: nothing is promoted or
    broadcast.
    """
    return OpDefinition(name, type_rule, batch=batch, **traits)


def elementwise(
    name: str,
    *,
    accepts: str = "numeric",
    operands: int = 1,
    result: Callable[[DType], DType] | None = None,
    type_rule: TypeRule | None = None,
    batch: BatchRule | None = None,
    **traits: Unpack[Traits],
) -> OpDefinition:
    """Define an element-wise op: its operands are promoted to one dtype and broadcast to one shape.

    `accepts` is `floating` (integers are converted to the default floating dtype), `complex` (real
    numbers are converted), `numeric`, `integer`, `boolean`, `real` or `any`. `result` maps the
    operands' dtype to the result's (the same, if not given).
    """

    def same_type(*types: ArrayType, **attributes: Hashable) -> ArrayType:
        first = types[0]
        if len(types) != operands:
            raise TypeError(f"takes {operands} operands, not {len(types)}")
        for other in types:
            if other is not first:
                raise TypeError(f"operands must have one type, not {', '.join(map(str, types))}")
        return first.with_dtype(result(first.dtype)) if result else first

    def broadcast(operands: Operands, batched: Batched, **attributes: Hashable) -> Operand:
        return made(*dispatch.broadcast_batch(operands, batched), **attributes)

    made = OpDefinition(
        name,
        type_rule or same_type,
        batch=batch or broadcast,
        elementwise=True,
        accepts=accepts,
        **traits,
    )
    return made
