"""Plain modules of PyTorch, written as people write them, with traced parameters: values and
gradients against torch.func and autograd, eager, compiled and batched.
"""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.func import functional_call

import polyad
from polyad.errors import PolyadTypeError


class TransformerBlock(nn.Module):
    """Attention and a network of two layers, each after a normalisation and beside a bypass."""

    def __init__(self, size: int, heads: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(size), nn.LayerNorm(size)
        self.attention = nn.MultiheadAttention(size, heads, batch_first=True)
        self.mlp = nn.Sequential(
            nn.Linear(size, 2 * size), nn.GELU(), nn.Dropout(0.0), nn.Linear(2 * size, size)
        )

    def forward(self, x):
        steps = x.size(-2)
        mask = torch.triu(torch.ones(steps, steps, dtype=torch.bool), diagonal=1)
        h = self.norm1(x)
        h, _ = self.attention(h, h, h, attn_mask=mask, need_weights=False)
        x = x + h
        return x + self.mlp(self.norm2(x))


class ResidualBlock(nn.Module):
    """Two convolutions with batch normalisation beside a bypass."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += x
        return self.relu(out)


class Tagger(nn.Module):
    """A recurrent network over embedded words, and the scores of their tags."""

    def __init__(self, **kinds) -> None:
        super().__init__()
        self.lstm = nn.LSTM(4, 3, batch_first=True, **kinds)
        self.scores = nn.Linear(3 * (2 if kinds.get("bidirectional") else 1), 2)

    def forward(self, x):
        out, (h, c) = self.lstm(x)
        return self.scores(out) + h.mean() + c.mean()


class Stepped(nn.Module):
    """A cell that a loop of Python applies to a sequence."""

    def __init__(self, cell: nn.Module) -> None:
        super().__init__()
        self.cell = cell

    def forward(self, x):
        state = None
        for t in range(x.shape[1]):
            state = self.cell(x[:, t], state)
        return state[0] if isinstance(state, tuple) else state


CASES = {
    "transformer block": (lambda: TransformerBlock(8, 2), (2, 5, 8)),
    "encoder layer, eval": (
        lambda: nn.TransformerEncoderLayer(8, 2, 16, batch_first=True).eval(),
        (2, 5, 8),
    ),
    "encoder layer, p=0": (
        lambda: nn.TransformerEncoderLayer(8, 2, 16, 0.0, "gelu", norm_first=True),
        (5, 2, 8),
    ),
    "residual block": (lambda: ResidualBlock(3).eval(), (2, 3, 6, 6)),
    "lstm": (lambda: Tagger(), (2, 5, 4)),
    "deep lstm": (lambda: Tagger(num_layers=2, bidirectional=True, bias=False), (2, 3, 4)),
    "lstm cell": (lambda: Stepped(nn.LSTMCell(4, 3)), (2, 5, 4)),
    "gru cell": (lambda: Stepped(nn.GRUCell(4, 3)), (2, 5, 4)),
    "perceptron": (lambda: nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 1)), (3, 4)),
}


def made(name):
    torch.manual_seed(0)
    make, shape = CASES[name]
    model = make().double()
    params = {k: v.detach() for k, v in model.named_parameters()}
    return model, params, torch.randn(shape, dtype=torch.float64)


def loss_of(model):
    return lambda params, x: (functional_call(model, params, (x,)) ** 2).sum()


def same(found, wanted):
    torch.testing.assert_close(found, wanted, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("name", CASES)
def test_values_are_torchs(name):
    model, params, x = made(name)
    wanted = functional_call(model, params, (x,))
    for transform in (polyad.jit, lambda f: lambda *a: polyad.vjp(f, *a)[0]):
        same(transform(lambda p, x: functional_call(model, p, (x,)))(params, x), wanted)


@pytest.mark.share(2)
@pytest.mark.parametrize("name", CASES)
def test_gradients_are_torchs(name):
    model, params, x = made(name)
    loss = loss_of(model)
    by_func = torch.func.grad(loss, argnums=(0, 1))(params, x)
    leaves = {k: v.clone().requires_grad_() for k, v in params.items()}
    loss(leaves, x).backward()
    for gradient in (polyad.grad(loss, argnums=(0, 1)), polyad.jit(polyad.grad(loss, (0, 1)))):
        found = gradient(params, x)
        same(found, by_func)
        same(found[0], {k: v.grad for k, v in leaves.items()})


@pytest.mark.parametrize("name", CASES)
def test_a_batch_is_the_loop_over_it(name):
    model, params, x = made(name)
    batch = torch.stack([x, 0.5 * x.flip(-1)])
    gradient = polyad.vmap(polyad.grad(loss_of(model)), in_axes=(None, 0))(params, batch)
    rows = [torch.func.grad(loss_of(model))(params, row) for row in batch]
    same(gradient, {k: torch.stack([row[k] for row in rows]) for k in params})


def test_the_module_keeps_its_own_parameters_and_their_order():
    model, params, x = made("lstm")
    before = {k: (id(v), v.clone()) for k, v in model.state_dict(keep_vars=True).items()}
    polyad.jit(polyad.grad(loss_of(model)))(params, x)
    after = model.state_dict(keep_vars=True)
    assert list(before) == list(after)
    assert all(id(after[k]) == number for k, (number, _) in before.items())
    same(functional_call(model, params, (x,)), model(x).detach())


def test_running_statistics_given_as_arguments_are_written_there():
    model, params, x = made("residual block")
    model.train()
    buffers = {k: v.clone() for k, v in model.named_buffers() if v.ndim}

    def step(params, buffers, x):
        held = {**params, **buffers}
        return functional_call(model, held, (x,)), {k: held[k] for k in buffers}

    own = {k: v.clone() for k, v in buffers.items()}
    wanted = functional_call(model, {**params, **own}, (x,))
    same(polyad.jit(step)(params, buffers, x), (wanted, own))
    assert float(buffers["bn1.running_mean"].abs().sum()) == 0


def test_running_statistics_of_the_module_move_as_under_autograd():
    model, params, x = made("residual block")
    twin, _, _ = made("residual block")
    polyad.grad(loss_of(model.train()))(params, x)
    loss_of(twin.train())(params, x)
    same(dict(model.named_buffers()), dict(twin.named_buffers()))


@pytest.mark.parametrize("layer", [nn.BatchNorm1d(4), nn.InstanceNorm1d(4, track_running_stats=1)])
def test_compiled_code_does_not_write_a_modules_running_statistics(layer):
    x = torch.randn(3, 4, 5)
    with pytest.raises(PolyadTypeError, match="running statistics into a plain tensor while jit"):
        polyad.jit(lambda x: layer(x))(x)


def test_dropout_is_that_of_torchs_generator():
    layer = nn.Sequential(nn.Linear(4, 6), nn.Dropout(0.4), nn.ELU(), nn.AlphaDropout(0.3)).double()
    layer.requires_grad_(False)
    x = torch.randn(3, 4, dtype=torch.float64)
    torch.manual_seed(3)
    wanted = torch.func.grad(lambda x: layer(x).sum())(x)
    torch.manual_seed(3)
    same(polyad.grad(lambda x: layer(x).sum())(x), wanted)


@pytest.mark.parametrize("transform", [polyad.jit, polyad.vmap])
def test_dropout_is_refused_where_its_mask_would_be_one_for_all_calls(transform):
    x = torch.randn(3, 4)
    with pytest.raises(PolyadTypeError, match=r"draw its mask once, while (jit|vmap) traces"):
        transform(lambda x: nn.functional.dropout(x, 0.5))(x)
    same(transform(lambda x: nn.functional.dropout(x, 0.5, training=False))(x), x)


def test_packed_sequences_are_refused():
    lstm = nn.LSTM(4, 3)
    packed = nn.utils.rnn.pack_padded_sequence(torch.randn(5, 2, 4), [5, 3])
    with pytest.raises(PolyadTypeError, match="packed sequence is not followed"):
        params = {k: v.detach() for k, v in lstm.named_parameters()}
        polyad.grad(lambda p: functional_call(lstm, p, (packed,))[1][0].sum())(params)
