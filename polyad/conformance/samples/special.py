"""Rows for special functions."""

from __future__ import annotations

from ..sample import Operand, sample

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
