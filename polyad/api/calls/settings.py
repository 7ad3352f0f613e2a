"""The settings that a trace depends on, and the backend that compiles."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import (
    Any,
)

from ... import execution
from ...caches import remembered
from ...config import config
from ...errors import BackendNotFoundError


def settings(arrays: execution.Backend | None) -> Any:
    """The settings that a trace with arrays of a backend depends on."""
    return (
        None if arrays is None else arrays.defaults(),
        config.default_float,
        config.threefry_partitionable,
        config.debug_nans,
        config.default_backend,
        *config.of_code().values(),
    )


def native_for(arrays: execution.Backend, leaves: Sequence[Any]) -> execution.Backend:
    """The native backend where the arrays are in host memory and it is installed; else the arrays'
    own, with one warning.
    """
    if not arrays.on_host(leaves):
        return arrays
    try:
        return execution.get_backend("native")
    except BackendNotFoundError as error:
        warn_once(f"jit compiles nothing, and runs op by op instead: {error}")
        return arrays


@remembered
def warn_once(message: str) -> None:
    """A warning, the first time that it is given."""
    warnings.warn(message, RuntimeWarning, stacklevel=2)
