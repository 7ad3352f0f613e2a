"""Machine code touches its arrays and nothing else, whatever the indices and numbers in them.

Exported functions run in a C program whose arrays lie against pages that may not be touched, at
either end; in the slow tier also under valgrind's memcheck. A function that does stray must fail.
"""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import lax
from polyad.lowering.items.layout import SHORT
from polyad.ops import OpDefinition

COMPILER = next(filter(shutil.which, ("cc", "gcc", "clang")), None)
VALGRIND = shutil.which("valgrind")
pytestmark = [
    pytest.mark.skipif(COMPILER is None, reason="no C compiler (cc, gcc, clang)"),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="mmap as Linux has it"),
]
CPU = {"x86_64": "x86-64-v3", "AMD64": "x86-64-v3"}  # valgrind knows no AVX-512
OK, FOUND = 0, 99

DRIVER = """
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
int {name}({void});

/* An array against a page that must not be touched: after it, or before it; or from malloc. */
static char *room(size_t bytes, const char *place) {{
    size_t page = sysconf(_SC_PAGESIZE), full = (bytes + page - 1) / page * page;
    if (!strcmp(place, "malloc")) return malloc(bytes);
    char *base = mmap(0, full + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED || mprotect(base + page, full, PROT_READ | PROT_WRITE)) exit(2);
    return base + page + (strcmp(place, "end") ? 0 : full - bytes);
}}

int main(int argc, char **argv) {{
    static const size_t sizes[] = {{{sizes}}};
    char *a[{count}];
    FILE *in = fopen(argv[2], "rb"), *out = fopen(argv[3], "wb");
    for (int i = 0; i < {count}; i++) {{
        a[i] = room(sizes[i], argv[1]);
        if (i < {inputs} && fread(a[i], 1, sizes[i], in) != sizes[i]) return 2;
    }}
    if ({name}({arguments})) return 3;
    for (int i = {inputs}; i < {count}; i++) fwrite(a[i], 1, sizes[i], out);
    for (int i = 0; i < {count} && !strcmp(argv[1], "malloc"); i++) free(a[i]);
    fclose(in);
    return fclose(out);
}}
"""


class Program:
    """A C program that calls an object file's function `name` on arrays."""

    def __init__(self, folder, name, object_file, arrays, results):
        self.folder, self.arrays, self.results = folder, arrays, results
        sizes, count = [a.nbytes for a in (*arrays, *results)], len(arrays) + len(results)
        text = DRIVER.format(
            name=name,
            void=", ".join(["void *"] * count),
            sizes=", ".join(map(str, sizes)),
            count=count,
            inputs=len(arrays),
            arguments=", ".join(f"a[{i}]" for i in range(count)),
        )
        (folder / "main.c").write_text(text)
        (folder / "in").write_bytes(b"".join(a.tobytes() for a in arrays))
        command = [COMPILER, "-o", "main", "main.c", str(object_file), "-lm"]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)

    def run(self, place, *before):
        """Its code, what it says, and its results."""
        command = [*before, "./main", place, "in", "out"]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True)
        data, found = (self.folder / "out").read_bytes(), []
        for wanted in self.results:
            found.append(np.frombuffer(data[: wanted.nbytes].ljust(wanted.nbytes), wanted.dtype))
            data = data[wanted.nbytes :]
        return done.returncode, done.stderr, found


def op(name, **attributes):
    return lambda *arrays: OpDefinition.registry[name](*arrays, **attributes)


def wild(dtype, size=40, seed=0):
    """Indices, most of them far out of any range."""
    random, info = np.random.default_rng(seed), np.iinfo(dtype)
    x = random.integers(info.min, info.max, size, dtype, endpoint=True)
    x[::3] = random.integers(0, 12, len(x[::3]))
    x[:4] = info.min, info.max, info.max // 2 + 1, 0
    return x


def numbers(*shape, seed=1):
    x = np.random.default_rng(seed).standard_normal(shape)
    x.flat[::7], x.flat[3::11] = np.nan, -np.inf
    return x


