"""Special functions on the host: SciPy's, and the derivatives that SciPy lacks."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ..makers import Maker, Types


def on_host(find: Callable[[], Callable[..., Any]], *leading: str) -> Maker:
    """A function of NumPy arrays that `find` imports, on the host. `leading` attributes come before
    the arrays.
    """

    def maker(
        backend: Any, attrs: dict[str, Any], types: Types, results: Types
    ) -> Callable[..., Any]:
        function = find()
        first = [attrs[key] for key in leading]

        def run(*arrays: Any) -> Any:
            found = function(*first, *[backend.host(x) for x in arrays])
            return backend.asarray(
                found.astype(results[0].dtype.name), results[0].dtype, like=arrays[0]
            )

        return run

    return maker


def special(name: str, *leading: str) -> Maker:
    """SciPy's special function of that name; itself, where the backend's arrays are NumPy's."""

    def find() -> Callable[..., Any]:
        import scipy.special

        return getattr(scipy.special, name)

    hosted = on_host(find, *leading)

    def maker(
        backend: Any, attrs: dict[str, Any], types: Types, results: Types
    ) -> Callable[..., Any]:
        if backend.arrays_are_numpys and not leading:
            return find()
        return hosted(backend, attrs, types, results)

    return maker


def adapted(name: str, *, real: int = 0, whole: int = 0, part: int | None = None) -> Maker:
    """SciPy's special function of that name, called as it asks for: the first `real` operands,
    which are so in value, also in type; the first `whole` ones as integers. `part` chooses one of
    several results.
    """

    def find() -> Callable[..., Any]:
        import numpy as np
        import scipy.special

        function = getattr(scipy.special, name)

        def run(*arrays: Any) -> Any:
            first = [x.real for x in arrays[: max(real, whole)]]
            first = [integers(x) for x in first[:whole]] + first[whole:]
            found = function(*first, *arrays[len(first) :])
            return np.asarray(found if part is None else found[part])

        return run

    return on_host(find)


def integers(x: Any) -> Any:
    """Whole numbers as the integers that SciPy's recurrences ask for."""
    return x.astype("long")


def degreed(name: str) -> Maker:
    """A polynomial, by recurrences where the op's attribute says that its degree is `whole`."""

    def maker(
        backend: Any, attrs: dict[str, Any], types: Types, results: Types
    ) -> Callable[..., Any]:
        return adapted(name, whole=attrs["whole"])(backend, {}, types, results)

    return maker


def lambertw(
    backend: Any, attrs: dict[str, Any], types: Types, results: Types
) -> Callable[..., Any]:
    def find() -> Callable[..., Any]:
        import scipy.special

        return lambda z: scipy.special.lambertw(z, attrs["branch"])

    return on_host(find)(backend, attrs, types, results)


def lacking(module: str, name: str, leading: str) -> Maker:
    """A derivative that SciPy lacks, of a module beside this one."""

    def find() -> Callable[..., Any]:
        import importlib

        return getattr(importlib.import_module(f".{module}", __package__), name)

    return on_host(find, leading)


def lgamma(backend: Any, attrs: Any, types: Types, results: Types) -> Callable[..., Any]:
    """SciPy's, which is infinite at subnormal numbers: there, -log|x|."""
    import numpy as np

    of_normal = special("gammaln")(backend, attrs, types, results)
    least = 1e-300 if types[0].dtype.bits == 64 else 1e-37

    def run(x: Any) -> Any:
        found, size = of_normal(x), np.abs(backend.host(x))
        small = (size < least) & (size > 0)
        if not np.any(small):
            return found
        limit = -np.log(np.where(small, size, 1))
        chosen = np.where(small, limit, backend.host(found)).astype(size.dtype)
        return backend.asarray(chosen, results[0].dtype, like=x)

    return run


ZERO_OF_DIGAMMA = {
    32: (1.4616321325302124, 1.2438149938918909e-08),
    64: (1.4616321449683622, 9.549995429965697e-17),
}
"""Its positive zero, by the bits of a dtype: the nearest number, and the rest."""
# fmt: off
AT_ITS_ZERO = (
    0.9676722454476212, -0.4427631689835921, 0.258499760955651,
    -0.16394270544240652, 0.10782405069126237, -0.07219956125645471,
    0.04880428816414311, -0.03316112647484736, 0.022597648232218104,
    -0.01542476590494896, 0.010538791616612175, -0.007204534386356869,
)
"""ψ^(k) / k! there, from k = 1."""
# fmt: on


