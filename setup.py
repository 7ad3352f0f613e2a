"""Three roots stand side by side and install as one package. All else is in pyproject.toml."""

import sys

from setuptools import find_packages, setup

ROOTS = {"polyad": "polyad", "polyad.backends": "backends", "polyad.lowering": "lowering"}

if "editable_wheel" in sys.argv:
    # One root in a folder of the path, and no import hook, which would come after the path: from
    # the folder above a clone, `import polyad` would be the clone. polyad/roots.py has the others.
    setup(package_dir={"": "."}, packages=find_packages(include=["polyad", "polyad.*"]))
else:
    setup(
        package_dir=ROOTS,
        packages=[
            package
            for root, folder in ROOTS.items()
            for package in [root, *(f"{root}.{child}" for child in find_packages(folder))]
        ],
    )
