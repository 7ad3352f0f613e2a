"""Rows for special functions."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from ..sample import Operand, op_named, sample

_POSITIVE = Operand(domain=(0.5, 4.0))


sample("gamma", domain=(0.5, 4), tolerance=4)
sample("gamma", domain=(-2.8, -2.2), label="negative", tolerance=8)
sample("betaln", _POSITIVE, _POSITIVE, tolerance=8)
_UNIT = Operand(domain=(0.1, 0.9))
for _name in ("gammainc", "gammaincc"):
    sample(_name, _POSITIVE, _POSITIVE, tolerance=16)
sample("gammainc_derivative", _POSITIVE, _POSITIVE, order=1, tolerance=16)
sample("betainc", _POSITIVE, _POSITIVE, _UNIT, tolerance=16)
sample("betainc_derivative", _POSITIVE, _POSITIVE, _UNIT, orders=(1, 1), tolerance=16)
sample("zeta", Operand(domain=(1.5, 6)), _POSITIVE, tolerance=16)
sample("xlogy", count=2, domain=(0.5, 3))
sample("xlog1py", count=2, domain=(0.5, 3))
sample("rgamma", domain=(0.5, 4), tolerance=8)
sample("atan_slope", tolerance=4)
sample("bessel_moment", domain=(0.5, 4), order=1, tolerance=8)
sample("erfcx_derivative", order=1, tolerance=8)
sample("erfc_ratio", order=1, tolerance=8)
sample("wofz_derivative", domain=(0.2, 2), order=1, tolerance=8)
sample("dawsn_derivative", order=1, tolerance=8)
sample("betaln_far", Operand(domain=(25, 40)), _POSITIVE, tolerance=8)
_MEAN = Operand(domain=(1.2, 3)), Operand(domain=(0.1, 0.9))
sample("polygamma_mean", *_MEAN, order=1, power=1, tolerance=16)
sample("beta_factor", *_MEAN, tolerance=8)
for _name in ("beta", "beta_slope", "beta_curvature"):
    sample(_name, _POSITIVE, _POSITIVE, tolerance=32)
sample("gaussian", tolerance=4)
sample("normal_density", tolerance=4)
sample("ndtr", tolerance=8)
sample("cbrt", domain=(0.5, 8), tolerance=4)
sample("log_odds", domain=(0.1, 0.9), tolerance=8)
for _name in ("sindg", "cosdg", "tandg"):
    sample(_name, domain=(-60, 60), tolerance=8)
sample("cotdg", domain=(20, 70), tolerance=8)
for _order in (0, 2):
    sample("polygamma_gap", _POSITIVE, _POSITIVE, order=_order, label=str(_order), tolerance=16)
sample("erfcx", tolerance=8)
sample("erfi", tolerance=8)
sample("log_ndtr", domain=(-6, 2), tolerance=8)
sample("ndtri", domain=(0.1, 0.9), tolerance=8)
for _order in (0, 1, 3):
    for _scaled in (False, True):
        _label = f"{_order}{'e' if _scaled else ''}"
        sample("bessel_i", domain=(0.5, 4), label=_label, order=_order, scaled=_scaled, tolerance=8)
    sample("bessel_j", domain=(0.5, 4), label=str(_order), order=_order, tolerance=8)
    sample("expn", domain=(0.5, 4), label=str(_order), order=_order, tolerance=8)
sample("expi", domain=(0.5, 4), tolerance=8)
sample("dawsn", tolerance=8)
sample("spence", domain=(0.5, 4), tolerance=8)
sample("xlogx", domain=(0.5, 3))
sample("hypot_excess", count=2, domain=(0.5, 3), tolerance=4)
sample("product_over_hypot", count=2, domain=(0.5, 3), tolerance=4)
sample("pseudo_huber", count=2, domain=(0.5, 3), tolerance=4)

# -- SciPy's other functions -----------------------------------------------------------------------

_ORDER = Operand(dtype="int64", integers=(0, 4))
_ABOVE = Operand(domain=(1.1, 3.0))


def _fixed(op: str, *parameters: float) -> Callable[..., Any]:
    """The op of one moving operand, after parameters by which it has no derivative."""
    return lambda x: op_named(op)(*parameters, x)


for _name in ("jv", "yv", "iv", "kv", "kve"):
    sample(_name, _ORDER, _POSITIVE, tolerance=8)
    sample(_name, run=_fixed(_name, 1.5), domain=(0.5, 4), label="real", tolerance=16)
for _name in ("ive", "struve", "modstruve"):
    sample(_name, _ORDER, _POSITIVE, tolerance=16)
for _name in ("hankel1", "hankel2", "hankel1e", "hankel2e"):
    sample(_name, _ORDER, _POSITIVE, tolerance=16)
for _name in ("y0", "y1", "k0", "k1", "k0e", "k1e"):
    sample(_name, domain=(0.5, 4), tolerance=8)
for _part in ("ai", "aip", "bi", "bip"):
    sample(f"airy_{_part}", tolerance=8)
for _name in ("jn", "yn", "in", "kn"):
    sample(f"spherical_{_name}", _ORDER, _POSITIVE, tolerance=16)
for _name in ("ellipk", "ellipe"):
    sample(_name, domain=(-2, 0.8), tolerance=8)
sample("ellipkm1", domain=(0.2, 3), tolerance=8)
for _name in ("ellipkinc", "ellipeinc"):
    sample(_name, Operand(domain=(-1, 1.4)), _UNIT, tolerance=8)
    sample(f"{_name}_derivative", Operand(domain=(-1, 1.4)), _UNIT, order=1, tolerance=8)
for _part in ("sn", "cn", "dn", "ph"):
    sample(f"ellipj_{_part}", Operand(domain=(-1, 1.4)), _UNIT, tolerance=8)
sample("hyp0f1", _ORDER._replace(integers=(1, 4)), Operand(), tolerance=16)
sample("hyp1f1", run=_fixed("hyp1f1", 0.5, 1.5), tolerance=16)
sample("hyp2f1", run=_fixed("hyp2f1", 0.5, 1.5, 2.5), domain=(-0.6, 0.6), tolerance=16)
sample("hyperu", run=_fixed("hyperu", 0.5, 1.5), domain=(0.5, 4), tolerance=16)
for _name in ("fresnel_s", "fresnel_c", "shichi_shi", "sici_si"):
    sample(_name, domain=(-1.5, 1.5), tolerance=16)
for _name in ("shichi_chi", "sici_ci"):
    sample(_name, domain=(0.5, 2), tolerance=16)
sample("wofz", domain=(0.2, 2), tolerance=8)
sample("owens_t", count=2, tolerance=8)
sample("ndtri_exp", domain=(-4, -0.5), tolerance=8)
sample("lambertw", domain=(0.5, 4), tolerance=8, branch=0)
sample("lambertw", domain=(0.5, 4), label="1", tolerance=8, branch=1)
sample("wrightomega", domain=(0.5, 4), tolerance=8)
for _name in ("psi", "loggamma"):
    sample(_name, domain=(0.5, 4), tolerance=8)
sample("binom", _ABOVE, Operand(domain=(0.2, 1.0)), tolerance=16)
for _name in ("gammaincinv", "gammainccinv"):
    sample(_name, _ABOVE, _UNIT, tolerance=32)
sample("betaincinv", _ABOVE, _ABOVE, _UNIT, tolerance=32)
sample("betaincc", _ABOVE, _ABOVE, _UNIT, tolerance=16)
sample("zetac", domain=(1.5, 6), tolerance=16)
for _name in ("legendre", "chebyt", "chebyu", "hermite", "hermitenorm"):
    sample(f"eval_{_name}", _ORDER, _UNIT, tolerance=16, whole=True)
for _name in ("legendre", "chebyt", "chebyu"):
    _run = functools.partial(op_named(f"eval_{_name}"), 2.5, whole=False)
    sample(f"eval_{_name}", _UNIT, run=_run, label="real", tolerance=16)
for _name, _count in (("gegenbauer", 1), ("genlaguerre", 1), ("jacobi", 2)):
    _run = functools.partial(op_named(f"eval_{_name}"), 3, *(0.5,) * _count, whole=True)
    sample(f"eval_{_name}", _UNIT, run=_run, tolerance=16)
sample("sph_legendre_p", run=_fixed("sph_legendre_p", 3, 1), domain=(0.2, 2.5), tolerance=16)
