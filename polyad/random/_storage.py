"""Samples in float16 and bfloat16: drawn in float32 and rounded."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from ..ir import as_dtype
from ..numpy._storage import widened
from ..ops import elementwise as e


def drawn_wide(distribution: Callable[..., Any]) -> Callable[..., Any]:
    """`distribution`, whose samples in a dtype of 16 bits are those in the dtype that this is
    computed in, rounded: so their tails are as far as the dtype has numbers.
    """
    signature = inspect.signature(distribution)

    @functools.wraps(distribution)
    def drawn(*args: Any, **kwargs: Any) -> Any:
        try:
            given = signature.bind(*args, **kwargs).arguments
            wanted = as_dtype(given.get("dtype") or float)
        except TypeError:  # which the distribution refuses
            return distribution(*args, **kwargs)
        if not wanted.is_stored:
            return distribution(*args, **kwargs)
        wide = {name: widened(x) for name, x in given.items()} | {"dtype": wanted.compute}
        return e.astype(distribution(**wide), dtype=wanted)

    return drawn
