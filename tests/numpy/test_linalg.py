"""`polyad.numpy.linalg` against NumPy and SciPy: eagerly on each backend, and compiled.

What is determined up to signs or phases is compared by what it is for: Q R, V f(w) V⁻¹, and so on.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import array_api_strict
import numpy as np
import pytest
import scipy.linalg
import torch

import polyad
import polyad.numpy as pnp
from polyad.errors import LinAlgError

from ..arrays import BACKENDS, off, on, run

la = pnp.linalg
RNG = np.random.default_rng(1)
X, CUBE = RNG.normal(size=(3, 4)), RNG.normal(size=(2, 3, 4))
SQUARE = RNG.normal(size=(2, 3, 3)) + 4 * np.eye(3)
COMPLEX = SQUARE + 1j * RNG.normal(size=(2, 3, 3))
POSITIVE = SQUARE @ SQUARE.swapaxes(-1, -2)
HERMITIAN = COMPLEX + COMPLEX.conj().swapaxes(-1, -2)
DEFINITE = COMPLEX @ COMPLEX.conj().swapaxes(-1, -2)
V, W = RNG.normal(size=4), RNG.normal(size=3)
ORDERS = ("fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf)

CASES: list[Any] = []
COVERED: set[str] = set()


def case(
    name: str, *args: Any, expected: Any = None, of: Any = lambda found: found, **kwargs: Any
) -> None:
    """`linalg.name(*args, **kwargs)`, seen through `of`, is `expected`, or NumPy's answer."""
    COVERED.add(name)
    if expected is None:
        expected = of(getattr(np.linalg, name)(*args, **kwargs))
    function = getattr(la, name)
    CASES.append(pytest.param(function, args, kwargs, of, expected, id=f"{len(CASES)}-{name}"))


def adjoint(x: Any) -> Any:
    return pnp.conj(pnp.matrix_transpose(x))


def scaled(v: Any, w: Any) -> Any:
    return pnp.multiply(v, pnp.expand_dims(w, axis=-2))


def joined(parts: Any) -> Any:
    """V diag(sin w) V⁻¹ of values and vectors: the sine of the matrix, if they are right."""
    w, v = parts
    return pnp.matmul(scaled(v, pnp.sin(w)), la.inv(v))


def product(parts: Any) -> Any:
    return pnp.matmul(*parts)


def by_sine(a: Any) -> Any:
    w, v = np.linalg.eig(a)
    return v * np.sin(w)[..., None, :] @ np.linalg.inv(v) + 0j


def moduli(parts: Any) -> Any:
    q, r = parts
    return pnp.abs(q), pnp.abs(r), pnp.matmul(q, r)


def span(parts: Any) -> Any:
    """Checks of all full decompositions: values, and the matrix."""
    u, s, vh = parts
    k = s.shape[-1]
    return s, pnp.matmul(scaled(u[..., :k], s), vh[..., :k, :]), pnp.matmul(adjoint(u), u)


case("cholesky", POSITIVE)
case("cholesky", DEFINITE)
case("cholesky", DEFINITE, upper=True)
case("eigh", HERMITIAN, of=lambda found: (found[0], joined(found)))
case("eigh", SQUARE, of=lambda found: (found[0], joined(found)))
case("eigvalsh", HERMITIAN)
case("eigvalsh", SQUARE)
case("eigvalsh", COMPLEX, UPLO="U")
case("eig", SQUARE, of=joined, expected=by_sine(SQUARE))
case("eig", COMPLEX, of=joined, expected=by_sine(COMPLEX))
case(
    "eigvals",
    SQUARE,
    of=lambda w: pnp.sum(w**3, axis=-1),
    expected=np.trace(SQUARE @ SQUARE @ SQUARE, axis1=-2, axis2=-1) + 0j,
)
case("svd", CUBE, of=span)
case("svd", CUBE.swapaxes(-1, -2), full_matrices=False, of=span)
case("svd", COMPLEX, of=span)
case("svd", CUBE, compute_uv=False)
case("svdvals", CUBE)
case("svdvals", COMPLEX)
case("qr", CUBE, of=moduli)
case("qr", CUBE.swapaxes(-1, -2), of=moduli)
case("qr", COMPLEX, mode="complete", of=moduli)
case("qr", X.T, mode="complete", of=product)
case("qr", X, mode="r", of=pnp.abs)
case("lu", X, expected=scipy.linalg.lu(X))
case("lu", CUBE.swapaxes(-1, -2), expected=scipy.linalg.lu(CUBE.swapaxes(-1, -2)))
case("lu", COMPLEX, permute_l=True, expected=scipy.linalg.lu(COMPLEX, permute_l=True))
case("lu", SQUARE, p_indices=True, expected=scipy.linalg.lu(SQUARE, p_indices=True))
case("solve", SQUARE, W, expected=np.linalg.solve(SQUARE, np.stack([W, W])[..., None])[..., 0])
case("solve", SQUARE[0], X)
case("solve", COMPLEX, CUBE)
case("solve", SQUARE[0], CUBE)
case("inv", SQUARE)
case("inv", COMPLEX)
case("solve_triangular", SQUARE[0], W, expected=scipy.linalg.solve_triangular(SQUARE[0], W))
for _options in (("N", True, False), (1, False, True), ("C", True, True), ("T", False, False)):
    _expected = scipy.linalg.solve_triangular(COMPLEX[0], W, *_options)
    case("solve_triangular", COMPLEX[0], W, *_options, expected=_expected)
