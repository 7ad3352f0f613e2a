"""Small programs of the array dialect, each about one thing that the compiler does."""

from __future__ import annotations

from polyad.ops.callback import Callback

SEEN = Callback("seen", "debug.callback of seen", lambda arrays: (), (), None)
HALF = Callback("half", "pure_callback of half", lambda arrays: arrays[0] / 2, 0, None)

PROGRAMS = {
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
    "scan": """
function @scan(%w: f64[3,3], %h: f64[3], %x: f64[9,3]) -> (f64[3], f64[9]) {
  %3, %4 = scan %w, %h, %x {carry = 1, consts = 1, length = 9, reverse = False} : f64[3], f64[9] (
    function @step(%0: f64[3,3], %1: f64[3], %2: f64[3]) -> (f64[3], f64[]) {
      %3 = dot_general %0, %1 {batch = ((), ()), contracting = ((1,), (0,))} : f64[3]
      %4 = add %3, %2 : f64[3]
      %5 = tanh %4 : f64[3]
      %6 = sum %5 {axes = (0,)} : f64[]
      return %5, %6
    }
  )
  return %3, %4
}""",
    "rows": """
function @rows(%x: f64[50,40]) -> (f64[50,40], f64[]) {
  %1 = max %x {axes = (1,)} : f64[50]
  %2 = reshape %1 {shape = (50, 1)} : f64[50,1]
  %3 = broadcast_to %2 {shape = (50, 40)} : f64[50,40]
  %4 = subtract %x, %3 : f64[50,40]
  %5 = exp %4 : f64[50,40]
  %6 = sum %5 {axes = (1,)} : f64[50]
  %7 = reshape %6 {shape = (50, 1)} : f64[50,1]
  %8 = broadcast_to %7 {shape = (50, 40)} : f64[50,40]
  %9 = divide %5, %8 : f64[50,40]
  %10 = log %6 : f64[50]
  %11 = add %10, %1 : f64[50]
  %12 = sum %11 {axes = (0,)} : f64[]
  return %9, %12
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
    "labels": """
function @labels(%x: f64[4,5], %i: i64[4]) -> (f64[4], f64[4,5]) {
  %2 = full {dtype = i64, shape = (4,), value = 0} : i64[4]
  %3 = full {dtype = i64, shape = (4,), value = 4} : i64[4]
  %4 = maximum %i, %2 : i64[4]
  %5 = minimum %4, %3 : i64[4]
  %6 = iota {dtype = i64, size = 4} : i64[4]
  %7 = full {dtype = i64, shape = (4,), value = 5} : i64[4]
  %8 = multiply %6, %7 : i64[4]
  %9 = add %8, %5 : i64[4]
  %10 = negative %x : f64[4,5]
  %11 = reshape %10 {shape = (20,)} : f64[20]
  %12 = take %11, %9 {axis = 0} : f64[4]
  %13 = full {dtype = f64, shape = (20,), value = 0.0} : f64[20]
  %14 = scatter %13, %9, %12 {axis = 0, mode = "add"} : f64[20]
  %15 = reshape %14 {shape = (4, 5)} : f64[4,5]
  %16 = exp %x : f64[4,5]
  %17 = subtract %16, %15 : f64[4,5]
  return %12, %17
}""",
    "heads": """
function @heads(%x: f64[2,3,20,20], %y: f64[2,3,20,16]) -> (f64[2,20,3,16]) {
  %2 = dot_general %x, %y {batch = ((0, 1), (0, 1)), contracting = ((3,), (2,))} : f64[2,3,20,16]
  %3 = permute_dims %2 {axes = (0, 2, 1, 3)} : f64[2,20,3,16]
  return %3
}""",
    "searching": """
function @searching(%x: f64[6], %y: f64[2,3], %i: i32[4]) -> (i64[2,3], i64[6], c128[4], i32[4]) {
  %3 = searchsorted %x, %y {side = "right"} : i64[2,3]
  %4 = argsort %x {axis = 0, descending = True} : i64[6]
  %5 = rfft %x {axis = 0} : c128[4]
  %6 = pow %i, %i : i32[4]
  return %3, %4, %5, %6
}""",
    "chunks": """
function @chunks(%x: f64[3000,70]) -> (f64[3000,70], f64[], f64[70]) {
  %1 = exp %x : f64[3000,70]
  %2 = sum %1 {axes = (0, 1)} : f64[]
  %3 = sum %1 {axes = (0,)} : f64[70]
  return %1, %2, %3
}""",
    "convolution": """
function @convolution(%x: f64[2,3,9], %w: f64[4,3,3], %ct: f64[2,4,4]) -> (f64[2,3,9], f64[4,3,3]) {
  %3 = windows %x {dilations = (1,), sizes = (3,), strides = (2,)} : f64[2,3,3,4]
  %4 = dot_general %ct, %3 {batch = ((), ()), contracting = ((0, 2), (0, 3))} : f64[4,3,3]
  %5 = dot_general %ct, %w {batch = ((), ()), contracting = ((1,), (0,))} : f64[2,4,3,3]
  %6 = permute_dims %5 {axes = (0, 2, 3, 1)} : f64[2,3,3,4]
  %7 = overlap_add %6 {dilations = (1,), shape = (9,), strides = (2,)} : f64[2,3,9]
  return %7, %4
}""",
    "cumulative": """
function @cumulative(%x: f64[4,5]) -> (f64[4,5], f64[4,5]) {
  %1 = cumulative_max %x {axis = 1} : f64[4,5]
  %2 = cumulative_logsumexp %1 {axis = 0} : f64[4,5]
  %3 = multiply %2, %2 : f64[4,5]
  return %1, %3
}""",
    "while": """
function @while(%a: i64[], %b: i64[]) -> (i64[]) {
  %2, %3 = while %a, %b {body_consts = 0, cond_consts = 0} : i64[], i64[] (
    function @left(%0: i64[], %1: i64[]) -> (bool[]) {
      %2 = full {dtype = i64, shape = (), value = 0} : i64[]
      %3 = not_equal %1, %2 : bool[]
      return %3
    }
    function @euclid(%0: i64[], %1: i64[]) -> (i64[], i64[]) {
      %2 = remainder %0, %1 : i64[]
      return %1, %2
    }
  )
  return %2
}""",
    "cond": """
function @cond(%i: i64[], %x: f64[4]) -> (f64[4]) {
  %2 = cond %i, %x : f64[4] (
    function @negated(%0: f64[4]) -> (f64[4]) {
      %1 = negative %0 : f64[4]
      return %1
    }
    function @same(%0: f64[4]) -> (f64[4]) {
      return %0
    }
  )
  return %2
}""",
    "nest": """
function @nest(%x: f64[9,3], %i: i64[]) -> (f64[9,3]) {
  %2, %3 = scan %i, %x {carry = 2, consts = 0, length = 4, reverse = False} : i64[], f64[9,3] (
    function @outer(%0: i64[], %1: f64[9,3]) -> (i64[], f64[9,3]) {
      %2 = broadcast_to %0 {shape = (1,)} : i64[1]
      %3 = take %1, %2 {axis = 0} : f64[1,3]
      %4 = scan %3 {carry = 1, consts = 0, length = 5, reverse = False} : f64[1,3] (
        function @inner(%0: f64[1,3]) -> (f64[1,3]) {
          %1 = multiply %0, %0 : f64[1,3]
          %2 = cos %1 : f64[1,3]
          return %2
        }
      )
      %5 = full {dtype = i64, shape = (), value = 1} : i64[]
      %6 = add %0, %5 : i64[]
      %7 = broadcast_to %6 {shape = (1,)} : i64[1]
      %8 = scatter %1, %7, %4 {axis = 0, mode = "set"} : f64[9,3]
      return %6, %8
    }
  )
  return %3
}""",
    "callbacks": """
function @callbacks(%x: f64[3]) -> (f64[3]) {
  %1 = full {dtype = i64, shape = (), value = 0} : i64[]
  %2, %3 = while %1, %x {body_consts = 0, cond_consts = 0} : i64[], f64[3] (
    function @left(%0: i64[], %1: f64[3]) -> (bool[]) {
      %2 = full {dtype = i64, shape = (), value = 4} : i64[]
      %3 = less %0, %2 : bool[]
      return %3
    }
    function @step(%0: i64[], %1: f64[3]) -> (i64[], f64[3]) {
      debug_callback %0 {callback = #callback<seen>}
      %2 = full {dtype = i64, shape = (), value = 1} : i64[]
      %3 = add %0, %2 : i64[]
      %4 = pure_callback %1 {callback = #callback<half>, results = (!f64[3],), vmap_method = "sequential"} : f64[3]
      debug_callback %4 {callback = #callback<seen>}
      return %3, %4
    }
  )
  debug_callback {callback = #callback<seen>}
  return %3
}""",  # noqa: E501
    "equations": """
function @equations(%a: f64[3], %b: f64[3]) -> (f64[3], f64[]) {
  %2, %3 = linear_solve %a, %b {consts = (1, 0), symmetric = True} : f64[3], f64[] (
    function @matvec(%0: f64[3], %1: f64[3]) -> (f64[3]) {
      %2 = multiply %0, %1 : f64[3]
      return %2
    }
    function @solve(%0: f64[3]) -> (f64[3], f64[]) {
      %1 = full {dtype = f64, shape = (3,), value = 0.5} : f64[3]
      %2 = multiply %0, %1 : f64[3]
      %3 = sum %2 {axes = (0,)} : f64[]
      return %2, %3
    }
  )
  %4 = root %3 {consts = (0, 0, 0)} : f64[] (
    function @f(%0: f64[]) -> (f64[]) {
      %1 = cos %0 : f64[]
      %2 = subtract %1, %0 : f64[]
      return %2
    }
    function @solve(%0: f64[]) -> (f64[]) {
      %1 = while %0 {body_consts = 0, cond_consts = 0} : f64[] (
        function @far(%0: f64[]) -> (bool[]) {
          %1 = cos %0 : f64[]
          %2 = not_equal %1, %0 : bool[]
          return %2
        }
        function @step(%0: f64[]) -> (f64[]) {
          %1 = cos %0 : f64[]
          return %1
        }
      )
      return %1
    }
    function @tangent_solve(%0: f64[], %1: f64[]) -> (f64[]) {
      %2 = negative %1 : f64[]
      return %2
    }
  )
  return %2, %4
}""",
    "while_grad": """
function @while_grad(%x: f64[]) -> (f64[]) {
  %1, %2, %3 = while %x {body_consts = 0, cond_consts = 0} : f64[], stack<bool[]>, stack<f64[]> (
    function @condition(%0: f64[]) -> (bool[]) {
      %1 = full {dtype = f64, shape = (), value = 100.0} : f64[]
      %2 = less %0, %1 : bool[]
      return %2
    }
    function @square(%0: f64[]) -> (f64[], bool[], f64[]) {
      %1 = multiply %0, %0 : f64[]
      %2 = full {dtype = bool, shape = (), value = True} : bool[]
      return %1, %2, %0
    }
  )
  %4 = full {dtype = f64, shape = (), value = 1.0} : f64[]
  %5 = scan %4, %2, %3 {carry = 1, consts = 0, length = None, reverse = True} : f64[] (
    function @square_transpose(%0: f64[], %1: bool[], %2: f64[]) -> (f64[]) {
      %3 = multiply %0, %2 : f64[]
      %4 = add %3, %3 : f64[]
      return %4
    }
  )
  return %5
}""",
}
