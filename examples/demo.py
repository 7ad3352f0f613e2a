"""Train one logistic regression on every backend, and show what polyad made of it.

    make demo            or            python examples/demo.py --steps 500

The model and its loss are those of the automatic-differentiation tutorial; the data is larger. Each
backend takes the same steps of gradient descent: NumPy and PyTorch run the derivative's ops one by
one, `native` runs the machine code that `jit` makes of them.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from rich.console import Console
from rich.highlighter import RegexHighlighter
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text
from rich.theme import Theme

import polyad
import polyad.numpy as pnp

ROWS, COLUMNS = 2_000, 20
RATE = 0.5


def sigmoid(x):
    return 0.5 * (pnp.tanh(x / 2) + 1)


def predict(weights, bias, inputs):
    """The probability that each row's label is true."""
    return sigmoid(pnp.dot(inputs, weights) + bias)


def loss(weights, bias, inputs, targets):
    """The mean negative log-likelihood of the labels."""
    predictions = predict(weights, bias, inputs)
    label_probs = predictions * targets + (1 - predictions) * (1 - targets)
    return -pnp.mean(pnp.log(label_probs))


def dataset() -> tuple[np.ndarray, np.ndarray]:
    """Points, and labels drawn with the probabilities that a hidden model gives them."""
    inputs_key, weights_key, labels_key = polyad.random.split(polyad.random.key(0), 3)
    inputs = polyad.random.normal(inputs_key, (ROWS, COLUMNS))
    hidden = polyad.random.normal(weights_key, (COLUMNS,))
    labels = polyad.random.bernoulli(labels_key, predict(hidden, 0.5, inputs))
    return inputs, pnp.astype(labels, pnp.float64)


@dataclass
class Run:
    """What came of the training on one backend."""

    backend: str
    weights: np.ndarray
    losses: list[float]
    first_step: float
    step: float


def train(backend: str, inputs: Any, targets: Any, steps: int, tick: Callable[[], None]) -> Run:
    """Gradient descent from zero, with the arrays of `backend`."""
    value_and_grad = polyad.value_and_grad(loss, argnums=(0, 1))
    if backend == "native":
        value_and_grad = polyad.jit(value_and_grad, backend="native")
    with polyad.use_backend("numpy" if backend == "native" else backend):
        weights, bias = pnp.zeros(COLUMNS), pnp.zeros(())
        inputs, targets = pnp.asarray(inputs), pnp.asarray(targets)
        losses, seconds = [], []
        for _ in range(steps):
            start = time.perf_counter()
            value, (weights_grad, bias_grad) = value_and_grad(weights, bias, inputs, targets)
            weights = weights - RATE * weights_grad
            bias = bias - RATE * bias_grad
            losses.append(float(value))
            seconds.append(time.perf_counter() - start)
            tick()
    return Run(backend, np.asarray(weights), losses, seconds[0], statistics.median(seconds[1:]))


def train_everywhere(console: Console, steps: int) -> list[Run]:
    """One run per installed backend, under a progress bar."""
    inputs, targets = dataset()
    # array_api_strict checks that polyad keeps to the standard, and dask is for what does not fit
    # into memory; nobody would train with either.
    backends = [name for name in polyad.backends() if name not in ("array_api_strict", "dask")]
    columns = (TextColumn("{task.description:>8}"), BarColumn(), MofNCompleteColumn())
    runs = []
    with Progress(*columns, TimeElapsedColumn(), console=console) as progress:
        for name in sorted(backends, key=lambda name: (name != "numpy", name)):
            task = progress.add_task(name, total=steps)
            runs.append(
                train(name, inputs, targets, steps, lambda task=task: progress.advance(task))
            )
    return runs


def results(runs: list[Run]) -> Table:
    """The losses, the differences from the first run, and the times."""
    table = Table(title=f"Logistic regression, {ROWS:,} x {COLUMNS}, {len(runs[0].losses)} steps")
    table.add_column("backend")
    for heading in ("first loss", "last loss", "largest difference", "first step", "time per step"):
        table.add_column(heading, justify="right")
    reference = runs[0].weights
    for run in runs:
        table.add_row(
            run.backend,
            f"{run.losses[0]:.6f}",
            f"{run.losses[-1]:.6f}",
            "" if run is runs[0] else f"{np.max(np.abs(run.weights - reference)):.1e}",
            f"{run.first_step * 1e3:.1f} ms",
            f"{run.step * 1e6:.0f} us",
        )
    table.caption = f"differences are those of the trained weights from {runs[0].backend}'s"
    return table


class IRHighlighter(RegexHighlighter):
    """Colours for the text of the IR."""

    base_style = "ir."
    highlights = (
        r"(?P<comment>//.*)",
        r"(?P<keyword>\b(function|return)\b)",
        r"(?P<symbol>[@#]\w+)",
        r"(?P<value>%\w+)",
        r"(?P<type>\b(bool|[iuf]\d+|c\d+)\b(\[[\d, ]*\])?)",
        r"(?m)^ *(%[\w, %]+ = )?(?P<op>[a-z_][\w.]*)(?= [%{]| :)",
    )


THEME = Theme(
    {
        "ir.comment": "dim",
        "ir.keyword": "bold magenta",
        "ir.symbol": "yellow",
        "ir.value": "cyan",
        "ir.type": "green",
        "ir.op": "bold",
    }
)


def show_ir(console: Console) -> None:
    """The loss, its gradient, and the gradient's loops, as the compiler sees them."""
    inputs, targets = dataset()
    arguments = (pnp.zeros(COLUMNS), pnp.zeros(()), inputs, targets)
    value_and_grad = polyad.value_and_grad(loss, argnums=(0, 1))
    stages = polyad.jit(value_and_grad, backend="native").lower(*arguments).stages()
    highlight = IRHighlighter()
    for title, text in (
        ("the loss, traced", polyad.make_ir(loss)(*arguments)),
        ("its value and gradient, transformed", polyad.make_ir(value_and_grad)(*arguments)),
        ("the same, fused into kernels", stages["fused"]),
    ):
        console.print(Panel(highlight(Text(str(text))), title=title, title_align="left"))


def main() -> None:
    """Train, print the table, print the IR."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--steps", type=int, default=200, help="steps of gradient descent")
    steps = parser.parse_args().steps
    if steps < 2:
        parser.error("--steps is at least 2: the first is timed apart")
    console = Console(theme=THEME)
    console.print(results(train_everywhere(console, steps)))
    show_ir(console)


if __name__ == "__main__":
    main()
