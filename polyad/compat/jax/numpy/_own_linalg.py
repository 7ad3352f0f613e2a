"""Functions of `jax.numpy.linalg` that differ from polyad's of the same name."""

from __future__ import annotations

from typing import Any as _Any

from ....lax import linalg as _lax
from ....numpy.linalg import EigResult as _EigResult

__all__ = ["eig", "eigvals"]


def eig(a: _Any) -> _EigResult:
    """Eigenvalues and vectors; NaN for a matrix that holds infinities or NaN."""
    return _EigResult(*_lax.eig(a, compute_left_eigenvectors=False))


def eigvals(a: _Any) -> _Any:
    """Eigenvalues; NaN for a matrix that holds infinities or NaN."""
    (found,) = _lax.eig(a, compute_left_eigenvectors=False, compute_right_eigenvectors=False)
    return found