case("cho_factor", POSITIVE, of=lambda c: c[0], expected=np.linalg.cholesky(POSITIVE, upper=True))
case("cho_solve", (POSITIVE[0], True), W, expected=scipy.linalg.cho_solve((POSITIVE[0], True), W))
case("cho_solve", (COMPLEX[0], False), X, expected=scipy.linalg.cho_solve((COMPLEX[0], False), X))
case("pinv", CUBE)
case("pinv", COMPLEX, rtol=0.5)
case("pinv", CUBE, rtol=np.array([0.0, 0.5]))
case("matrix_rank", CUBE)
case("matrix_rank", np.outer(W, V))
case("matrix_rank", CUBE, rtol=np.array([0.0, 0.5]))
_plan = np.linalg.lstsq(X.T, V)
case("lstsq", X.T, V, of=tuple, expected=(_plan[0], _plan[1], np.int64(3), _plan[3]))
case("lstsq", X, SQUARE[0], of=lambda found: found.x, expected=np.linalg.lstsq(X, SQUARE[0])[0])
case("det", SQUARE)
case("det", COMPLEX)
case("slogdet", SQUARE)
case("slogdet", COMPLEX)
case("vector_norm", X)
case("vector_norm", CUBE, axis=(0, 2), keepdims=True)
case("vector_norm", COMPLEX, axis=0, ord=3)
for _order in (0, 1, 2, 3, 0.5, -1, -2.5, np.inf, -np.inf):
    case("vector_norm", X, axis=1, ord=_order)
for _order in ORDERS:
    case("matrix_norm", CUBE, ord=_order)
    case("matrix_norm", COMPLEX, ord=_order, keepdims=True)
    case("norm", X, _order)
    case("norm", CUBE, _order, axis=(2, 0), keepdims=True)
case("norm", CUBE)
case("norm", CUBE, keepdims=True)
case("norm", V, 1)
case("norm", V, -np.inf)
case("norm", X, axis=0)
for _order in (None, 1, -1, 2, -2, np.inf, "fro"):
    case("cond", SQUARE, _order)
case("cond", X)
case("cross", CUBE[..., :3], CUBE[::-1, ..., 1:] + 1, axis=-1)
case("cross", CUBE, CUBE[::-1] + 1, axis=1)
case("cross", W, SQUARE)
case("matrix_power", SQUARE, 5)
case("matrix_power", COMPLEX, -2)
case("matrix_power", SQUARE, 0)
case("matrix_power", np.array([[2, 1], [0, 1]]), 3, expected=np.array([[8, 7], [0, 1]]))
case("tensorsolve", RNG.normal(size=(2, 3, 6)), RNG.normal(size=(2, 3)))
case("tensorsolve", RNG.normal(size=(2, 6, 3)), RNG.normal(size=(2, 3)), axes=(1,))
case("tensorinv", RNG.normal(size=(4, 6, 8, 3)))
case("tensorinv", RNG.normal(size=(6, 2, 3)), ind=1)
case("multi_dot", [V, X.T, SQUARE[0], W])
case("multi_dot", [X.T, SQUARE[0], X, X.T])
case("trace", SQUARE, offset=1)
case("diagonal", CUBE, offset=-1)
case("outer", V, W)
for _name in ("expm", "logm", "sqrtm"):
    _function = getattr(scipy.linalg, _name)
    case(_name, COMPLEX, expected=np.stack([_function(a) for a in COMPLEX]))
    case(_name, POSITIVE[0] / 9, expected=_function(POSITIVE[0] / 9))
    case(
        _name, DEFINITE / 9, hermitian=True, expected=np.stack([_function(a / 9) for a in DEFINITE])
    )


