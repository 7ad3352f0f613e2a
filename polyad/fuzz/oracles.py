"""Oracles: other ways to the results of a program, and what its derivatives must obey.

Each takes a `Case` and raises `Disagreement`. polyad may refuse a program (`PolyadError`), which is
an answer; any other error is a fault. Rounding is allowed for by running the program on inputs that
differ by rounding: what moves then is not compared more closely than it moves.
"""

from __future__ import annotations

import contextlib
import functools
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from .. import api, checking, execution
from ..config import config
from ..conformance.arrays import off, on
from ..errors import PolyadError
from ..ir import parse, verify
from .program import Program

Arrays = Sequence[Any]
SHAKES = 3  # runs on inputs that differ by rounding
BATCH = 3
PASSED_ON = "polyad.foreign.torch.plain"  # the module that hands plain tensors' calls to PyTorch
NUMPYS_ERRORS = (ValueError, TypeError, IndexError, ArithmeticError, np.linalg.LinAlgError)


class Disagreement(Exception):
    """Two answers to one question, or an error that is none of polyad's."""


class Case:
    """A program with its arguments, its own results, and how far rounding moves them."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.f = program.function()
        self.arguments = program.arguments()
        self.rng = np.random.default_rng(program.seed)
        self.results = arrays(quietly(self.f, *program.arguments()))
        self.rounding = 3e-5 if "32" in program.source() else 1e-10
        self.moving = [i for i, x in enumerate(self.arguments) if x.dtype.kind in "fc"]

    @functools.cached_property
    def spread(self) -> list[Any]:
        """For each result, by how much the entries move with the inputs' rounding."""
        return spread(self.f, self.results, self.arguments, self.rng)

    def inexact(self) -> tuple[Callable[..., Any], list[Any]]:
        """The inexact results as a function of the inexact arguments."""
        kept = [i for i, y in enumerate(self.results) if y.dtype.kind in "fc"]

        def part(*moved: Any) -> Any:
            full: list[Any] = self.program.arguments()
            for i, x in zip(self.moving, moved, strict=True):
                full[i] = x
            out = self.f(*full)
            return [out[i] for i in kept]

        return part, [self.arguments[i] for i in self.moving]


