"""Taylor mode: against mpmath's coefficients, and against nested forward mode for every op."""

import mpmath
import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import lax, special
from polyad.conformance import SAMPLES
from polyad.errors import NotDifferentiableError, PolyadTypeError, PolyadValueError
from polyad.experimental.jet import jet


def nested(f, order):
    """The derivatives of order 0 … `order` at 0 of a function of a scalar."""
    found = []
    for _ in range(order + 1):
        found.append(polyad.tree.leaves(f(0.0)))
        f = (lambda f: lambda t: polyad.jvp(f, (t,), (1.0,))[1])(f)
    return found


def along(order):
    return ((1.0, *[0] * (order - 1)),)


# -- Coefficients ----------------------------------------------------------------------------------

FUNCTIONS = {
    "exp": (pnp.exp, mpmath.exp, 0.3),
    "expm1": (pnp.expm1, mpmath.expm1, 1e-3),
    "log": (pnp.log, mpmath.log, 1.7),
    "log1p": (pnp.log1p, mpmath.log1p, -0.4),
    "sqrt": (pnp.sqrt, mpmath.sqrt, 2.3),
    "power": (lambda x: x**2.5, lambda x: x ** mpmath.mpf(2.5), 1.2),
    "cube at 0": (lambda x: x**3, lambda x: x**3, 0.0),
    "power of a variable": (lambda x: x**x, lambda x: x**x, 1.3),
    "reciprocal": (lambda x: 1 / x, lambda x: 1 / x, 1.5),
    "quotient": (
        lambda x: pnp.sin(x) / (2 + x * x),
        lambda x: mpmath.sin(x) / (2 + x * x),
        0.4,
    ),
    "sin": (pnp.sin, mpmath.sin, 0.9),
    "cos": (pnp.cos, mpmath.cos, 0.9),
    "tan": (pnp.tan, mpmath.tan, 0.4),
    "asin": (pnp.asin, mpmath.asin, 0.3),
    "atan": (pnp.atan, mpmath.atan, 0.8),
    "sinh": (pnp.sinh, mpmath.sinh, 0.8),
    "tanh": (pnp.tanh, mpmath.tanh, 0.6),
    "acosh": (pnp.acosh, mpmath.acosh, 1.8),
    "sigmoid": (special.expit, lambda x: 1 / (1 + mpmath.exp(-x)), 0.7),
    "erf": (special.erf, mpmath.erf, 0.4),
    "erfc": (special.erfc, mpmath.erfc, 0.4),
    "gammaln": (special.gammaln, mpmath.loggamma, 2.2),
    "digamma": (special.digamma, mpmath.digamma, 2.2),
    "j0": (special.j0, lambda x: mpmath.besselj(0, x), 1.1),
    "softplus of a sine": (
        lambda x: pnp.logaddexp(pnp.sin(x), 0.0),
        lambda x: mpmath.log1p(mpmath.exp(mpmath.sin(x))),
        0.2,
    ),
}


@pytest.mark.parametrize("name", list(FUNCTIONS))
def test_coefficients_to_order_10(name):
    f, exact, at = FUNCTIONS[name]
    with mpmath.workdps(60):
        expected = [float(c) for c in mpmath.taylor(exact, mpmath.mpf(at), 10)]
    value, coefficients = polyad.taylor(f, (at,), along(10))
    np.testing.assert_allclose([value, *coefficients], expected, rtol=1e-11, atol=1e-13)


def test_derivatives_are_scaled_as_jax_has_them():
    value, derivatives = jet(lambda x: x**4, (2.0,), ((1.0, 0.0, 0.0, 0.0),))
    assert value == 16.0
    assert [float(d) for d in derivatives] == [32.0, 48.0, 48.0, 24.0]
    same = jet(lambda x: x**4, (2.0,), ((1.0, 0, 0, 0),), factorial_scaled=False)
    assert [float(c) for c in same[1]] == [32.0, 24.0, 8.0, 1.0]


def test_a_curve_has_coefficients_of_its_own():
    """x(t) = 1 + 2t + 3t², y(t) = 2 - t²: x·y = 2 + 4t + 5t² - 2t³ - 3t⁴."""
    series = ((2.0, 3.0, 0, 0), (None, -1.0, 0, 0))
    value, coefficients = polyad.taylor(lambda x, y: x * y, (1.0, 2.0), series)
    assert [float(c) for c in (value, *coefficients)] == [2.0, 4.0, 5.0, -2.0, -3.0]


def test_trees_and_arguments_that_have_no_derivative():
    def f(p, n):
        return {"out": pnp.sin(p["x"]) * n, "n": n}

    value, coefficients = polyad.taylor(
        f, ({"x": np.array([0.1, 0.2])}, np.array([2, 3])), ([{"x": np.ones(2)}, 0], [0, 0])
    )
    np.testing.assert_allclose(value["out"], np.sin([0.1, 0.2]) * [2, 3])
    np.testing.assert_allclose(coefficients[1]["out"], -np.sin([0.1, 0.2]) * [1, 1.5])
    assert coefficients[1]["n"].tolist() == [0.0, 0.0]


