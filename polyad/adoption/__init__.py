"""Code that was written for NumPy, run with polyad's functions in the place of NumPy's."""

from ._adopt import adopt as adopt

__all__ = ["adopt"]
