"""Initial value problems, under the name of `jax.experimental.ode`."""

from ..solvers.ode import odeint as odeint
