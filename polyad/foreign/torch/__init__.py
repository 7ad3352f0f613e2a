"""PyTorch's functions on traced arrays, and the methods and attributes of those that stand for
tensors. `table.py` says how a function gets in; the other files have the functions, by family.
"""

from . import activations as activations
from . import attention as attention
from . import attributes as attributes
from . import convolution as convolution
from . import cross_entropy as cross_entropy
from . import ctc as ctc
from . import elementwise as elementwise
from . import embedding as embedding
from . import factorizations as factorizations
from . import fft as fft
from . import functional as functional
from . import in_place as in_place
from . import indexing as indexing
from . import joining as joining
from . import linalg as linalg
from . import losses as losses
from . import matrices as matrices
from . import mixed as mixed
from . import modules as modules
from . import native as native
from . import normalization as normalization
from . import ordering as ordering
from . import padding as padding
from . import plain as plain
from . import pooling as pooling
from . import products as products
from . import randomness as randomness
from . import recurrent as recurrent
from . import reductions as reductions
from . import resampling as resampling
from . import sampling as sampling
from . import shapes as shapes
from . import special as special
from .attributes import native_dtype as native_dtype
from .attributes import native_shape as native_shape
from .indexing import check_index as check_index
from .table import attribute as attribute
from .table import call_torch as call_torch
from .table import operate as operate
