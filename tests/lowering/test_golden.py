"""Small programs through every stage: `golden/<program>.txt` holds what each pass made of one."""

from __future__ import annotations

import pytest

import polyad.ops  # noqa: F401  (defines the ops that the programs name)
from polyad.ir import parse, verify
from polyad.lowering.explain import explain
from polyad.lowering.pipeline import PASSES, lower

PROGRAMS = {
    "elementwise": """
function @elementwise(%x: f32[4], %y: f32[4]) -> (f32[4]) {
  %2 = integer_pow %x {exponent = 2} : f32[4]
  %3 = exp %y : f32[4]
  %4 = multiply %2, %3 : f32[4]
  return %4
}""",
    "softmax": """
function @softmax(%x: f64[3,5]) -> (f64[3,5]) {
  %1 = max %x {axes = (1,)} : f64[3]
  %2 = reshape %1 {shape = (3, 1)} : f64[3,1]
  %3 = broadcast_to %2 {shape = (3, 5)} : f64[3,5]
  %4 = subtract %x, %3 : f64[3,5]
  %5 = exp %4 : f64[3,5]
  %6 = sum %5 {axes = (1,)} : f64[3]
  %7 = reshape %6 {shape = (3, 1)} : f64[3,1]
  %8 = broadcast_to %7 {shape = (3, 5)} : f64[3,5]
  %9 = divide %5, %8 : f64[3,5]
  return %9
}""",
    "affine_layer": """
function @affine_layer(%w: f64[40,30], %x: f64[50,30], %b: f64[40]) -> (f64[50,40], f64[40]) {
  %3 = permute_dims %w {axes = (1, 0)} : f64[30,40]
  %4 = dot_general %x, %3 {batch = ((), ()), contracting = ((1,), (0,))} : f64[50,40]
  %5 = broadcast_to %b {shape = (50, 40)} : f64[50,40]
  %6 = add %4, %5 : f64[50,40]
  %7 = tanh %6 : f64[50,40]
  %8 = sum %7 {axes = (0,)} : f64[40]
  return %7, %8
}""",
    "movement": """
function @movement(%x: f64[4,3], %i: i64[2]) -> (f64[3,8], f64[2,3], f64[4,3]) {
  %2 = flip %x {axes = (0,)} : f64[4,3]
  %3 = permute_dims %2 {axes = (1, 0)} : f64[3,4]
  %4 = negative %3 : f64[3,4]
  %5 = concat %3, %4 {axis = 1} : f64[3,8]
  %6 = take %x, %i {axis = 0} : f64[2,3]
  %7 = sort %x {axis = 0, descending = False} : f64[4,3]
  return %5, %6, %7
}""",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_stages(name, golden):
    stages = lower(parse(PROGRAMS[name]))
    parts = [f"// {stage}\n{verify(function)}" for stage, function in stages.items()]
    golden("\n\n".join([*parts, "// explain", explain(stages)]), name)


@pytest.mark.parametrize("name", PROGRAMS)
def test_each_stage_parses_back(name):
    for function in lower(parse(PROGRAMS[name])).values():
        assert parse(str(function)) == function


def test_passes_are_named_once():
    names = [name for name, _ in PASSES]
    assert len(set(names)) == len(names)
