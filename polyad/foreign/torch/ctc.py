"""PyTorch's connectionist temporal classification on traced arrays (Graves et al., ICML 2006)."""

from __future__ import annotations

import math
from typing import Any

from ... import numpy as pnp
from ...api.loops import scan
from ...numpy._core import dtype_of, known_values, shape_of
from ...special import logsumexp
from .nn_core import MEAN, reduced, refused, register, valued


def ctc_loss(
    log_probs: Any,
    targets: Any,
    input_lengths: Any,
    target_lengths: Any,
    blank: int = 0,
    reduction: int = MEAN,
    zero_infinity: bool = False,
) -> Any:
    """-log of the probability of each target, by the forward recursion; the mean is over losses per
    label. `log_probs` (time, batch, classes) are taken for the log-softmax that they come from: as
    PyTorch's, their derivative includes that of the normalisation.
    """
    alone = len(shape_of(log_probs)) == 2
    x = pnp.expand_dims(log_probs, axis=1) if alone else log_probs
    steps, batch, classes = shape_of(x)
    if not 0 <= blank < classes:
        raise refused(f"ctc_loss: blank is from 0 to {classes - 1}, not {blank}")
    ends, counts = (_lengths(n, batch) for n in (input_lengths, target_lengths))
    labels = _padded(targets, counts, batch)
    loss = _losses(x, labels, ends, counts, blank)
    seen = pnp.arange(steps)[:, None] < ends[None, :]
    mass = pnp.sum(pnp.where(seen[:, :, None], pnp.exp(x), 0), axis=(0, 2))
    loss = loss + valued(mass, pnp.zeros_like(mass))
    if zero_infinity:
        loss = pnp.where(loss == math.inf, 0, loss)
    if reduction == MEAN:
        loss = loss / pnp.astype(pnp.maximum(counts, 1), dtype_of(x))
    return loss[0] if alone and reduction == 0 else reduced(loss, reduction)


def _lengths(given: Any, batch: int) -> Any:
    found = pnp.asarray(list(given) if isinstance(given, tuple | list) else given, dtype="int64")
    return pnp.broadcast_to(pnp.reshape(found, (-1,)), (batch,))


def _padded(targets: Any, counts: Any, batch: int) -> Any:
    """The labels as (batch, longest); those of a flat tensor follow one another."""
    if len(shape_of(targets)) == 2 or batch == 1:
        return pnp.reshape(targets, (batch, -1))
    longest = max(known_values(counts, "the longest target of ctc_loss", "two-dimensional targets"))
    starts = pnp.cumulative_sum(counts) - counts
    places = starts[:, None] + pnp.arange(longest)[None, :]
    within = pnp.arange(longest)[None, :] < counts[:, None]
    size = shape_of(targets)[0]
    index = pnp.where(within, pnp.minimum(places, max(size - 1, 0)), 0)
    return pnp.take(targets, index, axis=0) if size else pnp.zeros((batch, 0), dtype="int64")


def _losses(x: Any, labels: Any, ends: Any, counts: Any, blank: int) -> Any:
    """One loss for each element of the batch."""
    steps, batch, _ = shape_of(x)
    size = 2 * shape_of(labels)[1] + 1
    blanks = pnp.full((batch, shape_of(labels)[1]), blank, dtype="int64")
    used = pnp.arange(shape_of(labels)[1])[None, :] < counts[:, None]
    kept = pnp.where(used, pnp.astype(labels, "int64"), blank)
    pairs = pnp.reshape(pnp.stack([blanks, kept], axis=2), (batch, size - 1))
    path = pnp.concat([pairs, pnp.full((batch, 1), blank, dtype="int64")], axis=1)
    index = pnp.broadcast_to(path[None], (steps, batch, size))
    emitted = pnp.take_along_axis(x, index, axis=2)
    two_back = pnp.concat([pnp.full((batch, 2), blank, dtype="int64"), path], axis=1)[:, :size]
    skips = (path != blank) & (path != two_back)
    first = pnp.where(pnp.arange(size)[None, :] < 2, emitted[0], -math.inf)

    def step(before: Any, at: Any) -> tuple[Any, Any]:
        t, gains = at
        ways = [before, _shifted(before, 1), pnp.where(skips, _shifted(before, 2), -math.inf)]
        after = logsumexp(pnp.stack(ways, axis=0), axis=0) + gains
        return pnp.where((t < ends)[:, None], after, before), None

    last = first
    if steps > 1:
        last, _ = scan(step, first, (pnp.arange(1, steps), emitted[1:]))
    final = pnp.take_along_axis(last, 2 * counts[:, None], axis=1)[:, 0]
    other = pnp.take_along_axis(last, pnp.maximum(2 * counts[:, None] - 1, 0), axis=1)[:, 0]
    other = pnp.where(counts > 0, other, -math.inf)
    return -logsumexp(pnp.stack([final, other], axis=0), axis=0)


def _shifted(x: Any, k: int) -> Any:
    """`x` moved by `k` places along axis 1; -∞ comes in."""
    batch, size = shape_of(x)
    edge = pnp.full((batch, k), -math.inf, dtype=dtype_of(x))
    return pnp.concat([edge, x], axis=1)[:, :size]


register({"ctc_loss": ctc_loss})
