"""Arrays that carry a history of their own library's, for its own derivatives: PyTorch's
`requires_grad`. A call of polyad would end it.

A tensor that others are computed from (a *leaf*: a parameter) is taken with a warning, for it is
often passed to be differentiated here. One that was computed from others is refused, since what
lies behind it would be lost.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from ..errors import DetachedWarning, PolyadTypeError
from ..ir import user_location, where
from .backend import Backend

REMEDY = (
    "\n  polyad.torch.wrap(f) makes a function that PyTorch differentiates by its arguments. Where "
    "no gradient of PyTorch's is meant, pass x.detach(), or call under torch.no_grad()."
)
_SHOWN: dict[Any, Any] = {}  # the registry of `warnings`: each text once for each line


def check_history(backend: Backend, array: Any, describe: Callable[[], str]) -> None:
    """Warn of an array whose history ends here, or raise `PolyadTypeError` (see above), while its
    library records one. `describe` names what takes the array, and the array.
    """
    found = backend.history(array)
    if found is None:
        return
    location = user_location()
    text = f"{describe()} {found.phrase}, and PyTorch's autograd does not follow it into polyad"
    text += where(location) + REMEDY
    if not found.is_leaf:
        raise PolyadTypeError(text)
    file, line = ("polyad", 1) if location is None else (location.file, location.line)
    warnings.warn_explicit(text, DetachedWarning, file, line, registry=_SHOWN)