# -- Every op --------------------------------------------------------------------------------------

FIRST = {}
for row in SAMPLES:
    if "float64" in row.dtypes and row.derivatives and row.definition.differentiable:
        FIRST.setdefault(row.op, row)
INEXACT = "fc"


def has_floating_operand(row):
    return any(np.asarray(x).dtype.kind in INEXACT for x in row.arrays("float64"))


@pytest.mark.share(6)
@pytest.mark.parametrize("op", [op for op, row in FIRST.items() if has_floating_operand(row)])
def test_every_op_agrees_with_nested_forward_mode(op):
    row = FIRST[op]
    arrays, rng = row.arrays("float64"), np.random.default_rng(0)
    moves = [
        0.3 * rng.normal(size=np.shape(x)) if np.asarray(x).dtype.kind in INEXACT else None
        for x in arrays
    ]

    def f(t):
        given = zip(arrays, moves, strict=True)
        return row.run(*[x if v is None else x + t * v for x, v in given])

    value, derivatives = jet(f, (0.0,), along(3))
    for found, expected in zip([value, *derivatives], nested(f, 3), strict=True):
        for x, y in zip(polyad.tree.leaves(found), expected, strict=True):
            if np.asarray(y).dtype.kind in INEXACT:
                scale = 1 + np.max(np.abs(y), initial=0)
                np.testing.assert_allclose(x / scale, y / scale, rtol=0, atol=1e-12)


# -- Regions ---------------------------------------------------------------------------------------


@polyad.custom_jvp
def own_sine(x):
    return pnp.sin(x)


@own_sine.defjvp
def own_sine_jvp(primals, tangents):
    x, t = primals[0], tangents[0]
    slope = lax.cond(x > 0, lambda x, t: pnp.cos(x) * t, lambda x, t: 2 * pnp.cos(x) * t, x, t)
    return own_sine(x), slope


@polyad.custom_vjp
def own_product(x):
    return x * pnp.exp(x)


own_product.defvjp(
    lambda x: (own_product(x), x), lambda x, ct: ((pnp.exp(x) + own_product(x)) * ct,)
)

REGIONS = {
    "scan": lambda x: lax.scan(lambda c, w: (pnp.sin(c) * x + w, c * c), x, np.ones(3)),
    "scan over what moves": lambda x: lax.scan(
        lambda c, w: (c * w, pnp.exp(w)), 1.0, pnp.stack([x, x * x])
    ),
    "while": lambda x: lax.while_loop(
        lambda c: c[0] < 30, lambda c: (c[0] * 2 + x, c[1] * x), (x, 1.0)
    ),
    "fori_loop": lambda x: lax.fori_loop(0, 4, lambda i, c: c * x + i, 1.0),
    "cond": lambda x: lax.cond(x > 0, pnp.sin, lambda x: x * x * x, x),
    "cond of constants": lambda x: lax.cond(x > 0, lambda x: 1.0, lambda x: x * x * x, x),
    "jit": lambda x: polyad.jit(pnp.tanh)(x) * x,
    "checkpoint": lambda x: polyad.checkpoint(lambda x: pnp.tanh(x) * x)(x),
    "custom_jvp": own_sine,
    "custom_vjp": own_product,
    "custom_jvp in a scan": lambda x: lax.scan(lambda c, _: (own_sine(c) * x, c), x, None, 2),
    "a gradient": polyad.grad(lambda x: pnp.sin(x) * pnp.exp(x) + pnp.maximum(x, 0.0) ** 4),
    "a jitted loop": polyad.jit(lambda x: lax.fori_loop(0, 3, lambda i, c: pnp.sin(c) * x, x)),
}


@pytest.mark.parametrize("name", list(REGIONS))
@pytest.mark.parametrize("at", [0.7, -0.4])
def test_regions(name, at):
    f = lambda t: REGIONS[name](at + t)
    if name == "while" and at < 0:
        f = lambda t: REGIONS[name](t + 1.9)
    value, derivatives = polyad.jit(lambda t: jet(f, (t,), along(4)))(0.0)
    for found, expected in zip([value, *derivatives], nested(f, 4), strict=True):
        for x, y in zip(polyad.tree.leaves(found), expected, strict=True):
            np.testing.assert_allclose(x, y, rtol=1e-12, atol=1e-12)


