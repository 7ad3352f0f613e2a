"""`autograd.scipy`."""

from . import linalg as linalg
from . import misc as misc
from . import special as special
from . import stats as stats
