"""Settings: `polyad.config.update(name, value)`, or for a while `with
polyad.config(name=value):`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from .errors import PolyadTypeError, PolyadValueError

_CHOICES: dict[str, tuple[Any, ...]] = {
    "default_float": ("float32", "float64"),
    "threefry_partitionable": (True, False),
    "verify": (True, False),
    "debug_nans": (True, False),
}


class Config:
    """The settings of this process.

    - `default_float` ("float64"): the dtype of Python floats and of new arrays; "float32" or
      "float64".
    - `threefry_partitionable` (True): the counter layout of random bits; False is JAX's older
      layout.
    - `verify` (False): run the IR verifier after every pass.
    - `debug_nans` (False): raise `NanError`, naming op and user's line, when an op makes the first
      NaN.
    - `max_while_steps` (None): raise `WhileStepsError`, naming the user's line, when a `while` runs
      for more iterations than this.
    - `default_backend` ("numpy"): what Python scalars and creation functions give.

    >>> import polyad
    >>> with polyad.config(default_float="float32"):
    ...     polyad.numpy.ones(2).dtype
    dtype('float32')
    """

    __slots__ = (
        "default_float",
        "threefry_partitionable",
        "verify",
        "debug_nans",
        "max_while_steps",
        "default_backend",
    )

    def __init__(self) -> None:
        self.default_float = "float64"
        self.threefry_partitionable = True
        self.verify = False
        self.debug_nans = False
        self.max_while_steps: int | None = None
        self.default_backend = "numpy"

    def update(self, name: str, value: Any) -> None:
        """Set one setting. Raises `PolyadValueError` for a name or value that does not exist."""
        if name not in self.__slots__:
            raise PolyadValueError(
                f"there is no setting {name!r}; settings: {', '.join(self.__slots__)}"
            )
        value = getattr(value, "name", None) or getattr(value, "__name__", None) or value
        choices = _CHOICES.get(name)
        if choices is not None and (
            value not in choices or isinstance(value, bool) is not isinstance(choices[0], bool)
        ):
            raise PolyadValueError(f"config.{name} is one of {choices}, not {value!r}")
        if name == "max_while_steps" and not (value is None or (type(value) is int and value >= 0)):
            raise PolyadValueError(
                f"config.max_while_steps is a number of iterations, or None, not {value!r}"
            )
        if name == "default_backend" and not isinstance(value, str):
            raise PolyadTypeError(f"config.default_backend is a backend's name, not {value!r}")
        object.__setattr__(self, name, value)

    @contextlib.contextmanager
    def __call__(self, **settings: Any) -> Iterator[Config]:
        """The settings in force inside a `with` block."""
        before = {name: getattr(self, name, None) for name in settings}
        for name, value in settings.items():
            self.update(name, value)
        try:
            yield self
        finally:
            for name, value in before.items():
                object.__setattr__(self, name, value)

    def __repr__(self) -> str:
        return f"Config({', '.join(f'{name}={getattr(self, name)!r}' for name in self.__slots__)})"


config = Config()
