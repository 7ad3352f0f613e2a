"""`polyad.adopt`: copies of Python code whose NumPy is polyad's; the originals give the values."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import polyad
from polyad.errors import PolyadTypeError

from . import library

X, STEP = 0.7, 1e-6
PROGRAMS: dict[str, Callable[[Any], Any]] = {
    name: getattr(library, name)
    for name in (
        *("aliases", "of_scipy", "of_math", "imports_inside", "through_modules", "decorated"),
        *("factorial_series", "defaults", "cached", "in_a_context", "by_a_model", "summed"),
        *("partial", "nearest"),
    )
}
PROGRAMS |= {
    "a closure": library.make_closure(3),
    "an object": library.MODEL,
    "a method": library.MODEL.__call__,
    "a class method": library.Model.built,
    "a lambda": lambda x: library.fill(x).sum() + library.even(x, 3),
    "a partial of a method": library.functools.partial(library.Model.__call__, library.MODEL),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_is_followed(name: str):
    own = PROGRAMS[name]
    adopted: Any = polyad.adopt(own)
    value = own(X)
    slope = (own(X + STEP) - own(X - STEP)) / (2 * STEP)
    assert adopted(X) == pytest.approx(value, rel=1e-12)
    f = lambda x: adopted(x)
    for run in (polyad.value_and_grad(f), polyad.jit(polyad.value_and_grad(f))):
        np.testing.assert_allclose(run(X), (value, slope), rtol=1e-7)
    batch = np.array([0.3, 0.7, 1.1])
    np.testing.assert_allclose(polyad.vmap(f)(batch), [own(x) for x in batch], rtol=1e-12)


def test_the_original_is_not_changed():
    before = dict(vars(library))
    for own in PROGRAMS.values():
        polyad.adopt(own)
    assert all(vars(library)[name] is value for name, value in before.items())
    assert library.np is np and type(library.fill(1.0)) is np.ndarray


def test_a_class_is_copied_with_its_bases():
    adopted = polyad.adopt(library.Model)
    assert adopted is not library.Model and issubclass(adopted, adopted.__mro__[1])
    assert adopted.__name__ == "Model" and adopted.__mro__[1].__name__ == "Base"
    own = library.Model(2)(X)
    assert adopted(2)(X) == pytest.approx(own)
    slope = (library.Model(2)(X + STEP) - library.Model(2)(X - STEP)) / (2 * STEP)
    assert polyad.grad(lambda x: adopted(2)(x))(X) == pytest.approx(slope, rel=1e-7)


def test_names_texts_and_signatures_stay():
    def documented(x: float, *, y: int = 2) -> float:
        """Its text."""
        return x * y

    documented.mark = "kept"
    adopted: Any = polyad.adopt(documented)
    assert isinstance(adopted, types.FunctionType)
    for name in ("__name__", "__qualname__", "__doc__", "__module__", "__annotations__"):
        assert getattr(adopted, name) == getattr(documented, name)
    assert adopted.mark == "kept" and adopted.__code__ is documented.__code__
    assert adopted(3.0) == 6.0


def test_variables_of_a_closure_are_shared_with_the_original():
    own = library.make_closure(2)
    adopted: Any = polyad.adopt(own)
    own(1.0), adopted(1.0), polyad.grad(adopted)(1.0)
    assert own.count() == 3


def test_exceptions_are_the_originals():
    with pytest.raises(library.Failure, match="positive"):
        polyad.adopt(library.raises)(1.0)


def test_the_modules_names_are_read_as_they_are(monkeypatch: pytest.MonkeyPatch):
    adopted = polyad.adopt(library.through_modules)
    monkeypatch.setattr(library, "SCALE", 0.0)
    assert adopted(X) == pytest.approx(library.through_modules(X))
    monkeypatch.setattr(library, "fill", lambda x: np.full(3, x + 1.0))
    assert adopted(X) == pytest.approx(library.through_modules(X))


def test_a_written_global_name_is_the_copys_own_and_is_listed():
    adopted: Any = polyad.adopt(library.counted)
    assert adopted.unbound == [
        f"the global name SCALE, which {library.__name__}.counted writes: the copy's own"
    ]
    assert (adopted(1.0), adopted(1.0)) == (9.0, 12.0)
    assert library.SCALE == 2.0


def test_what_could_not_be_bound_is_listed():
    unbound = polyad.adopt(library.lacking).unbound  # type: ignore[attr-defined]
    where = f"(in {library.__name__}.lacking)"
    assert set(unbound) == {
        f"numpy.random.seed {where}",
        f"scipy.special.mathieu_a {where}",
        f"numpy.save {where}",
    }


def test_functions_of_other_packages_are_listed_and_taken_if_named():
    module = types.ModuleType("elsewhere.tools")
    lines = (
        "import numpy as np",
        "def filled(x):",
        " y = np.zeros(2)",
        " y[0] = x",
        " return y.sum()",
    )
    exec("\n".join(lines), vars(module))

    def calls(x: Any) -> Any:
        return module.filled(x) ** 2

    def directly(x: Any, filled: Any = module.filled) -> Any:
        return filled(x) ** 2

    unbound = polyad.adopt(directly).unbound  # type: ignore[attr-defined]
    assert unbound == ["elsewhere.tools.filled: of a package that is not named"]
    for packages in (["elsewhere"], ["elsewhere.tools"], [module]):
        for own in (calls, directly):
            adopted: Any = polyad.adopt(own, packages=packages)
            assert adopted.unbound == []
            assert polyad.grad(adopted)(3.0) == 6.0


def test_numpys_classes_are_its_own():
    def kinds(x: Any) -> Any:
        assert isinstance(np.ones(2), np.ndarray)
        return np.float64(2.0), np.pi, np.dtype("f4"), np.newaxis, x

    assert polyad.adopt(kinds)(1) == kinds(1)


def test_jitted_functions_are_jitted_anew():
    @polyad.jit
    def compiled(x: Any) -> Any:
        y = np.zeros(2)
        y[1] = x * x
        return y.sum()

    def calls(x: Any) -> Any:
        return compiled(x) + 1

    assert polyad.grad(polyad.adopt(calls))(3.0) == 6.0
    assert polyad.adopt(compiled)(3.0) == 9.0


@pytest.mark.parametrize("thing", [3.0, "f", None, np.sin, len, [], object()])
def test_other_things_are_refused(thing: Any):
    with pytest.raises(PolyadTypeError, match=r"(?s)adopt.*test_adopt\.py"):
        polyad.adopt(thing)
