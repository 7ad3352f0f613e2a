"""Ops that are defined outside polyad, by `polyad.extend` alone, and what is wrong with some."""

from __future__ import annotations

import ctypes
import ctypes.util
import shutil
import subprocess

import numpy as np
import pytest
import scipy
from scipy.linalg import cython_blas

import polyad
import polyad.numpy as pnp
from polyad import extend
from polyad.errors import BackendCapabilityError, PolyadTypeError, PolyadValueError
from polyad.ir import parse
from polyad.lowering.linking import keys

BACKENDS = [b for b in ("numpy", "torch", "native", "array_api_strict") if b in polyad.backends()]

# -- Four ops, each with another native form

softclip = extend.elementwise(
    "test.softclip",
    native=lambda x, *, slope: pnp.tanh(x * slope) / slope,
    partials=(lambda x, y, *, slope: 1 - (y * slope) * (y * slope),),
)


def spread_type(x: extend.ArrayType, *, times: int) -> extend.ArrayType:
    if x.ndim < 1:
        raise TypeError("takes an array of one dimension at least")
    return x.with_shape((*x.shape[:-1], x.shape[-1] * times))


def fold(x, *, times):
    """The transpose of `repeated`."""
    return pnp.sum(pnp.reshape(x, (*x.shape[:-1], -1, times)), axis=-1)


repeated = extend.op(
    "test.repeated",
    spread_type,
    linear=((0,),),
    transposes=(lambda ct, x, *, times: fold(ct, times=times),),
    batch=lambda operands, batched, *, times: repeated(*operands, times=times),
    implementations={"numpy": lambda x, *, times: np.repeat(x, times, axis=-1)},
)
tiled = extend.op(
    "test.tiled",
    spread_type,
    linear=((0,),),
    transposes=(
        lambda ct, x, *, times: pnp.sum(pnp.reshape(ct, (*ct.shape[:-1], times, -1)), axis=-2),
    ),
    batch=lambda operands, batched, *, times: tiled(*operands, times=times),
    implementations={"xp": lambda xp, x, *, times: xp.concat([x] * times, axis=-1)},
    decomposition=lambda x, *, times: pnp.concat([x] * times, axis=-1),
)


def libm(name: str, count: int):
    function = getattr(ctypes.CDLL(ctypes.util.find_library("m")), name)
    function.restype, function.argtypes = ctypes.c_double, [ctypes.c_double] * count
    return function


exponential = extend.elementwise(
    "test.exponential",
    native=extend.c_function(libm("exp", 1)),
    partials=(lambda x, y: y,),
)


def build_cube(b, x):
    return b.fmul(x, b.fmul(x, x))


cube = extend.elementwise(
    "test.cube",
    native=extend.llvm_function(build_cube, hard=False),
    implementations={"xp": lambda xp, x: x * x * x},
    partials=(lambda x, y: 3 * x * x,),
)

itself = extend.elementwise(
    "test.itself",
    implementations={"numpy": lambda x: x},
    linear=((0,),),
    transposes=(lambda ct, x: ct,),
)

OPS = {
    "expression": (softclip, ((2, 3),), {"slope": 2.0}),
    "structural, on the host": (repeated, ((2, 3),), {"times": 2}),
    "structural, decomposed": (tiled, ((2, 3),), {"times": 2}),
    "C function": (exponential, ((2, 3),), {}),
    "LLVM builder": (cube, ((2, 3),), {}),
}


@pytest.mark.parametrize("name", OPS)
@pytest.mark.parametrize("backend", BACKENDS)
def test_laws_hold(name: str, backend: str):
    op, shapes, attributes = OPS[name]
    assert extend.check(op, *shapes, backends=[backend], **attributes) >= 13


@pytest.mark.parametrize("name", OPS)
@pytest.mark.parametrize("backend", ["numpy", "torch", "native"])
def test_transformations_nest(name: str, backend: str):
    """The Hessian, batched and compiled, is that of the NumPy backend."""
    op, shapes, attributes = OPS[name]
    x = np.linspace(-1, 1, 6).reshape(shapes[0])
    f = lambda x: pnp.sum(op(x, **attributes) ** 2)
    wanted = np.stack([np.asarray(polyad.hessian(f)(row)) for row in (x, x * 0.5)])
    batch = np.stack([x, x * 0.5])
    if backend == "torch":
        torch = pytest.importorskip("torch")
        found = polyad.vmap(polyad.hessian(f))(torch.asarray(batch)).numpy()
    else:
        found = polyad.jit(polyad.vmap(polyad.hessian(f)), backend=backend)(batch)
    np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-12)


# -- Compiled code


def test_native_forms_fuse():
    f = lambda x: pnp.sum(cube(exponential(softclip(x, slope=2.0))))
    lowered = polyad.jit(f, backend="native").lower(np.linspace(-1, 1, 100))
    stages = lowered.stages()
    assert stages["kernel"].count("kernel.host") == 0
    assert "polyad.external.test.exponential" in stages["llvm"]
    x = np.linspace(-1, 1, 100)
    np.testing.assert_allclose(polyad.jit(f)(x), np.sum(np.exp(np.tanh(2 * x) / 2) ** 3))


