"""Symbolic numbers: sizes that stand for all sizes of which a trace is right.

A `Dim` is a polynomial with integer coefficients, in the symbols of a `Scope` and in quotients,
remainders and other functions of such polynomials; a `Real` is a floating number that is computed
from them. Each has the value of one example, its `hint`, and is no Python number. Code may compute
with them and compare them; a comparison is answered for the example, and noted in the scope as a
guard unless it has that answer for all sizes. Code that needs the number itself gets that of the
example, with the guard that it is this number. So a computation that was run once, with symbolic
numbers, gives the same ones for all sizes for which the guards have the same answers:
`Scope.program` evaluates both. The idea is that of concolic execution (Godefroid, Klarlund and Sen,
DART, 2005), which PyTorch uses for its symbolic shapes.
"""

from .dims import LEAST as LEAST
from .dims import SYMBOLIC as SYMBOLIC
from .dims import Dim as Dim
from .dims import Real as Real
from .dims import as_float as as_float
from .dims import bits_of as bits_of
from .dims import deferred as deferred
from .dims import extent as extent
from .dims import is_finite as is_finite
from .dims import is_symbolic as is_symbolic
from .dims import real as real
from .dims import single as single
from .scope import Guard as Guard
from .scope import Scope as Scope
from .scope import number_at as number_at
from .scope import settled as settled
