"""jit, and a look at what it does: make_ir, eval_shape."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Sequence
from typing import (
    Any,
    ParamSpec,
    Protocol,
    TypeVar,
    overload,
)

from .. import caches
from ..errors import PolyadTypeError
from ..ir import ArrayType, Function, as_dtype, user_location, where
from ..ir.symbolic import Dim
from ..passes.dce import dce
from ..texts import shown
from ..tracing import forget_functions
from . import jitted
from .calls import pytrees
from .calls.shapes import STATIC
from .jitted import JitFunction

F = Callable[..., Any]
P = ParamSpec("P")
R = TypeVar("R")


class Decorator(Protocol):
    """The decorator that `jit` with options and without a function gives."""

    def __call__(self, fun: Callable[P, R], /) -> JitFunction[P, R]: ...


@overload
def jit(
    fun: Callable[P, R],
    *,
    static_argnums: int | Sequence[int] = (),
    static_argnames: str | Sequence[str] = (),
    donate_argnums: int | Sequence[int] = (),
    donate_argnames: str | Sequence[str] = (),
    backend: str | None = None,
    shapes: str = STATIC,
) -> JitFunction[P, R]: ...
@overload
def jit(
    fun: None = None,
    *,
    static_argnums: int | Sequence[int] = (),
    static_argnames: str | Sequence[str] = (),
    donate_argnums: int | Sequence[int] = (),
    donate_argnames: str | Sequence[str] = (),
    backend: str | None = None,
    shapes: str = STATIC,
) -> Decorator: ...
def jit(
    fun: F | None = None,
    *,
    static_argnums: int | Sequence[int] = (),
    static_argnames: str | Sequence[str] = (),
    donate_argnums: int | Sequence[int] = (),
    donate_argnames: str | Sequence[str] = (),
    backend: str | None = None,
    shapes: str = STATIC,
) -> Any:
    """Compile `fun`: traced once for each combination of argument types, run as native code from
    then on.

    Arguments named static are Python values that the trace may branch on; each new value compiles
    anew. `backend` is a backend's name; if it is not given, `native` for arrays in host memory,
    else their own. Arrays and other values that `fun` closes over are those of the time it is
    traced; do not write into such arrays afterwards.

    A donated argument is given away: its arrays may come back as results of the same type, written
    over where they stand, which saves memory and time. What is in them after the call is not
    defined otherwise. Native code makes use of it for contiguous NumPy arrays that may be written
    to and share no memory with another argument; all other calls leave donated arrays as they are.

    With `shapes="symbolic"` a trace serves all sizes that its guards allow, and with `"auto"` from
    the third shape on; results have the same bits (see docs/symbolic_shapes.md).

    Raises `PolyadTypeError` for static arguments that are not hashable, `PolyadValueError` for
    positions and names that `fun` does not have, for an argument both static and donated, and for
    other `shapes`.

    Args:
        fun: a function of pytrees of arrays of any shapes; without it, a decorator.
        static_argnums: positions of arguments that are plain Python values.
        static_argnames: names of such arguments.
        donate_argnums: positions of arguments whose memory may be reused.
        donate_argnames: names of such arguments.
        backend: the name of a backend; None: `native` for arrays in host memory.
        shapes: `"static"`, `"symbolic"` or `"auto"`.

    >>> import polyad, numpy as np
    >>> polyad.jit(lambda x: 2 * x + 1)(np.arange(3.0))
    array([1., 3., 5.])
    """
    if fun is None:
        return lambda decorated: jit(
            decorated,
            static_argnums=static_argnums,
            static_argnames=static_argnames,
            donate_argnums=donate_argnums,
            donate_argnames=donate_argnames,
            backend=backend,
            shapes=shapes,
        )
    pytrees.check_callable(fun, "jit")
    return JitFunction(
        fun, static_argnums, static_argnames, backend, donate_argnums, donate_argnames, shapes
    )


def make_ir(
    fun: Callable[P, Any], static_argnums: int | Sequence[int] = ()
) -> Callable[P, Function]:
    """A function that traces `fun` on its arguments (arrays, or `ArrayType`s) and returns the IR.

    >>> import polyad
    >>> print(polyad.make_ir(lambda x: 2 * x)(1.0))
    function @lambda(%x: f64[]) -> (f64[]) {
      %1 = full {dtype = f64, shape = (), value = 2.0} : f64[]
      %2 = multiply %1, %x : f64[]
      return %2
    }
    """
    pytrees.check_callable(fun, "make_ir")
    made: JitFunction[P, Any] = JitFunction(fun, static_argnums, (), None)

    def traced(*args: Any, **kwargs: Any) -> Function:
        return dce(made.traced(args, kwargs, "make_ir").function)

    return functools.wraps(fun, updated=())(traced)


def size_of(n: Any) -> int:
    """An extent of a type: an integer, or a symbolic size."""
    found: Any = n if isinstance(n, Dim) else operator.index(n)
    size: int = found
    return size


def ShapeDtypeStruct(shape: Sequence[int], dtype: Any) -> ArrayType:
    """The type of an array, where an array would only serve to say its type.

    >>> import polyad
    >>> polyad.eval_shape(polyad.numpy.sum, polyad.ShapeDtypeStruct((2, 3), "float32"))
    f32[]
    """
    try:
        return ArrayType(as_dtype(dtype), tuple([size_of(n) for n in shape]))
    except TypeError as error:
        raise PolyadTypeError(
            "ShapeDtypeStruct takes a shape, a tuple of integers, and a dtype, not "
            f"{shown(shape)} and {shown(dtype)}: {error}{where(user_location())}"
        ) from None


def eval_shape(fun: F, *args: Any, **kwargs: Any) -> Any:
    """The types of the results of `fun` on such arguments, as `ArrayType`s; nothing is computed.
    An argument may be anything that has a shape and a dtype.

    >>> import polyad, numpy as np
    >>> polyad.eval_shape(lambda x: x @ x.T, np.ones((2, 3)))
    f64[2,2]
    """
    pytrees.check_callable(fun, "eval_shape")
    args, kwargs = pytrees.abstract((args, kwargs))
    traced = JitFunction(fun, (), (), None).traced(args, kwargs, "eval_shape")
    return pytrees.unflatten(traced.out_tree, traced.function.result_types)


def clear_caches() -> None:
    """Forget all functions that were traced, and the code compiled for them, in this process: calls
    of jitted functions trace and compile again. Code on disk stays; `python -m polyad cache` clears
    that.

    >>> f = jit(lambda x: x + 1)
    >>> f(1.0)
    np.float64(2.0)
    >>> clear_caches()
    >>> f(1.0)
    np.float64(2.0)
    """
    jitted.clear()
    forget_functions()
    caches.clear()
