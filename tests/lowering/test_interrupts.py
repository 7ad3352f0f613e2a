"""An interrupt at any stage of a first call ends it and leaves nothing; the next call is right."""

from __future__ import annotations

import gc

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import lax, trace_stack

from .stops import STAGES, stopping

X = np.linspace(0.5, 1.5, 7)


def made(k):
    """A jitted function that goes through all stages, and its result."""

    def f(t):
        step = lambda c, y: (c * 0.5 + pnp.sum(pnp.sin(y * t)) * k, None)
        return lax.scan(step, 0.0, X)[0]

    angles = np.outer(X, X)
    weights = k * 0.5 ** np.arange(6, -1, -1)
    return polyad.jit(polyad.vmap(polyad.grad(f))), weights @ (np.cos(angles) * X[:, None])


@pytest.mark.parametrize("number", [1, 5, 60])
@pytest.mark.parametrize("place", STAGES)
def test_an_interrupt(place, number):
    def interrupt():
        sent.append(place)
        raise KeyboardInterrupt

    k = 2.0 + STAGES.index(place) + number / 100
    jitted, expected = made(k)
    sent = []
    with polyad.config(cache_dir=None):
        try:
            with stopping(place, number, interrupt):
                found = jitted(np.stack([X, X]))
        except KeyboardInterrupt:
            assert sent
        else:  # there are fewer calls, or a finaliser was interrupted, which goes on
            np.testing.assert_allclose(found[1], expected, rtol=1e-10)
            assert number > 1
        assert not trace_stack.UNDER_WAY and not trace_stack.active_builders()
        assert gc.isenabled()
        for again in (jitted, made(k)[0]):
            np.testing.assert_allclose(again(np.stack([X, X]))[1], expected, rtol=1e-10)
