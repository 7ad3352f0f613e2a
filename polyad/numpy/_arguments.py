"""Arguments that are no arrays: integers, shapes, sequences; and errors that show them."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from typing import Any, NoReturn

from ..errors import PolyadTypeError, PolyadValueError, ShapeError
from ..ir import Handle, user_location, where
from ..ir.symbolic import Dim
from ..texts import shown


def refuse(message: str, kind: type[Exception] = PolyadValueError) -> NoReturn:
    """Raise an error that names the user's line."""
    first, *rest = message.split("\n", 1)
    raise kind("\n".join([f"{first}{where(user_location())}", *rest]))


def refuse_type(message: str) -> NoReturn:
    refuse(message, PolyadTypeError)


def refuse_shape(message: str) -> NoReturn:
    refuse(message, ShapeError)


def integers(given: Any, what: str) -> tuple[int, ...]:
    """`given` as a tuple of Python integers, which shapes and axes are made of."""
    if type(given) is tuple and all(type(n) is int for n in given):
        return given
    if not isinstance(given, Iterable) or isinstance(given, Handle | str):
        refuse_type(f"{what} is a sequence of integers, not {shown(given)}")
    try:
        listed = list(given)
    except TypeError:  # an array of no dimensions
        refuse_type(f"{what} is a sequence of integers, not {shown(given)}")
    return tuple([integer(n, what) for n in listed])


def integer(given: Any, what: str, least: int | None = None) -> int:
    """`given` as a Python integer, of `least` or more; of a traced array the value, if known."""
    try:
        found: Any = given if isinstance(given, Dim) else operator.index(given)
    except PolyadTypeError:
        raise
    except TypeError:
        refuse_type(f"{what} is made of Python integers, not {shown(given)}")
    if least is not None and found < least:
        refuse(f"{what} is {least} or more, not {found}")
    integer: int = found
    return integer


def sizes(given: Any, what: str) -> tuple[int, ...]:
    """A shape, given as integers or as a single one."""
    if type(given) is tuple and all(type(n) is int and n >= 0 for n in given):
        return given
    found = integers_or_one(given, what)
    if any(n < 0 for n in found):
        refuse_shape(f"{what} has the negative size {min(found)}: {found}")
    return found


def listed(arrays: Iterable[Any], what: str) -> list[Any]:
    """A sequence of arrays, one at least, as a list; an array is the sequence of its parts along
    axis 0.
    """
    if not isinstance(arrays, Iterable | Handle) or getattr(arrays, "shape", None) == ():
        refuse_type(f"{what}: takes a sequence of arrays, not {shown(arrays)}")
    found = list(arrays)
    if not found:
        refuse(f"{what} needs at least one array")
    return found


def integers_or_one(given: Any, what: str) -> tuple[int, ...]:
    """An integer or a sequence of them, as a tuple."""
    if type(given) is int:
        return (given,)
    many = isinstance(given, Iterable) and getattr(given, "shape", None) != ()
    return integers(given, what) if many else (integer(given, what),)


def unfollowed(function: str, **given: tuple[Any, Any]) -> None:
    """Refuse parameters of NumPy's that mean nothing here, unless they have their default: each is
    given as (value, default).
    """
    for name, (value, default) in given.items():
        if value is not default and not (type(value) is type(default) and value == default):
            refuse_type(
                f"{function}: {name}={shown(value)} is not followed\n"
                f"  Leave {name} out, or do its work by another function."
            )


ORDERS = ("C", "F", "A", "K")


def layout(function: str, order: Any, known: tuple[str, ...] = ORDERS) -> None:
    """Check an `order` that only says how elements lie in memory, which polyad does not follow."""
    if order is not None and order not in known:
        refuse(f"{function}: order is one of {', '.join(map(repr, known))}, not {shown(order)}")
