"""Functions without Python: values, results, and errors.

The tests below `if COMPILER:` need a C compiler (cc, gcc or clang) and are not there without one;
what export does without one is tested everywhere.
"""

from __future__ import annotations

import ctypes
import math
import shutil
import subprocess
import sys

import numpy as np
import pytest
from scipy.integrate import nquad, quad, solve_ivp
from scipy.optimize import minimize
from scipy.special import erfinv

import polyad
import polyad.numpy as pnp
from polyad import lax
from polyad.conformance.sample import SAMPLES
from polyad.errors import (
    BackendCapabilityError,
    BackendNotFoundError,
    PolyadError,
    PolyadTypeError,
    PolyadValueError,
)
from polyad.lowering.dialects import kernel
from polyad.lowering.export import AheadOfTime
from polyad.lowering.header import is_identifier, signature
from polyad.lowering.linking.engine import Engine, object_code
from polyad.lowering.linking.target import host
from polyad.lowering.pipeline import lower
from polyad.lowering.runtime.modules import addresses
from polyad.passes.pipeline import optimize

COMPILER = next(filter(shutil.which, ("cc", "gcc", "clang")), None)
OK, NULL_POINTER, OUT_OF_MEMORY, TOO_MANY_STEPS, NO_ANSWER = range(5)


def call(address, arguments, results):
    """Call a C function of pointers; None is a null pointer."""
    values = [None if x is None else x.ctypes.data for x in (*arguments, *results)]
    return ctypes.CFUNCTYPE(ctypes.c_int, *[ctypes.c_void_p] * len(values))(address)(*values)


def run_here(lowered, arguments, results, *, in_process=False):
    """The exported function, called in this process: its status, and its results."""
    ahead = getattr(lowered, "_ahead", lowered)
    signed = signature("exported", ahead.arguments, ahead.results)
    module = ahead.module(signed, 64, in_process)
    engine = Engine(object_code(module.named(signed.name)), addresses(module.outside))
    out = [np.empty_like(x) for x in results]
    return call(engine.address("exported"), arguments, out), out


def arrays(*values):
    return [np.ascontiguousarray(v) for v in values]


# -- What they compute


@pytest.mark.parametrize("sample", {s.op: s for s in SAMPLES}.values(), ids=lambda s: s.op)
def test_each_op_agrees_with_numpy_or_is_refused(sample):
    given = sample.arrays(sample.dtypes[0])
    function = optimize(polyad.make_ir(sample.run)(*given))
    with np.errstate(all="ignore"):
        wanted = arrays(*polyad.tree.leaves(sample.run(*given)))
    names = [[f"{side}{i}" for i in range(9)] for side in "xy"]
    ahead = AheadOfTime(
        function, (), names[0][: len(given)], names[1][: len(wanted)], polyad.config.of_code()
    )
    try:
        code, found = run_here(ahead, arrays(*given), wanted)
    except BackendCapabilityError as error:
        assert kernel.host in host_calls(function) or "calls SciPy's" in str(error)
        return
    assert code == OK
    for f, w in zip(found, wanted, strict=True):
        tolerance = 1e-12 if f.dtype.itemsize >= 8 else 1e-6
        np.testing.assert_allclose(f, w, rtol=tolerance, atol=tolerance)


def host_calls(function):
    return [op.definition for op in lower(function)["loop"].walk()]


@pytest.mark.parametrize("dtype", ["float64", "float32", "complex128"])
@pytest.mark.parametrize(
    "product", ["ik,kj->ij", "ki,kj->ij", "ik,jk->ij", "ki,jk->ij", "bik,bkj->bij", "ik,k->i"]
)
def test_products_need_no_blas(dtype, product):
    rng = np.random.default_rng(0)
    sizes = dict(zip("bikj", (3, 40, 30, 50), strict=True))
    draw = lambda dims: rng.normal(size=[sizes[d] for d in dims]).astype(dtype)
    x, y = map(draw, product.partition("->")[0].split(","))
    f = polyad.jit(lambda x, y: pnp.einsum(product, x, y), backend="native")
    is_routine = product != "ik,k->i"  # a product with a vector is a loop anyway
    assert ("product in" in f.lower(x, y).explain()) is is_routine
    code, (found,) = run_here(f.lower(x, y), (x, y), [f(x, y)])
    assert code == OK
    np.testing.assert_allclose(found, np.einsum(product, x, y), rtol=1e-4, atol=1e-4)


