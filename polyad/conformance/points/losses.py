"""The rows whose tolerance is more than 8 units, each with its reason.

The numbers are measurements on all backends and in all dtypes of the row, by one mix of modes of
each order, doubled for the other mixes and rounded up to a power of two.
"""

from ..special_points import LOSSES

POLES = "beside poles, PyTorch's and SciPy's digamma of negative numbers"
SCIPY = "SciPy's own value"
RECURRENCE = "recurrences and quotients, of which orders lose more and more"
EXPONENT = "the exponent of e^… is a rounded polynomial or product: half of it in units"
IGAMMA = "PyTorch's own value; derivatives by a series and a continued fraction"
SERIES = "SciPy's values; a series and a continued fraction for derivatives"
ZERO = "its derivatives have zeros close by, beside which terms cancel"

LOSSES.update(
    {
        "dawsn": ((16, 64, 32, 128), ZERO),
        "wofz of real numbers": ((16, 16, 32, 128), ZERO),
        "wofz": ((8, 8, 64, 8), "a part of a complex number that is small beside the other"),
        "log_ndtr": ((8, 8, 8, 128), "a third derivative of 0.2 about 0, where terms of 1 cancel"),
        "voigt_profile": ((8, 16, 16, 8), RECURRENCE),
        "gelu": ((64, 128, 128, 512), EXPONENT),
        "power 0.333 of a float": ((8, 1024, 256, 1024), "the exponent less 1 is rounded"),
        "float_power": ((8, 8, 64, 32), "the exponent less 1 is rounded"),
        "pow at its corner": ((8, 32, 16, 32), "the exponent less 1 is rounded"),
        "mish": ((8, 32, 32, 256), ZERO),
        "mish far out": ((8, 32, 32, 256), ZERO),
        "gamma": ((8, 128, 16, 1024), POLES),
        "digamma": ((64, 8, 8, 16), "SciPy's psi beside its zero"),
        "multigammaln": ((8, 128, 8, 8), "a sum of digammas beside its zero"),
        "factorial": ((8, 16, 8, 32), "PyTorch's digamma beside its zero"),
        "polygamma of order 2": ((8, 8, 32, 8), "Hurwitz's zeta on PyTorch"),
        "polygamma of order 1": ((8, 8, 8, 32), "Hurwitz's zeta on PyTorch"),
        "polygamma of order 5": ((8, 16, 8, 8), "Hurwitz's zeta on PyTorch"),
        "exp1": ((16, 8, 8, 8), SCIPY),
        "expn of order 2": ((8, 32, 8, 8), SCIPY),
        "expn of order 3": ((8, 8, 32, 8), SCIPY),
        "wrightomega": ((16, 32, 32, 32), SCIPY),
        "chdtri": ((8, 512, 64, 128), EXPONENT),
        "gammainccinv of shape 1": ((8, 512, 64, 128), EXPONENT),
        "corrcoef": ((8, 16, 32, 8), RECURRENCE),
        "ellipeinc": ((8, 32, 64, 8), RECURRENCE),
        "ellipkinc": ((8, 32, 16, 8), RECURRENCE),
        "ellipk": ((8, 8, 8, 64), RECURRENCE),
        "ellipkm1": ((8, 8, 16, 32), RECURRENCE),
        "ber": ((8, 256, 8, 8), SCIPY),
        "hypot": ((8, 8, 8, 64), "mixed third derivatives are differences"),
        "gammainc by x": ((128, 128, 128, 128), EXPONENT),
        "gammaincc by x": ((512, 128, 128, 128), EXPONENT),
        "gammainc": ((1 << 22, 128, 1 << 15, 8), IGAMMA),
        "gammaincc": ((1 << 23, 128, 1 << 15, 8), SERIES),
        "betainc": ((8, 256, 256, 8), RECURRENCE),
        "betaincc": ((8, 8, 256, 8), RECURRENCE),
        "vector_norm of order 1.5": ((8, 8, 32, 256), "the power 2/3 has a rounded exponent"),
        "vector_norm of order 3": ((256, 256, 512, 1024), "the power 1/3 has a rounded exponent"),
        "binom": ((8, 16, 32, 8), RECURRENCE),
        "beta": ((8, 16, 16, 32), RECURRENCE),
        "slope of beta": ((8, 16, 16, 8), RECURRENCE),
        "betaln": ((32, 8, 8, 8), "the value of arguments of 1e10, a difference"),
        "Riemann's zeta": ((16, 256, 512, 1024), "a series for derivatives at negative numbers"),
        "Hurwitz's zeta": ((8, 8, 1 << 18, 8), "a pole at 1, beside which terms cancel"),
        "expm": ((512, 4096, 1024, 8), "scaling and squaring, of norm 5"),
        "ellipe": ((8, 8, 32, 128), RECURRENCE),
        "sinc": ((8, 64, 32, 128), RECURRENCE),
        "spence": ((8, 8, 8, 32), RECURRENCE),
        "rgamma": ((8, 8, 4096, 32), RECURRENCE),
        "gammaln": ((8, 128, 8, 8), RECURRENCE),
        "inv_boxcox": ((8, 8, 16, 8), RECURRENCE),
        "boxcox of small numbers": ((8, 16, 8, 8), RECURRENCE),
        "poch": ((8, 32, 8, 8), RECURRENCE),
        "log1mexp": ((8, 8, 8, 16), RECURRENCE),
        "norm of order 3": ((8, 16, 8, 8), RECURRENCE),
        "k0e": ((8, 32, 8, 8), RECURRENCE),
        "k1e": ((8, 64, 8, 8), RECURRENCE),
        "hyp2f1": ((16, 32, 16, 8), RECURRENCE),
        "hankel1 of order 1.5": ((8, 16, 8, 8), RECURRENCE),
        "airy, result 2": ((16, 32, 32, 32), RECURRENCE),
        "airy, result 3": ((16, 32, 32, 32), RECURRENCE),
        "ndtri_exp": ((32, 16, 32, 64), RECURRENCE),
        "sinh over x": ((8, 8, 8, 32), "a recurrence in single precision"),
    }
)
