"""The interpreter ends while daemon threads work: status 0, and no word on stderr. A second
interpreter of the process is refused.
"""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

FLATTENING = """
    from polyad import tree

    nested = {"a": [1, 2, (3, 4)], "b": {"c": [1] * 50}}

    def work():
        while True:
            tree.leaves(nested)
            tree.map(lambda leaf: leaf, nested)
"""
COMPILING = """
    import numpy as np
    import polyad
    import polyad.numpy as pnp

    def work():
        size = 50
        while True:
            size += 1
            polyad.jit(polyad.grad(lambda x: pnp.sum(pnp.sin(x * size))))(np.ones(size))
"""
ENDING = """
    import threading
    import time

    for _ in range(3):
        threading.Thread(target=work, daemon=True).start()
    time.sleep(0.4)
"""


@pytest.mark.parametrize("work", [FLATTENING, COMPILING], ids=["flattening", "compiling"])
def test_daemon_threads_end_with_the_interpreter(work: str) -> None:
    source = textwrap.dedent(work) + textwrap.dedent(ENDING)
    done = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, timeout=100
    )
    assert (done.returncode, done.stderr) == (0, "")


SUB_INTERPRETER = """
import importlib
for name in ("_interpreters", "_xxsubinterpreters"):
    try:
        interpreters = importlib.import_module(name)
    except ImportError:
        continue
    if name == "_interpreters":
        failure = interpreters.exec(interpreters.create("legacy"), "import polyad")
        print(failure.formatted)
    else:
        try:
            interpreters.run_string(interpreters.create(), "import polyad")
        except interpreters.RunFailedError as error:
            print(error)
    break
"""


def test_a_sub_interpreter_is_refused():
    done = subprocess.run(
        [sys.executable, "-c", SUB_INTERPRETER], capture_output=True, text=True, timeout=100
    )
    assert "ImportError" in done.stdout and "import it in the main interpreter" in done.stdout
