"""The rows whose tolerance is more than 8 units, each with its reason."""

from ..special_points import LOSSES

POLES = "beside poles, PyTorch's and SciPy's digamma of negative numbers"
SCIPY = "SciPy's own value"
DIFFERENCE = "a difference of like terms where its series is not taken yet: x up to 7"
RECURRENCE = "recurrences and quotients, of which orders lose more and more"
EXPONENT = "the exponent of e^… is a rounded polynomial or product: half of it in units"
IGAMMA = "PyTorch's own value; derivatives by a series and a continued fraction"
SERIES = "SciPy's values; a series and a continued fraction for derivatives"
ZERO = "its derivatives have zeros close by, beside which terms cancel"

LOSSES.update(
    {
        "erfcx": ((8, 128, 8192, 1 << 18), DIFFERENCE),
        "dawsn": ((16, 256, 16384, 1 << 19), DIFFERENCE),
        "wofz of real numbers": ((16, 256, 16384, 1 << 19), DIFFERENCE),
        "wofz": ((8, 64, 512, 4096), DIFFERENCE),
        "log_ndtr": ((8, 8, 256, 1 << 19), DIFFERENCE),
        "voigt_profile": ((16, 16, 64, 64), DIFFERENCE),
        "gelu": ((64, 128, 64, 256), EXPONENT),
        "power 0.333 of a float": ((8, 512, 256, 1024), "the exponent less 1 is rounded"),
        "float_power": ((8, 8, 32, 32), "the exponent less 1 is rounded"),
        "pow at its corner": ((8, 16, 16, 64), "the exponent less 1 is rounded"),
        "mish": ((8, 16, 16, 64), ZERO),
        "mish far out": ((8, 16, 16, 64), ZERO),
        "gamma": ((8, 64, 16384, 32768), POLES),
        "digamma": ((64, 8, 8, 8), "SciPy's psi beside its zero"),
        "multigammaln": ((8, 128, 8, 8), "a sum of digammas beside its zero"),
        "factorial": ((8, 64, 8, 32), "PyTorch's digamma beside its zero"),
        "polygamma of order 2": ((8, 16, 16, 16), "Hurwitz's zeta on PyTorch"),
        "polygamma of order 1": ((8, 16, 16, 16), "Hurwitz's zeta on PyTorch"),
        "polygamma of order 5": ((16, 16, 16, 16), "Hurwitz's zeta on PyTorch"),
        "exp1": ((16, 8, 8, 8), SCIPY),
        "expn of order 2": ((8, 16, 8, 8), SCIPY),
        "expn of order 3": ((8, 8, 16, 8), SCIPY),
        "wrightomega": ((16, 16, 16, 16), SCIPY),
        "chdtri": ((8, 256, 32, 64), EXPONENT),
        "gammainccinv of shape 1": ((8, 256, 64, 64), EXPONENT),
        "ndtri": ((8, 8, 8, 32), "a third derivative on PyTorch, by its erfcx"),
        "corrcoef": ((8, 8, 32, 32), RECURRENCE),
        "ellipeinc": ((8, 32, 64, 64), RECURRENCE),
        "ellipkinc": ((8, 16, 16, 16), RECURRENCE),
        "ellipk": ((8, 8, 8, 32), RECURRENCE),
        "ellipkm1": ((8, 8, 8, 32), RECURRENCE),
        "ber": ((8, 256, 256, 256), SCIPY),
        "bei": ((8, 256, 256, 256), SCIPY),
        "hypot": ((8, 8, 8, 64), "mixed third derivatives are differences"),
        "gammainc by x": ((128, 64, 64, 64), EXPONENT),
        "gammaincc by x": ((512, 64, 64, 64), EXPONENT),
        "gammainc": ((1 << 22, 64, 16384, 16384), IGAMMA),
        "gammaincc": (
            (64, 32, 16384, 16384),
            SERIES,
        ),
        "betainc": ((8, 128, 128, 128), RECURRENCE),
        "betaincc": ((8, 128, 128, 128), RECURRENCE),
        "vector_norm of order 1.5": ((256, 256, 512, 1024), "the power 2/3 has a rounded exponent"),
        "vector_norm of order 3": ((256, 256, 512, 1024), "the power 1/3 has a rounded exponent"),
        "comb": ((8, 16, 32, 32), EXPONENT),
        "binom": ((8, 16, 32, 32), RECURRENCE),
        "beta": ((16, 32, 1 << 15, 1 << 26), "differences of polygammas beside their pole at 0"),
        "betaln": ((32, 8, 8, 8), "the value of arguments of 1e10, a difference"),
        "Riemann's zeta": ((8, 256, 512, 1024), "a series for derivatives at negative numbers"),
        "Hurwitz's zeta": ((8, 8, 16384, 16384), "a pole at 1, beside which terms cancel"),
        "expm": ((512, 2048, 1024, 1024), "scaling and squaring, of norm 5"),
        "kve far out": ((16, 64, 512, 4096), RECURRENCE),
        "ellipe": ((16, 64, 512, 4096), RECURRENCE),
        "spherical_jn": ((16, 64, 512, 4096), RECURRENCE),
        "sinc": ((8, 32, 64, 256), RECURRENCE),
        "spence": ((16, 16, 64, 512), RECURRENCE),
        "rgamma": ((64, 256, 4096, 16384), RECURRENCE),
        "gammaln": ((16, 64, 64, 64), RECURRENCE),
        "boxcox": ((128, 256, 512, 512), RECURRENCE),
        "inv_boxcox": ((16, 64, 256, 256), RECURRENCE),
        "boxcox of small numbers": ((128, 1024, 1024, 1024), RECURRENCE),
        "kl_div": ((16, 32, 64, 128), RECURRENCE),
        "poch": ((32, 64, 256, 1024), RECURRENCE),
        "log1mexp": ((8, 16, 32, 64), RECURRENCE),
        "curvature of the norm": ((8, 8, 64, 64), RECURRENCE),
        "norm of order 3": ((128, 512, 1024, 1024), RECURRENCE),
        "norm of order 4": ((128, 512, 1024, 1024), RECURRENCE),
        **dict.fromkeys(
            (
                *("yn of order 2", "kn of order 2", "y1", "k0", "k1", "k0e", "k1e", "hyp2f1"),
                *("hankel1 of order 1.5", "hankel1e of order 1.5", "hankel2 of order 1.5"),
                *("hankel2e of order 1.5", "airy, result 0", "airy, result 1", "hyperu"),
                *("airy, result 2", "airy, result 3", "ndtri_exp"),
                *("hyperbolic sine integral", "hyperbolic cosine integral"),
            ),
            ((64, 512, 4096, 32768), RECURRENCE),
        ),
    }
)
