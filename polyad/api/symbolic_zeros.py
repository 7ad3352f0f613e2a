"""Zeros that are known to be zero, as a user's derivative rules may ask to be given them."""

from __future__ import annotations

from typing import Any, NamedTuple

from .. import tree
from ..ir import ArrayType, DType, Shape
from .calls import pytrees
from .linear_maps import zeros


class SymbolicZero:
    """A tangent or cotangent that is known to be zero: it has a type, and no value.

    >>> from polyad.custom_derivatives import SymbolicZero
    >>> import polyad
    >>> SymbolicZero(polyad.ShapeDtypeStruct((2, 3), "float32"))
    SymbolicZero(f32[2,3])
    """

    __slots__ = ("aval",)

    def __init__(self, aval: ArrayType) -> None:
        self.aval = aval

    @property
    def shape(self) -> Shape:
        return self.aval.shape

    @property
    def dtype(self) -> DType:
        return self.aval.dtype

    @property
    def ndim(self) -> int:
        return len(self.aval.shape)

    @property
    def size(self) -> int:
        return self.aval.size

    def __repr__(self) -> str:
        return f"SymbolicZero({self.aval})"


class CustomVJPPrimal(NamedTuple):
    """A leaf of the arguments of a forward pass with `symbolic_zeros`, and whether a derivative by
    it is asked for.
    """

    value: Any
    perturbed: bool


def zero_from_primal(x: Any, symbolic_zeros: bool = False) -> Any:
    """The zero tangent of `x`: an array of zeros, or a `SymbolicZero`.

    >>> from polyad.custom_derivatives import zero_from_primal
    >>> zero_from_primal(2.0)
    np.float64(0.0)
    >>> zero_from_primal(2.0, symbolic_zeros=True)
    SymbolicZero(f64[])
    """
    t = pytrees.type_of_leaf(x, "zero_from_primal", lambda: "the argument")
    return SymbolicZero(t) if symbolic_zeros else zeros(t, x)


def custom_vjp_primal_tree_values(tree_: Any) -> Any:
    """The values of a tree of `CustomVJPPrimal`s."""
    return tree.map(lambda x: x.value, tree_, is_leaf=lambda x: isinstance(x, CustomVJPPrimal))
