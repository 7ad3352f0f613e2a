"""Special functions on the host: SciPy's, and the derivatives that SciPy lacks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .implementations import Maker, Types


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
    """SciPy's special function of that name."""

    def find() -> Callable[..., Any]:
        import scipy.special

        return getattr(scipy.special, name)

    return on_host(find, *leading)


def incomplete(name: str, leading: str) -> Maker:
    """A derivative that SciPy lacks."""

    def find() -> Callable[..., Any]:
        from . import incomplete

        return getattr(incomplete, name)

    return on_host(find, leading)


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


SCIPY_NAMES = {
    "erf": "erf",
    "erfc": "erfc",
    "erfinv": "erfinv",
    "erfcx": "erfcx",
    "log_ndtr": "log_ndtr",
    "ndtri": "ndtri",
    "lgamma": "gammaln",
    "digamma": "digamma",
    "gamma": "gamma",
    "betaln": "betaln",
    "gammainc": "gammainc",
    "gammaincc": "gammaincc",
    "betainc": "betainc",
    "zeta": "zeta",
    "expi": "expi",
    "dawsn": "dawsn",
    "spence": "spence",
}
SPECIAL_FUNCTIONS: dict[str, Maker] = {
    **{name: special(scipy_name) for name, scipy_name in SCIPY_NAMES.items()},
    "gammainc_derivative": incomplete("gammainc_derivative", "order"),
    "betainc_derivative": incomplete("betainc_derivative", "orders"),
    "polygamma": special("polygamma", "order"),
    "expn": special("expn", "order"),
    "bessel_i": bessel_i,
    "bessel_j": bessel_j,
}
