"""The symbols of a trace, and the guards under which it is right."""

from __future__ import annotations

import itertools
import re
import weakref
from collections.abc import Callable, Hashable, Sequence
from typing import Any, NamedTuple, TypeVar

from ...errors import PolyadValueError, ShapeError
from ...texts import shown
from ..location import Location, user_location, where
from .dims import Dim, Exactly, Extent, Monomial, Real, Terms, hint_of
from .division import Divided, bounds, division
from .evaluation import evaluator
from .text import spelled, spelled_number

T = TypeVar("T")
OPENING, CLOSING = "‹", "›"


class Guard(NamedTuple):
    """The truth of `dim == 0` or `dim < 0` for the example."""

    relation: str
    dim: Dim
    truth: bool

    def __str__(self) -> str:
        opposite = {"==": "!=", "<": ">="}
        relation = self.relation if self.truth else opposite[self.relation]
        left = [(m, c) for m, c in self.dim.terms if m and c > 0]
        right = [(m, -c) for m, c in self.dim.terms if not m or c < 0]
        if not left:
            relation = {"<": ">", ">=": "<="}.get(relation, relation)
            left, right = [(m, c) for m, c in right if m], [(m, -c) for m, c in right if not m]
        one, two = (spelled(self.dim.scope, terms) or "0" for terms in (left, right))
        return f"{one} {relation} {two}"


class Atom(NamedTuple):
    """A symbol, by its name; or a function of numbers."""

    name: str
    function: Callable[..., Any] | None = None
    operands: tuple[Any, ...] = ()


