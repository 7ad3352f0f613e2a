"""Special functions on the host: SciPy's, and the derivatives that SciPy lacks."""

from __future__ import annotations

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


def incomplete(name: str, leading: str) -> Maker:
    """A derivative that SciPy lacks."""

    def find() -> Callable[..., Any]:
        from . import incomplete

        return getattr(incomplete, name)

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


SPECIAL_FUNCTIONS: dict[str, Maker] = {
    "erf": special("erf"),
    "erfc": special("erfc"),
    "erfinv": special("erfinv"),
    "erfcx": special("erfcx"),
    "erfi": special("erfi"),
    "log_ndtr": special("log_ndtr"),
    "ndtri": special("ndtri"),
    "lgamma": lgamma,
    "digamma": special("digamma"),
    "gamma": special("gamma"),
    "betaln": special("betaln"),
    "gammainc": special("gammainc"),
    "gammaincc": special("gammaincc"),
    "betainc": special("betainc"),
    "zeta": special("zeta"),
    "expi": special("expi"),
    "dawsn": special("dawsn"),
    "spence": special("spence"),
    "gammainc_derivative": incomplete("gammainc_derivative", "order"),
    "betainc_derivative": incomplete("betainc_derivative", "orders"),
    "polygamma": special("polygamma", "order"),
    "expn": special("expn", "order"),
    "bessel_i": bessel_i,
    "bessel_j": bessel_j,
}
