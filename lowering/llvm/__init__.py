"""Emission through llvmlite: scalars and math, kernels, BLAS calls, entry points, and the JIT
engine.
"""
