"""Laws of functions that others wrote: called with traced arrays, they are differentiated, mapped
and compiled as they are.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

import polyad
from polyad.errors import ConcretizationError

RANDOM = np.random.default_rng(0)
X, Y = RANDOM.uniform(0.2, 0.9, (2, 6))
LONG = np.linspace(0.3, 0.9, 25) ** 1.5 + 0.05 * RANDOM.normal(size=25)
M = RANDOM.uniform(0.2, 0.9, (4, 3))
W = RANDOM.normal(size=(3, 2))

GRAD, VMAP, JIT = "grad", "vmap", "jit"
LAWS = (GRAD, VMAP, JIT)


class Row(NamedTuple):
    """A function, arrays for it, and the laws that hold: of a function that asks for values, only
    `grad`, and the others say so.
    """

    name: str
    f: Callable[..., Any]
    args: tuple[Any, ...]
    laws: tuple[str, ...] = LAWS


def rows(functions: dict[str, Any], *args: Any, laws: tuple[str, ...] = LAWS) -> Iterator[Row]:
    """Rows of functions that take the same arrays."""
    return (Row(name, f, args, laws) for name, f in functions.items())


def check(row: Row, law: str) -> None:
    """Raise `AssertionError` unless the law holds, or an error says that it cannot."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            {GRAD: differentiated, VMAP: mapped, JIT: compiled}[law](row)
        except ConcretizationError:
            assert law not in row.laws, f"{law} of {row.name} asks for values"
        else:
            assert law in row.laws, f"{law} of {row.name} holds, and is not listed"


def differentiated(row: Row) -> None:
    """The gradient is the limit of differences."""
    projection = np.random.default_rng(1).normal(size=flat(row.f(*copies(row))).shape)

    def projected(*args: Any) -> Any:
        leaves = polyad.tree.leaves(row.f(*args))
        parts = np.split(projection, np.cumsum([int(np.prod(x.shape)) for x in leaves])[:-1])
        pairs = zip(leaves, parts, strict=True)
        return sum((x * like(p.reshape(x.shape), row)).sum() for x, p in pairs)

    found = np.asarray(polyad.grad(projected)(*copies(row)))
    direction = np.random.default_rng(2).normal(size=found.shape)
    first, *rest = copies(row)
    at = lambda step: flat(row.f(like(np.asarray(first) + step * direction, row), *rest))
    slope = projection @ (at(1e-6) - at(-1e-6)) / 2e-6
    np.testing.assert_allclose((found * direction).sum(), slope, rtol=1e-5, atol=1e-7)


def mapped(row: Row) -> None:
    """A batch is a loop."""
    factors = (1.0, 0.9, 0.8)
    batch = [like(np.stack([np.asarray(x) * k for k in factors]), row) for x in row.args]
    found = polyad.tree.leaves(polyad.vmap(row.f)(*batch))
    for i in range(len(factors)):
        one = flat(row.f(*[like(np.array(x)[i], row) for x in batch]))
        close(np.concatenate([flat(x[i]) for x in found]), one)


def compiled(row: Row) -> None:
    """Compiled, it gives the same."""
    close(flat(polyad.jit(row.f)(*copies(row))), flat(row.f(*copies(row))))


def copies(row: Row) -> list[Any]:
    """The arrays, for a function that may write into them."""
    return [like(np.array(x), row) for x in row.args]


def like(x: Any, row: Row) -> Any:
    """A NumPy array as one of the row's library."""
    return x if isinstance(row.args[0], np.ndarray) else row.args[0].new_tensor(x)


def flat(value: Any) -> Any:
    """All numbers of a pytree of arrays."""
    leaves = [np.ravel(np.asarray(x, dtype=float)) for x in polyad.tree.leaves(value)]
    return np.concatenate(leaves)


def close(found: Any, expected: Any) -> None:
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-10)
