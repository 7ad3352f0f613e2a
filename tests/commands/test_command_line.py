"""The command line as a table: the status of each call, and a part of its output or complaint."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

import polyad
from polyad import execution
from polyad.__main__ import main
from polyad.commands import info

IR = """function @f(%x: f64[3]) -> (f64[3]) {
  %1 = sin %x : f64[3]
  return %1
}"""

NAMES = ("ir", "broken", "noise", "missing", "new", "program")
PROGRAM = """
import numpy as np
import polyad
total = polyad.jit(lambda x: polyad.numpy.sum(x * x))
print(total(np.array([1.0, 2.0, 3.0, 1.0])))
"""

# (arguments, status, a part of standard output, a part of standard error)
CALLS = [
    ("", 2, "", "the following arguments are required: command"),
    ("--version", 0, f"polyad {polyad.__version__}", ""),
    ("--vers", 2, "", "the following arguments are required"),
    ("--help", 0, "say which versions and settings are in use", ""),
    ("nothing", 2, "", "invalid choice: 'nothing'"),
    ("info", 0, "backend native", ""),
    ("info --help", 0, "for a bug report", ""),
    ("info more", 2, "", "unrecognized arguments: more"),
    ("opt --help", 0, "--print-each", ""),
    ("opt --list", 0, "canonicalize", ""),
    ("opt --lis", 2, "", "unrecognized arguments: --lis"),
    ("opt {ir}", 0, "%1 = sin %x : f64[3]", ""),
    ("opt {ir} --pass dce", 0, "%1 = sin %x", ""),
    ("opt {ir} --pass dce,cse", 0, "%1 = sin %x", ""),
    ("opt {ir} --pass", 2, "", "expected one argument"),
    ("opt {ir} --pass cs", 2, "", "no pass is named 'cs'; did you mean 'cse'?"),
    ("opt {ir} --pass dce --print-each", 0, "// dce", ""),
    ("opt {missing}", 2, "", "cannot be read: No such file"),
    ("opt {folder}", 2, "", "cannot be read: Is a directory"),
    ("opt {noise}", 2, "", "is no text in UTF-8"),
    ("opt {broken}", 2, "", "expected an argument such as %x"),
    ("opt {ir} {ir}", 2, "", "unrecognized arguments"),
    ("explore --help", 0, "--no-paths", ""),
    ("explore operator:neg --args f64[3] -o {new}", 0, "new", ""),
    ("explore operator:mul --args f64 i64[2] --grad -o {new}", 2, "", "scalar-output functions"),
    ("explore operator:neg --args f64[3 -o {new}", 2, "", "'f64[3' is no type such as f64[1000]"),
    ("explore operator:neg --args f65[3] -o {new}", 2, "", "'f65[3]' is no type"),
    ("explore operator:neg --args f64[3] -o {new}/x", 2, "", "cannot be written: No such file"),
    ("explore operator:nag", 2, "", "'operator' has no function 'nag'"),
    ("explore nowhere:f", 2, "", "there is no module 'nowhere'"),
    ("explore {missing}.py:f", 2, "", "there is no file"),
    ("explore f", 2, "", "names no function"),
    ("explore operator:neg", 2, "", "operator:neg does not take 0 arguments: missing a required"),
    ("explore operator:neg --args f64 f64", 2, "", "does not take 2 arguments: too many"),
    ("profile {missing}", 2, "", "there is no file"),
    ("profile {program} --trace {new}", 0, "15.0", "kernel_0"),
    ("profile --trace {new} {program}", 0, "15.0", "kernel_0"),
    ("profile --page {new} {program}", 0, "15.0", "of peak"),
    ("profile {broken}", 1, "", "SyntaxError"),
    ("run --as autograd {broken}", 1, "", "SyntaxError"),
    ("profile --trace {missing}/t.json {program}", 2, "", "is in no folder that is there"),
    ("cache", 2, "", "the following arguments are required: action"),
    ("cache --help", 0, "remove all entries", ""),
    ("cache info", 0, "entries", ""),
    ("cache clear", 0, "entries removed", ""),
    ("cache purge", 2, "", "invalid choice: 'purge'"),
    ("conformance --help", 0, "--backend", ""),
    ("conformance --op sin --backend numpy --jobs 1", 0, "28 cells: 28 holds", ""),
    ("conformance --op sin --backend numpy --jobs 0", 2, "", "whole number from 1 on is needed"),
    ("conformance --op sin --backend numpy --jobs -1", 2, "", "is needed, not '-1'"),
    ("conformance --op sin --backend numpy --jobs two", 2, "", "not 'two'"),
    ("conformance --op sin --backend numpy --jobs 1.5", 2, "", "not '1.5'"),
    ("conformance --op sinn", 2, "", "no op is named 'sinn'; near it are sin"),
    ("conformance --op [red]", 2, "", "no op is named '[red]'"),
    ("conformance --backend cupyy", 2, "", "no backend is named 'cupyy'"),
    ("conformance --law truth", 2, "", "invalid choice: 'truth'"),
    ("conformance --op sin --dtype float63", 2, "", "float63"),
    ("conformance --op sin --dtype bool", 2, "", "no cell is of those ops"),
    ("conformance --op sin --backend numpy --jobs 1 --output {new}", 0, "written to", ""),
    ("conformance --op sin --backend numpy --output {ir}/a", 2, "", "Not a directory"),
    ("conformance --op sin --backend numpy --output {ir}", 2, "", "no file can be written to"),
]


@pytest.mark.parametrize(("call", "status", "printed", "complaint"), CALLS, ids=lambda x: str(x))
def test_calls(call, status, printed, complaint, tmp_path, capsys):
    files = {"ir": IR, "broken": "function @f(", "program": PROGRAM}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "noise").write_bytes(b"\xff\xfe\x00")
    places = {name: tmp_path / name for name in NAMES}
    arguments = [part.format(folder=tmp_path, **places) for part in call.split()]
    with polyad.config(cache_dir=str(tmp_path / "cache")):
        try:
            got = main(arguments)
        except SystemExit as stop:  # argparse leaves so
            got = stop.code
    said = capsys.readouterr()
    out, err = (" ".join(text.split()) for text in said)
    assert got == status
    assert printed in out and complaint in err
    assert bool(printed) is bool(out) and bool(complaint) is bool(err)


def test_brackets_are_printed_as_they_are(capsys, monkeypatch):
    cupy = dict(execution.loadable())["cupy"]
    monkeypatch.setattr(type(cupy), "is_available", lambda self: False)
    assert main(["conformance", "--backend", "cupy"]) == 2
    assert "pip install 'polyad[cupy]'" in " ".join(capsys.readouterr().err.split())


def test_a_reader_that_leaves_is_no_error():
    program = [sys.executable, "-m", "polyad", "opt", "--list"]
    child = subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    child.stdout.close()
    assert child.stderr.read() == b"" and child.wait() == 1


@pytest.mark.skipif(os.name != "posix", reason="sends a signal")
def test_ctrl_c_is_quiet():
    code = """
import signal, sys, time
from polyad.__main__ import main

class Reader:
    def read(self):
        print("ready", flush=True)
        time.sleep(60)

signal.signal(signal.SIGINT, signal.default_int_handler)
sys.stdin = Reader()
sys.exit(main(["opt"]))
"""
    pipe = subprocess.PIPE
    child = subprocess.Popen([sys.executable, "-c", code], stdin=pipe, stdout=pipe, stderr=pipe)
    assert child.stdout.readline() == b"ready\n"
    child.send_signal(signal.SIGINT)
    _, complaint = child.communicate()
    assert (child.returncode, complaint) == (130, b"")


def test_info_names_libraries_backends_and_settings(capsys):
    import numpy as np

    assert main(["info"]) == 0
    lines = dict(line.split(None, 1) for line in capsys.readouterr().out.splitlines())
    assert lines["numpy"] == np.__version__
    assert lines["config.default_float"] == "'float64'"
    assert {"polyad", "Python", "system", "llvmlite", "scipy", "opt_einsum"} <= lines.keys()


@pytest.mark.parametrize("text", ["a[b]>=1", "a >=1", "a>=1", "a<2", "a==1", "a~=1", "a!=1", "a"])
def test_names_of_requirements(text):
    assert info._bare(text) == "a"
