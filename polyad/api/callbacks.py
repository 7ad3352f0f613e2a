"""pure_callback, and what `polyad.debug` has: calls of Python functions from traced and compiled
code.
"""

from __future__ import annotations

import string
import weakref
from collections.abc import Callable, Sequence
from typing import Any

from .. import execution, trace_stack, tree
from ..errors import PolyadTypeError, PolyadValueError
from ..ir import ArrayType, Handle, user_location, where
from ..ops import callback as ops
from ..ops import dispatch
from ..texts import shown
from ..tracing import callable_name
from .calls import pytrees
from .compile import ShapeDtypeStruct
from .custom import custom_jvp, custom_vjp

F = Callable[..., Any]
SAME_METHODS = {None: "sequential", "sequential_unrolled": "sequential"}
_CALLBACKS: weakref.WeakValueDictionary[Any, ops.Callback] = weakref.WeakValueDictionary()


# -- pure_callback --------------------------------------------------------------------------------


def pure_callback(
    callback: F,
    result_shape_dtypes: Any,
    *args: Any,
    jvp: F | None = None,
    vjp: Sequence[F] | None = None,
    sharding: None = None,
    vmap_method: str | None = "sequential",
    **kwargs: Any,
) -> Any:
    """`callback(*args, **kwargs)`, a Python function of arrays, inside traced and compiled code.

    `result_shape_dtypes` is a pytree like what the function returns, of arrays or of
    `ShapeDtypeStruct`s; Python scalars that it returns take the declared dtype. `args` are pytrees
    of arrays. The function gets arrays of the backend that runs the program (from native code
    NumPy arrays, copies) and must depend on them alone: it may be called once, often or never.

    Derivatives need a rule: `jvp`, as `custom_jvp.defjvp` takes it, or `vjp`, the pair `(fwd, bwd)`
    that `custom_vjp.defvjp` takes; they are given `args`, and use polyad's functions. `vmap_method`
    says what `vmap` does: "sequential" (also None) calls the function for one element after the
    other; "expand_dims" and "broadcast_all" once, arguments having the batch as a new first axis,
    and those that have none an axis of length 1, or of the batch's length.

    Raises `NotDifferentiableError` where a derivative is taken without a rule, `PolyadTypeError`
    where the function returns other than declared. What the function raises reaches the caller.

    Args:
        callback: a Python function of arrays.
        result_shape_dtypes: a pytree with the shapes and dtypes of its results.
        args: pytrees of arrays of any shapes.
        jvp: its forward rule.
        vjp: its reverse rule, a pair of functions.
        sharding: must be None.
        vmap_method: "sequential", "expand_dims" or "broadcast_all".
        kwargs: pytrees of arrays by name.

    >>> import polyad, numpy as np, scipy.special
    >>> def zeta(s):
    ...     return polyad.pure_callback(lambda s: scipy.special.zeta(s, 1.0), s, s)
    >>> polyad.jit(zeta)(np.array([2.0, 4.0])).round(6)
    array([1.644934, 1.082323])
    """
    pytrees.check_callable(callback, "pure_callback")
    if sharding is not None:
        raise PolyadValueError(
            f"pure_callback: there is one device, and sharding is None, not {shown(sharding)}"
            f"{where(user_location())}"
        )
    vmap_method = SAME_METHODS.get(vmap_method, vmap_method)
    if vmap_method not in ops.VMAP_METHODS:
        raise PolyadValueError(
            f"pure_callback: vmap_method is one of {', '.join(map(repr, ops.VMAP_METHODS))}, not "
            f"{shown(vmap_method)}{where(user_location())}"
        )
    declared, out_tree = pytrees.flatten(result_shape_dtypes)
    paths = tree.paths(result_shape_dtypes)
    results = tuple(_declared(leaf, path) for leaf, path in zip(declared, paths, strict=True))

    def call(*args: Any) -> Any:
        outs = _emit("pure_callback", callback, args, kwargs, out_tree, results, vmap_method)
        return pytrees.unflatten(out_tree, outs)

    if jvp is None and vjp is None:
        return call(*args)
    return _with_rule(call, callback, jvp, vjp)(*args)


