"""`autograd.util`: autograd's older name of a check."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

from .test_util import check_grads


def quick_grad_check(
    fun: Callable[..., Any], arg0: Any, extra_args: Sequence[Any] = (), **_: Any
) -> None:
    """`test_util.check_grads` of `fun` by its first argument."""
    warnings.warn(
        "quick_grad_check is autograd's older form; write test_util.check_grads(fun)(*args)",
        DeprecationWarning,
        stacklevel=2,
    )
    check_grads(lambda x: fun(x, *extra_args))(arg0)
