"""SciPy's modules that JAX has, with their names and parameters: integrate, linalg, special,
stats.
"""

from .. import special as special
from . import integrate as integrate
from . import linalg as linalg
from . import stats as stats