def _declared(leaf: Any, path: str) -> ArrayType:
    """The type of a declared result."""
    if _is_operand(leaf) or isinstance(leaf, ArrayType):
        return pytrees.type_of_leaf(leaf, "pure_callback", lambda: f"result_shape_dtypes{path}")
    if not isinstance(leaf, type) and hasattr(leaf, "shape") and hasattr(leaf, "dtype"):
        return ShapeDtypeStruct(leaf.shape, leaf.dtype)
    raise PolyadTypeError(
        f"pure_callback: result_shape_dtypes{path} says by its .shape and .dtype what is "
        f"returned; a {type(leaf).__name__} has none: {shown(leaf)}{where(user_location())}\n"
        "  Give an array like it, or polyad.ShapeDtypeStruct(shape, dtype)."
    )


def _with_rule(call: F, callback: F, jvp: F | None, vjp: Sequence[F] | None) -> Any:
    name = callable_name(callback)
    call.__name__ = name
    if jvp is not None and vjp is not None:
        raise PolyadTypeError(
            f"pure_callback of {name}: give jvp or vjp, not both: each is the derivative, and "
            f"both modes follow from either{where(user_location())}"
        )
    if jvp is not None:
        forward = custom_jvp(call)
        forward.defjvp(jvp)
        return forward
    assert vjp is not None
    if not isinstance(vjp, tuple | list) or len(vjp) != 2:
        raise PolyadTypeError(
            f"pure_callback of {name}: vjp is a pair (fwd, bwd), as custom_vjp.defvjp takes it, "
            f"not a {type(vjp).__name__}{where(user_location())}"
        )
    backward = custom_vjp(call)
    backward.defvjp(*vjp)
    return backward


# -- debug ----------------------------------------------------------------------------------------


def debug_callback(
    callback: F, *args: Any, ordered: bool = False, partitioned: bool = False, **kwargs: Any
) -> None:
    """Call `callback(*args, **kwargs)` each time the program comes here, for its effect.

    It works in traced and compiled code, in branches and loops; calls stay in the order of the
    program, with or without JAX's `ordered`; `partitioned`, JAX's too, has no effect. Under `vmap`
    there is a call for each element of the batch, if an argument has one. Derivatives pass it by:
    it sees primals, once each time the function is evaluated. What `callback` returns is ignored;
    what it raises reaches the caller.

    >>> import polyad, numpy as np
    >>> seen = []
    >>> polyad.grad(lambda x: (polyad.debug.callback(seen.append, x), x**2)[1])(3.0)
    np.float64(6.0)
    >>> seen
    [np.float64(3.0)]
    """
    pytrees.check_callable(callback, "debug.callback")
    _debug("debug.callback", callback, args, kwargs)


def debug_print(
    fmt: str,
    *args: Any,
    ordered: bool = False,
    partitioned: bool = False,
    skip_format_check: bool = False,
    **kwargs: Any,
) -> None:
    """Print `fmt.format(*args, **kwargs)` each time the program comes here (see `debug.callback`).

    Raises `PolyadValueError` where the format and the arguments do not fit; that is not looked at
    with `skip_format_check`.

    >>> import polyad, numpy as np
    >>> def f(x):
    ...     polyad.debug.print("x is {}, and its square {square:.2f}", x, square=x * x)
    ...     return x
    >>> _ = polyad.jit(polyad.vmap(f))(np.array([1.0, 2.0]))
    x is 1.0, and its square 1.00
    x is 2.0, and its square 4.00
    """
    if not isinstance(fmt, str):
        raise PolyadTypeError(
            f"debug.print takes a format first, not a {type(fmt).__name__}: write "
            f"debug.print('{{}}', x){where(user_location())}"
        )
    if not skip_format_check:
        _check_format(fmt, args, kwargs)
    _debug("debug.print", _Printing(fmt), args, kwargs)


class _Printing:
    """A printer; equal for equal formats, so that a program traced again is the same program."""

    def __init__(self, fmt: str) -> None:
        self.fmt = fmt
        self.__name__ = "print"

    def __call__(self, *args: Any, **kwargs: Any) -> None:
        print(self.fmt.format(*args, **kwargs))

    def __repr__(self) -> str:
        return f"debug.print({self.fmt if len(self.fmt) <= 40 else self.fmt[:37] + '...'!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Printing) and self.fmt == other.fmt

    def __hash__(self) -> int:
        return hash(self.fmt)


