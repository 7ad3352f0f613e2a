"""The costly oracles: machine code, other array libraries, differences, what programs become."""

from __future__ import annotations

import contextlib
import ctypes
import tempfile
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .. import api, checking, execution, sparse
from .. import numpy as pnp
from ..config import config
from ..conformance.arrays import on
from ..errors import PolyadError
from .cases import Arrays, Case, Disagreement, arrays, compare, quietly, spread
from .grammar import OVERLAPPING, kind_of

BY_DECREE = (
    "copysign",
    "stop_gradient",
    "random.gamma",
)  # whose derivatives are not those of what they compute
FLOATING = ("float16", "float32", "float64", "complex64", "complex128")
PASSED_ON = "polyad.foreign.torch.plain"  # the module that hands plain tensors' calls to PyTorch


def native(case: Case) -> None:
    """Machine code gives what eager calls give; each pass's result is verified, and described."""
    lowered = api.jit(case.f).lower(*case.arguments)
    found = arrays(lowered.compile()(*case.program.arguments()))
    compare(found, case.results, case.spread, "jit", case.rounding)
    if not lowered.explain():
        raise Disagreement("explain() says nothing")


def eager(name: str, case: Case) -> None:
    """Another array library's results, op by op."""
    if name == "torch" and not set(OVERLAPPING).isdisjoint(case.program.block.rules()):
        return
    with execution.use_backend(name):
        _elsewhere(name, case, case.f, name)


def traced(name: str, case: Case) -> None:
    """The results of another array library, of the traced function."""
    _elsewhere(name, case, api.jit(case.f, backend=name), f"jit(backend={name!r})")


def _elsewhere(name: str, case: Case, f: Callable[..., Any], told: str) -> None:
    if name == "torch" and sum(dtype in case.names for dtype in FLOATING) > 1:
        return  # a tensor without dimensions does not promote
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


def total(case: Case) -> tuple[Callable[..., Any], list[Any]]:
    """A real number made of all inexact results, as a function of the inexact arguments."""
    part, given = case.inexact()

    def f(*moving: Any) -> Any:
        return sum((pnp.sum(pnp.real(y) * 0.5) for y in part(*moving)), 0.0)

    return f, given


def gradients(case: Case) -> None:
    """The gradient is the same, eagerly, compiled, on torch, and in a batch."""
    f, given = total(case)
    if not given:
        return
    slope = api.grad(f, tuple(range(len(given))))
    expected = arrays(quietly(slope, *given))
    moves = lambda: spread(slope, expected, given, case.rng)
    found = arrays(quietly(api.jit(slope), *given))
    compare(found, expected, moves, "jit of grad", case.rounding)
    found = arrays(quietly(api.vmap(slope), *[np.stack([x, x]) for x in given]))
    compare([g[1] for g in found], expected, moves, "vmap of grad", case.rounding)
    on_torch = _of_library("torch", api.jit(slope, backend="torch"), given)
    if on_torch is not None:
        compare(on_torch, expected, moves, "grad on torch", case.rounding)


