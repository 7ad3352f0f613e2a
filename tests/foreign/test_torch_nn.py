"""Laws of torch.nn.functional, torch.linalg and torch.fft that their samples do not show, and what
is refused, by name.
"""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F

import polyad
from polyad.errors import PolyadError, PolyadIndexError, PolyadTypeError

torch.manual_seed(0)
X = torch.randn(2, 3, 6, dtype=torch.float64)
IMAGE = torch.randn(2, 3, 6, 5, dtype=torch.float64)
ROWS = torch.randn(4, 3, dtype=torch.float64)
LABELS = torch.tensor([0, 2, -100, 1])


def same(found, wanted):
    torch.testing.assert_close(found, wanted, rtol=1e-9, atol=1e-11)


def follows(f, x):
    """Value and gradient of `f`, eager and compiled, are torch's."""
    same(polyad.jit(f)(x), f(x))
    w = torch.randn(f(x).shape, dtype=x.dtype)
    loss = lambda x: (f(x) * w).sum()
    wanted = torch.func.grad(loss)(x)
    same(polyad.grad(loss)(x), wanted)
    same(polyad.jit(polyad.grad(loss))(x), wanted)


FOLLOWED = {
    "relu at 0": (lambda x: F.relu(x) + F.relu6(6 + x) + F.hardtanh(1 + x), 0 * X),
    "hardswish at its ends": (lambda x: F.hardswish(x - 3) + F.hardswish(x + 3), 0 * X),
    "elu and its kin at 0": (lambda x: F.elu(x, 0.3) + F.celu(x, 0.5) + F.selu(x), 0 * X),
    "leaky_relu at 0": (lambda x: F.leaky_relu(x, 0.2) + F.hardshrink(x) + F.softshrink(x), 0 * X),
    "softplus beyond the threshold": (lambda x: F.softplus(30 * x, beta=2, threshold=5), X),
    "gelu by tanh": (lambda x: F.gelu(x, approximate="tanh") + F.gelu(3 * x), X),
    "labels left out, with weights": (
        lambda x: F.cross_entropy(x, LABELS, torch.rand(3, dtype=x.dtype).round() + 1),
        ROWS,
    ),
    "smoothed labels": (lambda x: F.cross_entropy(x, LABELS, label_smoothing=0.2), ROWS),
    "entropy of certain events": (
        lambda x: F.binary_cross_entropy(x, torch.ones_like(x), reduction="none"),
        torch.tensor([0.3, 1.0, 1e-3], dtype=torch.float64),
    ),
    "pooling with ties": (lambda x: F.max_pool2d(x.round(), 2, stride=1, padding=1), IMAGE),
    "pooling that reaches out": (
        lambda x: F.avg_pool2d(x, 3, 2, 1, ceil_mode=True, count_include_pad=False),
        IMAGE,
    ),
    "adaptive pooling of a prime size": (lambda x: F.adaptive_avg_pool2d(x, (4, 3)), IMAGE),
    "power pooling": (lambda x: F.lp_pool2d(x.abs() + 1, 3.0, 2), IMAGE),
    "antialiased": (
        lambda x: F.interpolate(x, (3, 4), mode="bicubic", antialias=True),
        IMAGE,
    ),
    "by a factor that does not divide": (
        lambda x: F.interpolate(x, scale_factor=1.7, mode="bilinear"),
        IMAGE,
    ),
    "even kernels, same": (
        lambda x: F.conv1d(x, torch.ones(3, 1, 4, dtype=x.dtype), padding="same", groups=3),
        X,
    ),
    "queries that see nothing": (
        lambda x: F.scaled_dot_product_attention(
            x, x, x, attn_mask=torch.tensor([[True, False, True], [False] * 3, [True] * 3])
        ),
        X,
    ),
    "grouped queries": (
        lambda x: F.scaled_dot_product_attention(
            torch.cat([x, x], 0)[None], x[None], x[None], is_causal=True, enable_gqa=True
        ),
        X,
    ),
    "gumbel of logits by sorting": (lambda x: F.softmin(x, -1) * F.log_softmax(x, 0), X),
    "padding of both signs": (lambda x: F.pad(x, (-1, 2, 1, -1), value=0.5), X),
    "around the circle": (lambda x: F.pad(x, (2, 1), mode="circular"), X),
    "hermitian spectra": (lambda x: torch.fft.hfft2(torch.fft.ihfft2(x), s=(3, 6)), X),
    "vector solutions of a stack": (
        lambda x: torch.linalg.solve(x[:, :, :3] + 4 * torch.eye(3, dtype=x.dtype), x[:, :, 4]),
        X,
    ),
    "solutions from the right": (
        lambda x: torch.linalg.solve(
            x[0, :, :3] + 4 * torch.eye(3, dtype=x.dtype), x[:, :, :3], left=False
        ),
        X,
    ),
    "pivots again": (
        lambda x: torch.linalg.lu_solve(*torch.linalg.lu_factor(x[0, :, :3]), x[1]),
        X,
    ),
}


