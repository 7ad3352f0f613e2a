"""The choice of a backend: for the arrays of a call, and for values that have no backend."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from ..caches import Memo
from ..config import config
from ..errors import BackendError, NanError, PolyadTypeError
from ..ir import ArrayType, Function, Handle, Location, user_location, where
from ..ir.symbolic import Dim, Real
from ..trace_stack import UNDER_WAY, backend_of_trace
from .backend import Backend, Stack
from .discovery import get_backend, loadable, loaded

SCALARS = (bool, int, float, complex, Dim, Real)

_OWNERS: Memo[type, Backend | None] = Memo()
_IS_SCALAR: Memo[type, bool] = Memo()
_STATE = threading.local()


# -- Of one value ----------------------------------------------------------------------------------

owner_of_type = _OWNERS.get
"""The backend of arrays of a type of which one has been seen: `backend_of` without a search."""


def backend_of(array: Any) -> Backend | None:
    """The backend that owns this array; None for a value that is no array."""
    kind = type(array)
    try:
        return _OWNERS[kind]
    except KeyError:
        pass
    if kind in SCALARS or issubclass(kind, Handle):
        owner = None
    else:
        owner = next((backend for _, backend in loadable() if backend.owns(array)), None)
    return _OWNERS.remember(kind, owner)


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
            kind.__module__ in ("numpy", "ml_dtypes")  # NumPy's own, and bfloat16
            and hasattr(kind, "item")
            and not hasattr(kind, "__setitem__")
        )
        found = _IS_SCALAR.remember(kind, kind in SCALARS or numpy_scalar)
    return found


# -- Of a call -------------------------------------------------------------------------------------


class Placement(NamedTuple):
    """The backend of a call, and the first array among its values, on whose device new arrays are
    made: None if all values are scalars (or traced), and the backend is the default one.
    """

    backend: Backend
    like: Any

    def on_device(self) -> contextlib.AbstractContextManager[Any]:
        """A block in which new arrays are on the device of the call's arrays."""
        if self.like is None or self.backend.on_host((self.like,)):
            return contextlib.nullcontext()
        return self.backend.beside(self.like)

    def ready(self, values: Sequence[Any], function: Function) -> list[Any]:
        """The call's values as arrays of the backend: scalars in the dtypes of the arguments of
        `function`, a guest's arrays converted.
        """
        backend, like = self
        return [
            backend.native(x)
            if _OWNERS.get(type(x)) is backend
            else x
            if type(x) is Stack
            else backend.scalar(x, v.type.dtype, like)
            if is_scalar(x)
            else backend.asarray(x, v.type.dtype, like)
            for x, v in zip(values, function.arguments, strict=True)
        ]


def placement(
    values: Iterable[Any], what: str = "the call", before: Placement | None = None
) -> Placement:
    """The placement of a call with `values`, and with those of which `before` is the placement.
    Scalars, traced values and types go with any backend, and NumPy's arrays with any other's.

    Raises `BackendError` for arrays of several backends or devices, and `PolyadTypeError` for a
    value that is neither an array nor a number.
    """
    backend: Backend | None = None
    like: Any = None
    if before is not None and before.like is not None:
        backend, like = before
    for x in values:
        kind = type(x)
        owner = _OWNERS.get(kind)
        if owner is None:
            if kind in SCALARS or isinstance(x, Handle | ArrayType):
                continue
            while type(x) is Stack and x:
                x = x[0]
            if type(x) is Stack:  # without elements
                continue
            owner = backend_of(x)
            if owner is None:
                raise not_an_array(x, what)
        scalar = _IS_SCALAR.get(kind)
        if is_scalar(x) if scalar is None else scalar:
            continue
        if backend is None:
            backend, like = owner, x
        elif owner is not backend:
            if backend.is_guest:
                backend, like = owner, x
            elif not owner.is_guest:
                raise _mixed(what, backend, like, owner, x)
        elif owner.device(like) != owner.device(x):
            raise _mixed(what, backend, like, owner, x)
    return Placement(default_backend() if backend is None else backend, like)


def shown(value: Any, most: int = 80) -> str:
    """The `repr` of a value, for a message, cut after so many characters; the name of its type, if
    it is nested too deep to have one.
    """
    try:
        return f"{value!r:.{most}}"
    except RecursionError:
        return f"a {type(value).__name__} of containers inside of one another"


def not_an_array(x: Any, what: str = "") -> PolyadTypeError:
    """The error of a value that polyad cannot compute with; `what` is the op or transformation."""
    return PolyadTypeError(
        f"{what + ': ' if what else ''}a {type(x).__name__} is neither an array nor a number: "
        f"{shown(x)}{where(user_location())}"
    )


def _mixed(what: str, one: Backend, a: Any, other: Backend, b: Any) -> BackendError:
    place = where(user_location())
    if one is not other:
        return BackendError(
            f"{what} mixes arrays of {one.name} and {other.name} ({_describe(a)} and "
            f"{_describe(b)}); convert one of them{place}"
        )
    return BackendError(
        f"{what} mixes arrays on {one.device(a)} and {one.device(b)}; move one of them{place}"
    )


def _describe(array: Any) -> str:
    shape = getattr(array, "shape", None)
    return f"a {type(array).__module__}.{type(array).__name__}" + (
        f" of shape {tuple(shape)}" if shape is not None else ""
    )


# -- Of new arrays ---------------------------------------------------------------------------------


def default_backend() -> Backend:
    """The backend of Python scalars and of new arrays here: that of the innermost trace's arrays,
    of the `backend_scope` around, or of the settings.
    """
    found: Backend | None = backend_of_trace() or getattr(_STATE, "backend", None)
    if found is None:
        name = config.default_backend
        found = loaded(name) or get_backend(name)
    return found


def backend_beside(like: Any) -> Backend:
    """The backend of new arrays beside `like`: that of `like`, or the default one if it is no
    array.
    """
    return backend_of(like) or default_backend()


@contextlib.contextmanager
def backend_scope(backend: Backend, like: Any = None) -> Iterator[None]:
    """A block, on this thread, in which `backend` is the default and new arrays are on the device
    of `like`, if that is one of its arrays.
    """
    before, scope = getattr(_STATE, "backend", None), object()
    _STATE.backend = backend
    UNDER_WAY[scope] = threading.get_ident()
    place = Placement(backend, like if backend_of(like) is backend else None)
    try:
        with place.on_device():
            yield
    finally:
        del UNDER_WAY[scope]
        _STATE.backend = before


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


FINAL = "final"
"""In the `memo` of a function all of whose results a user gets: under `config.debug_nans` an
infinite one, of finite values, is an error.
"""
ORIGINS = "origins"
"""In the `memo` of a function: the ops that have made some arguments, by their numbers. Under
`config.debug_nans` these are named where an argument is infinite.
"""


def check_nans(
    backend: Backend,
    name: str,
    location: Location | None,
    arrays: Iterable[Any],
    cause: str = "",
) -> None:
    """Raise `NanError`, naming op, `cause` and user's line, if one of `arrays` has a NaN."""
    for array in arrays:
        if backend.has_nan(array):
            raise NanError(f"{name} made a NaN{cause}{where(location)}")
