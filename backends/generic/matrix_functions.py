"""exp, log and square root of matrices: of Hermitian ones by their eigenvalues, of others by SciPy
on the host (Padé approximants and Schur decompositions).
"""

from __future__ import annotations

import warnings
from typing import Any

from polyad.errors import LinAlgError

from ..makers import Run, Types
from .linalg import host_maker

INFINITE = "the derivative of {name}m at a singular matrix is infinite"

# -- General matrices ------------------------------------------------------------------------------


def of_matrix(name: str) -> Run:
    """SciPy's function of one matrix, which must stay real if the matrix is."""
    import numpy
    import scipy.linalg

    function = getattr(scipy.linalg, f"{name}m")

    def run(a: Any) -> Any:
        if 0 in a.shape:
            return a
        check_finite(name, a)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = function(a)
        if numpy.iscomplexobj(found) and not numpy.iscomplexobj(a):
            found = real_part(name, a, found)
        if name != "exp" and not exists(name, a, found):
            raise LinAlgError(f"{name}m: the matrix (or one of the stack) has none")
        return found

    return run


def check_finite(name: str, a: Any) -> None:
    import numpy

    if name != "exp" and not numpy.isfinite(a).all():
        raise LinAlgError(f"{name}m: the matrix (or one of the stack) holds infinities or NaN")


def real_part(name: str, a: Any, found: Any) -> Any:
    """The real part of a result that must be real for a real `a`."""
    import numpy

    noise = 1e3 * numpy.finfo(a.dtype).eps * numpy.abs(found).max()
    if numpy.abs(found.imag).max() > noise:
        raise LinAlgError(
            f"{name}m of a real matrix with an eigenvalue that is negative is complex; give the "
            "matrix in a complex dtype"
        )
    return found.real


def exists(name: str, a: Any, found: Any) -> bool:
    """Whether `found` is finite, and as a square root squares to `a`."""
    import numpy

    if not numpy.isfinite(found).all():
        return False
    bound = 1e3 * len(a) * numpy.finfo(a.dtype).eps * numpy.abs(found).max() ** 2
    return name != "sqrt" or bool(numpy.abs(found @ found - a).max() <= bound)


def is_singular(a: Any) -> bool:
    """Whether an eigenvalue is 0 to rounding."""
    import numpy

    sizes = numpy.abs(numpy.linalg.eigvals(a))
    return bool(sizes.min() <= max(10, len(a)) * numpy.finfo(a.dtype).eps * sizes.max())


def general(attrs: dict[str, Any]) -> Run:
    return of_matrix(attrs["function"])


def general_tangent(attrs: dict[str, Any]) -> Run:
    """The upper right block of f([[A, E], [0, A]]), E brought to the size of A."""
    import numpy

    name = attrs["function"]
    function = of_matrix(name)

    def run(a: Any, e: Any) -> Any:
        n = a.shape[-1]
        size = numpy.abs(e).max(initial=0.0)
        if not size:
            return numpy.zeros_like(e)
        check_finite(name, a)
        if name != "exp" and is_singular(a):
            raise LinAlgError(INFINITE.format(name=name))
        ratio = numpy.abs(a).max() / size or 1 / size
        blocks = numpy.block([[a, e * ratio], [numpy.zeros_like(a), a]])
        return function(blocks)[:n, n:] / ratio

    return run


# -- Hermitian matrices ----------------------------------------------------------------------------


def exp_differences(xp: Any, a: Any, b: Any) -> Any:
    """(eᵃ - eᵇ) / (a - b) = e^((a+b)/2) sinh(h) / h, h = (a - b) / 2."""
    h = 0.5 * (a - b)
    zero = h == 0
    safe = xp.where(zero, xp.ones_like(h), h)
    return xp.exp(0.5 * (a + b)) * xp.where(zero, xp.ones_like(h), xp.sinh(safe) / safe)


def log_differences(xp: Any, a: Any, b: Any) -> Any:
    """(log a - log b) / (a - b) = 2 artanh(r) / (a - b), r = (a - b) / (a + b)."""
    same = a == b
    apart = xp.where(same, xp.ones_like(a), a - b)
    return xp.where(same, 1 / a, 2 * xp.atanh((a - b) / (a + b)) / apart)


def sqrt_differences(xp: Any, a: Any, b: Any) -> Any:
    """(√a - √b) / (a - b) = 1 / (√a + √b)."""
    return 1 / (xp.sqrt(a) + xp.sqrt(b))


DIFFERENCES = {"exp": exp_differences, "log": log_differences, "sqrt": sqrt_differences}


def hermitian(backend: Any, attrs: dict[str, Any], types: Types, results: Types) -> Run:
    """V f(w) Vᴴ."""
    xp, name = backend.xp, attrs["function"]
    function = getattr(xp, name)

    def run(a: Any) -> Any:
        w, v = xp.linalg.eigh(a)
        check_domain(xp, name, w)
        return (v * function(w)[..., None, :]) @ _adjoint(xp, v)

    return run


def hermitian_tangent(backend: Any, attrs: dict[str, Any], types: Types, results: Types) -> Run:
    """V (D ∘ Vᴴ E V) Vᴴ, D the divided differences of f."""
    xp, name = backend.xp, attrs["function"]

    def run(a: Any, e: Any) -> Any:
        if not bool(xp.any(e != 0)):
            return xp.zeros_like(e)
        w, v = xp.linalg.eigh(a)
        check_domain(xp, name, w)
        if name != "exp" and bool(xp.any(w == 0)):
            raise LinAlgError(INFINITE.format(name=name))
        rows, columns = xp.broadcast_arrays(w[..., :, None], w[..., None, :])
        inner = _adjoint(xp, v) @ e @ v
        return v @ (inner * DIFFERENCES[name](xp, rows, columns)) @ _adjoint(xp, v)

    return run


def check_domain(xp: Any, name: str, w: Any) -> None:
    if name == "exp" or not bool(xp.any(w < 0)):
        return
    raise LinAlgError(
        f"{name}m(hermitian=True) of a matrix with a negative eigenvalue; without hermitian, and "
        "in a complex dtype, it has one"
    )


def _adjoint(xp: Any, x: Any) -> Any:
    swapped = xp.matrix_transpose(x)
    return xp.conj(swapped) if xp.isdtype(x.dtype, "complex floating") else swapped


def chosen(by_eigenvalues: Any, by_scipy: Any) -> Any:
    def maker(backend: Any, attrs: dict[str, Any], types: Types, results: Types) -> Run:
        make = by_eigenvalues if attrs["hermitian"] else by_scipy
        found: Run = make(backend, attrs, types, results)
        return found

    return maker


MATRIX_FUNCTIONS = {
    "matrix_function": chosen(hermitian, host_maker(general)),
    "matrix_function_tangent": chosen(hermitian_tangent, host_maker(general_tangent)),
}
