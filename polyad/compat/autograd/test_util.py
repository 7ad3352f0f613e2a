"""autograd's check of derivatives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ... import test_util as _test_util


def check_grads(
    f: Callable[..., Any],
    argnum: Any = None,
    modes: Sequence[str] = ("fwd", "rev"),
    order: int = 2,
) -> Callable[..., None]:
    """A function of arguments: it raises `AssertionError` where the derivatives of `f` are not
    those of differences, by its arguments `argnum` (None: by all), in these modes, up to `order`.

    >>> check_grads(lambda x: x**3, order=2)(1.5)
    """

    def check(*args: Any, **kwargs: Any) -> None:
        every = range(len(args)) if argnum is None else argnum
        chosen = tuple(every) if not isinstance(every, int) else (every,)

        def part(*given: Any) -> Any:
            full = list(args)
            for i, value in zip(chosen, given, strict=True):
                full[i] = value
            return f(*full, **kwargs)

        _test_util.check_grads(
            part, tuple(args[i] for i in chosen), order=order, modes=tuple(modes)
        )

    return check
