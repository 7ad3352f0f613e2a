"""grad, jvp, vjp and what is made of them. Names and argument orders are JAX's."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from .. import tree
from ..errors import PolyadTypeError
from ..ir import ArrayType, Function, user_location, where
from ..ops import promotion
from ..ops.dispatch import literal
from ..passes.pipeline import simplify
from ..tracing import callable_name
from ..transforms import reverse
from ..transforms.jvp import jvp as jvp_pass
from ..transforms.transpose import transpose as transpose_pass
from . import _call
from ._call import Traced, check_matches, execute, normalize_argnums, replace_args

F = Callable[..., Any]


# -- grad ------------------------------------------------------------------------------------------


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

    >>> import polyad, math
    >>> polyad.grad(polyad.numpy.sin)(0.0)
    np.float64(1.0)
    """
    both = value_and_grad(fun, argnums, has_aux, holomorphic, allow_int)

    @functools.wraps(fun, updated=())
    def gradient(*args: Any, **kwargs: Any) -> Any:
        value, found = both(*args, **kwargs)
        return (found, value[1]) if has_aux else found

    return gradient


def value_and_grad(
    fun: F,
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
    holomorphic: bool = False,
    allow_int: bool = False,
) -> F:
    """The value of `fun` and its gradient (see `grad`), computed together: `(value, gradient)`.

    >>> import polyad
    >>> polyad.value_and_grad(lambda x: x**2)(3.0)
    (np.float64(9.0), np.float64(6.0))
    """
    _check_callable(fun, "grad")
    single = isinstance(argnums, int)

    @functools.wraps(fun, updated=())
    def value_and_gradient(*args: Any, **kwargs: Any) -> Any:
        positions = normalize_argnums(argnums, len(args), "grad")
        chosen = [args[i] for i in positions]
        leaves, structure = _call.flatten(chosen)
        names = _call.names_of(fun, args) if len(positions) == len(args) else list
        types = _call.leaf_types(leaves, "grad", names)
        _check_inputs(types, holomorphic, allow_int)

        def run(tracers: Any) -> Any:
            return fun(
                *replace_args(args, positions, _call.unflatten(structure, tracers)), **kwargs
            )

        def check(results: Sequence[Any], out_tree: Any) -> None:
            _check_scalar(results, out_tree, has_aux, holomorphic, fun)

        traced = _call.trace(
            fun,
            run,
            types,
            transform="grad",
            leaves=leaves,
            names=names,
            values=leaves,
            check=check,
        )
        function = reverse.value_and_grad(traced.function, len(leaves))
        outs = execute(function, [*leaves, *traced.captures], "grad")
        count = len(outs) - len(leaves)
        value = _call.unflatten(traced.out_tree, outs[:count])
        gradients = _call.unflatten(structure, outs[count:])
        return value, gradients[0] if single else tuple(gradients)

    return value_and_gradient


def _check_callable(fun: Any, what: str) -> None:
    if not callable(fun):
        raise PolyadTypeError(
            f"{what} takes a function, not a {type(fun).__name__}: write {what}(f)(x), not "
            f"{what}(f(x))"
        )


def _check_inputs(types: Sequence[ArrayType], holomorphic: bool, allow_int: bool) -> None:
    for i, t in enumerate(types):
        if holomorphic and not t.dtype.is_complex:
            raise PolyadTypeError(
                f"grad with holomorphic=True takes complex inputs; leaf {i} is "
                f"{t}{where(user_location())}"
            )
        if not t.dtype.is_inexact and not allow_int:
            raise PolyadTypeError(
                f"grad takes floating or complex inputs; leaf {i} of the differentiated "
                f"arguments is {t}"
                f"{where(user_location())}\n  Convert it with .astype(float), choose other "
                "argnums, or pass allow_int=True."
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
            )
        out_tree = children[0]
    if not out_tree.is_leaf() or not results:
        raise PolyadTypeError(
            f"Gradient only defined for scalar-output functions. {name} returned the pytree "
            f"{out_tree}."
        )
    t = results[0].type
    if t.shape != ():
        raise PolyadTypeError(
            f"Gradient only defined for scalar-output functions. Output had shape: {t.shape}."
        )
    if t.dtype.is_complex and not holomorphic:
        raise PolyadTypeError(
            f"grad takes real-valued functions, and {name} returned {t}. For the derivative of a "
            "holomorphic "
            "function pass holomorphic=True; otherwise differentiate its real and imaginary parts."
        )
    if not t.dtype.is_inexact:
        raise PolyadTypeError(
            f"grad takes functions with floating outputs, and {name} returned {t}"
        )
    if holomorphic and not t.dtype.is_complex:
        raise PolyadTypeError(f"with holomorphic=True, {name} returns a complex number, not {t}")