def test_every_function_of_its_own_has_a_case():
    own = {
        name
        for name, value in vars(la).items()
        if inspect.isfunction(value) and value.__module__.startswith("polyad.numpy.linalg")
    }
    assert own == COVERED


def close(found: Any, expected: Any) -> None:
    if isinstance(expected, tuple):
        assert len(found) == len(expected)
        for x, y in zip(found, expected, strict=True):
            close(x, y)
        return
    found, expected = off(found), off(expected)
    assert found.shape == expected.shape
    assert found.dtype == expected.dtype or expected.dtype.kind in "iu"
    scale = np.abs(expected).max(initial=1.0)
    np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-11 * scale)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("function, args, kwargs, of, expected", CASES)
def test_values(
    function: Callable[..., Any], args: Any, kwargs: Any, of: Any, expected: Any, backend: str
):
    leaves, build = [], []
    for x in args:  # arrays, lists of arrays, and pairs of an array and a flag
        parts = list(x) if isinstance(x, list | tuple) else [x]
        build.append((type(x), [isinstance(p, np.ndarray) for p in parts], parts))
        leaves += [p for p in parts if isinstance(p, np.ndarray)]

    def f(*arrays: Any) -> Any:
        given = iter(arrays)
        full = []
        for kind, flags, parts in build:
            made = [next(given) if a else p for a, p in zip(flags, parts, strict=True)]
            full.append(kind(made) if kind in (list, tuple) else made[0])
        return of(function(*full, **named))

    named = kwargs
    if backend != "native":
        named = {
            k: on(backend, [v])[0] if isinstance(v, np.ndarray) else v for k, v in kwargs.items()
        }
    close(run(backend, f, leaves), expected)


# -- The standard ----------------------------------------------------------------------------------

STANDARD = [name for name in array_api_strict.linalg.__all__ if not name.startswith("_")]


@pytest.mark.parametrize("name", STANDARD)
def test_signatures_are_the_standards(name: str):
    """All that the standard allows to be passed can be; nothing else is required."""
    theirs = inspect.signature(getattr(array_api_strict.linalg, name)).parameters.values()
    ours = inspect.signature(getattr(la, name)).parameters
    for p in theirs:
        if p.kind is p.POSITIONAL_ONLY:
            continue
        assert p.name in ours
        assert ours[p.name].default == p.default or name == "pinv"  # NumPy has 1e-15
    required = [p for p in ours.values() if p.default is p.empty]
    assert len(required) == len([p for p in theirs if p.default is p.empty])


RESULTS = {
    "eigh": ("eigenvalues", "eigenvectors"),
    "eig": ("eigenvalues", "eigenvectors"),
    "qr": ("Q", "R"),
    "slogdet": ("sign", "logabsdet"),
    "svd": ("U", "S", "Vh"),
}


@pytest.mark.parametrize("name", RESULTS)
def test_results_have_the_standards_names(name: str):
    for f in (getattr(la, name), polyad.jit(getattr(la, name))):
        assert f(POSITIVE)._fields == RESULTS[name]


# -- Other libraries' functions on traced arrays ---------------------------------------------------

