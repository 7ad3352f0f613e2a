"""The linear maps of `polyad.ops.gauge` on a namespace: divisions by differences of eigenvalues or
singular values, and the checks where these are 0.
"""

from __future__ import annotations

from typing import Any

from polyad.errors import DegeneracyError
from polyad.ir import ArrayType

from ..makers import Run, Types

NOT_DETERMINED = (
    "the derivative depends on vectors that are not determined: {what}.\n"
    "  Use a function that does not depend on how they are chosen (a projection on all they span, "
    "eigvalsh or svdvals for the values alone), or move the matrix off this point."
)
MIXED = (
    "the derivative depends on {what} and on the vectors that belong to it, which are not "
    "determined.\n"
    "  Of a function of the matrix as a whole, use that (expm, logm, sqrtm, matrix_power, pinv); "
    "of values and vectors apart, take the values from {values}."
)
TURNED = (
    "the tangent turns the vectors of a repeated value, which forward mode and second derivatives "
    "cannot follow"
)
DEFECTIVE = (
    "eigenvalues have no derivative here: the matrix is defective, its eigenvectors are dependent "
    "to rounding.\n  Of a function of the matrix as a whole, use that (trace, det, matrix_power, "
    "expm)."
)


def vectors_error(what: str) -> DegeneracyError:
    return DegeneracyError(NOT_DETERMINED.format(what=what))


class Space:
    """Shared by the checks: the namespace, the size, the largest number that counts as 0.

    Values closer than `max(10, n) eps` times the largest are repeated, as an eigenvalue solver
    cannot tell them apart; an element is 0 below `√eps` times the largest of its matrix.
    """

    def __init__(self, backend: Any, type_: ArrayType) -> None:
        self.xp, self.n = backend.xp, type_.shape[-1]
        real = backend.native_dtype(type_.dtype.real)
        self.eps = float(self.xp.finfo(real).eps)
        self.close = max(10, *type_.shape[-2:]) * self.eps
        self.small = self.eps**0.5
        self.complex = type_.dtype.is_complex

    def eye(self, like: Any) -> Any:
        return self.xp.eye(self.n, dtype=self.xp.bool, device=like.device)

    def adjoint(self, x: Any) -> Any:
        swapped = self.xp.matrix_transpose(x)
        return self.xp.conj(swapped) if self.complex else swapped

    def largest(self, x: Any) -> Any:
        """The largest modulus in each matrix, with axes kept."""
        return self.xp.max(self.xp.abs(x), axis=(-2, -1), keepdims=True)

    def repeated(self, w: Any) -> tuple[Any, Any]:
        """wⱼ - wᵢ, and where that is 0 beside the diagonal."""
        apart = w[..., None, :] - w[..., :, None]
        bound = self.close * self.xp.max(self.xp.abs(w), axis=-1, keepdims=True)[..., None]
        return apart, (self.xp.abs(apart) <= bound) & ~self.eye(w)

    def real(self, x: Any) -> Any:
        return self.xp.astype(self.xp.real(x), x.dtype) if self.complex else x


def rotation(backend: Any, attrs: dict[str, Any], types: Types, results: Types) -> Run:
    """Forward: Hermitian part over differences; infinite where a nonzero is divided by 0."""
    if 0 in types[0].shape:
        return lambda k, w: k
    space, xp = Space(backend, types[0]), backend.xp

    def run(k: Any, w: Any) -> Any:
        half = 0.5 * (k + space.adjoint(k))
        apart, same = space.repeated(w)
        eye, zero = space.eye(k), xp.zeros_like(k)
        out = half / xp.where(same | eye, xp.ones_like(apart), apart)
        lost = same & (xp.abs(half) > space.small * space.largest(half))
        if not attrs["marked"] and bool(xp.any(lost)):
            raise vectors_error(TURNED)
        out = xp.where(lost, xp.full_like(k, float("inf")), xp.where(same, zero, out))
        return xp.where(eye, space.real(k), out)

    return run


def rotation_back(backend: Any, attrs: dict[str, Any], types: Types, results: Types) -> Run:
    """Backward: anti-Hermitian part over differences, which must be 0 where they are."""
    if 0 in types[0].shape:
        return lambda ct, w: ct
    space, xp, singular = Space(backend, types[0]), backend.xp, attrs["singular"]

    def run(ct: Any, w: Any) -> Any:
        apart, same = space.repeated(w)
        eye, zero = space.eye(ct), xp.zeros_like(ct)
        beside = xp.where(eye, zero, ct)
        half = 0.5 * (beside - space.adjoint(beside))
        check_rotation(space, ct, beside, half, same, w, singular)
        out = half / xp.where(same | eye, xp.ones_like(apart), apart)
        return xp.where(eye, space.real(ct), xp.where(same, zero, out))

    return run