# -- jvp -------------------------------------------------------------------------------------------


def jvp(fun: F, primals: Sequence[Any], tangents: Sequence[Any], has_aux: bool = False) -> Any:
    """The value of `fun` at `primals`, and its derivative along `tangents`: `(value, tangent)`.

    `primals` and `tangents` are tuples of arguments, alike in structure, shapes and dtypes. With
    `has_aux`, `fun` returns (value, aux) and the result is `(value, tangent, aux)`.

    >>> import polyad
    >>> polyad.jvp(lambda x: x**2, (3.0,), (1.0,))
    (np.float64(9.0), np.float64(6.0))
    """
    _check_callable(fun, "jvp")
    for what, given in (("primals", primals), ("tangents", tangents)):
        if not isinstance(given, tuple | list):
            raise PolyadTypeError(
                f"jvp: {what} is a tuple of arguments, not a {type(given).__name__}"
            )
    traced, leaves, structure, types = _trace_primals(fun, tuple(primals), "jvp")
    given = check_matches(tuple(tangents), structure, types, "tangents", "the primals")
    active = [t.dtype.is_inexact for t in types] + [False] * len(traced.captures)
    pushed = jvp_pass(traced.function, active)
    function = simplify(pushed.function)
    inexact = [x for x, t in zip(given, types, strict=True) if t.dtype.is_inexact]
    outs = execute(function, [*leaves, *traced.captures, *inexact], "jvp")
    count = len(traced.function.results)
    out = _call.unflatten(traced.out_tree, outs[:count])
    tangent = _with_zeros(outs[count:], pushed.active, traced.function, outs[:count])
    out_tangent = _call.unflatten(traced.out_tree, tangent)
    return (out[0], out_tangent[0], out[1]) if has_aux else (out, out_tangent)


def _trace_primals(
    fun: F, args: tuple[Any, ...], transform: str
) -> tuple[Traced, list[Any], Any, list[ArrayType]]:
    leaves, structure = _call.flatten(args)
    names = _call.names_of(fun, args)
    types = _call.leaf_types(leaves, transform, names)
    traced = _call.trace(
        fun,
        lambda tracers: fun(*_call.unflatten(structure, tracers)),
        types,
        transform=transform,
        leaves=leaves,
        names=names,
        values=leaves,
    )
    return traced, leaves, structure, types


def _with_zeros(
    tangents: Sequence[Any], active: Sequence[bool], function: Function, primals: Sequence[Any]
) -> list[Any]:
    """A tangent for each result: zeros like the result where there is none."""
    given = iter(tangents)
    return [
        next(given) if a else _zeros(v.type, primal)
        for a, v, primal in zip(active, function.results, primals, strict=True)
    ]


def _zeros(t: ArrayType, like: Any) -> Any:
    dtype = t.dtype if t.dtype.is_inexact else promotion.default_float()
    builder = getattr(like, "builder", None)
    if builder is not None:
        return literal(builder, 0, dtype, t.shape)
    return _call.filled(0, dtype, t.shape, like)


# -- vjp, linearize --------------------------------------------------------------------------------


def vjp(fun: F, *primals: Any, has_aux: bool = False) -> Any:
    """The value of `fun` at `primals`, and its pullback: `(value, vjp_fun)`, or `(value, vjp_fun,
    aux)`.

    `vjp_fun` maps a cotangent, alike to the value, to a tuple of cotangents, alike to the primals.

    >>> import polyad
    >>> y, pullback = polyad.vjp(lambda x: x**2, 3.0)
    >>> pullback(1.0)
    (np.float64(6.0),)
    """
    _check_callable(fun, "vjp")
    traced, leaves, structure, types = _trace_primals(fun, primals, "vjp")
    point = _Linearized(traced, leaves, types, has_aux)
    backward = simplify(transpose_pass(point.tangent, sum(point.wrt)))

    def vjp_fun(cotangent: Any) -> Any:
        given = check_matches(
            cotangent, point.out_tree, point.out_types, "the cotangent", "the function's value"
        )
        kept = [ct for ct, a in zip(given, point.active, strict=True) if a]
        found = iter(execute(backward, [*point.residuals, *kept], "vjp_fun"))
        like = next(iter([*given, *point.residuals, *leaves]), None)
        cts = [
            next(found) if w else _zeros(t, like) for w, t in zip(point.wrt, types, strict=False)
        ]
        return _call.unflatten(structure, cts)

    return (point.value, vjp_fun, point.aux) if has_aux else (point.value, vjp_fun)


