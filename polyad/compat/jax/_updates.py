"""`x.at[index]` of JAX's arrays: indices out of range are dropped, or clamped by `get`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...numpy.updates import at


class Updates:
    """`x.at`, whose results `result` makes arrays of JAX's."""

    def __init__(self, x: Any, result: Callable[[Any], Any] = lambda x: x) -> None:
        self.x, self.result = x, result

    def __getitem__(self, index: Any) -> Update:
        return Update(at(self.x)[index], self.result)


class Update:
    """The updates at an index, in JAX's mode where none is given."""

    def __init__(self, update: Any, result: Callable[[Any], Any]) -> None:
        self.update, self.result = update, result

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.update, name)
        mode = "clip" if name == "get" else "drop"

        def call(*args: Any, **kwargs: Any) -> Any:
            if kwargs.get("mode") is None:
                kwargs["mode"] = mode
            return self.result(method(*args, **kwargs))

        return call
