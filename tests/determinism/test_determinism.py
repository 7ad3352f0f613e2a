"""The promises of docs/determinism.md: the bits that must not change, whatever else does."""

from __future__ import annotations

import concurrent.futures
import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import lax
from polyad.config import config

rng = np.random.default_rng(0)
X = rng.normal(size=(331, 97))
V = rng.normal(size=4099)


def attention(x):
    """Rows of different kernels, fused and cut."""
    weights = polyad.nn.softmax(pnp.cumsum(x, axis=1), axis=1)
    return weights * pnp.tanh(x) - pnp.mean(x, axis=0)


def loop(x):
    return lax.scan(lambda c, y: (pnp.sin(c) + y, pnp.sum(c * y)), x[0], x)


PROGRAMS = {
    "sums": (lambda x: (pnp.sum(pnp.sin(x) * x), pnp.mean(x, axis=0), pnp.prod(1 + x / 99, 1)), X),
    "gradient": (polyad.grad(lambda x: pnp.sum(polyad.special.gammaln(2 + x * x))), X),
    "rows": (attention, X),
    "loop": (polyad.value_and_grad(lambda x: pnp.sum(loop(x)[1])), X[:40]),
    "order": (lambda v: (pnp.sort(v), pnp.argsort(v), pnp.cumsum(v), pnp.max(v)), V),
    "places": (lambda v: v[pnp.argsort(pnp.sin(v))][::3] + pnp.interp(v[::3], V[:2], V[2:4]), V),
    "single": (lambda v: pnp.sum(pnp.exp(v) / (1 + v * v)), V.astype("float32")),
    "random": (lambda v: polyad.random.normal(polyad.random.key(7), (99,)) + v[:99], V),
}


def bits(results):
    """A digest of the results; all NaNs are one."""
    digest = hashlib.sha256()
    for y in polyad.tree_util.tree_leaves(results):
        y = np.asarray(y)
        digest.update(repr((y.dtype.name, y.shape)).encode())
        digest.update((np.where(y != y, np.nan, y) if y.dtype.kind == "f" else y).tobytes())
    return digest.hexdigest()


def compiled(names=tuple(PROGRAMS)):
    """The digests of all programs, each compiled anew."""
    return {name: bits(polyad.jit(PROGRAMS[name][0])(PROGRAMS[name][1])) for name in names}


@pytest.fixture(scope="module")
def expected():
    with config(cache_dir=""):
        polyad.clear_caches()
        return compiled()


def in_a_process(*, folder="", seed="0", threads="1"):
    """The digests, as another process finds them."""
    code = "from tests.determinism.test_determinism import compiled; print(compiled())"
    environment = {
        **os.environ,
        "PYTHONHASHSEED": seed,
        "POLYAD_NUM_THREADS": threads,
        "POLYAD_CACHE_DIR": str(folder),
    }
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=300,
        env=environment,
        cwd=os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))),
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return eval(done.stdout)


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_for_any_number_of_threads(threads, expected):
    with config(num_threads=threads):
        assert compiled() == expected


@pytest.mark.slow
def test_from_run_to_run_and_from_the_cache(expected, tmp_path):
    assert in_a_process(seed="1", threads="3") == expected
    written = in_a_process(folder=tmp_path, seed="2")
    assert any(tmp_path.iterdir())
    assert written == in_a_process(folder=tmp_path, seed="3") == expected


def test_twice_in_one_process_and_in_another_order(expected):
    with config(cache_dir=""):
        polyad.clear_caches()
        assert compiled(tuple(reversed(PROGRAMS))) == expected
        polyad.jit(lambda x: [pnp.cos(k * x) for k in range(20)])(X)
        assert compiled() == expected


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_after_a_fork(expected):
    """The child calls what is compiled, and compiles."""
    functions = {name: polyad.jit(f) for name, (f, _) in PROGRAMS.items()}
    for name, f in functions.items():
        f(PROGRAMS[name][1])
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            called = {name: bits(f(PROGRAMS[name][1])) for name, f in functions.items()}
            polyad.clear_caches()
            os.write(write, b"same" if called == compiled() == expected else b"others")
        finally:
            os._exit(0)
    os.close(write)
    os.waitpid(pid, 0)
    assert os.read(read, 100) == b"same"
    os.close(read)


@pytest.mark.parametrize("name", PROGRAMS)
def test_at_every_address(name, expected):
    f, x = PROGRAMS[name]
    compiled_once = polyad.jit(f)
    for offset in range(1, 64, 9):
        room = np.empty(x.nbytes + 128, "uint8")
        moved = room[offset : offset + x.nbytes].view(x.dtype).reshape(x.shape)
        moved[...] = x
        assert bits(compiled_once(moved)) == expected[name]


def test_beside_other_calls(expected):
    functions = {name: polyad.jit(f) for name, (f, _) in PROGRAMS.items()}
    names = list(PROGRAMS) * 8
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        found = pool.map(lambda name: bits(functions[name](PROGRAMS[name][1])), names)
        assert all(x == expected[name] for name, x in zip(names, found, strict=True))


def test_random_integers_are_the_same_everywhere():
    """Threefry's first words for key (0, 7), from the paper's algorithm: recomputed here."""
    mask = 0xFFFFFFFF
    keys = [0, 7, 0x1BD11BDA ^ 0 ^ 7]
    words = [(0 + keys[0]) & mask, (0 + keys[1]) & mask]
    for block in range(5):
        for turn in ((13, 15, 26, 6), (17, 29, 16, 24))[block % 2]:
            words[0] = (words[0] + words[1]) & mask
            words[1] = (words[1] << turn | words[1] >> (32 - turn)) & mask ^ words[0]
        words[0] = (words[0] + keys[(block + 1) % 3]) & mask
        words[1] = (words[1] + keys[(block + 2) % 3] + block + 1) & mask
    key = polyad.random.key(7)
    with config(threefry_partitionable=True):
        found = polyad.random.bits(key, (1,), "uint32")
    assert int(found[0]) == words[0] ^ words[1]
