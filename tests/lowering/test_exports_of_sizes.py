"""Functions with symbolic sizes, exported as C functions: called in C programs at many sizes."""

from __future__ import annotations

import ctypes
import shutil
import subprocess

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import lax
from polyad.errors import (
    BackendCapabilityError,
    BackendNotFoundError,
    PolyadTypeError,
    PolyadValueError,
    ShapeError,
)

COMPILER = next(filter(shutil.which, ("cc", "gcc", "clang")), None)
OK, NULL_POINTER, WRONG_SIZE = 0, 1, 5
SIZES = 0, 1, 7, 8, 9, 10, 63, 1000
rng = np.random.default_rng(0)
A = rng.normal(size=(3, 2))


def of(text, dtype="float64"):
    return polyad.ShapeDtypeStruct(polyad.symbolic_shape(text), dtype)


def option(s, k, t):
    d = (pnp.log(s / k) + 0.5 * t) / pnp.sqrt(t)
    return pnp.sum(s * polyad.special.ndtr(d) - k * polyad.special.ndtr(d - pnp.sqrt(t)))


def loss(w, x, y):
    return pnp.mean((pnp.tanh(x @ w) - y) ** 2)


def softmax(x):
    e = pnp.exp(x - pnp.max(x, axis=1, keepdims=True))
    return e / pnp.sum(e, axis=1, keepdims=True)


def averaged(x):
    step = lambda c, y: (0.9 * c + 0.1 * y, c * y)
    return pnp.sum(lax.scan(step, 0.0, x)[1])


def normal(*shape):
    return rng.normal(size=shape)


# A function, its arguments for a size, and the shapes of these.
PROGRAMS = {
    "option": (polyad.grad(option), lambda n: [rng.random(n) + 0.5 for _ in "skt"], ["n"] * 3),
    "loss": (
        polyad.value_and_grad(loss),
        lambda n: [normal(3), normal(n, 3), normal(n)],
        ["3", "n, 3", "n"],
    ),
    "softmax": (softmax, lambda n: [normal(n, 5)], ["n, 5"]),
    "averaged": (polyad.grad(averaged), lambda n: [normal(n)], ["n"]),
    "captured": (lambda x: (x @ A, pnp.cumsum(x)), lambda n: [normal(n, 3)], ["n, 3"]),
    "halves": (lambda x: x.reshape(2, -1).sum(0), lambda n: [normal(2 * n)], ["2*n"]),
    "single": (lambda x: pnp.sqrt(pnp.mean(x)), lambda n: [normal(n).astype("f4") ** 2], ["n"]),
}
MORE = "softmax", "captured", "single"
EXACT = "averaged", "halves"  # in which no product or sum of many is free to be regrouped


def lowered(name):
    f, arguments, shapes = PROGRAMS[name]
    types = [of(s, x.dtype.name) for s, x in zip(shapes, arguments(1), strict=True)]
    return polyad.jit(f).lower(*types)


def source(name, given, results):
    """A C program: it reads a size, the number of bytes of each array and the arguments, and writes
    the code and the results, again and again.
    """
    count = given + results
    pointers = [f"p[{i}]" for i in range(count)]
    return f"""
#include <stdio.h>
#include <stdlib.h>
#include "{name}.h"
int main(void) {{
    int64_t n, bytes[{count}];
    void *p[{count}];
    while (fread(&n, 8, 1, stdin) == 1) {{
        if (fread(bytes, 8, {count}, stdin) != {count}) return 1;
        for (int i = 0; i < {count}; i++) {{
            p[i] = bytes[i] ? malloc(bytes[i]) : NULL;
            size_t read = i < {given} ? bytes[i] : 0;
            if (fread(p[i], 1, read, stdin) != read) return 2;
        }}
        int64_t code = {name}(n, {", ".join(pointers)});
        fwrite(&code, 8, 1, stdout);
        for (int i = 0; i < {count}; i++) {{
            if (i >= {given}) fwrite(p[i], 1, bytes[i], stdout);
            free(p[i]);
        }}
    }}
    return 0;
}}
"""


