"""Exported functions in C programs: plain, under the sanitizers of gcc, under valgrind, and for
aarch64 under qemu, whose results are compared with those of this machine.

Each array lies in memory of its own, as long as the array is, so that a byte read or written beside
it is told of by valgrind, and by the sanitizers where their allocator sees it. The first test of
valgrind gives an array that is too short, to know that it is told of.
"""

from __future__ import annotations

import functools
import shutil
import subprocess

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import lax

GCC, VALGRIND = shutil.which("gcc"), shutil.which("valgrind")
AARCH64 = "aarch64-linux-gnu"
CROSS_GCC = shutil.which(f"{AARCH64}-gcc")
QEMU = shutil.which("qemu-aarch64") or shutil.which("qemu-aarch64-static")
SANITIZERS = "-fsanitize=address,undefined", "-fno-sanitize-recover=all"
C_TYPES = {"float64": "double", "float32": "float", "int64": "int64_t", "bool": "uint8_t"}
NULL_POINTER = 1

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(GCC is None, reason="there is no gcc, which links the programs"),
]

rng = np.random.default_rng(0)
A, B, V = rng.normal(size=(7, 5)), rng.normal(size=(5, 3)), rng.normal(size=13)


def loop(x):
    return lax.while_loop(lambda s: s[1] < 5, lambda s: (pnp.sin(s[0]) + 1, s[1] + 1), (x, 0))[0]


def written(x, i):
    y = pnp.array(x)
    y[i] += 2.0
    y[::-2] *= 0.5
    return y


PROGRAMS = {
    "waves": (lambda x, y: (pnp.sum(pnp.sin(x) * y), x[1:] - x[:-1]), V, V[::-1]),
    "products": (lambda a, b: (a @ b, a.T @ a), A, B),
    "factor": (lambda a: pnp.linalg.cholesky(a.T @ a + pnp.eye(5)), A),
    "solved": (lambda a: pnp.linalg.solve(a.T @ a + pnp.eye(5), a[0]), A),
    "sorted": (lambda x: (pnp.sort(x), pnp.argsort(x), pnp.cumsum(x)), V),
    "looped": (loop, V.astype("float32")),
    "scanned": (lambda x: lax.scan(lambda c, y: (c * y + 1, c), 0.5, x), V),
    "taken": (lambda x, i: (x[i], written(x, i)), V, np.array([0, 12, -1, 3])),
    "masked": (lambda x, m: pnp.where(m, x, 0.0).reshape(13, 1).T, V, V > 0),
    "slope": (polyad.grad(lambda x: pnp.sum(pnp.tanh(A @ x) ** 2)), B[:, 0].copy()),
    "empty": (lambda x, y: (x * 2, pnp.sum(x) + y), np.empty((0, 3)), np.array(2.0)),
}

IN_SHORT = ("waves", "factor", "sorted", "looped", "taken")
"""The programs that run for aarch64 in `make test`."""


@functools.cache
def exported(name, folder, target=None):
    """The paths of the exported function, its arguments, and what it must give."""
    f, *given = PROGRAMS[name]
    given = [np.ascontiguousarray(x) for x in given]
    lowered = polyad.jit(f).lower(*given)
    results = [np.asarray(y) for y in polyad.tree_util.tree_leaves(polyad.jit(f)(*given))]
    return lowered.export(name, folder, target=target), given, results


