"""Endless loops: a limit of iterations, and Ctrl-C in compiled code."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import lax
from polyad.errors import PolyadValueError, WhileStepsError

FOREVER = 1 << 60


def endless(x: Any) -> Any:
    return lax.while_loop(lambda v: v > -1, lambda v: pnp.abs(v) * 0.5, x)


def counted(x: Any) -> Any:
    return lax.while_loop(lambda s: s[0] < 10, lambda s: (s[0] + 1, s[1] * 1.5), (0, x))[1]


# -- config.max_while_steps -----------------------------------------------------------------------


@pytest.mark.parametrize("backend", ["eager", "numpy", "torch", "array_api_strict", "native"])
def test_a_loop_beyond_the_limit_is_an_error(backend: str):
    def ways(f: Any) -> list[Any]:
        if backend == "eager":
            return [f]
        return [polyad.jit(g, backend=backend) for g in (f, polyad.grad(f), polyad.vmap(f))]

    for k, run in enumerate(ways(endless)):
        x = np.ones(2) if k == 2 else 1.0
        with polyad.use_backend(backend if backend not in ("eager", "native") else "numpy"):
            x = pnp.asarray(x)
            with polyad.config(max_while_steps=50), pytest.raises(WhileStepsError) as error:
                run(x)
        assert "config.max_while_steps = 50" in str(error.value)
        assert "lax.while_loop(lambda v: v > -1" in str(error.value)


@pytest.mark.parametrize("backend", ["eager", "numpy", "native"])
def test_a_loop_that_changes_nothing_is_endless_and_not_away(backend: str):
    """The mistake of a body that forgets its counter, or of one that gives its argument."""
    forgets = lambda x: lax.while_loop(lambda s: s[0] < 3, lambda s: (s[0], s[1] * 2), (0, x))
    keeps = lambda x: lax.while_loop(lambda v: v > 0, lambda v: v * 1.0, x)
    for f in (forgets, keeps):
        run = f if backend == "eager" else polyad.jit(f, backend=backend)
        with polyad.config(max_while_steps=50), pytest.raises(WhileStepsError):
            run(1.0)
    run = keeps if backend == "eager" else polyad.jit(keeps, backend=backend)
    assert run(-1.0) == -1.0


@pytest.mark.parametrize("backend", ["eager", "numpy", "native"])
def test_the_limit_is_exact_and_may_change(backend: str):
    run = counted if backend == "eager" else polyad.jit(counted, backend=backend)
    wanted = run(1.0)
    with polyad.config(max_while_steps=10):
        assert run(1.0) == wanted
    with polyad.config(max_while_steps=9), pytest.raises(WhileStepsError):
        run(1.0)
    with polyad.config(max_while_steps=0), pytest.raises(WhileStepsError):
        run(1.0)
    assert run(1.0) == wanted


def test_loops_of_known_length_have_no_limit():
    with polyad.config(max_while_steps=2):
        f = polyad.jit(lambda x: lax.fori_loop(0, 5, lambda i, v: v * x, x))
        assert f(2.0) == 64.0


@pytest.mark.parametrize("value", [-1, 1.5, "many", True])
def test_a_limit_that_is_no_number(value: Any):
    with pytest.raises(PolyadValueError, match="max_while_steps is a number of iterations"):
        polyad.config.update("max_while_steps", value)


# -- Ctrl-C ---------------------------------------------------------------------------------------


def nested(x: Any) -> Any:
    inner = lambda v: lax.while_loop(lambda s: s[0] < 50, lambda s: (s[0] + 1, s[1] * 0.9), (0, v))
    return lax.fori_loop(0, FOREVER, lambda _, v: inner(v)[1] + x, x)


def long_scan(x: Any) -> Any:
    return lax.fori_loop(0, FOREVER, lambda _, v: v * 0.5 + x, x)


def recording(x: Any) -> Any:
    """Records all it does: memory grows until it is stopped."""
    return polyad.grad(lambda x: lax.while_loop(lambda v: v > -1, lambda v: pnp.sin(v) * x, x))(x)


def arrays(x: Any) -> Any:
    return lax.while_loop(lambda v: v[0] > -1, lambda v: abs(pnp.sin(v)), x + pnp.zeros(5000))


def interrupted_after(run: Any, seconds: float) -> float:
    """The time from Ctrl-C to the exception."""
    sent = []

    def send() -> None:
        sent.append(time.perf_counter())
        signal.raise_signal(signal.SIGINT)

    timer = threading.Timer(seconds, send)
    with without_collections():
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            run()
    timer.join()
    return time.perf_counter() - sent[0]


@pytest.fixture(autouse=True)
def interruptible() -> Iterator[None]:
    """Ctrl-C is heard, also by a process that a shell started in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@contextlib.contextmanager