CALLS: dict[str, Callable[[Any, Any], Any]] = {
    "eigh": lambda la, a: la.eigh(a)[0],
    "eigvalsh": lambda la, a: la.eigvalsh(a),
    "svd": lambda la, a: la.svd(a, full_matrices=False)[1],
    "qr": lambda la, a: la.qr(a)[1] ** 2,
    "cholesky": lambda la, a: la.cholesky(a),
    "inv": lambda la, a: la.inv(a),
    "pinv": lambda la, a: la.pinv(a),
    "det": lambda la, a: la.det(a),
    "slogdet": lambda la, a: la.slogdet(a)[1],
    "solve": lambda la, a: la.solve(a, a @ a),
    "matrix_power": lambda la, a: la.matrix_power(a, 3),
    "matrix_norm": lambda la, a: la.matrix_norm(a, ord="nuc"),
    "norm": lambda la, a: la.norm(a),
    "norm of inf": lambda la, a: la.norm(a, ord=np.inf),
    "matrix_rank": lambda la, a: la.matrix_rank(a),
    "multi_dot": lambda la, a: la.multi_dot([a, a, a]),
    "cond": lambda la, a: la.cond(a),
    "cross": lambda la, a: la.cross(a, a + 1),
}


@pytest.mark.parametrize("name", CALLS)
def test_functions_of_numpy_and_torch_take_tracers(name: str):
    a = POSITIVE[0]
    for space, given in ((np.linalg, a), (torch.linalg, torch.from_numpy(a))):
        expected = CALLS[name](space, given)
        found = polyad.jit(lambda x, s=space: CALLS[name](s, x))(given)
        close(found, expected)


def test_functions_of_torch_itself_take_tracers():
    t = torch.from_numpy(POSITIVE[0])
    for f in (torch.det, torch.inverse, torch.matrix_exp, lambda a: torch.linalg.lu(a)[2]):
        close(polyad.jit(f)(t / 9), f(t / 9))


def test_a_batch_of_right_hand_sides_is_solved_by_one_factorisation():
    a, b = SQUARE[0], RNG.normal(size=(5, 3, 2))
    for solve in (la.solve, lambda a, b: la.solve_triangular(a, b, lower=True)):
        spread = polyad.vmap(solve, in_axes=(None, 0))
        made = polyad.make_ir(spread)(a, b)
        (op,) = [op for op in made.walk() if op.name.startswith("solve")]
        assert op.operands[0].type.shape == (3, 3)
        close(spread(a, b), np.stack([solve(a, x) for x in b]))


# -- Empty matrices and stacks ---------------------------------------------------------------------

EMPTY: dict[str, Any] = {
    "cholesky": ((0, 0), [(0, 0)]),
    "inv": ((0, 0), [(0, 0)]),
    "eigh": ((0, 0), [(0,), (0, 0)]),
    "eigvalsh": ((0, 0), [(0,)]),
    "eig": ((0, 0), [(0,), (0, 0)]),
    "eigvals": ((0, 0), [(0,)]),
    "det": ((0, 0), [()]),
    "slogdet": ((0, 0), [(), ()]),
    "svdvals": ((0, 3), [(0,)]),
    "svd": ((3, 0), [(3, 3), (0,), (0, 0)]),
    "qr": ((3, 0), [(3, 0), (0, 0)]),
    "lu": ((0, 3), [(0, 0), (0, 0), (0, 3)]),
    "pinv": ((0, 3), [(3, 0)]),
    "matrix_rank": ((0, 3), [()]),
    "expm": ((0, 0), [(0, 0)]),
    "logm": ((0, 0), [(0, 0)]),
    "sqrtm": ((0, 0), [(0, 0)]),
    "matrix_norm": ((0, 3), [()]),
    "vector_norm": ((0,), [()]),
}


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("lead", [(), (2,), (0,)], ids=str)
@pytest.mark.parametrize("name", EMPTY)
def test_empty_matrices(name: str, lead: tuple[int, ...], backend: str):
    shape, shapes = EMPTY[name]
    function = getattr(la, name)
    if name == "vector_norm":
        function = lambda x: la.vector_norm(x, axis=-1)
    found = run(backend, function, [np.zeros((*lead, *shape))])
    found = found if isinstance(found, tuple) else (found,)
    assert [tuple(x.shape) for x in found] == [(*lead, *s) for s in shapes]
    if name == "det":
        np.testing.assert_array_equal(off(found[0]), np.ones(lead))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", [n for n in EMPTY if n not in ("matrix_rank",)])
