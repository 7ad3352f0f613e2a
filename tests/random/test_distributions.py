"""Distributions with parameters, ordinary and extreme ones: against SciPy's distribution functions
by the tests of Kolmogorov and Smirnov and of χ². Keys are fixed, so the outcomes are.
"""

import numpy as np
import pytest
import scipy.stats as st

import polyad
import polyad.numpy as pnp
from polyad import random
from polyad.errors import PolyadTypeError, PolyadValueError, ShapeError

KEY = random.key(3)
COUNT = 4000

CONTINUOUS = {
    "gamma": [(a, st.gamma(a)) for a in (0.1, 0.3, 1.0, 4.0, 1e3, 1e8)],
    "chisquare": [(df, st.chi2(df)) for df in (0.3, 3.0, 1e6)],
    "beta": [
        ((a, b), st.beta(a, b)) for a, b in [(2.0, 3.0), (0.1, 2.0), (1e4, 1e5), (200.0, 0.5)]
    ],
    "f": [((m, n), st.f(m, n)) for m, n in [(3.0, 5.0), (0.5, 1e4)]],
    "t": [(df, st.t(df)) for df in (0.2, 1.0, 5.0, 1e6)],
    "generalized_normal": [(p, st.gennorm(p)) for p in (0.5, 2.0, 20.0)],
    "pareto": [(b, st.pareto(b)) for b in (0.1, 3.0, 1e3)],
    "rayleigh": [(s, st.rayleigh(scale=s)) for s in (1e-3, 2.0)],
    "weibull_min": [
        ((s, c), st.weibull_min(c, scale=s)) for s, c in [(2.0, 1.5), (1.0, 0.1), (1.0, 50.0)]
    ],
    "triangular": [
        ((a, m, b), st.triang((m - a) / (b - a), a, b - a))
        for a, m, b in [(-1.0, 0.5, 2.0), (0.0, 0.0, 1.0), (0.0, 1.0, 1.0)]
    ],
    "lognormal": [(s, st.lognorm(s)) for s in (0.01, 1.0, 5.0)],
    "wald": [(m, st.invgauss(m)) for m in (1e-3, 1.0, 30.0)],
    "maxwell": [((), st.maxwell)],
}
CASES = [(name, given, law) for name, rows in CONTINUOUS.items() for given, law in rows]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("name", "given", "law"), CASES)
def test_samples_have_their_distribution(name, given, law, dtype):
    given = given if isinstance(given, tuple) else (given,)
    drawn = getattr(random, name)(KEY, *given, (COUNT,), dtype)
    assert drawn.dtype == dtype
    assert st.kstest(np.asarray(drawn, float), law.cdf).pvalue > 1e-4


def test_logarithms_of_samples_beyond_the_range_of_floats():
    drawn = random.loggamma(KEY, 1e-4, (COUNT,))
    assert (drawn < -1e3).mean() > 0.8
    # P(a, x) = x^a/Γ(a + 1) to rounding for such x: a log x is minus an exponential number
    assert st.kstest(-1e-4 * drawn, st.expon.cdf).pvalue > 1e-3


def test_a_wald_sample_of_a_large_mean_is_a_levy_sample():
    drawn = random.wald(KEY, 1e12, (COUNT,))
    assert st.kstest(drawn, st.levy.cdf).pvalue > 1e-3


def test_signs_of_a_double_sided_maxwell():
    drawn = random.double_sided_maxwell(KEY, 1.0, 2.0, (COUNT,))
    assert st.kstest(np.abs(drawn - 1.0) / 2.0, st.maxwell.cdf).pvalue > 1e-3
    assert (drawn > 1.0).mean() == pytest.approx(0.5, abs=0.04)


# -- Counts ----------------------------------------------------------------------------------------

COUNTS = {
    "poisson": [(x, st.poisson(x)) for x in (0.01, 0.5, 4.0, 9.99, 10.0, 60.0, 1e4)],
    "binomial": [
        ((n, p), st.binom(n, p))
        for n, p in [
            (10, 0.3),
            (10, 0.9),
            (100, 0.5),
            (1000, 0.97),
            (10**9, 1e-9),
            (10**9, 1e-4),
            (10**12, 0.4),
        ]
    ],
    "geometric": [(p, st.geom(p)) for p in (0.9, 0.3, 1e-3, 1e-9)],
}


