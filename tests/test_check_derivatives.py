"""`check_derivatives` passes right functions, and finds, places and names what is wrong."""

import re

import numpy as np
import pytest
import torch

import polyad
import polyad.numpy as pnp
from polyad import lax, nn, special
from polyad.errors import DerivativeError, PolyadValueError
from polyad.extend import elementwise
from polyad.test_util import check_derivatives

from .errors.messages import lines_of

X = np.asarray([0.7, -1.3])
MATRIX = np.asarray([[2.0, 0.3], [0.1, 1.5]])
line = lines_of(__file__)

RIGHT = {
    "where": (lambda x: pnp.where(x > 0, x * pnp.log(x), 0.0), X),
    "abs": (pnp.abs, X),
    "norm": (pnp.linalg.norm, X),
    "square of a norm": (lambda x: pnp.linalg.norm(x) ** 2, X),
    "tanh": (pnp.tanh, X),
    "large arguments of sin": (pnp.sin, X),
    "max": (pnp.max, X),
    "sort": (lambda x: pnp.sort(x) * x, X),
    "prod": (pnp.prod, X),
    "std": (pnp.std, X),
    "floor": (pnp.floor, X),
    "relu": (nn.relu, X),
    "det": (pnp.linalg.det, MATRIX),
    "root": (pnp.sqrt, X**2),
    "hypot": (pnp.hypot, 0.5, 1.2),
    "power": (lambda x, y: x**y, 0.5, 1.2),
    "quotient": (pnp.divide, 0.5, 1.2),
    "xlogy": (special.xlogy, 0.5, 1.2),
    "modulus": (lambda z: pnp.abs(z) ** 2, np.asarray([1 + 2j])),
    "loop": (lambda x: lax.fori_loop(0, 3, lambda i, c: pnp.sin(c) * x, x), X),
    "control by values": (lambda x: x if x < 1 else x * x, 0.4),
    "digits lost by the value alone": (lambda x: pnp.sqrt(x * x + 1) - 1, 0.5),
    "float32": (lambda x: pnp.exp(x) @ x, X.astype("float32")),
    "torch": (pnp.tanh, torch.tensor(X)),
    "pytree with integers": (lambda d: d["x"] * d["n"], {"x": X, "n": np.arange(2)}),
}


@pytest.mark.share(3)
@pytest.mark.parametrize("name", RIGHT)
def test_right_functions_pass(name):
    function, *args = RIGHT[name]
    check_derivatives(function, args)


@polyad.custom_jvp
def custom(x):
    return pnp.sin(x)


custom.defjvp(lambda p, t: (pnp.sin(p[0]), t[0] * pnp.cos(p[0]) * 1.001))

# right to the first order, and cut off there
cut = elementwise(
    "sin_cut_after_first_order",
    implementations={"xp": lambda xp, x: xp.sin(x)},
    partials=(lambda x, y: lax.stop_gradient(pnp.cos(x)),),
)
# right but at zero, where the quotient's rule is taken for 1
sticky = elementwise(
    "cube_wrong_at_zero",
    implementations={"xp": lambda xp, x: x * x * x},
    partials=(lambda x, y: pnp.where(x == 0, 1.0, 3 * x * x),),
)


def message(function, *args, **options):
    with pytest.raises(DerivativeError) as caught:
        check_derivatives(function, args, **options)
    assert isinstance(caught.value, AssertionError)
    return str(caught.value)


def numbers(text):
    found = re.search(r"is (\S+), expected (\S+) by", text)
    return float(found[1]), float(found[2])


def test_a_custom_rule_is_named_with_its_line():
    def function(x):
        y = pnp.exp(x) + x
        return pnp.sum(custom(y) * 2)  # @custom

    text = message(function, X, special=False)
    assert "derivative of order 1 (forward)" in text
    assert "the op to blame is custom_jvp_call of custom" in text
    assert line("custom") in text
    assert "along argument 0 at [0], of result 0" in text
    y = np.exp(0.7) + 0.7
    slope = 2 * np.cos(y) * (np.exp(0.7) + 1)
    assert numbers(text) == pytest.approx((1.001 * slope, slope), rel=1e-9)
    lost = float(re.search(r"(\S+) digits are lost", text)[1])
    assert lost == pytest.approx(np.log10(1e-3 * 2.0**52), abs=0.1)


def test_a_second_derivative_of_an_op_is_named_with_its_line():
    def function(x, y):
        z = pnp.exp(y) * x
        return pnp.tanh(cut(z))  # @cut

    assert "order 2" in (text := message(function, 0.5, 0.3))
    assert "the op to blame is sin_cut_after_first_order" in text
    assert line("cut") in text
    check_derivatives(function, (0.5, 0.3), order=1, special=False)