def check_rotation(
    space: Space, ct: Any, beside: Any, half: Any, same: Any, w: Any, singular: bool
) -> None:
    """Raise if the cotangent `ct` turns the vectors of a repeated value, or is about both."""
    xp, size = space.xp, space.largest(beside)
    if singular:
        top = xp.max(xp.abs(w), axis=-1, keepdims=True)
        null = xp.abs(w) <= space.close * top
    if not bool(xp.any(same)) and not (singular and bool(xp.any(null))):
        return
    kind = "singular value" if singular else "eigenvalue"
    vectors = "singular vectors" if singular else "eigenvectors"
    if bool(xp.any(same & (xp.abs(half) > space.small * size))):
        raise vectors_error(f"the {vectors} of a repeated {kind}")
    values = xp.abs(xp.where(space.eye(ct), ct, xp.zeros_like(ct)))
    counted = values > space.small * space.largest(values)  # on the diagonal
    of_value = xp.any(counted, axis=-1)
    mixed = same & (xp.abs(beside) > space.small * size)
    names = "svdvals" if singular else "eigvalsh"
    if bool(xp.any(mixed & (of_value[..., None, :] | of_value[..., :, None]))):
        raise DegeneracyError(MIXED.format(what=f"a repeated {kind}", values=names))
    if singular and bool(xp.any(null & of_value & (size[..., 0] > 0))):
        raise DegeneracyError(MIXED.format(what="a singular value of 0", values=names))


def determined(backend: Any, attrs: dict[str, Any], types: Types, results: Types) -> Run:
    if 0 in types[0].shape:
        return lambda k, w: k
    space, xp = Space(backend, types[0]), backend.xp

    def run(k: Any, w: Any) -> Any:
        if bool(xp.any(xp.isinf(k) & space.repeated(w)[1])):
            raise vectors_error(TURNED)
        return xp.where(space.eye(k), xp.zeros_like(k), k)

    return run


def quotient(backend: Any, attrs: dict[str, Any], types: Types, results: Types) -> Run:
    if 0 in types[0].shape:
        return lambda x, divisor, scale: x
    space, xp, columns = Space(backend, types[0]), backend.xp, attrs["columns"]
    what = "eigenvectors of a repeated eigenvalue" if columns else "those of singular values of 0"

    def run(x: Any, divisor: Any, scale: Any) -> Any:
        gone = xp.abs(divisor) <= space.close * scale[..., None, None]
        lost = gone
        if columns:
            gone = gone | space.eye(x)
            lost = gone & ~space.eye(x)
            lost = lost | xp.any(lost, axis=-2, keepdims=True)
        if bool(xp.any(lost & (xp.abs(x) > space.small * space.largest(x)))):
            raise vectors_error(what)
        out = x / xp.where(gone, xp.ones_like(divisor), divisor)
        return xp.where(gone, xp.zeros_like(out), out)

    return run


def basis(backend: Any, attrs: dict[str, Any], types: Types, results: Types) -> Run:
    if 0 in types[0].shape:
        return lambda v: v
    space, xp = Space(backend, types[0]), backend.xp

    def run(v: Any) -> Any:
        values = xp.linalg.svdvals(v)
        if bool(xp.any(values[..., -1] <= space.close * values[..., 0])):
            raise DegeneracyError(DEFECTIVE)
        return v

    return run


def gauge(backend: Any, attrs: dict[str, Any], types: Types, results: Types) -> Run:
    if 0 in types[0].shape:
        return lambda x: x
    space, xp = Space(backend, types[0]), backend.xp
    start, phases, checked = attrs["start"], attrs["phases"], attrs["checked"]

    def run(x: Any) -> Any:
        place = xp.arange(space.n, device=x.device)
        free = (place[:, None] >= start) & (place[None, :] >= start)
        if checked:
            check_gauge(space, x, free, phases)
        x = xp.where(free, xp.zeros_like(x), x)
        return xp.where(space.eye(x), space.real(x), x) if phases else x

    return run


def check_gauge(space: Space, ct: Any, free: Any, phases: bool) -> None:
    xp = space.xp
    bound = space.small * space.largest(ct)
    half = xp.where(free, 0.5 * (ct - space.adjoint(ct)), xp.zeros_like(ct))
    if bool(xp.any(xp.abs(half) > bound)):
        raise vectors_error("those that complete a basis")
    if phases and bool(xp.any((xp.abs(xp.imag(ct)) > bound) & space.eye(ct))):
        raise vectors_error("complex vectors, each of which may be multiplied by any phase")


GAUGE = {
    "rotation": rotation,
    "rotation_back": rotation_back,
    "determined": determined,
    "quotient": quotient,
    "basis": basis,
    "gauge": gauge,
}
