"""The namespace's answers to a program: `polyad.numpy.__array_namespace_info__()`."""

from __future__ import annotations

from typing import Any

from .. import execution
from ..errors import PolyadValueError
from ..ir import DType, user_location, where
from ..ir.types import int64
from ..ops import promotion
from ..texts import shown
from .dtypes import isdtype


class NamespaceInfo:
    """The array API standard's inspection of a namespace.

    >>> NamespaceInfo().default_dtypes()["real floating"]
    float64
    """

    def capabilities(self) -> dict[str, Any]:
        """Whether boolean masks index arrays, whether shapes may depend on values (both where the
        values are known), and how many dimensions an array can have.
        """
        return {"boolean indexing": True, "data-dependent shapes": True, "max dimensions": 64}

    def default_device(self) -> Any:
        """The device of new arrays."""
        return execution.default_backend().devices()[0]

    def devices(self) -> tuple[Any, ...]:
        """The devices of the default backend."""
        return tuple(execution.default_backend().devices())

    def default_dtypes(self, *, device: Any = None) -> dict[str, DType]:
        """The dtypes of new arrays, by kind; `config.default_float` decides."""
        self._check_device(device)
        return {
            "real floating": promotion.default_float(),
            "complex floating": promotion.default_complex(),
            "integral": int64,
            "indexing": int64,
        }

    def dtypes(
        self, *, device: Any = None, kind: str | tuple[str, ...] | None = None
    ) -> dict[str, DType]:
        """The dtypes there are, by name; with a `kind` (see `isdtype`), those of it."""
        self._check_device(device)
        every = DType.by_name.items()
        return {name: d for name, d in every if kind is None or isdtype(d, kind)}

    def _check_device(self, device: Any) -> None:
        known = [str(d) for d in self.devices()]
        if device is not None and str(device) not in known:
            raise PolyadValueError(
                f"there is no device {shown(device)}; there are {', '.join(known)}"
                f"{where(user_location())}"
            )


def __array_namespace_info__() -> NamespaceInfo:
    """Capabilities, devices and dtypes of this namespace."""
    return NamespaceInfo()