def test_inside_a_compiled_call():
    def inner(x):
        return cut(x)  # @inner

    text = message(lambda x: polyad.jit(inner)(x) * 3, 0.5, special=False)
    assert "sin_cut_after_first_order" in text
    assert line("inner") in text


REGIONS = {
    "scan": lambda f, x: lax.scan(lambda c, w: (pnp.exp(-c) + w * f(c), c), x, np.ones(2))[0],
    "rows of a reverse scan": lambda f, x: pnp.sum(
        lax.scan(lambda c, w: (c, w * f(x)), 0.0, np.ones(2), reverse=True)[1]
    ),
    "map": lambda f, x: pnp.sum(lax.map(lambda w: f(w * x), np.ones(2))),
    "while_loop": lambda f, x: lax.while_loop(
        lambda c: c[0] < 2, lambda c: (c[0] + 1, pnp.exp(-c[1]) + f(c[1])), (0, x)
    )[1],
    "second iteration": lambda f, x: lax.fori_loop(
        0, 2, lambda i, c: lax.cond(i > 0, f, pnp.exp, c), x
    ),
    "switch": lambda f, x: lax.switch(1, [pnp.exp, lambda t: f(pnp.exp(t)), pnp.sin], x),
    "checkpoint": lambda f, x: polyad.checkpoint(lambda t: f(pnp.exp(t)))(x),
    "scan of a branch in a call": lambda f, x: lax.scan(
        lambda c, w: (lax.cond(c < 9, polyad.jit(f), lambda t: t, c), None), x, np.ones(2)
    )[0],
}


@pytest.mark.parametrize("name", REGIONS)
def test_inside_branches_and_loops(name):
    def function(x):
        return cut(x)  # @body

    text = message(lambda x: REGIONS[name](function, x), 0.5, special=False)
    assert "the op to blame is sin_cut_after_first_order" in text
    assert line("body") in text


def test_special_points_are_reached_and_the_entry_is_told():
    def function(x):
        return pnp.exp(sticky(x))  # @sticky

    check_derivatives(function, (X,), special=False)
    text = message(function, X)
    assert "at the point ([ 0. -1.3])" in text
    assert "along argument 0 at [0], of result 0 at [0]" in text
    assert numbers(text) == pytest.approx((1, 0), abs=1e-9)
    assert "the op to blame is cube_wrong_at_zero" in text
    assert line("sticky") in text


def test_a_nan_where_there_is_a_limit():
    text = message(lambda x: pnp.cbrt(x) ** 3, 0.5)
    found, expected = numbers(text)
    assert np.isnan(found)
    assert expected == pytest.approx(1)
    assert "every op's own derivative is right" in text


def test_digits_that_are_lost_between_ops():
    text = message(lambda x: pnp.sin(x) / x, 0.5)
    assert "at the point (1e-08)" in text
    assert numbers(text)[1] == pytest.approx(-1e-8 / 3, rel=1e-3)
    assert "every op's own derivative is right" in text


def test_a_function_that_cannot_be_traced_has_no_op_to_blame():
    text = message(lambda x: custom(x) if x < 1 else x, 0.5, special=False)
    assert "no op is named, since the function cannot be traced" in text


def test_a_value_that_depends_on_the_order_of_directions():
    @polyad.custom_jvp
    def twisted(x, y):
        return x * y

    def rule(primals, tangents):
        (x, y), (s, t) = primals, tangents
        return x * y, lax.stop_gradient(y) * s + x * t

    twisted.defjvp(rule)
    text = message(twisted, 0.5, 0.3)
    assert "custom_jvp_call of twisted" in text
    assert "order 2" in text


def test_orders_and_arguments_that_make_no_sense():
    with pytest.raises(PolyadValueError, match="the order is 1 or more, not 0"):
        check_derivatives(pnp.sin, (0.5,), order=0)
    with pytest.raises(PolyadValueError, match="no argument is a floating or complex array"):
        check_derivatives(lambda n: n * 2, (np.arange(3),))


def test_derivatives_that_are_zero_but_for_rounding():
    """Differences of what has cancelled, or underflows, tell nothing."""
    check_derivatives(lambda x: pnp.exp(pnp.log(x)), (np.array([0.3]),), special=False)

    def product(x):
        return polyad.lax.scan(lambda c, _: (pnp.sin(c) * x, None), x, None, length=3)[0]

    check_derivatives(product, (np.array([0.3]),))
