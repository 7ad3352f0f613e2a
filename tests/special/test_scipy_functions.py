"""SciPy's functions of several kinds: their values are SciPy's on every path, their derivatives the
limits of differences, and a derivative that is not known is an error.
"""

import math
from functools import partial

import mpmath
import numpy as np
import pytest
import scipy.special
import torch

import polyad
import polyad.numpy as pnp
from polyad import special
from polyad.errors import NotDifferentiableError, PolyadTypeError, PolyadValueError
from polyad.test_util import check_grads

X = np.asarray([0.35, 0.5, 0.8, 0.95])
FAR = np.asarray([1.2, 2.5, 7.0, 31.0])
N = np.asarray([0, 1, 2, 5])
Z = np.asarray([0.5 + 0.3j, -1.2 + 0.7j, 3.0 - 2.0j, 8.0 + 9.0j])

# fmt: off
OF_ORDER = (
    "jv", "yv", "iv", "kv", "jve", "yve", "ive", "kve", "hankel1", "hankel2", "hankel1e",
    "hankel2e", "struve", "modstruve",
)
COMPLEX = ("jv", "yv", "iv", "kv", "kve", "hankel1", "hankel2", "hankel1e", "hankel2e", "hyp0f1")
DEGREES = (
    "legendre", "chebyt", "chebyu", "chebyc", "chebys", "sh_legendre", "sh_chebyt", "sh_chebyu",
    "hermite", "hermitenorm", "laguerre",
)
ONE = (
    "y0", "y1", "k0", "k1", "k0e", "k1e", "ellipk", "ellipkm1", "ellipe", "loggamma", "wofz",
    "wrightomega", "zetac", "fresnel", "sici", "shichi", "airy", "lambertw", "ber", "bei", "ker",
    "kei", "berp", "beip", "kerp", "keip", "kelvin", "exprel", "sindg", "cosdg", "tandg", "cotdg",
    "cosm1",
)
# fmt: on
DERIVED = ("jvp", "yvp", "ivp", "kvp", "h1vp", "h2vp")
SPHERICAL = ("spherical_jn", "spherical_yn", "spherical_in", "spherical_kn")

CASES = {
    **{name: [(1.5, X), (0, FAR), (-0.3, FAR)] for name in OF_ORDER},
    **{name: [(1.5, X), (2, FAR, 2), (0, X, 0)] for name in DERIVED},
    **{name: [(X,)] for name in ONE},
    **{f"eval_{name}": [(N, X), (7, X)] for name in DEGREES},
    **{name: [(N, X), (3, FAR), (N, X, True)] for name in SPHERICAL},
    "yn": [(N, FAR)],
    "kn": [(N, FAR)],
    "eval_gegenbauer": [(N, 0.7, X), (2.5, 0.7, X)],
    "eval_genlaguerre": [(N, 0.7, X), (2.5, 0.7, X)],
    "eval_jacobi": [(N, 0.7, 0.2, X), (2.5, 0.7, 0.2, X)],
    "sph_legendre_p": [(N, 1, X)],
    "sph_harm_y": [(N, 1, X, X), (3, np.asarray([-3, -1, 0, 2]), X, X)],
    "ellipkinc": [(X, X[::-1]), (FAR, -FAR), (-X, 0.0)],
    "ellipeinc": [(X, X[::-1]), (FAR, -FAR), (-X, 0.0)],
    "ellipj": [(FAR / 4, X)],
    "agm": [(X, FAR), (X, X)],
    "hyp0f1": [(0.7, X), (2, -FAR)],
    "hyp1f1": [(0.5, 1.5, X), (-2, 0.3, FAR)],
    "hyp2f1": [(0.5, 1.5, 2.5, X), (1, 1, 2, -FAR)],
    "hyperu": [(0.5, 1.5, FAR)],
    "binom": [(FAR + 1, X), (7, 3)],
    "gammaincinv": [(FAR, X)],
    "gammainccinv": [(FAR, X)],
    "betaincinv": [(FAR[:3], 1.7, X[:3])],
    "betaincc": [(FAR, 1.7, X)],
    "owens_t": [(FAR, X)],
    "voigt_profile": [(X, FAR, 0.3), (X, 0.01, 0.3), (X, 0.0, 0.3), (X, 0.2, 0.0)],
    "ndtri_exp": [(-FAR,)],
    "radian": [(FAR, X, X)],
    "gdtr": [(FAR, X, X)],
    "gdtrc": [(FAR, X, X)],
    "chdtr": [(FAR, X)],
    "chdtrc": [(FAR, X)],
    "chdtri": [(FAR, X)],
    "pdtr": [(2, FAR), (2.5, X)],
    "pdtrc": [(2, FAR), (2.5, X)],
    "fdtr": [(FAR, 3.0, X)],
    "fdtrc": [(FAR, 3.0, X)],
    "bdtr": [(2, 5, X), (5, 5, X)],
    "bdtrc": [(2, 5, X), (5, 5, X)],
    "nbdtr": [(2, 5, X)],
    "nbdtrc": [(2, 5, X)],
}