@pytest.mark.parametrize(
    ("name", "given", "law"), [(n, g, law) for n, rows in COUNTS.items() for g, law in rows]
)
def test_counts_have_their_distribution(name, given, law):
    given = given if isinstance(given, tuple) else (given,)
    drawn = np.asarray(getattr(random, name)(KEY, *given, (COUNT,)), float)
    assert np.array_equal(drawn, np.floor(drawn))
    edges = np.unique(law.ppf(np.arange(1, 16) / 16))  # bins (-inf, edge], …, (edge, inf)
    edges = edges[law.sf(edges) > 1e-3]
    cumulated = np.concatenate([[0.0], law.cdf(edges), [1.0]])
    observed = np.bincount(np.searchsorted(edges, drawn), minlength=len(edges) + 1)
    expected = np.diff(cumulated) * COUNT
    assert not len(edges) or st.chisquare(observed, expected).pvalue > 1e-4
    assert drawn.mean() == pytest.approx(law.mean(), abs=6 * law.std() / COUNT**0.5)


def test_huge_counts_are_normal_numbers():
    drawn = random.poisson(KEY, 1e12, (COUNT,))
    assert st.kstest((drawn - 1e12) / 1e6, st.norm.cdf).pvalue > 1e-3


def test_counts_at_the_ends():
    assert random.poisson(KEY, [0.0, -1.0, np.nan, np.inf]).tolist() == [0, -1, -1, 2**63 - 1]
    assert random.poisson(KEY, 1e6, (), "int8") == 127
    assert random.geometric(KEY, [1.0, -0.5, 1.5]).tolist() == [1, -1, -1]
    assert random.geometric(KEY, 0.0) == 2**63 - 1
    drawn = random.binomial(KEY, [5, 5, 0, -1, 5], [0.0, 1.0, 0.5, 0.5, 1.5])
    np.testing.assert_array_equal(drawn, [0, 5, 0, np.nan, np.nan])


def test_multinomial_counts_sum_up_and_have_binomial_margins():
    drawn = random.multinomial(KEY, 40, [0.1, 0.6, 0.3], shape=(COUNT, 3))
    assert (drawn.sum(-1) == 40).all()
    for category, p in enumerate((0.1, 0.6, 0.3)):
        assert drawn[:, category].mean() == pytest.approx(40 * p, abs=0.3)
        assert drawn[:, category].var() == pytest.approx(40 * p * (1 - p), rel=0.1)
    assert random.multinomial(KEY, 5, [1.0, 0.0]).tolist() == [5, 0]


def test_rademacher_numbers_are_signs():
    drawn = random.rademacher(KEY, (COUNT,))
    assert drawn.dtype == np.int64 and set(drawn.tolist()) == {-1, 1}
    assert abs(drawn.mean()) < 0.06


def test_rare_events_need_mode_high():
    drawn = random.bernoulli(KEY, pnp.asarray(2.0**-30, dtype="float32"), (2**16,), "high")
    assert drawn.sum() == 0  # "low" would give one in 2**23
    assert random.bernoulli(KEY, 0.3, (COUNT,), "high").mean() == pytest.approx(0.3, abs=0.03)


@pytest.mark.parametrize("mode", ["high", "highest"])
def test_modes_of_gumbel(mode):
    drawn = random.gumbel(KEY, (COUNT,), "float32", mode)
    assert st.kstest(drawn, st.gumbel_r.cdf).pvalue > 1e-3


# -- Vectors ---------------------------------------------------------------------------------------


def test_dirichlet_points_have_beta_margins():
    alpha = np.array([0.05, 2.0, 30.0])
    drawn = random.dirichlet(KEY, alpha, (COUNT,))
    np.testing.assert_allclose(drawn.sum(-1), 1.0, rtol=1e-14)
    for i in range(3):
        law = st.beta(alpha[i], alpha.sum() - alpha[i])
        assert st.kstest(drawn[:, i], law.cdf).pvalue > 1e-3
    assert np.isfinite(random.dirichlet(KEY, np.full(3, 1e-5), (COUNT,))).all()


@pytest.mark.parametrize("method", ["cholesky", "eigh", "svd"])
def test_normal_vectors_have_their_covariance(method):
    mean, cov = np.array([1.0, -2.0]), np.array([[2.0, 1.2], [1.2, 1.0]])
    drawn = random.multivariate_normal(KEY, mean, cov, (COUNT,), method=method)
    np.testing.assert_allclose(drawn.mean(0), mean, atol=0.1)
    np.testing.assert_allclose(np.cov(drawn.T), cov, rtol=0.1)
    batch = random.multivariate_normal(KEY, np.zeros((5, 1, 2)), np.stack([cov] * 3))
    assert batch.shape == (5, 3, 2)