def called(name, folder, calls):
    """The code and the results of calls from C, each of a size, its arguments and its results."""
    _, given, results = calls[0]
    files = lowered(name).export(name, folder, cpu="native")
    text, program = folder / f"{name}.c", folder / name
    text.write_text(source(name, len(given), len(results)))
    command = [COMPILER, "-O1", "-Wall", "-Werror", str(text), str(files.object), "-lm"]
    subprocess.run([*command, "-o", str(program)], check=True, timeout=120)
    parts = []
    for n, given, results in calls:
        head = np.array([n, *(x.nbytes for x in (*given, *results))], "int64")
        parts += [head.tobytes(), *(x.tobytes() for x in given)]
    done = subprocess.run([program], input=b"".join(parts), capture_output=True, check=True)
    out, found = done.stdout, []
    for _, _, results in calls:
        code, out = int(np.frombuffer(out[:8], "int64")[0]), out[8:]
        arrays = []
        for y in results:
            arrays.append(np.frombuffer(out[: y.nbytes], y.dtype).reshape(y.shape))
            out = out[y.nbytes :]
        found.append((code, arrays))
    return found


@pytest.mark.skipif(COMPILER is None, reason="there is no C compiler")
@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=pytest.mark.full) if n in MORE else n for n in PROGRAMS]
)
def test_the_results_are_those_of_jit(name, tmp_path):
    f, arguments, _ = PROGRAMS[name]
    jitted, calls = polyad.jit(f), []
    for n in SIZES:
        given = arguments(n)
        calls.append((n, given, [np.asarray(y) for y in polyad.tree.leaves(jitted(*given))]))
    for (n, _, expected), (code, found) in zip(calls, called(name, tmp_path, calls), strict=True):
        assert code == OK, n
        for x, y in zip(found, expected, strict=True):
            if name in EXACT:
                assert x.tobytes() == y.tobytes(), n
            else:
                np.testing.assert_allclose(x, y, rtol=1e-5 if x.dtype == "f4" else 1e-12)


def pointer_of(low, sizes, given, f):
    count = len(given) + len(polyad.tree.leaves(f(*given)))
    types = [*[ctypes.c_int64] * sizes, *[ctypes.c_void_p] * count]
    function = ctypes.CFUNCTYPE(ctypes.c_int, *types)(low.address())
    function.low = low  # whose code it is
    return function


def address(x):
    return x.ctypes.data


@pytest.mark.full
def test_two_sizes_may_be_equal_or_not():
    f = lambda x, y: x[:, None] * y
    low = polyad.jit(f).lower(of("n"), of("m"))
    function = pointer_of(low, 2, [normal(2), normal(3)], f)
    for n, m in [(20, 20), (1008, 9), (20, 50), (3, 40), (40, 3), (1, 1), (0, 5), (2, 8)]:
        x, y, out = normal(n), normal(m), np.empty((n, m))
        assert function(n, m, address(x), address(y), address(out)) == OK
        np.testing.assert_array_equal(out, x[:, None] * y)


def test_sums_of_two_sizes_are_only_for_those_that_broadcast():
    f = lambda x, y: x + y
    low = polyad.jit(f).lower(of("n"), of("m"))
    function = pointer_of(low, 2, [normal(2), normal(2)], f)
    x, out = normal(30), np.full(30, 7.0)
    assert function(30, 30, address(x), address(x), address(out)) == OK
    np.testing.assert_array_equal(out, x + x)
    out[:] = 7.0
    assert function(30, 20, address(x), address(x), address(out)) == WRONG_SIZE
    assert np.all(out == 7.0)


def test_codes_of_wrong_sizes_and_null_pointers():
    f = lambda x: x[1:] - x[:-1]
    low = polyad.jit(f).lower(of("n"))
    function = pointer_of(low, 1, [normal(5)], f)
    x, out = normal(30), np.full(29, 7.0)
    assert function(-1, address(x), address(out)) == WRONG_SIZE
    assert function(0, address(x), address(out)) == WRONG_SIZE  # its result would have -1 elements
    assert function(30, address(x), None) == function(30, None, address(out)) == NULL_POINTER
    assert np.all(out == 7.0)
    assert function(1, address(x), None) == OK  # no element is written