PAIRS = [
    pytest.param(name, args, id=f"{name}-{k}")
    for name, calls in CASES.items()
    for k, args in enumerate(calls)
]


def close(found, expected, rtol=1e-12):
    if isinstance(expected, tuple):
        assert isinstance(found, tuple) and len(found) == len(expected)
        for f, e in zip(found, expected, strict=True):
            close(f, e, rtol)
        return
    assert np.shape(found) == np.shape(expected)
    np.testing.assert_allclose(found, expected, rtol=rtol, atol=1e-15)


@pytest.mark.parametrize(("name", "args"), PAIRS)
def test_values_are_scipys_on_every_path(name, args):
    function, expected = getattr(special, name), getattr(scipy.special, name)(*args)
    close(function(*args), expected)
    k = max(i for i, x in enumerate(args) if isinstance(x, np.ndarray) or i == 0)
    of_one = lambda x: function(*args[:k], x, *args[k + 1 :])
    close(polyad.jit(of_one)(args[k]), expected)
    close(polyad.jit(of_one, backend="native")(args[k]), expected)


@pytest.mark.share(3)
@pytest.mark.parametrize(("name", "args"), PAIRS)
def test_derivatives_by_the_argument(name, args):
    real = [isinstance(x, np.ndarray) and x.dtype == np.float64 for x in args]
    if not any(real):
        return
    moving = [i for i, r in enumerate(real) if r]

    def f(*xs):
        full = list(args)
        for i, x in zip(moving, xs, strict=True):
            full[i] = x
        found = getattr(special, name)(*full)
        parts = found if isinstance(found, tuple) else (found,)
        return tuple(p for c in parts for p in (pnp.real(c), pnp.imag(c)))

    check_grads(f, tuple(args[i] for i in moving), 2)


@pytest.mark.parametrize("name", COMPLEX)
def test_complex_arguments(name):
    function = partial(getattr(special, name), 1.5)
    close(function(Z), getattr(scipy.special, name)(1.5, Z))
    close(polyad.jit(function)(Z), getattr(scipy.special, name)(1.5, Z))
    holds_cauchy_riemann(function, Z)


@pytest.mark.parametrize("name", ["loggamma", "digamma", "wofz", "lambertw", "wrightomega"])
def test_complex_arguments_of_functions_of_one(name):
    function = getattr(special, name)
    close(function(Z), getattr(scipy.special, name)(Z))
    holds_cauchy_riemann(function, Z)


@pytest.mark.parametrize("name", ["airy", "fresnel", "sici", "shichi"])
def test_complex_arguments_of_functions_with_several_results(name):
    found, expected = getattr(special, name)(Z[:3]), getattr(scipy.special, name)(Z[:3])
    close(found, expected)
    for k in range(len(expected)):
        holds_cauchy_riemann(lambda z, k=k: getattr(special, name)(z)[k], Z[:3])


def holds_cauchy_riemann(f, z):
    """The derivative along i is i times that along 1, which is the limit of differences."""
    along = lambda t: polyad.jvp(f, (z,), (t * np.ones_like(z),))[1]
    np.testing.assert_allclose(along(1j), 1j * along(1.0), rtol=1e-12)
    h = 1e-5
    np.testing.assert_allclose(along(1.0), (f(z + h) - f(z - h)) / (2 * h), rtol=1e-7)


@pytest.mark.parametrize(
    ("call", "parameter"),
    [
        (lambda v: special.jv(v, 1.0), "jv by its order v"),
        (lambda v: special.kve(v, 1.0), "kve by its order v"),
        (lambda v: special.struve(v, 1.0), "struve by its order v"),
        (lambda v: special.hyp0f1(v, 1.0), "hyp0f1 by its parameter v"),
        (lambda a: special.hyp1f1(a, 1.5, 1.0), "hyp1f1 by its parameter a"),
        (lambda b: special.hyp1f1(0.5, b, 1.0), "hyp1f1 by its parameter b"),
        (lambda c: special.hyp2f1(0.5, 0.2, c, 0.1), "hyp2f1 by its parameter c"),
        (lambda b: special.hyperu(0.5, b, 0.1), "hyperu by its parameter b"),
        (lambda n: special.eval_legendre(n, 0.1), "eval_legendre by its degree n"),
        (lambda a: special.eval_jacobi(2, a, 0.5, 0.1), "eval_jacobi by its parameter alpha"),
    ],
)
def test_unknown_derivatives_are_errors(call, parameter):
    message = f"the derivative of {parameter} is not known to polyad"
    for derivative in (polyad.grad(call), polyad.jit(polyad.grad(call))):
        with pytest.raises(NotDifferentiableError, match=message):
            derivative(1.5)
    assert polyad.grad(lambda v: call(polyad.stop_gradient(v)) + v)(1.5) == 1.0