class _Linearized:
    """A callable linearized at a point: the value (and aux) there, the residuals, and the tangent
    function.
    """

    def __init__(
        self, traced: Traced, leaves: list[Any], types: list[ArrayType], has_aux: bool
    ) -> None:
        function = traced.function
        count = len(function.results)
        self.wrt = [t.dtype.is_inexact for t in types] + [False] * len(traced.captures)
        linear = reverse.linearize(function, self.wrt)
        outs = execute(simplify(linear.forward), [*leaves, *traced.captures], "linearize")
        self.residuals = list(outs[count:])
        self.out_tree, n_value = traced.out_tree, count
        out = _call.unflatten(traced.out_tree, outs[:count])
        self.value, self.aux = out, None
        if has_aux:
            self.value, self.aux = out
            self.out_tree = traced.out_tree.children()[0]
            n_value = self.out_tree.num_leaves
        self.results = function.results[:n_value]
        self.out_types = [v.type for v in self.results]
        self.active = linear.active[:n_value]
        self.tangent = simplify(
            reverse.with_results(linear.tangent, linear.tangent.results[: sum(self.active)])
        )


def linearize(fun: F, *primals: Any, has_aux: bool = False) -> Any:
    """The value of `fun` at `primals`, and its derivative there as a linear function of tangents.

    What does not depend on the tangents is computed once, here. With `has_aux`, `fun` returns
    (value, aux) and the result is `(value, f_jvp, aux)`.

    >>> import polyad
    >>> y, f_jvp = polyad.linearize(lambda x: x**2, 3.0)
    >>> f_jvp(2.0)
    np.float64(12.0)
    """
    _check_callable(fun, "linearize")
    traced, leaves, structure, types = _trace_primals(fun, primals, "linearize")
    point = _Linearized(traced, leaves, types, has_aux)

    def f_jvp(*tangents: Any) -> Any:
        given = check_matches(tangents, structure, types, "tangents", "the primals")
        inexact = [x for x, t in zip(given, types, strict=True) if t.dtype.is_inexact]
        found = iter(execute(point.tangent, [*inexact, *point.residuals], "f_jvp"))
        like = next(iter([*inexact, *point.residuals]), None)
        full = [
            next(found) if a else _zeros(t, like)
            for a, t in zip(point.active, point.out_types, strict=True)
        ]
        return _call.unflatten(point.out_tree, full)

    return (point.value, f_jvp, point.aux) if has_aux else (point.value, f_jvp)


def linear_transpose(fun: F, *primals: Any) -> F:
    """The transpose of a linear `fun`, of which only the types of `primals` count (arrays, or types
    of them).

    Raises `NotDifferentiableError`, naming the op, if `fun` is not linear.

    >>> import polyad
    >>> polyad.linear_transpose(lambda x: 3 * x, 1.0)(2.0)
    (np.float64(6.0),)
    """
    _check_callable(fun, "linear_transpose")
    leaves, structure = _call.flatten(primals)
    names = _call.names_of(fun, primals)
    types = _call.leaf_types(leaves, "linear_transpose", names)
    traced = _call.trace(
        fun,
        lambda tracers: fun(*_call.unflatten(structure, tracers)),
        types,
        transform="linear_transpose",
        leaves=leaves,
        names=names,
    )
    turned = simplify(transpose_pass(simplify(traced.function), len(types)))

    def transposed(cotangent: Any) -> Any:
        given = check_matches(
            cotangent,
            traced.out_tree,
            traced.function.result_types,
            "the cotangent",
            "the function's value",
        )
        return _call.unflatten(
            structure, execute(turned, [*traced.captures, *given], "linear_transpose")
        )

    return transposed


# -- Jacobians -------------------------------------------------------------------------------------


def jacfwd(
    fun: F, argnums: int | Sequence[int] = 0, has_aux: bool = False, holomorphic: bool = False
) -> F:
    """The Jacobian of `fun` by forward mode: best where it is tall.

    The result has, for each leaf of the output, of shape s, and of the input, of shape t, an array
    of shape s + t.

    >>> import polyad, numpy as np
    >>> polyad.jacfwd(lambda x: x**2)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """
    _check_callable(fun, "jacfwd")

    def jacobian_(*args: Any, **kwargs: Any) -> Any:
        part, chosen, single = _partial(fun, argnums, args, kwargs, "jacfwd")
        leaves, structure = _call.flatten(chosen)
        types = _call.leaf_types(leaves, "jacfwd", list)
        _check_inputs(types, holomorphic, False)
        value, push, *aux = linearize(part, *chosen, has_aux=has_aux)
        basis = _basis(types, leaves)
        columns = _vmapped(
            lambda *leaf_tangents: push(*_call.unflatten(structure, leaf_tangents)), -1
        )(*basis)
        value_leaves, out_tree = _call.flatten(value)
        blocks = [
            _call.unflatten(structure, _split(column, types, _shape(y), -1))
            for column, y in zip(tree.leaves(columns), value_leaves, strict=True)
        ]
        blocks = [b[0] if single else tuple(b) for b in blocks]
        result = _call.unflatten(out_tree, blocks)
        return (result, aux[0]) if has_aux else result

    return functools.wraps(fun, updated=())(jacobian_)