def without_collections() -> Iterator[None]:
    """An error that is raised in a callback of the garbage collector is lost."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@pytest.mark.parametrize("program", [endless, nested, long_scan, recording, arrays])
def test_a_compiled_loop_can_be_interrupted(program: Any):
    run = polyad.jit(program).lower(1.0).compile()
    for _ in range(2):
        assert interrupted_after(lambda: run(1.0), 0.1) < 2.0
    assert polyad.jit(counted)(1.0) == counted(1.0)


def matrix(n: int) -> Any:
    return np.eye(n) * n + 1.0


LONG = {  # each kernel takes seconds, without a loop of the program around it
    "product": (lambda a: a @ a, lambda: matrix(9000)),
    "products by a vector": (
        lambda a: lax.fori_loop(0, FOREVER, lambda _, v: a @ v * 1e-4, a[0]),
        lambda: matrix(9000),
    ),
    "cholesky": (pnp.linalg.cholesky, lambda: matrix(9000)),
    "eigenvalues": (lambda a: pnp.linalg.eigh(a)[0], lambda: matrix(4000)),
    "sort": (lambda a: pnp.sort(pnp.sin(a)), lambda: np.arange(5e7)),
    "arithmetic": (lambda a: pnp.sum(pnp.sin(a[:, None] * a)), lambda: np.arange(2e5)),
}


@pytest.mark.full
@pytest.mark.parametrize("kind", LONG)
def test_a_long_kernel_can_be_interrupted(kind: str):
    program, make = LONG[kind]
    x = make()
    run = polyad.jit(program).lower(x).compile()
    assert interrupted_after(lambda: run(x), 0.5) < 2.0


@pytest.mark.parametrize("end", ["limit", "callback"])
def test_the_memory_of_a_loop_is_freed_when_it_ends_early(end: str):
    program = f"""
import resource, numpy as np, polyad, polyad.numpy as pnp
from polyad import debug, lax
END, STEPS = {end!r}, 4000
def stop(k):
    if k == STEPS:
        raise polyad.errors.WhileStepsError
def step(s):
    if END == "callback":
        debug.callback(stop, s[0])
    return s[0] + 1, pnp.sin(s[1]) * s[1]
f = polyad.jit(polyad.grad(lambda x: lax.while_loop(lambda s: s[0] > -1, step, (0, x))[1].sum()))
polyad.config.update("max_while_steps", None if END == "callback" else STEPS)
for k in range(8):
    try:
        f(np.ones(1000))
    except polyad.errors.WhileStepsError:
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=os.environ
    )
    peaks = [int(line) for line in done.stdout.split()]
    assert len(peaks) == 8
    assert peaks[-1] < 1.3 * peaks[0]  # each time it records more than polyad itself takes


def test_ctrl_c_ends_a_program(tmp_path: Any):
    program = """
import signal, polyad
from polyad import lax
signal.signal(signal.SIGINT, signal.default_int_handler)
f = polyad.jit(lambda x: lax.while_loop(lambda v: v > -1, lambda v: v * 0.5, x))
print("ready", flush=True)
f(1.0)
"""
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(1.0)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode != 0 and "KeyboardInterrupt" in errors


def test_a_handler_of_the_user_may_stop_a_loop():
    class Enough(Exception):
        pass

    def handler(*_: Any) -> None:
        raise Enough

    run = polyad.jit(endless).lower(1.0).compile()
    before = signal.signal(signal.SIGALRM, handler)
    try:
        with without_collections(), pytest.raises(Enough):
            signal.setitimer(signal.ITIMER_REAL, 0.1)
            run(1.0)
    finally:
        signal.signal(signal.SIGALRM, before)


def test_signals_wait_for_the_main_thread():
    """A loop in another thread runs on, and the main thread is interrupted."""
    finished = []
    run = polyad.jit(lambda x: lax.while_loop(lambda v: v < 2e8, lambda v: v + 1, x))
    thread = threading.Thread(target=lambda: finished.append(run(0.0)))

    def wait() -> None:
        thread.start()
        while thread.is_alive():
            time.sleep(0.01)

    assert interrupted_after(wait, 0.1) < 2.0
    thread.join()
    assert finished == [2e8]


def test_a_callback_may_be_interrupted():
    def host(x):
        signal.raise_signal(signal.SIGINT)
        time.sleep(1)
        return x

    with pytest.raises(KeyboardInterrupt):
        polyad.jit(lambda x: polyad.pure_callback(host, x, x))(1.0)
