"""Other libraries' functions, methods and attributes on traced arrays, as these libraries mean
them.
"""

from . import torch as torch