def test_a_singular_covariance():
    for method in ("eigh", "svd"):
        drawn = random.multivariate_normal(KEY, np.zeros(2), np.ones((2, 2)), (50,), method=method)
        np.testing.assert_allclose(drawn[:, 0], drawn[:, 1], rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("dtype", ["float64", "complex128"])
def test_orthogonal_matrices(dtype):
    q = random.orthogonal(KEY, 4, (200,), dtype)
    np.testing.assert_allclose(q @ q.conj().mT, np.broadcast_to(np.eye(4), q.shape), atol=1e-12)
    assert abs(q.mean()) < 0.05  # Haar's measure has no preferred sign
    rows = random.orthogonal(KEY, 2, (), dtype, m=5)
    np.testing.assert_allclose(rows @ rows.conj().T, np.eye(2), atol=1e-12)


@pytest.mark.parametrize("p", [0.7, 2.0, 8.0])
def test_a_ball_is_filled_evenly(p):
    drawn = random.ball(KEY, 3, p, (COUNT,))
    radius = (np.abs(drawn) ** p).sum(-1) ** (1 / p)
    assert st.kstest(radius**3, st.uniform.cdf).pvalue > 1e-3


# -- Derivatives by parameters ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("law", "draw", "a"),
    [(st.gamma, random.gamma, a) for a in (0.05, 0.7, 1.0, 3.0, 50.0, 2e4)]
    + [(st.chi2, random.chisquare, a) for a in (0.5, 7.0)],
)
def test_a_sample_keeps_its_probability(law, draw, a):
    """The derivative is that of the quantile function at the sample's probability."""
    x, slope = polyad.jvp(lambda a: draw(KEY, a, (6,)), (a,), (1.0,))
    u, h = law.cdf(x, a), 1e-4 * a
    inside = (u > 1e-8) & (u < 1 - 1e-6)
    expected = (law.ppf(u, a + h) - law.ppf(u, a - h)) / (2 * h)
    np.testing.assert_allclose(slope[inside], expected[inside], rtol=1e-4)


@pytest.mark.parametrize("a", [1e6, 1e10])
def test_slopes_of_large_parameters(a):
    """x = a + z √a + (z² - 1)/3 + O(1/√a): dx/da = 1 + z/(2√a) + O(a^(-3/2))."""
    x, slope = polyad.jvp(lambda a: random.gamma(KEY, a, (6,)), (a,), (1.0,))
    z = (x - a) / a**0.5
    np.testing.assert_allclose(
        slope - 1, (z - (z * z - 1) / (3 * a**0.5)) / (2 * a**0.5), rtol=1e-3
    )


def test_slopes_of_tiny_parameters_are_finite():
    slope = polyad.grad(lambda a: random.loggamma(KEY, a, (5,)).sum())(1e-4)
    drawn = random.loggamma(KEY, 1e-4, (5,))
    # log x = (log u + log Γ(a + 1))/a, and ψ(1) = -0.5772…
    assert slope == pytest.approx(((-0.5772156649 + 1.6449e-4) - drawn).sum() / 1e-4, rel=1e-6)
    for dtype in ("float32", "float64"):
        found = polyad.grad(lambda a: random.gamma(KEY, a, (50,), dtype).sum())(1e-3)
        assert np.isfinite(found)


def test_derivatives_of_what_is_made_of_gamma_numbers():
    mean = {
        "beta": (lambda a: random.beta(KEY, a, 3.0, (20000,)).mean(), lambda a: a / (a + 3.0)),
        "chisquare": (lambda a: random.chisquare(KEY, a, (20000,)).mean(), lambda a: a),
        "t": (lambda a: (random.t(KEY, a, (20000,)) ** 2).mean(), lambda a: a / (a - 2.0)),
        "dirichlet": (
            lambda a: random.dirichlet(KEY, pnp.stack([a, 3.0, 1.0]), (20000,))[:, 0].mean(),
            lambda a: a / (a + 4.0),
        ),
    }
    for name, (estimate, exact) in mean.items():
        a = 12.0
        slope = (exact(a + 1e-5) - exact(a - 1e-5)) / 2e-5
        assert polyad.grad(estimate)(a) == pytest.approx(slope, rel=0.1), name


def test_second_derivatives_of_gamma_samples():
    second = polyad.grad(polyad.grad(lambda a: random.gamma(KEY, a)))(2.5)
    x = random.gamma(KEY, 2.5)
    u, h = st.gamma.cdf(x, 2.5), 1e-2
    expected = st.gamma.ppf(u, [2.5 + h, 2.5, 2.5 - h]) @ [1, -2, 1] / h**2
    assert second == pytest.approx(expected, rel=1e-3)
    forward = polyad.jacfwd(polyad.grad(lambda a: random.gamma(KEY, a)))(2.5)
    assert forward == pytest.approx(second, rel=1e-12)


# -- Transformations -------------------------------------------------------------------------------

