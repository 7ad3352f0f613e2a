"""Bessel functions and their kin, elliptic and hypergeometric functions, polynomials."""

from __future__ import annotations

from functools import partial

import mpmath as mp

from ... import numpy as pnp
from ... import special
from ...numpy import imag, real
from ..special_points import special_points
from .common import NAN, TINY, UNKNOWN, ZEROS

points = partial(special_points, dtypes=("float64",), backends=("numpy", "native"))
SMALL = (0.0, 1e-8, 0.5, -2.0)
POSITIVE = (0.5, 2.0, 10.0)
BESIDES = {
    "yn of order 2": (2e-16, 0.0, 0.0, 0.0),
    "ber": (0.0, 0.0, 3e-16, 0.0),
    "y0": (5e-16, 0.0, 0.0, 0.0),
    "y1": (0.0, 2e-16, 0.0, 0.0),
    "hankel1e of order 1.5": (0.0, 1e-16, 4e-16, 5e-16),
    "hankel2e of order 1.5": (0.0, 1e-16, 4e-16, 5e-16),
}
"""Of functions that oscillate the errors beside zeros, twice what is measured."""
NONE = (0.0, 0.0, 0.0, 0.0)


def of_order(function, order):
    """A function of the argument alone."""
    return partial(function, order)


for _name, _order, _exact, _points in (
    ("yv", 1.5, mp.bessely, POSITIVE),
    ("yn", 2, mp.bessely, POSITIVE),
    ("kv", 1.5, mp.besselk, POSITIVE),
    ("kn", 2, mp.besselk, POSITIVE),
    ("jn", 2, mp.besselj, SMALL),
    ("struve", 1.5, mp.struveh, (0.5, 2.0, 10.0)),
    ("modstruve", 1.5, mp.struvel, (0.5, 2.0, 10.0)),
):
    points(
        f"{_name} of order {_order}",
        of_order(getattr(special, _name), _order),
        partial(_exact, _order),
        *_points,
        of=f"special.{_name}",
        singular=(0,) if 0.0 not in _points else (),
        floor=BESIDES.get(f"{_name} of order {_order}", NONE),
        orders=1 if _name in ("yn", "kn") else 3,  # whose references are slow
    )
for _name, _exact in (
    ("y0", partial(mp.bessely, 0)),
    ("y1", partial(mp.bessely, 1)),
    ("k0", partial(mp.besselk, 0)),
    ("k1", partial(mp.besselk, 1)),
    ("k0e", lambda x: mp.exp(x) * mp.besselk(0, x)),
    ("k1e", lambda x: mp.exp(x) * mp.besselk(1, x)),
):
    points(
        _name,
        getattr(special, _name),
        _exact,
        *(0.5, 10.0),
        singular=(0,),
        scale=1.0,
        orders=1,
        floor=BESIDES.get(_name, NONE),
        stated={NAN: UNKNOWN},
    )
for _name, _sign, _kind in (("hankel1", 1, real), ("hankel2", -1, imag)):
    for _scaled in ("", "e"):
        points(
            f"{_name}{_scaled} of order 1.5",
            lambda x, n=_name + _scaled, part=_kind: part(getattr(special, n)(1.5, x)),
            lambda x, s=_sign, e=_scaled, part=_kind: (mp.re if part is real else mp.im)(
                (mp.besselj(1.5, x) + s * 1j * mp.bessely(1.5, x))
                * (mp.exp(-s * 1j * x) if e else 1)
            ),
            *POSITIVE,
            of=f"special.{_name}{_scaled}",
            singular=(0,),
            floor=BESIDES.get(f"{_name}{_scaled} of order 1.5", NONE),
        )
for _i, _exact in enumerate(
    (mp.airyai, partial(mp.airyai, derivative=1), mp.airybi, partial(mp.airybi, derivative=1))
):
    points(
        f"airy, result {_i}",
        lambda x, i=_i: special.airy(x)[i],
        _exact,
        *(0.0, 1e-8, 0.5, -2.0, 5.0, 20.0),
        of="special.airy",
    )
points(
    "spherical_yn",
    partial(special.spherical_yn, 2),
    lambda x: mp.sqrt(mp.pi / 2 / x) * mp.bessely(2.5, x),
    0.5,
    2.0,
    10.0,
    of="special.spherical_yn",
    singular=(0,),
)
points(
    "spherical_in",
    partial(special.spherical_in, 2),
    lambda x: mp.sqrt(mp.pi / 2 / x) * mp.besseli(2.5, x),
    0.5,
    2.0,
    10.0,
    of="special.spherical_in",
    singular=(0,),
)
points(
    "spherical_kn",
    partial(special.spherical_kn, 2),
    lambda x: mp.sqrt(mp.pi / 2 / x) * mp.besselk(2.5, x),
    0.5,
    2.0,
    10.0,
    of="special.spherical_kn",
    singular=(0,),
)
for _name, _exact in (("ber", mp.ber), ("bei", mp.bei)):
    points(
        _name,
        getattr(special, _name),
        partial(_exact, 0),
        *(0.0, 0.5, -2.0, 6.0),
        floor=BESIDES.get(_name, NONE),
    )
for _name, _exact in (("ker", mp.ker), ("kei", mp.kei)):
    points(
        _name,
        getattr(special, _name),
        partial(_exact, 0),
        0.5,
        2.0,
        6.0,
        singular=(0,),
    )

