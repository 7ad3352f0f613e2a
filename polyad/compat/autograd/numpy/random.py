"""`autograd.numpy.random`: NumPy's generators."""

from numpy.random import *  # noqa: F403
