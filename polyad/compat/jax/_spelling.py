"""JAX's spelling: parameters that mean nothing here, those of another name, and remedies."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from ...errors import PolyadTypeError, PolyadValueError
from ...ir import user_location, where
from ...numpy._precision import check_precision
from ...texts import shown
from .._spelling import Door, Spelling
from ._array import as_arrays
from ._devices import check_device
from ._keys import with_keys
from ._signatures import SIGNATURES


def _must_be(*known: Any) -> Any:
    """A check that a value is one of those known."""

    def check(function: str, name: str, value: Any) -> None:
        if not any(value is k or (type(value) is type(k) and value == k) for k in known):
            listed = " or ".join(map(repr, known))
            raise PolyadValueError(
                f"JAX's {function}: {name} is {listed} here, not {shown(value)}"
                f"{where(user_location())}\n  There is one device, the CPU, and one algorithm."
            )

    return check


def _flag(function: str, name: str, value: Any) -> None:
    if not isinstance(value, bool):
        raise PolyadTypeError(
            f"JAX's {function}: {name} is True or False, not {shown(value)}{where(user_location())}"
        )


def _number(function: str, name: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float | None):
        raise PolyadTypeError(
            f"JAX's {function}: {name} is a number, not {shown(value)}{where(user_location())}"
        )


def _precision(function: str, name: str, value: Any) -> None:
    check_precision(function, value)


def _method(function: str, name: str, value: Any) -> Any:
    if function == "slogdet":
        return _must_be(None, "lu", "qr")(function, name, value)
    known = ("auto", "scan", "scan_unrolled", "sort", "compare_all", "default", "binary_search")
    return _must_be(*known, None)(function, name, value)


SPELLING = Spelling(
    library="JAX",
    neutral={
        "out_sharding": _must_be(None),
        "sharding": _must_be(None),
        "device": check_device,
        "precision": _precision,
        "accuracy": _must_be(None),
        "inline": _flag,
        "keep_unused": _flag,
        "compiler_options": _must_be(None),
        "in_shardings": _must_be(None),
        "out_shardings": _must_be(None),
        "impl": _must_be(None, "threefry2x32"),
        "reduce_axes": _must_be((), None),
        "concrete": _must_be(False),
        "assume_unique_indices": _flag,
        "unique_indices": _flag,
        "indices_are_sorted": _flag,
        "implementation": _must_be(None, "xla"),
        "recall_target": _number,
        "reduction_input_size_override": _number,
        "aggregate_to_topk": _flag,
        "series_order": _number,
        "n_max": _number,
        "unroll": _number,
        "weak_type": _must_be(False),
        "is_ref": _must_be(False),
        "manual_axis_type": _must_be(None),
        "_dot_general": _must_be(None),
        "method": _method,
        "mode": _must_be(None, "low"),
    },
    renamed={
        ("clip", "arr"): "a",
        ("matrix_rank", "M"): "A",
        ("finfo", "dtype"): "type",
        ("iinfo", "int_type"): "type",
        ("imag", "x"): "val",
        ("real", "x"): "val",
        ("logsumexp", "a"): "x",
        ("zero_from_primal", "val"): "x",
    },
    remedies={
        ("vmap", "spmd_axis_name"): "There is one device; name the axis by axis_name.",
        ("vmap", "sum_match"): "Sum over the axis in the function.",
        ("dot", "dimension_numbers"): "Use lax.dot_general.",
        ("mask_indices", "size"): "Use jax.numpy.nonzero(mask, size=n).",
        ("argsort", "dtype"): "Convert the result by astype.",
        ("polar", "eps"): "There is nothing to iterate.",
        ("polar", "max_iterations"): "There is nothing to iterate.",
        ("digitize", "method"): "Leave it out: the search is the same.",
    },
    result=as_arrays,
    defaults={
        ("argsort", "stable"): True,
        ("sort", "stable"): True,
        ("concatenate", "casting"): "unsafe",
        ("stack", "casting"): "unsafe",
        ("hstack", "casting"): "unsafe",
        ("vstack", "casting"): "unsafe",
        ("jax.numpy.linalg.cholesky", "symmetrize_input"): True,
        ("eigh", "symmetrize_input"): True,
        ("eigvalsh", "symmetrize_input"): True,
        ("lstsq", "numpy_resid"): False,
        ("take", "mode"): "fill",
        ("take_along_axis", "mode"): "fill",
        ("asarray", "copy"): True,
    },
    values={("jit", "backend"): {"cpu": None}},
    arrays="jax",
    extended=with_keys,
)


def door(module: str, *homes: ModuleType, own: Any = None, aliases: Any = None) -> Door:
    """A module of JAX's, of polyad's names in these modules."""
    return Door(module, homes, SPELLING, SIGNATURES.get(module, {}), own, aliases)