class Scope:
    """The symbols of a trace, and the guards under which it is right.

    An `open` scope has examples: comparisons that they decide are guards. In one that is not, as
    the scope of the names that a user gives, different dims are different numbers, and any other
    question that has not the same answer for all sizes is an error. `fixed` are the numbers that a
    trace needed, with the user's lines. Numbers of a `basic` scope are made by basic arithmetic,
    which another language does to the same bits.
    """

    def __init__(self, is_open: bool = True, basic: bool = False) -> None:
        self.is_open, self.basic = is_open, basic
        self.is_over = False
        self.serial = next(_SERIALS)
        self.texts: dict[str, Dim | Real] = {}
        self.atoms: list[Atom] = []
        self.values: list[Any] = []
        self.guards: dict[Guard, Location | None] = {}
        self.fixed: dict[Dim, Location | None] = {}
        self._atoms: dict[Atom, int] = {}
        self._dims: dict[Terms, Dim] = {}
        self._reals: dict[int, Real] = {}
        self._things: dict[Hashable, Any] = {}
        _SCOPES[self.serial] = self

    # -- Making numbers

    def symbol(self, name: str, hint: int) -> Dim:
        """The dim of a symbol."""
        return self._dim((((self._atom(Atom(name), hint),), 1),))

    def made(self, name: str, function: Callable[..., int], *operands: Any) -> Dim:
        """The dim that is a function of numbers."""
        self._check(operands)
        value = int(function(*map(hint_of, operands)))
        return self._dim((((self._atom(Atom(name, function, operands), value),), 1),))

    def real(self, function: Callable[..., float], operands: tuple[Any, ...]) -> Real:
        """The floating number that is a function of numbers."""
        self._check(operands)
        value = function(*map(hint_of, operands))
        if not isinstance(value, float):
            raise PolyadValueError(f"a floating number is expected, not {shown(value)}")
        name = getattr(function, "__name__", "function")
        number = self._atom(Atom(name, function, operands), value)
        return self._reals.setdefault(number, Real(self, number))

    def polynomial(self, terms: dict[Monomial, int]) -> Extent:
        """The dim of a sum; an integer if it is constant."""
        kept = tuple(sorted((m, c) for m, c in terms.items() if c))
        if not kept:
            return 0
        return kept[0][1] if len(kept) == 1 and not kept[0][0] else self._dim(kept)

    def divided(self, x: Extent, y: Extent) -> tuple[Extent, Extent]:
        """The floor quotient and the remainder of dims and integers."""
        if y == 0:
            raise ZeroDivisionError("integer division or modulo by zero")
        found: Divided = division(self.terms_of(x), self.terms_of(y))
        whole, left = self.polynomial(found.quotient), self.polynomial(found.rest)
        if not isinstance(left, Dim) and not isinstance(y, Dim):
            return whole + left // int(y), left % int(y)
        if not isinstance(left, Dim) and left == 0:
            return whole, 0
        least, most = bounds(left)[0], bounds(left - y)[1]
        if least is not None and least >= 0 and most is not None and most < 0:
            return whole, left
        given = tuple([n if isinstance(n, Dim) else Exactly(int(n)) for n in (left, y)])
        return (
            whole + self.made("//", quotient_of, *given),
            self.made("%", remainder_of, *given),
        )

    def terms_of(self, x: Extent) -> Terms:
        """A dim of this scope, or an integer, as a polynomial."""
        if isinstance(x, Dim):
            self._check((x,))
            return x.terms
        number = int(x)
        return (((), number),) if number else ()

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """A thing that depends on dims, made once for the scope."""
        found: T | None = self._things.get(key)
        if found is None:
            found = self._things[key] = make()
        return found

    def _check(self, operands: Sequence[Any]) -> None:
        if any(x.scope is not self for x in operands if isinstance(x, Dim | Real)):
            raise PolyadValueError(
                f"a size of another trace is used here{where(user_location())}\n  A size of an "
                "argument belongs to the call in which it was traced."
            )

    def _atom(self, atom: Atom, value: Any) -> int:
        found = self._atoms.get(atom)
        if found is None:
            found = self._atoms[atom] = len(self.atoms)
            self.atoms.append(atom)
            self.values.append(value)
        return found

    def _dim(self, terms: Terms) -> Dim:
        found = self._dims.get(terms)
        if found is None:
            found = self._dims[terms] = Dim(self, terms)
        return found

    # -- Observing them

    def ask(self, relation: str, dim: Extent) -> bool:
        """Whether `dim == 0` or `dim < 0`; by a guard, unless it is so for all sizes."""
        if not isinstance(dim, Dim):
            return bool(dim == 0 if relation == "==" else dim < 0)
        least, most = bounds(dim)
        if relation == "<":
            if most is not None and most < 0:
                return True
            if least is not None and least >= 0:
                return False
        elif (least is not None and least > 0) or (most is not None and most < 0):
            return False
        if not self.is_open and (relation == "<" or self._is_computed(dim)):
            raise self.undecided(str(Guard(relation, dim, True)))
        self._check_open()
        truth = self.is_open and (dim.hint == 0 if relation == "==" else dim.hint < 0)
        self._note(Guard(relation, dim, truth))
        return truth

    def number(self, dim: Dim) -> int:
        """The number of a dim, which is that of the example from here on."""
        if not self.is_open:
            raise ShapeError(
                f"a number is needed here, and the size {dim!r} is symbolic"
                f"{where(user_location())}\n  Give it as a number."
            )
        self._check_open()
        guard = Guard("==", dim - dim.hint, True)
        if guard not in self.guards:
            self._note(guard)
            self.fixed.setdefault(dim, user_location())
        return dim.hint

    def _note(self, guard: Guard) -> None:
        if guard not in self.guards:
            self.guards[guard] = user_location()

    def _check_open(self) -> None:
        if self.is_over:
            raise PolyadValueError(
                "a size of an argument is used after the trace that it belongs to"
                f"{where(user_location())}\n  Keep int(n), or return it."
            )

    def undecided(self, question: str) -> ShapeError:
        """The error for a question that has not the same answer for all sizes."""
        return ShapeError(
            f"the program asks whether {question}, which some sizes are and others are not"
            f"{where(user_location())}\n  Give the size as a number."
        )

    def _is_computed(self, dim: Dim) -> bool:
        """Whether it has a function in it other than quotients and remainders."""
        atoms = {self.atoms[number] for monomial, _ in dim.terms for number in monomial}
        return any(a.function is not None and a.name not in ("//", "%") for a in atoms)

    # -- Text

    def spelled(self, x: Dim | Real) -> str:
        """The text of a number."""
        return spelled_number(x)

    def text_of(self, x: Dim | Real) -> str:
        """The text of a number. Of an open scope it is marked, so that no text with it is taken for
        one without: see `settled`.
        """
        text = spelled_number(x)
        if not self.is_open:
            return text
        text = text.replace(" ", "").replace(",", ";")
        self.texts[text] = x
        return f"{OPENING}{self.serial}:{text}{CLOSING}"

    # -- For other sizes

    def program(self, dims: Sequence[Extent]) -> Callable[..., tuple[int, ...] | None]:
        """The values of `dims` as a function of the symbols, in their order; it gives None for
        sizes for which a guard has another answer. The scope is over.
        """
        self.is_over = True
        return evaluator(self, dims)


def quotient_of(x: int, y: int) -> int:
    """The floor quotient."""
    return x // y


def remainder_of(x: int, y: int) -> int:
    """The remainder of it."""
    return x % y


_SERIALS = itertools.count()
_SCOPES: weakref.WeakValueDictionary[int, Scope] = weakref.WeakValueDictionary()
_MARKED = re.compile(f"{OPENING}([0-9]+):([^{CLOSING}]*){CLOSING}")


def settled(text: str) -> str:
    """A text with the numbers of the example in place of symbolic ones."""
    return _MARKED.sub(_number_of_mark, text) if OPENING in text else text


def number_at(text: str) -> Dim | Real | None:
    """The number that a marked text spells, if its scope is there."""
    mark = _MARKED.fullmatch(text)
    scope = None if mark is None else _SCOPES.get(int(mark[1]))
    return None if mark is None or scope is None else scope.texts.get(mark[2])


def _number_of_mark(mark: re.Match[str]) -> str:
    number = _SCOPES[int(mark[1])].texts[mark[2]]
    return str(number) if isinstance(number, Dim) else repr(float(number))
