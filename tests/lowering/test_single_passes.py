"""The passes that no story of `test_stories.py` shows, each on a program that it changes: the
stages before and after it.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad.ir import Function, parse, verify
from polyad.lowering.pipeline import PASSES, lower

from .legalize.test_legalize import OF_ARRAYS
from .test_stories import STORIES


def parts(x, y):
    """Each part of a concatenation is computed in its place."""
    return pnp.concat([pnp.exp(x), -y])


def contractions(x, y):
    """The axes that are summed stand side by side in a copy."""
    return pnp.einsum("abc,cad->bd", x, y)


def moves_folded(x, y):
    """A product is stored in the order in which it is read."""
    return pnp.permute_dims(x @ y, (1, 0, 2))


def scatters_selected(x, i):
    """One update in each row of zeros is a comparison."""
    return polyad.grad(lambda x: pnp.sum(pnp.take_along_axis(x, i[:, None], axis=1)))(x)


def parallel(x):
    """A long loop is one of chunks, for threads."""
    return pnp.exp(x)


SQUARE = np.ones((3, 30, 30))
EXAMPLES = {
    "parts": (parts, (np.ones(4), np.ones(3))),
    "contractions": (contractions, (np.ones((30, 20, 10)), np.ones((10, 30, 40)))),
    "moves_folded": (moves_folded, (SQUARE, SQUARE)),
    "scatters_selected": (scatters_selected, (np.ones((4, 5)), np.arange(4))),
    "parallel": (parallel, (np.ones(200_000),)),
}


def stages_of(function, arguments) -> dict[str, Function]:
    return lower(parse(str(polyad.jit(function).lower(*arguments).ir)))


@pytest.mark.parametrize("name", EXAMPLES)
def test_pass(name, golden):
    stages = stages_of(*EXAMPLES[name])
    names = list(stages)
    before, after = stages[names[names.index(name) - 1]], verify(stages[name])
    assert after != before, f"pass {name} does not change its example"
    golden(f"// before {name}\n{before}\n\n// after\n{after}", f"passes/{name}")


def test_every_pass_is_shown():
    """In a story, or by an example: here, or among the passes of arrays."""
    steps = dict(PASSES)
    shown = {*OF_ARRAYS, *(steps[name] for name in EXAMPLES)}
    for function, arguments in STORIES.items():
        stages = stages_of(function, arguments)
        names = itertools.pairwise(stages)
        shown |= {steps[after] for before, after in names if stages[before] != stages[after]}
    missing = [name for name, step in PASSES if step not in shown]
    assert not missing, f"no text shows the passes {missing}: add examples in {__file__}"