def quietly(f: Callable[..., Any], *args: Any) -> Any:
    """`f(*args)` without warnings, which are no fault here."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return f(*args)


def arrays(results: Any) -> list[Any]:
    """Results as NumPy arrays."""
    return [off(x) for x in results]


def spread(f: Callable[..., Any], results: Arrays, args: Arrays, rng: Any) -> list[Any]:
    """By how much each entry of the results moves when inputs move by some of their rounding."""
    found = [np.zeros(y.shape) for y in results]
    for _ in range(SHAKES):
        try:
            others = arrays(quietly(f, *[shaken(x, rng) for x in args]))
        except (*NUMPYS_ERRORS, PolyadError):
            return [np.full(y.shape, np.inf) for y in results]
        for i, (y, z) in enumerate(zip(results, others, strict=True)):
            if y.shape != z.shape:
                return [np.full(y.shape, np.inf) for y in results]
            with np.errstate(all="ignore"):
                moved = np.abs(np.asarray(z, "complex128") - np.asarray(y, "complex128"))
            same = (z == y) | ((z != z) & (y != y))
            found[i] = np.maximum(found[i], np.where(same, 0, np.where(moved >= 0, moved, np.inf)))
    return found


def shaken(x: Any, rng: Any) -> Any:
    """An array with its entries moved by a few units in the last place."""
    if x.dtype.kind not in "fc":
        return x.copy()
    eps = np.finfo(x.dtype).eps
    return (x * (1 + 4 * eps * rng.uniform(-1, 1, x.shape))).astype(x.dtype)


def compare(
    found: Arrays, expected: Arrays, moves: Arrays, told: str, rounding: float = 1e-10
) -> None:
    """Raise `Disagreement` where results differ by more than explained by `rounding`, relative to
    the largest entry, and by the inputs' (`spread`).
    """
    if len(found) != len(expected):
        raise Disagreement(f"{told}: {len(found)} results where there are {len(expected)}")
    for i, (x, y, move) in enumerate(zip(found, expected, moves, strict=True)):
        if (x.dtype, x.shape) != (y.dtype, y.shape):
            raise Disagreement(
                f"{told}, result {i}: {x.dtype}{list(x.shape)} where "
                f"{y.dtype}{list(y.shape)} is expected"
            )
        finite = np.abs(y[np.isfinite(y)]) if y.dtype.kind in "fc" else np.zeros(0)
        scale = float(finite.max()) if finite.size else 0.0
        bound = rounding * max(scale, 1e-3) + 100 * move
        with np.errstate(all="ignore"):
            distance = np.abs(np.asarray(x, "complex128") - np.asarray(y, "complex128"))
        equal = (x == y) | ((x != x) & (y != y)) | (distance <= bound) | np.isinf(move)
        if not np.all(equal):
            place = tuple(int(k) for k in np.argwhere(~equal)[0])
            raise Disagreement(
                f"{told}, result {i} at {list(place)}: {x[place]!r} where {y[place]!r} is expected"
            )


# -- Oracles ---------------------------------------------------------------------------------------


def numpy(case: Case) -> None:
    """NumPy's own answer, where all of the program is NumPy's."""
    if any(word in case.program.source().split("\n\n\n")[1] for word in ("polyad.", "lax.")):
        return
    try:
        expected = [
            np.asarray(x) for x in quietly(case.program.function(np), *case.program.arguments())
        ]
    except (*NUMPYS_ERRORS, AttributeError):
        return
    compare(case.results, expected, case.spread, "NumPy", case.rounding)


def text(case: Case) -> None:
    """The text of the IR is read back as the same function, and verified."""
    function = api.make_ir(case.f)(*case.arguments)
    verify(function)
    if parse(str(function)) != function:
        raise Disagreement("the text of the IR is read back as another function")


def native(case: Case) -> None:
    """Machine code gives what eager calls give; each pass's result is verified, and described."""
    with config(verify=True):
        lowered = api.jit(case.f).lower(*case.arguments)
    found = arrays(lowered.compile()(*case.program.arguments()))
    compare(found, case.results, case.spread, "jit", case.rounding)
    if not lowered.explain():
        raise Disagreement("explain() says nothing")


def eager(name: str, case: Case) -> None:
    """Another array library's results, op by op."""
    with execution.use_backend(name):
        _elsewhere(name, case, case.f, name)


def traced(name: str, case: Case) -> None:
    """The results of another array library, of the traced function."""
    _elsewhere(name, case, api.jit(case.f, backend=name), f"jit(backend={name!r})")


def _elsewhere(name: str, case: Case, f: Callable[..., Any], told: str) -> None:
    found = _of_library(name, f, case.program.arguments())
    if found is not None:
        compare(found, case.results, case.spread, told, case.rounding)


def _of_library(name: str, f: Callable[..., Any], given: Arrays) -> list[Any] | None:
    """The results of `f` on arrays of a library; None if the library itself refuses what NumPy's
    arrays have.
    """
    try:
        with doubles(name):
            return arrays(quietly(f, *on(name, given)))
    except Exception as error:
        if isinstance(error, PolyadError) or polyads_own(error):
            raise
        return None


@contextlib.contextmanager
def doubles(name: str) -> Iterator[None]:
    """PyTorch's default dtype, which its own operators give, as polyad's."""
    if name != "torch":
        yield
        return
    import torch

    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


def polyads_own(error: Exception) -> bool:
    """Whether polyad's code raised an error, and not the program's line or the library."""
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    module = "" if last is None else last.tb_frame.f_globals.get("__name__", "")
    return module.startswith("polyad.") and module != PASSED_ON


def batch(case: Case) -> None:
    """vmap gives what a loop gives; compiled, too."""
    inputs = [
        np.stack([x, *(moved(x, case.rng) for _ in range(BATCH - 1))]) for x in case.arguments
    ]
    rows = [[x[i] for x in inputs] for i in range(BATCH)]
    try:
        each = [arrays(quietly(case.f, *row)) for row in rows]
    except (*NUMPYS_ERRORS, PolyadError):
        return
    if len({tuple(y.shape for y in results) for results in each}) > 1:
        return  # shapes that depend on values
    moves = [spread(case.f, y, row, case.rng) for y, row in zip(each, rows, strict=True)]
    for told, way in (("vmap", api.vmap(case.f)), ("jit of vmap", api.jit(api.vmap(case.f)))):
        found = arrays(quietly(way, *inputs))
        for i, (expected, move) in enumerate(zip(each, moves, strict=True)):
            compare([y[i] for y in found], expected, move, f"{told}, row {i}", case.rounding)


