"""Differential operators with autograd's names and parameters."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from ... import api, tree
from ... import numpy as pnp
from ...errors import PolyadTypeError
from ...ir import user_location, where

F = Callable[..., Any]


def _of_argument(
    fun: F, argnum: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[F, Any]:
    """`fun` of argument `argnum` (a tuple of them: of the tuple) alone, and the argument."""
    chosen = tuple(argnum) if isinstance(argnum, tuple | list) else (argnum,)
    single = not isinstance(argnum, tuple | list)

    def part(x: Any) -> Any:
        given = list(args)
        for i, value in zip(chosen, (x,) if single else x, strict=True):
            given[i] = value
        return fun(*given, **kwargs)

    picked = tuple(args[i] for i in chosen)
    return functools.wraps(fun, updated=())(part), picked[0] if single else picked


def of_any_argument(make: Callable[[F, Any], Any]) -> Callable[..., F]:
    """An operator of autograd's: of a function, then the number of an argument."""

    @functools.wraps(make)
    def operator(fun: F, argnum: Any = 0, *nary_op_args: Any, **nary_op_kwargs: Any) -> F:
        @functools.wraps(fun, updated=())
        def applied(*args: Any, **kwargs: Any) -> Any:
            part, x = _of_argument(fun, argnum, args, kwargs)
            return make(part, x, *nary_op_args, **nary_op_kwargs)

        name = getattr(fun, "__name__", "[unknown name]")
        applied.__name__ = f"{make.__name__}_of_{name}_wrt_argnum_{argnum}"
        applied.__doc__ = (
            f"    {make.__name__} of function {name} with respect to argument number {argnum}. "
            f"Takes the\n    same arguments as {name} but returns the {make.__name__}.\n    "
        )
        return applied

    return operator


@of_any_argument
def grad(fun: F, x: Any) -> Any:
    """The gradient of a function with one real element by argument `argnum`.

    >>> grad(lambda x, y: x * y, 1)(2.0, 3.0)
    np.float64(2.0)
    """
    return _of_one_element(fun, x)[1]


@of_any_argument
def value_and_grad(fun: F, x: Any) -> Any:
    """The value and the gradient."""
    return _of_one_element(fun, x)


def _of_one_element(fun: F, x: Any) -> tuple[Any, Any]:
    """Value and gradient. Raises `PolyadTypeError` unless the value is one real number."""
    out, pull = api.vjp(fun, x)
    leaves = tree.leaves(out)
    if len(leaves) != 1 or pnp.size(leaves[0]) != 1 or not _is_real(leaves[0]):
        raise PolyadTypeError(
            "autograd's grad applies to functions of one real result"
            f"{where(user_location())}\n  Use jacobian, elementwise_grad or holomorphic_grad."
        )
    return out, pull(tree.map(pnp.ones_like, out))[0]


def _is_real(x: Any) -> bool:
    dtype = getattr(x, "dtype", None)
    return isinstance(x, float) if dtype is None else bool(dtype.kind == "f")


@of_any_argument
def grad_and_aux(fun: F, x: Any) -> Any:
    """The gradient of the first of two results, and the other."""
    return api.grad(fun, has_aux=True)(x)


@of_any_argument
def holomorphic_grad(fun: F, x: Any) -> Any:
    """The derivative of a holomorphic function."""
    return api.grad(fun, holomorphic=True)(x)


@of_any_argument
def elementwise_grad(fun: F, x: Any) -> Any:
    """The gradient of the sum of the results: of an element-wise function, its derivative.

    >>> import numpy as np
    >>> elementwise_grad(lambda x: x**2)(np.array([1.0, 2.0]))
    array([2., 4.])
    """
    out, pull = api.vjp(fun, x)
    return pull(tree.map(pnp.ones_like, out))[0]


@of_any_argument
def deriv(fun: F, x: Any) -> Any:
    """The derivative by a scalar, of a result of any shape."""
    return api.jvp(fun, (x,), (tree.map(pnp.ones_like, x),))[1]


@of_any_argument
def jacobian(fun: F, x: Any) -> Any:
    """The Jacobian, of the shape of the result and then of the argument."""
    return api.jacrev(fun)(x)


@of_any_argument
def hessian(fun: F, x: Any) -> Any:
    """The Jacobian of the Jacobian."""
    return api.jacfwd(api.jacrev(fun))(x)


@of_any_argument
def make_vjp(fun: F, x: Any) -> Any:
    """The pullback, and the value."""
    out, pull = api.vjp(fun, x)
    return lambda g: pull(g)[0], out


@of_any_argument
def make_jvp(fun: F, x: Any) -> Any:
    """A function of a tangent: the value and its derivative."""
    return lambda t: api.jvp(fun, (x,), (t,))


@of_any_argument
def make_hvp(fun: F, x: Any) -> Any:
    """The product with the Hessian at x, a function of the vector, and the gradient."""
    gradient, product = api.linearize(api.grad(fun), x)
    return product, gradient


def make_ggnvp(f: F, g: F = lambda x: 0.5 * pnp.sum(x**2, axis=-1), f_argnum: int = 0) -> F:
    """The product with the generalised Gauss-Newton matrix of g(f(x)), a function of x and then of
    the vector.
    """

    def at(*args: Any, **kwargs: Any) -> F:
        part, x = _of_argument(f, f_argnum, args, kwargs)
        out, push = api.linearize(part, x)
        pull = api.vjp(part, x)[1]
        total: F = lambda y: pnp.sum(g(y))
        curvature: F = api.linearize(api.grad(total), out)[1]
        return lambda v: pull(curvature(push(v)))[0]

    return at


def hessian_tensor_product(fun: F, argnum: int = 0) -> F:
    """The product of the Hessian with a tensor, given after the arguments."""

    def product(*args: Any, **kwargs: Any) -> Any:
        *given, vector = args
        part, x = _of_argument(fun, argnum, tuple(given), kwargs)
        return api.jvp(api.grad(part), (x,), (vector,))[1]

    return product


hessian_vector_product = hessian_tensor_product


def tensor_jacobian_product(fun: F, argnum: int = 0) -> F:
    """The product of a tensor, given after the arguments, with the Jacobian."""

    def product(*args: Any, **kwargs: Any) -> Any:
        *given, vector = args
        part, x = _of_argument(fun, argnum, tuple(given), kwargs)
        axes = len(pnp.shape(vector))
        return api.jacrev(lambda x: pnp.tensordot(vector, part(x), axes))(x)

    return product


vector_jacobian_product = tensor_jacobian_product


def multigrad_dict(fun: F) -> F:
    """The gradients by all arguments, in a dict by their names."""
    signature = inspect.signature(fun)

    def gradients(*args: Any, **kwargs: Any) -> dict[str, Any]:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()

        def of(arguments: dict[str, Any]) -> Any:
            again = signature.bind(*args, **kwargs)
            again.arguments = arguments
            return fun(*again.args, **again.kwargs)

        found: dict[str, Any] = api.grad(of)(dict(bound.arguments))
        return found

    return gradients


def grad_named(fun: F, argname: str) -> F:
    """The gradient by the argument of that name."""
    return grad(fun, list(inspect.signature(fun).parameters).index(argname))


def checkpoint(fun: F) -> F:
    """`fun`, whose intermediate values are computed again in the backward pass."""
    found: F = api.checkpoint(fun)
    return found
