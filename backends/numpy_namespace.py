"""NumPy as a namespace of the array API standard.

NumPy 2 follows the standard but for some functions, of which `array_api_compat.numpy` has versions
that do. Importing that takes two thirds of the time that importing NumPy does, so it is done when
one of those is asked for.
"""

from __future__ import annotations

from typing import Any

import numpy as np

# Functions that NumPy 2.0 lacks, or has with other arguments or results.
COMPAT = frozenset(
    (
        *("__array_namespace_info__", "argsort", "ceil", "clip", "count_nonzero", "finfo", "floor"),
        *("cumulative_prod", "cumulative_sum", "iinfo", "nonzero", "sign", "sort", "trunc"),
        *("std", "take_along_axis", "unique_all", "unique_counts", "unique_inverse"),
        *("unique_values", "unstack", "var"),
    )
)


def astype(x: Any, dtype: Any, /, *, copy: bool = True) -> Any:
    """The standard's function, which NumPy has from 2.1 on."""
    return x.astype(dtype, copy=copy)


class Namespace:
    """The functions, each where it is."""

    astype = staticmethod(astype)

    def __getattr__(self, name: str) -> Any:
        if name in COMPAT:
            import array_api_compat.numpy

            found = getattr(array_api_compat.numpy, name)
        else:
            found = getattr(np, name)
        setattr(self, name, found)
        return found


NAMESPACE = Namespace()
