"""Texts of compilers' dialects parse in a process that has compiled nothing."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad.ir import parse

STAGES = polyad.jit(lambda x: pnp.sum(pnp.tanh(x) * x)).lower(np.ones(3)).stages()


@pytest.mark.share(3)
@pytest.mark.parametrize("stage", [name for name in STAGES if name != "llvm"])
def test_every_stage_parses_in_a_fresh_process(stage):
    code = (
        "import sys\nfrom polyad.ir import parse\n"
        "print(parse(sys.stdin.read()))\n"
        "print('llvmlite' in sys.modules, file=sys.stderr)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], input=STAGES[stage], capture_output=True, text=True
    )
    assert (run.stdout, run.stderr) == (STAGES[stage] + "\n", "False\n")


def test_an_unknown_word_is_still_an_error():
    text = "function @f(%x: f64[]) -> (f64[]) { %1 = no_op %x : f64[]  return %1 }"
    with pytest.raises(polyad.errors.ParseError, match="no op is named 'no_op'"):
        parse(text)
    with pytest.raises(polyad.errors.ParseError, match="no type is named 'nothing'"):
        parse(text.replace("f64", "nothing"))
