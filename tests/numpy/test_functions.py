"""Every function of `polyad.numpy` against NumPy's: eagerly, traced, and by way of NumPy and torch.

A case says how NumPy spells it. `test_every_function_has_a_case` fails while a function has none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import array_api_compat.numpy as standard
import numpy as np
import pytest
import scipy.special
import torch

import polyad
import polyad.numpy as pnp
from polyad.conformance import Sample, elementwise

from .spellings_of_sets import ROWS

RNG = np.random.default_rng(0)
X = RNG.uniform(0.1, 0.9, (3, 4))
Y = RNG.uniform(0.5, 2.0, (3, 4))
S = RNG.normal(size=(3, 4)) * 3
N = RNG.integers(1, 9, (3, 4))
M = RNG.integers(1, 4, (3, 4))
B = RNG.integers(0, 2, (3, 4)).astype(bool)
C = X + 1j * S
SQUARE = RNG.normal(size=(2, 3, 3)) + 6 * np.eye(3)
POSITIVE = SQUARE @ SQUARE.swapaxes(-1, -2)
V, W = RNG.normal(size=4), RNG.normal(size=3)
NAN = np.array([np.nan, np.inf, -np.inf, -0.0, 0.0, 1.5])

CASES: list[Any] = []
COVERED: set[str] = set()


def case(name: str, *args: Any, numpy: Callable[..., Any] | None = None, **kwargs: Any) -> None:
    """`polyad.numpy.name(*args, **kwargs)` is what `numpy`, or NumPy's own of that name, gives."""
    module, _, last = name.rpartition(".")
    space = getattr(np, module) if module else np
    expected = numpy or getattr(space, last, None) or getattr(standard, last)
    COVERED.add(name)
    CASES.append(pytest.param(name, args, kwargs, expected, id=f"{len(CASES)}-{name}"))


# -- Element-wise ---------------------------------------------------------------------------------

# Operands as the samples draw them; of two also broadcast, and of mixed dtypes.
for row in (*elementwise(1), *elementwise(2)):
    if hasattr(pnp, row.op) and row.op != "astype":
        for dtype in [d for d in row.dtypes if d in ("float64", "complex128", "int64", "bool")]:
            case(row.op, *row.arrays(dtype))
        if row.arity == 2:
            x, y = row.arrays(row.dtypes[0])
            case(row.op, x, y[0])
            if "float32" in row.dtypes:
                case(row.op, x.astype("float32"), 2)
            if "int32" in row.dtypes:
                case(row.op, row.arrays("int32")[0], row.arrays("uint8")[1])
for name in ["isnan", "isinf", "isfinite", "signbit", "sign"]:
    case(name, NAN)
for name in ["equal", "not_equal", "less", "less_equal", "greater", "greater_equal"]:
    case(name, NAN, NAN)
case("round", np.arange(-3.0, 3.5, 0.5))
case("rint", np.arange(-3.0, 3.5, 0.5))
case("round", S, decimals=1)
case("positive", X)
case("positive", C)
case("maximum", NAN, 0.5)
case("minimum", 0.5, NAN)
case("pow", X, S)
case("pow", X, 3)
case("pow", X, -2)
case("pow", X, 0.5)
case("pow", 2.0, S)
case("pow", N, 2)
case("pow", C, 2)
case("floor_divide", S, Y)
case("remainder", S, Y)
case("remainder", S, -1.5)
case("clip", S, -1.0, 1.0)
case("clip", S, None, 0.5)
case("clip", N, 2, 5)
case("where", B, X, Y)
case("where", B, X, 0)
case("where", X > 0.5, X.astype("float32"), 1.0)
case("isclose", X, X + 1e-9)
case("isclose", NAN, NAN, equal_nan=True)
case("isclose", NAN, NAN)
case("sinc", np.linspace(-2, 2, 9))
case("deg2rad", S)
case("rad2deg", S)
case("exp2", S)
case("nan_to_num", NAN)
case("nan_to_num", NAN.astype("float32"), nan=1.0, posinf=2.0, neginf=-2.0)

# -- Creation -------------------------------------------------------------------------------------

