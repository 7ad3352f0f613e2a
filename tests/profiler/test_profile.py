"""Profiles: what they say of steps, lines, memory, compilations; calls stay what they are."""

from __future__ import annotations

import functools
import inspect
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import errors
from polyad.execution import recording
from polyad.profiler.rows import ELSE

from ..lowering import located_programs
from ..lowering.located_programs import PROGRAMS, W, X


def line_of(f: Callable[..., Any], text: str) -> int:
    source, first = inspect.getsourcelines(f)
    (found,) = [first + i for i, line in enumerate(source) if text in line]
    return found


@pytest.mark.parametrize("name", PROGRAMS)
def test_time_goes_to_lines_of_the_program_and_results_stay(name: str) -> None:
    f, args = PROGRAMS[name]
    scalar = polyad.eval_shape(f, *args).shape == ()
    jitted = polyad.jit(polyad.value_and_grad(f) if scalar else f)
    wanted = jitted(*args)
    found = polyad.profile(jitted, repeat=2)(*args)
    for got, right in zip(*(polyad.tree.leaves(x) for x in (found.result, wanted)), strict=True):
        np.testing.assert_array_equal(got, right)
    rows = found.by_line()
    sources = map(inspect.getsourcelines, (f, located_programs.wave))
    bodies = [range(first, first + len(lines)) for lines, first in sources]
    assert rows and {row.file for row in rows} == {located_programs.__file__}
    assert all(any(row.line in body for body in bodies) for row in rows)
    if scalar and name != "repeated":
        assert any(row.derivative > 0 for row in rows) and any(row.forward > 0 for row in rows)
    inside = sum(row.total for row in rows)
    steps = sum(row.total for row in found.by_kernel() if row.step != ELSE)
    assert inside == pytest.approx(steps, rel=1e-6)


def test_steps_follow_each_other_inside_their_call() -> None:
    f, args = PROGRAMS["perceptron"]
    found = polyad.profile(polyad.value_and_grad(f), repeat=3)(*args)
    assert len(found.runs) == 3
    for run in found.runs:
        times = [run.start, *(t for step in run.steps for t in (step.start, step.stop)), run.stop]
        assert times == sorted(times) and len(run.steps) == 14
    (row,) = found.by_function()
    assert row.calls == 3 and 0 < row.in_steps <= 1 and row.least <= row.median <= row.total


def test_costs_are_those_of_the_arrays() -> None:
    x = np.ones(1000)
    found = polyad.profile(lambda x, y: x + y)(x, x.copy())
    (row,) = [row for row in found.by_kernel() if row.step != ELSE]
    assert (row.step, row.moved, row.flops, row.calls) == ("kernel_0", 3 * 8000, 1000, 5)
    product = polyad.profile(lambda x: x @ x)(np.ones((120, 120)))
    (row,) = [row for row in product.by_kernel() if row.step != ELSE]
    assert (row.step, row.flops) == ("contract_0", 2 * 120**3)
    assert row.rate == pytest.approx(row.flops / row.least)
    assert row.bandwidth == pytest.approx(row.moved / row.least)


def test_memory_names_the_lines_that_the_reverse_pass_reads() -> None:
    def f(x: Any, w: Any) -> Any:
        h = pnp.tanh(x @ w)
        return pnp.sum(pnp.sin(h @ w))

    found = polyad.profile(polyad.grad(f, (0, 1)))(X, W)
    (row,) = found.memory()
    assert row.arguments == X.nbytes + W.nbytes == row.results
    assert 0 < row.peak <= row.workspace
    assert line_of(f, "pnp.tanh") in {k.line for k in row.kept}
    assert all(k.file == __file__ and k.nbytes > 0 for k in row.kept)
    assert "kept for the reverse pass" in str(found) and "h = pnp.tanh(x @ w)" in str(found)


# -- Compilations

A = np.ones(10)
RETRACES: list[tuple[tuple[Any, ...], dict[str, Any], str]] = [
    ((A,), {}, "the first call"),
    ((np.ones(11),), {}, "argument x: f64[10] → f64[11]"),
    ((A.astype("f4"),), {}, "argument x: f64[10] → f32[10]"),
    ((2.0,), {}, "argument x: "),
    ((np.float64(2.0),), {}, "argument x: a Python number → a NumPy scalar or array"),
    (((A, A),), {}, "other structure of the arguments"),
    ((A,), {"n": 3}, "static argument n: not given → 3"),
    ((A,), {"n": 4}, "static argument n: 3 → 4"),
]


def test_a_compilation_has_its_reason() -> None:
    @functools.partial(polyad.jit, static_argnames="n")
    def f(x: Any, n: int = 2) -> Any:
        return polyad.tree.map(lambda leaf: leaf * n, x)

    with polyad.profiling() as found:
        for args, kwargs, _ in RETRACES:
            f(*args, **kwargs)
            f(*args, **kwargs)
        with polyad.config(fp_contract=False):
            f(A)
    said = [made.reason for made in found.compile]
    assert len(said) == len(RETRACES) + 1
    for reason, (_, _, wanted) in zip(said, RETRACES, strict=False):
        assert wanted in reason
    assert said[-1] == "other settings"


