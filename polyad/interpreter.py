"""Sub-interpreters are refused where polyad is imported, with a word; NumPy would fail without one.

The modules with C code that polyad stands on (NumPy, optree, llvmlite) have one state in a process.
"""

import importlib

MODULES = ("_interpreters", "_xxsubinterpreters")  # the name in Python 3.13, and before
REFUSAL = (
    "polyad does not run in a sub-interpreter, since NumPy, optree and llvmlite do not: import it "
    "in the main interpreter, and use threads or processes"
)


def check() -> None:
    """Raise `ImportError` in a sub-interpreter."""
    for name in MODULES:
        try:
            interpreters = importlib.import_module(name)
        except ImportError:
            continue
        if interpreters.get_current() != interpreters.get_main():
            raise ImportError(REFUSAL)
        return


check()
