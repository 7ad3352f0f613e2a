"""SciPy's functions, to be run with SCIPY_ARRAY_API=1, which SciPy reads when it is imported:

SCIPY_ARRAY_API=1 python -m tests.interop.scipy_functions prints what each law of each row says.
"""

from __future__ import annotations

import json
import warnings

import numpy as np
import scipy
import scipy.cluster.vq
import scipy.differentiate
import scipy.fft
import scipy.integrate
import scipy.optimize
import scipy.signal
import scipy.special
import scipy.stats
from array_api_compat import array_namespace, device, is_array_api_obj, size, to_device
from scipy import integrate, interpolate, optimize, signal, special, stats
from scipy.spatial.transform import Rotation

import polyad.numpy as pnp
from polyad import tree, vmap

from .laws import GRAD, LAWS, LONG, M, Row, X, Y, check, rows

NAN = "nan"
IS_NEW = tuple(map(int, scipy.__version__.split(".")[:2])) >= (1, 18)


def real(f):
    """The real part of what `f` gives."""
    return lambda x: pnp.real(f(x)) if hasattr(x, "builder") else np.real(f(x))


def pchip(y):
    """At points of the namespace of `y`, as SciPy asks."""
    points = pnp.asarray if hasattr(y, "builder") else np.asarray
    knots = points(np.arange(6.0))
    return interpolate.PchipInterpolator(knots, y)(points(np.array([0.5, 1.3, 4.2])))


def standard(x):
    """The attributes that code written to the standard asks of an array."""
    xp = array_namespace(x)
    assert is_array_api_obj(x) and size(x) == 6
    assert xp.isdtype(x.dtype, "real floating") and x.dtype == xp.float64
    assert x.dtype in (xp.float32, xp.float64) and x.mT.shape == (3, 2)
    two = xp.asarray(2, dtype=x.dtype, device=device(x))
    shifted = to_device(x, device(x)) + xp.zeros(x.shape, dtype=x.dtype, device=x.device)
    return xp.sum(shifted**two, axis=-1, keepdims=True) * xp.astype(x > 0, xp.float64)


def of_stats(*names):
    return {f"stats.{n}": getattr(stats, n) for n in names}


def statistic(*names):
    return {f"stats.{n}": lambda *x, n=n: getattr(stats, n)(*x).statistic for n in names}


SPECIAL = {
    1: "cbrt digamma entr erf erfc erfinv exp2 exp10 expit expm1 gamma gammaln i0 i0e i1 i1e j0 j1 "
    "log1p log_ndtr log_softmax logit logsumexp ndtr ndtri psi rgamma sinc softmax dawsn erfcinv "
    "erfcx exp1 expi log_expit softplus spence ellipk ellipe k0 k1e y0 loggamma wrightomega",
    2: "beta betaln boxcox boxcox1p chdtr chdtrc gammainc gammaincc huber inv_boxcox kl_div poch "
    "pseudo_huber rel_entr stdtr xlog1py xlogy inv_boxcox1p owens_t ellipkinc binom",
    3: "betainc betaincc",
}

FFT2 = "fft2 ifft2 rfft2 irfft2 hfft2 ihfft2 hfftn ihfftn"
FFT = "fft ifft rfft irfft hfft ihfft fftn ifftn rfftn irfftn fftshift ifftshift"

SAMPLES = (
    *("zscore", "gmean", "skew", "kurtosis", "sem", "kstat", "kstatvar", "variation", "gzscore"),
    *("gstd", "circmean", "circvar", "circstd", "entropy", "tmean", "tmin", "tmax", "lmoment"),
    *("differential_entropy",),
)

VALUES = {  # ask for a value on the way, by `if` or by a boolean mask
    **of_stats("tvar", "tstd", "tsem"),
    "stats.yeojohnson_llf": lambda x: stats.yeojohnson_llf(0.5, x),
    "integrate.cubature": lambda x: (
        integrate.cubature(lambda t: (t * t)[:, 0], 0 * x[:1], x[:1]).estimate
    ),
    "integrate.tanhsinh": lambda x: integrate.tanhsinh(lambda t: t * t, 0 * x, x).integral,
    "differentiate.derivative": lambda x: scipy.differentiate.derivative(pnp.sin, x).df,
}

NEWER = {  # ask for values before SciPy 1.18
    **of_stats("hmean", "iqr", "median_abs_deviation"),
    "stats.pmean": lambda x: stats.pmean(x, 3.0),
    "stats.quantile": lambda x: stats.quantile(x, 0.3),
}
# Since 1.18 its NaN is a matter of SciPy's nan_policy alone, which asks for values.
TRIMMED = {"stats.trim_mean": lambda x: stats.trim_mean(x, 0.2)}
SIMPSON = {"integrate.simpson": lambda y: integrate.simpson(y, dx=0.1)}  # likewise, by asarray

OUT_OF_REACH = {  # written for NumPy: by way of numpy.asarray, or in C
    "interpolate.PchipInterpolator": pchip,
    "fft.dct": scipy.fft.dct,
    "signal.savgol_filter": lambda x: signal.savgol_filter(x, 5, 2),
    "special.sph_harm_y": lambda t: special.sph_harm_y(1, 0, t, 0.5),
    "stats.norm.logpdf": stats.norm.logpdf,
}