def test_a_result_has_one_formula_for_its_shape():
    f = lambda x: x[:12] * 2
    function = pointer_of(polyad.jit(f).lower(of("n")), 1, [normal(20)], f)
    x, out = normal(30), np.full(12, 7.0)
    assert function(11, address(x), address(out)) == WRONG_SIZE and np.all(out == 7.0)
    assert function(30, address(x), address(out)) == OK
    np.testing.assert_array_equal(out, x[:12] * 2)


def test_the_header_has_the_sizes(tmp_path):
    low = polyad.jit(lambda x: (x[1:], pnp.max(x, axis=0))).lower(of("rows, 3"))
    text = low.export("f", tmp_path).header.read_text()
    assert "int f(int64_t rows, const double *x, double *result_0, double *result_1);" in text
    assert "@param[in]  rows  a size" in text and "float64[rows - 1][3]" in text
    assert "POLYAD_WRONG_SIZE = 5" in text
    assert "rows = 0: max: has no value over the empty axis" in text


def test_it_explains_itself():
    low = polyad.jit(lambda x: pnp.sum(x * 2)).lower(of("n"))
    assert low.names == ("n",) and repr(low) == "<lowered for all n: x: f64[n]>"
    assert "sum" in str(low.ir) and "f64[n]" in str(low.ir)
    text = low.explain()
    assert "int function(int64_t n, const double *x, double *result);" in text
    assert "a program for n >= 9" in text and "a program for n == 0" in text


def test_a_number_that_is_needed_is_an_error_that_names_the_line():
    low = polyad.jit(lambda x: x * len(range(x.shape[0]))).lower(of("n"))
    with pytest.raises(ShapeError, match="the number of n is needed") as error:
        low.address()
    assert "test_exports_of_sizes.py" in str(error.value) and "as a number" in str(error.value)


def test_routines_are_for_numbers():
    low = polyad.jit(pnp.sort).lower(of("n"))
    with pytest.raises(BackendCapabilityError, match="sort is compiled for sizes that are numbers"):
        low.address()


def test_host_calls_are_refused():
    low = polyad.jit(pnp.fft.fft).lower(of("n"))
    with pytest.raises(BackendCapabilityError, match="no native form"):
        low.address()


def test_the_structure_of_results_is_one():
    f = lambda x: x * 2 if x.shape[0] > 100 else (x, x)
    low = polyad.jit(f).lower(of("n"))
    assert "the result has another structure" in low.explain()


def test_the_dtype_of_a_result_is_one():
    """Sizes for which it is another are listed once, with the reason."""
    f = lambda x: x * 2 if x.shape[0] > 100 else pnp.astype(x, "float32")
    text = polyad.jit(f).lower(of("n")).explain()
    assert text.count("result 0 has another shape or dtype than usual") == 1
    assert "n = 9; n = 10" in text and "double *result" in text


def test_names_that_c_does_not_take(tmp_path):
    low = polyad.jit(lambda x: x * 2).lower(of("int"))
    with pytest.raises(PolyadValueError, match="'int' cannot be the name of a size in C"):
        low.export("f", tmp_path)
    with pytest.raises(PolyadValueError, match="'n' cannot be the name of a size in C"):
        polyad.jit(lambda x: x * 2).lower(of("n")).export("n", tmp_path)


def test_an_extent_below_0_is_a_wrong_size():
    f = lambda x: x * 2
    function = pointer_of(polyad.jit(f).lower(of("n - 3")), 1, [normal(2)], f)
    x, out = normal(9), np.empty(9)
    assert function(2, address(x), address(out)) == WRONG_SIZE
    assert function(12, address(x), address(out)) == OK
    np.testing.assert_array_equal(out, x * 2)
    assert "argument x has an extent below 0" in polyad.jit(f).lower(of("n - 3")).explain()


def test_what_is_for_numbers_says_so():
    low = polyad.jit(lambda x: x * 2).lower(of("n"))
    with pytest.raises(PolyadTypeError, match="this function is lowered for all sizes"):
        low.stages()
    with pytest.raises(PolyadTypeError, match=r"takes sizes \(n\)"):
        low.low_level_callable()
    with pytest.raises(AttributeError):
        _ = low.nothing


def test_a_backend_without_machine_code():
    low = polyad.jit(lambda x: x * 2, backend="numpy").lower(of("n"))
    with pytest.raises(BackendNotFoundError, match="makes no machine code"):
        low.address()
