"""The logarithm of the beta function, binomial coefficients, and the differences of polygamma
functions that their derivatives are.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from . import elementwise as e
from .definition import elementwise
from .series import BERNOULLI, gauss_legendre
from .types import Operand

SHIFT = 15
"""The asymptotic series below are taken from there on."""
TERMS = 6


def polygamma(x: Operand, order: int) -> Operand:
    """ψ and its derivatives."""
    return e.polygamma(x, order=order) if order else e.digamma(x)


def power_gaps(u: Operand, v: Operand, gap: Operand, most: int) -> list[Operand]:
    """v^m - u^m for m from 0 to `most`, where v - u is `gap`: gap·Σ_j v^j u^(m-1-j), in which
    nothing cancels.
    """
    found, total, power = [gap * 0, gap], u * 0 + 1, v
    for _ in range(2, most + 1):
        total, power = u * total + power, power * v
        found.append(gap * total)
    return found


def positive_gap(a: Operand, b: Operand, order: int) -> Operand:
    """ψ^(n)(a + b) - ψ^(n)(a) for a > 0 and a + b > 0, by the recurrence (DLMF 5.15.5) up to
    a + SHIFT and the asymptotic series there (5.11.2, 5.15.8), term by term.
    """
    n = order
    total = a * 0
    for k in range(SHIFT):
        u, v = e.reciprocal(a + k), e.reciprocal(a + (b + k))
        total = total + power_gaps(u, v, -b * u * v, n + 1)[n + 1]
    at = a + SHIFT
    u, v = e.reciprocal(at), e.reciprocal(at + b)
    gaps = power_gaps(u, v, -b * u * v, 2 * TERMS + n)
    if n == 0:
        rest = -e.log1p(b * u)
    else:
        rest = math.factorial(n - 1) * gaps[n]
    rest = rest + math.factorial(n) * 0.5 * gaps[n + 1]
    for k in range(1, TERMS + 1):
        factor = BERNOULLI[k - 1] * math.factorial(2 * k + n - 1) / math.factorial(2 * k)
        rest = rest + factor * gaps[2 * k + n]
    return (math.factorial(n) * total + rest) * (-1.0) ** (n + 1)


def polygamma_gap_decomposition(a: Operand, b: Operand, *, order: int) -> Operand:
    positive = e.logical_and(e.greater(a, 0), e.greater(a + b, 0))
    inside = e.logical_and(positive, e.isfinite(a + b))
    gap = positive_gap(e.where(inside, a, 1), e.where(inside, b, 1), order)
    x, y = e.where(inside, 1, a), e.where(inside, 1, a + b)
    return e.where(inside, gap, polygamma(y, order) - polygamma(x, order))


polygamma_gap = elementwise(
    "polygamma_gap",
    operands=2,
    accepts="real floating",
    singular=True,
    partials=(
        lambda a, b, y, *, order: polygamma_gap(a, b, order=order + 1),
        lambda a, b, y, *, order: polygamma(a + b, order + 1),
    ),
    decomposition=polygamma_gap_decomposition,
)
"""ψ^(n)(a + b) - ψ^(n)(a) for n = `order`, with its digits where b is small beside a."""
betaln = elementwise(
    "betaln",
    operands=2,
    accepts="real floating",
    singular=True,
    partials=(
        lambda a, b, y: -polygamma_gap(a, b, order=0),
        lambda a, b, y: -polygamma_gap(b, a, order=0),
    ),
)
"""log|B(a, b)|, ∂/∂a = ψ(a) - ψ(a + b)."""
FAR = 20.0


def betaln_far_decomposition(a: Operand, b: Operand) -> Operand:
    """With p <= q: log Γ(p) less the difference of Stirling's series (DLMF 5.11.1) at p + q and q,
    term by term: (q - 1/2) log(1 + p/q) + p log(p + q) - p + …
    """
    p, q = e.minimum(a, b), e.maximum(a, b)
    u, v = e.reciprocal(q), e.reciprocal(p + q)
    gaps = power_gaps(u, v, -p * u * v, 2 * TERMS)
    rest = (q - 0.5) * e.log1p(p * u) + p * e.log(p + q) - p
    for k in range(1, TERMS + 1):
        rest = rest + BERNOULLI[k - 1] / (2 * k * (2 * k - 1)) * gaps[2 * k - 1]
    return e.lgamma(p) - rest


betaln_far = elementwise(
    "betaln_far",
    operands=2,
    accepts="real floating",
    partials=(
        lambda a, b, y: -polygamma_gap(a, b, order=0),
        lambda a, b, y: -polygamma_gap(b, a, order=0),
    ),
    decomposition=betaln_far_decomposition,
)
"""`betaln` of positive numbers the larger of which is more than FAR, where libraries subtract
large terms.
"""


# -- The beta function -----------------------------------------------------------------------------


def log_beta(a: Operand, b: Operand) -> Operand:
    """log|B(a, b)|, by Stirling's series where an argument is large."""
    far = e.logical_and(e.greater(e.minimum(a, b), 0), e.greater(e.maximum(a, b), FAR))
    far = e.logical_and(far, e.isfinite(a + b))
    near = betaln(e.where(far, 1, a), e.where(far, 1, b))
    return e.where(far, betaln_far(e.where(far, a, FAR), e.where(far, b, FAR)), near)


