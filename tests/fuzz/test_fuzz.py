"""The fuzzer finds faults that are put in, makes them small, and finds none in what is there."""

from __future__ import annotations

import json

import numpy as np
import pytest

from polyad.__main__ import main
from polyad.fuzz import campaign as campaigns
from polyad.fuzz import oracles
from polyad.fuzz.builder import FORMS
from polyad.fuzz.campaign import Campaign, programs, small_fault
from polyad.fuzz.grammar import ROWS, WRITES
from polyad.fuzz.oracles import ORACLES, asked, verdict
from polyad.fuzz.program import Block, Line, Program

CHUNKS = 5
EACH = 10


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, CHUNKS * EACH, EACH))
def test_random_programs(first):
    for program in programs(first, EACH):
        for name in asked(program):
            told = verdict(program, name)
            assert not told or told.startswith("refused"), f"{name}: {told}\n{program.source()}"


def test_programs_are_the_same_each_time_and_run_from_their_text():
    for one, other in zip(programs(0, 12), programs(0, 12), strict=True):
        assert one.source() == other.source()
        space = {}
        exec(one.source(), space)
        for x, y in zip(space["arguments"], one.arguments(), strict=True):
            assert x.dtype == y.dtype and x.tobytes() == y.tobytes()


def test_every_row_of_the_grammar_is_used():
    drawn = set()
    for program in programs(0, 200):
        drawn |= set(program.block.rules())
    missing = {*ROWS, *WRITES, *FORMS} - drawn
    assert len(missing) <= 0.3 * len({*ROWS, *WRITES, *FORMS}), sorted(missing)


def line(i, text):
    return Line(f"v{i}", f"v{i} = {text}", text)


LONG = Program(
    Block(
        "f",
        ("x0", "x1"),
        (
            line(0, "pnp.cos(x1)"),
            line(1, "pnp.sin(x0)"),
            line(2, "v1 * v0"),
            line(3, "pnp.exp(v2)"),
            line(4, "v3 + v1"),
        ),
        "v4, v2,",
    ),
    {"x0": np.array([0.5, 1.5]), "x1": np.array([1.0, 2.0])},
)


def wrong_sine(monkeypatch):
    from polyad.execution import get_backend

    torch = get_backend("torch")
    made = type(torch).implementation

    def implementation(self, definition, *rest):
        run = made(self, definition, *rest)
        return (lambda x: run(x) + 0.125) if definition.name == "sin" else run

    monkeypatch.setattr(type(torch), "implementation", implementation)


def test_a_wrong_op_is_found_and_the_program_made_small(monkeypatch):
    pytest.importorskip("torch")
    assert verdict(LONG, "traced on torch") == ""
    wrong_sine(monkeypatch)
    told = verdict(LONG, "traced on torch")
    assert "is expected" in told
    fault = small_fault(LONG, "traced on torch", told)
    assert "pnp.sin" in fault.source
    assert not any(name in fault.source for name in ("pnp.cos", "pnp.exp"))
    assert fault.kind == "traced on torch, value"


def test_errors_of_polyad_are_answers_and_others_are_faults(monkeypatch):
    refused = Program(
        Block("f", ("x0",), (line(0, "pnp.nonzero(x0)[0] * 1.0"),), "v0,"), {"x0": np.ones(2)}
    )
    assert verdict(refused, "native").startswith("refused: ConcretizationError")

    def broken(case):
        raise KeyError("no such thing")

    monkeypatch.setitem(ORACLES, "text", broken)
    assert verdict(LONG, "text") == "KeyError: 'no such thing'"


def test_rounding_is_allowed_for_and_no_more():
    ill = Program(Block("f", ("x0",), (line(0, "pnp.sin(1e12 * x0)"),), "v0,"), {"x0": np.ones(2)})
    case = oracles.Case(ill)
    near = [case.results[0] + 1e-5]
    oracles.compare(near, case.results, case.spread, "near")
    plain = oracles.Case(LONG)
    with pytest.raises(oracles.Disagreement, match="near, result 0 at"):
        oracles.compare([y + 1e-5 for y in plain.results], plain.results, plain.spread, "near")
    with pytest.raises(oracles.Disagreement, match="float32"):
        wrong = [y.astype("float32") for y in plain.results]
        oracles.compare(wrong, plain.results, plain.spread, "narrow")


def test_a_campaign_goes_on_where_it_was(tmp_path):
    first = Campaign(tmp_path)
    assert list(first.todo(0, 120)) == [(0, 50), (50, 50), (100, 20)]
    first.note({"done": [50, 50], "rows": {"a row": 3}})
    again = Campaign(tmp_path)
    assert again.programs == 50 and again.rows == {"a row": 3}
    assert list(again.todo(0, 120)) == [(0, 50), (100, 20)]


def test_a_program_that_ends_its_process_is_a_fault_and_the_rest_is_run(tmp_path, monkeypatch):
    worker = tmp_path / "worker.py"
    worker.write_text(
        "import json, os, sys\n"
        "first, count = map(int, sys.argv[1:])\n"
        "for seed in range(first, first + count):\n"
        "    print(json.dumps({'at': seed, 'oracle': 'native'}), flush=True)\n"
        "    if seed == 2: os.abort()\n"
        "print(json.dumps({'done': [first, count], 'rows': {}}))\n"
    )
    monkeypatch.setattr(campaigns, "WORKER", [str(worker)])
    found = Campaign(tmp_path / "campaign")
    events = list(found.run(0, 5, jobs=1, seconds=100))
    assert found.programs == 5 and found.done == {0: 3, 3: 2}
    [fault] = found.faults
    assert (fault.seed, fault.oracle) == (2, "native") and "status -6" in fault.told
    assert (tmp_path / "campaign" / "2_native.py").read_text().startswith("# native: Death")
    assert [json.loads(x) for x in found.journal.read_text().splitlines()] == events


@pytest.mark.slow
def test_the_command(tmp_path, capsys):
    folder = tmp_path / "found"
    arguments = ["fuzz", "--programs", "3", "--jobs", "1", "--folder", str(folder)]
    assert main(arguments) == 0
    said = capsys.readouterr().out
    assert "3 programs, 0 faults of 0 kinds" in said
    assert main(arguments) == 0  # all of them are done
    assert "3 programs, 0 faults" in capsys.readouterr().out
