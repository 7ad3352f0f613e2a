"""Rows of the grammar that call one function of NumPy, SciPy or a library of networks.

The functions are sorted by the kinds of their operands (see `grammar`).
"""

from __future__ import annotations

from .. import special

UNARY = {
    "x": "sin cos tanh exp arctan sinh cosh square negative positive expm1 reciprocal asinh",
    "f": "arcsinh cbrt exp2 floor ceil trunc rint fabs sinc deg2rad rad2deg i0 signbit modf frexp "
    "spacing fix around",
    "n": "abs sign conj real imag square negative copy",
    "b": "logical_not",
    "a": "isfinite isnan isinf array ravel transpose flip atleast_2d atleast_1d atleast_3d squeeze "
    "flatnonzero argwhere zeros_like ones_like",
    "i": "bitwise_invert bitwise_count",
}
BINARY = {
    "f": "arctan2 hypot maximum minimum copysign logaddexp logaddexp2 fmax fmin nextafter fmod "
    "heaviside remainder floor_divide",
    "n": "add subtract multiply",
    "x": "divide",
    "r": "less less_equal greater maximum minimum greater_equal",
    "a": "equal not_equal logical_and logical_or logical_xor",
    "i": "bitwise_and bitwise_or bitwise_xor gcd floor_divide remainder",
}
REDUCTIONS = {
    "x": "mean std var prod nansum",
    "n": "sum prod nanprod",
    "r": "max min ptp",
    "f": "nanmean nanmax nanmin nanstd nanvar median nanmedian",
    "a": "any all count_nonzero",
}
CUMULATIVE = {"n": "cumsum cumprod", "f": "nancumsum nancumprod cummax cummin"}
SPECIAL = [
    "erf",
    "erfc",
    "gammaln",
    "digamma",
    "expit",
    "log_ndtr",
    "ndtr",
    "entr",
    "i0e",
    "i1e",
    "j0",
    "logsumexp",
]
SMOOTH = [
    "celu",
    "hard_sigmoid",
    "hard_silu",
    "hard_tanh",
    "leaky_relu",
    "log_sigmoid",
    "soft_sign",
    "squareplus",
    "l2_loss",
    "relu6",
    "standardize",
    "logmeanexp",
    "sparse_plus",
    "sparse_sigmoid",
]
NETWORKS = [
    "relu",
    "sigmoid",
    "softplus",
    "silu",
    "gelu",
    "elu",
    "selu",
    "softmax",
    "log_softmax",
    "mish",
]

# Functions of bounded domains: the interval of each operand, which is led into it.
UNIT, POSITIVE = (0.1, 0.9), (0.5, 4)
DOMAINS: dict[str, tuple[tuple[float, float], ...]] = {
    **dict.fromkeys(
        [
            "gamma",
            "rgamma",
            "loggamma",
            "spence",
            "expi",
            "exp1",
            "k0",
            "k0e",
            "k1",
            "k1e",
            "y0",
            "y1",
            "itj0y0",
            "ber",
            "bei",
            "ker",
            "kei",
            "berp",
            "beip",
            "kerp",
            "kelvin",
            "xlogx",
            "boxcox1p",
            "zetac",
            "factorial",
        ],
        (POSITIVE,),
    ),
    **dict.fromkeys(
        [
            "logit",
            "erfinv",
            "erfcinv",
            "ndtri",
            "log_odds",
            "ellipk",
            "ellipe",
            "ellipkm1",
            "owens_t",
            "log1mexp",
        ],
        (UNIT,),
    ),
    **dict.fromkeys(
        [
            "erfcx",
            "erfi",
            "dawsn",
            "log_ndtr",
            "i0",
            "i1",
            "i0e",
            "i1e",
            "j0",
            "j1",
            "exprel",
            "cosm1",
            "log_expit",
            "sinc",
            "sindg",
            "cosdg",
            "tandg",
            "exp10",
            "exp2",
            "cbrt",
            "wrightomega",
            "shichi",
            "sici",
            "fresnel",
            "struve",
            "lambertw",
            "radian",
        ],
        ((-2, 2),),
    ),
    **dict.fromkeys(
        [
            "xlogy",
            "xlog1py",
            "beta",
            "betaln",
            "gammainc",
            "gammaincc",
            "rel_entr",
            "kl_div",
            "agm",
            "huber",
            "pseudo_huber",
            "poch",
            "zeta",
            "jv",
            "yv",
            "iv",
            "kv",
            "ive",
            "kve",
            "boxcox",
            "hyp0f1",
            "rel_entr",
        ],
        (POSITIVE, POSITIVE),
    ),
    **dict.fromkeys(["gammaincinv", "gammainccinv"], (POSITIVE, UNIT)),
    **dict.fromkeys(["betainc", "betaincc", "betaincinv"], (POSITIVE, POSITIVE, UNIT)),
    "ellipkinc": (UNIT, UNIT),
    "ellipeinc": (UNIT, UNIT),
    "hyp1f1": (POSITIVE, POSITIVE, (-2, 2)),
    "hyp2f1": (POSITIVE, POSITIVE, POSITIVE, (-0.6, 0.6)),
    "voigt_profile": ((-2, 2), POSITIVE, POSITIVE),
}


