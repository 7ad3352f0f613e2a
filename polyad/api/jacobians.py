"""Jacobians and Hessians: linear maps applied to the rows of the identity, all at once by vmap."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, Concatenate, Literal, ParamSpec, Protocol, TypeVar, TypeVarTuple, overload

import numpy as np

from .. import tree
from ..config import config
from ..errors import PolyadTypeError
from ..ir import ArrayType, Handle, user_location, where
from ..ops import manipulation as m
from ..tracer import Tracer
from .calls import constants, pytrees, traces
from .calls.pytrees import normalize_argnums, replace_args
from .calls.transformed import transformation
from .derivatives import jvp, linearize, vjp
from .gradients import Of, OfTwo, check_inputs, grad
from .vectorize import vmap

F = Callable[..., Any]
P = ParamSpec("P")
A = TypeVar("A")
Ts = TypeVarTuple("Ts")
# Any, so that checkers look for no operator in it while they read a lambda.
X = TypeVar("X", bound=Any)
Y = TypeVar("Y", bound=Any)


class Array(Protocol):
    """The methods that arrays of each library have, and numbers have not."""

    @property
    def ndim(self) -> int: ...
    def __matmul__(self, other: Any, /) -> Any: ...


Number = complex | np.number[Any]
R = TypeVar("R", bound=Array)
L = TypeVar("L", bound=Array | Number)
M = TypeVar("M", bound=Array | Number)


@overload
def jacfwd(
    fun: Of[X, P, Number],
    argnums: Literal[0] = 0,
    has_aux: Literal[False] = False,
    holomorphic: bool = False,
) -> Callable[Concatenate[X, P], X]: ...
@overload
def jacfwd(
    fun: Of[L, P, R],
    argnums: Literal[0] = 0,
    has_aux: Literal[False] = False,
    holomorphic: bool = False,
) -> Callable[Concatenate[L, P], R]: ...
@overload
def jacfwd(
    fun: OfTwo[X, Y, P, Number],
    argnums: Literal[1],
    has_aux: Literal[False] = False,
    holomorphic: bool = False,
) -> Callable[Concatenate[X, Y, P], Y]: ...
@overload
def jacfwd(
    fun: OfTwo[X, L, P, R],
    argnums: Literal[1],
    has_aux: Literal[False] = False,
    holomorphic: bool = False,
) -> Callable[Concatenate[X, L, P], R]: ...
@overload
def jacfwd(
    fun: OfTwo[X, Y, P, Number],
    argnums: tuple[Literal[0], Literal[1]],
    has_aux: Literal[False] = False,
    holomorphic: bool = False,
) -> Callable[Concatenate[X, Y, P], tuple[X, Y]]: ...
@overload
def jacfwd(
    fun: OfTwo[L, M, P, R],
    argnums: tuple[Literal[0], Literal[1]],
    has_aux: Literal[False] = False,
    holomorphic: bool = False,
) -> Callable[Concatenate[L, M, P], tuple[R, R]]: ...
@overload
def jacfwd(
    fun: Of[X, P, tuple[Number, A]],
    argnums: Literal[0] = 0,
    *,
    has_aux: Literal[True],
    holomorphic: bool = False,
) -> Callable[Concatenate[X, P], tuple[X, A]]: ...
@overload
def jacfwd(
    fun: Of[L, P, tuple[R, A]],
    argnums: Literal[0] = 0,
    *,
    has_aux: Literal[True],
    holomorphic: bool = False,
) -> Callable[Concatenate[L, P], tuple[R, A]]: ...
@overload
def jacfwd(
    fun: Callable[P, Any],
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
    holomorphic: bool = False,
) -> Callable[P, Any]: ...
@transformation
def jacfwd(
    fun: Callable[P, Any],
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
    holomorphic: bool = False,
) -> Callable[P, Any]:
    """The Jacobian of `fun` by forward mode: best where it is tall.

    The result has, for each leaf of the output, of shape s, and of the input, of shape t, an array
    of shape s + t.

    Args:
        fun: a function of pytrees of floating arrays, of any shapes.
        argnums: the position of the argument to differentiate by, or several.
        has_aux: `fun` returns (value, aux); aux is handed on as it is.
        holomorphic: `fun` is a holomorphic function of complex arguments.

    Raises:
        PolyadTypeError: an argument that is not floating.

    >>> import polyad, numpy as np
    >>> polyad.jacfwd(lambda x: x**2)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """
    pytrees.check_callable(fun, "jacfwd")

    def jacobian_(*args: Any, **kwargs: Any) -> Any:
        part, chosen, single = _partial(fun, argnums, args, kwargs, "jacfwd")
        leaves, structure = pytrees.flatten(chosen)
        types = pytrees.leaf_types(leaves, "jacfwd", list)
        check_inputs(types, holomorphic, False, "jacfwd")
        _check_real(types, holomorphic, "jacfwd")
        value, push, *aux = linearize(part, *chosen, has_aux=has_aux)
        basis = _basis(types, leaves)
        _name_infinite(lambda *row: push(*pytrees.unflatten(structure, row)), basis)
        columns = vmap(
            lambda *leaf_tangents: push(*pytrees.unflatten(structure, leaf_tangents)), out_axes=-1
        )(*basis)
        value_leaves, out_tree = pytrees.flatten(value)
        blocks = [
            pytrees.unflatten(structure, _split(column, types, _shape(y), -1))
            for column, y in zip(tree.leaves(columns), value_leaves, strict=True)
        ]
        blocks = [b[0] if single else tuple(b) for b in blocks]
        result = pytrees.unflatten(out_tree, blocks)
        return (result, aux[0]) if has_aux else result

    return jacobian_


@overload
def jacrev(
    fun: Of[X, P, Number],
    argnums: Literal[0] = 0,
    has_aux: Literal[False] = False,
    holomorphic: bool = False,
    allow_int: bool = False,
) -> Callable[Concatenate[X, P], X]: ...
@overload
def jacrev(
    fun: Of[L, P, R],
    argnums: Literal[0] = 0,
    has_aux: Literal[False] = False,
    holomorphic: bool = False,
    allow_int: bool = False,
) -> Callable[Concatenate[L, P], R]: ...
@overload
def jacrev(
    fun: OfTwo[X, Y, P, Number],
    argnums: Literal[1],
    has_aux: Literal[False] = False,
    holomorphic: bool = False,
    allow_int: bool = False,
) -> Callable[Concatenate[X, Y, P], Y]: ...
@overload
def jacrev(
    fun: OfTwo[X, L, P, R],
    argnums: Literal[1],
    has_aux: Literal[False] = False,
    holomorphic: bool = False,
    allow_int: bool = False,
) -> Callable[Concatenate[X, L, P], R]: ...
@overload
def jacrev(
    fun: OfTwo[X, Y, P, Number],
    argnums: tuple[Literal[0], Literal[1]],
    has_aux: Literal[False] = False,
    holomorphic: bool = False,
    allow_int: bool = False,
) -> Callable[Concatenate[X, Y, P], tuple[X, Y]]: ...
@overload
def jacrev(
    fun: OfTwo[L, M, P, R],
    argnums: tuple[Literal[0], Literal[1]],
    has_aux: Literal[False] = False,
    holomorphic: bool = False,
    allow_int: bool = False,
) -> Callable[Concatenate[L, M, P], tuple[R, R]]: ...
@overload
def jacrev(
    fun: Of[X, P, tuple[Number, A]],
    argnums: Literal[0] = 0,
    *,
    has_aux: Literal[True],
    holomorphic: bool = False,
    allow_int: bool = False,
) -> Callable[Concatenate[X, P], tuple[X, A]]: ...
@overload
def jacrev(
    fun: Of[L, P, tuple[R, A]],
    argnums: Literal[0] = 0,
    *,
    has_aux: Literal[True],
    holomorphic: bool = False,
    allow_int: bool = False,
) -> Callable[Concatenate[L, P], tuple[R, A]]: ...
@overload
def jacrev(
    fun: Callable[P, Any],
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
    holomorphic: bool = False,
    allow_int: bool = False,
) -> Callable[P, Any]: ...
@transformation
def jacrev(
    fun: Callable[P, Any],
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
    holomorphic: bool = False,
    allow_int: bool = False,
) -> Callable[P, Any]:
    """The Jacobian of `fun` by reverse mode: best where it is wide. Shapes as in `jacfwd`; with
    `allow_int`, that of an integer argument is zero.

    Args:
        fun: a function of pytrees of floating arrays, of any shapes.
        argnums: the position of the argument to differentiate by, or several.
        has_aux: `fun` returns (value, aux); aux is handed on as it is.
        holomorphic: `fun` is a holomorphic function of complex arguments.
        allow_int: integer arguments are let in, with derivative zero.

    Raises:
        PolyadTypeError: an argument that is not floating.

    >>> import polyad, numpy as np
    >>> polyad.jacrev(lambda x: x**2)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """
    pytrees.check_callable(fun, "jacrev")

    def jacobian_(*args: Any, **kwargs: Any) -> Any:
        part, chosen, single = _partial(fun, argnums, args, kwargs, "jacrev")
        types = pytrees.leaf_types(pytrees.flatten(chosen)[0], "jacrev", list)
        check_inputs(types, holomorphic, allow_int, "jacrev")
        value, pullback, *aux = vjp(part, *chosen, has_aux=has_aux)
        value_leaves, out_tree = pytrees.flatten(value)
        out_types = pytrees.leaf_types(value_leaves, "jacrev", list)
        for t in out_types:
            if t.dtype.is_complex and not holomorphic:
                raise PolyadTypeError(
                    f"jacrev takes real-valued functions; this returned {t}. Pass holomorphic=True."
                )
        basis = _basis(out_types, value_leaves)
        _name_infinite(lambda *row: pullback(pytrees.unflatten(out_tree, row)), basis)
        rows = vmap(lambda *cts: pullback(pytrees.unflatten(out_tree, cts)), out_axes=0)(*basis)
        row_leaves, structure = pytrees.flatten(rows)
        split = [
            _split(row, out_types, t.shape, 0) for row, t in zip(row_leaves, types, strict=True)
        ]
        blocks = [
            pytrees.unflatten(structure, [parts[i] for parts in split])
            for i in range(len(out_types))
        ]
        result = pytrees.unflatten(out_tree, [b[0] if single else tuple(b) for b in blocks])
        return (result, aux[0]) if has_aux else result

    return jacobian_


jacobian = jacrev


@overload
def hessian(
    fun: Of[L, P, Number],
    argnums: Literal[0] = 0,
    has_aux: Literal[False] = False,
    holomorphic: bool = False,
) -> Callable[Concatenate[L, P], L]: ...
@overload
def hessian(
    fun: Of[L, P, R],
    argnums: Literal[0] = 0,
    has_aux: Literal[False] = False,
    holomorphic: bool = False,
) -> Callable[Concatenate[L, P], R]: ...
@overload
def hessian(
    fun: OfTwo[X, M, P, Number],
    argnums: Literal[1],
    has_aux: Literal[False] = False,
    holomorphic: bool = False,
) -> Callable[Concatenate[X, M, P], M]: ...
@overload
def hessian(
    fun: OfTwo[X, L, P, R],
    argnums: Literal[1],
    has_aux: Literal[False] = False,
    holomorphic: bool = False,
) -> Callable[Concatenate[X, L, P], R]: ...
@overload
def hessian(
    fun: Of[L, P, tuple[Number, A]],
    argnums: Literal[0] = 0,
    *,
    has_aux: Literal[True],
    holomorphic: bool = False,
) -> Callable[Concatenate[L, P], tuple[L, A]]: ...
@overload
def hessian(
    fun: Of[L, P, tuple[R, A]],
    argnums: Literal[0] = 0,
    *,
    has_aux: Literal[True],
    holomorphic: bool = False,
) -> Callable[Concatenate[L, P], tuple[R, A]]: ...
@overload
def hessian(
    fun: Callable[P, Any],
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
    holomorphic: bool = False,
) -> Callable[P, Any]: ...
@transformation
def hessian(
    fun: Callable[P, Any],
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
    holomorphic: bool = False,
) -> Callable[P, Any]:
    """The Hessian of `fun`: the forward-mode Jacobian of the reverse-mode one.

    Args:
        fun: a function of pytrees of floating arrays, of any shapes; of a scalar value, as a rule.
        argnums: the position of the argument to differentiate by, or several.
        has_aux: `fun` returns (value, aux); aux is handed on as it is.
        holomorphic: `fun` is a holomorphic function of complex arguments.

    Returns:
        for an argument of shape s, a function whose result has the value's shape + s + s.

    Raises:
        PolyadTypeError: an argument that is not floating.

    >>> import polyad, numpy as np
    >>> polyad.hessian(lambda x: (x**3).sum())(np.array([1.0, 2.0]))
    array([[ 6.,  0.],
           [ 0., 12.]])
    """
    pytrees.check_callable(fun, "hessian")
    second = jacfwd(jacrev(fun, argnums, has_aux, holomorphic), argnums, has_aux, holomorphic)

    def hessian_(*args: Any, **kwargs: Any) -> Any:
        _, chosen, _ = _partial(fun, argnums, args, kwargs, "hessian")
        types = pytrees.leaf_types(pytrees.flatten(chosen)[0], "hessian", list)
        check_inputs(types, holomorphic, False, "hessian")
        _check_real(types, holomorphic, "hessian")
        return second(*args, **kwargs)

    return hessian_


def _check_real(types: Sequence[ArrayType], holomorphic: bool, name: str) -> None:
    """Raise `PolyadTypeError` for complex inputs of a function that is not said to be holomorphic:
    directions along the real axis have half of its derivative.
    """
    for i, t in enumerate(types):
        if t.dtype.is_complex and not holomorphic:
            raise PolyadTypeError(
                f"{name} takes real inputs; leaf {i} of the differentiated arguments is {t}"
                f"{where(user_location())}\n  Pass holomorphic=True if the function is "
                "holomorphic, or differentiate by the real and the imaginary part."
            )


@overload
def hvp(fun: Callable[[X], Any], primals: tuple[X], tangents: tuple[Any]) -> X: ...
@overload
def hvp(
    fun: Callable[[*Ts], Any], primals: tuple[*Ts], tangents: tuple[Any, ...]
) -> tuple[*Ts]: ...
@overload
def hvp(fun: F, primals: Sequence[Any], tangents: Sequence[Any]) -> Any: ...
def hvp(fun: F, primals: Sequence[Any], tangents: Sequence[Any]) -> Any:
    """The product of the Hessian of a scalar-valued `fun` at `primals` with `tangents`, forward
    over reverse.

    With one primal it is alike to it, with several a tuple.

    Args:
        fun: a function of pytrees of floating arrays whose value is a real scalar, of shape ().
        primals: a tuple of the arguments.
        tangents: a tuple of directions, with the shapes and dtypes of `primals`.

    Raises:
        PolyadTypeError: the value is not a scalar, or tangents are not alike to the primals.

    >>> import polyad
    >>> polyad.hvp(lambda x: x**3, (2.0,), (1.0,))
    np.float64(12.0)
    """
    argnums = 0 if len(primals) == 1 else tuple(range(len(primals)))
    return jvp(grad(fun, argnums), primals, tangents)[1]


def _partial(
    fun: F, argnums: Any, args: Sequence[Any], kwargs: dict[str, Any], what: str
) -> tuple[F, list[Any], bool]:
    """`fun` of the chosen arguments alone."""
    positions = normalize_argnums(argnums, len(args), what)

    def part(*chosen: Any) -> Any:
        tracers = [x for x in pytrees.flatten(chosen)[0] if isinstance(x, Tracer)]
        names = functools.partial(pytrees.names_of, fun, args)
        beside = [
            arg if i in positions else traces.beside_traced(tracers, arg, names(positions=(i,)))
            for i, arg in enumerate(args)
        ]
        keywords = traces.keywords_beside(tracers, kwargs)
        return fun(*replace_args(beside, positions, chosen), **keywords)

    return (
        functools.wraps(fun, updated=())(part),
        [args[i] for i in positions],
        hasattr(argnums, "__index__"),
    )


def _shape(leaf: Any) -> tuple[int, ...]:
    return tuple(getattr(leaf, "shape", ()))


def _basis(types: Sequence[ArrayType], like: Sequence[Any]) -> list[Any]:
    """The rows of the identity, cut into leaves of `types`: for each leaf an array of shape (total
    size, *shape).
    """
    total = sum(t.size for t in types)
    arrays, start = [], 0
    for t, leaf in zip(types, like, strict=True):
        arrays.append(constants.identity_rows(total, start, t, leaf))
        start += t.size
    return arrays


def _name_infinite(linear: Callable[..., Any], basis: Sequence[Any]) -> None:
    """Under `config.debug_nans` apply a linear map to row after row, for the error that names the
    op whose partial is infinite: all at once, its residuals are arguments like others.
    """
    if config.debug_nans and not any(isinstance(array, Handle) for array in basis):
        for i in range(_shape(basis[0])[0] if basis else 0):
            linear(*(array[i] for array in basis))


def _split(array: Any, types: Sequence[ArrayType], other: tuple[int, ...], axis: int) -> list[Any]:
    """Cut the axis that runs over the basis into blocks, each in the shape of its leaf."""
    blocks, start = [], 0
    at = len(_shape(array)) - 1 if axis == -1 else 0
    for t in types:
        piece = m.slice_axis(array, at, start, start + t.size) if len(types) > 1 else array
        blocks.append(
            m.reshape(piece, shape=(*other, *t.shape) if axis == -1 else (*t.shape, *other))
        )
        start += t.size
    return blocks
