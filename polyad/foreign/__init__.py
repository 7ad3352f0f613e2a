"""The meaning of other libraries' functions, methods and attributes on traced arrays.

A foreign function is known by its object, never by its name: a table says which function of polyad
stands for it, and what is not in the table is an error that names the function. A parameter that is
not followed is an error that names it.
"""

from . import operands as operands
from . import torch as torch
from .numpy_calls import call_numpy as call_numpy
from .numpy_methods import attribute as attribute
from .ufuncs import call_ufunc as call_ufunc
