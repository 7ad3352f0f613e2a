"""Special functions, under SciPy's names and signatures: differentiable element by element."""

import sys as _sys

from .. import tracer as _tracer
from ..numpy import interop as _interop
from .elementary import cbrt as cbrt
from .elementary import exp2 as exp2
from .elementary import exp10 as exp10
from .elementary import expm1 as expm1
from .elementary import huber as huber
from .elementary import inv_boxcox as inv_boxcox
from .elementary import inv_boxcox1p as inv_boxcox1p
from .elementary import log1p as log1p
from .elementary import pseudo_huber as pseudo_huber
from .elementary import sinc as sinc
from .entropy import boxcox as boxcox
from .entropy import boxcox1p as boxcox1p
from .entropy import entr as entr
from .entropy import kl_div as kl_div
from .entropy import rel_entr as rel_entr
from .entropy import xlog1py as xlog1py
from .entropy import xlogy as xlogy
from .error_functions import dawsn as dawsn
from .error_functions import erf as erf
from .error_functions import erfc as erfc
from .error_functions import erfcinv as erfcinv
from .error_functions import erfcx as erfcx
from .error_functions import erfinv as erfinv
from .error_functions import log_ndtr as log_ndtr
from .error_functions import ndtr as ndtr
from .error_functions import ndtri as ndtri
from .gamma import beta as beta
from .gamma import betainc as betainc
from .gamma import betaln as betaln
from .gamma import comb as comb
from .gamma import digamma as digamma
from .gamma import factorial as factorial
from .gamma import gamma as gamma
from .gamma import gammainc as gammainc
from .gamma import gammaincc as gammaincc
from .gamma import gammaln as gammaln
from .gamma import gammasgn as gammasgn
from .gamma import multigammaln as multigammaln
from .gamma import poch as poch
from .gamma import polygamma as polygamma
from .gamma import psi as psi
from .gamma import rgamma as rgamma
from .gamma import zeta as zeta
from .integrals import exp1 as exp1
from .integrals import expi as expi
from .integrals import expn as expn
from .integrals import i0 as i0
from .integrals import i0e as i0e
from .integrals import i1 as i1
from .integrals import i1e as i1e
from .integrals import j0 as j0
from .integrals import j1 as j1
from .integrals import jn as jn
from .integrals import spence as spence
from .logistic import expit as expit
from .logistic import log_expit as log_expit
from .logistic import log_softmax as log_softmax
from .logistic import logit as logit
from .logistic import logsumexp as logsumexp
from .logistic import softmax as softmax

_interop.LIBRARIES.append(_sys.modules[__name__])
_tracer.namespace().special = _sys.modules[__name__]
"""`xp.special`: where SciPy's own special functions look for a namespace's."""
