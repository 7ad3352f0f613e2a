# ruff: noqa: E501
"""Run JAX's own tests on polyad: `python tests/peers/run_jax_tests.py TREE [FILE ...]`.

TREE is a checkout of JAX, or its folder `tests`; FILE names such as custom_api_test.py (default: those
of `FILES`). JAX's tests import its internals and its test utilities; stand-ins for the latter are
here, and a test that uses an internal is counted as out of scope, as are devices and sharding. This is
no part of `make test`.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import sys
import types
import unittest
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

FILES = ("custom_api_test.py", "tree_util_test.py", "nn_test.py", "lax_control_flow_test.py")


class OutOfScope(unittest.SkipTest):
    """A test of JAX's internals, of devices, or of its textual forms."""


RUNNING: list[bool] = []


class Internal:
    """Anything of JAX's that is not public: to use it is out of scope."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Internal(f"{self.name}.{name}")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if len(args) == 1 and callable(args[0]) and not isinstance(args[0], Internal):
            return args[0]  # a decorator
        if not RUNNING:
            return Internal(f"{self.name}()")
        raise OutOfScope(self.name)

    def __mro_entries__(self, bases: Any) -> tuple[type, ...]:
        return (object,)

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __bool__(self) -> bool:
        return False

    def __enter__(self) -> Any:
        raise OutOfScope(self.name)

    def __exit__(self, *error: Any) -> None:
        """Never reached."""

    def __or__(self, other: Any) -> Any:
        return self

    __ror__ = __add__ = __radd__ = __lt__ = __gt__ = __or__


def stand_in(name: str, **public: Any) -> types.ModuleType:
    """A module with these names; all others are internals."""
    module = types.ModuleType(name)
    module.__dict__.update(public)
    module.__path__ = []  # type: ignore[attr-defined]
    module.__getattr__ = lambda key: Internal(f"{name}.{key}")  # type: ignore[method-assign]
    sys.modules[name] = module
    return module


def test_utilities() -> dict[str, Any]:
    """Stand-ins for what tests take from `jax._src.test_util`."""
    from absl.testing import parameterized

    import polyad

    tolerance = lambda dtype: 1e-5 if np.dtype(dtype).itemsize <= 4 else 1e-10

    class JaxTestCase(parameterized.TestCase):
        """Comparisons of trees of arrays."""

        def assertAllClose(
            self, x: Any, y: Any, *, check_dtypes: bool = True, atol: Any = None, rtol: Any = None,
            err_msg: str = "", **_: Any,
        ) -> None:  # fmt: skip
            a, s = polyad.tree.flatten(x)
            b, t = polyad.tree.flatten(y)
            self.assertEqual(len(a), len(b), f"{s} and {t}")
            for u, v in zip(a, b, strict=True):
                u, v = np.asarray(u), np.asarray(v)
                self.assertEqual(u.shape, v.shape)
                least = max(
                    map(tolerance, (d.dtype for d in (u, v) if d.dtype.kind in "fc")), default=0
                )
                np.testing.assert_allclose(
                    u, v, rtol=least if rtol is None else _number(rtol), atol=least if atol is None else _number(atol), err_msg=err_msg
                )  # fmt: skip

        assertArraysAllClose = assertAllClose

        def assertArraysEqual(self, x: Any, y: Any, **_: Any) -> None:
            np.testing.assert_array_equal(np.asarray(x), np.asarray(y))

        def assertDtypesMatch(self, x: Any, y: Any, **_: Any) -> None:
            """Other dtypes are the default here."""

        def rng(self) -> Any:
            return np.random.RandomState(0)

        def _CheckAgainstNumpy(self, theirs: Any, ours: Any, make: Any, **kwargs: Any) -> None:
            args = make()
            kwargs.pop("check_dtypes", None)
            tol = kwargs.pop("tol", None)
            self.assertAllClose(ours(*args), theirs(*args), rtol=tol, atol=tol)

        def _CompileAndCheck(self, fun: Any, make: Any, **kwargs: Any) -> None:
            args = make()
            self.assertAllClose(polyad.jit(fun)(*args), fun(*args), rtol=kwargs.get("rtol"))

    def check_grads(
        f: Any, args: Any, order: int, modes: Any = ("fwd", "rev"), **kwargs: Any
    ) -> None:
        modes = (modes,) if isinstance(modes, str) else tuple(modes)
        polyad.test_util.check_grads(f, args, order, modes=modes, rtol=1e-3, atol=1e-3)

    def sample_product(*groups: Any, **kwargs: Any) -> Callable[[Any], Any]:
        import itertools

        keys, values = list(kwargs), [list(v) for v in kwargs.values()]
        rows = [dict(zip(keys, row, strict=True)) for row in itertools.product(*values)]
        for group in groups:
            rows = [{**row, **more} for row in rows for more in group]
        return parameterized.parameters(*rows[:24])

    return {
        "JaxTestCase": JaxTestCase,
        "check_grads": check_grads,
        "sample_product": sample_product,
        "sample_product_testcases": lambda *a, **k: [],
        "cases_from_list": lambda rows: list(rows)[:24],
        "with_config": lambda **settings: lambda thing: thing,
        "set_config": lambda **settings: contextlib.nullcontext(),
        "dtypes": types.SimpleNamespace(
            floating=[np.float32], all_floating=[np.float32, np.float64], integer=[np.int32],
            all_integer=[np.int32, np.int64], inexact=[np.float32], all=[np.float32, np.int32],
            complex=[np.complex64], numeric=[np.float32, np.int32], supported=lambda d: list(d),
        ),
        "rand_default": lambda rng, scale=3: lambda shape, dtype: (scale * rng.randn(*shape)).astype(dtype),
        "device_under_test": lambda: "cpu",
        "test_device_matches": lambda names: "cpu" in names,
        "is_device_tpu": lambda *a, **k: False,
        "skip_on_devices": lambda *names, **k: lambda test: test,
        "run_on_devices": lambda *names, **k: lambda test: test,
        "skip_on_flag": lambda *a: lambda test: test,
        "ignore_warning": lambda **k: lambda test: test,
        "JaxTestLoader": unittest.TestLoader,
    }  # fmt: skip


def _number(value: Any) -> float:
    return max(value.values()) if isinstance(value, dict) else float(value)


def install() -> None:
    """polyad under JAX's name, and stand-ins for its internals."""
    import polyad

    polyad.compat.install("jax")
    import jax

    utilities = test_utilities()
    stand_in("jax._src", __version__=jax.__version__)
    public = {"api": jax, "custom_derivatives": jax.custom_derivatives, "tree_util": jax.tree_util,
              "dtypes": jax.dtypes, "ad_checkpoint": jax.ad_checkpoint, "errors": jax.errors}  # fmt: skip
    for name, module in public.items():
        names = {n: getattr(module, n) for n in dir(module) if hasattr(module, n)}
        setattr(sys.modules["jax._src"], name, stand_in(f"jax._src.{name}", **names))
    sys.modules["jax._src"].test_util = stand_in("jax._src.test_util", **utilities)  # type: ignore[attr-defined]
    settings = {
        "parse_flags_with_absl": lambda: None,
        "enable_x64": types.SimpleNamespace(value=True),
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


class Results(unittest.TestResult):
    """Counts, and the first line of each failure."""

    def __init__(self) -> None:
        super().__init__()
        self.counts: Counter[str] = Counter()
        self.lines: list[str] = []

    def addSuccess(self, test: Any) -> None:
        self.counts["passed"] += 1

    def addSkip(self, test: Any, reason: str) -> None:
        self.counts["out of scope"] += 1

    def addFailure(self, test: Any, error: Any) -> None:
        self.counts["failed"] += 1
        text = str(error[1]).strip().splitlines() or [""]
        self.lines.append(f"{test.id()}: {type(error[1]).__name__}: {text[0][:150]}")

    addError = addFailure


def run(file: Path) -> Results:
    """The results of one file."""
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[file.stem] = module
    spec.loader.exec_module(module)
    results = Results()
    RUNNING[:] = [True]
    unittest.defaultTestLoader.loadTestsFromModule(module).run(results)
    RUNNING.clear()
    return results


def main() -> None:
    """Print a line for each failure, and the counts of each file."""
    parser = argparse.ArgumentParser()
    parser.add_argument("tree", type=Path)
    parser.add_argument("files", nargs="*", default=FILES)
    options = parser.parse_args()
    install()
    sys.meta_path.append(Finder())  # type: ignore[arg-type]
    folder = options.tree / "tests" if (options.tree / "tests").is_dir() else options.tree
    for name in options.files:
        results = run(folder / name)
        print("\n".join(results.lines))
        print(name, dict(results.counts), flush=True)


if __name__ == "__main__":
    main()
