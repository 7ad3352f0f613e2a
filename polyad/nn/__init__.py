"""Functions of neural networks: activations, normalisation, losses, attention, initial weights."""

from ..special import logsumexp as logsumexp
from . import image as image
from . import initializers as initializers
from .activations import celu as celu
from .activations import elu as elu
from .activations import gelu as gelu
from .activations import glu as glu
from .activations import hard_sigmoid as hard_sigmoid
from .activations import hard_silu as hard_silu
from .activations import hard_swish as hard_swish
from .activations import hard_tanh as hard_tanh
from .activations import identity as identity
from .activations import leaky_relu as leaky_relu
from .activations import log1mexp as log1mexp
from .activations import log_sigmoid as log_sigmoid
from .activations import mish as mish
from .activations import relu as relu
from .activations import relu6 as relu6
from .activations import selu as selu
from .activations import sigmoid as sigmoid
from .activations import silu as silu
from .activations import soft_sign as soft_sign
from .activations import softplus as softplus
from .activations import softsign as softsign
from .activations import sparse_plus as sparse_plus
from .activations import sparse_sigmoid as sparse_sigmoid
from .activations import squareplus as squareplus
from .activations import swish as swish
from .activations import tanh as tanh
from .attention import dot_product_attention as dot_product_attention
from .losses import l2_loss as l2_loss
from .losses import sigmoid_binary_cross_entropy as sigmoid_binary_cross_entropy
from .losses import softmax_cross_entropy as softmax_cross_entropy
from .losses import (
    softmax_cross_entropy_with_integer_labels as softmax_cross_entropy_with_integer_labels,
)
from .normalization import log_softmax as log_softmax
from .normalization import logmeanexp as logmeanexp
from .normalization import one_hot as one_hot
from .normalization import softmax as softmax
from .normalization import standardize as standardize
