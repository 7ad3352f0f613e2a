"""The parameters of JAX's products: `precision`, which is always the full one here, and
`preferred_element_type`, in which products are taken and summed.
"""

from __future__ import annotations

import enum
import functools
import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

from ..texts import shown
from ._arguments import refuse
from ._core import array_of, convert

Function = Callable[..., Any]


class Precision(enum.Enum):
    """The precision that JAX programs ask of products: accepted; it is always the full one."""

    DEFAULT = 0
    HIGH = 1
    HIGHEST = 2


class DotAlgorithmPreset(enum.Enum):
    """JAX's algorithms of products, by the dtypes of operands and sums: accepted as `Precision`
    is.
    """

    DEFAULT = 0
    ANY_F8_ANY_F8_F32 = 1
    ANY_F8_ANY_F8_F32_FAST_ACCUM = 2
    ANY_F8_ANY_F8_ANY = 3
    ANY_F8_ANY_F8_ANY_FAST_ACCUM = 4
    F16_F16_F16 = 5
    F16_F16_F32 = 6
    BF16_BF16_BF16 = 7
    BF16_BF16_F32 = 8
    BF16_BF16_F32_X3 = 9
    BF16_BF16_F32_X6 = 10
    BF16_BF16_F32_X9 = 11
    TF32_TF32_F32 = 12
    TF32_TF32_F32_X3 = 13
    F32_F32_F32 = 14
    F64_F64_F64 = 15


class DotAlgorithm(NamedTuple):
    """JAX's description of an algorithm of products: accepted as `Precision` is."""

    lhs_precision_type: Any
    rhs_precision_type: Any
    accumulation_type: Any
    lhs_component_count: int = 1
    rhs_component_count: int = 1
    num_primitive_operations: int = 1
    allow_imprecise_accumulation: bool = False


NAMES = (
    "default",
    "fastest",
    "high",
    "highest",
    "bfloat16",
    "bfloat16_3x",
    "float32",
    "tensorfloat32",
)


def check_precision(function: str, given: Any) -> None:
    """Raise `PolyadValueError` for what is no precision: None, one of JAX's names, a `Precision`,
    an algorithm, or a pair of these, one for each operand.
    """
    pair = given if isinstance(given, tuple | list) and len(given) == 2 else (given,)
    for one in pair:
        known = isinstance(one, Precision | DotAlgorithmPreset | DotAlgorithm | None)
        if not (known or one in NAMES or one in DotAlgorithmPreset.__members__):
            names = ", ".join(map(repr, NAMES))
            refuse(
                f"{function}: precision is None, a lax.Precision, one of {names}, or a pair of "
                f"these, not {shown(given)}\n  It has no effect: products are in full precision."
            )


def precise(operands: int | None) -> Callable[[Function], Function]:
    """Make a product of so many arrays one that takes the two parameters. None: one of any number,
    with a parameter `dtype`.
    """

    def decorated(core: Function) -> Function:
        @functools.wraps(core)
        def product(
            *args: Any, precision: Any = None, preferred_element_type: Any = None, **options: Any
        ) -> Any:
            if precision is not None:
                check_precision(core.__name__, precision)
            if preferred_element_type is None:
                return core(*args, **options)
            if operands is None:
                return core(*args, dtype=preferred_element_type, casting="unsafe", **options)
            given = [convert(array_of(x), preferred_element_type) for x in args[:operands]]
            return core(*given, *args[operands:], **options)

        product.__signature__ = _with_both(core)  # type: ignore[attr-defined]
        return product

    return decorated


def _with_both(core: Function) -> inspect.Signature:
    found = inspect.signature(core)
    more = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None)
        for name in ("precision", "preferred_element_type")
    ]
    own = list(found.parameters.values())
    at = len(own) - (own[-1].kind is inspect.Parameter.VAR_KEYWORD)
    return found.replace(parameters=[*own[:at], *more, *own[at:]])
