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
import warnings
import zlib
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


def rand_not_small(rng: Any, offset: float = 10.0) -> Callable[..., Any]:
    return normal(3, lambda x: x + np.where(x > 0, offset, -offset).astype(x.dtype))(rng)


RANDOM = {
    "rand_default": normal(3), "rand_small": normal(1e-3), "rand_positive": normal(2, lambda x: np.abs(x) + np.asarray(1).astype(x.dtype)),
    "rand_small_positive": normal(2e-5, np.abs), "rand_not_small": rand_not_small,
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


def filterable(*, kwargs: Any, **_: Any) -> Callable[[Any], Any]:
    from absl.testing import parameterized

    return parameterized.parameters(*({k: v for k, v in row.items() if k != "testcase_name"} for row in kwargs))  # fmt: skip


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


class Nothing(contextlib.ContextDecorator):
    """A context, and a decorator, that does nothing."""

    def __enter__(self) -> None:
        """Nothing."""

    def __exit__(self, *error: Any) -> None:
        """Nothing."""


def settings(*_: Any, **__: Any) -> Any:
    return Nothing()


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

        def assertRaisesRegex(self, kind: Any, words: Any, *args: Any, **kwargs: Any) -> Any:
            """The error's class is compared, and not its words, unless a name or a parameter is missing here."""
            taken = r"(?s)^(?!.*(is not taken here|has no attribute .* here|has no counterpart))"
            return super().assertRaisesRegex(kind, taken, *args, **kwargs)

        @contextlib.contextmanager
        def assertNoWarnings(self) -> Iterator[None]:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                yield

        def rng(self) -> Any:
            return np.random.RandomState(zlib.adler32(self._testMethodName.encode()))

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


def along(rng: Any, x: Any) -> Any:
    """A direction: an array like `x`."""
    dtype = np.asarray(x).dtype
    values = rng.randn(*np.shape(x))
    values = values + 1j * rng.randn(*np.shape(x)) if dtype.kind == "c" else values
    found = np.asarray(values).astype(dtype)
    return found if np.ndim(x) or not isinstance(x, int | float | complex) else found.item()


def check_jvp(f: Any, f_jvp: Any, args: Any, atol: Any = None, rtol: Any = None, eps: float = 1e-4, **_: Any) -> None:  # fmt: skip
    """A JVP beside differences, in one direction."""
    import polyad

    rng, near = np.random.RandomState(0), {"atol": atol, "rtol": rtol}
    direction = polyad.tree.map(lambda x: along(rng, x), args)
    value, pushed = f_jvp(args, direction)
    step = lambda sign: f(*polyad.tree.map(lambda x, t: x + np.asarray(sign * eps * t, np.asarray(x).dtype), args, direction))  # fmt: skip
    _near(value, f(*args), **near)
    _near(pushed, polyad.tree.map(lambda a, b: (a - b) * (0.5 / eps), step(1), step(-1)), **near)


def check_vjp(f: Any, f_vjp: Any, args: Any, atol: Any = None, rtol: Any = None, eps: float = 1e-4, **_: Any) -> None:  # fmt: skip
    """A VJP beside differences: <ct, J t> = <J' ct, t>."""
    import polyad

    rng = np.random.RandomState(0)
    value, pull = f_vjp(*args)
    _near(value, f(*args), atol, rtol)
    direction = polyad.tree.map(lambda x: along(rng, x), args)
    step = lambda sign: f(*polyad.tree.map(lambda x, t: x + np.asarray(sign * eps * t, np.asarray(x).dtype), args, direction))  # fmt: skip
    change = polyad.tree.map(lambda a, b: (a - b) * (0.5 / eps), step(1), step(-1))
    ct = polyad.tree.map(lambda x: along(rng, x), value)
    back = pull(polyad.tree.map(np.conj, ct))
    inner = lambda a, b: sum(np.real(np.vdot(np.asarray(x), np.asarray(y))) for x, y in zip(polyad.tree.leaves(a), polyad.tree.leaves(b), strict=True))  # fmt: skip
    _near(inner(direction, polyad.tree.map(np.conj, back)), inner(change, ct), atol, rtol)


def _near(a: Any, b: Any, atol: Any, rtol: Any) -> None:
    import polyad

    for x, y in zip(polyad.tree.leaves(a), polyad.tree.leaves(b), strict=True):
        x, y = np.asarray(x), np.asarray(y)
        gradient = max(GRADIENT.get(x.dtype.name, 1e-5), GRADIENT.get(y.dtype.name, 1e-5))
        near, small = (gradient if t is None else number(t, x, y) for t in (rtol, atol))
        np.testing.assert_allclose(comparable(x), comparable(y), rtol=near * max(y.size, 1), atol=small * max(x.size, 1))  # fmt: skip


GRADIENT = {"bfloat16": 1e-1, "float16": 1e-2, "float32": 2e-2, "complex64": 2e-2}
TAKEN = ("numpy_with_mpmath", "vectorize_with_mpmath", "complex_plane_sample", "rand_indices_unique_along_axis")  # fmt: skip
"""Names of JAX's own test utilities, which are taken from the tree."""


def check_raises(thunk: Any, kind: Any, message: str) -> None:
    try:
        thunk()
    except kind:
        return
    raise AssertionError(f"{kind} not raised")


# -- JAX's helpers of sequences and dtypes, which its tests use ---------------------------------------


def split_list(items: Any, sizes: Any) -> list[list[Any]]:
    """Pieces of these sizes, and the rest."""
    items, found = list(items), []
    for n in sizes:
        found.append(items[:n])
        items = items[n:]
    return [*found, items]


def unzip(count: int) -> Callable[[Any], tuple[tuple[Any, ...], ...]]:
    return lambda rows: tuple(zip(*rows, strict=True)) or ((),) * count


def subvals(items: Any, changes: Any) -> tuple[Any, ...]:
    found = list(items)
    for at, value in changes:
        found[at] = value
    return tuple(found)


def safe_map(f: Any, *lists: Any) -> list[Any]:
    return [f(*row) for row in zip(*lists, strict=True)]


def tuple_update(items: Any, at: int, value: Any) -> tuple[Any, ...]:
    return (*items[:at], value, *items[at + 1 :])


SEQUENCES = {
    "split_list": split_list, "unzip2": unzip(2), "unzip3": unzip(3), "safe_zip": lambda *a: list(zip(*a, strict=True)),
    "safe_map": safe_map, "subvals": subvals, "tuple_update": tuple_update, "foreach": safe_map, "NumpyComplexWarning": np.exceptions.ComplexWarning,
}  # fmt: skip


def inexact(dtype: Any) -> Any:
    """The floating dtype for numbers of that dtype, the default one for integers."""
    dtype = np.dtype(dtype)
    return dtype if dtype.kind in "fcV" else np.dtype(np.float64)


def complex_of(dtype: Any) -> Any:
    found = inexact(dtype)
    return found if found.kind == "c" else np.result_type(found, np.complex64)


def bits_of(dtype: Any) -> int:
    """The bits of an element; 4 of a dtype that is not here."""
    try:
        return 8 * np.dtype(dtype).itemsize
    except (TypeError, ValueError):
        return 4


DTYPE_HELPERS = {
    "to_inexact_dtype": inexact, "to_complex_dtype": complex_of, "itemsize_bits": bits_of,
    "default_int_dtype": lambda: np.dtype(np.int64), "default_uint_dtype": lambda: np.dtype(np.uint64), "default_float_dtype": lambda: np.dtype(np.float64),
    "default_complex_dtype": lambda: np.dtype(np.complex128), "canonicalize_dtype": lambda dtype, **_: dtype, "float0": np.dtype([("float0", np.void, 0)]),
    "dtype": lambda x, **_: np.dtype(getattr(x, "dtype", type(x))), "supports_inf": lambda dtype: np.dtype(dtype).kind in "fcV",
}  # fmt: skip


def float_bits(dtype: Any) -> int:
    """The bits of a float, or of a complex number's parts."""
    dtype = np.dtype(dtype)
    return 8 * dtype.itemsize // (2 if dtype.kind == "c" else 1)


def scipy_version() -> tuple[int, ...]:
    import scipy

    return tuple(map(int, scipy.__version__.split(".")[:3]))


def utilities() -> dict[str, Any]:
    """The names of `jax._src.test_util`."""
    names = ("skip_on_devices", "run_on_devices", "skip_on_flag", "with_config", "thread_unsafe_test", "with_jax_dtype_defaults", "with_explicit_mesh", "thread_unsafe_test_class", "device_supports_buffer_donation")  # fmt: skip
    return {
        **dict.fromkeys(names, unchanged), **RANDOM,
        "JaxTestCase": test_case(), "BufferDonationTestCase": test_case(), "ignore_warning": settings, "rand_like": along,
        "check_jvp": check_jvp, "check_vjp": check_vjp, "check_grads": check_grads, "check_raises": check_raises,
        "sample_product": sample_product, "sample_product_testcases": rows,
        "cases_from_list": lambda found: list(found)[:CASES], "set_config": settings, "strict_promotion_if_dtypes_match": settings,
        "with_jax_dtype_defaults": lambda fun, *_, **__: fun, "dtypes": DTYPES,
        "NUMPY_SCALAR_SHAPE": NUMPY_SCALAR_SHAPE, "PYTHON_SCALAR_SHAPE": PYTHON_SCALAR_SHAPE,
        "is_valid_shape": lambda shape, dtype: shape is not PYTHON_SCALAR_SHAPE or np.dtype(dtype).name in ("bool", "int64", "float64", "complex128"),
        "_dims_of_shape": dims_of, "format_shape_dtype_string": lambda shape, dtype: f"{np.dtype(dtype).name}{list(shape)}",
        "tolerance": lambda dtype, tol=None: number(tol if tol is not None else 0, np.zeros(0, dtype)),
        "default_tolerance": lambda: {np.dtype(d): number(0, np.zeros(0, d)) for d in DTYPES.all},
        "default_gradient_tolerance": {**dict.fromkeys(("float64", "complex128"), 1e-5), **GRADIENT}, "join_tolerance": lambda *given: 2e-2,
        "device_under_test": lambda: "cpu", "test_device_matches": lambda names: "cpu" in names,
        **dict.fromkeys(("is_device_tpu", "is_device_cuda", "is_device_rocm", "is_device_tpu_at_least", "is_cuda_compute_capability_at_least", "is_cloud_tpu", "is_cloud_tpu_at_least"), lambda *a, **k: False),
        "parse_version": lambda text: tuple(map(int, text.split(".")[:3])), "numpy_version": lambda: tuple(map(int, np.__version__.split(".")[:3])), "JaxTestLoader": unittest.TestLoader,
        "promote_like_jnp": promote_like_jnp, "num_float_bits": float_bits, "scipy_version": scipy_version, "_cast_to_shape": shaped,
        "to_default_dtype": lambda x: np.asarray(x), "parameterized_filterable": filterable, "is_running_under_pytest": lambda: False,
        "check_close": lambda a, b, atol=None, rtol=None, **_: _near(a, b, atol, rtol),
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
