"""Who executes: the `Backend` protocol, the discovery of backends, and the choice of one for a
call.

polyad itself imports no executor. An installed distribution offers one through the entry-point
group `polyad.backends`: a name, and a callable without arguments that gives a `Backend`.
"""

from __future__ import annotations

import contextlib
import importlib
import threading
import warnings
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Protocol

from .config import config
from .errors import BackendError, BackendNotFoundError, NanError
from .ir import ArrayType, Attributes, Definition, DType, Function, Handle, Location, where

GROUP = "polyad.backends"
SCALARS = (bool, int, float, complex)


class CodeCache(Protocol):
    """What a backend keeps on disk between processes."""

    def info(self) -> dict[str, Any]:
        """`directory`, number of `entries`, their `bytes` together, and the `limit` of that."""

    def clear(self) -> int:
        """Remove all entries; how many there were."""


class Backend:
    """What an executor offers. Arrays are its own kind of array and nothing else is known of
    them.
    """

    name: str = ""
    owns_arrays = True
    takes_arrays_of = ""  # the backend that owns what this one computes with, if it owns nothing

    def is_available(self) -> bool:
        """Whether the libraries it needs are installed."""
        return True

    def lacks(self) -> str:
        """What a backend that is not available needs, and how to get it: a part of a sentence."""
        return f"the library it needs is not installed; `pip install 'polyad[{self.name}]'`"

    def owns(self, array: Any) -> bool:
        """Whether `array` is one of this backend's; must not import the backend's library to find
        out.
        """
        raise NotImplementedError(f"backend {self.name!r} does not say which arrays it owns")

    def type_of(self, array: Any) -> ArrayType:
        """dtype and shape; raises `TypeError` for a dtype polyad does not have."""
        raise NotImplementedError(f"backend {self.name!r} does not type arrays")

    def asarray(self, value: Any, dtype: DType | None = None, like: Any = None) -> Any:
        """`value` (Python scalars, nested lists, NumPy arrays) as an array, on the device of
        `like`.
        """
        raise NotImplementedError(f"backend {self.name!r} does not make arrays")

    def scalar(self, value: Any, dtype: DType, like: Any = None) -> Any:
        """A Python or NumPy scalar as an array without dimensions."""
        return self.asarray(value, dtype, like)

    def version(self, array: Any) -> Hashable:
        """What tells one content of a small array that may be written into from another; or None.

        Arrays with a version are copied when a trace captures them, as an operation called at once
        would have read them; others are read when the traced function runs.
        """
        return None

    def copy(self, array: Any) -> Any:
        """The array in memory of its own."""
        raise NotImplementedError(f"backend {self.name!r} does not copy arrays")

    def full(self, value: Any, dtype: DType, shape: tuple[int, ...], like: Any = None) -> Any:
        """A new array of `shape` filled with a Python scalar, on the device of `like`."""
        raise NotImplementedError(f"backend {self.name!r} does not make arrays")

    def implementation(
        self,
        definition: Definition,
        attributes: Attributes,
        types: tuple[ArrayType, ...],
        results: tuple[ArrayType, ...],
    ) -> Callable[..., Any]:
        """A callable on arrays for one op; it may be given smaller operands that broadcast, if
        element-wise.
        """
        raise NotImplementedError(f"backend {self.name!r} does not run single ops")

    def direct(
        self, definition: Definition, types: tuple[ArrayType, ...]
    ) -> Callable[..., Any] | None:
        """What `implementation` gives for an element-wise op on arrays of these dtypes, if it is
        right for all shapes, and refuses those that do not broadcast; else None.
        """
        return None

    def evaluate(self, function: Function, arrays: Sequence[Any]) -> Sequence[Any]:
        """The results of `function` on `arrays`."""
        raise NotImplementedError(f"backend {self.name!r} does not evaluate")

    def compile(self, function: Function) -> Callable[..., Sequence[Any]]:
        """A callable on arrays, made once for many calls."""
        return lambda *arrays: self.evaluate(function, arrays)

    def compile_donating(
        self, function: Function, donated: Sequence[int]
    ) -> Callable[..., Sequence[Any]]:
        """The same, that may write over the arguments `donated`, and return them."""
        return self.compile(function)

    def passes(self) -> Mapping[str, Callable[[Function], Function]]:
        """The passes of its compiler by name, in the order in which they run; for `python -m polyad
        opt`.
        """
        return {}

    def cache(self) -> CodeCache | None:
        """What it keeps on disk, for `python -m polyad cache`; None if it keeps nothing."""
        return None

    def devices(self) -> Sequence[Any]:
        """The devices there are, the default one first."""
        return ("cpu",)

    def to_device(self, array: Any, device: Any) -> Any:
        """The array on `device`. Raises `ValueError` for one that there is not."""
        if str(device) != "cpu":
            raise ValueError(f"{self.name} arrays are on 'cpu'; there is no device {device!r}")
        return array

    def from_dlpack(self, array: Any, copy: bool | None = None) -> Any:
        """An array of another library as one of this, by the DLPack protocol."""
        raise NotImplementedError(f"backend {self.name!r} does not take arrays by DLPack")

    def device(self, array: Any) -> Any:
        """The device an array is on; arrays of one call must agree on it."""
        return "cpu"

    def element(self, x: Any, index: int) -> Any:
        """The slice of an array at `index` of its first axis, or that element of a stack."""
        return x[index]

    def rows(self, x: Any, reverse: bool = False) -> Iterator[Any]:
        """The slices of an array along its first axis, one by one, from the last on if
        `reverse`.
        """
        count = x.shape[0]
        order = range(count - 1, -1, -1) if reverse else range(count)
        return (self.element(x, i) for i in order)

    def stack(self, arrays: Sequence[Any], element: ArrayType, like: Any = None) -> Any:
        """Arrays of type `element` along a new first axis, on the device of `like`."""
        raise NotImplementedError(f"backend {self.name!r} does not stack arrays")

    def quiet(self) -> contextlib.AbstractContextManager[Any]:
        """A context without the library's floating-point warnings."""
        return contextlib.nullcontext()

    def on_host(self, arrays: Sequence[Any]) -> bool:
        """Whether the arrays' memory is the CPU's, so that native code can use them where they
        are.
        """
        return False

    def beside(self, array: Any) -> contextlib.AbstractContextManager[Any]:
        """A block in which arrays are made on the device of `array` where none is named."""
        return contextlib.nullcontext()

    def to_host(self, array: Any) -> Any:
        """A NumPy array on the same memory."""
        raise NotImplementedError(f"backend {self.name!r} does not share memory with NumPy")

    def from_host(self, arrays: Sequence[Any], like: Any) -> Sequence[Any]:
        """NumPy arrays as this backend's, on the same memory."""
        raise NotImplementedError(f"backend {self.name!r} does not share memory with NumPy")

    def has_nan(self, array: Any) -> bool:
        """Whether a floating or complex array has a NaN."""
        raise NotImplementedError(f"backend {self.name!r} does not look for NaNs")

    def nonzero(self, mask: Any) -> Sequence[Any]:
        """The positions of a boolean array's Trues, an array of integers for each axis."""
        raise NotImplementedError(f"backend {self.name!r} does not look for Trues")

    def first_outside(self, indices: Any, low: int, high: int | None) -> int | None:
        """The first of `indices` that is not in [low, high), or None; no `high`, no end."""
        raise NotImplementedError(f"backend {self.name!r} does not check indices")

    def item(self, array: Any) -> Any:
        """The Python scalar in an array of one element."""
        return array.item()


