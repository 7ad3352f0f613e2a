"""The three roots install as one package, and importing it stays light."""

from __future__ import annotations

import ast
import doctest
import importlib
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from importlib import metadata
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType

import pytest
import yaml

import polyad
import polyad.numpy
from polyad import version
from polyad.lowering import availability

from .minimum import requirements

ROOT = Path(__file__).parent.parent
ROOTS = {"polyad": "polyad", "backends": "polyad/backends", "lowering": "polyad/lowering"}
FILES = [
    "pyproject.toml",
    "setup.py",
    "MANIFEST.in",
    "Makefile",
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "CITATION.cff",
    "LICENSE",
]
BACKENDS = ["array_api_strict", "cupy", "dask", "jax", "native", "numpy", "torch"]


def modules() -> list[Path]:
    """The Python files of the library, relative to the repository."""
    return [path.relative_to(ROOT) for root in ROOTS for path in (ROOT / root).rglob("*.py")]


def run_python(code: str) -> str:
    """The output of a fresh interpreter."""
    command = [sys.executable, "-c", code]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_every_folder_of_modules_is_a_package():
    folders = {path.parent for path in modules()}
    assert [str(f) for f in folders if not (ROOT / f / "__init__.py").exists()] == []


@pytest.mark.slow
def test_the_wheel_holds_every_module_and_imports(tmp_path):
    source = tmp_path / "source"
    for root in ROOTS:
        shutil.copytree(ROOT / root, source / root, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copy(ROOT / name, source)
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--wheel-dir", str(tmp_path), str(source)], check=True)

    [wheel] = tmp_path.glob("polyad-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
        held = {name for name in archive.namelist() if name.endswith(".py")}
        assert "polyad/py.typed" in archive.namelist()
    assert held == {"/".join((ROOTS[p.parts[0]], *p.parts[1:])) for p in modules()}

    imports = "import polyad, polyad.backends, polyad.lowering; print(polyad.lowering.__file__)"
    path = f"import sys; sys.path.insert(0, {str(tmp_path / 'installed')!r}); "
    assert run_python(path + imports).startswith(str(tmp_path / "installed"))


@pytest.mark.slow
def test_the_source_archive_has_all_that_the_tests_need(tmp_path):
    source = tmp_path / "source"
    for folder in (*ROOTS, "tests", "bench", "docs", "examples"):
        unwanted = shutil.ignore_patterns("__pycache__", "output")
        shutil.copytree(ROOT / folder, source / folder, ignore=unwanted)
    for name in FILES:
        shutil.copy(ROOT / name, source)
    wanted = {str(p.relative_to(source)) for p in source.rglob("*") if p.is_file()}
    code = f"from setuptools import build_meta; build_meta.build_sdist({str(tmp_path)!r})"
    subprocess.run([sys.executable, "-c", code], cwd=source, check=True, capture_output=True)
    [archive] = tmp_path.glob("polyad-*.tar.gz")
    with tarfile.open(archive) as opened:
        held = {name.partition("/")[2] for name in opened.getnames()}
    assert wanted - held == set()


@pytest.mark.slow
def test_an_editable_clone_is_imported_from_the_folder_above_it(tmp_path):
    """Whose name is polyad, as `git clone` has it."""
    clone, installed = tmp_path / "polyad", tmp_path / "installed"
    for root in ROOTS:
        shutil.copytree(ROOT / root, clone / root, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copy(ROOT / name, clone)
    code = f"from setuptools import build_meta; build_meta.build_editable({str(tmp_path)!r})"
    subprocess.run([sys.executable, "-c", code], cwd=clone, check=True, capture_output=True)
    [wheel] = tmp_path.glob("*editable*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(installed)
    assert not list(installed.glob("*finder*"))
    code = (
        f"import site, sys; sys.path.insert(0, ''); site.addsitedir({str(installed)!r}); "
        f"sys.path.insert(1, sys.path.pop())\n"
        "import polyad, polyad.lowering.backend, polyad.backends.numpy as b\n"
        "print(polyad.__file__, b.__file__, polyad.jit(lambda x: x + 1)(1.0), sep='\\n')"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True)
    first, second, value = done.stdout.splitlines()
    assert (first, value) == (str(clone / "polyad" / "__init__.py"), "2.0")
    assert second == str(clone / "backends" / "numpy.py")


def test_each_backend_has_an_extra_by_its_name():
    """Of which the error about a missing library tells: `Backend.lacks`."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert set(BACKENDS) - {"native", "numpy"} <= project["optional-dependencies"].keys()


def test_the_version_stands_in_one_place():
    assert polyad.__version__ == metadata.version("polyad") == version.__version__
    assert polyad.__version__ not in (ROOT / "pyproject.toml").read_text()
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert cited["version"] == polyad.__version__  # a citation is read without Python


def test_the_changelog_has_the_form_of_keep_a_changelog():
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    versions = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert versions[0] == "[Unreleased]"
    assert all(re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", v) for v in versions[1:])
    kinds = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    parts = re.findall(r"^### (.*)$", text, re.MULTILINE)
    assert parts and set(parts) <= kinds


def test_metadata_says_who_what_and_for_whom():
    told = metadata.metadata("polyad")
    assert told["Author"] and told["License-Expression"] == "Apache-2.0"
    assert "Typing :: Typed" in told.get_all("Classifier")
    named = {f"Programming Language :: Python :: 3.{v}" for v in (11, 12, 13)}
    assert named <= set(told.get_all("Classifier"))


def test_the_lowest_versions_are_those_that_compiled_code_needs():
    lowest = dict(line.split("==") for line in requirements() if "==" in line)
    for library, oldest in availability.NEEDED.items():
        assert tuple(map(int, lowest[library].split("."))) == oldest
    assert {"numpy", "optree", "ml_dtypes", "rich"} <= lowest.keys()


@pytest.mark.parametrize("path", sorted((ROOT / ".github").rglob("*.yml")), ids=lambda p: p.name)
def test_workflows_and_forms_are_yaml(path: Path):
    read = yaml.safe_load(path.read_text("utf-8"))
    if path.parent.name == "workflows":
        systems = read["jobs"]["test"]["strategy"]["matrix"]["os"]
        assert {s.partition("-")[0] for s in systems} == {"ubuntu", "macos", "windows"}
        assert set(read["jobs"]) == {"build", "test", "publish"}
    elif "body" in read:
        assert {"name", "description"} <= read.keys()
        assert all(part["id"] and part["type"] for part in read["body"])


@pytest.mark.parametrize("entry", entry_points(group="polyad.backends"), ids=lambda e: e.name)
def test_entry_points_give_the_backend_they_name(entry: EntryPoint):
    assert entry.load()().name == entry.name


def test_the_entry_points_of_polyad_itself():
    assert sorted(entry_points(group="polyad.backends").names) == BACKENDS


def loaded(code: str) -> set[str]:
    """The modules that a fresh interpreter has loaded after `code`."""
    return set(run_python(f"import sys; {code}; print(*sys.modules)").split())


def test_import_loads_no_module_that_is_not_needed():
    ours = {name for name in loaded("import polyad") if name.startswith("polyad.")}
    assert ours == {
        f"polyad.{name}"
        for name in ("config", "errors", "garbage", "interpreter", "lazy", "roots", "system",
                     "texts", "version")
    }  # fmt: skip


def test_transformations_load_no_module_that_is_not_needed():
    found = loaded("import polyad, polyad.numpy; polyad.grad, polyad.jit, polyad.vmap")
    assert "polyad.api.gradients" in found
    heavy = {"array_api_strict", "importlib.metadata", "jax", "llvmlite", "ml_dtypes"}
    heavy |= {"numpy.random", "opt_einsum", "rich", "scipy", "subprocess", "torch", "webbrowser"}
    above = ("adoption", "backends", "compat", "experimental", "explorer", "foreign", "lax")
    above += ("lowering", "nn", "profiler", "random", "scipy", "solvers", "sparse", "special")
    assert sorted(found & (heavy | {f"polyad.{name}" for name in above})) == []


def imports_for_type_checkers(package: ModuleType) -> dict[str, tuple[str, str | None]]:
    """The names that stand below `if TYPE_CHECKING`, each with the module that it comes from, and
    its name there; None for a module itself.
    """
    (block,) = (
        node
        for node in ast.parse(Path(package.__file__).read_text("utf-8")).body
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    )
    found: dict[str, tuple[str, str | None]] = {}
    for node in block.body:
        assert isinstance(node, ast.ImportFrom)
        for alias in node.names:
            assert alias.asname == alias.name, "`as` makes it public"
            if node.module is None:
                found[alias.name] = f"{package.__name__}.{alias.name}", None
            else:
                home = f"{package.__name__}.{node.module}" if node.level else node.module
                found[alias.name] = home, alias.name
    return found


@pytest.mark.parametrize("package", [polyad, polyad.numpy], ids=lambda p: p.__name__)
def test_type_checkers_read_the_names_that_are_loaded_late(package: ModuleType):
    read = imports_for_type_checkers(package)
    compared = read.keys() - {"backends"}  # a package of this name, once loaded, can be called, too
    for name in compared:
        home, there = read[name]
        module = importlib.import_module(home)
        assert getattr(package, name) is (module if there is None else getattr(module, there))
        assert name in dir(package)
    assert read.keys() <= set(package.__all__)
    assert {"config", "grad", "nn"} <= set(polyad.__all__)
    assert {"fft", "linalg", "sin", "random", "pi"} <= set(polyad.numpy.__all__)


def test_every_late_name_stands_in_both_tables():
    plain = {"config"}
    assert set(polyad.__all__) == imports_for_type_checkers(polyad).keys() | plain


def test_names_that_are_not_there_are_attribute_errors():
    for package in polyad, polyad.numpy:
        with pytest.raises(AttributeError, match=rf"module '{package.__name__}' has no attribute"):
            _ = package.gradd
        assert not hasattr(package, "__wrapped__")


LATE = {
    "star": "from polyad import *; print(grad(numpy.sin)(0.0))",
    "modules": "import polyad; print(polyad.ir.parser and polyad.grad(polyad.numpy.sin)(0.0))",
    "below": "import numpy; from polyad.api import grad; print(grad(numpy.sin)(0.0))",
    "from": "from polyad import nn, grad; print(grad(nn.silu)(0.0) * 2)",
    "pickle": """
import pickle, polyad
print(pickle.loads(pickle.dumps(polyad.grad))(polyad.numpy.sin)(0.0))
""",
    "text": """
import polyad
f = polyad.parse_ir("function @f(%0: f64[]) -> (f64[]) { %1 = cos %0 : f64[]  return %1 }")
print(f(0.0)[0])
""",
    "threads": """
import threading, polyad
found = []
threads = [threading.Thread(target=lambda: found.append(polyad.grad(abs)(1.0))) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(sum(found) / 8)
""",
}  # fmt: skip


@pytest.mark.parametrize("code", LATE.values(), ids=LATE)
def test_what_is_loaded_late_works_in_a_fresh_process(code: str):
    assert float(run_python(code)) == 1.0


def test_eager_numpy_does_not_import_torch():
    code = (
        "import sys, polyad, polyad.numpy as pnp; polyad.grad(pnp.tanh)(2.0); "
        "print('torch' in sys.modules)"
    )
    assert run_python(code) == "False"


def test_the_examples_of_the_readme():
    failed, attempted = doctest.testfile(str(ROOT / "README.md"), module_relative=False)
    assert attempted > 10
    assert failed == 0
