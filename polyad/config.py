"""Settings: `polyad.config.update(name, value)`, or for a while `with
polyad.config(name=value):`.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from typing import Any

from .errors import PolyadTypeError, PolyadValueError
from .system import SYSTEM, processors
from .texts import shown

_CHOICES: dict[str, tuple[Any, ...]] = {
    "default_float": ("float32", "float64"),
    "threefry_partitionable": (True, False),
    "verify": (True, False),
    "debug_nans": (True, False),
    "tell_long_compiles": (True, False),
    "fp_contract": (True, False),
    "reassociate_reductions": (True, False),
}

# The settings that are numbers of bytes.
_BYTES = (
    "cache_limit",
    "kept_results",
    "kept_traces",
    "kept_code",
    "kept_kernels",
    "kept_memos",
    "kept_shapes",
    "live_code",
)

# The settings that compiled code depends on.
_CODE = ("max_while_steps", "fp_contract", "reassociate_reductions")


_LISTENERS: dict[str, list[Callable[[Any], None]]] = {}


VERSION_OFFSET = object.__basicsize__
"""Bytes from the start of `config` to its slot `version`, at which compiled code reads it."""


class _Counted:
    """Base class whose one slot, `version`, machine code reads at a fixed offset, `VERSION_OFFSET`:
    it stays the first slot of the first class. Each change of a setting makes a new version.
    """

    __slots__ = ("version",)


class Config(_Counted):
    """The settings of this process.

    - `default_float` ("float64"): the dtype of Python floats and of new arrays; "float32" or
      "float64".
    - `threefry_partitionable` (True): the counter layout of random bits; False is JAX's older
      layout.
    - `verify` (False): run the IR verifier after every pass.
    - `debug_nans` (False): raise `NanError`, naming op and user's line, when an op makes the first
      NaN, or when a gradient is infinite though no value is; it names the op of the function whose
      partial is infinite.
    - `tell_long_compiles` (True): log a warning, on the logger "polyad", when the compilation of a
      function takes more than two seconds: what is done, and what is under way.
    - `max_while_steps` (None): raise `WhileStepsError`, naming the user's line, when a `while` runs
      for more iterations than this.
    - `fp_contract` (True): compiled code may compute a product and the sum it goes into in one
      step, rounding once (a fused multiply-add); False: each rounds for itself, as NumPy's do.
    - `reassociate_reductions` (True): compiled code may add up (or multiply) floating numbers in
      parts, as vectors and threads need; False: one by one, in one order, at a fraction of the
      speed. Products of matrices are BLAS's affair, either way.
    - `sparse_unroll` (1000): over how many iterations of a loop the pattern of a sparse derivative
      is followed one by one; a longer loop's is that of any iteration.
    - `default_backend` ("numpy"): what Python scalars and creation functions give.
    - `num_threads`: over how many threads large compiled loops are split, the caller's being one of
      them; what they compute does not depend on it. Environment variable: `POLYAD_NUM_THREADS`;
      without it `OMP_NUM_THREADS`, and without that the processors that this process may use.
    - `cache_dir`: the folder that keeps compiled code between processes; None or "": there is none.
      Environment variable: `POLYAD_CACHE_DIR`. Without it, `polyad` in the user's cache directory.
    - `cache_limit` (256 MiB): the bytes that it may take, but for a few parts in a hundred; what is
      used least recently goes first.
    - `kept_results` (256 MiB): the bytes that are kept, of large arrays that compiled functions
      returned and nobody uses any more, for the next such arrays, which the operating system would
      have to map and clear; 0: none.
    - `kept_traces` (64 MiB), `kept_code` (4 MiB), `kept_kernels` (4 MiB), `kept_memos` (16 MiB),
      `live_code` (1 GiB), `kept_shapes` (8 MiB): the bytes of a process's caches, by estimate:
      functions traced by transformations outside `jit`, with all that was derived from them;
      compiled functions that nobody holds any more, for another `jit` of the same; machine code of
      kernels, for other functions that have such kernels; types and dtypes that were inferred;
      compiled functions that somebody holds; and of each of these, shapes and static arguments
      beyond the first 1,024 (`jit(f, shapes="symbolic")` has one program for all). What was used
      least recently goes first. `polyad.clear_caches()` empties them.

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
        "tell_long_compiles",
        "max_while_steps",
        "fp_contract",
        "reassociate_reductions",
        "sparse_unroll",
        "default_backend",
        "num_threads",
        "cache_dir",
        "cache_limit",
        "kept_results",
        "kept_traces",
        "kept_code",
        "kept_kernels",
        "kept_memos",
        "kept_shapes",
        "live_code",
    )

    def __init__(self) -> None:
        self.version = 0
        self.num_threads = _threads()
        self.default_float = "float64"
        self.threefry_partitionable = True
        self.verify = False
        self.debug_nans = False
        self.tell_long_compiles = True
        self.max_while_steps: int | None = None
        self.fp_contract = True
        self.reassociate_reductions = True
        self.sparse_unroll = 1000
        self.default_backend = "numpy"
        self.cache_dir: str | None = os.environ.get("POLYAD_CACHE_DIR", _user_cache())
        self.cache_limit = 256 << 20
        self.kept_results = 256 << 20
        self.kept_traces = 64 << 20
        self.kept_code = 4 << 20
        self.kept_kernels = 4 << 20
        self.kept_memos = 16 << 20
        self.kept_shapes = 8 << 20
        self.live_code = 1 << 30

    def update(self, name: str, value: Any) -> None:
        """Set one setting. Raises `PolyadValueError` for a name or value that does not exist."""
        if name not in self.__slots__:
            raise PolyadValueError(
                f"there is no setting {name!r}; settings: {', '.join(self.__slots__)}"
            )
        if name == "cache_dir":
            value = _folder(value)
        value = getattr(value, "name", None) or getattr(value, "__name__", None) or value
        choices = _CHOICES.get(name)
        if choices is not None and (
            value not in choices or isinstance(value, bool) is not isinstance(choices[0], bool)
        ):
            raise PolyadValueError(f"config.{name} is one of {choices}, not {shown(value)}")
        if name == "max_while_steps" and not (value is None or (type(value) is int and value >= 0)):
            raise PolyadValueError(
                f"config.max_while_steps is a number of iterations, or None, not {shown(value)}"
            )
        if name == "sparse_unroll" and not (type(value) is int and value >= 0):
            raise PolyadValueError(
                f"config.sparse_unroll is a number of iterations, not {shown(value)}"
            )
        if name in _BYTES and not (type(value) is int and value >= 0):
            raise PolyadValueError(f"config.{name} is a number of bytes, not {shown(value)}")
        if name == "num_threads" and not (type(value) is int and value >= 1):
            raise PolyadValueError(f"config.num_threads is a number from 1 on, not {shown(value)}")
        if name == "default_backend" and not isinstance(value, str):
            raise PolyadTypeError(f"config.default_backend is a backend's name, not {shown(value)}")
        self._set(name, value)

    def listen(self, name: str, heard: Callable[[Any], None]) -> None:
        """Call `heard` with the value of a setting, now and whenever it is set."""
        _LISTENERS.setdefault(name, []).append(heard)
        heard(getattr(self, name))

    def _set(self, name: str, value: Any) -> None:
        if getattr(self, name) != value:
            self.version += 1
        object.__setattr__(self, name, value)
        for heard in _LISTENERS.get(name, ()):
            heard(value)

    def of_code(self) -> dict[str, Any]:
        """The settings that compiled code depends on, as they are now."""
        return {name: getattr(self, name) for name in _CODE}

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
                self._set(name, value)

    def __repr__(self) -> str:
        return f"Config({', '.join(f'{name}={getattr(self, name)!r}' for name in self.__slots__)})"