def test_transformations_of_coefficients():
    f = lambda x: pnp.sin(x) * pnp.exp(x)
    third = lambda x: jet(f, (x,), along(3))[1][2]
    x = np.array([0.1, 0.5, -0.3])
    by_nesting = lambda x: nested(lambda t: f(x + t), 3)[3][0]
    np.testing.assert_allclose(polyad.vmap(third)(x), [by_nesting(v) for v in x], rtol=1e-12)
    np.testing.assert_allclose(polyad.jit(third)(0.5), by_nesting(0.5), rtol=1e-12)
    fourth = nested(lambda t: f(0.5 + t), 4)[4][0]
    assert polyad.grad(third)(0.5) == pytest.approx(fourth, rel=1e-12)
    assert polyad.jvp(third, (0.5,), (1.0,))[1] == pytest.approx(fourth, rel=1e-12)
    inner = jet(lambda x: jet(f, (x,), along(2))[1][1], (0.5,), along(2))[1][1]
    assert inner == pytest.approx(fourth, rel=1e-12)


def test_known_values_decide():
    f = lambda x: x**3 if x > 1 else -x
    assert [float(d) for d in jet(f, (2.0,), along(2))[1]] == [12.0, 12.0]
    assert [float(d) for d in jet(f, (0.5,), along(2))[1]] == [-1.0, 0.0]


def test_a_branch_that_is_not_taken_does_not_count():
    f = lambda x: pnp.where(x > 0, pnp.sqrt(x), 0.0)
    assert [float(d) for d in jet(f, (0.0,), along(3))[1]] == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_backends(backend):
    with polyad.use_backend(backend):
        x = pnp.asarray(0.3)
        found = jet(lambda x: pnp.tanh(x) * x, (x,), along(4))[1]
    expected = nested(lambda t: np.tanh(0.3 + t) * (0.3 + t), 4)[1:]
    np.testing.assert_allclose([float(d) for d in found], np.ravel(expected), rtol=1e-12)


# -- Work ------------------------------------------------------------------------------------------


def chain(x):
    return pnp.sin(pnp.exp(pnp.tanh(x * pnp.cos(x)))) / (1 + x * x)


def ops(f):
    return sum(1 for _ in polyad.make_ir(f)(0.2).walk())


def test_the_work_grows_with_the_square_of_the_order():
    count = {k: ops(lambda t, k=k: jet(chain, (t,), along(k))) for k in (5, 10, 20)}
    assert count[10] < 3.9 * count[5] and count[20] < 3.9 * count[10]


def test_nesting_takes_more_than_ten_times_the_ops_at_order_6():
    x, v = np.array([0.2, 0.5]), np.array([1.0, -0.3])

    def by_nesting(t):
        f = lambda t: chain(x + t * v)
        for _ in range(6):
            f = (lambda f: lambda t: polyad.jvp(f, (t,), (1.0,))[1])(f)
        return f(t)

    assert ops(by_nesting) > 10 * ops(lambda t: jet(lambda t: chain(x + t * v), (t,), along(6)))


# -- Errors ----------------------------------------------------------------------------------------

BAD = [
    (lambda: polyad.taylor(3, (1.0,), ((1.0,),)), PolyadTypeError, "taylor"),
    (lambda: jet(pnp.sin, 1.0, ((1.0,),)), PolyadTypeError, "^jet: primals is a tuple"),
    (lambda: jet(pnp.sin, (1.0,), 1.0), PolyadTypeError, "^jet: series is a tuple"),
    (lambda: jet(pnp.sin, (1.0,), (1.0,)), PolyadTypeError, r"series\[0\] is a list of coeff"),
    (
        lambda: jet(pnp.sin, (1.0,), ((1.0,), (1.0,))),
        PolyadTypeError,
        "there are 1 primals and 2 series",
    ),
    (
        lambda: jet(pnp.add, (1.0, 2.0), ((1.0,), (1.0, 0.0))),
        PolyadValueError,
        "series have different lengths, 1, 2",
    ),
    (
        lambda: jet(pnp.sin, (1.0,), (({"x": 1.0},),)),
        PolyadTypeError,
        r"series\[0\]\[0\] has the structure",
    ),
    (
        lambda: jet(pnp.sin, (np.ones(2),), ((np.ones(3),),)),
        PolyadTypeError,
        "a coefficient must have the shapes and dtypes of its argument",
    ),
]


@pytest.mark.parametrize(("call", "error", "message"), BAD)
def test_bad_input(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_the_reverse_pass_of_a_while_loop_has_no_series():
    loop = lambda x: lax.while_loop(lambda c: c < 10, lambda c: c * x, x)
    with pytest.raises(NotDifferentiableError, match="the reverse pass of a while loop"):
        jet(polyad.jit(polyad.grad(loop)), (2.0,), along(2))
    third = polyad.grad(lambda x: jet(loop, (x,), along(2))[1][1])(2.0)
    assert third == pytest.approx(24 * 2.0)  # of x⁴
