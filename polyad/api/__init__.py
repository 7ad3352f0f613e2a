"""The public transformations."""

from .callbacks import pure_callback as pure_callback
from .checkpointing import checkpoint as checkpoint
from .checkpointing import checkpoint_name as checkpoint_name
from .checkpointing import checkpoint_policies as checkpoint_policies
from .compile import ShapeDtypeStruct as ShapeDtypeStruct
from .compile import clear_caches as clear_caches
from .compile import eval_shape as eval_shape
from .compile import jit as jit
from .compile import make_ir as make_ir
from .custom import custom_jvp as custom_jvp
from .custom import custom_vjp as custom_vjp
from .custom import stop_gradient as stop_gradient
from .custom_closures import closure_convert as closure_convert
from .custom_closures import custom_gradient as custom_gradient
from .derivatives import grad as grad
from .derivatives import jvp as jvp
from .derivatives import linear_transpose as linear_transpose
from .derivatives import linearize as linearize
from .derivatives import value_and_grad as value_and_grad
from .derivatives import vjp as vjp
from .jacobians import hessian as hessian
from .jacobians import hvp as hvp
from .jacobians import jacfwd as jacfwd
from .jacobians import jacobian as jacobian
from .jacobians import jacrev as jacrev
from .vectorize import vmap as vmap