def test_a_compilation_has_its_phases() -> None:
    with polyad.profiling() as found:
        polyad.jit(lambda x: pnp.sin(x) * 3.0625)(A)
    (made,) = found.compile
    names = [phase.name for phase in made.phases]
    assert {"trace", "simplify", "fused", "loop", "plan"} <= set(names)
    assert all(made.start <= p.start <= p.stop <= made.stop for p in made.phases)
    assert "because of the first call" in str(found)


def test_calls_go_their_fast_way_before_and_after() -> None:
    f = polyad.jit(lambda x: x * 3)
    for _ in range(3):
        f(A)
    with polyad.profiling() as found:
        f(A)
        with polyad.profiling() as inner:
            f(A)
    assert len(found.runs) == 1 and len(inner.runs) == 1
    assert recording.recorder() is None
    np.testing.assert_array_equal(f(A), A * 3)
    assert len(found.runs) == 1


def test_a_block_that_fails_records_no_longer() -> None:
    with pytest.raises(ZeroDivisionError), polyad.profiling():
        _ = 1 / 0
    assert recording.recorder() is None


# -- Other circumstances


def test_calls_of_many_threads_are_recorded() -> None:
    f = polyad.jit(lambda x, y: pnp.sum(pnp.sin(x) * y))
    f(A, 1.0)
    answers: list[float] = []

    together = threading.Barrier(4)  # threads that are alive at once have numbers of their own

    def work(k: int) -> None:
        together.wait()
        answers.extend(float(f(A, float(k))) for _ in range(20))
        together.wait()

    with polyad.profiling() as found:
        threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    wanted = sorted(k * float(np.sin(1.0) * 10) for k in range(4) for _ in range(20))
    np.testing.assert_allclose(sorted(answers), wanted)
    assert len(found.runs) == 80 and len({run.thread for run in found.runs}) == 4


def test_callbacks_may_call_compiled_functions() -> None:
    inner = polyad.jit(lambda x: x + 1)

    def outside(x: Any) -> Any:
        return np.asarray(inner(np.asarray(x)))

    @polyad.jit
    def outer(x: Any) -> Any:
        return polyad.pure_callback(outside, x, x * 2) * 3

    with polyad.profiling() as found:
        np.testing.assert_array_equal(outer(A), (2 * A + 1) * 3)
    assert {run.name for run in found.runs} == {"outer", "lambda"}
    assert any(row.step.startswith("host call") for row in found.by_kernel())


def test_functions_that_run_op_by_op_are_whole() -> None:
    with polyad.profiling() as found:
        polyad.jit(lambda x: pnp.sin(x) * 2, backend="numpy")(A)
        polyad.grad(lambda x: pnp.sum(pnp.sin(x)))(A)
    steps = [row.step for row in found.by_kernel() if row.step != ELSE]
    assert steps and all(step.endswith("op by op") for step in steps)
    assert str(polyad.profiler.Profile(recording.Recorder())) == "nothing ran"


def test_strided_arguments_have_a_program_of_their_own() -> None:
    x = np.arange(4e5).reshape(2000, 200)[:, ::2]
    found = polyad.profile(lambda x: pnp.sum(pnp.sin(x)))(x)
    np.testing.assert_allclose(found.result, np.sin(x).sum())


@pytest.mark.parametrize("repeat", [0, -1, 2.0, True])
def test_repeat_is_a_number_from_one_on(repeat: Any) -> None:
    with pytest.raises(errors.PolyadValueError, match="repeat is a number from 1 on") as found:
        polyad.profile(pnp.sin, repeat=repeat)
    assert __file__ in str(found.value)


# -- Files

EVENTS = {
    "X": {"ph", "name", "cat", "pid", "tid", "ts", "dur", "args"},
    "C": {"ph", "name", "pid", "tid", "ts", "args"},
    "M": {"ph", "name", "pid", "tid", "ts", "args"},
}
"""The fields of the events, by the Trace Event Format."""


def test_the_trace_is_of_chromes_format(tmp_path: Path) -> None:
    f, args = PROGRAMS["perceptron"]
    found = polyad.profile(polyad.value_and_grad(f), repeat=2)(*args)
    data = json.loads(found.trace(tmp_path / "t.json").read_text("utf-8"))
    events = data["traceEvents"]
    for event in events:
        assert set(event) == EVENTS[event["ph"]]
        assert isinstance(event["ts"], int | float) and event["ts"] >= 0
        assert event.get("dur", 0) >= 0 and isinstance(event["tid"], int)
    calls = [e for e in events if e["name"] == f.__name__ and e["ph"] == "X"]
    assert len(calls) == 2
    inside = [e for e in events if e["name"] == "kernel_1"]
    assert len(inside) == 2 and all(e["args"]["line"].endswith(":28") for e in inside)
    for call, step in zip(calls, inside, strict=True):
        assert call["ts"] <= step["ts"] and step["ts"] + step["dur"] <= call["ts"] + call["dur"] + 1
    with pytest.raises(errors.PolyadValueError, match="cannot be written"):
        found.trace(tmp_path / "missing" / "t.json")


def test_the_page_has_the_measured_times(tmp_path: Path) -> None:
    f, args = PROGRAMS["options"]
    found = polyad.profile(polyad.grad(f))(*args)
    text = found.explore(tmp_path / "p.html").read_text("utf-8")
    assert text.startswith("<!doctype html>")
    assert "<pre>" in found._repr_html_()
    with polyad.profiling() as nothing:
        pass
    with pytest.raises(errors.PolyadValueError, match="no compiled function ran"):
        nothing.explore(tmp_path / "q.html")
