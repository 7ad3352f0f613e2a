"""JAX's names over polyad: `import polyad.compat.jax as jax`.

Arrays are NumPy's, of a class that JAX programs know: immutable, with `x.at[i].set(v)`. float64 is
the default dtype, as after `jax.config.update("jax_enable_x64", True)`. docs/coming_from_jax.md
says what is not taken, and why.

>>> import polyad.compat.jax as jax
>>> from polyad.compat.jax import numpy as jnp
>>> x = jnp.arange(3.0)
>>> x.at[0].set(5.0), jax.grad(lambda x: jnp.sum(x**2))(x)
(Array([5., 1., 2.], dtype=float64), Array([0., 2., 4.], dtype=float64))
"""

from __future__ import annotations

from typing import Any

import numpy as _np

from ... import api as _api
from ... import execution as _execution
from ... import tree as _tree
from ...api.compile import make_ir as _make_ir
from ...ir import ArrayType as _ArrayType
from . import ad_checkpoint as ad_checkpoint
from . import core as core
from . import custom_batching as custom_batching
from . import custom_derivatives as custom_derivatives
from . import debug as debug
from . import dtypes as dtypes
from . import errors as errors
from . import experimental as experimental
from . import flatten_util as flatten_util
from . import image as image
from . import lax as lax
from . import nn as nn
from . import numpy as numpy
from . import ops as ops
from . import random as random
from . import ref as ref
from . import scipy as scipy
from . import sharding as sharding
from . import stages as stages
from . import test_util as test_util
from . import tree as tree
from . import tree_util as tree_util
from . import typing as typing
from ._array import Array as Array
from ._array import as_arrays as _as_arrays
from ._config import config as config
from ._config import debug_nans as debug_nans
from ._contexts import checking_leaks as checking_leaks
from ._contexts import debug_infs as debug_infs
from ._contexts import debug_key_reuse as debug_key_reuse
from ._contexts import default_matmul_precision as default_matmul_precision
from ._contexts import default_prng_impl as default_prng_impl
from ._contexts import disable_jit as disable_jit
from ._contexts import enable_checks as enable_checks
from ._contexts import enable_custom_prng as enable_custom_prng
from ._contexts import ensure_compile_time_eval as ensure_compile_time_eval
from ._contexts import legacy_prng_key as legacy_prng_key
from ._contexts import log_compiles as log_compiles
from ._contexts import named_call as named_call
from ._contexts import named_scope as named_scope
from ._contexts import numpy_dtype_promotion as numpy_dtype_promotion
from ._contexts import numpy_rank_promotion as numpy_rank_promotion
from ._devices import Device as Device
from ._devices import check_device as _check_device
from ._devices import default_backend as default_backend
from ._devices import device_count as device_count
from ._devices import devices as devices
from ._devices import local_device_count as local_device_count
from ._devices import local_devices as local_devices
from ._devices import process_count as process_count
from ._devices import process_index as process_index
from ._spelling import door as _door
from ._types import ShapeDtypeStruct as ShapeDtypeStruct
from .experimental import enable_x64 as enable_x64
from .ref import Ref as Ref
from .ref import empty_ref as empty_ref
from .ref import new_ref as new_ref

__version__ = "0.10.2"  # whose names and parameters these are
float0 = dtypes.float0


def block_until_ready(x: Any) -> Any:
    """`x`: a call returns when its results are there."""
    return x


def device_get(x: Any) -> Any:
    """`x` with NumPy's arrays."""
    return _tree.map(lambda leaf: _np.asarray(leaf), x)


def device_put(x: Any, device: Any = None, *, src: Any = None, donate: bool = False) -> Any:
    """`x` with JAX's arrays, on the one device."""
    _check_device("device_put", "device", device)
    plain = lambda leaf: _np.array(leaf) if _execution.is_scalar(leaf) else leaf
    return _tree.map(lambda leaf: _as_arrays(plain(leaf)), x)


def typeof(x: Any) -> _ArrayType:
    """The type of an array."""
    found: _ArrayType = _api.eval_shape(lambda x: x, x)
    return found


def make_jaxpr(fun: Any, *args: Any, **kwargs: Any) -> Any:
    """The function of polyad's IR for arguments like those of the call: it prints, and parses."""
    return _make_ir(fun, *args, **kwargs)


_OWN = {name: value for name, value in globals().items() if not name.startswith("_")}
DOOR = _door("jax", _api, own=_OWN, aliases={"remat": "checkpoint"})


def __getattr__(name: str) -> Any:
    return DOOR.get(name)


def __dir__() -> list[str]:
    return DOOR.names()
