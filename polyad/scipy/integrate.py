"""`scipy.integrate`: the functions of samples that JAX has."""

from ..numpy.signal import trapezoid as trapezoid
