"""A traced array that outlives its trace: the error has the lines that made and used it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import lax
from polyad.errors import LeakedTracerError

KEPT: list[Any] = []
X = np.array([1.0, 2.0])


def keep(x: Any) -> Any:
    KEPT.append(pnp.sin(x))  # made here
    return KEPT[-1]


def by_jit() -> None:
    polyad.jit(keep)(X)


def by_grad() -> None:
    polyad.grad(lambda x: pnp.sum(keep(x)))(X)


def by_jvp() -> None:
    polyad.jvp(keep, (X,), (X,))


def by_vjp() -> None:
    polyad.vjp(keep, X)


def by_linearize() -> None:
    polyad.linearize(keep, X)


def by_vmap() -> None:
    polyad.vmap(keep)(X)


def by_jacrev_of_jit() -> None:
    polyad.jacrev(polyad.jit(keep))(X)


def by_scan_in_jit() -> None:
    polyad.jit(lambda x: lax.scan(lambda c, x: (c + keep(x), None), 0.0, x))(X)


def by_cond_in_jit() -> None:
    polyad.jit(lambda x: lax.cond(x[0] > 0, keep, lambda x: x, x))(X)


def by_while_in_jit() -> None:
    polyad.jit(lambda x: lax.while_loop(lambda x: x[0] < 0, keep, x))(X)


def by_fori_in_jit() -> None:
    polyad.jit(lambda x: lax.fori_loop(0, 3, lambda i, x: keep(x), x))(X)


def by_checkpoint() -> None:
    polyad.grad(lambda x: pnp.sum(polyad.checkpoint(keep)(x)))(X)


def by_the_rule_of_custom_jvp() -> None:
    @polyad.custom_jvp
    def f(x: Any) -> Any:
        return x

    f.defjvp(lambda primals, tangents: (primals[0], keep(tangents[0])))
    polyad.jvp(f, (X,), (X,))


def by_the_function_of_custom_jvp() -> None:
    f = polyad.custom_jvp(lambda x: keep(x))
    f.defjvp(lambda primals, tangents: (primals[0], tangents[0]))
    polyad.jit(f)(X)


def by_the_fwd_of_custom_vjp() -> None:
    f = polyad.custom_vjp(lambda x: x)
    f.defvjp(lambda x: (x, keep(x)), lambda kept, ct: (ct,))
    polyad.grad(lambda x: pnp.sum(f(x)))(X)


def by_the_bwd_of_custom_vjp() -> None:
    f = polyad.custom_vjp(lambda x: x)
    f.defvjp(lambda x: (x, None), lambda _, ct: (keep(ct),))
    polyad.grad(lambda x: pnp.sum(f(x)))(X)


LEAKS = [value for name, value in list(globals().items()) if name.startswith("by_")]


def plus_one(x: Any) -> Any:
    return x + 1.0  # used here


def in_another_trace(x: Any) -> Any:
    return polyad.jit(lambda y: y * x)(2.0)  # used here


def as_an_argument(x: Any) -> Any:
    return polyad.jit(pnp.cos)(x)  # used here


def as_a_number(x: Any) -> Any:
    return float(x)  # used here


def as_a_condition(x: Any) -> Any:
    return 1 if x > 0 else 2  # used here


def as_an_array_of_numpys(x: Any) -> Any:
    return np.asarray(x)  # used here


def by_its_index(x: Any) -> Any:
    return x[..., None]  # used here


def written_to(x: Any) -> None:
    x[...] = 1.0  # used here


def updated(x: Any) -> Any:
    return pnp.at(x)[...].add(1.0)  # used here


USES = [
    plus_one,
    in_another_trace,
    as_an_argument,
    as_a_number,
    as_a_condition,
    as_an_array_of_numpys,
    by_its_index,
    written_to,
    updated,
]


def line_of(function: Callable[..., Any], comment: str) -> str:
    """The place of the line of a function that ends with this comment."""
    lines, first = inspect.getsourcelines(function)
    (at,) = [k for k, line in enumerate(lines) if line.rstrip().endswith(comment)]
    return f"{__file__}:{first + at}"


@pytest.fixture(autouse=True)
def nothing_is_kept():
    KEPT.clear()
    yield
    KEPT.clear()


def check(use: Callable[..., Any]) -> None:
    leaked = next(x for x in KEPT if isinstance(x, polyad.tracer.Tracer))
    with pytest.raises(LeakedTracerError) as caught:
        use(leaked)
    made, _, used = str(caught.value).partition("is used after that trace has ended")
    assert f"made by sin at {line_of(keep, '# made here')}" in made
    assert line_of(use, "# used here") in used
    assert "Return the value" in used


@pytest.mark.parametrize("leak", LEAKS)
def test_both_lines_are_told_for_each_way_to_leak(leak: Callable[[], None]):
    leak()
    check(plus_one)


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("leak", [by_jit, by_grad, by_vmap, by_scan_in_jit])
def test_both_lines_are_told_for_each_use(leak: Callable[[], None], use: Callable[..., Any]):
    leak()
    check(use)


def test_a_leaked_argument_is_named():
    polyad.jit(lambda weights: KEPT.append(weights) or weights)(X)
    with pytest.raises(LeakedTracerError, match=r"argument 'weights'(.|\n)*test_leaked_tracers"):
        KEPT[0] + 1.0


def test_an_inner_tracer_leaks_into_the_outer_trace():
    def outer(x: Any) -> Any:
        polyad.jit(keep)(x)
        return plus_one(KEPT[0])

    with pytest.raises(LeakedTracerError) as caught:
        polyad.jit(outer)(X)
    assert line_of(keep, "# made here") in str(caught.value)
    assert line_of(plus_one, "# used here") in str(caught.value)


def test_a_known_value_of_an_eager_loop_does_not_leak():
    """Branches on known values are Python's: there is no trace to leave."""
    lax.cond(True, keep, lambda x: x, X)
    lax.scan(lambda c, x: (c + keep(x), None), 0.0, X)
    np.testing.assert_array_equal(KEPT[0] + 1.0, np.sin(X) + 1.0)
    np.testing.assert_array_equal(KEPT[1:], np.sin(X))
