"""The one table of samples: every op of the array dialect, where the laws hold."""

from . import basic as basic
from . import callbacks as callbacks
from . import collectives as collectives
from . import control as control
from . import elementwise as elementwise
from . import implicit as implicit
from . import lax as lax
from . import linalg as linalg
from . import special as special
