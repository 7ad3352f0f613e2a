"""Forks while another thread compiles."""

from __future__ import annotations

import os
import subprocess
import sys

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
