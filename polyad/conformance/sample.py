"""A row of the table of samples: an op, its operands, its dtypes.

A row gives shapes, the domain of real operands (and of both parts of complex ones), and attributes.
Dtypes default to what the op's definition accepts. A domain keeps off the points at which the op is
not differentiable.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..ops import OpDefinition

Array = Any
FLOATS = ("float64", "float32")
COMPLEX = ("complex128", "complex64")
INEXACT = FLOATS + COMPLEX
INTEGERS = ("int64", "int32", "uint8")
BOOL = ("bool",)
ACCEPTED = {
    "any": FLOATS + COMPLEX + INTEGERS + BOOL,
    "numeric": FLOATS + COMPLEX + INTEGERS,
    "floating": FLOATS + COMPLEX,
    "complex": COMPLEX,
    "real": FLOATS + INTEGERS,
    "real floating": FLOATS,
    "ordered": FLOATS + INTEGERS + BOOL,
    "integer": INTEGERS,
    "integer or boolean": INTEGERS + BOOL,
    "boolean": BOOL,
}


def op_named(name: str) -> OpDefinition:
    """The op of the array dialect of that name."""
    found = OpDefinition.registry[name]
    if not isinstance(found, OpDefinition):
        raise TypeError(f"{name} is no op of the array dialect")
    return found


class Operand(NamedTuple):
    """The distribution of an operand: uniform in `domain`, on multiples of `step` if there is one.

    `dtype` fixes it apart from the sample's; `matrix` makes the last two axes "regular" (far from
    singular) or "positive" (Hermitian, positive definite); `special` gives NaN, infinities, zeros.
    """

    shape: tuple[int, ...] = (2, 3)
    domain: tuple[float, float] = (-2.0, 2.0)
    integers: tuple[int, int] = (-4, 5)
    dtype: str | None = None
    step: float = 0.0
    matrix: str = ""
    special: bool = False

    def draw(self, rng: np.random.Generator, dtype: str) -> Array:
        dtype = self.dtype or dtype
        kind = np.dtype(dtype).kind
        if kind == "b":
            return rng.integers(0, 2, self.shape).astype(bool)
        if kind in "iu":
            low, high = self.integers
            return rng.integers(max(low, 0) if kind == "u" else low, high, self.shape).astype(dtype)
        found = self._real(rng) if kind == "f" else self._real(rng) + 1j * self._real(rng)
        if self.matrix:
            found = self._matrix(found)
        if self.special:
            found = self._special(found.dtype)
        return np.asarray(found).astype(dtype)

    def _special(self, dtype: Any) -> Array:
        """The values in turn; complex ones in pairs, of which 36 elements hold all."""
        values = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 1.5])
        if dtype.kind == "f":
            return np.resize(values, self.shape)
        i = np.arange(36)
        pairs = np.empty(36, dtype)
        pairs.real, pairs.imag = values[i % 6], values[(i + i // 6 + 1) % 6]
        return np.resize(pairs, self.shape)

    def _real(self, rng: np.random.Generator) -> Array:
        found = rng.uniform(*self.domain, self.shape)
        return np.round(found / self.step) * self.step if self.step else found

    def _matrix(self, a: Array) -> Array:
        n = self.shape[-1]
        if self.matrix == "positive":
            return a @ np.conj(np.swapaxes(a, -1, -2)) + n * np.eye(n)
        return a + 2 * n * np.eye(n)


class Sample(NamedTuple):
    """A row: `run` applies the op `op` to arrays drawn as `operands` say, in each of `dtypes`.

    `derivatives` is False where the derivative is by decree and not the limit of differences.
    `attributes` are those of the op, unless `run` is a function of the row's own.
    """

    op: str
    name: str
    run: Callable[..., Any]
    operands: tuple[Operand, ...]
    dtypes: tuple[str, ...]
    derivatives: bool
    tolerance: float
    attributes: tuple[tuple[str, Any], ...] = ()

    def arrays(self, dtype: str, seed: int = 0) -> list[Array]:
        """Operands in `dtype`, the same each time; another `seed` gives others."""
        rng = np.random.default_rng([zlib.crc32(self.name.encode()), seed])
        return [operand.draw(rng, dtype) for operand in self.operands]

    @property
    def definition(self) -> OpDefinition:
        return op_named(self.op)

    @property
    def arity(self) -> int:
        """The number of operands."""
        return len(self.operands)

    @property
    def attrs(self) -> dict[str, Any]:
        """The attributes by name."""
        return dict(self.attributes)

    @property
    def domains(self) -> tuple[tuple[float, float], ...]:
        """The interval of each real operand."""
        return tuple(operand.domain for operand in self.operands)

    @property
    def inexact(self) -> list[str]:
        """The dtypes in which derivatives are checked."""
        if not self.derivatives or not any(o.dtype is None for o in self.operands):
            return []
        return [d for d in self.dtypes if d in ("float64", "complex128")]


SAMPLES: list[Sample] = []


def sample_of(op: str) -> Sample:
    """The first row of an op. Raises `LookupError` if there is none."""
    for row in SAMPLES:
        if row.op == op:
            return row
    raise LookupError(f"{op} has no sample: add a row in polyad/conformance/samples/")


def elementwise(arity: int) -> list[Sample]:
    """The first row of each element-wise op with that number of operands."""
    first: dict[str, Sample] = {}
    for row in SAMPLES:
        first.setdefault(row.op, row)
    return [r for r in first.values() if r.definition.elementwise and r.arity == arity]


def sample(
    op: str,
    *operands: Operand,
    count: int = 1,
    label: str = "",
    run: Callable[..., Any] | None = None,
    dtypes: Sequence[str] | None = None,
    derivatives: bool = True,
    tolerance: float = 1.0,
    shape: tuple[int, ...] = (2, 3),
    domain: tuple[float, float] = (-2.0, 2.0),
    **attributes: Any,
) -> None:
    """Add a row. Operands are given one by one, or as a `count` of one `shape` and `domain`.

    `tolerance` is a factor on what backends and derivatives may differ by.
    """
    definition = op_named(op)
    if run is None:
        run = lambda *arrays: definition(*arrays, **attributes)
    accepted = ACCEPTED[definition.accepts] if dtypes is None else tuple(dtypes)
    name = f"{op}-{label}" if label else op
    drawn = operands or (Operand(shape, domain),) * count
    SAMPLES.append(
        Sample(
            op,
            name,
            run,
            tuple(drawn),
            accepted,
            derivatives,
            tolerance,
            tuple(sorted(attributes.items())),
        )
    )
