"""Memories of traced arrays, and the arrays' places in them: views."""

from __future__ import annotations

import contextlib
import functools
import inspect
import weakref
from collections.abc import Callable
from typing import Any

from .. import trace_stack
from ..errors import PolyadValueError
from ..ir import ArrayType, Builder, Handle, user_location, where
from ..ops import manipulation as m
from ..ops.parts import WAYS
from .layout import captured, in_c_order
from .steps import ALWAYS, Step, contiguous_strides, copies, same_in_any_order, strides_along


class Root:
    """The value of a memory, and the arrays in it. It was made as the value `origin`, which says
    whether it is in C order unless `ordered` does.
    """

    __slots__ = ("builder", "number", "type", "members", "room", "origin", "ordered")

    def __init__(self, builder: Builder, number: int, type: ArrayType) -> None:
        self.builder = builder
        self.number = number
        self.type = type
        self.origin = (builder, number)
        self.ordered: bool | None = None
        self.members: list[weakref.ref[Any]] = []
        self.room = 16

    def value(self) -> Any:
        return self.builder.handle(self.builder, self.number, self.type)

    def in_c_order(self) -> bool:
        """Whether the elements are sure to lie in C order."""
        if self.ordered is None:
            self.ordered = in_c_order(*self.origin)
        return self.ordered

    def make_room(self) -> None:
        """Forget arrays that nobody holds: once there are twice as many as were left last time."""
        self.members = [member for member in self.members if member() is not None]
        self.room = max(16, 2 * len(self.members))

    def settle(self) -> None:
        """Look up the steps to each member; what turns out to be a copy has a root of its own."""
        members, self.members = self.members, []
        for member in members:
            array = member()
            if array is not None:
                resolved(array.place).root.members.append(member)

    def became(self, value: Handle, written: Any) -> None:
        """Let the memory have a new value, which the array `written` knows its part of."""
        self.builder, self.number = value.builder, value.number
        for member in self.members:
            array = member()
            if array is not None and array is not written:
                array.builder = self.builder
                forget(array)


class Place:
    """An array's place in a memory: a view of `base`, the place of another, or all of it.

    `before` is the value of the base when the view was taken, `after` the view's. `steps` lead from
    the root, once they are known. `index` is that of `x[index]`.
    """

    __slots__ = ("base", "before", "after", "type", "when", "writeable", "index", "root", "steps")

    def __init__(
        self,
        root: Root,
        base: Place | None,
        before: tuple[Builder, int] | None,
        after: tuple[Builder, int],
        type: ArrayType,
        when: str = ALWAYS,
        writeable: bool = True,
        index: Any = None,
    ) -> None:
        self.root = root
        self.base = base
        self.before = before
        self.after = after
        self.type = type
        self.when = when
        self.writeable: bool = writeable
        self.index = index
        self.steps: tuple[Step, ...] | None = () if base is None else None

    @property
    def strides(self) -> tuple[int, ...] | None:
        """The strides of the array, once its steps are known."""
        assert self.steps is not None
        return strides_along(self.root.type, self.steps, self.type.shape)


def forget(array: Any) -> None:
    """Let `array` read its value again when it is asked for it."""
    with contextlib.suppress(AttributeError):  # it is to be read already
        del array.number


def number_again(array: Any) -> int:
    """The number of a stale array's value, read again from its root."""
    place = array.place
    value = place.root.value()
    for step in place.steps:
        value = step.read(value)
    array.number = value.number
    return value.number


# -- Views -----------------------------------------------------------------------------------------


def linked(
    view: Any, base: Any, when: str = ALWAYS, writeable: bool = True, index: Any = None
) -> Any:
    """`view`, from now on a view of the traced array `base` if its value is a part of that."""
    if view is base:
        return view
    above, before = base.place, (base.builder, base.number)
    if above is None:
        root = Root(*before, base.type)
        above = base.place = Place(root, None, None, before, base.type)
        root.members.append(weakref.ref(base))
    elif view.place is not None and _top(view.place) is _top(above):
        view.place.writeable &= writeable
        return view
    root, after = above.root, (view.builder, view.number)
    view.place = Place(root, above, before, after, view.type, when, writeable, index)
    root.members.append(weakref.ref(view))
    if len(root.members) > root.room:
        root.make_room()
    return view


def _top(place: Place) -> Place:
    while place.base is not None:
        place = place.base
    return place


