# ruff: noqa: E501
"""Run JAX's own tests on polyad: `python tests/peers/run_jax_tests.py TREE [FILE ...]`.

TREE is a checkout of JAX, or its folder `tests`; FILE names such as custom_api_test.py (default: those
of `FILES`). JAX's tests import its internals and its test utilities; stand-ins for the latter are
here, and a test that uses an internal is counted as out of scope, as are devices and sharding:
`jax_scope.py` lists what is, and why. Where JAX's test asks for an error, its class is compared and its
words are not. The tests need absl-py beside JAX's sources. This is no part of `make test`.
"""

from __future__ import annotations

import argparse
import importlib.util
import signal
import sys
import types
import unittest
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
import jax_scope
import jax_utilities

FILES = ("custom_api_test.py", "tree_util_test.py", "nn_test.py", "lax_control_flow_test.py")
SECONDS = 60  # that one test may take


class OutOfScope(unittest.SkipTest):
    """A test of JAX's internals, of devices, or of its textual forms."""


RUNNING: list[bool] = []


class Internal:
    """Anything of JAX's that is not public: to use it is out of scope."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __getattr__(self, name: str) -> Any:
        if name in ("__members__", "__name__"):
            return {} if name == "__members__" else self.name
        if name.startswith("__"):
            raise AttributeError(name)
        return Internal(f"{self.name}.{name}")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if len(args) == 1 and callable(args[0]) and not isinstance(args[0], Internal):
            return args[0]  # a decorator
        if not RUNNING or self.name.endswith(".cache_clear"):
            return Internal(f"{self.name}()")
        raise self.refusal()

    def refusal(self) -> Exception:
        """The outcome of a test that uses this."""
        return OutOfScope(self.name)

    def __setitem__(self, key: Any, value: Any) -> None:
        """Nothing is kept."""

    def __getitem__(self, key: Any) -> Any:
        return Internal(f"{self.name}[…]")

    def __mro_entries__(self, bases: Any) -> tuple[type, ...]:
        return (object,)

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __bool__(self) -> bool:
        return False

    def __instancecheck__(self, instance: Any) -> bool:
        if RUNNING:
            raise self.refusal()
        return False

    def __enter__(self) -> Any:
        raise OutOfScope(self.name)

    def __exit__(self, *error: Any) -> None:
        """Never reached."""

    def __or__(self, other: Any) -> Any:
        return self

    __ror__ = __add__ = __radd__ = __sub__ = __lt__ = __gt__ = __le__ = __ge__ = __or__


class Missing(Internal):
    """A public name that polyad has not: a test that uses it fails."""

    def refusal(self) -> Exception:
        return AttributeError(f"{self.name} is not here")


def with_missing_names() -> None:
    """Let a module of tests be read that names what is not here."""
    from polyad.compat._spelling import Door

    found = Door.get

    def get(door: Door, name: str) -> Any:
        try:
            return found(door, name)
        except AttributeError:
            if RUNNING or name.startswith("__"):
                raise
            return Missing(f"{door.module}.{name}")

    Door.get = get  # type: ignore[method-assign]


def stand_in(name: str, **public: Any) -> types.ModuleType:
    """A module with these names; all others are internals."""
    module = types.ModuleType(name)
    module.__dict__.update(public)
    module.__path__ = []  # type: ignore[attr-defined]
    module.__getattr__ = lambda key: Internal(f"{name}.{key}")  # type: ignore[method-assign]
    sys.modules[name] = module
    return module


LIBRARIES = ("stax", "optimizers")
"""JAX's example libraries, programs of its public functions that tests use, taken from the tree."""

HELPERS = ("lax_reference", "internal_test_util.lax_test_util", "test_util")
"""Modules of JAX's tests beside them, which are taken from the tree."""


def load_libraries(tree: Path) -> None:
    """JAX's example libraries, run on polyad, where the tree has them."""
    folder = tree / "jax" / "example_libraries"
    if not folder.is_dir():
        return
    package = stand_in("jax.example_libraries")
    package.__path__ = [str(folder)]  # type: ignore[attr-defined]
    sys.modules["jax"].example_libraries = package  # type: ignore[attr-defined]
    for name in LIBRARIES:
        setattr(package, name, importlib.import_module(f"jax.example_libraries.{name}"))


