"""Two tones and their beat: an LSTM learns to go on with a signal.

    python examples/lstm.py [--steps STEPS] [--output FOLDER]

A long short-term memory (Hochreiter and Schmidhuber 1997; with the forget gate of Gers, Schmidhuber
and Cummins 2000) carries a state h and a memory c. From the input x and the state come four gates,

    i, f, o = sigmoid(...),    g = tanh(...),    all of W x + U h + b,

and the new memory f c + i g and state o tanh(c). It is the body of a `scan` over time.

Here it hears the start of a signal, and then nothing but what it has said itself: each prediction
is the next input. Its loss is the mean squared error of all its predictions. The training, too, is
a `scan`: each iteration draws a batch of signals, differentiates the loss in reverse mode, and
takes a step of Adam (Kingma and Ba 2015, algorithm 1). All is compiled as one program.
"""

from __future__ import annotations

import time
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import plots

import polyad
import polyad.numpy as pnp
from polyad import lax, nn, random, tree

HEARD, SAID = 40, 40  # how much of a signal it hears in training, and how much it then says
BATCH, HIDDEN = 16, 24
PERIODS = (9.0, 13.0)  # of the two tones
RATE = 0.01  # of Adam, at first; it falls to 0 as half a cosine


# -- The model -------------------------------------------------------------------------------------


def initial_parameters(key):
    """Weights of variance 1 / inputs; the forget gate starts open."""
    x_key, h_key, out_key = random.split(key, 3)
    bias = np.concatenate([np.zeros(HIDDEN), np.ones(HIDDEN), np.zeros(2 * HIDDEN)])
    return {
        "cell": {
            "W": random.normal(x_key, (1, 4 * HIDDEN)),
            "U": random.normal(h_key, (HIDDEN, 4 * HIDDEN)) / HIDDEN**0.5,
            "b": bias,
        },
        "out": {"W": random.normal(out_key, (HIDDEN, 1)) / HIDDEN**0.5, "b": np.zeros(1)},
    }


def lstm_cell(params, memory, x):
    h, c = memory
    i, f, g, o = pnp.split(x @ params["W"] + h @ params["U"] + params["b"], 4, axis=-1)
    c = nn.sigmoid(f) * c + nn.sigmoid(i) * pnp.tanh(g)
    return nn.sigmoid(o) * pnp.tanh(c), c


def predictions(params, signals, heard):
    """For each time but the first, what the model expects of `signals`, of shape (T, batch, 1). It
    hears the first `heard` values; after that its own predictions.
    """

    def step(carry, x):
        memory, said = carry
        t, signal = x
        memory = lstm_cell(params["cell"], memory, pnp.where(t < heard, signal, said))
        said = memory[0] @ params["out"]["W"] + params["out"]["b"]
        return (memory, said), said

    silence = pnp.zeros((signals.shape[1], HIDDEN))
    start = ((silence, silence), pnp.zeros(signals.shape[1:]))
    times = pnp.arange(signals.shape[0] - 1)
    return lax.scan(step, start, (times, signals[:-1]))[1]


def loss(params, signals):
    return pnp.mean((predictions(params, signals, HEARD) - signals[1:]) ** 2)


def draw_signals(key, count, length):
    """Sums of two tones with random phases, of shape (length, count, 1)."""
    phases = random.uniform(key, (2, count), minval=0.0, maxval=2 * np.pi)
    times = pnp.arange(length)[:, None]
    one, other = (2 * np.pi * times / period for period in PERIODS)
    return ((pnp.sin(one + phases[0]) + pnp.sin(other + phases[1])) / 2)[:, :, None]


# -- Training --------------------------------------------------------------------------------------


class Adam(NamedTuple):
    """The averages of the gradient and of its square, and how many gradients went in."""

    first: Any
    second: Any
    count: Any


def adam_start(params) -> Adam:
    zeros = tree.map(pnp.zeros_like, params)
    return Adam(zeros, zeros, 0.0)


def adam_step(params, gradient, state: Adam, rate, b1=0.9, b2=0.999, tiny=1e-8):
    count = state.count + 1
    first = tree.map(lambda m, g: b1 * m + (1 - b1) * g, state.first, gradient)
    second = tree.map(lambda v, g: b2 * v + (1 - b2) * g**2, state.second, gradient)

    def moved(p, m, v):
        return p - rate * (m / (1 - b1**count)) / (pnp.sqrt(v / (1 - b2**count)) + tiny)

    return tree.map(moved, params, first, second), Adam(first, second, count)


