"""polyad's functions as functions of PyTorch's autograd.

Everywhere else a tensor's history ends at a call of polyad. `wrap` makes a function of which
PyTorch has the derivatives: in `loss.backward()`, and under `torch.func`.
"""

from ._wrapped import Wrapped as Wrapped
from ._wrapped import wrap as wrap

__all__ = ["wrap"]
