"""The namespace users write against: array-API standard names, and NumPy's spellings beside them.

Functions take arrays of any backend and run there at once, or traced arrays and become part of the
program.
"""

import math as _math
from typing import TYPE_CHECKING

from .. import lazy as _lazy
from .. import tracer as _tracer
from ..ir.types import bfloat16 as bfloat16
from ..ir.types import bool_ as bool_
from ..ir.types import complex64 as complex64
from ..ir.types import complex128 as complex128
from ..ir.types import float16 as float16
from ..ir.types import float32 as float32
from ..ir.types import float64 as float64
from ..ir.types import int8 as int8
from ..ir.types import int16 as int16
from ..ir.types import int32 as int32
from ..ir.types import int64 as int64
from ..ir.types import uint8 as uint8
from ..ir.types import uint16 as uint16
from ..ir.types import uint32 as uint32
from ..ir.types import uint64 as uint64
from . import einops_backend as einops_backend
from . import fft as fft
from . import indexing as indexing
from . import linalg as linalg
from . import special as special
from . import ufunc_methods as _ufunc_methods
from . import updates as updates
from .annotations import dtype as dtype
from .annotations import issubdtype as issubdtype
from .annotations import ndarray as ndarray
from .arrangement import append as append
from .arrangement import array_split as array_split
from .arrangement import atleast_3d as atleast_3d
from .arrangement import block as block
from .arrangement import copy as copy
from .arrangement import delete as delete
from .arrangement import dsplit as dsplit
from .arrangement import dstack as dstack
from .arrangement import fliplr as fliplr
from .arrangement import flipud as flipud
from .arrangement import hsplit as hsplit
from .arrangement import insert as insert
from .arrangement import resize as resize
from .arrangement import rollaxis as rollaxis
from .arrangement import rot90 as rot90
from .arrangement import trim_zeros as trim_zeros
from .arrangement import vsplit as vsplit
from .bits import packbits as packbits
from .bits import unpackbits as unpackbits
from .clipping import clip as clip
from .clipping import nan_to_num as nan_to_num
from .comparison import allclose as allclose
from .comparison import array_equal as array_equal
from .comparison import isclose as isclose
from .creation import array as array
from .creation import asarray as asarray
from .creation import empty as empty
from .creation import empty_like as empty_like
from .creation import from_dlpack as from_dlpack
from .creation import full as full
from .creation import full_like as full_like
from .creation import meshgrid as meshgrid
from .creation import ones as ones
from .creation import ones_like as ones_like
from .creation import zeros as zeros
from .creation import zeros_like as zeros_like
from .cumulative import cummax as cummax
from .cumulative import cummin as cummin
from .cumulative import cumprod as cumprod
from .cumulative import cumsum as cumsum
from .cumulative import cumulative_prod as cumulative_prod
from .cumulative import cumulative_sum as cumulative_sum
from .cumulative import diff as diff
from .dtypes import can_cast as can_cast
from .dtypes import finfo as finfo
from .dtypes import iinfo as iinfo
from .dtypes import isdtype as isdtype
from .dtypes import promote_types as promote_types
from .dtypes import result_type as result_type
from .elementwise import abs as abs
from .elementwise import acos as acos
from .elementwise import acosh as acosh
from .elementwise import add as add
from .elementwise import asin as asin
from .elementwise import asinh as asinh
from .elementwise import atan as atan
from .elementwise import atan2 as atan2
from .elementwise import atanh as atanh
from .elementwise import bitwise_and as bitwise_and
from .elementwise import bitwise_invert as bitwise_invert
from .elementwise import bitwise_left_shift as bitwise_left_shift
from .elementwise import bitwise_or as bitwise_or
from .elementwise import bitwise_right_shift as bitwise_right_shift
from .elementwise import bitwise_xor as bitwise_xor
from .elementwise import conj as conj
from .elementwise import copysign as copysign
from .elementwise import cos as cos
from .elementwise import cosh as cosh
from .elementwise import deg2rad as deg2rad
from .elementwise import divide as divide
from .elementwise import equal as equal
from .elementwise import exp as exp
from .elementwise import exp2 as exp2
from .elementwise import expm1 as expm1
from .elementwise import floor_divide as floor_divide
from .elementwise import greater as greater
from .elementwise import greater_equal as greater_equal
from .elementwise import hypot as hypot
from .elementwise import imag as imag
from .elementwise import iscomplexobj as iscomplexobj
from .elementwise import isfinite as isfinite
from .elementwise import isinf as isinf
from .elementwise import isnan as isnan
from .elementwise import less as less
from .elementwise import less_equal as less_equal
from .elementwise import log as log
from .elementwise import log1p as log1p
from .elementwise import log2 as log2
from .elementwise import log10 as log10
from .elementwise import logaddexp as logaddexp
from .elementwise import logical_and as logical_and
from .elementwise import logical_not as logical_not
from .elementwise import logical_or as logical_or
from .elementwise import logical_xor as logical_xor
from .elementwise import maximum as maximum
from .elementwise import minimum as minimum
from .elementwise import multiply as multiply
from .elementwise import negative as negative
from .elementwise import nextafter as nextafter
from .elementwise import not_equal as not_equal
from .elementwise import positive as positive
from .elementwise import pow as pow
from .elementwise import rad2deg as rad2deg
from .elementwise import real as real
from .elementwise import reciprocal as reciprocal
from .elementwise import remainder as remainder
from .elementwise import sign as sign
from .elementwise import signbit as signbit
from .elementwise import sin as sin
from .elementwise import sinc as sinc
from .elementwise import sinh as sinh
from .elementwise import sqrt as sqrt
from .elementwise import square as square
from .elementwise import subtract as subtract
from .elementwise import tan as tan
from .elementwise import tanh as tanh
from .extremes import argmax as argmax
from .extremes import argmin as argmin
from .extremes import max as max
from .extremes import min as min
from .functional import apply_along_axis as apply_along_axis
from .functional import apply_over_axes as apply_over_axes
from .functional import choose as choose
from .functional import compress as compress
from .functional import extract as extract
from .functional import piecewise as piecewise
from .functional import select as select
from .functional import vectorize as vectorize
from .histograms import bincount as bincount
from .histograms import digitize as digitize
from .histograms import histogram as histogram
from .histograms import histogram2d as histogram2d
from .histograms import histogram_bin_edges as histogram_bin_edges
from .histograms import histogramdd as histogramdd
from .index_tricks import argwhere as argwhere
from .index_tricks import c_ as c_
from .index_tricks import diag_indices as diag_indices
from .index_tricks import diag_indices_from as diag_indices_from
from .index_tricks import diagflat as diagflat
from .index_tricks import flatnonzero as flatnonzero
from .index_tricks import fromfunction as fromfunction
from .index_tricks import index_exp as index_exp
from .index_tricks import indices as indices
from .index_tricks import ix_ as ix_
from .index_tricks import mask_indices as mask_indices
from .index_tricks import mgrid as mgrid
from .index_tricks import ogrid as ogrid
from .index_tricks import r_ as r_
from .index_tricks import ravel_multi_index as ravel_multi_index
from .index_tricks import s_ as s_
from .index_tricks import tri as tri
from .index_tricks import tril_indices as tril_indices
from .index_tricks import tril_indices_from as tril_indices_from
from .index_tricks import triu_indices as triu_indices
from .index_tricks import triu_indices_from as triu_indices_from
from .index_tricks import unravel_index as unravel_index
from .indexing import diag as diag
from .indexing import diagonal as diagonal
from .info import __array_namespace_info__ as __array_namespace_info__
from .interpolation import interp as interp
from .joining import column_stack as column_stack
from .joining import concat as concat
from .joining import concatenate as concatenate
from .joining import hstack as hstack
from .joining import split as split
from .joining import stack as stack
from .joining import unstack as unstack
from .joining import vstack as vstack
from .manipulation import astype as astype
from .manipulation import atleast_1d as atleast_1d
from .manipulation import atleast_2d as atleast_2d
from .manipulation import broadcast_arrays as broadcast_arrays
from .manipulation import broadcast_shapes as broadcast_shapes
from .manipulation import broadcast_to as broadcast_to
from .manipulation import expand_dims as expand_dims
from .manipulation import flip as flip
from .manipulation import matrix_transpose as matrix_transpose
from .manipulation import moveaxis as moveaxis
from .manipulation import permute_dims as permute_dims
from .manipulation import ravel as ravel
from .manipulation import reshape as reshape
from .manipulation import squeeze as squeeze
from .manipulation import swapaxes as swapaxes
from .manipulation import transpose as transpose
from .matrices import eye as eye
from .matrices import identity as identity
from .matrices import tril as tril
from .matrices import triu as triu
from .moments import mean as mean
from .moments import std as std
from .moments import var as var
from .nan_functions import nanargmax as nanargmax
from .nan_functions import nanargmin as nanargmin
from .nan_functions import nancumprod as nancumprod
from .nan_functions import nancumsum as nancumsum
from .nan_functions import nanmax as nanmax
from .nan_functions import nanmean as nanmean
from .nan_functions import nanmedian as nanmedian
from .nan_functions import nanmin as nanmin
from .nan_functions import nanpercentile as nanpercentile
from .nan_functions import nanprod as nanprod
from .nan_functions import nanquantile as nanquantile
from .nan_functions import nanstd as nanstd
from .nan_functions import nansum as nansum
from .nan_functions import nanvar as nanvar
from .numeric import angle as angle
from .numeric import array_equiv as array_equiv
from .numeric import bitwise_count as bitwise_count
from .numeric import cbrt as cbrt
from .numeric import divmod as divmod
from .numeric import fabs as fabs
from .numeric import fix as fix
from .numeric import float_power as float_power
from .numeric import fmax as fmax
from .numeric import fmin as fmin
from .numeric import fmod as fmod
from .numeric import frexp as frexp
from .numeric import gcd as gcd
from .numeric import heaviside as heaviside
from .numeric import i0 as i0
from .numeric import iscomplex as iscomplex
from .numeric import isneginf as isneginf
from .numeric import isposinf as isposinf
from .numeric import isreal as isreal
from .numeric import isrealobj as isrealobj
from .numeric import isscalar as isscalar
from .numeric import lcm as lcm
from .numeric import ldexp as ldexp
from .numeric import logaddexp2 as logaddexp2
from .numeric import modf as modf
from .numeric import ndim as ndim
from .numeric import shape as shape
from .numeric import size as size
from .numeric import spacing as spacing
from .padding import pad as pad
from .polynomials import poly as poly
from .polynomials import polyadd as polyadd
from .polynomials import polyder as polyder
from .polynomials import polydiv as polydiv
from .polynomials import polyfit as polyfit
from .polynomials import polyint as polyint
from .polynomials import polymul as polymul
from .polynomials import polysub as polysub
from .polynomials import polyval as polyval
from .polynomials import roots as roots
from .polynomials import vander as vander
from .products import dot as dot
from .products import einsum as einsum
from .products import inner as inner
from .products import matmul as matmul
from .products import outer as outer
from .products import tensordot as tensordot
from .products import trace as trace
from .products import vdot as vdot
from .products import vecdot as vecdot
from .ranges import arange as arange
from .ranges import linspace as linspace
from .reduction import all as all
from .reduction import any as any
from .reduction import count_nonzero as count_nonzero
from .reduction import prod as prod
from .reduction import sum as sum
from .repetition import repeat as repeat
from .repetition import roll as roll
from .repetition import tile as tile
from .rounding import ceil as ceil
from .rounding import floor as floor
from .rounding import rint as rint
from .rounding import round as round
from .rounding import trunc as trunc
from .searching import isin as isin
from .searching import nonzero as nonzero
from .searching import searchsorted as searchsorted
from .searching import unique_all as unique_all
from .searching import unique_counts as unique_counts
from .searching import unique_inverse as unique_inverse
from .searching import unique_values as unique_values
from .searching import where as where
from .sequences import geomspace as geomspace
from .sequences import logspace as logspace
from .sets import intersect1d as intersect1d
from .sets import setdiff1d as setdiff1d
from .sets import setxor1d as setxor1d
from .sets import union1d as union1d
from .sets import unique as unique
from .signal import convolve as convolve
from .signal import correlate as correlate
from .signal import ediff1d as ediff1d
from .signal import gradient as gradient
from .signal import trapezoid as trapezoid
from .signal import unwrap as unwrap
from .sorting import argpartition as argpartition
from .sorting import argsort as argsort
from .sorting import lexsort as lexsort
from .sorting import partition as partition
from .sorting import sort as sort
from .sorting import sort_complex as sort_complex
from .statistics import average as average
from .statistics import corrcoef as corrcoef
from .statistics import cov as cov
from .statistics import median as median
from .statistics import percentile as percentile
from .statistics import ptp as ptp
from .statistics import quantile as quantile
from .taking import take as take
from .taking import take_along_axis as take_along_axis
from .updates import at as at
from .vectors import cross as cross
from .vectors import einsum_path as einsum_path
from .vectors import kron as kron
from .vectors import matvec as matvec
from .vectors import vecmat as vecmat
from .windows import bartlett as bartlett
from .windows import blackman as blackman
from .windows import hamming as hamming
from .windows import hanning as hanning
from .windows import kaiser as kaiser
from .writing import copyto as copyto
from .writing import fill_diagonal as fill_diagonal
from .writing import place as place
from .writing import put as put
from .writing import put_along_axis as put_along_axis
from .writing import putmask as putmask

_ufunc_methods.attach()

absolute, power, true_divide, mod = abs, pow, divide, remainder
arcsin, arccos, arctan, arctan2 = asin, acos, atan, atan2
arcsinh, arccosh, arctanh = asinh, acosh, atanh
conjugate, invert, left_shift, right_shift = (
    conj,
    bitwise_invert,
    bitwise_left_shift,
    bitwise_right_shift,
)
amax, amin, around, bitwise_not = max, min, round, bitwise_invert
degrees, radians = rad2deg, deg2rad
bool = bool_
half, double, single, cdouble, csingle, int_, uint = (
    float16,
    float64,
    float32,
    complex128,
    complex64,
    int64,
    uint64,
)
pi, e, inf, nan, newaxis = _math.pi, _math.e, _math.inf, _math.nan, None
euler_gamma = 0.5772156649015329

__array_api_version__ = _tracer.API_VERSIONS[-1]

if TYPE_CHECKING:
    from numpy import random as random
else:  # it is not needed to import polyad
    __getattr__, __dir__, __all__ = _lazy.attach(
        __name__, modules="einops_backend fft indexing linalg", names={"numpy": "random"}
    )
