"""Vector spaces of values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ... import numpy as pnp
from ... import tree
from ...errors import PolyadTypeError
from ...ir import user_location, where
from ...texts import shown


class VSpace:
    """The vector space of a value: a number, an array, or a tuple, list or dict of such. Its
    elements have the value's shapes and dtypes; a complex entry is two real dimensions.
    """

    def __init__(self, value: Any) -> None:
        leaves, self.treedef = tree.flatten(value)
        self.leaves = [_kind_of(leaf) for leaf in leaves]

    @property
    def iscomplex(self) -> bool:
        return any(dtype.kind == "c" for _, dtype in self.leaves)

    @property
    def shape(self) -> Any:
        """The shape, of a space of arrays."""
        return self.leaves[0][0] if len(self.leaves) == 1 else None

    @property
    def size(self) -> int:
        """The number of real dimensions."""
        return sum(int(np.prod(s)) * (2 if d.kind == "c" else 1) for s, d in self.leaves)

    def _made(self, entry: Callable[[Any, Any], Any]) -> Any:
        return tree.unflatten(self.treedef, [entry(s, d) for s, d in self.leaves])

    def zeros(self) -> Any:
        """The zero."""
        return self._made(np.zeros)

    def ones(self) -> Any:
        """The sum of the standard basis: 1 + 1j in a complex entry."""
        return self._made(lambda s, d: np.full(s, 1 + 1j if d.kind == "c" else 1, d))

    def randn(self) -> Any:
        """A normal random element, of NumPy's global generator."""

        def entry(shape: Any, dtype: Any) -> Any:
            real = np.array(np.random.randn(*shape)).astype(dtype)
            if dtype.kind != "c":
                return real
            return real + 1j * np.array(np.random.randn(*shape)).astype(dtype)

        return self._made(entry)

    def standard_basis(self) -> Iterator[Any]:
        """The basis vectors."""
        for at, (shape, dtype) in enumerate(self.leaves):
            for index in np.ndindex(*shape):
                for unit in (1, 1j) if dtype.kind == "c" else (1,):
                    entries = [np.zeros(s, d) for s, d in self.leaves]
                    entries[at][index] = unit
                    yield tree.unflatten(self.treedef, entries)

    def add(self, x: Any, y: Any) -> Any:
        """The sum of two elements."""
        return tree.map(lambda a, b: a + b, x, y)

    def scalar_mul(self, x: Any, a: Any) -> Any:
        """An element times a number."""
        return tree.map(lambda leaf: leaf * a, x)

    def inner_prod(self, x: Any, y: Any) -> Any:
        """The real inner product."""
        pairs = zip(tree.leaves(x), tree.leaves(y), strict=True)
        return sum(pnp.sum(pnp.real(pnp.conj(a) * b)) for a, b in pairs)

    def covector(self, x: Any) -> Any:
        """The cotangent that stands for an element: its conjugate."""
        return tree.map(pnp.conj, x)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, VSpace):
            return NotImplemented
        return self.treedef == other.treedef and self.leaves == other.leaves

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"VSpace({', '.join(f'{d.name}{list(s)}' for s, d in self.leaves)})"


def _kind_of(leaf: Any) -> tuple[tuple[int, ...], Any]:
    """Shape and dtype. Raises `PolyadTypeError` for what is in no vector space."""
    array = leaf if hasattr(leaf, "dtype") and hasattr(leaf, "shape") else np.asarray(leaf)
    dtype = np.dtype(getattr(array.dtype, "name", array.dtype))
    if dtype.kind not in "fc":
        raise PolyadTypeError(
            f"there is no vector space for {shown(leaf)} of type {type(leaf).__name__}"
            f"{where(user_location())}\n  Give floating numbers or arrays of them."
        )
    return tuple(array.shape), dtype


def vspace(value: Any) -> VSpace:
    """The vector space of a value."""
    return VSpace(value)