def test_derivatives_of_empty_matrices(name: str, backend: str):
    shape, _ = EMPTY[name]

    def total(x: Any) -> Any:
        found = getattr(la, name)(x)
        parts = found if isinstance(found, tuple) else (found,)
        return sum(pnp.sum(pnp.real(part)) for part in parts)

    assert off(run(backend, polyad.grad(total), [np.zeros(shape)])).shape == shape


# -- Bad input -------------------------------------------------------------------------------------

SINGULAR = np.array([[1.0, 2.0], [2.0, 4.0]])
INDEFINITE = np.array([[1.0, 2.0], [2.0, 1.0]])
NO_ANSWER: dict[str, tuple[Callable[..., Any], Any, str]] = {
    "solve": (lambda a: la.solve(a, a), SINGULAR, "solve of f64[2,2]: the matrix"),
    "inv": (la.inv, SINGULAR, "singular; pinv or lstsq take such matrices"),
    "matrix_power": (lambda a: la.matrix_power(a, -1), SINGULAR, "singular"),
    "cholesky": (la.cholesky, INDEFINITE, "cholesky of f64[2,2]: the matrix (or one of"),
    "solve_triangular": (
        lambda a: la.solve_triangular(a, a),
        np.array([[1.0, 1.0], [0.0, 0.0]]),
        "0 on its diagonal",
    ),
    "logm": (la.logm, -np.eye(2), "give the matrix in a complex dtype"),
    "sqrtm": (la.sqrtm, np.array([[0.0, 1.0], [0.0, 0.0]]), "has none"),
    "hermitian": (lambda a: la.sqrtm(a, hermitian=True), -np.eye(2), "negative eigenvalue"),
    "cholesky of NaN": (la.cholesky, np.full((2, 2), np.nan), "cholesky of f64[2,2]: the matrix"),
    "svd of NaN": (la.svdvals, np.full((2, 2), np.nan), "svdvals of f64[2,2]"),
    "eig of NaN": (la.eigvals, np.full((2, 2), np.nan), "the matrix holds infinities or NaN"),
    "logm of NaN": (la.logm, np.full((2, 2), np.nan), "holds infinities or NaN"),
}
NO_DERIVATIVE: dict[str, tuple[Callable[..., Any], Any, str]] = {
    "qr": (lambda a: la.qr(a).Q, np.ones((3, 2)) * [1, 0], "solve_triangular: the matrix"),
    "lu": (lambda a: la.lu(a).L, np.zeros((2, 2)), "solve_triangular: the matrix"),
    "eigvals": (la.eigvals, np.array([[1.0, 1.0], [0.0, 1.0]]), "the matrix is defective"),
    "sqrtm": (la.sqrtm, np.diag([1.0, 0.0]), "sqrtm at a singular matrix is infinite"),
    "hermitian": (lambda a: la.sqrtm(a, hermitian=True), np.diag([1.0, 0.0]), "is infinite"),
}


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", NO_DERIVATIVE)
def test_no_derivative_is_one_error_on_every_backend(name: str, backend: str):
    f, at, expected = NO_DERIVATIVE[name]
    run(backend, f, [at])
    with pytest.raises(LinAlgError) as caught:
        run(backend, polyad.grad(lambda a: pnp.sum(pnp.real(f(a)) ** 2)), [at])
    assert expected in str(caught.value)
    assert f"at {__file__}:" in str(caught.value)
    unused = polyad.grad(lambda a: pnp.where(pnp.sum(a) > 99, pnp.sum(pnp.real(f(a))), 0.0))
    if name in ("sqrtm", "hermitian"):  # a cotangent of 0 stays 0
        np.testing.assert_array_equal(off(run(backend, unused, [at])), np.zeros(at.shape))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", NO_ANSWER)
def test_no_answer_is_one_error_on_every_backend(name: str, backend: str):
    f, array, expected = NO_ANSWER[name]
    for tried in (array, np.stack([np.eye(2), array])):
        with pytest.raises(LinAlgError) as caught:
            run(backend, lambda a: f(a), [tried])
        assert isinstance(caught.value, np.linalg.LinAlgError)
        if tried.ndim == 2:
            assert expected in str(caught.value)
        assert f"at {__file__}:" in str(caught.value)
        with pytest.raises(LinAlgError):
            run(backend, polyad.grad(lambda a: pnp.sum(pnp.real(f(a)))), [tried])


