"""The fuzzer finds faults that are put in, makes them small, and finds none in what is there."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad.__main__ import main
from polyad.fuzz import builder, cases, costly, coverage, grammar, oracles
from polyad.fuzz import campaign as campaigns
from polyad.fuzz.campaign import Campaign, is_deep, programs, small_fault
from polyad.fuzz.cases import Case
from polyad.fuzz.forms import FORMS
from polyad.fuzz.grammar import ROWS, WRITES
from polyad.fuzz.oracles import ORACLES, asked, verdict
from polyad.fuzz.program import LAYOUTS, Block, Line, Program
from polyad.system import resident

EACH = 60
EVERY = 30  # one of so many programs is deep


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, 300, EACH))
def test_random_programs(first):
    for program in programs(first, EACH, EVERY):
        case = Case(program)
        for name in asked(program, is_deep(program.seed, EVERY)):
            told = verdict(case, name)
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
    for program in programs(0, 600):
        drawn |= set(program.block.rules())
    missing = {*ROWS, *WRITES, *FORMS} - drawn
    assert len(missing) <= 0.25 * len({*ROWS, *WRITES, *FORMS}), sorted(missing)


def test_arguments_lie_in_memory_as_the_source_says():
    inputs = {"x0": np.arange(6.0).reshape(2, 3)}
    for layout in LAYOUTS:
        program = Program(Block("f", ("x0",), (), "x0,"), inputs, 0, {"x0": layout})
        space = {}
        exec(program.source(), space)
        [found], [given] = space["arguments"], program.arguments()
        assert found.strides == given.strides and found.tobytes() == given.tobytes(), layout
        assert found.flags.aligned == given.flags.aligned == (layout != "misaligned")


def test_a_broken_line_is_a_program(monkeypatch):
    monkeypatch.setattr(builder, "EVERY_ROW", ["pnp.no_such_name({0:a})"])
    program = campaigns.made(0, False)
    assert "no_such_name" in program.source()
    assert verdict(program, "numpy").startswith("AttributeError: ")


def test_the_page_has_the_share_of_each_oracle():
    page = (Path(__file__).parents[2] / "docs" / "fuzzing.md").read_text("utf-8")
    found = re.findall(r"^\| `([\w ]+)` \|[^|]*\| ([\d.]+) \| ([\d.]+) \|$", page, re.MULTILINE)
    assert [(name, float(plain), float(deep)) for name, plain, deep in found] == [
        (name, oracle.plain, oracle.deep) for name, oracle in ORACLES.items()
    ]


def test_plain_programs_are_small():
    """A row inside of its own function would go on to any depth, and take minutes."""

    def depth(block):
        return max((1 + depth(b) for line in block.lines for b in line.blocks), default=0)

    depths = [depth(program.block) for program in programs(1, 200, 10**6)]
    assert 1 <= max(depths) <= builder.SHALLOW


def test_every_oracle_passes_a_plain_program():
    for name in ORACLES:
        assert verdict(LONG, name) == "", name


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
    polyad.clear_caches()


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


def moved(f):
    """A function whose results, or those of the function that it makes, are moved."""
    add = lambda x: x + 0.125

    def wrong(*args, **kwargs):
        found = f(*args, **kwargs)
        return moved(found) if callable(found) else polyad.tree_util.tree_map(add, found)

    return wrong


@pytest.mark.parametrize(
    "name, broken, text",
    [
        ("taylor", "api.jvp", "Taylor coefficients, result 0"),
        ("sparse", "sparse.jacobian", "sparse Jacobian, result 0"),
        ("checkpoint", "api.checkpoint", "grad of checkpoint: "),
        ("batch", "api.vmap", "vmap, row 0, result 0"),
        ("compiled batch", "api.vmap", "jit of vmap, row 0, result 0"),
        ("export", "arrays", "exported, result 0"),
    ],
)
def test_an_oracle_tells_of_a_wrong_answer(monkeypatch, name, broken, text):
    *path, last = broken.split(".")
    module = getattr(oracles.costly, path[0]) if path else oracles.costly
    right = getattr(module, last)
    wrong = moved(right) if name != "checkpoint" else lambda f: lambda *xs: 2 * f(*xs)
    monkeypatch.setattr(module, last, wrong)
    assert text.rstrip(": ") in verdict(LONG, name)


@pytest.mark.parametrize("name", ["cache", "threads"])
def test_other_bits_are_told_of(monkeypatch, name):
    noise = iter(np.random.default_rng(0).normal(size=100))
    right = oracles.costly.arrays
    wrong = lambda results: [y + next(noise) for y in right(results)]
    monkeypatch.setattr(oracles.costly, "arrays", wrong)
    assert verdict(LONG, name).endswith("result 0: other bits")


def test_errors_of_polyad_are_answers_and_others_are_faults(monkeypatch):
    refused = Program(
        Block("f", ("x0",), (line(0, "pnp.nonzero(x0)[0] * 1.0"),), "v0,"), {"x0": np.ones(2)}
    )
    assert verdict(refused, "native").startswith("refused: ConcretizationError")

    def broken(case):
        raise KeyError("no such thing")

    monkeypatch.setitem(ORACLES, "text", oracles.Oracle(broken))
    assert verdict(LONG, "text") == "KeyError: 'no such thing'"


def test_rounding_is_allowed_for_and_no_more():
    ill = Program(Block("f", ("x0",), (line(0, "pnp.sin(1e12 * x0)"),), "v0,"), {"x0": np.ones(2)})
    case = Case(ill)
    near = [case.results[0] + 1e-5]
    cases.compare(near, case.results, case.spread, "near")
    plain = Case(LONG)
    with pytest.raises(cases.Disagreement, match="near, result 0 at"):
        cases.compare([y + 1e-5 for y in plain.results], plain.results, plain.spread, "near")
    with pytest.raises(cases.Disagreement, match="float32"):
        wrong = [y.astype("float32") for y in plain.results]
        cases.compare(wrong, plain.results, plain.spread, "narrow")


def test_a_campaign_goes_on_where_it_was(tmp_path, monkeypatch):
    monkeypatch.setattr(campaigns, "CHUNK", 500)
    first = Campaign(tmp_path, deep=100)
    assert list(first.todo(0, 1200)) == [(0, 500), (500, 500), (1000, 200)]
    first.note({"done": [500, 500], "rows": {"a row": 3}, "asked": {"deep, numpy": 5}})
    again = Campaign(tmp_path, deep=100)
    assert again.programs == 500 and again.deep_programs == 5
    assert again.counts["rows"] == {"a row": 3}
    assert dict(again.asked())["numpy"] == [0, 5]
    assert list(again.todo(0, 1200)) == [(0, 500), (1000, 200)]


def test_a_program_that_ends_its_process_is_a_fault_and_the_rest_is_run(tmp_path, monkeypatch):
    worker = tmp_path / "worker.py"
    worker.write_text(
        "import json, os, sys\n"
        "first, count = map(int, sys.argv[1:3])\n"
        "for seed in range(first, first + count):\n"
        "    print(json.dumps({'at': seed, 'oracle': 'native'}), flush=True)\n"
        "    if seed == 2: os.abort()\n"
        "print(json.dumps({'done': [first, count]}))\n"
    )
    monkeypatch.setattr(campaigns, "WORKER", [str(worker)])
    found = Campaign(tmp_path / "campaign")
    events = list(found.run(0, 5, jobs=1, seconds=100))
    assert found.programs == 5 and found.done == {0: 3, 3: 2}
    [fault] = found.faults
    assert (fault.seed, fault.oracle) == (2, "native") and "status -6" in fault.told
    assert (tmp_path / "campaign" / "2_native.py").read_text().startswith("# native: Death")
    assert [json.loads(x) for x in found.journal.read_text().splitlines()] == events


def test_a_large_process_is_followed_by_another(monkeypatch, tmp_path):
    monkeypatch.setattr(campaigns, "LARGEST", 0)
    monkeypatch.setattr(campaigns, "CLEAR", 2)
    said = []
    campaigns.chunk(1, 9, 1000, said.append)
    assert said[-1]["done"] == [1, 2]


def test_cells_are_counted_by_transformation_and_dtype():
    cells = coverage.Cells()
    with cells.watched(0):
        polyad.jvp(lambda x: pnp.sum(pnp.sin(x)), (np.ones(2),), (np.ones(2),))
    assert any(cell.startswith("sin, ") and cell.endswith(", float64") for cell in cells.found)
    text = coverage.table(cells.found)
    assert any("ops: float64" in line for line in text)
    assert "ops of no program" in text[-1] and " sin," not in text[-1]
    assert resident() > 1 << 20


@pytest.mark.slow
def test_the_command(tmp_path, capsys):
    folder = tmp_path / "found"
    arguments = ["fuzz", "--programs", "3", "--jobs", "1", "--folder", str(folder)]
    assert main(arguments) == 0
    said = capsys.readouterr().out
    assert "3 programs (1 deep), 0 faults of 0 kinds" in said
    assert re.search(r"^numpy +2 +1$", said, re.MULTILINE)
    assert main(arguments) == 0  # all of them are done
    assert "3 programs (1 deep), 0 faults" in capsys.readouterr().out


def test_answers_differ_only_if_rounding_explains_it_in_none_of_many_runs():
    """A jump of ceil at an integer is met by one run in some."""
    asked = iter([np.zeros(2)] * 3 + [np.ones(2)])
    cases.compare([np.array([1.0, 2.0])], [np.array([0.0, 2.0])], lambda: [next(asked)], "ceil")
    assert next(asked, None) is None
    with pytest.raises(cases.Disagreement, match="ceil, result 0 at"):
        still = lambda: [np.zeros(2)]
        cases.compare([np.array([1.0, 2.0])], [np.array([0.0, 2.0])], still, "ceil")


@pytest.mark.parametrize("rule", grammar.OVERLAPPING)
def test_writes_that_overlap_are_no_question_for_pytorch(rule, monkeypatch):
    """Its operators on plain tensors are its own affair; traced, the writes are polyad's."""
    line = Line("v0", "v0 = pnp.array(x0)\nv0[1:] += v0[:1]", rule)
    program = Program(Block("f", ("x0",), (line,), "v0,"), {"x0": np.ones(3)})
    asked = []
    monkeypatch.setattr(costly, "_elsewhere", lambda *given: asked.append(given))
    costly.eager("torch", Case(program))
    assert not asked
    costly.traced("torch", Case(program))
    assert len(asked) == 1


def test_narrow_floats_beside_integers_are_polyads_affair():
    """NumPy's own operators make float64 of a float32 array and an integer."""
    found = line(0, "pnp.searchsorted(pnp.sort(pnp.ravel(x1)), x0)")
    program = Program(
        Block("f", ("x0", "x1"), (found, line(1, "x0 ** v0")), "v1,"),
        {"x0": np.zeros((), "float32"), "x1": np.zeros(3)},
    )
    for name in ("batch", "native", "text"):
        assert verdict(program, name) == ""
