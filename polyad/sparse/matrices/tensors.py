"""PyTorch's sparse tensors: where their entries stand."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import PolyadTypeError, ShapeError
from ...ir import user_location, where
from .skeleton import Skeleton


def from_torch(tensor: Any) -> tuple[Skeleton, Any]:
    """The skeleton and the entries of a sparse tensor of two dimensions. Raises `ShapeError` for
    another number, `PolyadTypeError` for a layout without index arrays.
    """
    import scipy.sparse

    shape, layout = tuple(tensor.shape), str(tensor.layout).removeprefix("torch.")
    if len(shape) != 2:
        raise ShapeError(
            f"a sparse tensor of shape {shape}, and not of two dimensions{where(user_location())}"
        )
    if layout == "sparse_coo":
        if tensor.dense_dim():
            raise ShapeError(f"a sparse tensor with dense dimensions{where(user_location())}")
        coords = tuple(tensor._indices().cpu().numpy())
        values = tensor._values()
        return Skeleton(scipy.sparse.coo_array((_blank(values), coords), shape=shape)), values
    kind = {"sparse_csr": "csr", "sparse_csc": "csc", "sparse_bsr": "bsr"}.get(layout)
    if kind is None:
        raise PolyadTypeError(
            f"a sparse tensor in the layout {tensor.layout}{where(user_location())}\n  Convert it "
            "by to_sparse_csr()."
        )
    along = (tensor.col_indices, tensor.crow_indices)
    if kind == "csc":
        along = (tensor.row_indices, tensor.ccol_indices)
    indices, indptr = (f().cpu().numpy() for f in along)
    arrays = (_blank(tensor.values()), indices, indptr)
    return Skeleton(getattr(scipy.sparse, f"{kind}_array")(arrays, shape=shape)), tensor.values()


def _blank(values: Any) -> np.ndarray:
    return np.zeros(tuple(values.shape), np.int8)
