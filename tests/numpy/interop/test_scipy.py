"""SciPy's functions under polyad's transformations. SciPy reads SCIPY_ARRAY_API when it is
imported: a process of its own runs them all.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from .laws import LAWS
from .scipy_functions import ROWS

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.needs("scipy>=1.17")  # of whose functions more ask the arrays' library


@pytest.fixture(scope="module")
def outcomes() -> dict[str, str]:
    command = [sys.executable, "-m", "tests.numpy.interop.scipy_functions"]
    environment = {**os.environ, "SCIPY_ARRAY_API": "1"}
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


@pytest.mark.parametrize("law", (*LAWS, "nan"))
@pytest.mark.parametrize("name", [row.name for row in ROWS])
def test_functions_of_scipy(outcomes, name, law):
    reason = outcomes[f"{name}: {law}"]
    if reason:
        pytest.fail(f"scipy.{name}, {law}: {reason}", pytrace=False)