def gamma_sign(x: Operand) -> Operand:
    """The sign of Γ(x)."""
    return e.where(e.less(x, 0), 1 - e.remainder(e.floor(x), 2) * 2, 1)


def beta_value(a: Operand, b: Operand) -> Operand:
    """B(a, b); at a pole +∞, as in SciPy."""
    log = log_beta(a, b)
    sign = gamma_sign(a) * gamma_sign(b) * gamma_sign(a + b)
    return e.exp(log) * e.where(e.equal(log, math.inf), 1, sign)


NODES, WEIGHTS = gauss_legendre(12)


def polygamma_mean_decomposition(a: Operand, b: Operand, *, order: int, power: int) -> Operand:
    total = a * 0
    for s, w in zip(NODES, WEIGHTS, strict=True):
        total = total + polygamma(b * s + a, order) * (w * s**power)
    return total


polygamma_mean = elementwise(
    "polygamma_mean",
    operands=2,
    accepts="real floating",
    partials=(
        lambda a, b, y, *, order, power: polygamma_mean(a, b, order=order + 1, power=power),
        lambda a, b, y, *, order, power: polygamma_mean(a, b, order=order + 1, power=power + 1),
    ),
    decomposition=polygamma_mean_decomposition,
)
"""∫₀¹ s^m ψ^(n)(a + s b) ds for a >= 1, 0 <= b < a: divided differences of polygammas, without."""
beta_factor = elementwise(
    "beta_factor",
    operands=2,
    accepts="real floating",
    partials=(
        lambda q, p, y: -y * polygamma_gap(q, p, order=0),
        lambda q, p, y: -y * polygamma_gap(p + 1, q - 1, order=0),
    ),
    decomposition=lambda q, p: p * e.exp(log_beta(q, p)),
)
"""p B(q, p) = Γ(q) Γ(p + 1) / Γ(q + p), without the pole at p = 0."""


Slopes = Callable[[Operand, Operand], Operand]


def mixed(q: Operand, p: Operand) -> Operand:
    """∂²B(q, p)/∂q∂p for q >= 1 > p, which is smooth at p = 0: with p B = G and
    ψ(q + p) - ψ(q) = p m, ∂B/∂q = -G m.
    """
    mean, slope = (polygamma_mean(q, p, order=n + 1, power=n) for n in (0, 1))
    return beta_factor(q, p) * (mean * polygamma_gap(p + 1, q - 1, order=0) - slope)


def mixed_by_large(q: Operand, p: Operand) -> Operand:
    """∂/∂q of it."""
    mean, slope = (polygamma_mean(q, p, order=n + 2, power=n) for n in (0, 1))
    first = polygamma_mean(q, p, order=1, power=0)
    moved = mean * polygamma_gap(p + 1, q - 1, order=0) + first * polygamma(q + p, 1) - slope
    return beta_factor(q, p) * moved - mixed(q, p) * polygamma_gap(q, p, order=0)


def mixed_by_small(q: Operand, p: Operand) -> Operand:
    """∂/∂p of it."""
    first, mean, slope = (polygamma_mean(q, p, order=n + 1, power=n) for n in (0, 1, 2))
    gap, gap_slope = (polygamma_gap(p + 1, q - 1, order=n) for n in (0, 1))
    return beta_factor(q, p) * (mean * gap + first * gap_slope - slope) - mixed(q, p) * gap


