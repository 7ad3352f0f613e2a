"""The cells of the matrix: which there are, and what one says when it is run."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from .. import api, execution
from ..errors import BackendCapabilityError
from .laws import DERIVATIVES, LAWS, Case, why_not
from .sample import SAMPLES, Sample

BACKENDS = ("numpy", "torch", "array_api_strict", "native", "dask")
"""Those whose matrix is published."""

HOLDS, REFUSED, NOTHING, FAILS = "holds", "refused", "nothing to say", "fails"

EXPECTED: dict[tuple[str, str, str], str] = {}
"""(sample, law, backend) of laws known not to hold, and why. One that starts to hold is a failure,
too.
"""


class Cell(NamedTuple):
    """A law of a sample in a dtype on a backend, and what became of it."""

    sample: str
    op: str
    dtype: str
    law: str
    backend: str
    outcome: str = ""
    reason: str = ""


def cells(
    backends: Sequence[str],
    ops: Sequence[str] = (),
    laws: Sequence[str] = tuple(LAWS),
    dtypes: Sequence[str] = (),
) -> Iterator[Cell]:
    """The cells of those backends, of all ops or of some."""
    for sample in SAMPLES:
        if ops and sample.op not in ops and sample.name not in ops:
            continue
        for dtype in sample.dtypes:
            if dtypes and dtype not in dtypes:
                continue
            for backend in backends:
                for law in laws:
                    yield Cell(sample.name, sample.op, dtype, law, backend)


_BY_NAME: dict[str, Sample] = {}


def sample_named(name: str) -> Sample:
    """The row of that name."""
    if len(_BY_NAME) != len(SAMPLES):
        _BY_NAME.update({s.name: s for s in SAMPLES})
    return _BY_NAME[name]


def run_cell(cell: Cell) -> Cell:
    """The cell with its outcome."""
    sample = sample_named(cell.sample)
    nothing = why_not(sample, cell.dtype, cell.law)
    if nothing:
        return cell._replace(outcome=NOTHING, reason=nothing)
    known = EXPECTED.get((cell.sample, cell.law, cell.backend))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        outcome, reason = _outcome(Case(sample, cell.dtype, cell.backend), cell.law)
    if known is not None:
        if outcome == FAILS:
            return cell._replace(outcome=NOTHING, reason=known)
        return cell._replace(outcome=FAILS, reason=f"holds, though listed as failing: {known}")
    return cell._replace(outcome=outcome, reason=reason)


def _outcome(case: Case, law: str) -> tuple[str, str]:
    missing = _missing(case)
    try:
        LAWS[law](case)
    except BackendCapabilityError as error:
        if _named_op(str(error)) in missing:
            return REFUSED, str(error)
        return FAILS, f"refused, though the op is not listed as missing: {error}"
    except Exception as error:  # whatever an op raises is the answer of the matrix
        return FAILS, f"{type(error).__name__}: {error}"
    if missing and law not in DERIVATIVES and _uses(case.sample.run, case, missing):
        return FAILS, "runs, though an op of it is listed as missing"
    return HOLDS, ""


def _missing(case: Case) -> dict[str, str]:
    return getattr(execution.get_backend(case.backend), "missing", {})


def _named_op(message: str) -> str:
    return message.partition(":")[0]


def _uses(f: Callable[..., Any], case: Case, ops: dict[str, str]) -> bool:
    """Whether the function has one of those ops."""
    return any(op.name in ops for op in api.make_ir(f)(*case.sample.arrays(case.dtype)).walk())
