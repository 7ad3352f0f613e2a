"""The exceptions polyad raises. Each names the value given, the value
expected, the place, and the remedy.
"""

from __future__ import annotations

from numpy.linalg import LinAlgError as _NumpyLinAlgError


class PolyadError(Exception):
    """Base of every error that polyad raises on purpose."""


class PolyadTypeError(PolyadError, TypeError):
    """An argument has a type, dtype, shape or structure that the operation does not take."""


class PolyadValueError(PolyadError, ValueError):
    """An argument has the right type and a value that the operation does not take."""


class ShapeError(PolyadValueError, PolyadTypeError):
    """Shapes that do not fit together. Both a `ValueError`, as in NumPy, and a `TypeError`, as in
    JAX.
    """


class PolyadIndexError(PolyadError, IndexError):
    """An index that is out of range, or of a kind that cannot index an array."""


class ConcretizationError(PolyadTypeError):
    """A traced array was asked for its value where the value is not known."""


class LeakedTracerError(PolyadError, RuntimeError):
    """A traced array was used after the call that traced it had returned."""


class UnboundAxisError(PolyadError, NameError):
    """The name of an axis that no `vmap` around the call binds."""


class BackendError(PolyadTypeError):
    """Arrays of several backends in one call, or an array that no backend owns."""


class BackendNotFoundError(PolyadValueError, LookupError):
    """A backend that is unknown, or known and not installed."""


class BackendCapabilityError(BackendError, NotImplementedError):
    """An op that a backend cannot run; raised before anything runs."""


class NotDifferentiableError(PolyadTypeError):
    """A derivative was asked of an operation that has none."""


class LinAlgError(PolyadValueError, _NumpyLinAlgError):
    """A matrix that an operation of linear algebra does not take (a singular one, for `solve`).
    Also a `numpy.linalg.LinAlgError`, on every backend.
    """


class DegeneracyError(NotDifferentiableError, LinAlgError):
    """A derivative that depends on vectors which are not determined, those of a repeated eigenvalue
    for example.
    """


class ConvergenceError(PolyadError, RuntimeError):
    """A solver that was told to be strict did not converge."""


class NanError(PolyadError, FloatingPointError):
    """Under `config.debug_nans`: an operation made the first NaN, or has an infinite partial."""


class DerivativeError(PolyadError, AssertionError):
    """A check found a derivative that is wrong."""


class WhileStepsError(PolyadError, RuntimeError):
    """A `while` loop ran for longer than `config.max_while_steps` allows."""


class DetachedWarning(UserWarning):
    """A tensor with `requires_grad` among the arrays of a call: PyTorch's autograd does not follow
    it there.
    """


class SparsityError(PolyadValueError):
    """A sparsity pattern that lacks an entry or has another shape, or a colouring that is not valid
    for it.
    """


class DenseWarning(UserWarning):
    """A sparse derivative that is hardly sparse: it takes half as many colours as columns."""


class VerificationError(PolyadError):
    """A function breaks a rule of the IR."""


class ParseError(PolyadValueError):
    """IR text that cannot be read; the message begins with its line and column."""

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(f"{line}:{column}: {message}")
        self.line = line
        self.column = column
