"""The op set: one definition per op, one file per family. Importing this package registers them
all.
"""

from . import angles as angles
from . import bessel as bessel
from . import beta as beta
from . import booleans as _booleans
from . import callback as callback
from . import complex_sums as complex_sums
from . import conversions as _conversions
from . import creation as creation
from . import cumulative as cumulative
from . import determinants as determinants
from . import elementwise as elementwise
from . import elliptic as elliptic
from . import error_functions as error_functions
from . import factorizations as factorizations
from . import fourier as fourier
from . import gammas as gammas
from . import gauge as gauge
from . import hypergeometric as hypergeometric
from . import implicit as implicit
from . import indexing as indexing
from . import integrals as integrals
from . import linalg as linalg
from . import manipulation as manipulation
from . import matrix_functions as matrix_functions
from . import modified_bessel as modified_bessel
from . import orthogonal as orthogonal
from . import random as random
from . import reduction as reduction
from . import region as region
from . import roots as roots
from . import softmax as softmax
from . import special as special
from . import spectral as spectral
from . import windows as windows
from .definition import OpDefinition as OpDefinition
from .definition import Unknown as Unknown

# Dispatch emits these ops; their definitions are above it.
_conversions.install(elementwise.astype, manipulation.broadcast_to, creation.full)
_booleans.install()
