"""polyad's samples beside JAX's, of the same keys: in both layouts of the counters."""

import jax
import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import random

SHAPE = (4, 3)
COVARIANCE = np.array([[2.0, 0.5, 0.1], [0.5, 1.0, 0.2], [0.1, 0.2, 0.7]])
ROW = np.array([0.3, 1.0, 5.0])


def row(dtype):
    return ROW.astype(dtype)


CALLS = {
    "gamma": lambda r, k, d: r.gamma(k, row(d), SHAPE, d),
    "gamma of 2000": lambda r, k, d: r.gamma(k, 0.7, (2000,), d),
    "loggamma": lambda r, k, d: r.loggamma(k, row(d) * 1e-3, SHAPE, d),
    "beta": lambda r, k, d: r.beta(k, row(d), 0.4, SHAPE, d),
    "dirichlet": lambda r, k, d: r.dirichlet(k, row(d), (4,), d),
    "chisquare": lambda r, k, d: r.chisquare(k, row(d), SHAPE, d),
    "f": lambda r, k, d: r.f(k, np.tile(row(d), (4, 1)), np.full(SHAPE, 4.0, d), SHAPE, d),
    "t": lambda r, k, d: r.t(k, row(d), SHAPE, d),
    "generalized_normal": lambda r, k, d: r.generalized_normal(k, 1.5, SHAPE, d),
    "ball": lambda r, k, d: r.ball(k, 3, 1.5, (4,), d),
    "pareto": lambda r, k, d: r.pareto(k, row(d), SHAPE, d),
    "rayleigh": lambda r, k, d: r.rayleigh(k, row(d), SHAPE, d),
    "weibull_min": lambda r, k, d: r.weibull_min(k, 2.0, 1.5, SHAPE, d),
    "triangular": lambda r, k, d: r.triangular(k, -1.0, 0.5, 2.0, SHAPE, d),
    "lognormal": lambda r, k, d: r.lognormal(k, row(d), SHAPE, d),
    "lognormal complex": lambda r, k, d: r.lognormal(k, 0.5, SHAPE, f"complex{2 * int(d[5:])}"),
    "wald": lambda r, k, d: r.wald(k, row(d), SHAPE, d),
    "maxwell": lambda r, k, d: r.maxwell(k, SHAPE, d),
    "double_sided_maxwell": lambda r, k, d: r.double_sided_maxwell(k, row(d), 2.0, (4,), d),
    "double_sided_maxwell twice": lambda r, k, d: r.double_sided_maxwell(k, row(d), 2.0, (), d),
    "multivariate_normal": lambda r, k, d: r.multivariate_normal(
        k, row(d), COVARIANCE.astype(d), (4,), d
    ),
    "orthogonal": lambda r, k, d: r.orthogonal(k, 3, (2,), d),
    "orthogonal wide": lambda r, k, d: r.orthogonal(k, 2, (), d, m=4),
    "orthogonal tall": lambda r, k, d: r.orthogonal(k, 4, (), d, m=2),
    "orthogonal complex": lambda r, k, d: r.orthogonal(k, 3, (), f"complex{2 * int(d[5:])}"),
    "gumbel high": lambda r, k, d: r.gumbel(k, SHAPE, d, mode="high"),
    "gumbel highest": lambda r, k, d: r.gumbel(k, (1000,), d, mode="highest"),
    "poisson": lambda r, k, d: r.poisson(k, row(d) * 3, SHAPE),
    "poisson of 2000": lambda r, k, d: r.poisson(k, 50.0, (2000,), "int32"),
    "poisson of invalid means": lambda r, k, d: r.poisson(k, np.array([-1.0, np.nan, 0.0])),
    "binomial": lambda r, k, d: r.binomial(k, 10, row(d) / 6, SHAPE, d),
    "binomial of 2000": lambda r, k, d: r.binomial(k, 300, np.asarray(0.6, d), (2000,), d),
    "binomial of invalid": lambda r, k, d: r.binomial(
        k, np.array([-1.0, 5.0, 5.0, np.nan, np.inf]), np.array([0.5, -0.1, 1.1, 0.5, 0.5], d)
    ),
    "multinomial": lambda r, k, d: r.multinomial(k, 20, np.array([[0.2, 0.3, 0.5], [1, 0, 0]], d)),
    "geometric": lambda r, k, d: r.geometric(k, row(d) / 6, SHAPE),
    "rademacher": lambda r, k, d: r.rademacher(k, SHAPE),
    "rademacher floating": lambda r, k, d: r.rademacher(k, SHAPE, d),
    "bernoulli high": lambda r, k, d: r.bernoulli(k, np.asarray(0.3, d), (50,), "high"),
    "categorical high": lambda r, k, d: r.categorical(k, row(d), shape=(50,), mode="high"),
    "choice high": lambda r, k, d: r.choice(k, 3, (2,), False, row(d), mode="high"),
    "randint of nothing": lambda r, k, d: r.randint(k, (5,), 7, 3),
    "randint beyond uint8": lambda r, k, d: r.randint(k, (50,), -10, 300, "uint8"),
    "randint beyond int32": lambda r, k, d: r.randint(k, (50,), -(2**40), 2**40, "int32"),
    "randint above int8": lambda r, k, d: r.randint(k, (50,), 300, 400, "int8"),
}


@pytest.mark.parametrize(
    ("partitionable", "dtype"), [(True, "float32"), (True, "float64"), (False, "float64")]
)
@pytest.mark.parametrize("name", list(CALLS))
def test_the_numbers_are_jax(name, partitionable, dtype):
    with jax.enable_x64(True), jax.threefry_partitionable(partitionable):
        expected = np.asarray(CALLS[name](jax.random, jax.random.PRNGKey(7), dtype))
    with polyad.config(threefry_partitionable=partitionable):
        found = CALLS[name](random, random.key(7), dtype)
    assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
    tolerance = 0 if found.dtype.kind in "iub" else 100 * float(pnp.finfo(found.dtype).eps)
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("name", ["gamma", "loggamma", "t"])
def test_first_derivatives_are_jax(name):
    def slope(library, jvp, key):
        sample = getattr(library, name)
        return jvp(lambda a: sample(key, a, (3,)), (ROW,), (np.ones(3),))[1]

    with jax.enable_x64(True):
        expected = slope(jax.random, jax.jvp, jax.random.PRNGKey(7))
    found = slope(random, polyad.jvp, random.key(7))
    np.testing.assert_allclose(found, expected, rtol=1e-9)