def jacrev(
    fun: F, argnums: int | Sequence[int] = 0, has_aux: bool = False, holomorphic: bool = False
) -> F:
    """The Jacobian of `fun` by reverse mode: best where it is wide. Shapes as in `jacfwd`.

    >>> import polyad, numpy as np
    >>> polyad.jacrev(lambda x: x**2)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """
    _check_callable(fun, "jacrev")

    def jacobian_(*args: Any, **kwargs: Any) -> Any:
        part, chosen, single = _partial(fun, argnums, args, kwargs, "jacrev")
        types = _call.leaf_types(_call.flatten(chosen)[0], "jacrev", list)
        _check_inputs(types, holomorphic, False)
        value, pullback, *aux = vjp(part, *chosen, has_aux=has_aux)
        value_leaves, out_tree = _call.flatten(value)
        out_types = _call.leaf_types(value_leaves, "jacrev", list)
        for t in out_types:
            if t.dtype.is_complex and not holomorphic:
                raise PolyadTypeError(
                    f"jacrev takes real-valued functions; this returned {t}. Pass holomorphic=True."
                )
        basis = _basis(out_types, value_leaves)
        rows = _vmapped(lambda *cts: pullback(_call.unflatten(out_tree, cts)), 0)(*basis)
        row_leaves, structure = _call.flatten(rows)
        split = [
            _split(row, out_types, t.shape, 0) for row, t in zip(row_leaves, types, strict=True)
        ]
        blocks = [
            _call.unflatten(structure, [parts[i] for parts in split]) for i in range(len(out_types))
        ]
        result = _call.unflatten(out_tree, [b[0] if single else tuple(b) for b in blocks])
        return (result, aux[0]) if has_aux else result

    return functools.wraps(fun, updated=())(jacobian_)


jacobian = jacrev


def hessian(
    fun: F, argnums: int | Sequence[int] = 0, has_aux: bool = False, holomorphic: bool = False
) -> F:
    """The Hessian of `fun`: the forward-mode Jacobian of the reverse-mode one.

    >>> import polyad, numpy as np
    >>> polyad.hessian(lambda x: (x**3).sum())(np.array([1.0, 2.0]))
    array([[ 6.,  0.],
           [ 0., 12.]])
    """
    return jacfwd(jacrev(fun, argnums, has_aux, holomorphic), argnums, has_aux, holomorphic)


def hvp(fun: F, primals: Sequence[Any], tangents: Sequence[Any]) -> Any:
    """The product of the Hessian of a scalar-valued `fun` at `primals` with `tangents`, forward
    over reverse.

    With one primal it is alike to it, with several a tuple.

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
        return fun(*replace_args(args, positions, chosen), **kwargs)

    return (
        functools.wraps(fun, updated=())(part),
        [args[i] for i in positions],
        isinstance(argnums, int),
    )


def _vmapped(fun: F, out_axes: int) -> F:
    from .vectorize import vmap

    return vmap(fun, out_axes=out_axes)


def _shape(leaf: Any) -> tuple[int, ...]:
    return tuple(getattr(leaf, "shape", ()))


def _basis(types: Sequence[ArrayType], like: Sequence[Any]) -> list[Any]:
    """The rows of the identity, cut into leaves of `types`: for each leaf an array of shape (total
    size, *shape).
    """
    total = sum(t.size for t in types)
    arrays, start = [], 0
    for t, leaf in zip(types, like, strict=True):
        arrays.append(_call.identity_rows(total, start, t, leaf))
        start += t.size
    return arrays


def _split(array: Any, types: Sequence[ArrayType], other: tuple[int, ...], axis: int) -> list[Any]:
    """Cut the axis that runs over the basis into blocks, each in the shape of its leaf."""
    from ..ops import manipulation as m

    blocks, start = [], 0
    at = len(_shape(array)) - 1 if axis == -1 else 0
    for t in types:
        piece = m.slice_axis(array, at, start, start + t.size) if len(types) > 1 else array
        blocks.append(
            m.reshape(piece, shape=(*other, *t.shape) if axis == -1 else (*t.shape, *other))
        )
        start += t.size
    return blocks