def source(name, given, results, short=-1):
    """A C program that calls the function, prints its results, and calls it with each pointer null
    in turn. Array `short` is an element too short.
    """
    lines = ["#include <inttypes.h>", "#include <stdio.h>", "#include <stdlib.h>"]
    lines += ["#include <string.h>", f'#include "{name}.h"', "", "int main(void) {"]
    for i, x in enumerate((*given, *results)):
        kind, count = C_TYPES[x.dtype.name], x.size - (i == short)
        lines.append(f"    {kind} *p{i} = malloc({count} * sizeof({kind}));")
        if i < len(given):
            values = ", ".join(written_out(v) for v in x.flat[:count]) or "0"
            lines.append(f"    static const {kind} from{i}[] = {{{values}}};")
            lines.append(f"    memcpy(p{i}, from{i}, {count} * sizeof({kind}));")
        else:
            lines.append(f"    memset(p{i}, 0x5a, {count} * sizeof({kind}));")
    pointers = [f"p{i}" for i in range(len(given) + len(results))]
    for i, x in enumerate((*given, *results)):
        nulled = ", ".join("NULL" if p == f"p{i}" else p for p in pointers)
        expected = NULL_POINTER if x.size else "POLYAD_OK"
        lines.append(f"    if ({name}({nulled}) != {expected}) return 10 + {i};")
        if x.size:
            lines += [
                f"    for (size_t k = 0; k < {y.size} * sizeof(*p{j}); k++)"
                f" if (((unsigned char *)p{j})[k] != 0x5a) return 40;"
                for j, y in enumerate(results, len(given))
            ]
        else:
            lines += [
                f"    memset(p{j}, 0x5a, {y.size} * sizeof(*p{j}));"
                for j, y in enumerate(results, len(given))
            ]
    lines.append(f"    if ({name}({', '.join(pointers)}) != POLYAD_OK) return 50;")
    for i, y in enumerate(results, len(given)):
        shown = f'"%a\\n", (double)p{i}[k]' if y.dtype.kind == "f" else f'"%d\\n", (int)p{i}[k]'
        lines.append(f"    for (size_t k = 0; k < {y.size}; k++) printf({shown});")
    lines += [f"    free({p});" for p in pointers]
    return "\n".join([*lines, "    return 0;", "}", ""])


def written_out(value):
    return float(value).hex() if isinstance(value, np.floating) else str(int(value))


def built(name, folder, *flags, short=-1, target=None, compiler=GCC):
    """The program, compiled and linked; and the results that it must print."""
    files, given, results = exported(name, folder, target)
    text, program = folder / f"{name}.c", folder / f"{name}{len(flags)}{short}"
    text.write_text(source(name, given, results, short))
    warned = "-std=c11", "-Wall", "-Wextra", "-Werror", "-Wno-type-limits", "-g", "-O1"
    command = [compiler, *warned, *flags, str(text), str(files.object), "-lm", "-o", str(program)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return program, results


def run(command, results):
    """Run the program; the numbers that it prints are the results."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, f"status {done.returncode}\n{done.stderr}"
    found = iter(done.stdout.split())
    for y in results:
        numbers = [next(found) for _ in range(y.size)]
        read = [float.fromhex(x) if y.dtype.kind == "f" else int(x) for x in numbers]
        np.testing.assert_allclose(read, y.ravel(), rtol=1e-5 if y.dtype.itemsize < 8 else 1e-12)
    assert next(found, None) is None


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("exports")


@pytest.mark.parametrize("name", PROGRAMS)
def test_results_and_null_pointers(name, folder):
    program, results = built(name, folder)
    run([program], results)


@pytest.mark.parametrize("name", PROGRAMS)
def test_under_the_sanitizers(name, folder):
    program, results = built(name, folder, *SANITIZERS)
    run([program], results)


@pytest.mark.skipif(
    QEMU is None or CROSS_GCC is None,
    reason="runs code for aarch64: Debian's qemu-user-static and gcc-aarch64-linux-gnu",
)
@pytest.mark.parametrize(
    "name",
    [p if p in IN_SHORT else pytest.param(p, marks=pytest.mark.full) for p in PROGRAMS],
)
def test_on_aarch64(name, tmp_path):
    program, results = built(name, tmp_path, "-static", target=AARCH64, compiler=CROSS_GCC)
    run([QEMU, program], results)


@pytest.mark.full
@pytest.mark.skipif(VALGRIND is None, reason="there is no valgrind")
@pytest.mark.parametrize("name", PROGRAMS)
def test_under_valgrind(name, folder):
    program, results = built(name, folder)
    run([VALGRIND, "-q", "--error-exitcode=9", "--leak-check=full", program], results)


@pytest.mark.full
@pytest.mark.skipif(VALGRIND is None, reason="there is no valgrind")
@pytest.mark.parametrize("short", [0, 1, 2, 3])
def test_valgrind_tells_of_an_array_that_is_too_short(short, folder):
    program, _ = built("waves", folder, short=short)
    done = subprocess.run(
        [VALGRIND, "-q", "--error-exitcode=9", program],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 9 and "Invalid" in done.stderr, done.stderr