def test_single_precision():
    x = np.linspace(-1, 1, 50, dtype="float32")
    found = polyad.jit(exponential, backend="native")(x)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, np.exp(x), rtol=1e-6)


def test_a_host_call_without_a_native_form():
    stages = polyad.jit(lambda x: repeated(x, times=3)).lower(np.ones((2, 3))).stages()
    assert "kernel.host" in stages["kernel"]


def test_a_c_function_of_ones_own(tmp_path):
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler")
    source, library = tmp_path / "own.c", tmp_path / "own.so"
    source.write_text("double own(double x, double y) { return x * y + 1.0; }\n")
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source], check=True)
    function = ctypes.CDLL(str(library)).own
    own = extend.elementwise(
        "test.own",
        operands=2,
        native=extend.c_function(function),
        partials=(lambda x, y, z: y, lambda x, y, z: x),
    )
    assert extend.check(own, (2, 3), (3,), backends=["numpy", "native"]) > 10
    address = ctypes.cast(function, ctypes.c_void_p).value
    assert extend.c_function(address).address == address


def test_code_with_such_ops_is_not_kept_on_disk(tmp_path):
    """Its key has neither addresses nor the definitions of ops."""
    with polyad.config(cache_dir=str(tmp_path / "cache")):
        for op, attributes in ((softclip, {"slope": 3.0}), (cube, {}), (exponential, {})):
            function = polyad.make_ir(lambda x, op=op, a=attributes: op(x, **a) + 7)(np.ones(3))
            assert not keys.may_keep(function)
        inside = polyad.make_ir(lambda x: polyad.lax.scan(lambda c, _: (cube(c), c), x, None, 3))
        assert not keys.may_keep(inside(np.ones(3)))
        polyad.jit(lambda x: pnp.exp(x) * 9, backend="native")(np.ones(5))
        before = kept(tmp_path)
        polyad.jit(lambda x: exponential(cube(x)) * 11, backend="native")(np.ones(5))
        assert kept(tmp_path) == before
        polyad.jit(lambda x: pnp.exp(x * x * x) * 11, backend="native")(np.ones(5))
        assert kept(tmp_path) > before


def kept(folder) -> set[str]:
    return {path.name for path in (folder / "cache").glob("*.polyad")}


def test_they_are_parsed():
    function = polyad.make_ir(lambda x: repeated(softclip(x, slope=2.0), times=2))(np.ones(3))
    assert parse(str(function)) == function


def test_a_c_function_is_not_exported(tmp_path):
    lowered = polyad.jit(exponential).lower(np.ones(3))
    with pytest.raises(BackendCapabilityError, match=r"the C function of op test\.exponential"):
        lowered.export("own", tmp_path)


def test_results_are_the_callers_own():
    """An implementation may give its operand, or a view of it."""
    x = np.arange(3.0)
    found = polyad.jit(lambda x: itself(x), backend="numpy")(x)
    found[0] = 7.0
    assert x[0] == 0.0


# -- Wrong definitions


def test_a_name_that_is_taken():
    message = r"op exp: an op of this name is defined already; prefix yours"
    with pytest.raises(PolyadValueError, match=message):
        extend.elementwise("exp", native=lambda x: x, differentiable=False)
    with pytest.raises(PolyadValueError, match=r"op test\.cube: .* defined already"):
        extend.op("test.cube", spread_type, batch=lambda *a: None, differentiable=False)


