"""Linear equations by iteration, in JAX's signatures: cg, gmres, bicgstab.

The map is given as a matrix or as a function on pytrees. Derivatives are again such solves: of the
same equation in forward mode, of the transposed one in reverse mode.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from .. import lax, tree
from .. import numpy as pnp
from ..api import linear_transpose
from ..errors import PolyadTypeError, PolyadValueError, ShapeError
from ..ir import user_location, where
from ..texts import shown
from ._solution import Info, Solution, finished
from ._vectors import Vector, beside, check_count, check_like, floating, norm, on_vectors, ravel

F = Callable[..., Any]
Method = Callable[..., tuple[Vector, Any, Any]]
REMEDY = (
    "Give more iterations (maxiter), a looser tol, a better start x0 or a preconditioner M; or a "
    "solver that fits the map: cg is for Hermitian positive-definite ones."
)


def cg(
    A: Any,
    b: Any,
    x0: Any = None,
    *,
    tol: float = 1e-5,
    atol: float = 0.0,
    maxiter: int | None = None,
    M: Any = None,
    strict: bool = False,
) -> Solution:
    """The x with A x = b, for a Hermitian positive-definite A, by conjugate gradients.

    The method of Hestenes and Stiefel (1952). `A` is a matrix or a linear function that maps
    pytrees like `b` to such; so is `M`, an approximate inverse of `A`. Iterates from `x0` (zeros if
    not given) until |b - A x| ≤ max(tol · |b|, atol), at most `maxiter` times (10 times the size of
    `b` if not given).

    Returns a `Solution`: (x, info). Its `converged` says whether the residual, computed afresh, is
    within twice the tolerance; what did not converge comes back as it is, unless `strict` asks for
    a `ConvergenceError` (in compiled programs too, by a call of Python). Derivatives by `b` and by
    what `A` holds or closes over solve to the same `tol`.

    Raises `PolyadTypeError` or `ShapeError` for a map that does not fit `b`.

    >>> import numpy as np, polyad
    >>> A, b = np.array([[4.0, 1.0], [1.0, 3.0]]), np.array([1.0, 2.0])
    >>> x, info = cg(A, b)
    >>> x.round(6)
    array([0.090909, 0.636364])
    >>> bool(info.converged), int(info.iterations)
    (True, 2)
    >>> polyad.grad(lambda b: cg(A, b).value[0])(b).round(6)
    array([ 0.272727, -0.090909])
    """
    symmetric = not any(pnp.iscomplexobj(x) for x in tree.leaves(b))
    method = partial(_cg, tol=tol, atol=atol)
    return _solved("cg", method, A, b, x0, maxiter, 10, M, strict, tol, symmetric)


def gmres(
    A: Any,
    b: Any,
    x0: Any = None,
    *,
    tol: float = 1e-5,
    atol: float = 0.0,
    restart: int = 20,
    maxiter: int | None = None,
    M: Any = None,
    solve_method: str = "batched",
    strict: bool = False,
) -> Solution:
    """The x with A x = b, for any A, by generalized minimal residuals.

    The method of Saad and Schultz (1986), restarted every `restart` iterations and preconditioned
    from the right by `M`. `maxiter` counts restarts, as in JAX; `info.iterations` counts
    iterations. `solve_method` is accepted as in JAX ("incremental" or "batched"); the residual is
    always followed step by step. The rest is as in `cg`.

    >>> import numpy as np
    >>> gmres(np.array([[0.0, 1.0], [-2.0, 3.0]]), np.array([1.0, 2.0])).value.round(6)
    array([0.5, 1. ])
    """
    check_count("gmres", "restart", restart)
    if solve_method not in ("incremental", "batched"):
        raise PolyadValueError(
            f"gmres: solve_method is 'incremental' or 'batched', not {shown(solve_method)}"
            f"{where(user_location())}"
        )
    method = partial(_gmres, tol=tol, atol=atol, restart=restart)
    return _solved("gmres", method, A, b, x0, maxiter, 10, M, strict, tol, False)


def bicgstab(
    A: Any,
    b: Any,
    x0: Any = None,
    *,
    tol: float = 1e-5,
    atol: float = 0.0,
    maxiter: int | None = None,
    M: Any = None,
    strict: bool = False,
) -> Solution:
    """The x with A x = b, for any A, by stabilized biconjugate gradients.

    The method of van der Vorst (1992), preconditioned from the right by `M`. It needs less memory
    than `gmres`, and may break down, which ends it unconverged. The rest is as in `cg`.

    >>> import numpy as np
    >>> bicgstab(np.array([[2.0, 1.0], [-1.0, 3.0]]), np.array([1.0, 2.0])).value.round(6)
    array([0.142857, 0.714286])
    """
    method = partial(_bicgstab, tol=tol, atol=atol)
    return _solved("bicgstab", method, A, b, x0, maxiter, 10, M, strict, tol, False)


# -- The equation ----------------------------------------------------------------------------------


def _solved(
    what: str,
    method: Method,
    A: Any,
    b: Any,
    x0: Any,
    maxiter: int | None,
    rounds: int,
    M: Any,
    strict: bool,
    tol: float,
    symmetric: bool,
) -> Solution:
    """The solution by `method`, as a function with derivatives of A and b."""
    b = floating(what, "b", b)
    matvec = _operator(what, "A", A)
    precondition = None if M is None else _operator(what, "M", M)
    if maxiter is not None:
        check_count(what, "maxiter", maxiter, 0)

    def solve(transposed: bool, linear: F, right: Any, start: Any = None) -> Any:
        vector, unravel = ravel(right)
        turned = precondition
        if transposed and precondition is not None:
            turned = lambda v: linear_transpose(precondition, v)(v)[0]
        steps = rounds * vector.shape[0] if maxiter is None else maxiter
        x, done, count = method(
            on_vectors(linear, unravel),
            vector,
            None if start is None else ravel(start)[0],
            precondition=(lambda v: v) if turned is None else on_vectors(turned, unravel),
            maxiter=steps,
        )
        return unravel(x), Info(done[0], count, done[1])

    equation = partial(
        lax.custom_linear_solve,
        solve=partial(solve, False),
        transpose_solve=partial(solve, True),
        symmetric=symmetric,
        has_aux=True,
    )
    if x0 is None:
        value, info = equation(matvec, b)
    else:
        x0 = floating(what, "x0", x0)
        check_like(what, "x0", x0, "b", b)
        value, info = lax.custom_root(
            lambda x: tree.map(lambda u, v: u - v, matvec(x), b),
            x0,
            lambda _, x: solve(False, matvec, b, x),
            lambda g, y: equation(g, y)[0],
            has_aux=True,
        )
    return finished(what, value, info, strict, tol, REMEDY)


def _operator(what: str, name: str, given: Any) -> F:
    """A matrix or a function as a function."""
    if callable(given):
        return given
    if not hasattr(given, "shape"):
        raise PolyadTypeError(
            f"{what}: {name} is a matrix or a function, not a {type(given).__name__}"
            f"{where(user_location())}"
        )
    shape = tuple(given.shape)
    if len(shape) != 2 or shape[0] != shape[1]:
        raise ShapeError(
            f"{what}: {name} is a square matrix, not an array of shape {shape}"
            f"{where(user_location())}"
        )
    return lambda x: pnp.matmul(given, x)


def _ended(matvec: F, b: Vector, x: Vector, limit: Any) -> tuple[Any, Any]:
    """Whether x solves the equation to twice the tolerance, and its residual."""
    residual = norm(b - matvec(x))
    return residual <= 2 * limit, residual


def _started(matvec: F, b: Vector, x: Vector | None) -> tuple[Vector, Vector]:
    """The first iterate, and its residual."""
    return (pnp.zeros_like(b), b) if x is None else (x, b - matvec(x))


def _limit(b: Vector, tol: float, atol: float) -> Any:
    return pnp.maximum(tol * norm(b), atol)


# -- Methods, on vectors ---------------------------------------------------------------------------


def _cg(
    matvec: F,
    b: Vector,
    x: Vector | None,
    *,
    tol: float,
    atol: float,
    maxiter: int,
    precondition: F,
) -> tuple[Vector, Any, Any]:
    """Conjugate gradients. A direction along which A is not positive, or hardly, ends them."""
    limit = _limit(b, tol, atol)
    eps = float(pnp.finfo(b.dtype).eps)
    x, r = _started(matvec, b, x)
    z = precondition(r)

    def more(state: Any) -> Any:
        _, r, _, _, count, sound = state
        return sound & (norm(r) > limit) & (count < maxiter)

    def step(state: Any) -> Any:
        x, r, p, rho, count, _ = state
        q = matvec(p)
        curvature = pnp.real(pnp.vecdot(p, q))
        sound = curvature > eps * norm(p) * norm(q)
        alpha = pnp.where(sound, rho / pnp.where(sound, curvature, 1), 0)
        x, r = x + alpha * p, r - alpha * q
        z = precondition(r)
        new = pnp.real(pnp.vecdot(r, z))
        p = z + new / pnp.where(rho == 0, 1, rho) * p
        return x, r, p, new, count + 1, sound

    start = (x, r, z, pnp.real(pnp.vecdot(r, z)), 0, norm(r) >= 0)
    x, _, _, _, count, _ = lax.while_loop(more, step, start)
    return x, _ended(matvec, b, x, limit), count


def _bicgstab(
    matvec: F,
    b: Vector,
    x: Vector | None,
    *,
    tol: float,
    atol: float,
    maxiter: int,
    precondition: F,
) -> tuple[Vector, Any, Any]:
    """Stabilized biconjugate gradients. A vanishing inner product ends them."""
    limit = _limit(b, tol, atol)
    x, r = _started(matvec, b, x)
    shadow = r

    def more(state: Any) -> Any:
        _, r, *_, count, sound = state
        return sound & (norm(r) > limit) & (count < maxiter)

    def step(state: Any) -> Any:
        x, r, p, rho, count, _ = state
        p_hat = precondition(p)
        v = matvec(p_hat)
        alpha = _ratio(rho, pnp.vecdot(shadow, v))
        s = r - alpha * v
        s_hat = precondition(s)
        t = matvec(s_hat)
        omega = _ratio(pnp.vecdot(t, s), pnp.vecdot(t, t))
        x, r = x + alpha * p_hat + omega * s_hat, s - omega * t
        new = pnp.vecdot(shadow, r)
        p = r + _ratio(new, rho) * _ratio(alpha, omega) * (p - omega * v)
        return x, r, p, new, count + 1, (new != 0) & (omega != 0) & (alpha != 0)

    start = (x, r, r, pnp.vecdot(r, r), 0, norm(r) >= 0)
    x, *_, count, _ = lax.while_loop(more, step, start)
    return x, _ended(matvec, b, x, limit), count


def _ratio(a: Any, b: Any) -> Any:
    """a / b, and 0 where b is 0."""
    return pnp.where(b == 0, 0, a / pnp.where(b == 0, 1, b))


def _gmres(
    matvec: F,
    b: Vector,
    x: Vector | None,
    *,
    tol: float,
    atol: float,
    restart: int,
    maxiter: int,
    precondition: F,
) -> tuple[Vector, Any, Any]:
    """Cycles of minimal residuals, until one leaves a residual that is small, or no smaller one."""
    limit = _limit(b, tol, atol)
    x, r = _started(matvec, b, x)
    width = min(restart, b.shape[0])

    def more(state: Any) -> Any:
        _, r, cycles, _, better = state
        return better & (norm(r) > limit) & (cycles < maxiter)

    def cycle(state: Any) -> Any:
        x, r, cycles, count, _ = state
        move, steps = _gmres_cycle(lambda v: matvec(precondition(v)), r, limit, width)
        moved = x + precondition(move)
        left = b - matvec(moved)
        better = norm(left) < norm(r)
        x, kept = pnp.where(better, moved, x), pnp.where(better, left, r)
        return x, kept, cycles + 1, count + steps, better

    x, _, _, count, _ = lax.while_loop(more, cycle, (x, r, 0, 0, norm(r) >= 0))
    return x, _ended(matvec, b, x, limit), count


def _gmres_cycle(linear: F, r: Vector, limit: Any, width: int) -> tuple[Vector, Any]:
    """The u in a Krylov space of at most `width` dimensions with the least |r - A u|, and the
    number of its dimensions.

    With the Arnoldi basis V and A V = V H, Givens rotations Q make Q H = R triangular. The columns
    of P = V R⁻¹ follow one by one from those of R, and u is P times the rotated right-hand side, so
    that nothing is solved at the end.
    """
    size = norm(r)
    rows = beside(r, lambda: pnp.arange(width + 1))
    basis = beside(r, lambda: pnp.zeros((width + 1, r.shape[0]), dtype=r.dtype))
    rotation = beside(r, lambda: pnp.eye(width + 1, dtype=r.dtype))
    first = r * _ratio(1, size)
    start = lax.dynamic_update_index_in_dim(basis, first, 0, 0)

    def more(state: Any) -> Any:
        *_, left, k = state
        return (left > limit) & (k < width)

    def step(state: Any) -> Any:
        u, last, basis, directions, rotation, _, k = state
        here, below = (pnp.astype(rows == i, r.dtype) for i in (k, k + 1))
        w = linear(last)
        h = pnp.conj(basis) @ w
        w = w - h @ basis
        again = pnp.conj(basis) @ w  # for what rounding left of the basis in w
        w = w - again @ basis
        size_w = norm(w)
        new = w * _ratio(1, size_w)
        basis = lax.dynamic_update_index_in_dim(basis, new, k + 1, 0)
        column = rotation @ (h + again + size_w * below)
        rotation, diagonal = _rotated(rotation, column, here, below)
        above = pnp.where(rows < k, column, 0)
        direction = (last - above @ directions) * _ratio(1, diagonal)
        directions = lax.dynamic_update_index_in_dim(directions, direction, k, 0)
        right = size * rotation[:, 0]
        left = pnp.abs(below @ right)
        return u + (here @ right) * direction, new, basis, directions, rotation, left, k + 1

    given = (pnp.zeros_like(r), first, start, basis, rotation, size, 0)
    u, *_, steps = lax.while_loop(more, step, given)
    return u, steps


def _rotated(rotation: Any, column: Vector, here: Vector, below: Vector) -> tuple[Any, Any]:
    """The product of rotations with one more, by which the entry of `column` at the unit vector
    `below` becomes 0; and what the one at `here` becomes.
    """
    a, c = here @ column, below @ column
    diagonal = pnp.sqrt(pnp.abs(a) ** 2 + pnp.abs(c) ** 2)
    cosine = pnp.where(diagonal == 0, 1, a * _ratio(1, diagonal))
    sine = c * _ratio(1, diagonal)
    upper, lower = here @ rotation, below @ rotation
    up = pnp.conj(cosine) * upper + pnp.conj(sine) * lower - upper
    down = cosine * lower - sine * upper - lower
    outer = lambda u, v: pnp.expand_dims(u, axis=1) * pnp.expand_dims(v, axis=0)
    return rotation + outer(here, up) + outer(below, down), diagonal
