"""The IR's own objects: values, ops, functions, and the definitions ops refer to.

A `Function` is a closed, single-block region in SSA form: arguments, ops in order, results. It is
immutable; passes build new ones with a `Builder`. A region of an op is itself a `Function`, and
all values that it uses come in through its arguments, so no pass needs to know about capture.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from types import EllipsisType
from typing import Any, ClassVar

from ..caches import Memo
from ..errors import PolyadError, PolyadTypeError
from ..lazy import provided
from .location import Location, where
from .printer import html, print_function
from .types import Attribute, Type

Attributes = tuple[tuple[str, Hashable], ...]


class Definition:
    """The meaning of an op's name: its type rule, and for richer dialects more (see
    `polyad.ops.definition`).

    `type_rule(*operand_types, **attributes)` returns the result type, or a tuple of them; for an op
    with regions it is called with `regions=` too. It raises `TypeError` or `ValueError` for
    operands that do not fit.
    """

    registry: ClassVar[dict[str, Definition]] = {}

    def __init__(
        self, name: str, type_rule: Callable[..., Type | tuple[Type, ...]], *, effects: bool = False
    ) -> None:
        if name in Definition.registry:
            raise ValueError(f"an op named {name!r} is already defined")
        self.name = name
        self.type_rule = type_rule
        self.effects = effects
        self.inferred: Memo[Hashable, tuple[Type, ...]] = Memo()
        Definition.registry[name] = self

    def __repr__(self) -> str:
        return f"<op {self.name}>"

    def infer(
        self,
        types: tuple[Type, ...],
        attributes: Attributes = (),
        regions: tuple[Function, ...] = (),
    ) -> tuple[Type, ...]:
        """Result types for operand `types`; memoised, since programs repeat themselves, but for
        what a user's function or a region would be kept alive by.
        """
        key = (types, attributes, regions)
        found = self.inferred.get(key)
        if found is None:
            extra: dict[str, Any] = {"regions": regions} if regions else {}
            result = self.type_rule(*types, **dict(attributes), **extra)
            found = result if isinstance(result, tuple) else (result,)
            if not regions and not any(isinstance(v, Attribute) for _, v in attributes):
                self.inferred.remember(key, found)
        return found


class Value:
    """An SSA value: an argument of a function or a result of an op. `name` is a hint for
    printing.
    """

    __slots__ = ("type", "name")

    def __init__(self, type: Any, name: str | None = None) -> None:
        self.type = type
        self.name = name

    def __repr__(self) -> str:
        return f"%{self.name or '?'}: {self.type}"


class Op:
    """One operation: a definition applied to operands, with attributes and regions, giving
    results.
    """

    __slots__ = ("definition", "operands", "attributes", "regions", "results", "location")

    def __init__(
        self,
        definition: Definition,
        operands: tuple[Value, ...],
        attributes: Attributes,
        regions: tuple[Function, ...],
        results: tuple[Value, ...],
        location: Location | None = None,
    ) -> None:
        self.definition = definition
        self.operands = operands
        self.attributes = attributes
        self.regions = regions
        self.results = results
        self.location = location

    @property
    def name(self) -> str:
        return self.definition.name

    @property
    def attrs(self) -> dict[str, Any]:
        """The attributes as keyword arguments of a rule."""
        return dict(self.attributes)

    @property
    def result(self) -> Value:
        """The only result."""
        (result,) = self.results
        return result

    @property
    def has_effects(self) -> bool:
        """Whether the op, or one in its regions, does more than to give its results. It then stays,
        once, in order among its like.
        """
        return self.definition.effects or any(region.has_effects for region in self.regions)

    @property
    def named_axes(self) -> frozenset[str]:
        """The named axes of batches that the op, or one in its regions, refers to."""
        own = frozenset([str(v) for k, v in self.attributes if k == "axis_name"])
        return own.union(*(r.named_axes for r in self.regions)) if self.regions else own

    def with_(
        self,
        *,
        definition: Definition | None = None,
        operands: Iterable[Value] | None = None,
        attributes: Attributes | None = None,
        regions: Iterable[Function] | None = None,
        results: Iterable[Value] | None = None,
        location: Location | EllipsisType | None = ...,
    ) -> Op:
        """A copy with the given parts replaced; the others stay, the location too."""
        return Op(
            self.definition if definition is None else definition,
            self.operands if operands is None else tuple(operands),
            self.attributes if attributes is None else attributes,
            self.regions if regions is None else tuple(regions),
            self.results if results is None else tuple(results),
            self.location if isinstance(location, EllipsisType) else location,
        )

    def attributes_with(self, **changed: Hashable) -> Attributes:
        """The attributes, with some changed or added, in order of their names."""
        return tuple(sorted({**dict(self.attributes), **changed}.items()))

    def __repr__(self) -> str:
        types = ", ".join(str(v.type) for v in self.operands)
        return f"<{self.name}({types})>"


ITSELF = object()
"""Stands in a function's `memo` for the function, which would keep itself alive."""


