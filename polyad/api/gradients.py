"""grad and value_and_grad. Names and argument orders are JAX's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Concatenate, Literal, ParamSpec, Protocol, TypeVar, overload

from .. import execution
from ..errors import PolyadTypeError
from ..ir import ArrayType, user_location, where
from ..tracing import callable_name
from ..transforms import reverse
from .calls import pytrees, traces
from .calls.pytrees import normalize_argnums, replace_args
from .calls.traces import execute
from .calls.transformed import transformation
from .linear_maps import has_float0, zeros

F = Callable[..., Any]
P = ParamSpec("P")
R = TypeVar("R")
A = TypeVar("A")
# Any, so that checkers look for no operator in it while they read a lambda.
X = TypeVar("X", bound=Any)
Y = TypeVar("Y", bound=Any)
First = TypeVar("First", contravariant=True)
Second = TypeVar("Second", contravariant=True)
Result = TypeVar("Result", covariant=True)


class Of(Protocol[First, P, Result]):
    """A function of one parameter, by position, and of others."""

    def __call__(self, x: First, /, *args: P.args, **kwargs: P.kwargs) -> Result: ...


class OfTwo(Protocol[First, Second, P, Result]):
    """A function of two parameters, by position, and of others."""

    def __call__(self, x: First, y: Second, /, *args: P.args, **kwargs: P.kwargs) -> Result: ...


@overload
def grad(
    fun: Of[X, P, Any],
    argnums: Literal[0] = 0,
    has_aux: Literal[False] = False,
    holomorphic: bool = False,
    allow_int: bool = False,
) -> Callable[Concatenate[X, P], X]: ...
@overload
def grad(
    fun: Of[X, P, tuple[Any, A]],
    argnums: Literal[0] = 0,
    *,
    has_aux: Literal[True],
    holomorphic: bool = False,
    allow_int: bool = False,
) -> Callable[Concatenate[X, P], tuple[X, A]]: ...
@overload
def grad(
    fun: OfTwo[X, Y, P, Any],
    argnums: Literal[1],
    has_aux: Literal[False] = False,
    holomorphic: bool = False,
    allow_int: bool = False,
) -> Callable[Concatenate[X, Y, P], Y]: ...
@overload
def grad(
    fun: OfTwo[X, Y, P, Any],
    argnums: tuple[Literal[0], Literal[1]],
    has_aux: Literal[False] = False,
    holomorphic: bool = False,
    allow_int: bool = False,
) -> Callable[Concatenate[X, Y, P], tuple[X, Y]]: ...
@overload
def grad(
    fun: Callable[P, Any],
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
    holomorphic: bool = False,
    allow_int: bool = False,
) -> Callable[P, Any]: ...
@transformation
def grad(
    fun: F,
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
    holomorphic: bool = False,
    allow_int: bool = False,
) -> F:
    """The gradient of a scalar-valued `fun` with respect to the positional arguments `argnums`.

    The gradient has the structure, shapes and dtypes of those arguments (a tuple of gradients for a
    sequence of argnums). With `has_aux`, `fun` returns (value, aux) and the result is (gradient,
    aux). For a real-valued function of complex z = x + iy the gradient is ∂u/∂x - i ∂u/∂y;
    `holomorphic=True` takes complex-valued functions and gives f′. With `allow_int`, integer
    arguments have gradient zero.

    Raises `PolyadTypeError` if the output is not a real scalar or an input is not floating.

    Args:
        fun: a function of pytrees of floating arrays, of any shapes, whose value is a real scalar,
            of shape ().
        argnums: the position of the argument to differentiate by, or several.
        has_aux: `fun` returns (value, aux); aux is handed on as it is.
        holomorphic: `fun` is a holomorphic function of complex arguments.
        allow_int: integer arguments are let in, with derivative zero.

    >>> import polyad, math
    >>> polyad.grad(polyad.numpy.sin)(0.0)
    np.float64(1.0)
    """
    pytrees.check_callable(fun, "grad")
    both = _value_and_gradient(fun, argnums, has_aux, holomorphic, allow_int)

    def gradient(*args: Any, **kwargs: Any) -> Any:
        value, found = both(*args, **kwargs)
        return (found, value[1]) if has_aux else found

    return gradient


@overload
def value_and_grad(
    fun: Of[X, P, R],
    argnums: Literal[0] = 0,
    has_aux: bool = False,
    holomorphic: bool = False,
    allow_int: bool = False,
) -> Callable[Concatenate[X, P], tuple[R, X]]: ...
@overload
def value_and_grad(  # type: ignore[overload-overlap]  # the last takes all others
    fun: OfTwo[X, Y, P, R],
    argnums: Literal[1],
    has_aux: bool = False,
    holomorphic: bool = False,
    allow_int: bool = False,
) -> Callable[Concatenate[X, Y, P], tuple[R, Y]]: ...
@overload
def value_and_grad(  # type: ignore[overload-overlap]  # the last takes all others
    fun: OfTwo[X, Y, P, R],
    argnums: tuple[Literal[0], Literal[1]],
    has_aux: bool = False,
    holomorphic: bool = False,
    allow_int: bool = False,
) -> Callable[Concatenate[X, Y, P], tuple[R, tuple[X, Y]]]: ...
@overload
def value_and_grad(
    fun: Callable[P, R],
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
    holomorphic: bool = False,
    allow_int: bool = False,
) -> Callable[P, tuple[R, Any]]: ...
@transformation
def value_and_grad(
    fun: F,
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
    holomorphic: bool = False,
    allow_int: bool = False,
) -> F:
    """The value of `fun` and its gradient (see `grad`), computed together: `(value, gradient)`.

    Args:
        fun: a function of pytrees of floating arrays, of any shapes, whose value is a real scalar,
            of shape ().
        argnums: the position of the argument to differentiate by, or several.
        has_aux: `fun` returns (value, aux); aux is handed on as it is.
        holomorphic: `fun` is a holomorphic function of complex arguments.
        allow_int: integer arguments are let in, with derivative zero.

    Raises:
        PolyadTypeError: the value is not a real scalar, or an argument is not floating.

    >>> import polyad
    >>> polyad.value_and_grad(lambda x: x**2)(3.0)
    (np.float64(9.0), np.float64(6.0))
    """
    pytrees.check_callable(fun, "grad")
    return _value_and_gradient(fun, argnums, has_aux, holomorphic, allow_int)


def _value_and_gradient(
    fun: F,
    argnums: int | Sequence[int],
    has_aux: bool,
    holomorphic: bool,
    allow_int: bool,
) -> F:
    """`fun` with its gradient, a plain function: a call of an instance costs as much as an op."""
    single = hasattr(argnums, "__index__")

    def value_and_gradient(*args: Any, **kwargs: Any) -> Any:
        positions = normalize_argnums(argnums, len(args), "grad")
        chosen = args[positions[0]] if single else tuple([args[i] for i in positions])
        leaves, structure = pytrees.flatten(chosen)
        names = pytrees.names_of(fun, args, positions=positions)
        types = pytrees.leaf_types(leaves, "grad", names)
        leaves = pytrees.admitted(leaves, "grad", names)
        placed = traces.placement_among(leaves, args, kwargs, "grad")
        check_inputs(types, holomorphic, allow_int)

        def run(tracers: Any) -> Any:
            given = pytrees.unflatten(structure, tracers)
            keywords = traces.keywords_beside(tracers, kwargs) if kwargs else kwargs
            if len(args) == 1:
                return fun(given, **keywords) if single else fun(*given, **keywords)
            beside = [
                arg
                if i in positions
                else traces.beside_traced(tracers, arg, pytrees.names_of(fun, args, positions=(i,)))
                for i, arg in enumerate(args)
            ]
            return fun(*replace_args(beside, positions, [given] if single else given), **keywords)

        def check(results: Sequence[Any], out_tree: Any) -> None:
            _check_scalar(results, out_tree, has_aux, holomorphic, fun)

        traced = traces.trace(
            fun,
            run,
            types,
            transform="grad",
            leaves=leaves,
            placed=placed,
            names=names,
            values=leaves,
            check=check,
        )
        known = [*leaves, *traced.captures]
        function = reverse.value_and_grad(traced.function, len(leaves), known)
        function.memo[execution.FINAL] = True
        outs = execute(function, leaves, traced.captures, "grad", placed)
        count = len(outs) - len(leaves)
        value = pytrees.unflatten(traced.out_tree, outs[:count])
        slopes = outs[count:]
        if allow_int and has_float0():
            slopes = [
                slope if t.dtype.is_inexact else zeros(t, slope)
                for slope, t in zip(slopes, types, strict=True)
            ]
        return value, pytrees.unflatten(structure, slopes)

    return value_and_gradient


def check_inputs(
    types: Sequence[ArrayType], holomorphic: bool, allow_int: bool, name: str = "grad"
) -> None:
    """Raise `PolyadTypeError` for types with respect to which nothing can be differentiated by the
    function of that name.
    """
    for i, t in enumerate(types):
        if holomorphic and not t.dtype.is_complex:
            raise PolyadTypeError(
                f"{name} with holomorphic=True takes complex inputs; leaf {i} is "
                f"{t}{where(user_location())}"
            )
        if not t.dtype.is_inexact and not allow_int:
            raise PolyadTypeError(
                f"{name} takes floating or complex inputs; leaf {i} of the differentiated "
                f"arguments is {t}"
                f"{where(user_location())}\n  Pass a float (3.0, not 3; x.astype(float) of "
                "an array), choose other argnums, or pass allow_int=True."
            )


def _check_scalar(
    results: Sequence[Any], out_tree: Any, has_aux: bool, holomorphic: bool, fun: F
) -> None:
    if not has_aux and out_tree.is_leaf() and len(results) == 1:
        t = results[0].type
        if t.shape == () and t.dtype.is_floating and not holomorphic:
            return
    name = callable_name(fun)
    if has_aux:
        children = out_tree.children() if not out_tree.is_leaf() else []
        if len(children) != 2 or out_tree.type is not tuple:
            raise PolyadTypeError(
                f"with has_aux=True, {name} returns a pair (value, aux), not {out_tree}"
                f"{where(user_location())}"
            )
        out_tree = children[0]
    if out_tree.type is type(None):
        raise PolyadTypeError(
            f"Gradient only defined for scalar-output functions. {name} returned None."
            f"{where(user_location())}\n  Return the number: a `return` may be missing."
        )
    if not out_tree.is_leaf() or not results:
        raise PolyadTypeError(
            f"Gradient only defined for scalar-output functions. {name} returned the pytree "
            f"{out_tree}.{where(user_location())}\n  Return a number; what is returned besides "
            "goes second, (number, besides), with has_aux=True."
        )
    t = results[0].type
    if t.shape != ():
        error = PolyadTypeError(
            f"Gradient only defined for scalar-output functions. Output had shape: {t.shape}."
        )
        error.add_note(
            f"  {name} returned {t}{where(user_location())}\n"
            "  polyad.jacrev(f) gives the derivative of each element, polyad.vmap(polyad.grad(f)) "
            "that of each\n  sample; or return a number, such as polyad.numpy.sum(...)."
        )
        raise error
    if t.dtype.is_complex and not holomorphic:
        raise PolyadTypeError(
            f"grad takes real-valued functions, and {name} returned {t}. For the derivative of a "
            "holomorphic function pass holomorphic=True; otherwise differentiate its real and "
            f"imaginary parts.{where(user_location())}"
        )
    if not t.dtype.is_inexact:
        raise PolyadTypeError(
            f"grad takes functions with floating outputs, and {name} returned {t}"
            f"{where(user_location())}"
        )
    if holomorphic and not t.dtype.is_complex:
        raise PolyadTypeError(f"with holomorphic=True, {name} returns a complex number, not {t}")