def third(f):
    return polyad.grad(polyad.grad(polyad.grad(f)))


def test_derivatives_at_zero():
    """Removable singularities: the continued function's."""
    for f, exact in (
        (partial(special.jv, 1.0), mpmath.mpf(-3) / 8),
        (partial(special.iv, 1.0), mpmath.mpf(3) / 8),
        (partial(special.spherical_jn, 1), mpmath.mpf(-1) / 5),
        (special.ellipk, mpmath.pi * 75 / 256),
        (special.ellipe, mpmath.pi * -15 / 256),
        (lambda m: special.ellipkinc(1.0, m), mpmath.diff(lambda m: mpmath.ellipf(1, m), 0, 3)),
        (lambda m: special.ellipeinc(1.0, m), mpmath.diff(lambda m: mpmath.ellipe(1, m), 0, 3)),
        (lambda x: special.sici(x)[0], mpmath.mpf(-1) / 3),
        (lambda x: special.shichi(x)[0], mpmath.mpf(1) / 3),
        (lambda z: pnp.real(special.lambertw(z)), mpmath.mpf(9)),
        (partial(special.hyp1f1, 0.5, 1.5), mpmath.mpf(1) / 7),
        (partial(special.hyp2f1, 1.0, 1.0, 2.0), mpmath.mpf(6) / 4),
    ):
        np.testing.assert_allclose(third(f)(0.0), float(exact), rtol=1e-12)


def test_singular_points():
    assert polyad.grad(special.ellipk)(1.0) == math.inf
    assert polyad.grad(special.ellipe)(1.0) == -math.inf
    assert polyad.grad(lambda x: special.jv(0.5, x))(0.0) == math.inf
    assert polyad.grad(lambda x: pnp.where(x > 0, special.jv(0.5, x), 0.0))(0.0) == 0.0
    assert special.voigt_profile(0.0, 0.0, 0.0) == math.inf
    branch = polyad.grad(lambda z: pnp.real(special.lambertw(z)))
    assert not np.isfinite(branch(-math.exp(-1))) or abs(branch(-math.exp(-1))) > 1e6


@pytest.mark.parametrize("n", [0, 1, 2, 9])
@pytest.mark.parametrize("x", [-1.0, 0.0, 1.0])
def test_polynomials_at_the_ends_of_their_interval(n, x):
    with mpmath.workdps(60):
        for name, exact in (
            ("eval_legendre", lambda t: mpmath.legendre(n, t)),
            ("eval_jacobi", lambda t: mpmath.jacobi(n, 0.5, 0.25, t)),
        ):
            more = (0.5, 0.25) if name == "eval_jacobi" else ()
            f = partial(getattr(special, name), n, *more)
            expected = [float(mpmath.diff(exact, x, k, h=mpmath.mpf(10) ** -15)) for k in (1, 2)]
            found = [polyad.grad(f)(x), polyad.grad(polyad.grad(f))(x)]
            np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize(("n", "m"), [(1, 1), (2, -1), (3, 2), (4, 0), (2, 5)])
def test_spherical_harmonics_at_the_poles(n, m):
    f = lambda t: special.sph_harm_y(n, m, t, 0.3).real
    for at in (0.0, math.pi):
        h = 1e-3 if at == 0 else -1e-3  # a difference from within
        one_sided = (-3 * f(at) + 4 * f(at + h) - f(at + 2 * h)) / (2 * h)
        np.testing.assert_allclose(polyad.grad(f)(at), one_sided, atol=1e-4)
    np.testing.assert_allclose(polyad.grad(f)(-0.4), -polyad.grad(f)(0.4), rtol=1e-12)


def test_functions_that_fall_off_keep_their_slopes_digits():
    """Far out -2xD + 1 and its kin are small differences of large terms."""
    for x in (6.9, 7.1, 40.0, 1e4):
        with mpmath.workdps(60):
            dawson = lambda t: mpmath.sqrt(mpmath.pi) / 2 * mpmath.exp(-t * t) * mpmath.erfi(t)
            slope = 1 - 2 * x * dawson(x) if x < 100 else -1 / (2 * mpmath.mpf(x) ** 2)
        np.testing.assert_allclose(polyad.grad(special.dawsn)(x), float(slope), rtol=1e-7)
        w = polyad.jvp(special.wofz, (x + 1j,), (1.0 + 0j,))[1]
        with mpmath.workdps(60):
            z = mpmath.mpc(x, 1)
            value = mpmath.exp(-z * z) * mpmath.erfc(-1j * z) if x < 100 else None
            exact = (
                2j / mpmath.sqrt(mpmath.pi) - 2 * z * value
                if value is not None
                else (-1j / (mpmath.sqrt(mpmath.pi) * z * z) * (1 + 3 / (2 * z * z)))
            )
        np.testing.assert_allclose(w, complex(exact), rtol=1e-11)