def _threads() -> int:
    """The number of threads: from the environment, or of processors. Raises `PolyadValueError` for
    a setting of polyad's own that is no number from 1 on.
    """
    for name in ("POLYAD_NUM_THREADS", "OMP_NUM_THREADS"):
        given = os.environ.get(name, "").strip()
        number = given.partition(",")[0].strip()
        if number.isdecimal() and int(number) >= 1:
            return int(number)
        if given and name.startswith("POLYAD"):
            raise PolyadValueError(
                f"the environment variable {name} is a number of threads from 1 on, "
                f"not {shown(given)}\n"
                "  Leave it unset for one thread on each processor."
            )
    return processors()


def _folder(value: Any) -> str | None:
    """A setting that is a path, as a string."""
    try:
        return None if value is None else os.fsdecode(os.fspath(value))
    except TypeError:
        raise PolyadTypeError(
            f"config.cache_dir is the path of a folder, or None for no cache, not {shown(value)}"
        ) from None


def _user_cache() -> str:
    """polyad's folder in the user's cache directory, by the rules of the platform."""
    variable, default = SYSTEM.cache
    given = os.environ.get(variable, "")
    # A relative path is to be ignored: XDG Base Directory Specification 0.8.
    folder = given if os.path.isabs(given) else os.path.expanduser(default)
    return os.path.join(folder, "polyad")


config = Config()