case("asarray", [1, 2, 3])
case("asarray", [[1.0, 2], [3, 4]])
case("asarray", [True, False])
case("asarray", [1j, 2])
case("asarray", 2.5)
case("asarray", [1, 2], dtype="float32")
case("array", [(1, 2), (3, 4.5)])
case("full", (2, 3), 7)
case("full", (2, 3), 1.5, dtype="float32")
for name in ("zeros", "ones"):
    case(name, (2, 3))
    case(name, 3, dtype="int32")
    case(f"{name}_like", N)
    case(f"{name}_like", N, dtype="float32")
case("empty", (2, 0))
case("empty_like", X[:0])
case("full_like", X, 3)
case("full_like", N, 3.7)
case("arange", 5)
case("arange", 2, 11, 3)
case("arange", 1.0, 2.0, 0.25)
case("arange", 5, 0, -2)
case("arange", 3, dtype="float32")
case("arange", 0)
case("linspace", 0.0, 1.0, 5)
case("linspace", -1.0, 2.0, 4, endpoint=False)
case("linspace", 3.0, 3.0, 1)
case("eye", 3)
case("eye", 2, 4, k=1, dtype="float32")
case("eye", 3, k=-1)
case("identity", 3)
case("tril", X)
case("tril", SQUARE, k=1)
case("triu", X, k=-1)
case("triu", B)
case("meshgrid", V, W)
case("meshgrid", V, W, indexing="ij")

# -- Manipulation ---------------------------------------------------------------------------------

CUBE = RNG.normal(size=(2, 3, 4))
case("reshape", CUBE, (4, 6))
case("reshape", CUBE, (-1, 3))
case("reshape", CUBE, -1)
case("ravel", CUBE)
case("permute_dims", CUBE, (2, 0, 1), numpy=np.transpose)
case("transpose", CUBE)
case("transpose", CUBE, (1, 0, 2))
case("matrix_transpose", CUBE)
case("swapaxes", CUBE, 0, -1)
case("moveaxis", CUBE, 0, -1)
case("moveaxis", CUBE, (0, 1), (2, 0))
case("expand_dims", X, axis=1)
case("expand_dims", X, axis=(0, -1))
case("squeeze", X[:, None, :1])
case("squeeze", X[:, None, :1], 1)
case("broadcast_to", V, (3, 4))
case("broadcast_arrays", X, V, 2.0, numpy=lambda *a: list(np.broadcast_arrays(*a)))
case("broadcast_shapes", (3, 1), (4,), ())
for name in ("concat", "concatenate"):
    case(name, [X, Y, X[:1]])
    case(name, [X, N], axis=1)
    case(name, [X, V], axis=None)
case("stack", [X, Y])
case("stack", [X, N], axis=-1)
case("unstack", X, axis=1, numpy=lambda x, axis: tuple(np.moveaxis(x, axis, 0)))
case("atleast_1d", 2.0)
case("atleast_2d", V)
case("atleast_2d", CUBE)
case("vstack", [V, X])
case("hstack", [V, V])
case("hstack", [X, Y])
case("column_stack", [V, V, X.T])
case("split", X, 2, 1)
case("split", X, [1, 3], 1)
case("split", V, [-1, 2])
case("flip", CUBE)
case("flip", CUBE, axis=(0, 2))
case("roll", CUBE, 2, axis=1)
case("roll", CUBE, 5)
case("roll", CUBE, (1, -1), axis=(0, 2))
case("tile", X, 2)
case("tile", V, (2, 3))
case("tile", CUBE, (2, 1))
case("repeat", X, 3)
case("repeat", X, 2, axis=0)
case("pad", X, 1)
case("pad", X, (1, 2))
case("pad", X, ((1, 0), (0, 2)), constant_values=1.5)
case("astype", S, int, numpy=lambda x, t: x.astype(t))
case("astype", C, "float32", numpy=lambda x, t: x.real.astype(t))
case("astype", N, bool, numpy=lambda x, t: x.astype(t))
case("diagonal", SQUARE)
case("diagonal", CUBE, offset=1)
case("diagonal", CUBE, offset=-1, axis1=2, axis2=0)
case("diag", V)
case("diag", V, 1)
case("diag", X, -1)

# -- Reductions -----------------------------------------------------------------------------------

for name in ["sum", "prod", "mean", "var", "std", "max", "min", "argmax", "argmin"]:
    case(name, X)
    case(name, CUBE, axis=1)
    case(name, CUBE, axis=-1, keepdims=True)
    case(name, X.astype("float32"))
    case(name, N)