@pytest.mark.share(3)
@pytest.mark.parametrize("name", FOLLOWED)
def test_values_and_gradients_are_torchs(name):
    torch.manual_seed(1)
    f, x = FOLLOWED[name]
    follows(_seeded(f), x)


def _seeded(f):
    def seeded(x):
        torch.manual_seed(5)
        return f(x)

    return seeded


REFUSED = {
    "labels beyond the classes": (
        lambda x: F.nll_loss(x, torch.tensor([0, 1, 2, 3])),
        r"nll_loss: labels are from 0 to 2, or -100 to be left out; not 3",
    ),
    "labels of another shape": (
        lambda x: F.cross_entropy(x, torch.tensor([0, 1])),
        r"labels of a tensor of shape \(4, 3\) have shape \(4,\), not \(2,\)",
    ),
    "floating labels": (
        lambda x: F.nll_loss(x, torch.zeros(4)),
        "nll_loss: labels are integers, not float32",
    ),
    "integer probabilities": (
        lambda x: F.cross_entropy(x, torch.ones(4, 3, dtype=torch.int64)),
        "cross_entropy: probabilities are floating numbers, not int64",
    ),
    "probabilities left out": (
        lambda x: F.cross_entropy(x, torch.softmax(x, 1), ignore_index=1),
        "ignore_index is for labels",
    ),
    "indices beyond the table": (
        lambda x: F.embedding(torch.tensor([4]), x),
        "embedding: indices are from 0 to 3",
    ),
    "scaled gradients": (
        lambda x: F.embedding(torch.tensor([1]), x, scale_grad_by_freq=True),
        "scale_grad_by_freq=True is not followed",
    ),
    "a mask and causality": (
        lambda x: F.scaled_dot_product_attention(x, x, x, torch.ones(4, 4) > 0, is_causal=True),
        "attn_mask or is_causal, not both",
    ),
    "a mask of integers": (
        lambda x: F.scaled_dot_product_attention(x, x, x, torch.ones(4, 4, dtype=torch.int32)),
        "attn_mask is boolean or floating, not int32",
    ),
    "a negative lambda": (lambda x: F.softshrink(x, -1.0), "lambd is 0 or more, not -1.0"),
    "an odd axis": (lambda x: F.glu(x), "glu halves an axis of even size, not 3"),
    "slopes of another count": (
        lambda x: F.prelu(x, torch.ones(2, dtype=x.dtype)),
        "prelu: 2 slopes do not fit",
    ),
    "an approximation by another name": (
        lambda x: F.gelu(x, approximate="erf"),
        "approximate is 'none' or 'tanh', not 'erf'",
    ),
    "an end of another shape": (
        lambda x: F.layer_norm(x, (2,)),
        r"layer_norm: normalized_shape \(2,\) is not the end of the shape \(4, 3\)",
    ),
    "groups that do not divide": (
        lambda x: F.group_norm(x[None], 3),
        "group_norm: 4 features do not split into 3 groups",
    ),
    "same with steps": (
        lambda x: F.conv1d(x, torch.ones(1, 4, 2, dtype=x.dtype), stride=2, padding="same"),
        "padding='same' is for a stride of 1",
    ),
    "dtypes that differ": (
        lambda x: F.conv1d(x, torch.ones(1, 4, 2)),
        "conv1d takes tensors of one dtype, not of float32, float64",
    ),
    "too wide a border": (
        lambda x: F.pad(x, (3, 0), mode="reflect"),
        "mode 'reflect' cannot fill a border of 3 beside an axis of 3",
    ),
    "too much padding": (
        lambda x: F.max_pool1d(x, 2, padding=2),
        "padding is at most half the window's size",
    ),
    "a window that does not fit": (
        lambda x: F.avg_pool1d(x, 5),
        "an axis of size 3 holds no window of 5",
    ),
    "no scale for the spectrum": (
        lambda x: torch.fft.fft(x, norm="none"),
        "norm is one of backward, forward, ortho, not 'none'",
    ),
    "a driver": (
        lambda x: torch.linalg.svdvals(x, driver="gesvd"),
        "driver='gesvd' is not followed",
    ),
    "no pivots": (lambda x: torch.linalg.lu(x, pivot=False)[1], "pivot=False is not followed"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_followed_is_refused_by_name(name):
    f, message = REFUSED[name]
    for transform in (polyad.jit, lambda f: polyad.grad(lambda x: f(x).sum().real)):
        with pytest.raises(PolyadError, match=message):
            transform(f)(ROWS)


def test_kinds_of_refusals():
    with pytest.raises(PolyadIndexError):
        polyad.jit(lambda x: F.nll_loss(x, torch.tensor([9, 0, 0, 0])))(ROWS)
    with pytest.raises(PolyadTypeError):
        polyad.jit(lambda x: F.rrelu(x, training=True))(ROWS)


def test_unused_probability_of_a_path_is_minus_infinity():
    """A target that is longer than the input has no path; torch gives ∞, or 0 if told so."""
    logs = torch.log_softmax(ROWS[:2], -1)[:, None]
    target = torch.tensor([[1, 1, 2]])
    lengths = (torch.tensor([2]), torch.tensor([3]))
    found = polyad.jit(lambda x: F.ctc_loss(x, target, *lengths, reduction="none"))(logs)
    assert found.tolist() == [math.inf]
    loss = lambda x: F.ctc_loss(x, target, *lengths, zero_infinity=True)
    assert float(polyad.jit(loss)(logs)) == 0
    assert not bool(polyad.grad(loss)(logs).isnan().any())


# -- Programs as people write them -----------------------------------------------------------------


def _through_diagonals(x):
    y = x[:, :4].clone()
    y.diagonal().copy_(x[0, :4] * 3)
    y.diagonal(1).mul_(x[0, 0])
    torch.linalg.diagonal(y, offset=-1).fill_(2.0)
    return y


def _filled(x):
    y = x.new_full((2, 2), 3.0)
    y += x[:2, :2]
    z = torch.full_like(x, 0.5)
    z[1].mul_(x[0])
    return y.prod() + (z * x).sum(0)


def _views_of_views(x):
    y = x.clone()
    part = y.view(2, 2, 6)[1].t()[2:4]
    part.mul_(2)
    part[0].add_(x[0, 0])
    return y


def _weights(x):
    g = torch.norm_except_dim(x, 2, 0)
    return torch._weight_norm(x, g * x[:, :1], 0) + torch.norm_except_dim(x, 2, -1)


SPECTRA = {
    "stft": {"return_complex": True},
    "stft, hop and window": {"hop_length": 3, "window": 8, "normalized": True, "center": False},
    "stft, short window": {"win_length": 5, "window": 5, "onesided": False},
    "stft, real": {"window": 8, "return_complex": False, "pad_mode": "constant"},
}


def _spectrum(method, options):
    given = {"return_complex": True, **options}
    if "window" in given:
        given["window"] = torch.hann_window(given["window"], dtype=torch.float64)

    def f(x):
        made = x.stft(8, **given) if method else torch.stft(x, 8, **given)
        return made.abs() ** 2

    return f


PROGRAMS = {
    "writes through diagonals": _through_diagonals,
    "arrays that are filled": _filled,
    "views of views": _views_of_views,
    "weight norm": _weights,
    **{name: _spectrum(False, options) for name, options in SPECTRA.items()},
    "stft, a method": _spectrum(True, SPECTRA["stft, hop and window"]),
}


@pytest.mark.filterwarnings("ignore:A window was not provided")
@pytest.mark.parametrize("name", PROGRAMS)
def test_programs_have_torchs_values_and_gradients(name):
    torch.manual_seed(0)
    x = torch.randn((2, 24) if name.startswith("stft") else (4, 6), dtype=torch.float64)
    loss = lambda x: (PROGRAMS[name](x) ** 3).sum()
    gradient, value = torch.func.grad_and_value(loss)(x)
    for found in (
        polyad.value_and_grad(loss)(x),
        polyad.jit(polyad.value_and_grad(loss))(x),
        [y[0] for y in polyad.vmap(polyad.value_and_grad(loss))(torch.stack([x, 2 * x]))],
    ):
        torch.testing.assert_close(found[0], value, rtol=1e-10, atol=1e-12)
        torch.testing.assert_close(found[1], gradient, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize(
    "call, text",
    [
        (lambda x: torch.stft(x, 8), "return_complex is given"),
        (lambda x: x.stft(8, win_length=5, window=torch.ones(4), return_complex=True), "expected"),
        (lambda x: torch.stft(x, 90, center=False, return_complex=True), "shorter than a frame"),
    ],
)
def test_spectra_that_are_none(call, text):
    with pytest.raises((polyad.errors.PolyadError, RuntimeError), match=text):
        polyad.jit(call)(torch.ones(24, dtype=torch.float64))
