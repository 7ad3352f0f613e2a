"""Who executes: the protocols of a backend and of a function that it has compiled, discovery of the
backends that are installed, and the choice of one for a call.

polyad itself imports no executor. An installed distribution offers one through the entry-point
group `polyad.backends`.
"""

from ..trace_stack import UNDER_WAY as UNDER_WAY
from . import recording as recording
from .backend import Backend as Backend
from .backend import CodeCache as CodeCache
from .backend import History as History
from .backend import Stack as Stack
from .choice import FINAL as FINAL
from .choice import ORIGINS as ORIGINS
from .choice import SCALARS as SCALARS
from .choice import Placement as Placement
from .choice import backend_beside as backend_beside
from .choice import backend_of as backend_of
from .choice import backend_scope as backend_scope
from .choice import check_nans as check_nans
from .choice import default_backend as default_backend
from .choice import is_scalar as is_scalar
from .choice import is_scalar_type as is_scalar_type
from .choice import not_an_array as not_an_array
from .choice import owner_of_type as owner_of_type
from .choice import placement as placement
from .choice import shown as shown
from .choice import use_backend as use_backend
from .compiled import AheadOfTime as AheadOfTime
from .compiled import Compiled as Compiled
from .compiled import Example as Example
from .compiled import Interpreted as Interpreted
from .compiled import SymbolicCode as SymbolicCode
from .compiled import Timed as Timed
from .compiled import TimedCall as TimedCall
from .compiled import exactly as exactly
from .compiled import now as now
from .discovery import array_backend as array_backend
from .discovery import backends as backends
from .discovery import caches as caches
from .discovery import compiler_passes as compiler_passes
from .discovery import get_backend as get_backend
from .discovery import load_dialects as load_dialects
from .discovery import loadable as loadable
from .exploration import Buffer as Buffer
from .exploration import Exploration as Exploration
from .exploration import Flow as Flow
from .exploration import Step as Step
from .history import check_history as check_history
