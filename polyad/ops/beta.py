"""The logarithm of the beta function, binomial coefficients, and the differences of polygamma
functions that their derivatives are.
"""

from __future__ import annotations

import math

from . import elementwise as e
from .definition import elementwise
from .series import BERNOULLI
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