class Function:
    """A closed region: `arguments`, `ops` in execution order, `results`.

    Two functions are equal when they have the same structure: names and locations do not count.
    `memo` keeps all that is derived from the function (transformed versions, execution plans).
    """

    __slots__ = ("name", "arguments", "ops", "results", "memo", "_key", "_hash", "__weakref__")

    def __init__(
        self,
        name: str,
        arguments: tuple[Value, ...],
        ops: tuple[Op, ...],
        results: tuple[Value, ...],
    ) -> None:
        self.name = name
        self.arguments = arguments
        self.ops = ops
        self.results = results
        self.memo: dict[Hashable, Any] = {}
        self._key: Hashable = None
        self._hash: int | None = None

    def with_(
        self,
        *,
        name: str | None = None,
        arguments: Iterable[Value] | None = None,
        ops: Iterable[Op] | None = None,
        results: Iterable[Value] | None = None,
    ) -> Function:
        """A copy with the given parts replaced, and an empty `memo`."""
        return Function(
            self.name if name is None else name,
            self.arguments if arguments is None else tuple(arguments),
            self.ops if ops is None else tuple(ops),
            self.results if results is None else tuple(results),
        )

    def remembered(self, key: Hashable, make: Callable[[], Function]) -> Function:
        """The function that `make` derives from this one; made once."""
        found = self.memo.get(key)
        if found is None:
            found = make()
            self.memo[key] = ITSELF if found is self else found
        return self if found is ITSELF else found

    @property
    def argument_types(self) -> tuple[Any, ...]:
        return tuple(v.type for v in self.arguments)

    @property
    def result_types(self) -> tuple[Any, ...]:
        return tuple(v.type for v in self.results)

    @property
    def key(self) -> Hashable:
        """The structure as nested tuples: equal for equal functions."""
        if self._key is None:
            self._key = _structure(self)
        return self._key

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Function) and self.key == other.key)

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash(self.key)
        return self._hash

    def __copy__(self) -> Function:
        return self

    def __deepcopy__(self, memo: object) -> Function:
        return self

    def __call__(self, *arrays: object) -> tuple[object, ...]:
        """The results on `arrays`, op by op on the backend that owns them. Raises `PolyadTypeError`
        for arrays of other types than the arguments', and for ops that are not on arrays.

        >>> import polyad
        >>> f = polyad.jit(lambda x: 2 * x + 1).lower(3.0).ir
        >>> f(3.0)
        (np.float64(7.0),)
        """
        results: tuple[object, ...] = provided("evaluation").evaluate(self, arrays)
        return results

    def __str__(self) -> str:
        return print_function(self)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return html(self)

    @property
    def has_effects(self) -> bool:
        """Whether an op in it, however deep, does more than to give its results."""
        found = self.memo.get("effects")
        if found is None:
            found = self.memo["effects"] = any(op.has_effects for op in self.ops)
        return bool(found)

    @property
    def named_axes(self) -> frozenset[str]:
        """The named axes of batches that an op in it, however deep, refers to."""
        found: frozenset[str] | None = self.memo.get("named_axes")
        if found is None:
            ops = [op for op in self.ops if op.attributes or op.regions]
            found = frozenset(axis for op in ops for axis in op.named_axes)
            self.memo["named_axes"] = found
        return found

    @property
    def stays(self) -> bool:
        """Whether it belongs to the trace in which it is called, whatever its arguments are."""
        return self.has_effects or bool(self.named_axes)

    def walk(self) -> Iterator[Op]:
        """Every op, those of nested regions included, outermost first."""
        for op in self.ops:
            yield op
            for region in op.regions:
                yield from region.walk()


def _structure(function: Function) -> Hashable:
    numbers: dict[Value, int] = {}
    for value in function.arguments:
        numbers[value] = len(numbers)
    rows = []
    for op in function.ops:
        operands = tuple(numbers[v] for v in op.operands)
        rows.append(
            (op.name, operands, repr(op.attributes), op.regions, tuple(v.type for v in op.results))
        )
        for value in op.results:
            numbers[value] = len(numbers)
    return function.argument_types, tuple(rows), tuple(numbers[v] for v in function.results)


def infer_or_explain(
    definition: Definition,
    types: tuple[Type, ...],
    attributes: Attributes,
    regions: tuple[Function, ...],
    location: Callable[[], Location | None],
) -> tuple[Type, ...]:
    """`definition.infer`, with the op's name and the user's line added to what its type rule
    raises.
    """
    try:
        return definition.infer(types, attributes, regions)
    except (TypeError, ValueError) as error:
        if getattr(error, "located", False):
            raise
        message = f"{definition.name}: {error}{where(location())}"
        kind = type(error) if isinstance(error, PolyadError) else PolyadTypeError
        located: Any = kind(message)
        located.located = True
        raise located from None