for name in ["sum", "prod", "mean", "var", "std", "max", "min"]:
    case(name, CUBE, axis=(0, 2))
for name in ["sum", "prod", "cumulative_sum", "cumulative_prod"]:
    case(name, M.astype("int8"), **({"axis": 1} if "cum" in name else {}))
    case(name, B.astype("uint8"), **({"axis": 1} if "cum" in name else {}))
for name in ("any", "all"):
    case(name, B)
    case(name, B, axis=0)
    case(name, N, axis=1, keepdims=True)
case("sum", X, dtype="float32")
case("sum", C, axis=0)
case("prod", C)
case("var", C)
case("std", X, correction=1, numpy=lambda x, correction: np.std(x, ddof=correction))
case("var", X, axis=0, ddof=1)
case("cumulative_sum", X, axis=0)
case("cumulative_sum", V, include_initial=True)
case("cumulative_prod", X, axis=1)
case("cummax", X, 1, numpy=np.maximum.accumulate)
case("cummin", X, numpy=lambda x: np.minimum.accumulate(x.ravel()))
case("cumsum", X)
case("cumsum", X, 1)
case("cumprod", V)
case("diff", X)
case("diff", X, axis=0, n=2)
case("sort", CUBE)
case("sort", CUBE, axis=0)
case("sort", V, descending=True, numpy=lambda x, descending: np.sort(x)[::-1])
case("argsort", CUBE, axis=1)
case("argsort", N, axis=1, numpy=lambda x, axis: np.argsort(x, axis=axis, kind="stable"))
case("count_nonzero", N - 3)
case("count_nonzero", B, axis=1)
case("allclose", X, X + 1e-12)
case("allclose", X, Y)
case("array_equal", N, N)
case("array_equal", N, M)
case("array_equal", N, V, numpy=np.array_equal)
case("take", X, np.array([2, 0]), axis=0)
case("take_along_axis", X, np.argsort(X, axis=1), axis=1)

# -- Products, linear algebra ---------------------------------------------------------------------

case("dot", V, V)
case("dot", X, V)
case("dot", CUBE, X.T)
case("dot", X, 2.0)
case("dot", N, M.T)
case("matmul", X, V)
case("matmul", W, X)
case("matmul", CUBE, X.T)
case("matmul", SQUARE, SQUARE[0])
case("matmul", W, SQUARE)
case("matmul", SQUARE, W)
case("matmul", N.astype("float32"), M.T.astype("float32"))
case("tensordot", CUBE, X, axes=2)
case("tensordot", CUBE, X, axes=([1, 2], [0, 1]))
case("tensordot", V, W, axes=0)
case("vecdot", C, C + 1)
case("vdot", C, C + 1)
case("inner", X, Y)
case("outer", V, W)
case("trace", X)
case("trace", SQUARE, offset=1, axis1=-1, axis2=0)
for equation, operands in {
    "ij,ij->": (X, Y),
    "ij,kj->ik": (X, Y),
    "ij,j": (X, V),
    "bij,bjk->bik": (SQUARE, SQUARE),
    "bii->b": (SQUARE,),
    "ii": (SQUARE[0],),
    "ij->ji": (X,),
    "ijk->j": (CUBE,),
    "ij,jk,kl->il": (X, X.T, X),
    "i,j->ij": (V, W),
    "...ij,...j->...i": (SQUARE, np.stack([W, W])),
    "i,i,i->": (V, V, V),
}.items():
    case("einsum", equation, *operands)

LINE = np.array([1.0, np.nan, 0.0, -0.0, 2.0, 1.0, np.nan])
for values in (N, B, LINE, V, N.astype("uint8"), X[:0], np.array([2 + 1j, 1 + 2j, 1 + 1j, 2 + 1j])):
    case("nonzero", values)
    for name in ("unique_all", "unique_counts", "unique_inverse"):
        case(name, values)
    case("unique_values", values, numpy=lambda x: np.unique_all(x).values)
ASCENDING = np.array([-1.0, 0.0, 0.0, 1.5, 2.0, np.nan, np.nan])
for side in ("left", "right"):
    case("searchsorted", ASCENDING, LINE, side=side)
    case("searchsorted", np.arange(5), N, side)
    case("searchsorted", V, Y, side, np.argsort(V))
