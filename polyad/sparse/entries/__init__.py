"""Values without colours: the entries of a derivative from its kernels themselves."""

from .program import Entries as Entries
from .sweep import NotDirect as NotDirect
