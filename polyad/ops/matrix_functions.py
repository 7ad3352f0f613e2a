"""Functions of square matrices: exp, log and square root, as one op and its derivative.

The derivative of f at A along E (Fréchet's) is the upper right block of f of [[A, E], [0, A]]
(Mathias 1996; Higham 2008, theorem 3.6), which holds whatever the eigenvalues are, and can be
differentiated again as any matrix function can. Of a Hermitian matrix it is V (D ∘ Vᴴ E V) Vᴴ, with
divided differences D (Daleckii and Krein 1965; Higham 2008, theorem 3.11).
"""

from __future__ import annotations

from ..errors import ShapeError
from ..ir import ArrayType
from . import manipulation as m
from .gauge import zeros
from .linalg import check_square, hermitian_part, part, stacked, transpose
from .types import Dual, Operand, Operands, Tangents

FUNCTIONS = ("exp", "log", "sqrt")


def matrix_function_type(a: ArrayType, *, function: str, hermitian: bool) -> ArrayType:
    """`function` ("exp", "log" or "sqrt", principal branch) of a stack of square matrices;
    `hermitian` promises that they are.
    """
    check_square(a)
    return a


def matrix_function_jvp(
    primals: Operands, tangents: Operands, *, function: str, hermitian: bool
) -> Dual:
    (a,), (da,) = primals, tangents
    if hermitian:
        da = hermitian_part(da)
    out = matrix_function(a, function=function, hermitian=hermitian)
    return out, matrix_function_tangent(a, da, function=function, hermitian=hermitian)


matrix_function = stacked("matrix_function", matrix_function_type, jvp=matrix_function_jvp)


def matrix_function_tangent_type(
    a: ArrayType, tangent: ArrayType, *, function: str, hermitian: bool
) -> ArrayType:
    """The derivative of `matrix_function` at `a` along `tangent`."""
    check_square(a)
    if tangent is not a:
        raise ShapeError(f"takes a tangent of type {a}, not {tangent}")
    return a


def matrix_function_tangent_jvp(
    primals: Operands, tangents: Tangents, *, function: str, hermitian: bool
) -> Dual:
    """In `a`: the function [[A, E], [0, A]] -> its upper right block is differentiated along
    [[dA, 0], [0, dA]].
    """
    (a, direction), (da, ddirection) = primals, tangents
    attributes = {"function": function, "hermitian": hermitian}
    out = matrix_function_tangent(a, direction, **attributes)
    dout = None
    if ddirection is not None:
        dout = matrix_function_tangent(a, ddirection, **attributes)
    if da is not None:
        n = a.shape[-1]
        if hermitian:
            da = hermitian_part(da)
        pushed = matrix_function_tangent(
            _blocks(a, direction), _blocks(da, zeros(a, n, n)), function=function, hermitian=False
        )
        term = m.slice_axis(part(pushed, n, 2 * n), pushed.ndim - 1, n, 2 * n)
        dout = term if dout is None else dout + term
    return out, dout


def _blocks(a: Operand, corner: Operand) -> Operand:
    """[[a, corner], [0, a]]."""
    n = a.ndim
    top = m.concat(a, corner, axis=n - 1)
    bottom = m.concat(zeros(a, *a.shape[-2:]), a, axis=n - 1)
    return m.concat(top, bottom, axis=n - 2)


def matrix_function_tangent_transpose(
    ct: Operand, a: Operand, tangent: Operand, *, function: str, hermitian: bool
) -> Operand:
    """tr(X L(A, E)) = tr(L(A, X) E) for every matrix function."""
    return transpose(
        matrix_function_tangent(a, transpose(ct), function=function, hermitian=hermitian)
    )


matrix_function_tangent = stacked(
    "matrix_function_tangent",
    matrix_function_tangent_type,
    linear=((1,),),
    transposes=(None, matrix_function_tangent_transpose),
    jvp=matrix_function_tangent_jvp,
)