def moved(x: Any, rng: Any) -> Any:
    """Another array of the same type."""
    if x.dtype.kind in "fc":
        return (x + 0.1 * rng.normal(size=x.shape)).astype(x.dtype)
    return x.copy()


def total(case: Case) -> tuple[Callable[..., Any], list[Any]]:
    """A real number made of all inexact results, as a function of the inexact arguments."""
    part, given = case.inexact()

    def f(*moving: Any) -> Any:
        from .. import numpy as pnp

        return sum((pnp.sum(pnp.real(y) * 0.5) for y in part(*moving)), 0.0)

    return f, given


def gradients(case: Case) -> None:
    """The gradient is the same, eagerly, compiled, on torch, and in a batch."""
    f, given = total(case)
    if not given:
        return
    slope = api.grad(f, tuple(range(len(given))))
    expected = arrays(quietly(slope, *given))
    moves = spread(slope, expected, given, case.rng)
    found = arrays(quietly(api.jit(slope), *given))
    compare(found, expected, moves, "jit of grad", case.rounding)
    found = arrays(quietly(api.vmap(slope), *[np.stack([x, x]) for x in given]))
    compare([g[1] for g in found], expected, moves, "vmap of grad", case.rounding)
    on_torch = _of_library("torch", api.jit(slope, backend="torch"), given)
    if on_torch is not None:
        compare(on_torch, expected, moves, "grad on torch", case.rounding)


def differences(case: Case) -> None:
    """Derivatives of order one and two, in both modes, agree with differences and each other. A NaN
    is let pass: at ties an infinite partial may meet a zero.
    """
    part, given = case.inexact()
    by_decree = "stop_gradient" in case.program.source()
    if by_decree or not sum(x.size for x in given):
        return
    if not all(np.all(np.isfinite(y)) for y in case.results if y.dtype.kind in "fc"):
        return
    program = checking.Program(part, given)
    weights = checking.direction(part(*given), 1)
    found = quietly(
        checking.failure, program, given, checking.direction(given, 0), weights, 2, (0.01, 1e-4)
    )
    if found is not None and found.sure and _far(found, case.rounding):
        raise Disagreement(
            f"derivative {'-over-'.join(found.path[::-1])}: {found.found!r} where "
            f"{found.expected!r} is expected ({found.reference})"
        )


def _far(found: checking.Failure, rounding: float) -> bool:
    """Whether a derivative is off by more than rounding inside the program. A NaN is not."""
    size = max(abs(found.found), abs(found.expected), 1e-3)
    return abs(found.found - found.expected) > 10 * rounding * size


ORACLES: dict[str, Callable[[Case], None]] = {
    "numpy": numpy,
    "text": text,
    "native": native,
    "torch": functools.partial(eager, "torch"),
    "traced on torch": functools.partial(traced, "torch"),
    "strict": functools.partial(traced, "array_api_strict"),
    "batch": batch,
    "gradients": gradients,
    "differences": differences,
}
COSTLY = {"differences": 0.5, "batch": 0.6, "strict": 0.5}
"""The share of programs that an oracle is asked about; 1 for the others."""


def asked(program: Program) -> Iterator[str]:
    """The oracles that are asked about a program, the same each time."""
    draw = np.random.default_rng([program.seed, 1])
    return (name for name in ORACLES if draw.random() < COSTLY.get(name, 1.0))


def verdict(program: Program, name: str) -> str:
    """Nothing if the oracle holds, "refused: …" for an error of polyad's, else the fault."""
    try:
        with contextlib.redirect_stdout(None):
            ORACLES[name](Case(program))
    except Disagreement as fault:
        return str(fault)
    except PolyadError as error:
        return f"refused: {type(error).__name__}: {str(error).partition(chr(10))[0]}"
    except Exception as error:  # any other error is a fault
        return f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
    return ""