class _Checker(string.Formatter):
    """Formats nothing: looks whether every field has an argument, and every argument a field."""

    def format_field(self, value: Any, format_spec: str) -> str:
        return ""

    def convert_field(self, value: Any, conversion: Any) -> Any:
        return value

    def get_field(self, field_name: str, args: Any, kwargs: Any) -> Any:
        first = field_name.partition(".")[0].partition("[")[0]
        key = int(first) if first.isdigit() else first
        return self.get_value(key, args, kwargs), key

    def check_unused_args(self, used_args: Any, args: Any, kwargs: Any) -> None:
        unused = [k for k in [*range(len(args)), *kwargs] if k not in used_args]
        if unused:
            raise IndexError(f"the format has no place for argument {unused[0]!r}")


def _check_format(fmt: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    try:
        _Checker().vformat(fmt, args, kwargs)
    except (IndexError, KeyError, ValueError) as error:
        reason = f"there is no argument {error}" if isinstance(error, KeyError) else str(error)
        raise PolyadValueError(
            f"debug.print({shown(fmt)}, ...) with {len(args)} positional arguments and "
            f"{', '.join(kwargs) or 'no keywords'}: {reason}{where(user_location())}\n  Write "
            "{} for each argument, {name} for a keyword, and {{ for a brace; not an f-string, "
            "which is made while tracing."
        ) from None


def _debug(what: str, callback: F, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    if not trace_stack.active_builders() and not pytrees.is_traced(tree.leaves((args, kwargs))):
        callback(*args, **kwargs)
        return
    _emit(what, callback, args, kwargs, tree.structure(()), None, "")


# -- Both -----------------------------------------------------------------------------------------


def _emit(
    what: str,
    callback: F,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    out_tree: Any,
    results: tuple[ArrayType, ...] | None,
    vmap_method: str,
) -> Sequence[Any]:
    """The op that calls `callback`, on the leaves that are arrays or numbers; the others are part
    of it.
    """
    leaves, structure = pytrees.flatten((args, kwargs))
    moving = [_is_operand(leaf) for leaf in leaves]
    fixed = tuple(leaf for leaf, m in zip(leaves, moving, strict=True) if not m)
    reference = _callback(what, callback, structure, tuple(moving), fixed, out_tree)
    operands = tuple(leaf for leaf, m in zip(leaves, moving, strict=True) if m)
    if results is None:
        dispatch.apply(ops.debug_callback, operands, {"callback": reference})
        return ()
    attributes = {"callback": reference, "results": results, "vmap_method": vmap_method}
    found = dispatch.apply(ops.pure_callback, operands, attributes)
    return found if isinstance(found, tuple) else (found,)


def _is_operand(leaf: Any) -> bool:
    kind = type(leaf)
    return (
        isinstance(leaf, Handle)
        or kind in execution.SCALARS
        or execution.backend_of(leaf) is not None
    )


def _callback(
    what: str, callback: F, structure: Any, moving: tuple[bool, ...], fixed: Any, out_tree: Any
) -> ops.Callback:
    """The attribute that stands for `callback` in the IR, one for equal calls from one line."""

    def call(arrays: list[Any]) -> Any:
        given, rest = iter(arrays), iter(fixed)
        leaves = [next(given) if m else next(rest) for m in moving]
        args, kwargs = pytrees.unflatten(structure, leaves)
        answer = callback(*args, **kwargs)
        return () if what != "pure_callback" else answer

    result = pytrees.unflatten(out_tree, [0] * out_tree.num_leaves)
    location = user_location()
    name = callable_name(callback)
    described = repr(callback) if isinstance(callback, _Printing) else f"{what} of {name}"
    key = (what, callback, structure, moving, fixed, out_tree, location)
    try:
        found = _CALLBACKS.get(key)
    except TypeError:  # something in it has no hash: then each call is its own
        return ops.Callback(name, described, call, result, location)
    if found is None:
        found = _CALLBACKS[key] = ops.Callback(name, described, call, result, location)
    return found
