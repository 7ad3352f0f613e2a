"""PyTorch's recurrent networks on traced arrays: one scan for each layer and direction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ... import numpy as pnp
from ...api.loops import scan
from ...errors import PolyadTypeError
from ...numpy._core import shape_of
from ...ops import elementwise as e
from .convolution import linear
from .nn_core import refused, register
from .randomness import dropout as dropped

State = tuple[Any, ...]


class Weights(NamedTuple):
    """The parameters of a layer in one direction; `projection` maps an LSTM's output."""

    input: Any
    hidden: Any
    input_bias: Any = None
    hidden_bias: Any = None
    projection: Any = None


# -- Cells: from the gates of the input and the state to the next state, its output first ----------


def _lstm_step(gates: Any, state: State, w: Weights) -> State:
    """Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000."""
    h, c = state
    i, f, g, o = _split(gates + linear(h, w.hidden, w.hidden_bias), 4)
    c = e.sigmoid(f) * c + e.sigmoid(i) * pnp.tanh(g)
    h = e.sigmoid(o) * pnp.tanh(c)
    return (h if w.projection is None else linear(h, w.projection)), c


def _gru_step(gates: Any, state: State, w: Weights) -> State:
    """Cho et al., arXiv:1406.1078, with the reset gate after the product."""
    (h,) = state
    r, z, n = _split(gates, 3)
    hr, hz, hn = _split(linear(h, w.hidden, w.hidden_bias), 3)
    n = pnp.tanh(n + e.sigmoid(r + hr) * hn)
    return (n + e.sigmoid(z + hz) * (h - n),)


def _elman_step(activation: Callable[[Any], Any]) -> Callable[..., State]:
    def step(gates: Any, state: State, w: Weights) -> State:
        return (activation(gates + linear(state[0], w.hidden, w.hidden_bias)),)

    return step


def _relu(x: Any) -> Any:
    return pnp.where(x <= 0, 0, x)


def _split(x: Any, count: int) -> list[Any]:
    return list(pnp.split(x, count, axis=-1))


# -- Layers ----------------------------------------------------------------------------------------


def _run(step: Any, x: Any, state: State, w: Weights, backwards: bool) -> tuple[Any, State]:
    """One layer in one direction over (time, batch, features)."""
    gates = linear(x, w.input, w.input_bias)
    if not shape_of(x)[0]:
        raise refused("a recurrent network takes a sequence of one step or more")

    def body(carry: State, gate: Any) -> tuple[State, Any]:
        new = step(gate, carry, w)
        return new, new[0]

    final, outputs = scan(body, state, gates, reverse=backwards)
    return outputs, final


def _layers(
    step: Any,
    input: Any,
    states: Sequence[Any],
    params: Sequence[Any],
    has_biases: bool,
    num_layers: int,
    dropout: float,
    train: bool,
    bidirectional: bool,
    batch_first: bool,
) -> tuple[Any, ...]:
    """All layers: the outputs of the last, then the final states."""
    x = pnp.swapaxes(input, 0, 1) if batch_first else input
    if len(shape_of(x)) != 3:
        raise refused(f"a recurrent network takes 3 axes, not shape {tuple(shape_of(input))}")
    directions = 2 if bidirectional else 1
    sets = _weights(params, has_biases, num_layers * directions)
    finals: list[State] = []
    for layer in range(num_layers):
        outputs = []
        for d in range(directions):
            k = layer * directions + d
            state = tuple(s[k] for s in states)
            out, final = _run(step, x, state, sets[k], d == 1)
            outputs.append(out)
            finals.append(final)
        x = outputs[0] if directions == 1 else pnp.concat(outputs, axis=-1)
        if dropout and train and layer < num_layers - 1:
            x = dropped(x, dropout, True)
    x = pnp.swapaxes(x, 0, 1) if batch_first else x
    return (x, *(pnp.stack(list(parts), axis=0) for parts in zip(*finals, strict=True)))


def _weights(params: Sequence[Any], has_biases: bool, count: int) -> list[Weights]:
    size = len(params) // count
    groups = [list(params[i * size : (i + 1) * size]) for i in range(count)]
    plain = 4 if has_biases else 2
    found = []
    for group in groups:
        head, rest = group[:plain], group[plain:]
        biases = head[2:] or [None, None]
        found.append(Weights(*head[:2], *biases, *rest))
    return found


def _is_packed(has_biases: Any) -> bool:
    """Whether the call is torch's overload for packed sequences, which has the parameters' list in
    the place of a flag.
    """
    return not isinstance(has_biases, bool)


def _refuse_packed(name: str) -> None:
    raise refused(
        f"torch.{name} on a packed sequence is not followed\n  Pass padded sequences, and mask "
        "what is beyond their lengths.",
        PolyadTypeError,
    )


def lstm(
    input: Any,
    hx: Sequence[Any],
    params: Sequence[Any],
    has_biases: bool,
    num_layers: int,
    dropout: float,
    train: bool,
    bidirectional: bool,
    batch_first: bool = False,
) -> tuple[Any, Any, Any]:
    """(outputs, h, c) of a long short-term memory over a sequence."""
    if _is_packed(has_biases):
        _refuse_packed("lstm")
    found = _layers(
        _lstm_step, input, hx, params, has_biases, num_layers, dropout, train, bidirectional,
        batch_first,
    )  # fmt: skip
    return found


def _one_state(name: str, step: Any) -> Any:
    def network(
        input: Any,
        hx: Any,
        params: Sequence[Any],
        has_biases: bool,
        num_layers: int,
        dropout: float,
        train: bool,
        bidirectional: bool,
        batch_first: bool = False,
    ) -> Any:
        if _is_packed(has_biases):
            _refuse_packed(name)
        return _layers(
            step, input, (hx,), params, has_biases, num_layers, dropout, train, bidirectional,
            batch_first,
        )  # fmt: skip

    network.__doc__ = f"(outputs, h) of torch.{name} over a sequence."
    return network


# -- Cells by themselves ---------------------------------------------------------------------------


def lstm_cell(
    input: Any, hx: Sequence[Any], w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None
) -> tuple[Any, Any]:
    """(h, c) after one step."""
    weights = Weights(w_ih, w_hh, b_ih, b_hh)
    h, c = _lstm_step(linear(input, w_ih, b_ih), tuple(hx), weights)
    return h, c


def _cell(name: str, step: Any) -> Any:
    def cell(input: Any, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None) -> Any:
        return step(linear(input, w_ih, b_ih), (hx,), Weights(w_ih, w_hh, b_ih, b_hh))[0]

    cell.__doc__ = f"The state after one step of torch.{name}."
    return cell


_STEPS = {
    "gru": _gru_step,
    "rnn_tanh": _elman_step(pnp.tanh),
    "rnn_relu": _elman_step(_relu),
}
register(
    {
        "lstm": lstm,
        "lstm_cell": lstm_cell,
        **{name: _one_state(name, step) for name, step in _STEPS.items()},
        **{f"{name}_cell": _cell(f"{name}_cell", step) for name, step in _STEPS.items()},
    }
)