WRONG = {
    "a name that cannot be parsed": ({"name": "my op"}, "so that it can be parsed"),
    "nothing to run": ({"native": None}, "nothing says how it runs"),
    "two derivatives": ({"jvp": lambda p, t: (p, t)}, "state its derivative exactly once"),
    "too few partials": ({"operands": 2}, r"2 operand\(s\) and 1 partials"),
    "an unknown rule": ({"parcials": ()}, "no rule is named parcials"),
    "unknown dtypes": ({"accepts": "reals"}, "accepts='reals' is none of"),
    "no function": ({"implementations": {"numpy": 3}}, "'numpy' is a function, not int"),
    "no native form": ({"native": 3}, "a native form is an expression"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_definition(case: str):
    changed, message = WRONG[case]
    right = {"name": "test.wrong", "native": lambda x: x, "partials": (lambda x, y: 1.0,)}
    given = {**right, **changed}
    with pytest.raises((TypeError, ValueError), match=message):
        extend.elementwise(given.pop("name"), **given)


def test_a_linear_op_without_transposes():
    with pytest.raises(PolyadTypeError, match="it is linear, and so needs `transposes`"):
        extend.elementwise("test.linear", native=lambda x: 2 * x, linear=((0,),))


def test_wrong_c_functions():
    python = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double)(lambda x: x)
    with pytest.raises(PolyadTypeError, match=r"calls Python, .* use polyad\.pure_callback"):
        extend.c_function(python)
    with pytest.raises(PolyadTypeError, match="not str"):
        extend.c_function("exp")
    with pytest.raises(PolyadValueError, match="the address is 0"):
        extend.c_function(0)
    with pytest.raises(PolyadValueError, match="must have accepts='real floating'"):
        form = extend.c_function(libm("sin", 1))
        extend.elementwise("test.any", accepts="any", native=form, differentiable=False)


def test_c_functions_of_other_arguments():
    function = libm("ldexp", 1)
    function.argtypes = [ctypes.c_double, ctypes.c_int]
    with pytest.raises(PolyadTypeError, match="argtypes of this one are c_double, c_double, c_int"):
        extend.c_function(function)


def test_a_low_level_callable():
    function = scipy.LowLevelCallable(libm("cbrt", 1))
    root = extend.elementwise("test.root", native=extend.c_function(function), differentiable=False)
    x = np.linspace(0, 9, 300_000)  # so many that threads share them
    np.testing.assert_allclose(polyad.jit(root, backend="native")(x), np.cbrt(x))
    capsule = scipy.LowLevelCallable.from_cython(cython_blas, "dnrm2")
    with pytest.raises(PolyadTypeError, match="not of a PyCapsule"):
        extend.c_function(capsule)


def test_wrong_llvm_functions():
    with pytest.raises(PolyadTypeError, match="takes a function, not int"):
        extend.llvm_function(3)
    with pytest.raises(PolyadValueError, match="kinds are among float, int, uint, bool"):
        extend.llvm_function(build_cube, kinds=("complex",))
    wrong = extend.elementwise(
        "test.wrong_value",
        native=extend.llvm_function(lambda b, x: b.fcmp_ordered("<", x, x)),
        implementations={"numpy": lambda x: x},
        differentiable=False,
    )
    with pytest.raises(PolyadTypeError, match=r"gives a value of LLVM type i1; a float64 is a"):
        polyad.jit(wrong, backend="native")(np.ones(3))


def test_an_implementation_of_another_type():
    wrong = extend.elementwise(
        "test.wrong_type",
        implementations={"numpy": lambda x: x.astype("float32")},
        differentiable=False,
    )
    message = r"its implementation for backend 'numpy' gives f32\[3\], and its type rule says f64"
    with pytest.raises(PolyadTypeError, match=message):
        wrong(np.ones(3))


def test_a_decomposition_of_another_type():
    wrong = extend.elementwise("test.wrong_sum", native=pnp.sum, differentiable=False)
    with pytest.raises(PolyadTypeError, match=r"decomposition gives f64\[\], and its type rule"):
        wrong(np.ones(3))
    with pytest.raises(PolyadTypeError, match=r"decomposition gives f64\[\], and its type rule"):
        polyad.jit(wrong, backend="native")(np.ones(3))


def test_a_decomposition_with_an_array_of_its_own():
    table = np.ones(3)
    wrong = extend.elementwise("test.table", native=lambda x: x * table, differentiable=False)
    with pytest.raises(PolyadTypeError, match="uses arrays that are not its operands"):
        wrong(np.ones(3))


def test_a_decomposition_by_the_op_itself():
    wrong = extend.elementwise("test.endless", native=lambda x: wrong(x) + 1, differentiable=False)
    for run in (wrong, polyad.jit(wrong, backend="native")):
        with pytest.raises(PolyadTypeError, match=r"test\.endless: its .* uses the op itself"):
            run(np.ones(3))


def test_an_llvm_function_for_other_dtypes():
    """Without a native form for integers, the op is a call of Python."""
    doubled = extend.elementwise(
        "test.doubled",
        accepts="real",
        native=extend.llvm_function(lambda b, x: b.fadd(x, x)),
        implementations={"numpy": lambda x: x + x},
        linear=((0,),),
        transposes=(lambda ct, x: ct * 2,),
    )
    compiled = polyad.jit(doubled, backend="native")
    for dtype, is_host in (("float64", False), ("int64", True)):
        x = np.arange(4, dtype=dtype)
        assert ("kernel.host" in compiled.lower(x).stages()["kernel"]) is is_host
        np.testing.assert_array_equal(compiled(x), 2 * x)


def test_a_backend_without_an_implementation():
    only = extend.elementwise(
        "test.only_torch", implementations={"torch": lambda x: x}, differentiable=False
    )
    with pytest.raises(BackendCapabilityError, match=r"test\.only_torch: backend 'numpy' cannot"):
        only(np.ones(3))


def test_broken_laws_are_named():
    wrong = extend.elementwise(
        "test.wrong_partial", native=lambda x: x * x, partials=(lambda x, y: x,)
    )
    with pytest.raises(AssertionError, match=r"test\.wrong_partial breaks laws:\njvp, float64"):
        extend.check(wrong, (3,), backends=["numpy"])
