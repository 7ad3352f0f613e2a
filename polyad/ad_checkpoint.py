"""Checkpointing, under the names of `jax.ad_checkpoint`."""

from .api.checkpointing import checkpoint as checkpoint
from .api.checkpointing import checkpoint_name as checkpoint_name
from .api.checkpointing import checkpoint_policies as checkpoint_policies
from .api.residuals import print_saved_residuals as print_saved_residuals
from .api.residuals import saved_residuals as saved_residuals

remat = checkpoint
