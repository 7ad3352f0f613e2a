"""The exceptions polyad raises. Each names the value given, the value
expected, the place, and the remedy.

A traceback ends with a note that says where more is told of the error: its section in the
documentation, which is its docstring.
"""

from __future__ import annotations

from typing import Any

from numpy.linalg import LinAlgError as _NumpyLinAlgError


class PolyadError(Exception):
    """Base of every error that polyad raises on purpose: `except polyad.errors.PolyadError` catches
    them all. Most are also an exception of Python's (`TypeError`, `ValueError`, …), so that code
    which catches these works with polyad.

    The message names the function, the argument, your line and the remedy; the last line, a note,
    names the section of this page.

    >>> import polyad
    >>> try:
    ...     polyad.grad(lambda x: x)(1)
    ... except polyad.errors.PolyadError as error:
    ...     print(error.__notes__[0])
    more: help(polyad.errors.PolyadTypeError), or errors.html#PolyadTypeError in the documentation
    """

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        name = type(self).__name__
        if type(self).__module__ == __name__:
            self.add_note(
                f"more: help(polyad.errors.{name}), or errors.html#{name} in the documentation"
            )


class PolyadTypeError(PolyadError, TypeError):
    """An argument has a type, dtype, shape or structure that the operation does not take.

    Frequent: a gradient by an integer (write `1.0`, or pass `allow_int=True`); a result that is no
    scalar (`jacrev` takes such functions); an argument of `jit` that is no array (name it in
    `static_argnames`); arrays of dtypes that do not promote (`x.astype(…)`).

    >>> import polyad
    >>> polyad.grad(lambda x: x)(1)
    Traceback (most recent call last):
    polyad.errors.PolyadTypeError: ...
    """


class PolyadValueError(PolyadError, ValueError):
    """An argument has the right type and a value that the operation does not take: an axis that the
    array has not, an unknown mode, lengths that differ.

    >>> import polyad.numpy as pnp
    >>> pnp.sum(pnp.ones(3), axis=1)
    Traceback (most recent call last):
    polyad.errors.PolyadValueError: ...
    """


class ShapeError(PolyadValueError, PolyadTypeError):
    """Shapes that do not fit together. Both a `ValueError`, as in NumPy, and a `TypeError`, as in
    JAX. The message has the shapes; `x[:, None]` and `reshape` make axes that broadcast.

    >>> import polyad.numpy as pnp
    >>> pnp.ones(3) @ pnp.ones(4)
    Traceback (most recent call last):
    ValueError: ...
    >>> import polyad
    >>> polyad.jit(lambda x, y: x + y)(pnp.ones(3), pnp.ones(4))
    Traceback (most recent call last):
    polyad.errors.ShapeError: ...
    """


class PolyadIndexError(PolyadError, IndexError):
    """An index that is out of range, or of a kind that cannot index an array.

    >>> import polyad, polyad.numpy as pnp
    >>> polyad.jit(lambda x: x[5])(pnp.ones(3))
    Traceback (most recent call last):
    polyad.errors.PolyadIndexError: ...
    """


class ConcretizationError(PolyadTypeError):
    """A traced array was asked for its value where the value is not known: by `if`, `while`,
    `range`, `float`, `int`, an index, or a conversion to a NumPy array, inside `jit` or `vmap`.

    Write `pnp.where` or `lax.cond` for a choice, `lax.while_loop`, `lax.fori_loop` or `lax.scan`
    for a loop; name an argument that is not an array in `static_argnames`. Outside `jit`, `grad`
    knows the values, and `if` works.

    >>> import polyad, polyad.numpy as pnp
    >>> polyad.jit(lambda x: x if x > 0 else -x)(1.0)
    Traceback (most recent call last):
    polyad.errors.ConcretizationError: ...
    >>> polyad.jit(lambda x: pnp.where(x > 0, x, -x))(-1.0)
    np.float64(1.0)
    """


class UnknownIndexError(ConcretizationError, PolyadIndexError):
    """The bounds of a slice, or a boolean mask, that have to be known to give the result a shape,
    and are not where `jit` or `vmap` traces. Both a `ConcretizationError` and an `IndexError`, as
    in JAX.

    Write `lax.dynamic_slice` for a slice of known size, `pnp.where(mask, x, fill)` for a mask.

    >>> import polyad, polyad.numpy as pnp
    >>> polyad.jit(lambda x, n: x[:n])(pnp.ones(3), 2)
    Traceback (most recent call last):
    polyad.errors.UnknownIndexError: ...
    """


class LeakedTracerError(PolyadError, RuntimeError):
    """A traced array was used after the call that traced it had returned. It was kept in a global,
    an attribute or a list, by a line that the message names. Return the value instead, or use
    `debug.callback` to look at it.

    >>> import polyad
    >>> kept = []
    >>> _ = polyad.jit(lambda x: kept.append(x) or x)(1.0)
    >>> kept[0] + 1
    Traceback (most recent call last):
    polyad.errors.LeakedTracerError: ...
    """


class UnboundAxisError(PolyadError, NameError):
    """The name of an axis that no `vmap` around the call binds: give `vmap` its `axis_name`.

    >>> import polyad
    >>> polyad.lax.psum(1.0, "batch")
    Traceback (most recent call last):
    polyad.errors.UnboundAxisError: ...
    """


class BackendError(PolyadTypeError):
    """Arrays of several backends in one call, or an array that no backend owns. Convert them to
    one library's first: polyad copies nothing between libraries by itself.

    >>> import array_api_strict, polyad, polyad.numpy as pnp, torch
    >>> pnp.add(array_api_strict.ones(2), torch.ones(2))
    Traceback (most recent call last):
    polyad.errors.BackendError: ...
    """


