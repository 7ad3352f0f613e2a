"""Distributions with the names and parameters of `scipy.stats`, as JAX has them, differentiable by
all of their continuous parameters.

>>> from polyad.scipy import stats
>>> stats.norm.cdf(0.0)
np.float64(0.5)
"""

from . import bernoulli as bernoulli
from . import betabinom as betabinom
from . import binom as binom
from . import dirichlet as dirichlet
from . import geom as geom
from . import multinomial as multinomial
from . import multivariate_normal as multivariate_normal
from . import nbinom as nbinom
from . import poisson as poisson
from ._continuous import beta as beta
from ._continuous import cauchy as cauchy
from ._continuous import chi2 as chi2
from ._continuous import expon as expon
from ._continuous import gamma as gamma
from ._continuous import gennorm as gennorm
from ._continuous import gumbel_l as gumbel_l
from ._continuous import gumbel_r as gumbel_r
from ._continuous import laplace as laplace
from ._continuous import logistic as logistic
from ._continuous import norm as norm
from ._continuous import pareto as pareto
from ._continuous import t as t
from ._continuous import truncnorm as truncnorm
from ._continuous import uniform as uniform
from ._continuous import vonmises as vonmises
from ._continuous import wrapcauchy as wrapcauchy
from ._kde import gaussian_kde as gaussian_kde
from ._samples import mode as mode
from ._samples import rankdata as rankdata
from ._samples import sem as sem