ROWS = [
    Row("the standard", standard, (X.reshape(2, 3),)),
    *(
        Row(f"special.{n}", getattr(special, n), (X, Y, Y[::-1].copy())[:count])
        for count, names in SPECIAL.items()
        for n in names.split()
    ),
    *rows(
        {
            "special.polygamma": lambda x: special.polygamma(1, x),
            "special.lambertw": lambda x: special.lambertw(x, 0).real,
            "special.expn": lambda x: special.expn(2, x),
            "special.zeta": lambda x: special.zeta(1.5 + x, 2.0),
            "special.multigammaln": lambda x: special.multigammaln(x + 2, 2),
            "optimize.rosen": optimize.rosen,
            "optimize.rosen_der": optimize.rosen_der,
            "optimize.rosen_hess": optimize.rosen_hess,
            **of_stats(*SAMPLES),
            "stats.moment": lambda x: stats.moment(x, order=3),
            "stats.describe": lambda x: tuple(stats.describe(x))[2:],
            "stats.ttest_1samp": lambda x: stats.ttest_1samp(x, 0.5).statistic,
            "stats.combine_pvalues": lambda x: stats.combine_pvalues(x).statistic,
            "stats.chisquare": lambda x: stats.chisquare(x / x.sum()).statistic,
            "stats.boxcox_llf": lambda x: stats.boxcox_llf(0.5, x),
            "stats.power_divergence": lambda x: (
                stats.power_divergence(x / x.sum(), lambda_=0.5).statistic
            ),
            "integrate.trapezoid": lambda y: integrate.trapezoid(y, dx=0.1),
            "integrate.cumulative_trapezoid": lambda y: integrate.cumulative_trapezoid(y, dx=0.1),
            "integrate.cumulative_simpson": lambda y: integrate.cumulative_simpson(y, dx=0.1),
            "integrate.romb": lambda y: integrate.romb(y[:5], dx=0.1),
            **{f"fft.{n}": real(getattr(scipy.fft, n)) for n in FFT.split()},
            "signal.hilbert": lambda x: signal.hilbert(x).imag,
            "signal.envelope": signal.envelope,
            "signal.gauss_spline": lambda x: signal.gauss_spline(x, 3),
            "signal.gausspulse": signal.gausspulse,
            "signal.resample": lambda x: signal.resample(x, 12),
            "signal.resample to fewer": lambda x: signal.resample(x, 5),
            "signal.freqz": real(lambda b: signal.freqz(b, worN=16)[1]),
            "signal.freqz of two": real(lambda b: signal.freqz(b, b + 2.0, worN=16)[1]),
            "Rotation.from_rotvec": lambda x: Rotation.from_rotvec(x[:3]).as_matrix(),
            "Rotation.apply": lambda x: Rotation.from_rotvec(x[:3]).apply(x[3:]),
            "Rotation.from_quat": lambda x: Rotation.from_quat(x[:4]).as_rotvec(),
            "Rotation.from_euler": lambda x: Rotation.from_euler("xyz", x[:3]).as_quat(),
        },
        X,
    ),
    *rows(statistic("skewtest", "kurtosistest", "normaltest", "jarque_bera"), LONG),
    *rows(
        {
            **statistic("pearsonr", "ttest_ind", "ttest_rel", "bartlett", "alexandergovern"),
            "stats.pearsonr, p-value": lambda x, y: stats.pearsonr(x, y).pvalue,
            "stats.zmap": stats.zmap,
            "special.logsumexp, weighted": lambda x, b: special.logsumexp(x, b=b),
            "integrate.trapezoid at points": lambda y, x: integrate.trapezoid(y, x=x),
            "optimize.rosen_hess_prod": optimize.rosen_hess_prod,
            "signal.fftconvolve": signal.fftconvolve,
            "signal.oaconvolve": signal.oaconvolve,
        },
        X,
        Y,
    ),
    *rows(
        {
            "cluster.vq.whiten": scipy.cluster.vq.whiten,
            **{f"fft.{n}": real(getattr(scipy.fft, n)) for n in FFT2.split()},
            "signal.hilbert2": lambda x: signal.hilbert2(x).imag,
            "special.softmax of rows": lambda x: special.softmax(x, axis=-1),
            "stats.directional_stats": lambda x: stats.directional_stats(x).mean_direction,
        },
        M,
    ),
    *rows(VALUES, X, laws=(GRAD,)),
    *rows(NEWER, X, laws=LAWS if IS_NEW else (GRAD,)),
    *rows(TRIMMED, X, laws=(GRAD,) if IS_NEW else LAWS),
    *rows(SIMPSON, X, laws=LAWS if IS_NEW else ()),
    *rows(OUT_OF_REACH, X, laws=()),
]


def nan_goes_through(row: Row) -> None:
    """A sample with a NaN has the NaN under vmap that it has without."""
    for k, x in enumerate(row.args):
        args = [np.array(a) for a in row.args]
        args[k].flat[x.size // 2] = np.nan
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            expected = tree.leaves(row.f(*args))
            found = tree.leaves(vmap(row.f)(*(np.stack([a, a]) for a in args)))
        for x, y in zip(expected, found, strict=True):
            assert np.array_equal(np.isnan(x), np.isnan(y[0])), (x, y)


def outcomes() -> dict[str, str]:
    """The outcome of each law of each row: empty, or its error."""
    found = {}
    for row in ROWS:
        for law in (*LAWS, NAN):
            try:
                if law != NAN:
                    check(row, law)
                elif row.name.startswith("stats.") and row.laws == LAWS and row.name not in TRIMMED:
                    nan_goes_through(row)
                found[f"{row.name}: {law}"] = ""
            except Exception as error:
                found[f"{row.name}: {law}"] = f"{type(error).__name__}: {error}"
    return found


if __name__ == "__main__":
    print(json.dumps(outcomes()))