def test_arrays_of_the_surroundings_are_constants():
    rng = np.random.default_rng(0)
    for weights in (rng.normal(size=(2, 3)), rng.normal(size=(3, 2)).T, np.empty((0, 3))):
        lowered = polyad.jit(lambda x, w=weights: pnp.sum(w * x)).lower(np.ones(3))
        (found,) = run_here(lowered, [x := rng.normal(size=3)], [np.empty(())])[1]
        assert found == pytest.approx(np.sum(weights * x))
        weights += 1
        assert call(lowered.address(), [x], [found]) == OK


def test_a_constant_may_end_with_any_byte():
    """The last byte of 2.0 is 64, "@", which stood before a quotation mark and began a name."""
    for last in (0, 10, 34, 64, 92, 255):
        w = np.array([0] * 7 + [last], "uint8")
        backwards = w[::-1].copy()
        lowered = polyad.jit(lambda x, w=w, v=backwards: (x + w, x + v)).lower(w)
        code, (one, other) = run_here(lowered, [w], [w, w])
        assert code == OK and one[-1] == 2 * last % 256 and other[0] == last


def test_tensors_of_the_surroundings_are_constants_too():
    torch = pytest.importorskip("torch")
    w = torch.arange(3.0, dtype=torch.float64)
    lowered = polyad.jit(lambda x: pnp.sum(w * x)).lower(torch.ones(3, dtype=torch.float64))
    assert run_here(lowered, [np.full(3, 2.0)], [np.empty(())]) == (OK, [6.0])


def test_booleans_integers_and_nothing():
    f = polyad.jit(lambda m, i, e: (pnp.where(m, i, -i), ~m, e * 2))
    given = arrays([True, False], np.array([3, 4], "int16"), np.empty((0, 2)))
    code, found = run_here(f.lower(*given), given, arrays(*f(*given)))
    assert code == OK
    for x, wanted in zip(found, ([3, -4], [False, True], np.empty((0, 2))), strict=True):
        np.testing.assert_array_equal(x, wanted)


def test_in_this_process_scipys_functions_serve():
    lowered = polyad.jit(lambda x: polyad.special.erfinv(x) @ x.T).lower(np.ones((40, 30)))
    x, out = np.linspace(-0.9, 0.9, 1200).reshape(40, 30), np.empty((40, 40))
    assert call(lowered.address(), [x], [out]) == OK
    np.testing.assert_allclose(out, erfinv(x) @ x.T, rtol=1e-12, atol=1e-12)


# -- What they return


def test_a_null_pointer_is_a_code_and_nothing_is_written():
    lowered = polyad.jit(lambda x, e: (2 * x, e)).lower(np.ones(3), np.empty(0))
    x, e = np.arange(3.0), np.empty(0)
    results = [np.full(3, 7.0), np.empty(0)]
    assert call(lowered.address(), [None, e], results) == NULL_POINTER
    assert call(lowered.address(), [x, e], [None, results[1]]) == NULL_POINTER
    assert results[0].tolist() == [7, 7, 7]
    assert call(lowered.address(), [x, None], [results[0], None]) == OK
    assert results[0].tolist() == [0, 2, 4]


def test_a_loop_that_reaches_its_limit_is_a_code():
    double = lambda x: lax.while_loop(lambda x: x < 1e3, lambda x: 2 * x, x)
    with polyad.config(max_while_steps=5):
        lowered = polyad.jit(double, backend="native").lower(1.0)
    assert run_here(lowered, arrays(500.0), [np.empty(())]) == (OK, [1000])
    assert run_here(lowered, arrays(1.0), [np.empty(())])[0] == TOO_MANY_STEPS


NO_MEMORY = """
import resource, ctypes, numpy as np, polyad
from polyad import lax
import polyad.numpy as pnp

turn = lambda x, n: lax.while_loop(lambda c: c[0] < n, lambda c: (c[0] + 1, pnp.sin(c[1])), (0, x))
lowered = polyad.jit(polyad.grad(lambda x, n: turn(x, n)[1]), backend="native").lower(0.3, 7)
function = ctypes.CFUNCTYPE(ctypes.c_int, *[ctypes.c_void_p] * 3)(lowered.address())
x, out = np.array(0.3), np.array(0.0)
with open("/proc/self/statm") as f:
    size = int(f.read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (size + (192 << 20),) * 2)
for n, code in ((7, 0), (1 << 40, 2), (1 << 40, 2), (7, 0)):
    n = np.array(n)
    assert function(x.ctypes.data, n.ctypes.data, out.ctypes.data) == code
    print(out)
"""