def train(key, steps: int):
    """The parameters after `steps` steps, and the loss before each."""

    def step(carry, x):
        params, adam = carry
        key, rate = x
        signals = draw_signals(key, BATCH, HEARD + SAID)
        value, gradient = polyad.value_and_grad(loss)(params, signals)
        return adam_step(params, gradient, adam, rate), value

    params_key, data_key = random.split(key)
    params = initial_parameters(params_key)
    rates = RATE * (1 + np.cos(np.linspace(0, np.pi, steps))) / 2
    xs = (random.split(data_key, steps), rates)
    run = polyad.jit(lambda params, xs: lax.scan(step, (params, adam_start(params)), xs))
    (params, _), losses = run(params, xs)
    return params, losses


# -- The account -----------------------------------------------------------------------------------


class Trial(NamedTuple):
    """New signals, of shape (T, count, 1), and what the model expects of all but their first."""

    signals: np.ndarray
    expected: np.ndarray

    def error(self, first: int, last: int) -> float:
        """The root of the mean squared error from time `first` to `last` - 1."""
        difference = self.expected[first - 1 : last - 1] - self.signals[first:last]
        return float(np.sqrt(np.mean(difference**2)))


def trial(params, count: int = 200, length: int = HEARD + 3 * SAID) -> Trial:
    signals = draw_signals(random.key(7), count, length)
    return Trial(signals, polyad.jit(partial(predictions, heard=HEARD))(params, signals))


def slope_error(params, h: float = 1e-5) -> float:
    """The derivative of the loss in a random direction: the relative difference between that from
    its gradient and central differences.
    """
    signals = draw_signals(random.key(3), BATCH, HEARD + SAID)
    rng = np.random.default_rng(0)
    direction = tree.map(lambda p: rng.normal(size=p.shape), params)
    value, gradient = polyad.jit(loss), polyad.jit(polyad.grad(loss))(params, signals)
    slope = sum(tree.leaves(tree.map(lambda g, d: np.sum(g * d), gradient, direction)))
    up, down = (tree.map(lambda p, d: p + s * d, params, direction) for s in (h, -h))
    central = (value(up, signals) - value(down, signals)) / (2 * h)
    return float(abs(slope - central) / abs(central))


def report(losses: np.ndarray, found: Trial, seconds: float) -> None:
    print(f"{losses.size} steps of Adam in {seconds:.1f} s, the time to compile them included")
    print(f"loss: {losses[0]:.4f} at first, {np.mean(losses[-20:]):.4f} in the last 20 steps")
    error = slope_error(initial_parameters(random.key(1)))
    print(f"relative difference between a slope and central differences: {error:.1e}")
    print("root mean squared error on new signals (of the signals themselves: 0.5)")
    for start in range(HEARD, found.signals.shape[0], SAID):
        note = "" if start == HEARD else ", longer than it was trained to"
        print(f"  steps {start} to {start + SAID}{note}: {found.error(start, start + SAID):.3f}")


def draw(losses: np.ndarray, found: Trial, figure: Any) -> None:
    left, right = figure.subplots(1, 2, width_ratios=(2, 1))
    signal, expected = found.signals[:, 0, 0], found.expected[:, 0, 0]
    times = np.arange(signal.size)
    left.plot(times, signal, color="0.7", lw=3, label="signal")
    left.plot(times[1 : HEARD + 1], expected[:HEARD], color="C0", label="one step ahead")
    left.plot(times[HEARD:], expected[HEARD - 1 :], color="C1", label="from its own predictions")
    left.axvline(HEARD, color="0.4", lw=1, ls=":")
    left.axvline(HEARD + SAID, color="0.4", lw=1, ls=":")
    for start, text in ((0, "heard"), (HEARD, "trained to say"), (HEARD + SAID, "beyond")):
        left.text(start + 2, 1.12, text, fontsize=8, color="0.5")
    left.set(
        xlabel="time (steps)", ylabel="signal", title="A new signal, continued", ylim=(-1.55, 1.3)
    )
    left.legend(fontsize=8, ncols=3, loc="lower center")
    right.semilogy(losses, lw=0.8, color="C0")
    right.set(xlabel="step of Adam", ylabel="mean squared error", title="Training")


def main() -> None:
    parser = plots.parser(__doc__)
    parser.add_argument("--steps", type=int, default=600, help="steps of Adam")
    options = parser.parse_args()
    start = time.perf_counter()
    params, losses = train(random.key(0), options.steps)
    seconds = time.perf_counter() - start
    found = trial(params)
    report(losses, found, seconds)
    plots.save(options.output / "lstm.png", partial(draw, losses, found), (9, 3.6))


if __name__ == "__main__":
    main()