case("searchsorted", ASCENDING[:0], LINE)
case("isin", N, np.array([2, 5, 7]))
case("isin", N, np.arange(3, 40), invert=True)
case("isin", LINE, ASCENDING)
case("isin", LINE, np.resize(ASCENDING, 30))
case("isin", C, C[0])
case("isin", B, np.array([True]))
case("isin", N, np.array([], dtype=int))
case("diff", X, 2, 0)
case("diff", X, 1, -1, 0.0, Y[:, :2])
case("diff", B)
case("diff", V[:1])
case("repeat", X, np.array([1, 0, 2, 3]), axis=1)
case("repeat", X, [2, 1, 0], axis=0)
case("repeat", V, np.array([3]))
case("from_dlpack", X)

ABOUT_DTYPES = {
    "finfo",
    "iinfo",
    "isdtype",
    "issubdtype",
    "result_type",
    "can_cast",
    "iscomplexobj",
    "at",
    "promote_types",
}
EAGER_ONLY = {
    "asarray",
    "array",
    "arange",
    "empty",
    "zeros",
    "ones",
    "full",
    "eye",
    "identity",
    "linspace",
    "from_dlpack",
    "nonzero",
    "repeat",
    "unique_all",
    "unique_counts",
    "unique_inverse",
    "unique_values",
}


def close(found: Any, expected: Any, exact_dtype: bool = True) -> None:
    if isinstance(expected, list | tuple):
        assert len(found) == len(expected)
        for a, b in zip(found, expected, strict=True):
            close(a, b, exact_dtype)
        return
    found, expected = np.asarray(found), np.asarray(expected)
    assert found.shape == expected.shape
    assert found.dtype == expected.dtype or not exact_dtype
    single = expected.dtype.name in ("float32", "complex64")
    tolerance = 2e-6 if single else 1e-12
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)


def resolve(name: str) -> Callable[..., Any]:
    found: Any = pnp
    for part in name.split("."):
        found = getattr(found, part)
    return found