def test_a_matrix_without_an_answer_is_a_code():
    a, b = np.array([[4.0, 1.0], [1.0, 3.0]]), np.array([1.0, 2.0])
    for f in (pnp.linalg.solve, lambda a, b: pnp.linalg.cholesky(a) @ b):
        lowered = polyad.jit(f, backend="native").lower(a, b)
        code, (found,) = run_here(lowered, (a, b), [np.empty(2)])
        assert code == OK
        np.testing.assert_allclose(found, f(a, b), rtol=1e-14)
        assert run_here(lowered, (np.ones((2, 2)), b), [np.empty(2)])[0] == NO_ANSWER


def test_no_memory_is_a_code():
    done = subprocess.run([sys.executable, "-c", NO_MEMORY], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


# -- SciPy


def test_quad_and_nquad_call_compiled_code():
    f = polyad.jit(lambda x, a: pnp.exp(-a * x * x)).lower(1.0, 1.0)
    assert quad(f.low_level_callable(), 0, math.inf, args=(2.0,))[0] == pytest.approx(
        math.sqrt(math.pi / 8), rel=1e-12
    )
    slope = polyad.jit(polyad.grad(lambda x, a: pnp.exp(-a * x * x), argnums=1)).lower(1.0, 1.0)
    assert quad(slope.low_level_callable(), 0, math.inf, args=(2.0,))[0] == pytest.approx(
        -math.sqrt(math.pi / 128), rel=1e-9
    )
    g = polyad.jit(lambda v: v[0] * pnp.sin(v[1])).lower(np.ones(2))
    assert nquad(g.low_level_callable(), [(0, 1), (0, math.pi)])[0] == pytest.approx(1)


def test_a_callable_outlives_its_origin():
    made = polyad.jit(lambda x: x * x).lower(1.0).low_level_callable()
    assert quad(made, 0, 3)[0] == pytest.approx(9)


def test_a_wrong_number_of_numbers_is_nan():
    f = polyad.jit(lambda x, a: a * x).lower(1.0, 1.0).low_level_callable().function
    numbers = (ctypes.c_double * 3)(2.0, 3.0, 4.0)
    assert f(2, numbers) == 6 and math.isnan(f(1, numbers)) and math.isnan(f(3, numbers))


def test_solve_ivp_and_minimize_take_compiled_functions():
    lowered = polyad.jit(lambda t, y: pnp.stack([y[1], -y[0]])).lower(0.0, np.ones(2))
    field = lowered.compile()
    end = solve_ivp(lambda t, y: field(t, y), (0, math.pi), [0.0, 1.0], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(end.y[:, -1], [0, -1], atol=1e-7)

    def through_address(t, y):
        out = np.empty(2)
        assert call(lowered.address(), arrays(t, y), [out]) == OK
        return out

    again = solve_ivp(through_address, (0, math.pi), [0.0, 1.0], rtol=1e-9, atol=1e-9)
    np.testing.assert_array_equal(again.y, end.y)
    rosenbrock = lambda x: pnp.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)
    both = polyad.jit(polyad.value_and_grad(rosenbrock)).lower(np.zeros(4)).compile()
    np.testing.assert_allclose(minimize(both, np.zeros(4), jac=True).x, np.ones(4), atol=1e-4)


def test_a_compiled_function_takes_the_arguments_of_the_original():
    w = np.arange(3.0)
    compiled = polyad.jit(lambda x, a: {"y": (a * w * x, a)}).lower(np.ones(3), 1.0).compile()
    for x in (np.ones(3), np.ones(6)[::2], [1.0, 1.0, 1.0]):
        answer = compiled(np.asarray(x), 2.0)["y"]
        assert answer[0].tolist() == [0, 2, 4] and answer[1] == 2
    with pytest.raises(PolyadTypeError, match="compiled for"):
        compiled(np.ones(4), 2.0)
    torch = pytest.importorskip("torch")
    double = polyad.jit(lambda a: 2 * a).lower(1.0).compile()
    assert isinstance(double(torch.tensor(3.0, dtype=torch.float64)), torch.Tensor)
    with polyad.use_backend("torch"):
        assert isinstance(double(3.0), torch.Tensor)
    assert not isinstance(double(3.0), torch.Tensor)


@pytest.mark.parametrize(
    ("f", "args", "said"),
    [
        (lambda x: (x, x), (1.0,), "it gives 2 results"),
        (lambda x: x, (np.ones(2),), "result result is f64[2]"),
        (lambda n: 1.0 * n, (3,), "argument n is i64[]"),
    ],
)
def test_functions_that_scipy_cannot_call(f, args, said):
    with pytest.raises(PolyadTypeError, match="give one f64") as error:
        polyad.jit(f).lower(*args).low_level_callable()
    assert said in str(error.value) and "test_ahead_of_time.py" in str(error.value)


# -- What is refused


def test_ops_that_need_python_are_named(tmp_path):
    def f(x):
        y = polyad.pure_callback(np.sin, x, x)
        return pnp.fft.fft(y)

    lowered = polyad.jit(f, backend="native").lower(np.ones(4))
    with pytest.raises(BackendCapabilityError) as error:
        lowered.export("f", tmp_path)
    said = str(error.value)
    assert "pure_callback" in said and "fft" in said and "y = polyad.pure_callback" in said
    assert not any(tmp_path.iterdir())
    with pytest.raises(BackendCapabilityError):
        lowered.address()


def test_a_backend_without_machine_code(tmp_path):
    with pytest.raises(BackendNotFoundError, match="makes no machine code; use backend='native'"):
        polyad.jit(lambda x: x, backend="numpy").lower(1.0).export("f", tmp_path)


@pytest.mark.parametrize("wrong", [{"name": 3}, {"target": 7}, {"cpu": b"x"}, {"linker": ["cc"]}])
def test_names_that_are_no_strings(tmp_path, wrong):
    (what,) = wrong
    with pytest.raises(PolyadTypeError, match=f"export: {what} is a string, not"):
        polyad.jit(lambda x: x).lower(1.0).export(**{"name": "f", "folder": tmp_path, **wrong})


@pytest.mark.parametrize("name", ["double", "2f", "f.g", "", "f g", "new"])
def test_names_that_c_does_not_take(tmp_path, name):
    with pytest.raises(PolyadValueError, match="cannot be the name of a C function"):
        polyad.jit(lambda x: x).lower(1.0).export(name, tmp_path)


def test_a_name_of_the_c_library(tmp_path):
    with pytest.raises(PolyadValueError, match="'sin' is a function of C's library that"):
        polyad.jit(pnp.sin).lower(1.0).export("sin", tmp_path)


@pytest.mark.parametrize("name", ["run", "program", "kernel_0", "extend"])
def test_names_that_the_module_uses_inside(tmp_path, name):
    grown = lambda x: lax.while_loop(lambda x: x < 9, lambda x: x * x, x)
    f = polyad.jit(polyad.grad(grown), backend="native").lower(2.0)
    f.export(name, tmp_path, target="aarch64-linux-gnu")
    assert (tmp_path / f"{name}.o").stat().st_size


def test_names_of_arguments_are_ones_that_c_takes():
    f64 = polyad.ShapeDtypeStruct((), "float64")
    values = [(n, f64) for n in ("double", "x.y", "x_y", "λ", "f", "0")]
    signed = signature("f", values[:3], values[3:])
    names = [n for n, _ in (*signed.arguments, *signed.results)]
    assert len({*names, "f"}) == 7 and all(map(is_identifier, names))


# -- Other machines


@pytest.mark.parametrize(
    ("target", "begins"),
    [("aarch64-linux-gnu", b"\x7fELF\x02\x01"), ("wasm32", b"\0asm\1\0\0\0")],
)
def test_objects_for_other_machines(tmp_path, target, begins):
    big = polyad.jit(polyad.grad(lambda x: pnp.sum(pnp.tanh(x @ x.T) ** 2)))
    files = big.lower(np.ones((60, 50))).export("f", tmp_path, target=target)
    assert files.object.read_bytes().startswith(begins) and files.library is None
    assert f"compiled by polyad for {target}" in files.header.read_text()


def test_sizes_are_as_wide_as_the_targets_pointers():
    lowered = polyad.jit(lambda x: pnp.sum(x @ x) + pnp.max(x @ x.T)).lower(np.ones((60, 60)))
    ahead = lowered._ahead
    signed = signature("f", ahead.arguments, ahead.results)
    assert 'declare i8* @"malloc"(i32' in str(ahead.module(signed, 32))
    assert 'declare i8* @"malloc"(i64' in str(ahead.module(signed, 64))


def test_a_target_that_there_is_not(tmp_path):
    lowered = polyad.jit(lambda x: x).lower(1.0)
    with pytest.raises(PolyadValueError, match="no target 'z80'") as error:
        lowered.export("f", tmp_path, target="z80")
    assert "aarch64-linux-gnu" in str(error.value)


@pytest.mark.parametrize(("target", "cpu"), [(None, "z80"), ("aarch64-linux-gnu", "cortex-a7")])
def test_a_cpu_that_there_is_not(tmp_path, target, cpu):
    lowered = polyad.jit(lambda x: x).lower(1.0)
    with pytest.raises(PolyadValueError, match=f"has no CPU '{cpu}'"):
        lowered.export("f", tmp_path, target=target, cpu=cpu)


def test_this_cpu_for_another_machine(tmp_path):
    other = "wasm32" if "wasm32" not in host() else "aarch64-linux-gnu"
    with pytest.raises(PolyadValueError, match="is this machine"):
        polyad.jit(lambda x: x).lower(1.0).export("f", tmp_path, target=other, cpu="native")


def test_complex_functions_for_any_machine(tmp_path):
    lowered = polyad.jit(lambda z: pnp.asinh(z) ** 1.5j).lower(1j)
    for target in ("aarch64-linux-gnu", "wasm32"):
        lowered.export("f", tmp_path, target=target)


# -- Linking


def test_without_a_compiler_there_is_an_object_file_and_a_warning(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)
    with pytest.warns(RuntimeWarning, match="no C compiler") as seen:
        files = polyad.jit(lambda x: x).lower(1.0).export("f", tmp_path)
    assert files.library is None and files.object.stat().st_size and files.header.exists()
    assert seen[0].filename == __file__


def test_a_linker_that_fails(tmp_path):
    with pytest.raises(PolyadError, match="linking failed; the object file is"):
        polyad.jit(lambda x: x).lower(1.0).export("f", tmp_path, linker="no-such-linker")


# -- From C

PROGRAM = """
#include "gradient.h"
#include <stdio.h>
#include <stddef.h>

int main(void) {
    double b[40], w[40 * 30], x[30], value, by_b[40], by_w[40 * 30];
    for (int i = 0; i < 30; i++) x[i] = 0.01 * i - 0.1;
    for (int i = 0; i < 40; i++) b[i] = 0.02 * i;
    for (int i = 0; i < 40 * 30; i++) w[i] = (i % 7) * 0.1 - 0.3;
    int code = gradient(b, w, x, &value, by_b, by_w);
    printf("%d %d\\n%.17g\\n", code, gradient(b, NULL, x, &value, by_b, by_w), value);
    for (int i = 0; i < 40; i++) printf("%.17g\\n", by_b[i]);
    for (int i = 0; i < 40 * 30; i++) printf("%.17g\\n", by_w[i]);
    return code;
}
"""


def layer(params, x):
    return pnp.sum(pnp.tanh(params["w"] @ x + params["b"]) ** 2)


if COMPILER:

    @pytest.mark.parametrize("static", [False, True], ids=["shared", "static"])
    def test_a_c_program_runs_the_exported_gradient(tmp_path, static):
        params = {
            "b": 0.02 * np.arange(40),
            "w": (np.arange(40 * 30) % 7 * 0.1 - 0.3).reshape(40, 30),
        }
        x = 0.01 * np.arange(30) - 0.1
        gradient = polyad.jit(polyad.value_and_grad(layer))
        files = gradient.lower(params, x).export("gradient", tmp_path)
        (tmp_path / "main.c").write_text(PROGRAM)
        flags = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic"]
        linked = [files.object if static else files.library, "-lm"]
        subprocess.run(
            [COMPILER, *flags, "main.c", *linked, "-o", "main"], cwd=tmp_path, check=True
        )
        done = subprocess.run([tmp_path / "main"], capture_output=True, text=True, check=True)
        codes, *numbers = done.stdout.splitlines()
        value, slopes = gradient(params, x)
        wanted = [value, *slopes["b"], *slopes["w"].ravel()]
        assert codes == f"{OK} {NULL_POINTER}"
        np.testing.assert_allclose([float(n) for n in numbers], wanted, rtol=1e-12, atol=1e-15)

    @pytest.mark.parametrize("cpu", [None, "native"])
    def test_a_library_is_loaded_and_called(tmp_path, cpu):
        f = polyad.jit(lambda x: pnp.exp(x) @ x)
        x = np.linspace(0, 1, 50)
        library = f.lower(x).export("f", tmp_path, cpu=cpu).library
        out = np.empty(())
        address = ctypes.cast(ctypes.CDLL(str(library)).f, ctypes.c_void_p).value
        assert call(address, [x], [out]) == OK
        assert out == pytest.approx(float(f(x)), rel=1e-14)

    def test_an_exported_library_names_nothing_but_its_function(tmp_path):
        files = polyad.jit(lambda x: pnp.sum(x @ x)).lower(np.ones((40, 40))).export("f", tmp_path)
        names = subprocess.run(
            ["nm", "-g", "--defined-only", files.object], capture_output=True, text=True, check=True
        )
        assert [line.split()[-1] for line in names.stdout.splitlines()] == ["f"]
