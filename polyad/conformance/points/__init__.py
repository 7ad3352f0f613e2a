"""The tables of special points; `SPECIAL_POINTS` has their rows."""

from ..special_points import SPECIAL_POINTS as SPECIAL_POINTS
from . import activations as activations
from . import elementary as elementary
from . import functions as functions
from . import special as special
from . import sums as sums