def load_helpers(tree: Path) -> None:
    """JAX's own helper modules of tests, and its example libraries, where the tree has them."""
    load_libraries(tree)
    for name in HELPERS:
        path = tree / "jax" / "_src" / (name.replace(".", "/") + ".py")
        if not path.exists():
            continue
        spec = importlib.util.spec_from_file_location(f"jax._src.{name}", path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        if name == "test_util":
            spec.loader.exec_module(module)
            taken = {key: getattr(module, key) for key in jax_utilities.TAKEN}
            sys.modules["jax._src.test_util"].__dict__.update(taken)
            continue
        sys.modules[f"jax._src.{name}"] = module
        parent, _, last = f"jax._src.{name}".rpartition(".")
        setattr(importlib.import_module(parent), last, module)
        spec.loader.exec_module(module)


def install() -> None:
    """polyad under JAX's name, and stand-ins for its internals."""
    import polyad

    polyad.compat.install("jax")
    with_missing_names()
    jax_utilities.without_cases()
    import jax

    utilities = jax_utilities.utilities()
    jax._src = stand_in("jax._src", __version__=jax.__version__)  # type: ignore[attr-defined]
    errors = {name: getattr(jax.errors, name) for name in ("ConcretizationTypeError",)}
    for name in ("export", "sharding"):
        setattr(jax, name, stand_in(f"jax.{name}"))
    jax.core = stand_in("jax.core", Tracer=polyad.tracer.Tracer, **errors)  # type: ignore[attr-defined]
    jax._src.util = stand_in("jax._src.util", **jax_utilities.SEQUENCES)
    jax._src.prng = stand_in("jax._src.prng", PRNGKeyArray=type(jax.random.key(0)))
    public = {"api": jax, "core": jax.core, "custom_derivatives": jax.custom_derivatives, "tree_util": jax.tree_util,
              "dtypes": jax.dtypes, "ad_checkpoint": jax.ad_checkpoint, "errors": jax.errors}  # fmt: skip
    for name, module in public.items():
        names = {n: getattr(module, n) for n in dir(module) if hasattr(module, n)}
        if name == "dtypes":
            names.update(jax_utilities.DTYPE_HELPERS)
        setattr(sys.modules["jax._src"], name, stand_in(f"jax._src.{name}", **names))
    sys.modules["jax._src"].test_util = stand_in("jax._src.test_util", **utilities)  # type: ignore[attr-defined]
    settings = {
        "parse_flags_with_absl": lambda: None,
        "enable_x64": types.SimpleNamespace(value=True),
        "threefry_partitionable": types.SimpleNamespace(value=True),
        "numpy_dtype_promotion": jax_utilities.settings,
        "numpy_rank_promotion": jax_utilities.settings,
    }
    sys.modules["jax._src"].config = stand_in("jax._src.config", **settings)  # type: ignore[attr-defined]
    jax.config.parse_flags_with_absl = lambda: None  # type: ignore[attr-defined]


class Finder:
    """Other internals, whatever they are called."""

    @staticmethod
    def find_spec(name: str, path: Any = None, target: Any = None) -> Any:
        if not name.startswith(("jax._src.", "jax.interpreters", "jax.extend", "jax.sharding")):
            return None
        return importlib.util.spec_from_loader(name, Finder())  # type: ignore[arg-type]

    def create_module(self, spec: Any) -> Any:
        return stand_in(spec.name)

    def exec_module(self, module: Any) -> None:
        """There is nothing to run."""


def kind_of(error: BaseException, text: str) -> str:
    """A failure of a test of JAX's: something that is an error in JAX works, or something fails here."""
    works = isinstance(error, AssertionError) and " not raised" in text
    return "works here" if works else "failed"


class Results(unittest.TestResult):
    """Counts, and the first line of each failure."""

    def __init__(self) -> None:
        super().__init__()
        self.counts: Counter[str] = Counter()
        self.lines: list[str] = []
        self.reasons: Counter[str] = Counter()

    def startTest(self, test: Any) -> None:
        super().startTest(test)
        signal.alarm(SECONDS)

    def stopTest(self, test: Any) -> None:
        signal.alarm(0)
        super().stopTest(test)

    def addSuccess(self, test: Any) -> None:
        self.counts["passed"] += 1

    def addSkip(self, test: Any, reason: str) -> None:
        self.counts["out of scope"] += 1
        self.reasons[reason] += 1

    def addFailure(self, test: Any, error: Any) -> None:
        text = str(error[1]).strip().splitlines() or [""]
        kind = kind_of(error[1], text[0])
        self.counts[kind] += 1
        self.lines.append(f"{kind}: {test.id()}: {type(error[1]).__name__}: {text[0][:150]}")

    addError = addFailure

    def summary(self) -> str:
        """The counts, and the share of the tests in scope that pass."""
        inside = sum(self.counts.values()) - self.counts["out of scope"]
        share = f"{100 * self.counts['passed'] / inside:.1f} % of {inside}" if inside else "none"
        return f"{share} in scope {dict(self.counts)}"


def late(*_: Any) -> None:
    raise TimeoutError(f"the test took more than {SECONDS} s")


def tests_of(suite: Any) -> Iterator[Any]:
    """The single tests."""
    for each in suite:
        yield from tests_of(each) if isinstance(each, unittest.TestSuite) else (each,)


def outside(test: Any, why: str) -> Any:
    """A test that is skipped for that reason."""

    def skipped() -> None:
        raise unittest.SkipTest(why)

    setattr(test, test._testMethodName, skipped)
    return test


def run(file: Path, every: int = 1) -> Results:
    """The results of one file, of every so manyth test."""
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[file.stem] = module
    spec.loader.exec_module(module)
    results = Results()
    RUNNING[:] = [True]
    found = unittest.defaultTestLoader.loadTestsFromModule(module)
    taken = list(tests_of(found))[::every]
    scoped = [outside(t, why) if (why := jax_scope.reason(t)) else t for t in taken]
    signal.signal(signal.SIGALRM, late)
    unittest.TestSuite(scoped).run(results)
    RUNNING.clear()
    return results


def main() -> None:
    """Print a line for each failure, and the counts of each file."""
    parser = argparse.ArgumentParser()
    parser.add_argument("tree", type=Path)
    parser.add_argument("files", nargs="*", default=FILES)
    parser.add_argument("--every", type=int, default=1, help="run one test in so many")
    options = parser.parse_args()
    install()
    sys.meta_path.append(Finder())  # type: ignore[arg-type]
    load_helpers(options.tree)
    folder = options.tree / "tests" if (options.tree / "tests").is_dir() else options.tree
    for name in options.files:
        results = run(folder / name, options.every)
        print("\n".join(results.lines))
        print(*(f"out of scope, {n}: {why}" for why, n in results.reasons.most_common()), sep="\n")
        print(name, results.summary(), flush=True)


if __name__ == "__main__":
    main()
