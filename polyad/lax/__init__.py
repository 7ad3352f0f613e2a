"""Names that JAX programs take from `jax.lax`: `docs/coming_from_jax.md` says what differs."""

from ..api import stop_gradient as stop_gradient
from ..api.branches import cond as cond
from ..api.branches import switch as switch
from ..api.implicit import custom_linear_solve as custom_linear_solve
from ..api.implicit import custom_root as custom_root
from ..api.loops import fori_loop as fori_loop
from ..api.loops import scan as scan
from ..api.loops import while_loop as while_loop
from ..api.mapping import map as map
from ..numpy import abs as abs
from ..numpy import acos as acos
from ..numpy import acosh as acosh
from ..numpy import add as add
from ..numpy import asin as asin
from ..numpy import asinh as asinh
from ..numpy import atan as atan
from ..numpy import atan2 as atan2
from ..numpy import atanh as atanh
from ..numpy import bitwise_and as bitwise_and
from ..numpy import bitwise_invert as bitwise_not
from ..numpy import bitwise_left_shift as shift_left
from ..numpy import bitwise_or as bitwise_or
from ..numpy import bitwise_xor as bitwise_xor
from ..numpy import cbrt as cbrt
from ..numpy import ceil as ceil
from ..numpy import conj as conj
from ..numpy import cos as cos
from ..numpy import cosh as cosh
from ..numpy import empty as empty
from ..numpy import equal as eq
from ..numpy import exp as exp
from ..numpy import exp2 as exp2
from ..numpy import expm1 as expm1
from ..numpy import floor as floor
from ..numpy import greater as gt
from ..numpy import greater_equal as ge
from ..numpy import imag as imag
from ..numpy import isfinite as is_finite
from ..numpy import less as lt
from ..numpy import less_equal as le
from ..numpy import log as log
from ..numpy import log1p as log1p
from ..numpy import maximum as max
from ..numpy import minimum as min
from ..numpy import negative as neg
from ..numpy import nextafter as nextafter
from ..numpy import not_equal as ne
from ..numpy import pow as pow
from ..numpy import real as real
from ..numpy import reciprocal as reciprocal
from ..numpy import sign as sign
from ..numpy import sin as sin
from ..numpy import sinh as sinh
from ..numpy import sqrt as sqrt
from ..numpy import square as square
from ..numpy import subtract as sub
from ..numpy import tan as tan
from ..numpy import tanh as tanh
from ..special import betainc as betainc
from ..special import digamma as digamma
from ..special import erf as erf
from ..special import erfc as erfc
from ..special import erfinv as erf_inv
from ..special import gammainc as igamma
from ..special import gammaincc as igammac
from ..special import gammaln as lgamma
from ..special import i0e as bessel_i0e
from ..special import i1e as bessel_i1e
from ..special import polygamma as polygamma
from ..special import zeta as zeta
from . import linalg as linalg
from .bits import mulhi as mulhi
from .bits import reduce_precision as reduce_precision
from .collectives import all_gather as all_gather
from .collectives import all_to_all as all_to_all
from .collectives import axis_index as axis_index
from .collectives import axis_size as axis_size
from .collectives import pmax as pmax
from .collectives import pmean as pmean
from .collectives import pmin as pmin
from .collectives import ppermute as ppermute
from .collectives import pshuffle as pshuffle
from .collectives import psum as psum
from .collectives import psum_scatter as psum_scatter
from .collectives import pswapaxes as pswapaxes
from .convolution import ConvDimensionNumbers as ConvDimensionNumbers
from .convolution import conv as conv
from .convolution import conv_dimension_numbers as conv_dimension_numbers
from .convolution import conv_general_dilated as conv_general_dilated
from .convolution import conv_general_dilated_local as conv_general_dilated_local
from .convolution import conv_general_dilated_patches as conv_general_dilated_patches
from .convolution import conv_transpose as conv_transpose
from .convolution import conv_with_general_padding as conv_with_general_padding
from .cumulative import associative_scan as associative_scan
from .cumulative import cumlogsumexp as cumlogsumexp
from .cumulative import cummax as cummax
from .cumulative import cummin as cummin
from .cumulative import cumprod as cumprod
from .cumulative import cumsum as cumsum
from .dynamic_slices import dynamic_index_in_dim as dynamic_index_in_dim
from .dynamic_slices import dynamic_slice as dynamic_slice
from .dynamic_slices import dynamic_slice_in_dim as dynamic_slice_in_dim
from .dynamic_slices import dynamic_update_index_in_dim as dynamic_update_index_in_dim
from .dynamic_slices import dynamic_update_slice as dynamic_update_slice
from .dynamic_slices import dynamic_update_slice_in_dim as dynamic_update_slice_in_dim
from .elementwise import RoundingMethod as RoundingMethod
from .elementwise import bitcast_convert_type as bitcast_convert_type
from .elementwise import clz as clz
from .elementwise import complex as complex
from .elementwise import convert_element_type as convert_element_type
from .elementwise import div as div
from .elementwise import integer_pow as integer_pow
from .elementwise import logistic as logistic
from .elementwise import mul as mul
from .elementwise import population_count as population_count
from .elementwise import rem as rem
from .elementwise import round as round
from .elementwise import rsqrt as rsqrt
from .elementwise import shift_right_arithmetic as shift_right_arithmetic
from .elementwise import shift_right_logical as shift_right_logical
from .fourier import FftType as FftType
from .fourier import fft as fft
from .gathering import GatherDimensionNumbers as GatherDimensionNumbers
from .gathering import GatherScatterMode as GatherScatterMode
from .gathering import ScatterDimensionNumbers as ScatterDimensionNumbers
from .gathering import gather as gather
from .gathering import index_take as index_take
from .gathering import scatter as scatter
from .gathering import scatter_add as scatter_add
from .gathering import scatter_apply as scatter_apply
from .gathering import scatter_max as scatter_max
from .gathering import scatter_min as scatter_min
from .gathering import scatter_mul as scatter_mul
from .gathering import scatter_sub as scatter_sub
from .movement import broadcast as broadcast
from .movement import broadcast_in_dim as broadcast_in_dim
from .movement import broadcast_shapes as broadcast_shapes
from .movement import broadcast_to_rank as broadcast_to_rank
from .movement import broadcasted_iota as broadcasted_iota
from .movement import collapse as collapse
from .movement import concatenate as concatenate
from .movement import expand_dims as expand_dims
from .movement import full as full
from .movement import full_like as full_like
from .movement import index_in_dim as index_in_dim
from .movement import iota as iota
from .movement import pad as pad
from .movement import reshape as reshape
from .movement import rev as rev
from .movement import slice as slice
from .movement import slice_in_dim as slice_in_dim
from .movement import split as split
from .movement import squeeze as squeeze
from .movement import stack as stack
from .movement import tile as tile
from .movement import transpose as transpose
from .movement import unstack as unstack
from .platforms import composite as composite
from .platforms import optimization_barrier as optimization_barrier
from .platforms import platform_dependent as platform_dependent
from .products import DotAlgorithm as DotAlgorithm
from .products import DotAlgorithmPreset as DotAlgorithmPreset
from .products import DotDimensionNumbers as DotDimensionNumbers
from .products import Precision as Precision
from .products import batch_matmul as batch_matmul
from .products import dot as dot
from .products import dot_general as dot_general
from .ragged import RaggedDotDimensionNumbers as RaggedDotDimensionNumbers
from .ragged import ragged_dot as ragged_dot
from .ragged import ragged_dot_general as ragged_dot_general
from .reductions import argmax as argmax
from .reductions import argmin as argmin
from .reductions import padtype_to_pads as padtype_to_pads
from .reductions import reduce as reduce
from .reductions import reduce_and as reduce_and
from .reductions import reduce_max as reduce_max
from .reductions import reduce_min as reduce_min
from .reductions import reduce_or as reduce_or
from .reductions import reduce_prod as reduce_prod
from .reductions import reduce_sum as reduce_sum
from .reductions import reduce_window as reduce_window
from .reductions import reduce_xor as reduce_xor
from .segments import segment_max as segment_max
from .segments import segment_min as segment_min
from .segments import segment_prod as segment_prod
from .segments import segment_sum as segment_sum
from .selection import clamp as clamp
from .selection import select as select
from .selection import select_n as select_n
from .shapes import conv_general_shape_tuple as conv_general_shape_tuple
from .shapes import conv_transpose_shape_tuple as conv_transpose_shape_tuple
from .shapes import reduce_window_shape_tuple as reduce_window_shape_tuple
from .sorting import approx_max_k as approx_max_k
from .sorting import approx_min_k as approx_min_k
from .sorting import sort as sort
from .sorting import sort_key_val as sort_key_val
from .sorting import top_k as top_k

