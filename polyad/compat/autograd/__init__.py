"""autograd's names over polyad: `from polyad.compat.autograd import grad`.

>>> from polyad.compat.autograd import grad
>>> import polyad.compat.autograd.numpy as np
>>> grad(np.tanh)(0.0)
np.float64(1.0)
"""

from . import builtins as builtins
from . import core as core
from . import extend as extend
from . import misc as misc
from . import numpy as numpy
from . import scipy as scipy
from . import test_util as test_util
from . import tracer as tracer
from . import wrap_util as wrap_util
from ._operators import checkpoint as checkpoint
from ._operators import deriv as deriv
from ._operators import elementwise_grad as elementwise_grad
from ._operators import grad as grad
from ._operators import grad_and_aux as grad_and_aux
from ._operators import grad_named as grad_named
from ._operators import hessian as hessian
from ._operators import hessian_tensor_product as hessian_tensor_product
from ._operators import hessian_vector_product as hessian_vector_product
from ._operators import holomorphic_grad as holomorphic_grad
from ._operators import jacobian as jacobian
from ._operators import make_ggnvp as make_ggnvp
from ._operators import make_hvp as make_hvp
from ._operators import make_jvp as make_jvp
from ._operators import make_vjp as make_vjp
from ._operators import multigrad_dict as multigrad_dict
from ._operators import tensor_jacobian_product as tensor_jacobian_product
from ._operators import value_and_grad as value_and_grad
from ._operators import vector_jacobian_product as vector_jacobian_product
from .builtins import dict as dict
from .builtins import isinstance as isinstance
from .builtins import list as list
from .builtins import tuple as tuple
from .builtins import type as type