DRAWS = {
    "gamma": lambda k: random.gamma(k, np.array([0.5, 3.0])),
    "beta": lambda k: random.beta(k, 2.0, 0.3, (2,)),
    "poisson": lambda k: random.poisson(k, np.array([3.0, 40.0])),
    "binomial": lambda k: random.binomial(k, np.array([10, 1000]), 0.4),
    "multinomial": lambda k: random.multinomial(k, 9, np.array([0.2, 0.8])),
    "orthogonal": lambda k: random.orthogonal(k, 2),
    "ball": lambda k: random.ball(k, 2),
    "wald": lambda k: random.wald(k, np.array([1.0, 2.0])),
    "clone": random.clone,
}


@pytest.mark.share(3)
@pytest.mark.parametrize("name", list(DRAWS))
def test_vmap_and_jit_draw_the_same(name):
    keys = random.split(KEY, 3)
    expected = np.stack([DRAWS[name](k) for k in keys])
    np.testing.assert_allclose(polyad.vmap(DRAWS[name])(keys), expected, rtol=1e-12)
    compiled = polyad.jit(DRAWS[name])
    np.testing.assert_allclose(np.stack([compiled(k) for k in keys]), expected, rtol=1e-9)


def test_keys_and_their_words():
    keys = random.split(KEY, 3)
    assert np.array_equal(random.wrap_key_data(random.key_data(keys)), keys)
    twin = random.clone(KEY)
    assert twin is not KEY and np.array_equal(twin, KEY)
    assert random.key_impl(keys) == "threefry2x32"
    with pytest.raises(PolyadValueError, match=r"impl is 'threefry2x32', .* not 'rbg'"):
        random.wrap_key_data(keys, impl="rbg")
    with pytest.raises(PolyadTypeError, match="key_data: a key is a uint32 array"):
        random.key_data(np.zeros(2))


def test_ranges_beyond_the_dtype_are_clipped():
    assert random.randint(KEY, (3,), 0, 0).tolist() == [0, 0, 0]
    assert random.randint(KEY, (3,), 5, 2).tolist() == [5, 5, 5]
    drawn = random.randint(KEY, (2000,), -5, 300, "uint8")
    assert drawn.min() == 0 and drawn.max() == 255
    assert random.randint(KEY, (2,), 300, 400, "int8").tolist() == [127, 127]
    whole = random.randint(KEY, (2000,), -(2**40), 2**40, "int32")
    assert whole.min() < -(2**31) * 0.99 and whole.max() > 2**31 * 0.99
    with pytest.raises(PolyadValueError, match="bounds have 64 bits at most"):
        random.randint(KEY, (), 0, 2**64 + 1)


# -- Bad input -------------------------------------------------------------------------------------

BAD = [
    (lambda: random.gamma(7, 1.0), PolyadTypeError, "^gamma: a key is"),
    (lambda: random.gamma(KEY, 1.0, (), "int32"), PolyadTypeError, "^gamma draws floating"),
    (
        lambda: random.gamma(KEY, np.ones(3), (2,)),
        ShapeError,
        r"^gamma: shapes .* do not broadcast",
    ),
    (lambda: random.dirichlet(KEY, 1.0), ShapeError, "alpha has the parameters along its last"),
    (lambda: random.multinomial(KEY, 3, 1.0), ShapeError, "p has the categories along its last"),
    (lambda: random.poisson(KEY, 1.0, (), "float32"), PolyadTypeError, "^poisson draws integers"),
    (lambda: random.geometric(KEY, 0.5, (), "float32"), PolyadTypeError, "^geometric draws int"),
    (lambda: random.rademacher(KEY, (), "uint8"), PolyadTypeError, "draws -1 and 1, not uint8"),
    (lambda: random.bernoulli(KEY, 0.5, (), "odd"), PolyadValueError, "mode is one of 'low', 'hi"),
    (lambda: random.gumbel(KEY, (), None, "odd"), PolyadValueError, "gumbel: mode is one of None"),
    (lambda: random.ball(KEY, -1), PolyadValueError, "^ball: a shape has no negative sizes"),
    (lambda: random.orthogonal(KEY, 2.0), PolyadTypeError, "^orthogonal: a shape has integers"),
    (
        lambda: random.multivariate_normal(KEY, np.ones(2), np.eye(3)),
        ShapeError,
        "mean has shape",
    ),
    (
        lambda: random.multivariate_normal(KEY, np.ones(2), np.eye(2), method="lu"),
        PolyadValueError,
        "method is 'cholesky', 'eigh' or 'svd', not 'lu'",
    ),
]


@pytest.mark.parametrize(("call", "error", "message"), BAD)
def test_bad_parameters(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_a_negative_parameter_has_no_samples():
    assert np.isnan(random.gamma(KEY, [-0.5, -3.0])).all()
