"""Random numbers from explicit keys: JAX's functions, and its numbers, bit for bit.

A key is a uint32 array of shape (2,) of any backend. The same key gives the same numbers always;
`split` makes independent keys of one. Functions are array programs: they run eagerly, and under
`jit`, and under `vmap` over keys.

Bits are Threefry-2x32 with 20 rounds (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3",
2011), of one counter per element. `config.threefry_partitionable` chooses how counters are laid
out: True as JAX does today, False as it did at first. `config.default_float = "float32"` stands for
JAX without 64-bit types: floats are drawn as float32, and integers as int32, unless a dtype is
given. Samples whose acceptance is decided in floating point (`gamma`, `poisson`, `binomial`)
differ where the last digit decides.

>>> from polyad import random
>>> random.uniform(random.key(0), (3,), "float32")
array([0.947667  , 0.9785799 , 0.33229148], dtype=float32)
"""

from .continuous import cauchy as cauchy
from .continuous import exponential as exponential
from .continuous import gumbel as gumbel
from .continuous import laplace as laplace
from .continuous import logistic as logistic
from .continuous import normal as normal
from .continuous import truncated_normal as truncated_normal
from .continuous import uniform as uniform
from .counts import binomial as binomial
from .counts import geometric as geometric
from .counts import multinomial as multinomial
from .counts import poisson as poisson
from .discrete import bernoulli as bernoulli
from .discrete import categorical as categorical
from .discrete import choice as choice
from .discrete import permutation as permutation
from .discrete import rademacher as rademacher
from .discrete import randint as randint
from .gammas import ball as ball
from .gammas import beta as beta
from .gammas import chisquare as chisquare
from .gammas import dirichlet as dirichlet
from .gammas import f as f
from .gammas import gamma as gamma
from .gammas import generalized_normal as generalized_normal
from .gammas import loggamma as loggamma
from .gammas import t as t
from .keys import PRNGKey as PRNGKey
from .keys import bits as bits
from .keys import clone as clone
from .keys import fold_in as fold_in
from .keys import key as key
from .keys import key_data as key_data
from .keys import key_impl as key_impl
from .keys import split as split
from .keys import wrap_key_data as wrap_key_data
from .transformed import double_sided_maxwell as double_sided_maxwell
from .transformed import lognormal as lognormal
from .transformed import maxwell as maxwell
from .transformed import multivariate_normal as multivariate_normal
from .transformed import orthogonal as orthogonal
from .transformed import pareto as pareto
from .transformed import rayleigh as rayleigh
from .transformed import triangular as triangular
from .transformed import wald as wald
from .transformed import weibull_min as weibull_min
