"""Linear algebra on a namespace with the standard's `linalg`; what that has not, on the host by
SciPy.

One answer on every backend where there is none: `LinAlgError`, from a singular `solve` or `inv`, a
`cholesky` of what is not positive definite, a triangular system with a 0 on its diagonal.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from polyad.errors import LinAlgError
from polyad.ir import ArrayType, Definition

from ..makers import Run, Types


def named(name: str, **renamed: str) -> Any:
    """`linalg`'s function, its errors as `LinAlgError`; `renamed` maps attributes to arguments."""

    def maker(backend: Any, attrs: dict[str, Any], types: Types, results: Types) -> Run:
        function = getattr(backend.xp.linalg, name)
        extra = {renamed[key]: value for key, value in attrs.items()}
        several = len(results) > 1

        def run(*arrays: Any) -> Any:
            answer = function(*arrays, **extra)
            return tuple(answer) if several else answer

        return explained(backend, run, name, types)

    return maker


def explained(backend: Any, run: Run, name: str, types: Types) -> Run:
    """`run`, with the library's error as polyad's, which names the op and what it was given."""
    failures = backend.linalg_errors

    def wrapped(*arrays: Any) -> Any:
        try:
            return run(*arrays)
        except failures as error:
            raise LinAlgError(f"{name} of {types[0]}: {reason(name, error)}") from None

    return wrapped


def reason(name: str, error: Exception) -> str:
    if name in ("solve", "inv"):
        return "the matrix (or one of the stack) is singular; pinv or lstsq take such matrices"
    if name == "cholesky":
        return "the matrix (or one of the stack) is not positive definite"
    return str(error)


def cholesky(backend: Any, attrs: dict[str, Any], types: Types, results: Types) -> Run:
    """Libraries differ in whether they notice a NaN."""
    run, xp = named("cholesky")(backend, attrs, types, results), backend.xp

    def wrapped(x: Any) -> Any:
        low = run(x)
        if bool(xp.any(xp.isnan(low))):
            raise LinAlgError(f"cholesky of {types[0]}: the matrix holds NaN")
        return low

    return wrapped


def qr(backend: Any, attrs: dict[str, Any], types: Types, results: Types) -> Run:
    function, mode = backend.xp.linalg.qr, "complete" if attrs["complete"] else "reduced"
    return explained(backend, lambda x: tuple(function(x, mode=mode)), "qr", types)


def general(name: str) -> Any:
    """`eig` and `eigvals`, complex also where the library gives real results for real ones."""

    def maker(backend: Any, attrs: dict[str, Any], types: Types, results: Types) -> Run:
        xp, function = backend.xp, getattr(backend.xp.linalg, name)
        dtype = backend.native_dtype(results[0].dtype)

        def run(x: Any) -> Any:
            if not bool(xp.all(xp.isfinite(x))):
                raise LinAlgError(f"{name} of {types[0]}: the matrix holds infinities or NaN")
            answer = function(x)
            if len(results) == 1:
                return xp.astype(answer, dtype)
            return tuple(xp.astype(part, dtype) for part in answer)

        return explained(backend, run, name, types)

    return maker


def pinv(backend: Any, attrs: dict[str, Any], types: Types, results: Types) -> Run:
    function = backend.xp.linalg.pinv
    if 0 in types[0].shape:
        return lambda a, rtol: backend.xp.reshape(a, results[0].shape)
    return explained(backend, lambda a, rtol: function(a, rtol=rtol), "pinv", types)


# -- On the host -----------------------------------------------------------------------------------


def host_maker(make: Callable[..., Run]) -> Any:
    """A function of NumPy arrays, matrix by matrix, as an implementation: `make(attributes)` gives
    the callable on matrices.
    """

    def maker(backend: Any, attrs: dict[str, Any], types: Types, results: Types) -> Run:
        function, lead = make(attrs), types[0].shape[:-2]

        def run(*arrays: Any) -> Any:
            import numpy

            hosts = [backend.host(x) for x in arrays]
            outs = [numpy.empty(t.shape, t.dtype.name) for t in results]
            for at in numpy.ndindex(*lead):
                found = function(*[x[at] for x in hosts])
                for out, part in zip(outs, found if len(outs) > 1 else (found,), strict=True):
                    out[at] = part
            like = arrays[0]
            answers = tuple(
                backend.asarray(out, t.dtype, like=like)
                for out, t in zip(outs, results, strict=True)
            )
            return answers if len(answers) > 1 else answers[0]

        return run

    return maker


def triangular(attrs: dict[str, Any]) -> Run:
    import scipy.linalg

    def run(a: Any, b: Any) -> Any:
        if 0 in b.shape:
            return b
        try:
            return scipy.linalg.solve_triangular(a, b, lower=attrs["lower"], check_finite=False)
        except scipy.linalg.LinAlgError:
            raise LinAlgError(
                "solve_triangular: the matrix (or one of the stack) has a 0 on its diagonal"
            ) from None

    return run


def lu(attrs: dict[str, Any]) -> Run:
    import numpy
    import scipy.linalg

    def run(a: Any) -> Any:
        if 0 in a.shape:
            rows, columns = a.shape
            return numpy.arange(rows), a[:, : min(rows, columns)], a[: min(rows, columns)]
        placed, low, up = scipy.linalg.lu(a, p_indices=True, check_finite=False)
        return numpy.argsort(placed), low, up

    return run


HOSTED = {
    "solve_triangular": host_maker(triangular),
    "lu": host_maker(lu),
}


# -- Determinants ----------------------------------------------------------------------------------


