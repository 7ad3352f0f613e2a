"""The tables of special points; `SPECIAL_POINTS` has their rows."""

from ..special_points import SPECIAL_POINTS as SPECIAL_POINTS
from . import activations as activations
from . import arithmetic as arithmetic
from . import arrays as arrays
from . import bessel as bessel
from . import convenience as convenience
from . import elementary as elementary
from . import errors as errors
from . import functions as functions
from . import gammas as gammas
from . import kinks as kinks
from . import losses as losses
from . import matrices as matrices
from . import special as special
from . import sums as sums
