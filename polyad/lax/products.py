"""Products of arrays: dot, dot_general, batch_matmul."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..errors import PolyadTypeError, PolyadValueError
from ..numpy._core import convert, promoted, shape_of
from ..numpy._precision import DotAlgorithm as DotAlgorithm
from ..numpy._precision import DotAlgorithmPreset as DotAlgorithmPreset
from ..numpy._precision import Precision as Precision
from ..numpy._precision import check_precision
from ..ops import linalg as l
from ..ops.shapes import normalize_axes
from ..texts import shown
from ._arguments import refuse, refuse_shape, refuse_type, type_of

DotDimensionNumbers = tuple[
    tuple[Sequence[int], Sequence[int]], tuple[Sequence[int], Sequence[int]]
]


def dot(lhs: Any, rhs: Any, precision: Any = None, preferred_element_type: Any = None) -> Any:
    """The product of vectors or matrices: the last axis of `lhs` with the first of `rhs`.

    `polyad.numpy.matmul` takes more dimensions. Raises `ShapeError` for other ranks or sizes.

    >>> import numpy as np
    >>> dot(np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    np.float64(11.0)
    """
    x, y = promoted([lhs, rhs])
    n, k = len(shape_of(x)), len(shape_of(y))
    if n not in (1, 2) or k not in (1, 2) or shape_of(x)[-1] != shape_of(y)[0]:
        refuse_shape(f"dot: takes vectors or matrices that fit, not {type_of(x)} and {type_of(y)}")
    return dot_general(x, y, (((n - 1,), (0,)), ((), ())), precision, preferred_element_type)


def dot_general(
    lhs: Any,
    rhs: Any,
    dimension_numbers: DotDimensionNumbers,
    precision: Any = None,
    preferred_element_type: Any = None,
) -> Any:
    """Sums of products over contracted axes, for each index of the batch axes.

    `dimension_numbers` is ((contracted of lhs, of rhs), (batch of lhs, of rhs)). The result's axes
    are the batch, what is left of `lhs`, what is left of `rhs`. Sums are taken in
    `preferred_element_type`, if given. `precision` is accepted and has no effect: products are in
    full precision.

    >>> import numpy as np
    >>> dot_general(np.ones((2, 3, 4)), np.ones((2, 4, 5)), (((2,), (1,)), ((0,), (0,)))).shape
    (2, 3, 5)
    """
    check_precision("dot_general", precision)
    x, y = promoted([lhs, rhs])
    if preferred_element_type is not None:
        x, y = convert(x, preferred_element_type), convert(y, preferred_element_type)
    try:
        (cx, cy), (bx, by) = dimension_numbers
        pairs = [
            (normalize_axes(tuple(a), len(shape_of(v))))
            for a, v in ((cx, x), (cy, y), (bx, x), (by, y))
        ]
    except (PolyadTypeError, PolyadValueError) as error:
        refuse(f"dot_general: {error}", type(error))
    except (TypeError, ValueError):
        refuse_type(
            "dot_general: dimension_numbers is ((contracted of lhs, of rhs), (batch of lhs, of "
            f"rhs)), not {shown(dimension_numbers, 120)}"
        )
    contracting, batch = (pairs[0], pairs[1]), (pairs[2], pairs[3])
    for (a, b), name in ((contracting, "contracted"), (batch, "batch")):
        if len(a) != len(b):
            refuse(f"dot_general: as many {name} axes on both sides, not {a} and {b}")
    for side in range(2):
        if set(contracting[side]) & set(batch[side]):
            refuse(f"dot_general: axes are contracted or batch, not both: {dimension_numbers}")
    return l.dot_general(x, y, contracting=contracting, batch=batch)


def batch_matmul(lhs: Any, rhs: Any, precision: Any = None) -> Any:
    """The products of two stacks of matrices of equal leading axes.

    >>> import numpy as np
    >>> batch_matmul(np.ones((2, 3, 4)), np.ones((2, 4, 5))).shape
    (2, 3, 5)
    """
    x, y = promoted([lhs, rhs])
    n = len(shape_of(x))
    if n < 2 or n != len(shape_of(y)):
        refuse_shape(f"batch_matmul: takes stacks of one rank, not {type_of(x)} and {type_of(y)}")
    lead = tuple(range(n - 2))
    return dot_general(x, y, (((n - 1,), (n - 2,)), (lead, lead)), precision)
