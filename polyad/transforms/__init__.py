"""Transformations, each a pass from IR to IR."""

from . import control as control
from . import custom_calls as custom_calls
from . import implicit as implicit
from . import regions as regions
from . import taylor_regions as taylor_regions
from . import taylor_rules as taylor_rules
from .batching import batch as batch
from .jvp import jvp as jvp
from .partial_eval import partial_eval as partial_eval
from .reverse import linearize as linearize
from .reverse import value_and_grad as value_and_grad
from .taylor import taylor as taylor
from .transpose import transpose as transpose
