"""The passes of arrays to arrays besides `legalize`, each on a program that it changes."""

from __future__ import annotations

import numpy as np

from polyad.execution import get_backend
from polyad.ir import parse, verify
from polyad.lowering.legalize.hoist_products import hoist_products
from polyad.lowering.legalize.join_pads import join_pads
from polyad.lowering.legalize.turn_products import turn_products

OF_ARRAYS = {
    join_pads: """
function @pads(%x: f64[3], %y: f64[2]) -> (f64[9]) {
  %2 = pad %x {high = (6,), interior = (0,), low = (0,)} : f64[9]
  %3 = pad %y {high = (2,), interior = (0,), low = (5,)} : f64[9]
  %4 = add %2, %3 : f64[9]
  return %4
}""",
    hoist_products: """
function @products(%w: f64[30,40], %h: f64[30], %x: f64[9,40]) -> (f64[30]) {
  %3 = scan %w, %h, %x {carry = 1, consts = 1, length = 9, reverse = False} : f64[30] (
    function @step(%0: f64[30,40], %1: f64[30], %2: f64[40]) -> (f64[30]) {
      %3 = dot_general %0, %2 {batch = ((), ()), contracting = ((1,), (0,))} : f64[30]
      %4 = add %1, %3 : f64[30]
      %5 = tanh %4 : f64[30]
      return %5
    }
  )
  return %3
}""",
    turn_products: """
function @turned(%x: f64[30,40], %y: f64[40,50]) -> (f64[50,30]) {
  %2 = dot_general %x, %y {batch = ((), ()), contracting = ((1,), (0,))} : f64[30,50]
  %3 = permute_dims %2 {axes = (1, 0)} : f64[50,30]
  return %3
}""",
}


def test_passes_of_arrays(golden):
    parts = []
    for step, text in OF_ARRAYS.items():
        before = parse(text)
        after = verify(step(before))
        arrays = [np.random.default_rng(0).random(t.shape) for t in before.argument_types]
        backend = get_backend("numpy")
        found, wanted = (backend.evaluate(f, arrays) for f in (after, before))
        np.testing.assert_allclose(found[0], wanted[0], rtol=1e-12, err_msg=step.__name__)
        parts.append(f"// {step.__name__}\n{before}\n// becomes\n{after}")
    golden("\n\n".join(parts), "of_arrays")