def reflected(right: Maker) -> Maker:
    """ψ by a library's of positive numbers, `right`; of negative ones ψ(1 - x) - π cot(πx) (DLMF
    5.5.4), with x less the nearest integer, and beside its zero by its series there: libraries lose
    digits beside the poles and the zero.
    """

    def digamma(backend: Any, attrs: Any, types: Types, results: Types) -> Callable[..., Any]:
        xp, positive = backend.xp, right(backend, attrs, types, results)
        bits = 64 if types[0].dtype.bits == 64 else 32

        def run(x: Any) -> Any:
            left = x < 0
            if not xp.any(left):
                return beside_zero(xp, x, positive(x), bits)
            size = positive(xp.where(left, 1 - x, x))
            turn = math.pi * (x - xp.round(x))
            pole = left & (turn == 0)
            slope = math.pi / xp.tan(xp.where(left & ~pole, turn, 1 + 0 * x))
            size = xp.where(left, size - slope, beside_zero(xp, x, size, bits))
            return xp.where(pole, math.nan + 0 * x, size)

        return run

    return digamma


def beside_zero(xp: Any, x: Any, found: Any, bits: int) -> Any:
    """`found`, beside the zero of ψ its series."""
    high, low = ZERO_OF_DIGAMMA[bits]
    apart = (x - high) - low
    near = xp.abs(apart) < 0.06
    if not xp.any(near):
        return found
    total = 0 * x
    for c in AT_ITS_ZERO[::-1]:
        total = (total + c) * apart
    return xp.where(near, total, found)


def bessel_i(
    backend: Any, attrs: dict[str, Any], types: Types, results: Types
) -> Callable[..., Any]:
    scaled, order = attrs["scaled"], attrs["order"]
    if order < 2:
        return special(f"i{order}{'e' if scaled else ''}")(backend, attrs, types, results)
    return special("ive" if scaled else "iv", "order")(backend, attrs, types, results)


def bessel_j(
    backend: Any, attrs: dict[str, Any], types: Types, results: Types
) -> Callable[..., Any]:
    if attrs["order"] < 2:
        return special(f"j{attrs['order']}")(backend, attrs, types, results)
    return special("jn", "order")(backend, attrs, types, results)


# fmt: off
UNARY = (
    "y0", "y1", "k0", "k1", "k0e", "k1e", "ellipk", "ellipkm1", "ellipe", "loggamma", "psi", "wofz",
    "ndtri_exp", "wrightomega", "zetac",
)
REAL = (
    "ive", "struve", "modstruve", "ellipkinc", "ellipeinc", "owens_t", "hyperu", "binom",
    "gammaincinv", "gammainccinv", "betaincinv", "betaincc",
)
"""Of several real operands."""
ORDERED = ("jv", "yv", "iv", "kv", "kve", "hankel1", "hankel2", "hankel1e", "hankel2e", "hyp0f1")
"""Of a real order and an argument that may be complex."""
POLYNOMIALS = (
    "eval_jacobi", "eval_gegenbauer", "eval_legendre", "eval_chebyt", "eval_chebyu",
    "eval_genlaguerre", "eval_hermite", "eval_hermitenorm",
)
SPHERICAL = ("spherical_jn", "spherical_yn", "spherical_in", "spherical_kn")
# fmt: on
PARTS = {
    name: tuple(enumerate(parts.split()))
    for name, parts in {
        "airy": "ai aip bi bip",
        "fresnel": "s c",
        "sici": "si ci",
        "shichi": "shi chi",
        "ellipj": "sn cn dn ph",
    }.items()
}
"""Functions of several results, with an op for each."""

SPECIAL_FUNCTIONS: dict[str, Maker] = {
    "erf": special("erf"),
    "erfc": special("erfc"),
    "erfinv": special("erfinv"),
    "erfcx": special("erfcx"),
    "erfi": special("erfi"),
    "ndtri": special("ndtri"),
    "lgamma": lgamma,
    "digamma": reflected(special("psi")),
    "gamma": special("gamma"),
    "betaln": special("betaln"),
    "gammainc": special("gammainc"),
    "gammaincc": special("gammaincc"),
    "betainc": special("betainc"),
    "zeta": special("zeta"),
    "expi": special("expi"),
    "dawsn": special("dawsn"),
    "spence": special("spence"),
    "gammainc_derivative": lacking("incomplete", "gammainc_derivative", "order"),
    "betainc_derivative": lacking("incomplete", "betainc_derivative", "orders"),
    "ellipkinc_derivative": lacking("elliptic", "ellipkinc_derivative", "order"),
    "ellipeinc_derivative": lacking("elliptic", "ellipeinc_derivative", "order"),
    "polygamma": special("polygamma", "order"),
    "expn": special("expn", "order"),
    "bessel_i": bessel_i,
    "bessel_j": bessel_j,
    **{name: special(name) for name in UNARY + REAL},
    **{name: adapted(name, real=1) for name in ORDERED},
    **{f"{name}_{p}": adapted(name, part=i) for name, ps in PARTS.items() for i, p in ps},
    **{name: degreed(name) for name in POLYNOMIALS},
    **{name: adapted(name, whole=1) for name in SPHERICAL},
    "sph_legendre_p": adapted("sph_legendre_p", whole=2, part=0),
    "hyp1f1": adapted("hyp1f1", real=2),
    "hyp2f1": adapted("hyp2f1", real=3),
    "lambertw": lambertw,
}