def quietly(f: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    with np.errstate(all="ignore"):
        return f(*args, **kwargs)


def public(module: Any) -> set[str]:
    """The functions of a module."""
    return {
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and callable(value)
        and not isinstance(value, type | polyad.ir.DType)
    }


def test_every_function_has_a_case():
    named = {resolve(name) for name in COVERED | ABOUT_DTYPES | {row.name for row in ROWS}}
    missing = {name for name in public(pnp) if resolve(name) not in named}
    assert not missing, f"no case and no row for {sorted(missing)}: add one"


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name, args, kwargs, numpy", CASES)
def test_values_and_dtypes_are_numpys(name: str, args: Any, kwargs: Any, numpy: Any):
    close(quietly(resolve(name), *args, **kwargs), quietly(numpy, *args, **kwargs))


def arrays_in(args: Any) -> list[int]:
    return [i for i, x in enumerate(args) if isinstance(x, np.ndarray)]


TRACED = [p for p in CASES if arrays_in(p.values[1]) and p.values[0] not in EAGER_ONLY]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("backend", ["numpy", "torch"])
@pytest.mark.parametrize("name, args, kwargs, numpy", TRACED)
def test_traced_functions_agree(name: str, args: Any, kwargs: Any, numpy: Any, backend: str):
    positions = arrays_in(args)

    def f(*arrays):
        full = list(args)
        for i, x in zip(positions, arrays, strict=True):
            full[i] = x
        return resolve(name)(*full, **kwargs)

    chosen = [args[i] for i in positions]
    given = [torch.from_numpy(x.copy()) for x in chosen] if backend == "torch" else chosen
    found = polyad.jit(f, backend=backend)(*given)
    expected = quietly(numpy, *args, **kwargs)
    close(list(found) if isinstance(expected, list) else found, expected)


def test_functions_about_dtypes():
    for dtype in ("float32", "float64"):
        ours, theirs = pnp.finfo(dtype), np.finfo(dtype)
        for field in ("bits", "eps", "max", "min", "smallest_normal", "tiny"):
            assert getattr(ours, field) == float(getattr(theirs, field))
    for dtype in ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"):
        assert pnp.iinfo(dtype)[:3] == (
            np.iinfo(dtype).bits,
            np.iinfo(dtype).max,
            np.iinfo(dtype).min,
        )
    assert pnp.finfo(C).dtype == "float64"
    assert pnp.isdtype("int8", "integral")
    assert pnp.isdtype("int8", ("real floating", "signed integer"))
    assert not pnp.isdtype("complex64", "real floating")
    assert pnp.can_cast("int32", "float64")
    assert not pnp.can_cast("float64", "int32")
    assert pnp.iscomplexobj(C)
    assert not pnp.iscomplexobj(X)
    with pytest.raises(TypeError, match="isdtype knows the kinds"):
        pnp.isdtype("int8", "whole")


DTYPES = (
    "bool",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "uint16",
    "uint32",
    "float32",
    "float64",
    "complex64",
    "complex128",
)


@pytest.mark.parametrize("left", DTYPES)
def test_promotion_is_the_standards(left: str):
    """Where the standard has a rule; integers with floats keep the float's precision, as in JAX."""
    for right in DTYPES:
        found = pnp.result_type(left, right).name
        kinds = {np.dtype(d).kind for d in (left, right)} - {"b"}
        if kinds <= {"i", "u"} or kinds <= {"f", "c"}:
            assert found == np.result_type(left, right).name
        else:
            assert found == max(left, right, key=lambda d: "biufc".index(np.dtype(d).kind))
        x, y = np.ones(2, left), np.ones(2, right)
        assert pnp.add(x, y).dtype.name == found
        assert polyad.make_ir(pnp.add)(x, y).result_types[0].dtype.name == str(pnp.add(x, y).dtype)


# -- Other libraries' functions on tracers --------------------------------------------------------

UFUNCS = [
    row
    for row in (*elementwise(1), *elementwise(2))
    if isinstance(getattr(np, row.op, None), np.ufunc) and "float64" in row.dtypes
]


@pytest.mark.parametrize("row", UFUNCS, ids=lambda row: row.op)
def test_numpy_ufuncs_take_tracers(row: Sample):
    ufunc, args = getattr(np, row.op), row.arrays("float64")
    close(polyad.jit(ufunc, backend="numpy")(*args), ufunc(*args))
    if row.arity == 2:
        x, y = args
        close(polyad.jit(lambda x: ufunc(x, y), backend="numpy")(x), ufunc(x, y))
        close(polyad.jit(lambda y: ufunc(x, y), backend="numpy")(y), ufunc(x, y))
        close(polyad.jit(lambda y: ufunc(2.0, y), backend="numpy")(y), ufunc(2.0, y))


NUMPY_CALLS: dict[str, Callable[[Any], Any]] = {
    "sum": lambda x: np.sum(x, axis=1),
    "sum of all": lambda x: np.sum(x),
    "mean": lambda x: np.mean(x, 0),
    "std": lambda x: np.std(x, axis=0, keepdims=True),
    "max": lambda x: np.max(x, axis=-1),
    "prod": lambda x: np.prod(x),
    "argmax": lambda x: np.argmax(x, axis=1),
    "cumsum": lambda x: np.cumsum(x, axis=1),
    "dot": lambda x: np.dot(x, V),
    "matmul": lambda x: X.T @ x,
    "einsum": lambda x: np.einsum("ij,ij->i", x, Y),
    "tensordot": lambda x: np.tensordot(x, Y, axes=([0, 1], [0, 1])),
    "outer": lambda x: np.outer(x[0], V),
    "concatenate": lambda x: np.concatenate([x, Y], axis=1),
    "stack": lambda x: np.stack([x, x]),
    "vstack": lambda x: np.vstack([x, V]),
    "where": lambda x: np.where(x > 0.5, x, 0.0),
    "clip": lambda x: np.clip(x, 0.2, 0.6),
    "transpose": lambda x: np.transpose(x),
    "reshape": lambda x: np.reshape(x, (4, 3)),
    "ravel": lambda x: np.ravel(x),
    "expand_dims": lambda x: np.expand_dims(x, 0),
    "squeeze": lambda x: np.squeeze(np.expand_dims(x, 0)),
    "zeros_like": lambda x: np.zeros_like(x) + x,
    "ones_like": lambda x: np.ones_like(x) * x,
    "full_like": lambda x: np.full_like(x, 2.0) * x,
    "sort": lambda x: np.sort(x, axis=0),
    "argsort": lambda x: np.argsort(x, axis=1),
    "take": lambda x: np.take(x, np.array([0, 2]), axis=0),
    "roll": lambda x: np.roll(x, 1, axis=0),
    "flip": lambda x: np.flip(x, axis=1),
    "tile": lambda x: np.tile(x, (2, 1)),
    "repeat": lambda x: np.repeat(x, 2, axis=0),
    "diff": lambda x: np.diff(x, axis=0),
    "trace": lambda x: np.trace(x),
    "diagonal": lambda x: np.diagonal(x),
    "broadcast_to": lambda x: np.broadcast_to(x, (2, 3, 4)),
    "linalg.norm": lambda x: np.linalg.norm(x),
    "linalg.inv": lambda x: np.linalg.inv(x[:3, :3] + 3 * np.eye(3)),
    "linalg.solve": lambda x: np.linalg.solve(x[:3, :3] + 3 * np.eye(3), W),
    "add.reduce": lambda x: np.add.reduce(x, axis=1),
    "real, imag": lambda x: np.real(x) + np.imag(x),
    "allclose": lambda x: np.allclose(x, X),
    "count_nonzero": lambda x: np.count_nonzero(x > 0.5),
    "shape, ndim, size": lambda x: x * (np.shape(x)[0] + np.ndim(x) + np.size(x)),
    "array minus tracer": lambda x: Y - x,
    "scalar minus tracer": lambda x: np.float64(2.0) - x,
    "array divided by tracer": lambda x: Y / x,
    "array compared with tracer": lambda x: x < Y,
    "array to a power": lambda x: Y**x,
}


@pytest.mark.parametrize("name", NUMPY_CALLS)
def test_numpy_functions_take_tracers(name: str):
    f = NUMPY_CALLS[name]
    expected = f(X)
    close(polyad.jit(f, backend="numpy")(X), expected)
    if np.asarray(expected).dtype.kind == "f":
        close(polyad.jvp(f, (X,), (Y,))[0], expected)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: torch.sin(x),
        lambda x: torch.exp(x) * x,
        lambda x: T * x,
        lambda x: x * T,
        lambda x: T - x,
        lambda x: x - T,
        lambda x: T / x,
        lambda x: 2.0 / x,
        lambda x: T**x,
        lambda x: T @ x.T,
        lambda x: torch.sum(x, dim=1),
        lambda x: torch.sum(x),
        lambda x: torch.mean(x, dim=0, keepdim=True),
        lambda x: torch.cat([x, T], dim=1),
        lambda x: torch.stack([x, x], dim=-1),
        lambda x: torch.where(x > 0.5, x, T),
        lambda x: torch.clamp(x, 0.2, 0.5),
        lambda x: torch.matmul(x, T.T),
        lambda x: torch.maximum(x, T),
        lambda x: torch.reshape(x, (4, 3)),
        lambda x: torch.permute(x, (1, 0)),
        lambda x: torch.unsqueeze(x, 0),
        lambda x: torch.cumsum(x, dim=1),
        lambda x: torch.logaddexp(x, T),
        lambda x: torch.einsum("ij,kj->ik", x, T),
        lambda x: torch.add(x, T),
        lambda x: torch.mul(x, 2.0),
        lambda x: torch.abs(x) > T,
        lambda x: torch.zeros_like(x) + x,
        lambda x: x[torch.tensor([0, 2])],
        lambda x: (
            torch.square(x).sum(dim=0)
            if isinstance(x, torch.Tensor)
            else torch.square(x).sum(axis=0)
        ),
    ],
)
def test_torch_functions_take_tracers(f: Any):
    x = torch.from_numpy(X)
    close(polyad.jit(f, backend="torch")(x), f(x))


