"""The functions of torch.nn.functional that PyTorch has in Python: they run as they are written
there, on traced arrays, and call PyTorch's builtins, which the other files follow.
"""

from __future__ import annotations

import inspect
from typing import Any

from .nn_core import refused
from .table import _AsWritten, as_written, torch_function

_WRITTEN = """
adaptive_avg_pool2d adaptive_avg_pool3d adaptive_max_pool1d_with_indices
adaptive_max_pool2d_with_indices adaptive_max_pool3d_with_indices alpha_dropout
binary_cross_entropy binary_cross_entropy_with_logits celu cosine_embedding_loss cross_entropy
ctc_loss dropout dropout1d dropout2d dropout3d elu embedding embedding_bag feature_alpha_dropout
fold glu grid_sample affine_grid group_norm gumbel_softmax hardsigmoid hardswish
hardtanh hinge_embedding_loss huber_loss instance_norm batch_norm interpolate kl_div l1_loss
layer_norm leaky_relu local_response_norm log_softmax lp_pool1d lp_pool2d lp_pool3d
margin_ranking_loss max_pool1d_with_indices max_pool2d_with_indices max_pool3d_with_indices
max_unpool1d max_unpool2d max_unpool3d mish mse_loss multi_head_attention_forward
multi_margin_loss multilabel_margin_loss multilabel_soft_margin_loss nll_loss normalize
pad poisson_nll_loss relu relu6 rms_norm rrelu selu silu smooth_l1_loss
soft_margin_loss softmax softmin softsign tanhshrink threshold triplet_margin_loss
triplet_margin_with_distance_loss unfold
"""
"""Names below torch.nn.functional."""
_DISPATCHED = (
    *(f"max_pool{n}d" for n in (1, 2, 3)),
    *(f"adaptive_max_pool{n}d" for n in (1, 2, 3)),
)
"""Names that stand for two functions, of which `return_indices` chooses one."""


def _dispatched(name: str) -> Any:
    plain = _AsWritten(f"nn.functional._{name}")
    indexed = _AsWritten(f"nn.functional.{name}_with_indices")

    def adapter(*args: Any, **kwargs: Any) -> Any:
        given = inspect.signature(plain._body).bind(*args, **kwargs).arguments
        return (indexed if given.get("return_indices") else plain)(*args, **kwargs)

    return adapter


as_written(*(f"nn.functional.{name}" for name in _WRITTEN.split()))
for _name in _DISPATCHED:
    torch_function(f"nn.functional.{_name}")(_dispatched(_name))


def _linear_cross_entropy(*args: Any, options: Any = None, **kwargs: Any) -> Any:
    """`cross_entropy` of a linear map. The options say how PyTorch shares the work; a dtype to sum
    in is not followed.
    """
    if getattr(options, "acc_dtype", None) is not None:
        raise refused("linear_cross_entropy: options with acc_dtype are not followed")
    return _AsWritten("nn.functional.linear_cross_entropy")(*args, **kwargs)


torch_function("nn.functional.linear_cross_entropy")(_linear_cross_entropy)
