"""`autograd.scipy.misc`."""

from ....special import logsumexp as logsumexp