T = torch.from_numpy(Y)


def test_code_written_to_the_array_api_standard_is_differentiable():
    from array_api_compat import array_namespace

    def softmax(x):
        xp = array_namespace(x)
        e = xp.exp(x - xp.max(x, axis=-1, keepdims=True))
        return e / xp.sum(e, axis=-1, keepdims=True)

    close(polyad.jit(softmax)(X), scipy.special.softmax(X, axis=-1))
    jacobian = polyad.jacrev(softmax)(V)
    p = scipy.special.softmax(V)
    close(jacobian, np.diag(p) - np.outer(p, p))


def test_methods_and_properties_of_traced_arrays():
    methods: dict[str, Callable[[Any], Any]] = {
        "sum": lambda x: x.sum(0) + x.sum(axis=1).sum(),
        "mean": lambda x: x.mean(axis=(0, 1)),
        "var": lambda x: x.var(),
        "reshape": lambda x: x.reshape(4, 3) + x.reshape((4, -1)) + x.T.reshape((4, 3)),
        "transpose": lambda x: x.transpose(1, 0) + x.transpose() + x.T + x.mT,
        "astype": lambda x: x.astype("float32"),
        "attributes": lambda x: x * (x.ndim + x.size + x.shape[1] + x.itemsize + x.nbytes + len(x)),
        "dot": lambda x: x.dot(V),
        "others": lambda x: x.clip(0.2, 0.5).round(1).flatten().take([0, 1]) + x.ravel().argmax(),
        "complex": lambda x: (x * 1j).conj().imag + x.real,
        "operators": lambda x: (
            divmod(x, 0.3)[1] + (-x) + (+x) + abs(x) + x // 0.2 + x % 0.3 + 2 / x
        ),
        "comparisons": lambda x: (x > 0.5) & (x <= 0.9) | ~(x == 0.3) ^ (x != x) ^ (x <= 1),
        "integers": lambda x: (x * 10).astype(int) << 1 >> 1 & 7 | 8 ^ 3,
        "iteration": lambda x: sum(row.sum() * i for i, row in enumerate(x)),
        "reflected": lambda x: (
            2 - x + 2 * x + 2**x + (7 // x) + (7 % x) + (W @ x) + sum(divmod(7, x))
        ),
        "searching": lambda x: x[1].searchsorted(x[0]) + x[0].argpartition(1)[1],
        "compressing": lambda x: x.compress([True, False, True], axis=0),
        "choosing": lambda x: x[0].astype(int).choose(x),
        "in place": lambda x: (
            [
                y := x.copy(),
                y.sort(axis=0),
                y.put([0, 5], [7.0, 8.0]),
                z := y.copy(),
                z.fill(2.0),
                z.partition(1),
            ][0]
            * z
        ),
    }
    for name, f in methods.items():
        expected = f(X.view(Arrayish))
        close(polyad.jit(f, backend="numpy")(X), np.asarray(expected)), name


class Arrayish(np.ndarray):
    """NumPy's array with `mT`, which it has from 2.0 on."""


@pytest.mark.parametrize("n", [0, 1, 2])
def test_diff_with_ends_is_numpys(n: int):
    x = np.arange(6.0).reshape(2, 3) ** 2
    for ends in ({}, {"prepend": 1.0}, {"append": x}, {"prepend": x[:, :1], "append": 0.0}):
        expected = np.diff(x, n, **ends)
        np.testing.assert_array_equal(pnp.diff(x, n, **ends), expected)
        np.testing.assert_array_equal(
            polyad.jit(lambda x, e=ends: pnp.diff(x, n, **e))(x), expected
        )


def test_multiples_wrap_as_numpys():
    x, y = np.meshgrid(np.arange(-127, 128, dtype=np.int8), np.arange(-127, 128, dtype=np.int8))
    np.testing.assert_array_equal(pnp.lcm(x, y), np.lcm(x, y))
    np.testing.assert_array_equal(pnp.gcd(x, y), np.gcd(x, y))


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("complex_values", [False, True])
def test_gradients_over_complex_coordinates(order: int, complex_values: bool):
    rng = np.random.default_rng(0)
    f, at = rng.normal(size=(2, 5, 4)), rng.normal(size=4) + 1j * rng.normal(size=4)
    f = f[0] + 1j * f[1] if complex_values else f[0]
    for run in (lambda g: g, polyad.jit):
        found = run(lambda f, at: pnp.gradient(f, at, axis=1, edge_order=order))(f, at)
        expected = np.gradient(f + 0j, at, axis=1, edge_order=order)  # else it drops a part
        np.testing.assert_allclose(found, expected, rtol=1e-9)
    found = pnp.gradient(f, 2j, axis=0)
    np.testing.assert_allclose(found, np.gradient(f + 0j, 2j, axis=0), rtol=1e-12)