class Stack(list[Any]):
    """What a loop recorded, an array for each iteration: the run-time value of a `StackType`,
    `type`.
    """

    __slots__ = ("type",)

    def __init__(self, type: Any, items: Iterable[Any] = ()) -> None:
        super().__init__(items)
        self.type = type


_LOADED: dict[str, Backend] = {}
_BROKEN: set[str] = set()
_OWNERS: dict[type, Backend | None] = {}
_IS_SCALAR: dict[type, bool] = {}
_STATE = threading.local()
# What there is of traces and `backend_scope`s, on all threads. While it is empty Python's scalars
# are the default backend's of `config`, and nothing is traced.
UNDER_WAY: dict[Any, None] = {}
_LOCK = threading.RLock()


def _entries() -> dict[str, EntryPoint]:
    found = getattr(_entries, "found", None)
    if found is None:
        found = {entry.name: entry for entry in entry_points(group=GROUP)}
        _entries.found = found  # type: ignore[attr-defined]
    return found


def backends() -> list[str]:
    """The names of the backends whose libraries are installed."""
    return sorted(name for name, backend in _loadable() if backend.is_available())


def compiler_passes() -> dict[str, Callable[[Function], Function]]:
    """The passes of all backends that are installed, by name."""
    return {
        name: step
        for _, backend in _loadable()
        if backend.is_available()
        for name, step in backend.passes().items()
    }