def differences(case: Case, order: int = 2) -> None:
    """Derivatives of order one and two, in both modes, agree with differences and each other. A NaN
    is let pass: at ties an infinite partial may meet a zero.
    """
    part, given = case.inexact()
    by_decree = any(name in case.names for name in BY_DECREE)
    narrow = "float16" in case.names
    if by_decree or narrow or not sum(x.size for x in given) or not case.is_finite():
        return
    program = checking.Program(part, given)
    weights = checking.direction(part(*given), 1)
    found = quietly(
        checking.failure, program, given, checking.direction(given, 0), weights, order, (0.01, 1e-4)
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


# -- What programs become --------------------------------------------------------------------------


def same_bits(found: Arrays, expected: Arrays, told: str) -> None:
    """Raise `Disagreement` unless two runs of the same machine code gave the same bits."""
    for i, (x, y) in enumerate(zip(found, expected, strict=True)):
        nan = x != x
        if np.any((x != y) & ~(nan & (y != y))):
            raise Disagreement(f"{told}, result {i}: other bits")


def cache(case: Case) -> None:
    """Code from the folder of compiled code gives the same bits as code just made."""
    with tempfile.TemporaryDirectory() as folder, config(cache_dir=folder):
        runs = []
        for _ in range(2):
            api.clear_caches()
            runs.append(arrays(quietly(api.jit(case.program.function()), *case.arguments)))
    same_bits(runs[1], runs[0], "from the cache")


def threads(case: Case) -> None:
    """The number of threads changes no bit."""
    f = api.jit(case.f)
    runs = []
    for n in (1, 3):
        with config(num_threads=n):
            runs.append(arrays(quietly(f, *case.arguments)))
    same_bits(runs[1], runs[0], "three threads")


def export(case: Case) -> None:
    """The exported C function, called through its address, gives what the compiled one gives."""
    lowered = api.jit(case.f).lower(*case.arguments)
    expected = arrays(lowered.compile()(*case.program.arguments()))
    found = [np.empty(y.shape, y.dtype) for y in expected]
    function = ctypes.CFUNCTYPE(
        ctypes.c_int, *[ctypes.c_void_p] * (len(case.arguments) + len(found))
    )
    given = [np.array(x, order="C") for x in case.arguments]
    code = function(lowered.address())(*[x.ctypes.data for x in (*given, *found)])
    if code:
        raise Disagreement(f"the exported function returns {code}")
    compare(found, expected, case.spread, "exported", case.rounding)


def taylor(case: Case) -> None:
    """Taylor coefficients along a line are the derivatives of forward mode."""
    part, given = case.inexact()
    if not sum(x.size for x in given):
        return
    v = checking.direction(given, 0)
    _, series = quietly(api.taylor, part, given, [[x, 0] for x in v])

    def once(*x: Any) -> Any:
        return api.jvp(part, x, tuple(v))[1]

    def both(*x: Any) -> list[Any]:
        first, second = api.jvp(once, x, tuple(v))
        return [*first, *(pnp.multiply(0.5, s) for s in second)]

    expected = arrays(quietly(both, *given))
    found = arrays([y for coefficient in series for y in coefficient])
    moves = lambda: spread(both, expected, given, case.rng)
    compare(found, expected, moves, "Taylor coefficients", max(case.rounding, 1e-8))


def sparse_jacobian(case: Case) -> None:
    """The sparse Jacobian has the entries of the dense one."""
    part, given = case.inexact()
    real = [x for x in given if x.dtype.name in ("float32", "float64")]
    if len(real) < len(given) or not sum(x.size for x in given):
        return
    flat = lambda *x: [y for y in part(*x) if kind_of(y) == "f"]
    if not flat(*given) or not all(x.size for x in given):
        return
    numbers = tuple(range(len(given)))
    found = quietly(sparse.jacobian(flat, numbers, format="dense"), *given)
    dense = quietly(api.jacrev(flat, numbers), *given)
    blocks = [
        [b.reshape(b.size // max(x.size, 1), x.size) for b, x in zip(row, given, strict=True)]
        for row in dense
    ]
    expected: Any = np.block(blocks)
    compare(
        [np.asarray(found)],
        [expected.astype(np.asarray(found).dtype)],
        lambda: [np.full(expected.shape, np.inf) if not np.isfinite(expected).all() else 0.0],
        "sparse Jacobian",
        max(case.rounding, 1e-8),
    )


def checkpointed(case: Case) -> None:
    """Recomputation changes no gradient."""
    f, given = total(case)
    if not given:
        return
    numbers = tuple(range(len(given)))
    slope, again = api.grad(f, numbers), api.grad(api.checkpoint(f), numbers)
    expected = arrays(quietly(slope, *given))
    moves = lambda: spread(slope, expected, given, case.rng)
    compare(arrays(quietly(again, *given)), expected, moves, "grad of checkpoint", case.rounding)
