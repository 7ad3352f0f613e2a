"""The values that loops record for their reverse pass: no more than they must."""

from __future__ import annotations

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import lax

N = 50
XS = np.linspace(0.1, 0.9, N * 3).reshape(N, 3)
SCALE = np.array([0.5, 0.25, 0.125])


def logistic(v, xs, scale):
    """1 - v and 1.5 v are made from v again."""
    return lax.fori_loop(0, N, lambda _, v: 1.5 * v * (1 - v), v[0])


def from_xs(v, xs, scale):
    """Cheap values of x and of consts are computed again; sin(x) is not cheap."""

    def step(v, x):
        return v * (2 * x) + v * pnp.sin(x) * pnp.exp(scale), None

    return pnp.sum(lax.scan(step, v, xs)[0])


def outer(v, xs, scale):
    """The differences of all pairs are made from the vector again."""

    def step(v, x):
        apart = v[:, None] - v
        return v * 0.9 + 0.01 * (apart * apart) @ x, None

    return pnp.sum(lax.scan(step, v, xs)[0])


def costly(v, xs, scale):
    """tanh and its derivative are recorded: they would have to be computed again."""
    return pnp.sum(lax.fori_loop(0, N, lambda _, v: pnp.tanh(v) * v * scale, v))


def dynamic(v, xs, scale):
    """As `logistic`; how often is known at run time."""
    body = lambda c: (c[0] + 1, 1.5 * c[1] * (1 - c[1]))
    return lax.while_loop(lambda c: c[0] < N, body, (0, v[0]))[1]


# Bytes recorded in an iteration: the stack of a while holds a boolean too.
CASES = [(logistic, 8), (from_xs, 24), (outer, 24), (costly, 72), (dynamic, 9)]


@pytest.mark.parametrize("loss, expected", CASES, ids=lambda c: getattr(c, "__name__", ""))
def test_bytes_recorded_in_an_iteration(loss, expected):
    args = np.array([0.3, 0.5, 0.7]), XS, SCALE
    gradient = polyad.grad(loss)
    forward = next(o for o in polyad.make_ir(gradient)(*args).ops if o.name in ("scan", "while"))
    carry = forward.attrs.get("carry")
    if carry is None:
        carry = len(forward.operands) - forward.attrs["cond_consts"] - forward.attrs["body_consts"]
    assert sum(v.type.nbytes for v in forward.regions[-1].results[carry:]) == expected
    found, compiled = gradient(*args), polyad.jit(gradient)(*args)
    np.testing.assert_allclose(found, compiled, rtol=1e-12)
    step = 1e-6 * np.eye(3)
    differences = [
        (loss(args[0] + h, *args[1:]) - loss(args[0] - h, *args[1:])) / 2e-6 for h in step
    ]
    np.testing.assert_allclose(found, differences, rtol=1e-5, atol=1e-9)


def squeezed(v, xs, scale):
    """Only one product waits for the cotangent of the iteration before."""
    step = lambda c, x: (c * x[0] * 0.5 - pnp.sin(c) * 0.1 * x[1], None)
    return lax.scan(step, v[0], xs)[0]


@pytest.mark.parametrize("loss", [logistic, squeezed])
def test_a_scalar_recurrence_has_one_product_on_its_cotangent(loss):
    args = np.array([0.3, 0.5, 0.7]), XS, SCALE
    gradient = polyad.grad(loss)
    (scan,) = (o for o in polyad.make_ir(gradient)(*args).ops if o.attrs.get("reverse"))
    (body,) = scan.regions
    carried = body.arguments[scan.attrs["consts"]]
    assert [o.name for o in body.ops if carried in o.operands] == ["multiply"]
    differences = (loss(args[0] + 1e-6, *args[1:]) - loss(args[0] - 1e-6, *args[1:])) / 2e-6
    np.testing.assert_allclose(gradient(*args)[0], differences, rtol=1e-5, atol=1e-9)