def caches() -> dict[str, CodeCache]:
    """What backends keep on disk, by the backend's name."""
    found = {name: backend.cache() for name, backend in _loadable() if backend.is_available()}
    return {name: cache for name, cache in found.items() if cache is not None}


def _loadable() -> Iterator[tuple[str, Backend]]:
    """The backends that load, NumPy's first. One that does not is its own author's trouble: a
    warning names it, and the others work.
    """
    for name in sorted({*_entries(), *_LOADED}, key=lambda name: (name != "numpy", name)):
        if name in _BROKEN:
            continue
        try:
            yield name, _load(name)
        except (ImportError, AttributeError) as error:
            _BROKEN.add(name)
            warnings.warn(f"backend {name!r} does not load: {error}", RuntimeWarning, stacklevel=3)


def _load(name: str) -> Backend:
    found = _LOADED.get(name)
    if found is None:
        with _LOCK:
            entry = _entries()[name]
            module, _, attribute = entry.value.partition(":")
            found = _LOADED[name] = getattr(importlib.import_module(module), attribute)()
    return found


def get_backend(name: str | Backend) -> Backend:
    """The backend of that name. Raises `BackendNotFoundError` if it is unknown or not installed."""
    if isinstance(name, Backend):
        return name
    found = _LOADED.get(name)
    if found is None:
        if name not in _entries():
            known = ", ".join(sorted(_entries()))
            raise BackendNotFoundError(f"no backend is named {name!r}; the known ones are {known}")
        found = _load(name)
    if not found.is_available():
        raise BackendNotFoundError(
            f"backend {name!r} is known, but {found.lacks()}, or choose one of "
            f"{', '.join(backends())}"
        )
    return found


def default_backend() -> Backend:
    """The backend that Python scalars and creation functions use here."""
    chosen = getattr(_STATE, "backend", None)
    return chosen or _LOADED.get(config.default_backend) or get_backend(config.default_backend)


@contextlib.contextmanager
def backend_scope(backend: Backend, like: Any = None) -> Iterator[None]:
    """Let `backend` be the default inside a `with` block, on this thread; and new arrays be on the
    device of `like`, if that is one of its arrays.
    """
    before, scope = getattr(_STATE, "backend", None), object()
    _STATE.backend = backend
    UNDER_WAY[scope] = None
    try:
        with device_scope(backend, [like]):
            yield
    finally:
        del UNDER_WAY[scope]
        _STATE.backend = before


def device_scope(
    backend: Backend | None, arrays: Sequence[Any]
) -> contextlib.AbstractContextManager[Any]:
    """A block in which new arrays are on the device of the first of `arrays` that is the
    backend's.
    """
    if backend is None or backend.on_host(arrays):
        return contextlib.nullcontext()
    found = next((x for x in arrays if x is not None and backend_of(x) is backend), None)
    return contextlib.nullcontext() if found is None else backend.beside(found)