@pytest.mark.parametrize(
    "f, expected",
    [
        (lambda: la.inv(X), "inv takes square matrices, not an array of shape (3, 4)"),
        (lambda: la.eigh(V), "eigh takes square matrices, not an array of shape (4,)"),
        (lambda: la.det(2.0), "det takes square matrices, not an array of shape ()"),
        (lambda: la.svd(V), "svd takes matrices, not an array of shape (4,)"),
        (lambda: la.qr(X, mode="economic"), "mode is 'reduced', 'complete' or 'r'"),
        (lambda: la.eigvalsh(SQUARE, UPLO="X"), "UPLO is 'L' or 'U', not 'X'"),
        (lambda: la.solve(SQUARE, V), "the matrix has 3 rows, the right-hand side 4"),
        (lambda: la.solve(SQUARE, 2.0), "a vector or a matrix, not a 0-d array"),
        (lambda: la.solve(SQUARE, np.ones((3, 3, 1))), "do not broadcast"),
        (lambda: la.solve_triangular(SQUARE, W, trans=3), "not 3"),
        (lambda: la.matrix_power(SQUARE, 0.5), "the power is an integer, not 0.5"),
        (lambda: la.matrix_norm(X, ord=3), "ord is 'fro', 'nuc', 1, -1, 2, -2, inf or -inf, not 3"),
        (lambda: la.matrix_norm(V), "matrix_norm takes matrices"),
        (lambda: la.vector_norm(V, ord="fro"), "ord is a number, not 'fro'"),
        (lambda: la.vector_norm(np.zeros(0), ord=-np.inf), "of no elements"),
        (lambda: la.norm(CUBE, 2), "of a vector or a matrix; for an array of shape (2, 3, 4)"),
        (lambda: la.norm(CUBE, axis=(0, 1, 2)), "axis is one axis or two"),
        (lambda: la.norm(V, "nuc"), "ord is of a vector a number, not 'nuc'"),
        (lambda: la.cross(X, X), "cross takes vectors of 3 elements along axis -1"),
        (lambda: la.diagonal(V), "diagonal takes matrices, not an array of shape (4,)"),
        (lambda: la.trace(V), "diagonal takes matrices, not an array of shape (4,)"),
        (lambda: la.matmul(X, X), "matmul: the summed axes have sizes 4 of (3, 4) and 3 of (3, 4)"),
        (lambda: la.matmul(W, CUBE.swapaxes(0, 1)), "sizes 3 of (3,) and 2 of (3, 2, 4)"),
        (lambda: la.vecdot(V, np.ones(1)), "vecdot: the summed axes have sizes 4 of (4,) and 1"),
        (lambda: la.vecdot(X, CUBE[:, :2]), "vecdot: shapes (3, 4) and (2, 2, 4) do not broadcast"),
        (lambda: la.tensordot(X, X, axes=-1), "axes=-1 for arrays of 2 and 2 dimensions"),
        (lambda: la.tensordot(X, X, axes=((0,), (0, 1))), "sizes 3 of (3, 4) and 3, 4 of (3, 4)"),
        (lambda: la.multi_dot([X]), "takes two arrays at least, not 1"),
        (lambda: la.multi_dot([X, CUBE]), "array 1 has shape (2, 3, 4)"),
        (lambda: la.cond(np.zeros((0, 0))), "no value for empty matrices"),
    ],
)
def test_arguments_that_do_not_fit(f: Callable[[], Any], expected: str):
    with pytest.raises(polyad.errors.PolyadError) as caught:
        f()
    assert expected in str(caught.value)
    assert f"at {__file__}:" in str(caught.value)


@pytest.mark.parametrize("backend", BACKENDS)
def test_eigh_reads_one_triangle_and_is_differentiated_in_the_hermitian_part(backend: str):
    lower = np.tril(POSITIVE[0])
    np.testing.assert_allclose(
        off(run(backend, la.eigvalsh, [lower])), np.linalg.eigvalsh(POSITIVE[0])
    )
    g = off(run(backend, polyad.grad(lambda a: la.eigvalsh(a)[0]), [lower]))
    v = np.linalg.eigh(POSITIVE[0])[1][:, 0]
    np.testing.assert_allclose(g, np.outer(v, v), rtol=1e-10, atol=1e-12)
