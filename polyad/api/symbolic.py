"""Shapes with symbols, for functions that take types in place of arrays."""

from __future__ import annotations

import re
from typing import Any

from ..errors import ParseError, PolyadTypeError, PolyadValueError
from ..ir import DType, user_location, where
from ..ir.parser import Reader
from ..ir.symbolic import Dim
from ..ir.symbolic.named import FUNCTIONS, expression
from ..texts import shown


def symbolic_shape(text: str) -> tuple[Any, ...]:
    """The shape that `text` spells, as `"n, 3"` or `"2*n, m + 1"`. Names are symbols: each stands
    for all sizes from 9 on, and different names for different sizes.

    `ShapeDtypeStruct`, `eval_shape` and `make_ir` take such sizes. A function that asks more of
    them than which are equal, as whether n < 100, or that needs the number, raises `ShapeError`,
    which names the line.

    Raises `PolyadValueError` for text that is no shape.

    >>> import polyad
    >>> x = polyad.ShapeDtypeStruct(polyad.symbolic_shape("n, 3"), "float64")
    >>> polyad.eval_shape(lambda x: (x.T @ x, polyad.numpy.concatenate([x, x])), x)
    (f64[3,3], f64[2*n,3])
    """
    if not isinstance(text, str):
        raise PolyadTypeError(
            f"symbolic_shape takes text such as 'n, 3', not {shown(text)}{where(user_location())}"
        )
    try:
        reader = Reader(text)
        found = []
        while reader.kind != "end":
            found.append(expression(reader))
            if reader.kind != "end":
                reader.expect(",")
    except ParseError as error:
        raise PolyadValueError(f"symbolic_shape: {error}{where(user_location())}") from None
    check_names(text)
    for n in found:
        if not isinstance(n, int | Dim) or (isinstance(n, int) and n < 0):
            raise PolyadValueError(f"symbolic_shape: {shown(n)} is no size{where(user_location())}")
    return tuple(found)


def check_names(text: str) -> None:
    """Raise `PolyadValueError` for a symbol whose name means something else in the IR's text."""
    for name in re.findall(r"[A-Za-z_]\w*(?!\w*\()", text):
        if name in DType.by_short or name in FUNCTIONS:
            raise PolyadValueError(
                f"symbolic_shape: a size cannot have the name {name!r}{where(user_location())}"
            )
