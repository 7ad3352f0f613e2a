"""The tables of special points; `SPECIAL_POINTS` has their rows."""

from . import activations as activations
from . import elementary as elementary
from . import special as special