def test_voigt_profile_at_zero_width_is_a_lorentzian_with_its_curvature():
    lorentz = lambda x: 0.3 / (math.pi * (x * x + 0.09))
    assert polyad.grad(special.voigt_profile, 1)(0.5, 0.0, 0.3) == 0.0
    second = polyad.grad(polyad.grad(special.voigt_profile, 1), 1)(0.5, 0.0, 0.3)
    np.testing.assert_allclose(second, polyad.grad(polyad.grad(lorentz))(0.5), rtol=1e-12)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_zeta_of_all_real_numbers():
    x = np.asarray([-30.0, -7.5, -4.0, -2.0, -1.5, -1.0, -0.3, 0.0, 0.5, 1.0, 1.5, 40.0])
    close(special.zeta(x), scipy.special.zeta(x), rtol=1e-11)
    for at in (-7.5, -4.0, -2.0, -0.5, 0.5, 3.0):
        with mpmath.workdps(40):
            expected = [float(mpmath.zeta(at, 1, n)) for n in (1, 2)]
        zeta = polyad.grad(special.zeta)
        np.testing.assert_allclose([zeta(at), polyad.grad(zeta)(at)], expected, rtol=1e-10)


def test_multiples_of_a_right_angle():
    x = np.arange(-7.0, 8.0) * 90
    close(special.sindg(x), np.round(np.sin(np.deg2rad(x))))
    close(special.cosdg(x), np.round(np.cos(np.deg2rad(x))))


def test_bernoulli_numbers():
    np.testing.assert_allclose(special.bernoulli(12), scipy.special.bernoulli(12), atol=1e-15)
    with pytest.raises(PolyadValueError, match="bernoulli: n is not negative"):
        special.bernoulli(-1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: special.jv(1j, 1.0), "jv: v is real, not complex128"),
        (lambda: special.ive(1.0, 1j), "ive: z is real, not complex128"),
        (lambda: special.kn(1.5, 1.0), "kn: n is an integer or an array of integers"),
        (lambda: special.eval_hermite(1.5, 1.0), "eval_hermite: n is an integer"),
        (lambda: special.sph_harm_y(1.5, 0, 0.1, 0.1), "sph_harm_y: n is an integer"),
        (lambda: special.sph_harm_y(1, 0, 0.1, 0.1, diff_n=1), "sph_harm_y: diff_n is 0, not 1"),
        (lambda: special.lambertw(1.0, 0.5), "lambertw: k is a Python integer, not 0.5"),
        (lambda: special.lambertw(1.0, tol=1e-3), "lambertw: tol is 1e-8"),
        (lambda: special.spherical_jn(1, 1.0, 2), "spherical_jn: derivative is True or False"),
    ],
)
def test_arguments_that_are_not_taken(call, message):
    with pytest.raises(PolyadTypeError, match=message):
        call()


def test_tensors_and_precision():
    x = torch.tensor([0.5, 0.75], dtype=torch.float32)
    for f in (
        partial(special.jv, 1.5),
        special.ellipk,
        special.k0e,
        partial(special.eval_legendre, 3),
        lambda x: special.sph_harm_y(2, 1, x, x).real,
        lambda x: special.voigt_profile(x, 0.5, 0.1),
    ):
        found = f(x)
        assert isinstance(found, torch.Tensor) and found.dtype == torch.float32
        np.testing.assert_allclose(found, f(x.numpy().astype(float)), rtol=1e-5)


@pytest.mark.parametrize("name", ["jv", "yv", "iv", "kv", "hyp0f1", "struve", "owens_t"])
def test_scipys_own_functions_on_traced_arrays(name):
    theirs, ours = getattr(scipy.special, name), getattr(special, name)
    found = polyad.jit(polyad.vmap(polyad.grad(lambda x: theirs(1.5, x))))(X)
    np.testing.assert_allclose(found, polyad.vmap(polyad.grad(partial(ours, 1.5)))(X), rtol=1e-14)


def test_scipys_functions_of_several_results_on_traced_arrays():
    found = polyad.jit(lambda x: scipy.special.airy(x)[2] + scipy.special.sici(x)[0])(X)
    close(found, scipy.special.airy(X)[2] + scipy.special.sici(X)[0])


def test_batches_of_orders():
    orders = np.asarray([0.0, 0.5, 2.0])
    found = polyad.vmap(lambda v: polyad.grad(lambda x: special.jv(v, x))(0.7))(orders)
    np.testing.assert_allclose(found, scipy.special.jvp(orders, 0.7), rtol=1e-12)
