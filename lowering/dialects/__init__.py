"""The dialects between arrays and LLVM: `kernel`, `memory` and `loop`, and the affine maps they
share.
"""

from . import kernel as kernel
from . import loop as loop
from . import memory as memory
from .affine import Linear as Linear
from .affine import Map as Map