class BackendNotFoundError(PolyadValueError, LookupError):
    """A backend that is unknown, or known and not installed: `polyad.backends()` lists those that
    there are.

    >>> import polyad
    >>> polyad.jit(lambda x: x, backend="nump")(1.0)
    Traceback (most recent call last):
    polyad.errors.BackendNotFoundError: ...
    """


class BackendCapabilityError(BackendError, NotImplementedError):
    """An op that a backend cannot run; raised before anything runs. The message says why, and what
    to do: another backend (`polyad.use_backend`), or another library's arrays.

    >>> import dask.array as da, polyad.numpy as pnp
    >>> pnp.linalg.eigh(da.ones((4, 4), chunks=2))
    Traceback (most recent call last):
    polyad.errors.BackendCapabilityError: ...
    """


class NotDifferentiableError(PolyadTypeError):
    """A derivative was asked of an operation that has none: a Python callback without a rule, a
    function of integers, a point where there is no derivative. A rule is given by `custom_jvp` or
    `custom_vjp`; `stop_gradient` says that the derivative is zero.

    >>> import numpy as np, polyad
    >>> f = lambda x: polyad.pure_callback(np.cos, polyad.ShapeDtypeStruct((), np.float64), x)
    >>> polyad.grad(f)(1.0)
    Traceback (most recent call last):
    polyad.errors.NotDifferentiableError: ...
    """


class LinAlgError(PolyadValueError, _NumpyLinAlgError):
    """A matrix that an operation of linear algebra does not take (a singular one, for `solve`).
    Also a `numpy.linalg.LinAlgError`, on every backend.

    >>> import numpy as np, polyad.numpy as pnp
    >>> pnp.linalg.solve(np.zeros((2, 2)), np.ones(2))
    Traceback (most recent call last):
    polyad.errors.LinAlgError: ...
    """


class DegeneracyError(NotDifferentiableError, LinAlgError):
    """A derivative that depends on vectors which are not determined, those of a repeated eigenvalue
    for example. Functions of eigenvalues alone, or of the projector, have derivatives.

    >>> import numpy as np, polyad, polyad.numpy as pnp
    >>> polyad.grad(lambda a: pnp.linalg.eigh(a)[1][1, 1])(np.eye(3) + 1.0)
    Traceback (most recent call last):
    polyad.errors.DegeneracyError: ...
    """


class ConvergenceError(PolyadError, RuntimeError):
    """A solver that was told to be strict did not converge. Start nearer, allow more steps or a
    larger tolerance; without `strict`, the result says whether it converged.

    >>> from polyad import solvers
    >>> solvers.root(lambda x: x * x + 1.0, 1.0, strict=True)
    Traceback (most recent call last):
    polyad.errors.ConvergenceError: ...
    """


class NanError(PolyadError, FloatingPointError):
    """Under `config.debug_nans`: an operation made the first NaN, or has an infinite partial. The
    message names the operation and your line.

    >>> import polyad, polyad.numpy as pnp
    >>> with polyad.config(debug_nans=True):
    ...     polyad.grad(pnp.sqrt)(0.0)
    Traceback (most recent call last):
    polyad.errors.NanError: ...
    """


class DerivativeError(PolyadError, AssertionError):
    """A check of `polyad.test_util` found a derivative that is wrong. The message has both numbers,
    and the operation whose rule gives the wrong one, where it can be found.

    >>> import polyad
    >>> from polyad.test_util import check_derivatives
    >>> f = polyad.custom_jvp(lambda x: x**2)
    >>> _ = f.defjvp(lambda primals, tangents: (primals[0] ** 2, primals[0] * tangents[0]))
    >>> check_derivatives(f, (3.0,))
    Traceback (most recent call last):
    polyad.errors.DerivativeError: ...
    """


class WhileStepsError(PolyadError, RuntimeError):
    """A `while` loop ran for longer than `config.max_while_steps` allows.

    >>> import polyad
    >>> with polyad.config(max_while_steps=10):
    ...     polyad.lax.while_loop(lambda x: x > 0, lambda x: x, 1.0)
    Traceback (most recent call last):
    polyad.errors.WhileStepsError: ...
    """


class DetachedWarning(UserWarning):
    """A tensor with `requires_grad` among the arrays of a call: PyTorch's autograd does not follow
    it there. `polyad.torch.wrap` makes a function that it follows; `.detach()` says that it need
    not.
    """


class SparsityError(PolyadValueError):
    """A sparsity pattern that lacks an entry or has another shape, or a colouring that is not valid
    for it.

    >>> import numpy as np
    >>> from polyad import sparse
    >>> diagonal = sparse.jacobian_sparsity(lambda x: x**2)(np.ones(3))
    >>> sparse.jacobian(lambda x: x[::-1] ** 2, pattern=diagonal)(np.ones(3))
    Traceback (most recent call last):
    polyad.errors.SparsityError: ...
    """


class DenseWarning(UserWarning):
    """A sparse derivative that is hardly sparse: it takes half as many colours as columns."""


class VerificationError(PolyadError):
    """A function breaks a rule of the IR. Under `config.verify`, or by `polyad.ir.verify`: a fault
    of whoever made the function, an op of your own or polyad's; please report the latter.
    """


class ParseError(PolyadValueError):
    """IR text that cannot be read; the message begins with its line and column.

    >>> import polyad
    >>> polyad.parse_ir("function")
    Traceback (most recent call last):
    polyad.errors.ParseError: 1:9: ...
    """

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(f"{line}:{column}: {message}")
        self.line = line
        self.column = column

    def __reduce__(self) -> tuple[Any, ...]:
        message = str(self).removeprefix(f"{self.line}:{self.column}: ")
        return type(self), (message, self.line, self.column)
