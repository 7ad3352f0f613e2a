"""The dialects between arrays and LLVM: `kernel`, `control`, `memory`, `stack` and `loop`, and the
affine maps they share.
"""

from . import control as control
from . import kernel as kernel
from . import loop as loop
from . import memory as memory
from . import stack as stack
from .affine import Linear as Linear
from .affine import Map as Map
