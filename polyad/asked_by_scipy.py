"""Questions that SciPy's code asks of traced arrays, known by the frames that ask."""

from __future__ import annotations

import os
import sys
from types import FrameType, ModuleType

# Functions of scipy.stats whose result is NaN where a sample is, by their arithmetic. trim_mean is
# none: it cuts the NaN off.
PROPAGATING = frozenset(
    (
        *("alexandergovern", "bartlett", "_boxcox_llf", "boxcox_llf", "chisquare", "circmean"),
        *("circstd", "circvar", "combine_pvalues", "describe", "differential_entropy"),
        *("directional_stats", "entropy", "gmean", "gstd", "gzscore", "hmean", "iqr"),
        *("jarque_bera", "kstat", "kstatvar", "kurtosis", "kurtosistest", "lmoment"),
        *("median_abs_deviation", "moment", "normaltest", "pearsonr", "pmean"),
        *("power_divergence", "quantile", "sem", "skew", "skewtest", "tmax", "tmean", "tmin"),
        *("ttest_1samp", "ttest_ind", "ttest_rel", "variation", "zmap", "zscore"),
    )
)


def is_nan_policy() -> bool:
    """Whether scipy.stats asks if samples contain NaN, to give NaN itself, for a function that does
    so by its arithmetic: then a No is right for all samples. SciPy itself assumes it of JAX's
    arrays, of any function (`axis_nan_policy_wrapper`, since SciPy 1.18).
    """
    frame = _asking("polyad")
    if frame is None or frame.f_code.co_name != "axis_nan_policy_wrapper":
        return False
    function = frame.f_locals.get("hypotest_fun_in")
    return (
        frame.f_globals["__name__"] == "scipy.stats._axis_nan_policy"
        and getattr(function, "__name__", "") in PROPAGATING
        and frame.f_locals.get("nan_policy") == "propagate"
    )


def _asking(*ours: str) -> FrameType | None:
    """The innermost frame that is not of these packages."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_globals.get("__name__", "").startswith(ours):
        frame = frame.f_back
    return frame


def remedy(ours: ModuleType) -> str | None:
    """The remedy where a function of SciPy asks for the value: in place of a special one, that of
    the module `ours`; or the switch of SciPy's for the array API standard, if it is off.
    """
    frame = _asking("numpy", "polyad")
    if frame is None or not frame.f_globals.get("__name__", "").startswith("scipy."):
        return None
    special = None
    sparse = frame.f_globals["__name__"].startswith("scipy.sparse.")
    while frame is not None and frame.f_globals.get("__name__", "").startswith("scipy."):
        special = _special_function(frame, ours) or special
        frame = frame.f_back
    if sparse:
        return (
            "SciPy's sparse matrices take traced arrays as operands of @, *, /, + and -; "
            "polyad.sparse.with_data(A, data) is a matrix with traced entries, "
            "polyad.sparse.solve(A, b) solves."
        )
    remedies = []
    if special is not None:
        remedies.append(f"Call polyad.special.{special} in place of scipy.special.{special}.")
    if os.environ.get("SCIPY_ARRAY_API", "0").lower() in ("0", "false", ""):
        remedies.append(
            "Start Python with the environment variable SCIPY_ARRAY_API=1: then SciPy's functions "
            "that follow the array API standard take traced arrays."
        )
    return "\n  Or: ".join(remedies) or None


def _special_function(frame: FrameType, ours: ModuleType) -> str | None:
    """The name of the function of scipy.special that runs in `frame`, itself or by a wrapper of it
    or as an object's call, if polyad.special has one of that name.
    """
    theirs = sys.modules.get("scipy.special")
    if not frame.f_globals["__name__"].startswith("scipy.special"):
        return None
    called = (frame.f_locals.get(name) for name in ("self", "fun"))
    names = (frame.f_code.co_name, *(getattr(f, "__name__", "") for f in called))
    return next((n for n in names if n and hasattr(ours, n) and hasattr(theirs, n)), None)