# -- Elliptic, hypergeometric ----------------------------------------------------------------------

points(
    "ellipeinc",
    special.ellipeinc,
    mp.ellipe,
    (0.5, 0.0),
    (1.0, 1e-8),
    (2.0, 0.3),
    (0.0, 0.5),
    singular=((), (1,)),
    orders=2,
)
for _i, _letters in enumerate(("sn", "cn", "dn")):
    points(
        f"ellipj, {_letters}",
        lambda u, m, i=_i: special.ellipj(u, m)[i],
        lambda u, m, kind=_letters: mp.re(mp.ellipfun(kind, u, m)),
        *((0.5, 0.25), (2.0, 0.5), (0.0, 0.5)),
        of="special.ellipj",
        singular=((), (0, 1)),
        orders=2,
    )
points(
    "hyp0f1",
    partial(special.hyp0f1, 1.5),
    lambda x: mp.hyp0f1(1.5, x),
    *SMALL,
    10.0,
    of="special.hyp0f1",
)
points(
    "hyp1f1",
    partial(special.hyp1f1, 0.5, 1.5),
    lambda x: mp.hyp1f1(0.5, 1.5, x),
    *SMALL,
    10.0,
    -30.0,
    of="special.hyp1f1",
)
points(
    "hyp2f1",
    partial(special.hyp2f1, 0.5, 1.5, 2.5),
    lambda x: mp.hyp2f1(0.5, 1.5, 2.5, x),
    0.0,
    1e-8,
    0.5,
    -2.0,
    0.9,
    of="special.hyp2f1",
    singular=(1,),
    orders=2,
)
points(
    "hyperu",
    partial(special.hyperu, 0.5, 1.5),
    lambda x: mp.hyperu(0.5, 1.5, x),
    0.5,
    2.0,
    10.0,
    of="special.hyperu",
    singular=(0,),
    orders=2,
)

# -- Polynomials -----------------------------------------------------------------------------------

LINE = (0.0, 1e-8, 0.5, -0.75, 1.0, -1.0, 1.5)
for _name, _parameters, _exact in (
    ("chebyt", (), lambda x: mp.chebyt(4, x)),
    ("chebyu", (), lambda x: mp.chebyu(4, x)),
    ("chebyc", (), lambda x: 2 * mp.chebyt(4, x / 2)),
    ("chebys", (), lambda x: mp.chebyu(4, x / 2)),
    ("sh_chebyt", (), lambda x: mp.chebyt(4, 2 * x - 1)),
    ("sh_chebyu", (), lambda x: mp.chebyu(4, 2 * x - 1)),
    ("sh_legendre", (), lambda x: mp.legendre(4, 2 * x - 1)),
    ("legendre", (), lambda x: mp.legendre(4, x)),
    ("hermite", (), lambda x: mp.hermite(4, x)),
    ("hermitenorm", (), lambda x: mp.hermite(4, x / mp.sqrt(2)) / 4),
    ("laguerre", (), lambda x: mp.laguerre(4, 0, x)),
    ("genlaguerre", (0.5,), lambda x: mp.laguerre(4, 0.5, x)),
    ("gegenbauer", (0.75,), lambda x: mp.gegenbauer(4, 0.75, x)),
    ("jacobi", (0.5, 0.25), lambda x: mp.jacobi(4, 0.5, 0.25, x)),
):
    points(
        f"eval_{_name} of degree 4",
        partial(getattr(special, f"eval_{_name}"), 4, *_parameters),
        _exact,
        *LINE,
        of=f"special.eval_{_name}",
    )
points(
    "sph_legendre_p",
    lambda t: special.sph_legendre_p(2, 1, t)[0],
    lambda t: -mp.sqrt(mp.mpf(15) / (8 * mp.pi)) * mp.sin(t) * mp.cos(t),
    0.5,
    1.5,
    1e-8,
    of="special.sph_legendre_p",
)
points(
    "chdtri",
    lambda p: special.chdtri(2.0, p),
    lambda p: -2 * mp.log(p),
    1e-300,
    1e-8,
    0.5,
    0.9,
    singular=(0, 1),
    of="special.chdtri",
)
special_points(
    "i0",
    pnp.i0,
    lambda x: mp.besseli(0, x),
    *ZEROS,
    *TINY,
    0.5,
    -2.0,
    10.0,
    -40.0,
    700.0,
    of=("numpy.i0", "special.i0"),
)
special_points(
    "i1", special.i1, lambda x: mp.besseli(1, x), *ZEROS, *TINY, 0.5, -2.0, 10.0, -40.0, 700.0
)
special_points(
    "j0",
    special.j0,
    lambda x: mp.besselj(0, x),
    *ZEROS,
    *TINY,
    0.5,
    -2.0,
    2.404825557695773,
    10.0,
    scale=0.3,
    floor=(1e-16, 0.0, 0.0, 0.0),
)
special_points(
    "j1",
    special.j1,
    lambda x: mp.besselj(1, x),
    *ZEROS,
    *TINY,
    0.5,
    -2.0,
    3.8317059702075125,
    10.0,
    scale=0.3,
    floor=(1e-16, 0.0, 0.0, 0.0),
)
