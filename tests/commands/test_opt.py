"""`python -m polyad opt`: passes over text agree with the pipeline; errors are told."""

from __future__ import annotations

import io

import pytest

from polyad.__main__ import main
from polyad.commands.opt import passes
from polyad.execution import get_backend
from polyad.ir import Function, parse
from polyad.lowering.pipeline import PASSES, lower

SOFTMAX = """
function @softmax(%x: f64[3,5]) -> (f64[3,5]) {
  %1 = max %x {axes = (1,)} : f64[3]
  %2 = reshape %1 {shape = (3, 1)} : f64[3,1]
  %3 = broadcast_to %2 {shape = (3, 5)} : f64[3,5]
  %4 = subtract %x, %3 : f64[3,5]
  %5 = exp %4 : f64[3,5]
  %6 = sum %5 {axes = (1,)} : f64[3]
  %7 = reshape %6 {shape = (3, 1)} : f64[3,1]
  %8 = broadcast_to %7 {shape = (3, 5)} : f64[3,5]
  %9 = divide %5, %8 : f64[3,5]
  return %9
}"""


@pytest.fixture
def opt(monkeypatch, capsys):
    """The output of the command for a text on standard input, its complaints, and its status."""

    def run(text: str, *arguments: str) -> tuple[str, str, int]:
        monkeypatch.setattr("sys.stdin", io.StringIO(text))
        status = main(["opt", *arguments])
        printed = capsys.readouterr()
        return printed.out, printed.err, status

    return run


def test_each_pass_from_text_gives_the_next_stage(opt):
    stages = list(lower(parse(SOFTMAX)).values())
    for (_, step), before, after in zip(PASSES, stages, stages[1:], strict=False):
        printed, _, status = opt(str(before), "--pass", step.__name__)
        assert status == 0 and parse(printed) == after


def test_passes_in_a_row_from_a_file(opt, tmp_path):
    file = tmp_path / "softmax.ir"
    file.write_text(SOFTMAX)
    last = [stage for stage, _ in PASSES].index("fused")
    *names, name = [step.__name__ for _, step in PASSES[: last + 1]]
    printed, _, status = opt("", "--pass", ",".join(names), "--pass", name, str(file))
    assert status == 0 and parse(printed) == lower(parse(SOFTMAX))["fused"]


def test_without_passes_the_text_is_verified_and_printed(opt):
    assert opt(SOFTMAX) == (str(parse(SOFTMAX)) + "\n", "", 0)


def test_each_step_is_printed_on_request(opt):
    printed, _, _ = opt(SOFTMAX, "--print-each", "--pass", "dce,fuse")
    assert [x for x in printed.splitlines() if x.startswith("//")] == [
        "// input", "// dce", "// fuse",
    ]  # fmt: skip


def test_the_list_names_and_describes_each_pass(opt):
    printed, _, status = opt("", "--list")
    lines = [line.split(maxsplit=1) for line in printed.splitlines()]
    assert status == 0 and [name for name, _ in lines] == list(passes())
    assert {*get_backend("native").passes()} < {*passes()}
    assert get_backend("numpy").passes() == {}


@pytest.mark.parametrize(
    ("text", "arguments", "said"),
    [
        (SOFTMAX, ["--pass", "fusee"], "no pass is named 'fusee'; did you mean 'fuse'?"),
        (SOFTMAX, ["--pass", "bufferize"], "pass 'bufferize' does not take this function"),
        ("function @f(", [], "standard input: 1:13: expected an argument such as %x"),
        (SOFTMAX.replace("exp", "expp"), [], "expp"),
        (SOFTMAX.replace("{axes = (1,)} : f64[3]", "{axes = (1,)} : f64[4]"), [], "f64[4]"),
        ("", ["no/such/file"], "no/such/file cannot be read: No such file or directory"),
    ],
)
def test_complaints(opt, text, arguments, said):
    printed, complaint, status = opt(text, *arguments)
    assert (printed, status) == ("", 2) and complaint.startswith("opt: ") and said in complaint


def test_a_file_that_is_no_text(opt, tmp_path):
    file = tmp_path / "noise"
    file.write_bytes(b"\xff\xfe\x00")
    assert "noise is no text in UTF-8" in opt("", str(file))[1]


def test_passes_are_functions_of_functions():
    function = parse(SOFTMAX)
    assert isinstance(passes()["legalize"](function), Function)
