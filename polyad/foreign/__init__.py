"""The meaning of other libraries' functions, methods and attributes on traced arrays.

A foreign function is known by its object, never by its name: a table says which function of polyad
stands for it, and what is not in the table is an error that names the function. A parameter that is
not followed is an error that names it.
"""

from . import operands as operands
from . import torch as torch
from .attributes import attribute_of as attribute_of
from .attributes import install as install
from .attributes import item_of as item_of
from .numpy_calls import call_numpy as call_numpy
from .ufuncs import call_ufunc as call_ufunc