def viewing(
    function: Callable[..., Any] | None = None, *, when: str = ALWAYS, writeable: bool = True
) -> Any:
    """Mark `function`: its result, or each array of a sequence that it gives, shares memory with
    its first argument.
    """
    if function is None:
        return functools.partial(viewing, when=when, writeable=writeable)

    first = next(iter(inspect.signature(function).parameters))

    @functools.wraps(function)
    def marked(*args: Any, **kwargs: Any) -> Any:
        made = function(*args, **kwargs)
        x = args[0] if args else kwargs.get(first)
        if isinstance(x, Handle) and hasattr(x, "place"):
            if isinstance(made, Handle):
                return linked(made, x, when, writeable)
            for part in made:
                linked(part, x, when, writeable)
        return made

    return marked


def apart(x: Any) -> Any:
    """A traced array of the same value and a memory of its own."""
    stack = trace_stack.active_builders()
    builder = x.builder
    if stack and builder is not stack[-1] and builder.open:  # a value that is made here
        made: Any = m.reshape(x, shape=x.type.shape)
    else:
        made = builder.handle(builder, x.number, x.type)
    made.weak = x.weak
    return made


def is_own_part(x: Any, index: Any, part: Any) -> bool:
    """Whether `part` is `x[index]` itself, as it is where Python runs `x[index] += v`: written."""
    place = getattr(part, "place", None)
    return (
        place is not None
        and place.index is index
        and index is not None
        and place.base is x.place
        and resolved(place).base is not None
        and place.root is x.place.root
    )


# -- Steps -----------------------------------------------------------------------------------------


def resolved(place: Place) -> Place:
    """`place`, with its root and steps known. An array that turns out to be a copy is a root."""
    todo = [place]
    while todo[-1].steps is None:
        base = todo[-1].base
        assert base is not None
        todo.append(base)
    for below in reversed(todo[:-1]):
        _resolve(below)
    return place


def _resolve(place: Place) -> None:
    base = place.base
    assert base is not None and base.steps is not None
    path = _path(place)
    if place.when != ALWAYS and path and not same_in_any_order(place.type.shape, base.type.shape):
        _check_order(base)
    if path is None or copies(place.when, place.type, base.type.shape, base.strides):
        builder, number = place.after
        place.root, place.steps, place.base = Root(builder, number, place.type), (), None
        place.writeable = True
        return
    place.root, place.steps = base.root, base.steps + path
    place.writeable &= base.writeable


def _check_order(base: Place) -> None:
    """Raise `PolyadValueError` if it is not known in which order the elements of `base` lie."""
    if not base.root.in_c_order():
        raise PolyadValueError(
            f"whether a reshape shares memory with its array of {base.type} depends on the order "
            "of the elements in memory, which is not known of an array computed from transposed "
            f"ones, and it is written into{where(user_location())}\n"
            "  Take a copy in C order first: x = x.copy() (of a tensor: x = x.contiguous())."
        )


def lay_out(array: Any, ordered: bool = True) -> Any:
    """The new traced `array`, of which it is known whether its elements are in C order."""
    if array.place is None:
        root = Root(array.builder, array.number, array.type)
        array.place = Place(root, None, None, (array.builder, array.number), array.type)
        root.members.append(weakref.ref(array))
        root.ordered = ordered
    return array


def lies_in_c_order(array: Any) -> bool:
    """Whether the elements of a traced array are sure to lie in C order."""
    place = array.place
    if place is None:
        return in_c_order(array.builder, array.number)
    if resolved(place).strides != contiguous_strides(array.type.shape):
        return False
    return place.root.in_c_order()


def _path(place: Place) -> tuple[Step, ...] | None:
    """The ops from the value of the base to that of the view; None if others are among them."""
    builder, number = place.after
    found: list[Step] = []
    while (builder, number) != place.before:
        row = builder.row_of(number)
        if row is None:
            outer = captured(builder, number)
            if outer is None:
                return None
            builder, number = outer.builder, outer.number
            continue
        definition, operands, attributes, _, location, *_ = row
        way = WAYS.get(definition)
        if way is None:
            return None
        number, *others = operands
        rest = tuple([builder.handle(builder, n, builder.types[n]) for n in others])
        type_ = builder.types[number]
        found.append(Step(way, definition, attributes, type_, rest, location))
    return tuple(found[::-1])


def strides_of(array: Any) -> tuple[int, ...] | None:
    """The distance in memory of neighbours along each axis, counted in elements of the array (in
    halves of complex ones, of a real or imaginary part). None where there is no such number.
    """
    if array.place is None:
        return contiguous_strides(array.type.shape)
    return resolved(array.place).strides