A, LINE = numbers(5, 7), numbers(3, 3 * SHORT)
INDICES = {dtype: wild(dtype) for dtype in ("int64", "int8", "uint64", "int32")}
SCATTERS = [
    ("set", "int64", 0),
    ("add", "int64", 1),
    ("multiply", "int8", 0),
    ("min", "uint64", 1),
    ("max", "int32", 0),
]
PROGRAMS = {
    **{f"take {n}": (op("take", axis=0), (A, i)) for n, i in INDICES.items()},
    "take inner": (op("take", axis=1), (A, INDICES["int64"])),
    "gradient of take": (
        polyad.grad(lambda x, i: pnp.sum(op("take", axis=1)(x, i) ** 2)),
        (np.ones((5, 7)), INDICES["int64"]),
    ),
    **{
        f"scatter {mode} of {dtype}": (
            op("scatter", axis=axis, mode=mode),
            (A, INDICES[dtype], numbers(5, 40) if axis else numbers(40, 7)),
        )
        for mode, dtype, axis in SCATTERS
    },
    "dynamic slice": (
        lambda x, i: (
            lax.dynamic_slice(x, (i[0], i[1]), (2, 3)),
            lax.dynamic_update_slice(x, 2.0 * x[:2, :3], (i[1], i[0])),
        ),
        (A, INDICES["int64"]),
    ),
    "sort": (op("sort", axis=1, descending=False), (LINE,)),
    "short sort": (op("sort", axis=0, descending=True), (A,)),
    "argsort": (op("argsort", axis=1, descending=True), (LINE,)),
    "integers sorted": (op("argsort", axis=0, descending=False), (wild("int64", 200),)),
    "bytes sorted": (op("sort", axis=0, descending=False), (wild("int8", 201),)),
    "searchsorted": (op("searchsorted", side="right"), (np.sort(numbers(77)), numbers(50))),
    "search of integers": (
        op("searchsorted", side="left"), (np.sort(wild("int64", 65)), wild("int64")),
    ),
    "along": (
        lambda x: pnp.take_along_axis(x, pnp.argsort(x, axis=1), axis=1),
        (LINE,),
    ),
    "take of what is computed": (
        lambda x, i: op("take", axis=0)(pnp.abs(x), i) + 1.0,
        (A, INDICES["int64"]),
    ),
    "parts read by index": (
        lambda x: pnp.roll(x, 3, 1) * pnp.pad(pnp.pad(x, 2)[1:, 3:], ((0, 0), (2, 0)))[:-3, :-3]
        + pnp.concatenate([x[2:], 2 * x[:2]]),
        (numbers(9, 41),),
    ),
}  # fmt: skip


def built(folder, name):
    """The program of a row, and what its function gives."""
    function, arrays = PROGRAMS[name]
    with np.errstate(all="ignore"):
        wanted = [np.ascontiguousarray(y) for y in polyad.tree.leaves(function(*arrays))]
    lowered = polyad.jit(function).lower(*arrays)
    made = lowered.export("tested", folder, cpu=CPU.get(platform.machine()))
    return Program(folder, "tested", made.object, arrays, wanted)


@pytest.mark.parametrize("name", PROGRAMS)
def test_arrays_against_pages_that_may_not_be_touched(name, tmp_path):
    program = built(tmp_path, name)
    for place in ("end", "start"):
        code, said, found = program.run(place)
        assert code == OK, said
        for x, y in zip(found, program.results, strict=True):
            np.testing.assert_allclose(x, y.ravel(), rtol=1e-14)


@pytest.mark.share(3)
@pytest.mark.slow
@pytest.mark.skipif(VALGRIND is None, reason="valgrind is not installed")
@pytest.mark.parametrize("name", PROGRAMS)
def test_memcheck_finds_nothing(name, tmp_path):
    code, said, _ = built(tmp_path, name).run("malloc", *memcheck())
    assert code == OK, said


def memcheck():
    return [VALGRIND, "-q", f"--error-exitcode={FOUND}", "--leak-check=full"]


STRAY = "int stray(double *x, double *y) {{ y[0] = x[{at}]; return y[0] > 1e300; }}"


def stray(folder, at):
    """A program whose function reads element `at` of an array of four."""
    (folder / "stray.c").write_text(STRAY.format(at=at))
    subprocess.run([COMPILER, "-c", "stray.c"], cwd=folder, check=True)
    return Program(folder, "stray", folder / "stray.o", [np.ones(4)], [np.ones(1)])


@pytest.mark.parametrize(("at", "place"), [(4, "end"), (-1, "start")])
def test_a_function_that_strays_is_stopped(at, place, tmp_path):
    assert stray(tmp_path, at).run(place)[0] < 0
    assert stray(tmp_path, 3).run(place)[0] == OK


@pytest.mark.slow
@pytest.mark.skipif(VALGRIND is None, reason="valgrind is not installed")
@pytest.mark.parametrize("at", [4, -1])
def test_memcheck_reports_a_function_that_strays(at, tmp_path):
    assert "Invalid read" in stray(tmp_path, at).run("malloc", *memcheck())[1]
