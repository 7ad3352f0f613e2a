"""Three roots stand side by side and install as one package. All else is in pyproject.toml."""

from setuptools import find_packages, setup

ROOTS = {"polyad": "polyad", "polyad.backends": "backends", "polyad.lowering": "lowering"}

setup(
    package_dir=ROOTS,
    packages=[
        package
        for root, folder in ROOTS.items()
        for package in [root, *(f"{root}.{child}" for child in find_packages(folder))]
    ],
)
