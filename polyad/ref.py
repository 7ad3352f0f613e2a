"""Cells that are read and written in place, under the names of `jax.ref`."""

from .api.refs import Ref as Ref
from .api.refs import addupdate as addupdate
from .api.refs import freeze as freeze
from .api.refs import get as get
from .api.refs import new_ref as new_ref
from .api.refs import set as set
from .api.refs import swap as swap
