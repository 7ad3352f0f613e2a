# ruff: noqa: E501
"""Stand-ins for the utilities of JAX's tests (`jax._src.test_util`): dtypes, random operands, comparisons.

Only what the names mean is JAX's; see its `test_util.py` for the meanings.
"""

from __future__ import annotations

import contextlib
import itertools
import random
import types
import unittest
from collections.abc import Callable, Iterator
from typing import Any

import ml_dtypes
import numpy as np

CASES = 16  # of a product of parameters, at most
TOLERANCE = {"bfloat16": 2e-2, "float16": 2e-3, "float32": 1e-5, "complex64": 1e-5}


class ScalarShape:
    """The shape of Python's numbers, or of NumPy's."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __len__(self) -> int:
        return 0

    def __iter__(self) -> Iterator[int]:
        return iter(())

    def __getitem__(self, index: Any) -> Any:
        return ()[index]

    def __repr__(self) -> str:
        return self.name


NUMPY_SCALAR_SHAPE, PYTHON_SCALAR_SHAPE = (
    ScalarShape("NUMPY_SCALAR_SHAPE"),
    ScalarShape("PYTHON_SCALAR_SHAPE"),
)
BFLOAT = ml_dtypes.bfloat16
_FLOATS, _COMPLEX = [np.float32, np.float64], [np.complex64, np.complex128]
_INTEGERS, _UNSIGNED = [np.int32, np.int64], [np.uint32, np.uint64]
_ALL_INTEGERS, _ALL_UNSIGNED = [np.int8, np.int16, *_INTEGERS], [np.uint8, np.uint16, *_UNSIGNED]
_ALL_FLOATS = [BFLOAT, np.float16, *_FLOATS]
DTYPES = types.SimpleNamespace(
    floating=_FLOATS, all_floating=_ALL_FLOATS, complex=_COMPLEX, boolean=[np.bool_], integer=_INTEGERS,
    all_integer=_ALL_INTEGERS, unsigned=_UNSIGNED, all_unsigned=_ALL_UNSIGNED, custom_floats=[], float8s=[],
    inexact=[*_FLOATS, *_COMPLEX], all_inexact=[*_ALL_FLOATS, *_COMPLEX], numeric=[*_FLOATS, *_INTEGERS, *_UNSIGNED, *_COMPLEX],
    all=[*_ALL_FLOATS, *_ALL_INTEGERS, *_ALL_UNSIGNED, *_COMPLEX, np.bool_], supported=list,
)  # fmt: skip


def tolerance_of(*arrays: Any) -> float:
    found = [TOLERANCE.get(x.dtype.name, 1e-10 if x.dtype.kind in "fcV" else 0.0) for x in arrays]
    return max(found, default=0.0)


def number(value: Any, *arrays: Any) -> float:
    """A tolerance, by dtype maybe."""
    if isinstance(value, dict):
        by_name = {np.dtype(k).name: v for k, v in value.items()}
        return max([tolerance_of(*arrays), *(by_name.get(x.dtype.name, 0.0) for x in arrays)])
    return max(float(value), tolerance_of(*arrays))


def comparable(x: Any) -> Any:
    x = np.asarray(x)
    return x.astype(np.float64) if x.dtype == BFLOAT or x.dtype == np.float16 else x


# -- Random operands -------------------------------------------------------------------------------


def dims_of(shape: Any) -> tuple[int, ...]:
    """The sizes of a shape, which may be one number."""
    return (
        (int(shape),)
        if np.ndim(shape) == 0 and not isinstance(shape, ScalarShape | tuple)
        else tuple(shape)
    )


def shaped(values: Any, shape: Any, dtype: Any) -> Any:
    """An array, or a number, of `values`."""
    dtype = np.dtype(dtype)
    found = np.asarray(values).astype(dtype)
    if shape is PYTHON_SCALAR_SHAPE:
        return {"b": bool, "i": int, "u": int, "c": complex}.get(dtype.kind, float)(found)
    return found[()] if shape is NUMPY_SCALAR_SHAPE else found


def drawn(
    rng: Any, shape: Any, dtype: Any, draw: Callable[..., Any], post: Any = lambda x: x
) -> Any:
    dtype, dims = np.dtype(dtype), dims_of(shape)
    values = draw(*dims)
    if dtype.kind == "c":
        values = values + 1j * np.asarray(draw(*dims))
    if dtype.kind == "u":
        values = np.abs(values)
    if dtype.kind == "b":
        values = np.asarray(values) > 0
    return shaped(post(np.asarray(values).astype(dtype)), shape, dtype)


def normal(scale: float, post: Any = lambda x: x) -> Callable[..., Any]:
    def of(rng: Any, scale: float = scale) -> Callable[..., Any]:
        return lambda shape, dtype: drawn(rng, shape, dtype, lambda *d: scale * rng.randn(*d), post)

    return of


def sometimes(values: tuple[float, ...]) -> Callable[..., Any]:
    def of(rng: Any, scale: float = 3) -> Callable[..., Any]:
        def make(shape: Any, dtype: Any) -> Any:
            x = np.array(drawn(rng, dims_of(shape), dtype, lambda *d: scale * rng.randn(*d)))
            usable = [v for v in values if np.dtype(dtype).kind in "fcV" or v == 0]
            for v in usable:
                x = np.where(rng.rand(*x.shape) < 0.2, np.asarray(v).astype(x.dtype), x)
            return shaped(x, shape, dtype)

        return make

    return of


def uniform(low: float, high: float) -> Callable[..., Any]:
    def of(rng: Any, low: float = low, high: float = high) -> Callable[..., Any]:
        return lambda shape, dtype: drawn(rng, shape, dtype, lambda *d: rng.uniform(low, high, d))

    return of


def rand_int(rng: Any, low: int = 0, high: Any = None) -> Callable[..., Any]:
    low, high = (0, low or 10) if high is None else (low, high)
    return lambda shape, dtype: shaped(rng.randint(low, high, size=dims_of(shape)), shape, dtype)


def rand_bool(rng: Any) -> Callable[..., Any]:
    return lambda shape, dtype: shaped(rng.rand(*dims_of(shape)) < 0.5, shape, dtype)


def rand_some_equal(rng: Any) -> Callable[..., Any]:
    def post(x: Any) -> Any:
        flat = x.ravel()
        return x if not flat.size else np.where(rng.rand(*x.shape) < 0.5, flat[0], x)

    return normal(10, post)(rng)


def rand_unique_int(rng: Any, high: Any = None) -> Callable[..., Any]:
    return lambda shape, dtype: shaped(
        rng.choice(np.arange(high or np.prod(shape)), size=dims_of(shape), replace=False),
        shape,
        dtype,
    )


def nonzero(x: Any) -> Any:
    return np.where(x == 0, np.asarray(1).astype(x.dtype), x)


RANDOM = {
    "rand_default": normal(3), "rand_small": normal(1e-3), "rand_positive": normal(2, lambda x: np.abs(x) + np.asarray(1).astype(x.dtype)),
    "rand_small_positive": normal(2e-5, np.abs), "rand_not_small": normal(3, lambda x: x + np.where(x > 0, 10, -10).astype(x.dtype)),
    "rand_nonzero": normal(3, nonzero), "rand_some_zero": sometimes((0.0,)), "rand_some_inf": sometimes((np.inf, -np.inf)),
    "rand_some_nan": sometimes((np.nan,)), "rand_some_inf_and_nan": sometimes((np.inf, -np.inf, np.nan)),
    "rand_uniform": uniform(0, 1), "rand_int": rand_int, "rand_bool": rand_bool, "rand_some_equal": rand_some_equal,
    "rand_unique_int": rand_unique_int, "rand_fullrange": lambda rng, **_: rand_int(rng, 0, 100),
}  # fmt: skip


# -- Parameters ------------------------------------------------------------------------------------


def rows(*groups: Any, **kwargs: Any) -> list[dict[str, Any]]:
    """A sample of the product of parameters, the same each time."""
    lists = [list(group) for group in groups]
    lists += [[{name: v} for v in values] for name, values in kwargs.items()]
    found = [
        {key: value for part in parts for key, value in part.items()}
        for parts in itertools.islice(itertools.product(*lists), 100_000)
    ]
    return random.Random(0).sample(found, min(CASES, len(found)))


def sample_product(*groups: Any, **kwargs: Any) -> Callable[[Any], Any]:
    from absl.testing import parameterized

    found = rows(*groups, **kwargs)
    return parameterized.parameters(*found) if found else unittest.skip("no case")


def without_cases() -> None:
    """Let a test without a case be skipped: its parameters are internals."""
    from absl.testing import parameterized

    for name in ("parameters", "named_parameters"):
        made = getattr(parameterized, name)

        def lenient(*cases: Any, made: Any = made) -> Any:
            try:
                return made(*cases)
            except parameterized.NoTestsError:
                return unittest.skip("no case")

        setattr(parameterized, name, lenient)


def settings(*_: Any, **__: Any) -> Any:
    return contextlib.nullcontext()


def unchanged(*_: Any, **__: Any) -> Callable[[Any], Any]:
    """A decorator that does nothing."""
    return lambda test: test


# -- Comparisons -----------------------------------------------------------------------------------


def test_case() -> Any:
    from absl.testing import parameterized

    import polyad

    class JaxTestCase(parameterized.TestCase):
        """Comparisons of trees of arrays."""

        def assertAllClose(
            self, x: Any, y: Any, *, check_dtypes: bool = True, atol: Any = None, rtol: Any = None, err_msg: str = "", **_: Any
        ) -> None:  # fmt: skip
            a, s = polyad.tree.flatten(x)
            b, t = polyad.tree.flatten(y)
            self.assertEqual(len(a), len(b), f"{s} and {t}")
            for u, v in zip(a, b, strict=True):
                u, v = np.asarray(u), np.asarray(v)
                self.assertEqual(u.shape, v.shape)
                if u.dtype.names or v.dtype.names:  # float0
                    continue
                near = number(1e-10 if rtol is None else rtol, u, v)
                small = number(1e-10 if atol is None else atol, u, v)
                np.testing.assert_allclose(
                    comparable(u), comparable(v), rtol=near, atol=small, err_msg=err_msg
                )

        assertArraysAllClose = assertAllClose

        def assertArraysEqual(self, x: Any, y: Any, **_: Any) -> None:
            np.testing.assert_array_equal(comparable(x), comparable(y))

        def assertDtypesMatch(self, x: Any, y: Any, **_: Any) -> None:
            """Other dtypes are the default here."""

        def rng(self) -> Any:
            return np.random.RandomState(0)

        def _CheckAgainstNumpy(self, theirs: Any, ours: Any, make: Any, **kwargs: Any) -> None:
            args = make()
            tol = kwargs.get("tol")
            near = {"rtol": kwargs.get("rtol") or tol, "atol": kwargs.get("atol") or tol}
            with np.errstate(all="ignore"):
                expected = theirs(*args)
            self.assertAllClose(ours(*args), expected, **near)

        def _CompileAndCheck(self, fun: Any, make: Any, **kwargs: Any) -> None:
            args = make()
            tol = kwargs.get("tol")
            near = {"rtol": kwargs.get("rtol") or tol, "atol": kwargs.get("atol") or tol}
            self.assertAllClose(polyad.jit(fun)(*args), fun(*args), **near)

    return JaxTestCase


def check_grads(
    f: Any, args: Any, order: int, modes: Any = ("fwd", "rev"), *more: Any, **_: Any
) -> None:
    import polyad

    modes = (modes,) if isinstance(modes, str) else tuple(modes)
    polyad.test_util.check_grads(f, args, order, modes=modes, rtol=2e-2, atol=2e-2)


def check_raises(thunk: Any, kind: Any, message: str) -> None:
    try:
        thunk()
    except kind:
        return
    raise AssertionError(f"{kind} not raised")


def utilities() -> dict[str, Any]:
    """The names of `jax._src.test_util`."""
    names = ("skip_on_devices", "run_on_devices", "skip_on_flag", "ignore_warning", "with_config", "thread_unsafe_test", "with_jax_dtype_defaults", "with_explicit_mesh", "thread_unsafe_test_class", "device_supports_buffer_donation")  # fmt: skip
    return {
        **dict.fromkeys(names, unchanged), **RANDOM,
        "JaxTestCase": test_case(), "BufferDonationTestCase": test_case(), "check_grads": check_grads, "check_raises": check_raises,
        "sample_product": sample_product, "sample_product_testcases": rows,
        "cases_from_list": lambda found: list(found)[:CASES], "set_config": settings, "strict_promotion_if_dtypes_match": settings,
        "with_jax_dtype_defaults": lambda fun, *_, **__: fun, "dtypes": DTYPES,
        "NUMPY_SCALAR_SHAPE": NUMPY_SCALAR_SHAPE, "PYTHON_SCALAR_SHAPE": PYTHON_SCALAR_SHAPE,
        "is_valid_shape": lambda shape, dtype: shape is not PYTHON_SCALAR_SHAPE or np.dtype(dtype).name in ("bool", "int64", "float64", "complex128"),
        "_dims_of_shape": dims_of, "format_shape_dtype_string": lambda shape, dtype: f"{np.dtype(dtype).name}{list(shape)}",
        "tolerance": lambda dtype, tol=None: number(tol if tol is not None else 0, np.zeros(0, dtype)),
        "default_tolerance": lambda: {np.dtype(k): v for k, v in {"float32": 1e-5, "float64": 1e-10}.items()},
        "default_gradient_tolerance": {}, "join_tolerance": lambda *given: 2e-2,
        "device_under_test": lambda: "cpu", "test_device_matches": lambda names: "cpu" in names,
        **dict.fromkeys(("is_device_tpu", "is_device_cuda", "is_device_rocm", "is_device_tpu_at_least", "is_cuda_compute_capability_at_least"), lambda *a, **k: False),
        "numpy_version": lambda: tuple(map(int, np.__version__.split(".")[:3])), "JaxTestLoader": unittest.TestLoader,
        "promote_like_jnp": promote_like_jnp,
    }  # fmt: skip


def promote_like_jnp(fun: Any, inexact: bool = False) -> Any:
    """NumPy's function on operands in the dtype that they have together."""
    import polyad
    import polyad.numpy as pnp

    def promoted(*args: Any, **kwargs: Any) -> Any:
        leaves, structure = polyad.tree.flatten(args)
        dtype = np.dtype(pnp.result_type(*leaves).dtype)
        if inexact and dtype.kind not in "fcV":
            dtype = np.dtype(np.float64)
        wide = np.dtype(np.float32) if dtype == BFLOAT else dtype
        return fun(
            *polyad.tree.unflatten(structure, [np.asarray(x).astype(wide) for x in leaves]),
            **kwargs,
        )

    return promoted
