"""The parameters of NumPy's ufuncs beside their operands: `out`, `where`, `dtype`, `casting`; and
the methods `reduce`, `accumulate`, `reduceat`, `outer` and `at`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

from .. import execution
from ..ir import DType, as_dtype
from ..ir.types import bool_
from ..ops import elementwise as e
from ..ops import manipulation as m
from ..texts import shown
from ._arguments import layout, refuse, refuse_type, unfollowed
from ._core import SEQUENCES, array_of, beside, convert, dtype_of, listed_beside, shape_of
from ._out import castable, check_cast, written

Function = Callable[..., Any]


class Signature(NamedTuple):
    """The numbers of operands and of results of a ufunc, and whether it works on elements (those
    of linear algebra, generalised ufuncs, work on matrices).
    """

    nin: int
    nout: int
    elementwise: bool


class Options(NamedTuple):
    """The keywords of a ufunc's call."""

    out: tuple[Any, ...]
    where: Any
    dtype: DType | None
    casting: str
    rest: dict[str, Any]


def ufunc(nin: int, nout: int = 1, *, elementwise: bool = True) -> Callable[[Function], Function]:
    """Make a function of `nin` arrays one that takes a ufunc's further arguments, and has its
    methods.
    """
    signature = Signature(nin, nout, elementwise)

    def decorated(core: Function) -> Function:
        @functools.wraps(core)
        def function(*args: Any, **options: Any) -> Any:
            if any(type(x) in SEQUENCES for x in args[:nin]):
                args = (*listed_beside(args[:nin]), *args[nin:])
            if not options and len(args) == nin:
                return core(*args)
            return call_with(core, signature, args, options)

        return registered(function, signature)

    return decorated


UFUNCS: list[Any] = []
"""All ufuncs; those of elements get their methods from `ufunc_methods`."""


def registered(function: Any, signature: Signature) -> Any:
    """`function`, which says how many operands and results it has."""
    function.nin, function.nout = signature.nin, signature.nout
    function.elementwise = signature.elementwise
    UFUNCS.append(function)
    return function


def call_with(core: Function, signature: Signature, args: Any, keywords: dict[str, Any]) -> Any:
    """A ufunc's call with more than its operands."""
    name = core.__name__
    nin = signature.nin
    if not nin <= len(args) <= nin + signature.nout:
        refuse_type(f"{name} takes {nin} arrays, and perhaps out; not {len(args)} arguments")
    options = _read(name, signature, args[nin:], keywords)
    operands = args[:nin]
    if options.dtype is not None:
        operands = tuple([_cast(name, x, options.dtype, options.casting) for x in operands])
    if not options.out and options.where is not True:
        refuse_type(
            f"{name}(..., where=...) without out= leaves the rest of its result undefined\n"
            "  Write polyad.numpy.where(condition, result, fill)."
        )
    operands = listed_beside(operands)
    made = core(*operands, **options.rest)
    parts = made if signature.nout > 1 else (made,)
    if options.dtype is not None and signature.nout == 1:
        check_loop(name, parts[0], options.dtype)
    if not options.out:
        return made
    outs = [
        x if out is None else _into(name, x, out, options)
        for x, out in zip(parts, options.out, strict=True)
    ]
    return tuple(outs) if signature.nout > 1 else outs[0]


def _read(
    name: str, signature: Signature, given: tuple[Any, ...], keywords: dict[str, Any]
) -> Options:
    rest = dict(keywords)
    out = rest.pop("out", None)
    if given and out is not None:
        refuse_type(f"{name}: out is given twice")
    out = given or (out if isinstance(out, tuple) else () if out is None else (out,))
    if out and len(out) != signature.nout:
        if signature.nout == 1 or given == ():
            refuse(f"{name}: out is one array for each of {signature.nout} results")
        out = (*out, *(None,) * (signature.nout - len(out)))
    out = () if all(x is None for x in out) else out
    unfollowed(
        name, signature=(rest.pop("signature", None), None), sig=(rest.pop("sig", None), None)
    )
    layout(name, rest.pop("order", "K"))
    rest.pop("subok", None)
    dtype, where = rest.pop("dtype", None), rest.pop("where", True)
    casting = rest.pop("casting", "same_kind")
    known = () if signature.elementwise else ("axis",) if name == "vecdot" else ()
    for key in rest:
        if key not in known:
            refuse_type(f"{name}: {key}={shown(rest[key])} is not followed")
    return Options(out, where, None if dtype is None else as_dtype(dtype), casting, rest)


def _cast(name: str, x: Any, dtype: DType, casting: str) -> Any:
    """An operand in the dtype that the ufunc is to work in."""
    if type(x) in execution.SCALARS:
        if not castable(dtype_of(x), dtype, "same_kind"):
            check_cast(name, dtype_of(x), dtype, casting)
        return x
    x = array_of(x)
    check_cast(name, dtype_of(x), dtype, casting)
    return convert(x, dtype)


def check_loop(name: str, made: Any, dtype: DType) -> None:
    """Refuse a dtype that the results of a ufunc do not have."""
    if dtype_of(made) is not dtype:
        refuse_type(
            f"{name}: dtype={dtype} is no dtype of its results; here they are {dtype_of(made)}"
        )


def _into(name: str, made: Any, out: Any, options: Options) -> Any:
    """`made` where `where` holds, written into `out`, to whose shape it broadcasts."""
    shape = shape_of(out)
    made = made if shape_of(made) == shape else m.broadcast_to(array_of(made), shape=shape)
    if options.where is not True:
        check_cast(name, dtype_of(made), dtype_of(out), options.casting)
        with beside(out):
            mask = array_of(options.where)
        if dtype_of(mask) is not bool_:
            refuse_type(f"{name}: where is an array of booleans, not of {dtype_of(mask)}")
        made = e.where(mask, convert(made, dtype_of(out)), out)
    return written(made, out, name, options.casting)