def beside_poles(
    a: Operand, b: Operand, by_large: Slopes, by_small: Slopes, apart: Slopes
) -> Operand:
    """A mixed derivative of B: `apart`, and where an argument is below 1, beside a pole in whose
    terms that is a small difference, that of B without the pole: `by_large` where `a` is the larger
    argument, else `by_small`; where both are, of B(a, b) = B(a + 1, b) + B(a, b + 1).
    """
    least, most = e.minimum(a, b), e.maximum(a, b)
    near = e.logical_and(e.greater(least, 0), e.less(least, 1))
    both, one = (e.logical_and(near, side) for side in (e.less(most, 1), e.greater_equal(most, 1)))
    p, q = e.where(one, e.minimum(a, b), 0.5), e.where(one, e.maximum(a, b), 1)
    c, d = e.where(both, a, 0.5), e.where(both, b, 0.5)
    double = by_large(c + 1, d) + by_small(d + 1, c)
    single = by_large(q, p)
    if by_small is not by_large:
        single = e.where(e.greater(a, b), single, by_small(q, p))
    outside = apart(e.where(near, 1, a), e.where(near, 1, b))
    return e.where(both, double, e.where(one, single, outside))


def mixed_apart(a: Operand, b: Operand) -> Operand:
    """B (L_a L_b + L_ab), of which L = log B."""
    gaps = polygamma_gap(a, b, order=0) * polygamma_gap(b, a, order=0)
    return beta(a, b) * (gaps - polygamma(a + b, 1))


def curvature_slope_apart(a: Operand, b: Operand) -> Operand:
    """B ((L_a² + L_aa) L_b + 2 L_a L_ab + L_aab)."""
    by_a, twice = (polygamma_gap(a, b, order=n) for n in (0, 1))
    outer = (twice - by_a * by_a) * polygamma_gap(b, a, order=0)
    inner = by_a * polygamma(a + b, 1) * 2 - polygamma(a + b, 2)
    return beta(a, b) * (outer + inner)


def curvature_by_same(a: Operand, b: Operand, y: Operand) -> Operand:
    """B (L_a³ + 3 L_a L_aa + L_aaa)."""
    first, second, third = (polygamma_gap(a, b, order=n) for n in (0, 1, 2))
    return beta(a, b) * (first * (second * 3 - first * first) - third)


def curvature(a: Operand, b: Operand) -> Operand:
    """B (L_a² + L_aa)."""
    gap = polygamma_gap(a, b, order=0)
    return beta_value(a, b) * (gap * gap - polygamma_gap(a, b, order=1))


beta_curvature = elementwise(
    "beta_curvature",
    operands=2,
    accepts="real floating",
    singular=True,
    partials=(
        curvature_by_same,
        lambda a, b, y: beside_poles(a, b, mixed_by_large, mixed_by_small, curvature_slope_apart),
    ),
    decomposition=curvature,
)
"""∂²B/∂a²."""
beta = elementwise(
    "beta",
    operands=2,
    accepts="real floating",
    singular=True,
    partials=(lambda a, b, y: beta_slope(a, b), lambda a, b, y: beta_slope(b, a)),
    decomposition=beta_value,
)
"""B(a, b)."""
beta_slope = elementwise(
    "beta_slope",
    operands=2,
    accepts="real floating",
    singular=True,
    partials=(
        lambda a, b, y: beta_curvature(a, b),
        lambda a, b, y: beside_poles(a, b, mixed, mixed, mixed_apart),
    ),
    decomposition=lambda a, b: -beta_value(a, b) * polygamma_gap(a, b, order=0),
)
"""∂B/∂a, B (ψ(a) - ψ(a + b))."""

# -- Binomial coefficients -------------------------------------------------------------------------


def binom_partial_k(n: Operand, k: Operand, y: Operand) -> Operand:
    """By k: ψ(n - k + 1) - ψ(k + 1) of it."""
    return y * polygamma_gap(k + 1, n - k - k, order=0)


binom = elementwise(
    "binom",
    operands=2,
    accepts="real floating",
    singular=True,
    partials=(
        lambda n, k, y: y * polygamma_gap(n - k + 1, k, order=0),
        binom_partial_k,
    ),
)
"""Γ(n + 1)/(Γ(k + 1) Γ(n - k + 1))."""
