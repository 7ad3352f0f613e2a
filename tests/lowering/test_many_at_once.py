"""Many processes, many threads, and deep programs."""

from __future__ import annotations

import concurrent.futures
import os
import subprocess
import sys

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad.ir import parse

POOL = """
import multiprocessing, sys
import numpy as np, polyad, polyad.numpy as pnp

def work(k):
    f = polyad.jit(polyad.grad(lambda x: pnp.sum(pnp.sin(x) ** (2 + k % 3))))
    return f(np.linspace(0.0, 1.0, 5 + k % 2)).tolist()

if __name__ == "__main__":
    before = [work(k) for k in range(6)]
    with multiprocessing.get_context(sys.argv[1]).Pool(3) as pool:
        assert pool.map(work, range(12)) == before * 2
    assert [work(k) for k in range(6)] == before
"""


@pytest.mark.slow
@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
def test_a_pool_of_processes_that_share_a_cache(method, tmp_path):
    if method != "spawn" and not hasattr(os, "fork"):
        pytest.skip("there is no fork")
    script = tmp_path / "pool.py"
    script.write_text(POOL)
    environment = {**os.environ, "POLYAD_CACHE_DIR": str(tmp_path / "cache")}
    done = subprocess.run(
        [sys.executable, str(script), method],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_64_threads_compile_and_call():
    shared = polyad.jit(lambda x: pnp.sum(pnp.tanh(x) * x))
    x = np.linspace(-1.0, 1.0, 50)

    def work(k):
        own = polyad.jit(lambda x: pnp.sum(pnp.cos(x) * (k % 8)) + shared(x))
        slope = polyad.grad(shared)
        return [float(own(x)) for _ in range(5)], slope(x), float(shared(x[: 10 + k % 4]))

    with concurrent.futures.ThreadPoolExecutor(64) as pool:
        found = list(pool.map(work, range(64)))
    for k, (values, slope, part) in enumerate(found):
        total = np.sum(np.cos(x) * (k % 8)) + np.sum(np.tanh(x) * x)
        np.testing.assert_allclose(values, total, rtol=1e-12)
        np.testing.assert_allclose(slope, np.tanh(x) + x / np.cosh(x) ** 2, rtol=1e-12)
        short = x[: 10 + k % 4]
        np.testing.assert_allclose(part, np.sum(np.tanh(short) * short), rtol=1e-12)


def chain(x, n=10_000):
    for k in range(n):
        x = x * 1.0001 + 1e-4 * (k % 3)
    return x


@pytest.mark.full
def test_a_chain_of_thousands_of_ops():
    """Each step scales by 1.0001; no pass and no transformation recurs over ops."""
    scale = 1.0001**10_000
    np.testing.assert_allclose(polyad.grad(chain)(0.5), scale, rtol=1e-10)
    np.testing.assert_allclose(polyad.jvp(chain, (0.5,), (1.0,))[1], scale, rtol=1e-10)
    np.testing.assert_allclose(polyad.vmap(polyad.grad(chain))(np.ones(2)), scale, rtol=1e-10)
    function = polyad.make_ir(chain)(0.5)
    assert parse(str(function)) == function
    traced = polyad.jit(chain, backend="numpy")(0.5)
    np.testing.assert_allclose(traced, chain(0.5), rtol=1e-10)


@pytest.mark.full
def test_machine_code_of_a_chain_of_thousands_of_ops():
    np.testing.assert_allclose(polyad.jit(chain)(0.5), chain(0.5), rtol=1e-10)
