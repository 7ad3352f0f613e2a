"""Forks while another thread traces, compiles or computes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

BUSY = """
import os, sys, threading, time
os.environ["POLYAD_CACHE_DIR"] = ""
import numpy as np, polyad, polyad.numpy as pnp

def busy():
    for k in range(1000):
        polyad.jit(lambda t, k=k: pnp.sum(pnp.tanh(t) * k))(np.ones(3))
        compiled.set()

polyad.jit(lambda t: t)(1.0)
compiled = threading.Event()
threading.Thread(target=busy, daemon=True).start()
compiled.wait()
"""
FORK = """
for _ in range(5):
    time.sleep(0.01)
    pid = os.fork()
    if pid == 0:
        assert polyad.jit(lambda t: t * 2)(1.5) == 3
        os._exit(7)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
os._exit(0)  # the other thread is not waited for
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_a_child_compiles_though_another_thread_was_compiling():
    command = [sys.executable, "-c", BUSY + FORK]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr


STOPPED = """
import os, sys, threading
os.environ["POLYAD_CACHE_DIR"] = ""
import numpy as np, polyad, polyad.numpy as pnp
from polyad.trace_stack import UNDER_WAY
from stops import STAGES, stopping

x = np.linspace(0.5, 1.5, 7)
known = polyad.jit(lambda t: t * 2)
known(1.5)

def fresh(k):
    f = polyad.vmap(polyad.value_and_grad(lambda t: pnp.sum(pnp.sin(t * k) @ t)))
    values, slopes = polyad.jit(f)(np.stack([x, x]))
    np.testing.assert_allclose(values[0], np.sum(np.sin(x * k) * x))
    np.testing.assert_allclose(slopes[1], np.sin(x * k) + k * x * np.cos(x * k))

def child(k):
    assert not UNDER_WAY
    assert known(1.5) == 3
    fresh(k + 100)
    fresh(k)

for k, place in enumerate(STAGES, 2):
    for number in (1, 7):
        here, on = threading.Event(), threading.Event()
        reached = []

        def stop():
            reached.append(place)
            here.set()
            on.wait(0.2)  # a fork waits for some of the locks that are held here

        def work():
            polyad.clear_caches()
            with stopping(place, number, stop):
                fresh(k + number)
            here.set()

        thread = threading.Thread(target=work)
        thread.start()
        here.wait()
        pid = os.fork()
        if pid == 0:
            child(k + number)
            os._exit(7)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7, (place, number)
        on.set()
        thread.join()
        assert reached or number > 1, place
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_a_child_computes_wherever_another_thread_stood():
    """Stopped at a call of each part of polyad, with the locks that it holds there."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    done = subprocess.run(
        [sys.executable, "-c", STOPPED],
        capture_output=True,
        text=True,
        timeout=600,
        env=environment,
    )
    assert done.returncode == 0, done.stderr


COMPUTING = """
import os, threading
import numpy as np, polyad, polyad.numpy as pnp

x = np.linspace(0.0, 1.0, 300_000)
f = polyad.jit(lambda x: pnp.sum(pnp.sin(x) * pnp.exp(x)))
expected = f(x)
stop, begun = threading.Event(), threading.Event()

def work():
    while not stop.is_set():
        assert f(x) == expected
        begun.set()

thread = threading.Thread(target=work)
thread.start()
begun.wait()
for _ in range(20):
    pid = os.fork()
    if pid == 0:
        assert f(x) == expected
        os._exit(7)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
stop.set()
thread.join()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_a_child_computes_while_another_thread_holds_the_pool():
    environment = {**os.environ, "POLYAD_NUM_THREADS": "2"}
    done = subprocess.run(
        [sys.executable, "-c", COMPUTING],
        capture_output=True,
        text=True,
        timeout=600,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
