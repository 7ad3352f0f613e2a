"""The formats of a sparse derivative: the order of its values, and the matrix around them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import execution
from ..errors import PolyadTypeError
from ..ir import user_location, where
from ..texts import shown
from .pattern import Integers, Pattern

NAMES = ("csr", "csc", "coo", "bsr", "values", "dense")


def check_format(format: Any, name: str) -> None:
    """Raise `PolyadTypeError` for a format that there is not."""
    if format not in NAMES:
        raise PolyadTypeError(
            f"{name}: unknown format {shown(format)}{where(user_location())}\n  Use one of "
            f"{', '.join(map(repr, NAMES))}."
        )


class Form:
    """A format for one pattern.

    `order` are the numbers of the entries in the order in which the format keeps them, None where
    that is the pattern's; -1 stands for a zero that is no entry.
    """

    def __init__(self, pattern: Pattern, format: str) -> None:
        self.pattern, self.format = pattern, format
        self.order: Integers | None = None
        self._template: Any = None
        if format == "csc":
            self.order = pattern.by_columns
        elif format == "bsr":
            numbers = pattern.to_scipy("csr", np.arange(1, pattern.nnz + 1)).tobsr()
            self.order = np.ravel(numbers.data) - 1
            self._template = numbers
        self._parts = self._own_parts()

    def _own_parts(self) -> dict[str, Any] | None:
        """The attributes of a SciPy array that all results share."""
        if self.format in ("values", "dense"):
            return None
        if self._template is None:
            self._template = self.pattern.to_scipy(self.format, np.zeros(self.pattern.nnz))
        if self.format in ("csr", "csc", "bsr"):
            self._template.has_sorted_indices = True
            self._template.has_canonical_format = True
        else:
            self._template.has_canonical_format = True
        return dict(self._template.__dict__)

    @property
    def size(self) -> int:
        """The number of values that the format keeps."""
        return self.pattern.nnz if self.order is None else len(self.order)

    def wrap(self, data: Any, out: Any = None) -> Any:
        """The matrix that holds `data`."""
        if type(data) is not np.ndarray:
            return self._of_other_library(data)
        if out is not None:
            return self._into(data, out)
        if self.format == "values":
            return data
        if self._parts is None:
            return self.pattern.to_scipy("csr", data).toarray()
        found = object.__new__(type(self._template))
        found.__dict__.update(self._parts)
        shape = self._template.data.shape
        found.data = data if len(shape) == 1 else data.reshape(shape)
        return found

    def _into(self, data: Any, out: Any) -> Any:
        kept: Any = out if isinstance(out, np.ndarray) else getattr(out, "data", None)
        same = isinstance(kept, np.ndarray) and kept.size == data.size
        if isinstance(out, np.ndarray) and self.format == "dense":
            np.copyto(out, self.pattern.to_scipy("csr", data).toarray())
            return out
        if not same or getattr(out, "format", "values") != self.format:
            raise PolyadTypeError(
                f"out is not an earlier result in format {self.format!r}, but a "
                f"{type(out).__name__}{where(user_location())}"
            )
        np.copyto(kept, data.reshape(kept.shape))
        return out

    def _of_other_library(self, data: Any) -> Any:
        if self.format == "values":
            return data
        backend = execution.backend_of(data)
        if backend is not None and backend.name == "torch":
            return self._tensor(data, backend)
        if type(data) in execution.SCALARS or isinstance(data, np.ndarray | np.generic):
            return self.wrap(np.ravel(np.asarray(data)))
        raise PolyadTypeError(
            f"format {self.format!r} is SciPy's or PyTorch's, and the result is of "
            f"{getattr(backend, 'name', type(data).__name__)}{where(user_location())}\n  Use "
            "format='values'."
        )

    def _tensor(self, data: Any, backend: Any) -> Any:
        import torch

        p = self.pattern

        def indices(x: Integers) -> Any:
            return torch.as_tensor(np.array(x, np.int64), device=data.device)

        makers: dict[str, Callable[[], Any]] = {
            "csr": lambda: torch.sparse_csr_tensor(
                indices(p.indptr), indices(p.indices), data, p.shape
            ),
            "csc": lambda: torch.sparse_csc_tensor(
                indices(p.T.indptr), indices(p.T.indices), data, p.shape
            ),
            "coo": lambda: torch.sparse_coo_tensor(
                torch.stack([indices(p.rows), indices(p.cols)]), data, p.shape, is_coalesced=True
            ),
        }
        if self.format == "dense":
            return makers["coo"]().to_dense()
        if self.format not in makers:
            raise PolyadTypeError(
                f"format {self.format!r} of tensors{where(user_location())}\n  Use one of "
                f"{', '.join(map(repr, [*makers, 'values', 'dense']))}."
            )
        return makers[self.format]()