def _led(name: str) -> str:
    """The template of a function of `DOMAINS`."""
    parts = [
        f"{low} + {high - low:.3g} * polyad.special.expit({{{i}:f{'~' if i else ''}}})"
        for i, (low, high) in enumerate(DOMAINS[name])
    ]
    return f"polyad.special.{name}({', '.join(parts)})"


FUNCTIONS: list[str] = [
    *(_led(name) for name in DOMAINS if hasattr(special, name)),
    *(f"pnp.{name}({{0:{kind}}})" for kind, names in UNARY.items() for name in names.split()),
    *(
        f"pnp.{name}({{0:{kind}}}, {{1:{kind}~}})"
        for kind, names in BINARY.items()
        for name in names.split()
    ),
    *(
        f"pnp.{name}({{0:{kind}}}, axis={{axes}}, keepdims={{flag}})"
        for kind, names in REDUCTIONS.items()
        for name in names.split()
    ),
    *(
        f"pnp.{name}({{0:{kind}}}, axis={{axis}})"
        for kind, names in CUMULATIVE.items()
        for name in names.split()
    ),
    *(f"polyad.special.{name}({{0:f}})" for name in SPECIAL),
    "polyad.special.entr(pnp.abs({0:f}))",
    *(f"polyad.nn.{name}({{0:f}})" for name in NETWORKS),
    *(f"polyad.nn.{name}({{0:f}})" for name in SMOOTH),
    "polyad.nn.glu(pnp.concatenate([{0:f}, {0:f}], axis=-1))",
    "polyad.nn.one_hot({0:i} % 4, 4)",
    "polyad.nn.softmax_cross_entropy({0:f}, polyad.nn.softmax({1:f=}))",
    "polyad.nn.sigmoid_binary_cross_entropy({0:f}, {1:f=})",
    "polyad.special.polygamma({whole}, 0.5 + pnp.abs({0:f}))",
    "polyad.special.expn({whole}, 0.5 + pnp.abs({0:f}))",
    "polyad.special.multigammaln(2.5 + pnp.abs({0:f}), 2)",
    "polyad.special.comb(4 + pnp.abs({0:f}), {whole})",
    "polyad.special.spherical_jn({whole}, 0.5 + pnp.abs({0:f}))",
    "polyad.special.eval_legendre({whole}, pnp.tanh({0:f}))",
    "polyad.special.eval_hermite({whole}, {0:f})",
    "polyad.special.jn({whole}, {0:f})",
    "polyad.special.wofz({0:x})",
]