def _singular_basis(xp: Any, a: Any) -> tuple[Any, Any, Any, Any]:
    """(c, U, s, Vᴴ): a singular value decomposition, and c = det(U) det(Vᴴ)."""
    u, s, vh = xp.linalg.svd(a, full_matrices=False)
    return xp.linalg.det(u) * xp.linalg.det(vh), u, s, vh


def _exclusive_products(xp: Any, s: Any) -> Any:
    """The product of all s but sᵢ, for each i."""
    eye = xp.eye(s.shape[-1], dtype=xp.bool, device=s.device)
    return xp.prod(xp.where(eye, xp.ones_like(s)[..., None, :], s[..., None, :]), axis=-1)


def _good_inverse(backend: Any, a: Any) -> Any:
    """The inverses, None if one loses more than a quarter of the digits."""
    xp = backend.xp
    try:
        inverse = xp.linalg.inv(a)
    except backend.linalg_errors:
        return None
    sizes = [xp.max(xp.sum(xp.abs(x), axis=-1), axis=-1) for x in (a, inverse)]
    bound = float(xp.finfo(a.dtype).eps) ** -0.25
    return inverse if bool(xp.all(sizes[0] * sizes[1] <= bound)) else None


def adjugate(backend: Any, attrs: dict[str, Any], types: Types, results: Types) -> Run:
    """det(A) A⁻¹, or for a matrix of bad condition adj(U S Vᴴ) = det(U) det(Vᴴ) V adj(S) Uᴴ, adj(S)
    diagonal.
    """
    xp = backend.xp
    if 0 in types[0].shape:
        return lambda a: a

    def run(a: Any) -> Any:
        inverse = _good_inverse(backend, a)
        if inverse is not None:
            return xp.linalg.det(a)[..., None, None] * inverse
        c, u, s, vh = _singular_basis(xp, a)
        products = _exclusive_products(xp, s)
        return c[..., None, None] * (_adjoint(xp, vh) * products[..., None, :]) @ _adjoint(xp, u)

    return run


def reciprocal_matrix(backend: Any, attrs: dict[str, Any], types: Types, results: Types) -> Run:
    """inv, but of a singular matrix the inverse on its range, and infinite between the null
    vectors, whose sign or phase is free: the trace is not negative, or it is the adjugate's.
    """
    xp, n = backend.xp, types[0].shape[-1]
    if 0 in types[0].shape:
        return lambda a: a
    eps = xp.finfo(backend.native_dtype(types[0].dtype)).eps
    infinite = float("inf")

    def run(a: Any) -> Any:
        singular = (xp.linalg.slogdet(a)[1] == -infinite)[..., None, None]
        if not bool(xp.any(singular)):
            return xp.linalg.inv(a)
        eye = xp.eye(n, dtype=a.dtype, device=a.device)
        regular = xp.linalg.inv(xp.where(singular, eye, a))
        c, u, s, vh = _singular_basis(xp, a)
        null = s <= n * eps * xp.max(s, axis=-1, keepdims=True)
        null = null | (xp.arange(n, device=s.device) == n - 1)
        range_part = xp.where(null, xp.zeros_like(s), 1 / xp.where(null, xp.ones_like(s), s))
        v, uh = _adjoint(xp, vh), _adjoint(xp, u)
        between = (v * xp.astype(null, s.dtype)[..., None, :]) @ uh
        between = between * _turned_up(xp, between, c, 16 * eps)[..., None, None]
        finite = (v * range_part[..., None, :]) @ uh
        found = _infinite_where(backend, xp, finite, between, 16 * eps)
        return xp.where(singular, found, regular)

    return run


def _turned_up(xp: Any, between: Any, c: Any, small: float) -> Any:
    """The factor of modulus 1 that makes the trace of `between` positive; `c` where that is 0."""
    trace = xp.linalg.trace(between)
    size = xp.abs(trace)
    none = size <= small
    up = trace / xp.where(none, xp.ones_like(size), size)
    return xp.where(none, c, xp.conj(up) if xp.isdtype(up.dtype, "complex floating") else up)


def _infinite_where(backend: Any, xp: Any, finite: Any, between: Any, small: float) -> Any:
    """`finite`, but infinite with the sign of `between` where that is not 0, part by part."""
    complex_ = xp.isdtype(finite.dtype, "complex floating")
    infinite = xp.asarray(float("inf"), dtype=xp.real(finite).dtype if complex_ else finite.dtype)

    def pushed(x: Any, y: Any) -> Any:
        return xp.where(y > small, infinite, xp.where(y < -small, -infinite, x))

    if not complex_:
        return pushed(finite, between)
    re, im = pushed(xp.real(finite), xp.real(between)), pushed(xp.imag(finite), xp.imag(between))
    part, whole = (ArrayType(backend.dtype_of(x), tuple(x.shape)) for x in (re, finite))
    join: Run = backend.implementation(Definition.registry["complex"], (), (part, part), (whole,))
    return join(re, im)


def _adjoint(xp: Any, x: Any) -> Any:
    swapped = xp.matrix_transpose(x)
    return xp.conj(swapped) if xp.isdtype(x.dtype, "complex floating") else swapped


DETERMINANTS = {
    "det": named("det"),
    "slogdet": named("slogdet"),
    "adjugate": adjugate,
    "reciprocal_matrix": reciprocal_matrix,
}

LINALG = {
    **{name: named(name) for name in ("solve", "inv", "eigh", "eigvalsh", "svdvals")},
    "svd": named("svd", full_matrices="full_matrices"),
    "cholesky": cholesky,
    "qr": qr,
    "eig": general("eig"),
    "eigvals": general("eigvals"),
    "pinv": pinv,
    **HOSTED,
    **DETERMINANTS,
}