__all__ = [
    "ConvDimensionNumbers",
    "DotAlgorithm",
    "DotAlgorithmPreset",
    "DotDimensionNumbers",
    "FftType",
    "GatherDimensionNumbers",
    "GatherScatterMode",
    "Precision",
    "RaggedDotDimensionNumbers",
    "RoundingMethod",
    "ScatterDimensionNumbers",
    "abs",
    "acos",
    "acosh",
    "add",
    "approx_max_k",
    "approx_min_k",
    "argmax",
    "argmin",
    "asin",
    "asinh",
    "associative_scan",
    "atan",
    "atan2",
    "atanh",
    "batch_matmul",
    "bessel_i0e",
    "bessel_i1e",
    "betainc",
    "bitcast_convert_type",
    "bitwise_and",
    "bitwise_not",
    "bitwise_or",
    "bitwise_xor",
    "broadcast",
    "broadcast_in_dim",
    "broadcast_shapes",
    "broadcast_to_rank",
    "broadcasted_iota",
    "cbrt",
    "ceil",
    "clamp",
    "clz",
    "collapse",
    "complex",
    "composite",
    "concatenate",
    "cond",
    "conj",
    "conv",
    "conv_dimension_numbers",
    "conv_general_dilated",
    "conv_general_dilated_local",
    "conv_general_dilated_patches",
    "conv_transpose",
    "conv_with_general_padding",
    "convert_element_type",
    "cos",
    "cosh",
    "cumlogsumexp",
    "cummax",
    "cummin",
    "cumprod",
    "cumsum",
    "custom_linear_solve",
    "custom_root",
    "digamma",
    "div",
    "dot",
    "dot_general",
    "dynamic_index_in_dim",
    "dynamic_slice",
    "dynamic_slice_in_dim",
    "dynamic_update_index_in_dim",
    "dynamic_update_slice",
    "dynamic_update_slice_in_dim",
    "empty",
    "eq",
    "erf",
    "erf_inv",
    "erfc",
    "exp",
    "exp2",
    "expand_dims",
    "expm1",
    "fft",
    "floor",
    "fori_loop",
    "full",
    "full_like",
    "gather",
    "ge",
    "gt",
    "igamma",
    "igammac",
    "imag",
    "index_in_dim",
    "index_take",
    "integer_pow",
    "iota",
    "is_finite",
    "le",
    "lgamma",
    "log",
    "log1p",
    "logistic",
    "lt",
    "map",
    "max",
    "min",
    "mul",
    "mulhi",
    "ne",
    "neg",
    "nextafter",
    "optimization_barrier",
    "pad",
    "padtype_to_pads",
    "platform_dependent",
    "polygamma",
    "population_count",
    "pow",
    "ragged_dot",
    "ragged_dot_general",
    "real",
    "reciprocal",
    "reduce",
    "reduce_and",
    "reduce_max",
    "reduce_min",
    "reduce_or",
    "reduce_precision",
    "reduce_prod",
    "reduce_sum",
    "reduce_window",
    "reduce_xor",
    "rem",
    "reshape",
    "rev",
    "round",
    "rsqrt",
    "scan",
    "scatter",
    "scatter_add",
    "scatter_apply",
    "scatter_max",
    "scatter_min",
    "scatter_mul",
    "scatter_sub",
    "segment_max",
    "segment_min",
    "segment_prod",
    "segment_sum",
    "select",
    "select_n",
    "shift_left",
    "shift_right_arithmetic",
    "shift_right_logical",
    "sign",
    "sin",
    "sinh",
    "slice",
    "slice_in_dim",
    "sort",
    "sort_key_val",
    "split",
    "sqrt",
    "square",
    "squeeze",
    "stack",
    "stop_gradient",
    "sub",
    "switch",
    "tan",
    "tanh",
    "tile",
    "top_k",
    "transpose",
    "unstack",
    "while_loop",
    "zeta",
]
