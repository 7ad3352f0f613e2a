"""Functions given by equations, with JAX's signatures: custom_linear_solve, custom_root.

With values that are known and nothing traced around them what solves simply runs; otherwise the
functions given are traced and become the regions of an op, whose derivatives follow from the
equation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from .. import tree
from ..errors import PolyadTypeError, PolyadValueError
from ..ir import ArrayType, Function, user_location, where
from ..ops import implicit
from ..ops.promotion import is_weak
from ..passes.pipeline import simplify
from ..transforms.reverse import Linearized, linearize
from ..transforms.transpose import transpose
from .calls import bodies, pytrees, traces
from .calls.traces import Traced

F = Callable[..., Any]


# -- custom_linear_solve ---------------------------------------------------------------------------


def custom_linear_solve(
    matvec: F,
    b: Any,
    solve: F,
    transpose_solve: F | None = None,
    symmetric: bool = False,
    has_aux: bool = False,
) -> Any:
    """The x with `matvec(x) = b`, found by `solve(matvec, b)` and differentiated by its equation.

    `matvec` is linear and maps pytrees like `b` to pytrees of the same shapes and dtypes. `solve`
    takes any such map and right-hand side; no derivative goes through it. Derivatives by `b` and by
    what `matvec` closes over solve the equation again: forward mode the same one, reverse mode the
    transposed one, by `transpose_solve(vecmat, cotangent)`, or by `solve` if the map is `symmetric`
    (equals its transpose). With `has_aux` both solvers return pairs (x, aux), and so does this; aux
    has derivative zero.

    Raises `PolyadTypeError` where structures, shapes or dtypes differ from those of `b`, and
    `NotDifferentiableError` in reverse mode without a transposed solve.

    >>> import numpy as np, polyad, polyad.numpy as pnp
    >>> def solve_diagonal(d, b):
    ...     by_division = lambda matvec, b: b / d
    ...     return custom_linear_solve(lambda x: d * x, b, by_division, symmetric=True)
    >>> d, b = np.array([2.0, 4.0]), np.array([1.0, 2.0])
    >>> solve_diagonal(d, b)
    array([0.5, 0.5])
    >>> polyad.grad(lambda d: pnp.sum(solve_diagonal(d, b)))(d)
    array([-0.25 , -0.125])
    """
    what = "custom_linear_solve"
    solvers = [solve] if transpose_solve is None else [solve, transpose_solve]
    for fun in (matvec, *solvers):
        pytrees.check_callable(fun, what)
    like, leaves = _unknown_like(what, "b", b, matvec)
    linear = like.kept(matvec, "matvec")
    if bodies.is_known(leaves):
        return like.solution(solve(linear, b), "solve", has_aux)
    equation = like.trace(linear, leaves)
    maps = [linear]
    if transpose_solve is not None and not symmetric:
        maps.append(like.kept(_transposed(equation, like), "vecmat"))
    names = ("solve", "transpose_solve")
    solving = [
        like.trace(_solver(like, solver, linear_map, name, has_aux), leaves)
        for solver, linear_map, name in zip(solvers, maps, names, strict=False)
    ]
    results = _apply(implicit.linear_solve, [equation, *solving], leaves, symmetric=symmetric)
    return pytrees.unflatten(solving[0].out_tree, results)


def _solver(like: _Like, solve: F, function: F, name: str, has_aux: bool) -> F:
    def solving(given: Any) -> Any:
        return like.solution(solve(function, given), name, has_aux)

    solving.__name__ = name
    return solving


def _transposed(equation: Traced, like: _Like) -> F:
    """The transpose of the linear map that was traced."""
    turned = simplify(transpose(equation.function, len(like.types)))

    def vecmat(ct: Any) -> Any:
        leaves = pytrees.flatten(ct)[0]
        found = traces.execute(turned, equation.captures, leaves, like.what)
        return pytrees.unflatten(like.structure, found)

    return vecmat


# -- custom_root -----------------------------------------------------------------------------------


def custom_root(f: F, initial_guess: Any, solve: F, tangent_solve: F, has_aux: bool = False) -> Any:
    """The x with `f(x) = 0`, found by `solve(f, initial_guess)` and differentiated by its equation.

    `f` maps pytrees like `initial_guess` to pytrees of the same shapes and dtypes. No derivative
    goes through `solve` or by the guess. By what `f` closes over the derivative solves the
    linearized equation: `tangent_solve(g, y)` returns the v with `g(v) = y` for linear g, the
    derivative of `f` at the root; it must be differentiable itself, and transposable for reverse
    mode (`lambda g, y: y / g(1.0)` for scalars; else `custom_linear_solve`, say). With `has_aux`
    `solve` returns a pair (x, aux), and so does this; aux has derivative zero.

    Raises `PolyadTypeError` where structures, shapes or dtypes differ from those of the guess.

    >>> import polyad
    >>> from polyad import lax
    >>> def square_root(a):
    ...     newton = lambda f, x: lax.fori_loop(0, 9, lambda _, x: x - f(x) / (2 * x), x)
    ...     return custom_root(lambda x: x * x - a, 1.0, newton, lambda g, y: y / g(1.0))
    >>> square_root(4.0)
    np.float64(2.0)
    >>> polyad.grad(square_root)(4.0)
    np.float64(0.25)
    """
    what = "custom_root"
    for fun in (f, solve, tangent_solve):
        pytrees.check_callable(fun, what)
    like, leaves = _unknown_like(what, "initial_guess", initial_guess, f)
    function = like.kept(f, "f")
    if bodies.is_known(leaves):
        return like.solution(solve(function, initial_guess), "solve", has_aux)
    equation = like.trace(function, leaves)
    solving = like.trace(_solver(like, solve, function, "solve", has_aux), leaves)
    wrt = [i < len(leaves) for i in range(len(equation.function.arguments))]
    linear = linearize(equation.function, wrt)

    def solved(x: Any, y: Any) -> Any:
        g = like.kept(_derivative(linear, equation, x, like), "g")
        return like.checked(tangent_solve(g, y), "tangent_solve")

    solved.__name__ = "tangent_solve"
    moving = like.trace(solved, [*leaves, *leaves], arguments=2)
    results = _apply(implicit.root, [equation, solving, moving], leaves)
    return pytrees.unflatten(solving.out_tree, results)


def _derivative(linear: Linearized, equation: Traced, x: Any, like: _Like) -> F:
    """The derivative of the traced equation at `x`; what depends on `x` alone is computed here."""
    n = len(like.types)
    ahead = simplify(linear.forward.with_(results=linear.forward.results[n:]))
    residuals = traces.execute(ahead, pytrees.flatten(x)[0], equation.captures, like.what)

    def g(v: Any) -> Any:
        leaves = pytrees.flatten(v)[0]
        found = iter(traces.execute(linear.tangent, leaves, residuals, like.what))
        moved = [
            next(found) if active else 0 * leaf
            for active, leaf in zip(linear.active, leaves, strict=True)
        ]
        return pytrees.unflatten(like.structure, moved)

    return g


# -- What both share -------------------------------------------------------------------------------


class _Like(NamedTuple):
    """The structure and types of the unknown: each function given must return such a pytree.

    `weak` flags leaves that are Python scalars, and take the dtype of what they meet.
    """

    what: str
    name: str
    structure: Any
    types: list[ArrayType]
    weak: list[bool]

    def checked(self, value: Any, who: str) -> Any:
        """`value` as such a pytree. Raises `PolyadTypeError` if it is none."""
        leaves, structure = pytrees.flatten(value)
        if structure != self.structure:
            raise PolyadTypeError(
                f"{self.what}: {self.name} is the pytree {self.structure}, and {who} gives "
                f"{structure}{where(user_location())}"
            )
        found = bodies.types_of(leaves, f"{self.what}: what {who} gives")
        kept = [self._leaf(i, *pair, who) for i, pair in enumerate(zip(leaves, found, strict=True))]
        return pytrees.unflatten(structure, kept)

    def _leaf(self, i: int, leaf: Any, found: ArrayType, who: str) -> Any:
        wanted = self.types[i]
        if found is wanted or (self.weak[i] and found.shape == wanted.shape):
            return leaf
        if is_weak(leaf) and found.shape == wanted.shape:
            return bodies.taking(leaf, wanted, found)
        path = tree.paths(pytrees.unflatten(self.structure, self.types))[i]
        cast = ""
        if found.shape == wanted.shape:
            cast = f"\n  Cast {self.name}, .astype('{found.dtype}'), or what {who} gives."
        raise PolyadTypeError(
            f"{self.what}: {self.name}{path} is {wanted}, and {who} gives {found}"
            f"{where(user_location())}{cast}"
        )

    def kept(self, fun: F, who: str) -> F:
        """`fun`, its results checked."""

        def checking(x: Any) -> Any:
            return self.checked(fun(x), who)

        checking.__name__ = who
        return checking

    def solution(self, answer: Any, who: str, has_aux: bool) -> Any:
        """The result of a solver, checked."""
        if not has_aux:
            return self.checked(answer, who)
        if not isinstance(answer, tuple) or len(answer) != 2:
            raise PolyadTypeError(
                f"{self.what}: with has_aux=True {who} returns a pair (x, aux), not "
                f"{pytrees.flatten(answer)[1]}{where(user_location())}"
            )
        return self.checked(answer[0], who), answer[1]

    def trace(self, fun: F, leaves: Sequence[Any], arguments: int = 1) -> Traced:
        """The trace of a function of `arguments` such pytrees."""
        structure = tree.structure((pytrees.unflatten(self.structure, self.types),) * arguments)
        return bodies.trace_body(fun, self.types * arguments, structure, self.what, leaves)


def _unknown_like(what: str, name: str, value: Any, fun: F) -> tuple[_Like, list[Any]]:
    """The structure and types of the unknown, as an argument has them, and its leaves. Python
    scalars that are to be traced take the dtype that `fun` gives them.
    """
    leaves, structure = pytrees.flatten(value)
    if not leaves:
        raise PolyadValueError(f"{what}: {name} holds no array{where(user_location())}")
    types = bodies.types_of(leaves, what)
    like = _Like(what, name, structure, types, [is_weak(x) for x in leaves])
    if not any(like.weak) or bodies.is_known(leaves):
        return like, leaves
    found = like.trace(like.kept(fun, "f"), leaves).function.result_types
    leaves = [
        bodies.taking(x, f, t) if w else x
        for x, f, t, w in zip(leaves, found, types, like.weak, strict=True)
    ]
    return _Like(
        what, name, structure, bodies.types_of(leaves, what), [False] * len(leaves)
    ), leaves


def _apply(op: Any, traced: Sequence[Traced], leaves: Sequence[Any], **attributes: Any) -> Any:
    """The op's results: its operands are what each function closes over, then `leaves`."""
    consts: list[int] = []
    operands: list[Any] = []
    regions: list[Function] = []
    for t in traced:
        captures, made = bodies.with_captures([t], len(t.function.arguments) - len(t.captures))
        consts.append(len(captures))
        operands += captures
        regions += made
    return bodies.emit(op, [*operands, *leaves], {"consts": tuple(consts), **attributes}, *regions)