class use_backend:
    """Choose the backend of Python scalars and of `polyad.numpy`'s creation functions.

    `polyad.use_backend("torch")` holds from then on; `with polyad.use_backend("torch"):` for the
    block.

    >>> import polyad
    >>> with polyad.use_backend("numpy"):
    ...     type(polyad.numpy.zeros(2)).__module__
    'numpy'
    """

    def __init__(self, name: str) -> None:
        backend = get_backend(name)
        if not backend.owns_arrays:
            raise BackendError(
                f"backend {name!r} has no arrays of its own; use jit(..., backend={name!r})"
            )
        self._before = config.default_backend
        config.update("default_backend", backend.name)

    def __enter__(self) -> use_backend:
        return self

    def __exit__(self, *exception: object) -> None:
        config.update("default_backend", self._before)


owner_of_type = _OWNERS.get
"""The backend of arrays of a type of which one has been seen: `backend_of` without a search."""


def backend_of(array: Any) -> Backend | None:
    """The backend whose array this is, or None for what is no array."""
    kind = type(array)
    try:
        return _OWNERS[kind]
    except KeyError:
        pass
    if kind in SCALARS or issubclass(kind, Handle):
        owner = None
    else:
        owner = next((backend for _, backend in _loadable() if backend.owns(array)), None)
    _OWNERS[kind] = owner
    return owner


def common_backend(arrays: Iterable[Any], what: str = "the call") -> Backend | None:
    """The one backend of all `arrays` (Python and NumPy scalars go with any), or None if all are
    scalars.

    Raises `BackendError` when there are several, or tensors of several devices.
    """
    found: Backend | None = None
    first: Any = None
    for array in arrays:
        if type(array) is Stack:
            array = array[0] if array else 0
        backend = backend_of(array)
        if backend is None or is_scalar(array):
            continue
        if found is None:
            found, first = backend, array
        elif backend is not found:
            raise BackendError(
                f"{what} mixes arrays of {found.name} and {backend.name} "
                f"({_describe(first)} and {_describe(array)}); convert one of them, e.g. with "
                "numpy.asarray(tensor) or torch.as_tensor(array)"
            )
        elif found.device(first) != found.device(array):
            raise BackendError(
                f"{what} mixes arrays on {found.device(first)} and {found.device(array)}; move "
                "one of them"
            )
    return found


def plain_backend(operands: Iterable[Any]) -> Backend | None:
    """`common_backend` where it is plain to see: of arrays of one backend and device, of types that
    have been seen, among Python scalars. Else None.
    """
    found: Backend | None = None
    first: Any = None
    for x in operands:
        kind = type(x)
        if kind in SCALARS:
            continue
        owner = _OWNERS.get(kind)
        if owner is None or is_scalar(x):
            return None
        if found is None:
            found, first = owner, x
        elif owner is not found or owner.device(first) != owner.device(x):
            return None
    return found


def is_scalar(value: Any) -> bool:
    """Whether `value` is a Python scalar, or a NumPy scalar (not an array): those go with any
    backend.
    """
    kind = type(value)
    found = _IS_SCALAR.get(kind)
    return is_scalar_type(kind) if found is None else found


def is_scalar_type(kind: type) -> bool:
    """Whether values of this class are scalars (see `is_scalar`)."""
    found = _IS_SCALAR.get(kind)
    if found is None:
        numpy_scalar = (
            kind.__module__ == "numpy"
            and hasattr(kind, "item")
            and not hasattr(kind, "__setitem__")
        )
        found = _IS_SCALAR[kind] = kind in SCALARS or numpy_scalar
    return found


def _describe(array: Any) -> str:
    shape = getattr(array, "shape", None)
    return f"a {type(array).__module__}.{type(array).__name__}" + (
        f" of shape {tuple(shape)}" if shape is not None else ""
    )


def check_nans(
    backend: Backend, name: str, location: Location | None, arrays: Iterable[Any]
) -> None:
    """Raise `NanError`, naming op and user's line, if one of `arrays` has a NaN."""
    for array in arrays:
        if backend.has_nan(array):
            raise NanError(f"{name} made a NaN{where(location)}")
