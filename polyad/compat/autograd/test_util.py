"""autograd's checks of derivatives, by differences along random directions."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

from ._operators import of_any_argument
from .core import make_jvp, make_vjp, vspace
from .wrap_util import get_name

F = Callable[..., Any]
TOL = RTOL = EPS = 1e-6


def scalar_close(a: Any, b: Any) -> bool:
    """Whether two numbers are near."""
    return bool(abs(a - b) < TOL or abs(a - b) / abs(a + b) < RTOL)


def make_numerical_jvp(f: F, x: Any) -> F:
    """A function of a tangent: the central difference of `f` along it."""
    xs, ys = vspace(x), vspace(f(x))

    def jvp(v: Any) -> Any:
        above = f(xs.add(x, xs.scalar_mul(v, EPS / 2)))
        below = f(xs.add(x, xs.scalar_mul(v, -EPS / 2)))
        return ys.scalar_mul(ys.add(above, ys.scalar_mul(below, -1.0)), 1 / EPS)

    return jvp


def check_vjp(f: F, x: Any) -> None:
    """Raise `AssertionError` where the pullback is not that of differences."""
    vjp, y = make_vjp(f, x)
    xs, ys = vspace(x), vspace(y)
    v, u = xs.randn(), ys.randn()
    pulled = xs.covector(vjp(ys.covector(u)))
    assert vspace(pulled) == xs, f"the cotangent of {get_name(f)} is in {vspace(pulled)}, not {xs}"
    exact = xs.inner_prod(v, pulled)
    numeric = ys.inner_prod(u, make_numerical_jvp(f, x)(v))
    assert scalar_close(numeric, exact), (
        f"Derivative (VJP) check of {get_name(f)} failed with arg {x}:\n"
        f"analytic: {exact}\nnumeric:  {numeric}"
    )


def check_jvp(f: F, x: Any) -> None:
    """Raise `AssertionError` where the pushed tangent is not that of differences."""
    v = vspace(x).randn()
    check_equivalent(make_jvp(f, x)(v)[1], make_numerical_jvp(f, x)(v))


def check_equivalent(x: Any, y: Any) -> None:
    """Raise `AssertionError` unless two values are in one vector space, and near."""
    xs, ys = vspace(x), vspace(y)
    assert xs == ys, f"VSpace mismatch:\nx: {xs}\ny: {ys}"
    v = xs.randn()
    assert scalar_close(xs.inner_prod(x, v), xs.inner_prod(y, v)), (
        f"Value mismatch:\nx: {x}\ny: {y}"
    )


@of_any_argument
def check_grads(f: F, x: Any, modes: Sequence[str] | None = None, order: int = 2) -> None:
    """A function of arguments: it raises `AssertionError` where the derivatives of `f` by argument
    `argnum` are not those of differences, in these modes ("fwd", "rev"), up to `order`.

    >>> check_grads(lambda x: x**3, order=2)(1.5)
    """
    modes = ["fwd", "rev"] if modes is None else list(modes)
    assert all(m in ("fwd", "rev") for m in modes), f"modes are fwd and rev, not {modes}"
    name = get_name(f)
    if "fwd" in modes:
        check_jvp(f, x)
        if order > 1:
            pushed: F = lambda x, v: make_jvp(f, x)(v)[1]
            pushed.__name__ = f"jvp_{name}"
            check_grads(pushed, (0, 1), modes, order=order - 1)(x, vspace(x).randn())
    if "rev" in modes:
        check_vjp(f, x)
        if order > 1:
            pulled: F = lambda x, v: make_vjp(f, x)[0](v)
            pulled.__name__ = f"vjp_{name}"
            check_grads(pulled, (0, 1), modes, order=order - 1)(x, vspace(f(x)).randn())


def combo_check(fun: F, *args: Any, **kwargs: Any) -> F:
    """A function of lists of values for each argument: it checks the derivatives of `fun` for each
    choice of them; `args` and `kwargs` are those of `check_grads`.
    """

    def check(*choices: Any, **named: Any) -> None:
        options = [[(key, value) for value in values] for key, values in named.items()]
        for given in itertools.product(*choices):
            for chosen in itertools.product(*options):
                check_grads(fun, *args, **kwargs)(*given, **dict(chosen))

    return check
